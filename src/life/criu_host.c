/* SPDX-License-Identifier: Apache-2.0
 *
 * criu_host - what criu has to be told of a container, out of its plan: all that is the host's in it
 */
#include "life/criu_host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "kernel/mountinfo.h"
#include "kernel/ns.h"
#include "kernel/rootfs.h"

/* criu's own names for what is left out and given again; runc's images have the same. */
static const struct left_out {
	int flag;
	const char *key;
} left_out[] = {
	{ CLONE_NEWNET, "extRootNetNS" },
	{ CLONE_NEWPID, "extRootPidNS" },
};

/* Where administrators put options for all containers. */
static const char *const config_files[] = { "/etc/criu/ocirt.conf", "/etc/criu/runc.conf", "/etc/criu/crun.conf" };

static const char *text(struct arena *a, struct err *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static const char *text(struct arena *a, struct err *e, const char *fmt, ...)
{
	char to[2 * PATH_MAX];
	const char *kept;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(to, sizeof(to), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(to)) {
		(void)err_num(e, ENAMETOOLONG, "%.64s", to); /* NULL is what is returned */
		return NULL;
	}
	kept = arena_strndup(a, to, (size_t)n);
	if (kept == NULL)
		(void)err_memory(e); /* NULL is what is returned */
	return kept;
}

static int add_mount(struct criu_pairs *list, struct arena *a, const char *key, const char *value, struct err *e)
{
	struct criu_pair pair = { .key = text(a, e, "%s", key), .value = text(a, e, "%s", value), .fd = -1 };

	return pair.key == NULL || pair.value == NULL ? -1 : criu_add(list, a, pair, e);
}

/* --- directories ----------------------------------------------------------------------------------------------------- */

/* mkdir -p */
static int make_path(const char *path, struct err *e)
{
	char part[PATH_MAX];

	(void)snprintf(part, sizeof(part), "%s", path); /* came out of a buffer of that size */
	for (char *p = part + 1;; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return err_sys(e, "make directory %s", part);
		*p = c;
		if (c == '\0')
			return 0;
	}
}

static int open_dir(const char *cwd, const char *path, bool make, char to[PATH_MAX], struct err *e)
{
	int fd;

	if (!path_join(cwd, path, to, PATH_MAX))
		return err_num(e, ENAMETOOLONG, "%s", path);
	if (make && make_path(to, e) < 0)
		return -1;
	fd = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : err_sys(e, "open directory %s", to);
}

int images_open(struct images *im, const char *image_path, const char *work_path, bool make, struct err *e)
{
	char cwd[PATH_MAX];

	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return err_sys(e, "find the current directory");
	im->dir = open_dir(cwd, image_path != NULL ? image_path : "checkpoint", make, im->path, e);
	if (im->dir < 0)
		return -1;
	im->work = open_dir(cwd, work_path != NULL ? work_path : im->path, true, im->work_path, e);
	return im->work < 0 ? -1 : 0;
}

/* The host's group of the container's root; -1: it has none of its own. */
static int64_t root_group(const struct plan *p)
{
	const struct plan_id_map *map = &p->ns.gid_map;

	for (size_t i = 0; (p->ns.make & CLONE_NEWUSER) != 0 && i < map->n; i++)
		if (map->rows[i].inside == 0)
			return map->rows[i].outside;
	return -1;
}

int images_share(const struct images *im, const struct plan *p, struct err *e)
{
	auto_fd int fd = openat(im->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_dir DIR *dir = NULL;
	int64_t group = root_group(p);

	if (group < 0)
		return 0;
	if (fd < 0 || fchown(fd, (uid_t)-1, (gid_t)group) < 0 || fchmod(fd, 0750) < 0)
		return err_sys(e, "let the container's root read %s", im->path);
	dir = fdopendir(fd);
	if (dir == NULL)
		return err_sys(e, "read %s", im->path);
	(void)steal_fd(&fd); /* the DIR has it */
	for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
		if (strstr(d->d_name, ".img") == NULL)
			continue;
		if (fchownat(im->dir, d->d_name, (uid_t)-1, (gid_t)group, AT_SYMLINK_NOFOLLOW) < 0 ||
		    fchmodat(im->dir, d->d_name, 0640, 0) < 0)
			return err_sys(e, "let the container's root read %s/%s", im->path, d->d_name);
	}
	return 0;
}

static const char notify_name[] = "notify";

int images_note_notify(const struct images *im, struct err *e)
{
	return file_replace_at(im->dir, notify_name, "", 0, 0600, e);
}

bool images_have_notify(const struct images *im)
{
	return faccessat(im->dir, notify_name, F_OK, 0) == 0;
}

void images_close(struct images *im)
{
	fd_drop(&im->dir);
	fd_drop(&im->work);
}

/* --- mounts ---------------------------------------------------------------------------------------------------------- */

/* What of the plan is mounted at a place in the container: the last one that covers it counts. */
static const struct mount_op *covers(const struct plan_fs *fs, const char *const *places, const char *point)
{
	for (size_t i = fs->n_mounts; i-- > 0;) {
		const struct mount_op *op = &fs->mounts[i];

		if (op->kind == MOUNT_CHANGE)
			continue;
		if (strcmp(places[i], point) == 0 ||
		    (op->kind == MOUNT_BIND && op->recursive && path_is_below(point, places[i])))
			return op;
	}
	return NULL;
}

static bool is_node(const struct plan_fs *fs, const char *point)
{
	for (size_t i = 0; fs->bind_nodes && i < fs->n_nodes; i++)
		if (strcmp(fs->nodes[i].path, point) == 0)
			return true;
	return false;
}

static bool is_masked(const struct plan_fs *fs, const struct mountinfo_row *row)
{
	for (size_t i = 0; strcmp(row->fstype, "tmpfs") != 0 && i < fs->n_masked; i++)
		if (strcmp(fs->masked[i].path, row->point) == 0)
			return true;
	return false;
}

struct note {
	const struct plan_fs *fs;
	const char *const *places; /* where the mounts of the plan really are */
	struct arena *a;
	struct criu_pairs *mounts;
};

static int note_mount(void *ctx, const struct mountinfo_row *row, struct err *e)
{
	const struct note *n = ctx;
	const struct mount_op *op = covers(n->fs, n->places, row->point);
	bool bound = op != NULL && op->kind == MOUNT_BIND;

	if (!bound && !is_node(n->fs, row->point) && !is_masked(n->fs, row))
		return 0;
	return add_mount(n->mounts, n->a, row->point, row->point, e);
}

/* Where a path leads, from the root: symlinks resolved. base is what the root itself is called. */
static const char *real_place(int root, const char *base, const char *path, struct arena *a, struct err *e)
{
	auto_fd int fd = rootfs_open(root, path, O_PATH, 0);
	size_t skip = strcmp(base, "/") == 0 ? 0 : strlen(base);
	char at[PATH_MAX], link[32];
	ssize_t n;

	if (fd < 0)
		return text(a, e, "%s", path);
	n = readlink(fd_path(fd, link), at, sizeof(at) - 1);
	if (n < 0 || (size_t)n <= skip || strncmp(at, base, skip) != 0)
		return text(a, e, "%s", path);
	at[n] = '\0';
	return text(a, e, "%s", at + skip);
}

int criu_note_mounts(const struct plan *p, pid_t pid, struct arena *a, struct criu_pairs *mounts, struct err *e)
{
	const char **places = arena_alloc(a, (p->fs.n_mounts + 1) * sizeof(*places));
	struct note n = { .fs = &p->fs, .places = places, .a = a, .mounts = mounts };
	auto_fd int root = -1;
	char path[40];

	(void)snprintf(path, sizeof(path), "/proc/%d/root", pid); /* always fits */
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (places == NULL)
		return err_memory(e);
	if (root < 0)
		return err_sys(e, "open %s", path);
	for (size_t i = 0; i < p->fs.n_mounts; i++) {
		places[i] = real_place(root, "/", p->fs.mounts[i].dst, a, e);
		if (places[i] == NULL)
			return -1;
	}
	return mountinfo_each(pid, note_mount, &n, e);
}

/* The mount that its place lies in, NULL: the root. */
static const struct mount_op *lies_in(const struct plan_fs *fs, size_t which)
{
	const char *dst = fs->mounts[which].dst;

	for (size_t i = which; i-- > 0;) {
		const struct mount_op *op = &fs->mounts[i];

		if (op->kind != MOUNT_CHANGE && path_is_below(dst, op->dst) && strcmp(dst, op->dst) != 0 &&
		    strcmp(op->dst, "/") != 0)
			return op;
	}
	return NULL;
}

/* As the init stage does: a directory for a directory, a file for anything else. */
static int make_place(int root, const char *at, const struct mount_op *op, struct err *e)
{
	struct stat st = { 0 };
	auto_fd int fd = -1;

	if (op->kind == MOUNT_BIND && stat(op->source, &st) < 0)
		return err_sys(e, "bind source %s", op->source);
	fd = op->kind == MOUNT_NEW || S_ISDIR(st.st_mode) ? rootfs_make_dir(root, at, e)
	                                                  : rootfs_make_file(root, at, e);
	return fd < 0 ? err_in(e, "make the mount point %s", op->dst) : 0;
}

/* What lies in a file system that criu makes anew it makes with it; what lies in a bind's source somebody may have taken away since. */
static int make_place_in(const struct mount_op *over, const struct mount_op *op, struct err *e)
{
	auto_fd int source = -1;

	if (over->kind != MOUNT_BIND)
		return 0;
	source = open(over->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (source < 0)
		return err_sys(e, "bind source %s", over->source);
	return make_place(source, op->dst + strlen(over->dst), op, e);
}

struct give {
	const char *source, *place; /* of a recursive bind */
	struct arena *a;
	struct criu_pairs *mounts;
};

static int give_below(void *ctx, const struct mountinfo_row *row, struct err *e)
{
	const struct give *g = ctx;
	const char *key;

	if (!path_is_below(row->point, g->source) || strcmp(row->point, g->source) == 0 || strcmp(g->source, "/") == 0)
		return 0;
	key = text(g->a, e, "%s%s", g->place, row->point + strlen(g->source));
	return key == NULL ? -1 : add_mount(g->mounts, g->a, key, row->point, e);
}

static int give_bind(const struct mount_op *op, const char *place, struct arena *a, struct criu_pairs *mounts,
                     struct err *e)
{
	char source[PATH_MAX]; /* criu wants no "." in it, nor has /proc/self/mountinfo one */
	struct give g = { .source = source, .place = place, .a = a, .mounts = mounts };

	if (file_real(op->source, source) < 0) {
		(void)err_sys(e, "bind source %s", op->source); /* -1 is what is returned */
		return err_at(e, "%s", op->pointer != NULL ? op->pointer : "");
	}
	if (add_mount(mounts, a, place, source, e) < 0)
		return -1;
	return op->recursive ? mountinfo_each(getpid(), give_below, &g, e) : 0;
}

int criu_give_mounts(const struct plan *p, int root, const char *root_path, struct arena *a, struct criu_pairs *mounts,
                     struct err *e)
{
	for (size_t i = 0; i < p->fs.n_mounts; i++) {
		const struct mount_op *op = &p->fs.mounts[i];
		const struct mount_op *over = lies_in(&p->fs, i);
		const char *place = op->dst;

		if (op->kind == MOUNT_CHANGE)
			continue;
		if ((over == NULL ? make_place(root, op->dst, op, e) : make_place_in(over, op, e)) < 0)
			return err_at(e, "%s", op->pointer != NULL ? op->pointer : "");
		if (over == NULL)
			place = real_place(root, root_path, op->dst, a, e);
		if (place == NULL || (op->kind == MOUNT_BIND && give_bind(op, place, a, mounts, e) < 0))
			return -1;
	}
	for (size_t i = 0; p->fs.bind_nodes && i < p->fs.n_nodes; i++)
		if (add_mount(mounts, a, p->fs.nodes[i].path, p->fs.nodes[i].path, e) < 0)
			return -1;
	for (size_t i = 0; i < p->fs.n_masked; i++)
		if (add_mount(mounts, a, p->fs.masked[i].path, "/dev/null", e) < 0)
			return -1;
	return 0;
}

/* --- namespaces ------------------------------------------------------------------------------------------------------ */

static const struct plan_join *joined(const struct plan *p, int flag)
{
	for (size_t i = 0; i < p->ns.n_join; i++)
		if (p->ns.join[i].flag == flag)
			return &p->ns.join[i];
	return NULL;
}

int criu_note_namespaces(const struct plan *p, pid_t pid, struct arena *a, struct criu_pairs *external, struct err *e)
{
	for (size_t i = 0; i < array_len(left_out); i++) {
		const char *file = ns_of(left_out[i].flag)->file;
		struct criu_pair pair = { .fd = -1 };
		char path[48];
		struct stat st;

		if (joined(p, left_out[i].flag) == NULL)
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, file); /* always fits */
		if (stat(path, &st) < 0)
			return err_sys(e, "look at %s", path);
		pair.key = text(a, e, "%s[%lu]:%s", file, (unsigned long)st.st_ino, left_out[i].key);
		if (pair.key == NULL || criu_add(external, a, pair, e) < 0)
			return -1;
	}
	return 0;
}

static const char *key_of(int flag)
{
	for (size_t i = 0; i < array_len(left_out); i++)
		if (left_out[i].flag == flag)
			return left_out[i].key;
	return NULL;
}

int criu_give_namespaces(const struct plan *p, struct arena *a, struct criu_pairs *inherit, struct criu_pairs *join,
                         struct err *e)
{
	for (size_t i = 0; i < p->ns.n_join; i++) {
		const struct plan_join *j = &p->ns.join[i];
		struct criu_pair pair = { .key = key_of(j->flag), .fd = -1 };

		if (pair.key == NULL) { /* its content is in the images, but the one to be joined is what counts */
			pair.key = ns_of(j->flag)->file;
			pair.value = j->path;
			if (criu_add(join, a, pair, e) < 0)
				return -1;
			continue;
		}
		pair.fd = ns_open(j->path, j->flag, e);
		if (pair.fd < 0)
			return err_at(e, "%s", j->pointer);
		if (criu_add(inherit, a, pair, e) < 0) {
			fd_drop(&pair.fd);
			return -1;
		}
	}
	return 0;
}

void criu_drop(struct criu_pairs *inherit)
{
	for (size_t i = 0; i < inherit->n; i++)
		fd_drop(&inherit->items[i].fd);
	inherit->n = 0;
}

/* --- control groups -------------------------------------------------------------------------------------------------- */

/* "4:cpu,cpuacct:/c1": a root for each controller; cgroup2 has the name "". */
static int give_line(const char *names, const char *path, struct arena *a, struct criu_pairs *roots, struct err *e)
{
	struct criu_pair pair = { .value = text(a, e, "%s", path), .fd = -1 };

	do {
		size_t n = strcspn(names, ",");

		pair.key = text(a, e, "%.*s", (int)n, names);
		if (pair.key == NULL || pair.value == NULL || criu_add(roots, a, pair, e) < 0)
			return -1;
		names += n + (names[n] == ',');
	} while (*names != '\0');
	return 0;
}

int criu_groups(pid_t pid, struct arena *a, struct criu_pairs *roots, unsigned int *mode, struct err *e)
{
	enum { MOST = 1 << 20 };
	auto_free char *all = NULL;
	char path[40], *rest;
	size_t len;

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", pid); /* always fits */
	if (file_read_at(AT_FDCWD, path, MOST, &all, &len, e) < 0)
		return -1;
	rest = all;
	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		char *names = strchr(line, ':'), *group = names != NULL ? strchr(names + 1, ':') : NULL;

		if (group == NULL)
			continue;
		*group++ = '\0';
		if (strcmp(group, "/") == 0 && *mode == CRIU_CGROUPS_DEFAULT)
			*mode = CRIU_CGROUPS_IGNORE;
		if (roots != NULL && give_line(names + 1, group, a, roots, e) < 0)
			return -1;
	}
	return 0;
}

const char *criu_freezer(const struct cg_place *place, struct arena *a)
{
	const struct cg_dir *found = NULL;
	struct err ignored;

	for (size_t i = 0; place != NULL && i < place->n; i++) {
		const struct cg_dir *dir = &place->dir[i];

		if (cg_lists(dir->controllers, "freezer") || (dir->unified && found == NULL))
			found = dir;
	}
	return found != NULL ? text(a, &ignored, "%s%s", found->mount, found->path) : NULL;
}

/* --- configuration --------------------------------------------------------------------------------------------------- */

int criu_config(const struct map_str *annotations, const char **file, struct err *e)
{
	*file = NULL;
	for (size_t i = 0; i < annotations->n; i++) {
		if (strcmp(annotations->items[i].key, "org.criu.config") != 0)
			continue;
		*file = *annotations->items[i].value != '\0' ? annotations->items[i].value : NULL;
		if (*file != NULL && access(*file, R_OK) < 0)
			return err_sys(e, "annotation org.criu.config: %s", *file);
		return 0;
	}
	for (size_t i = 0; i < array_len(config_files) && *file == NULL; i++)
		if (access(config_files[i], R_OK) == 0)
			*file = config_files[i];
	return 0;
}
