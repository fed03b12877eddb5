/* SPDX-License-Identifier: Apache-2.0
 *
 * steps_fs - the steps that make a container's file system and enter it
 */
#include "init/steps_fs.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/log.h"
#include "init/init.h"
#include "init/sync.h"
#include "init/warn.h"
#include "kernel/dev.h"
#include "kernel/mask.h"
#include "kernel/mount.h"
#include "kernel/pid.h"
#include "kernel/procfs.h"
#include "kernel/root.h"
#include "kernel/rootfs.h"
#include "kernel/sys.h"

struct init_fs {
	bool shared; /* the mount namespace is not the container's alone: its root stays what it is, chroot(2) */
	int place;   /* shared: the directory that the root is mounted on; -1 */
	struct mount_env env;
	struct mount_help help;
	size_t done; /* how many of plan->fs.mounts are made */
	int *late;   /* mounts that become read-only last, parallel to plan->fs.mounts; -1: none */
};

/* A step's umask is 0, so that modes are what was asked for; the caller's comes back at its end. */
static void umask_back(const mode_t *mask)
{
	(void)umask(*mask);
}
#define auto_umask __attribute__((cleanup(umask_back), unused))

static int new_state(struct init_ctx *c, struct err *e)
{
	size_t n = c->plan->fs.n_mounts;

	c->fs = arena_alloc(c->arena, sizeof(*c->fs));
	if (c->fs != NULL)
		c->fs->late = arena_alloc(c->arena, (n + 1) * sizeof(*c->fs->late));
	if (c->fs == NULL || c->fs->late == NULL)
		return err_memory(e);
	for (size_t i = 0; i < n; i++)
		c->fs->late[i] = -1;
	c->fs->shared = (c->plan->ns.make & CLONE_NEWNS) == 0;
	c->fs->place = -1;
	return 0;
}

int init_fs_begin(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;

	if (new_state(c, e) < 0)
		return -1;
	if (!c->fs->shared || c->intent.root_place == NULL)
		return 0;
	c->fs->place = root_open(c->intent.root_place, e);
	return c->fs->place < 0 ? -1 : 0;
}

int init_fs_proc(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;

	if (c->proc_fd >= 0)
		return 0;
	c->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->proc_fd < 0)
		return err_sys(e, "open /proc");
	if (procfs_check(c->proc_fd) < 0)
		return err_set(e, "/proc of the host is no procfs");
	return 0;
}

/*
 * What the inherited mounts become before anything is mounted. A shared root file system wants sources that still are peers of
 * the host's, so that a volume with `shared` propagates to it: then only the root's own surroundings are cut off.
 */
static unsigned long inherited(unsigned long propagation)
{
	if ((propagation & MS_SHARED) != 0)
		return 0;
	return (propagation & MS_PRIVATE) != 0 ? MS_PRIVATE : MS_SLAVE;
}

/* A mount namespace that was joined may have something else at that path, or nothing. */
static bool has_place(const struct init_ctx *c)
{
	auto_fd int fd = -1;

	if (c->fs->place >= 0)
		fd = open(c->intent.root_place, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && root_same(fd, c->fs->place);
}

static int put_root(const struct init_ctx *c, bool *old, struct err *e)
{
	const struct plan_fs *fs = &c->plan->fs;
	unsigned long propagation = inherited(fs->propagation);
	/* a mount namespace of another user namespace than its parent's begins as a slave of it (mount_namespaces(7)) */
	bool slave = plan_ns_own(&c->plan->ns, CLONE_NEWUSER);
	auto_fd int at = -1;

	if (root_inherit(c->fs->shared ? 0 : propagation, old, e) < 0)
		return -1;
	at = root_find(fs->root, e);
	if (at < 0) {
		if (plan_ns_joins(&c->plan->ns, CLONE_NEWNS))
			(void)err_in(e, "in the mount namespace that is joined"); /* returns -1, as the next */
		return err_at(e, "/root/path");
	}
	if (c->fs->shared && has_place(c))
		return root_show(fs->root, at, c->intent.root_place, propagation != 0 ? propagation : MS_SLAVE, *old,
		                 e);
	if (c->fs->shared) {
		/* closed by execve only: what is mounted on it lasts as long as that, and then as long as who has it as root */
		int root = root_float(fs->root, at, propagation != 0 ? propagation : MS_SLAVE, e);

		if (root >= 0 || e->text[0] != '\0')
			return root;
		log_warn(
			"the root's mounts will stay in the mount namespace that is joined until it ends: to leave none needs "
			"Linux 6.15");
	}
	return root_attach(fs->root, at, c->fs->shared || (propagation == 0 && !slave), *old, e);
}

static int32_t number_of(const struct init_ctx *c, const struct mount_op *op)
{
	return (int32_t)(op - c->plan->fs.mounts);
}

static int ask_source(void *ctx, const struct mount_op *op, struct err *e)
{
	const struct init_ctx *c = ctx;
	const int32_t number = number_of(c, op);
	int fd = -1;

	if (sync_send(c->sock, SYNC_SOURCE, &number, sizeof(number), -1, e) < 0 ||
	    sync_expect(c->sock, SYNC_OPENED, &fd, e) < 0)
		return -1;
	return fd < 0 ? err_set(e, "the runtime sent no source for %s", op->dst) : fd;
}

static int ask_map(void *ctx, const struct mount_op *op, int mounted, struct err *e)
{
	const struct init_ctx *c = ctx;
	const int32_t number = number_of(c, op);

	if (sync_send(c->sock, SYNC_IDMAP, &number, sizeof(number), mounted, e) < 0)
		return -1;
	return sync_expect(c->sock, SYNC_IDMAPPED, NULL, e);
}

/*
 * The container's root may be nobody on the host, and has no say in whose files a file system of the host shows: what only the
 * parent can do it is asked for. What it opens in our mount namespace has its flags locked as if we had.
 */
bool init_fs_helper(struct init_ctx *c, struct mount_help *help)
{
	if (!plan_ns_own(&c->plan->ns, CLONE_NEWUSER) || c->intent.facts.euid != 0)
		return false; /* who runs us is no more than we are */
	*help = (struct mount_help){ .open = ask_source, .map = ask_map, .ctx = c };
	return true;
}

int init_fs_prepare(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	bool old = false;

	if (init_fs_proc(c, e) < 0)
		return -1;
	c->root_fd = put_root(c, &old, e);
	fd_drop(&c->fs->place);
	if (c->root_fd < 0 || mount_env_init(&c->fs->env, c->root_fd, old, e) < 0)
		return -1;
	c->fs->env.proc = c->proc_fd;
	if (init_fs_helper(c, &c->fs->help))
		c->fs->env.help = &c->fs->help;
	c->fs->env.slave = c->fs->shared && (c->plan->fs.propagation & MS_SHARED) == 0;
	return 0;
}

int init_fs_blame(const char *pointer, const char *what, const char *path, struct err *e)
{
	if (pointer != NULL)
		(void)err_at(e, "%s", pointer); /* returns -1, as the next */
	return err_in(e, "%s %s", what, path);
}

static int mount_next(struct init_ctx *c, struct err *e)
{
	const size_t i = c->fs->done++;
	const struct mount_op *op = &c->plan->fs.mounts[i];

	if (mount_op_apply(op, &c->fs->env, op->late_ro ? &c->fs->late[i] : NULL, e) < 0)
		return init_fs_blame(op->pointer,
		                     plan_ns_joins(&c->plan->ns, CLONE_NEWNS)
		                             ? "in the mount namespace that is joined, mount on"
		                             : "mount on",
		                     op->dst, e);
	return 0;
}

/* Nor a device: what is copied into a tmpfs may hold nodes. */
static bool is_of_kernel(const struct mount_op *op, const char *const types[], size_t n)
{
	for (size_t i = 0; op->kind == MOUNT_NEW && !op->tmpcopyup && i < n; i++)
		if (strcmp(op->fstype, types[i]) == 0)
			return true;
	return false;
}

/* The mounts that come first in config.json, as long as they are of these types. */
static int mount_while(struct init_ctx *c, const char *const types[], size_t n, struct err *e)
{
	auto_umask mode_t mask = umask(0);
	const struct plan_fs *fs = &c->plan->fs;

	while (c->plan->ns.net_apart && c->fs->done < fs->n_mounts && is_of_kernel(&fs->mounts[c->fs->done], types, n))
		if (mount_next(c, e) < 0)
			return -1;
	return 0;
}

int init_fs_first_mounts(void *ctx, struct err *e)
{
	static const char *const types[] = { "proc", "tmpfs", "devpts", "mqueue" };

	return mount_while(ctx, types, array_len(types), e);
}

int init_fs_kernel_mounts(void *ctx, struct err *e)
{
	static const char *const types[] = { "proc", "tmpfs", "devpts", "mqueue", "sysfs", "cgroup", "cgroup2" };

	return mount_while(ctx, types, array_len(types), e);
}

int init_fs_mounts(void *ctx, struct err *e)
{
	auto_umask mode_t mask = umask(0);
	struct init_ctx *c = ctx;

	while (c->fs->done < c->plan->fs.n_mounts)
		if (mount_next(c, e) < 0)
			return -1;
	mount_env_end(&c->fs->env);
	return 0;
}

/* The file name of a path directly in /dev, NULL for any other path. */
static const char *name_in_dev(const char *path)
{
	return strncmp(path, "/dev/", 5) == 0 && strchr(path + 5, '/') == NULL ? path + 5 : NULL;
}

/* Nobody may change the host's node, and the container is not the worse for it; but it is not what was asked for. */
static void tell_differences(const struct init_ctx *c, const struct plan_node *n, const struct stat *st)
{
	mode_t mode = st->st_mode & 07777;
	struct err e;

	if (n->has_mode && mode != (n->mode & 07777)) {
		(void)err_config(&e, n->pointer, "%s is the host's node, and keeps its mode: %04o, not %04o", n->path,
		                 mode, n->mode & 07777); /* -1 is no news, as below */
		init_warn(c, &e);
	}
	if (n->has_owner && (st->st_uid != n->uid || st->st_gid != n->gid)) {
		(void)err_config(&e, n->pointer,
		                 "%s is the host's node, and keeps its owner: in the container %u:%u, not %u:%u",
		                 n->path, st->st_uid, st->st_gid, n->uid, n->gid);
		init_warn(c, &e);
	}
}

static int put_node(const struct init_ctx *c, int dev, const struct plan_node *n, struct stat *bound, struct err *e)
{
	const struct dev_node node = {
		.path = n->path,
		.mode = n->mode,
		.major = n->major,
		.minor = n->minor,
		.uid = n->uid,
		.gid = n->gid,
		.bind = c->plan->fs.bind_nodes,
		.bound = bound,
	};
	const char *in_dev = name_in_dev(n->path);
	char name[NAME_MAX + 1];
	auto_fd int dir = -1;

	if (in_dev != NULL)
		return dev_make(dev, in_dev, &node, c->fs->env.old, e);
	dir = rootfs_make_parent(c->root_fd, n->path, name, e);
	return dir < 0 ? -1 : dev_make(dir, name, &node, c->fs->env.old, e);
}

static int make_node(const struct init_ctx *c, int dev, const struct plan_node *n, struct err *e)
{
	struct stat bound = { .st_mode = 0 };

	if (put_node(c, dev, n, &bound, e) < 0)
		return -1;
	if (bound.st_mode != 0)
		tell_differences(c, n, &bound);
	return 0;
}

static int make_link(const struct init_ctx *c, int dev, const struct plan_link *l, struct err *e)
{
	const char *in_dev = name_in_dev(l->path);
	char name[NAME_MAX + 1];
	auto_fd int dir = -1;

	if (in_dev != NULL)
		return rootfs_link(dev, in_dev, l->target, l->keep, e);
	dir = rootfs_make_parent(c->root_fd, l->path, name, e);
	return dir < 0 ? -1 : rootfs_link(dir, name, l->target, l->keep, e);
}

int init_fs_devices(void *ctx, struct err *e)
{
	auto_umask mode_t mask = umask(0);
	struct init_ctx *c = ctx;
	const struct plan_fs *fs = &c->plan->fs;
	auto_fd int dev = -1;

	if (fs->n_nodes == 0 && fs->n_links == 0)
		return 0;
	dev = rootfs_make_dir(c->root_fd, "/dev", e);
	if (dev < 0)
		return -1;
	for (size_t i = 0; i < fs->n_nodes; i++)
		if (make_node(c, dev, &fs->nodes[i], e) < 0)
			return init_fs_blame(fs->nodes[i].pointer, "device", fs->nodes[i].path, e);
	for (size_t i = 0; i < fs->n_links; i++)
		if (make_link(c, dev, &fs->links[i], e) < 0)
			return init_fs_blame(NULL, "link", fs->links[i].path, e);
	return 0;
}

int init_fs_console(struct init_ctx *c, int slave, struct err *e)
{
	auto_umask mode_t mask = umask(0);
	auto_fd int dev = -1;

	dev = rootfs_make_dir(c->root_fd, "/dev", e);
	return dev < 0 ? -1 : dev_console(dev, slave, c->fs->env.old, e);
}

static int mask_all(struct init_ctx *c, struct mask *m, struct err *e)
{
	const struct plan_fs *fs = &c->plan->fs;

	for (size_t i = 0; i < fs->n_masked; i++)
		if (mask_path(m, &c->fs->env, fs->masked[i].path, e) < 0)
			return err_at(e, "%s", fs->masked[i].pointer);
	for (size_t i = 0; i < fs->n_readonly; i++)
		if (mask_readonly(&c->fs->env, fs->readonly[i].path, e) < 0)
			return err_at(e, "%s", fs->readonly[i].pointer);
	return 0;
}

/* Mounts that had to stay writable for what was made in them. */
static int seal_late(struct init_ctx *c, struct err *e)
{
	for (size_t i = 0; i < c->plan->fs.n_mounts; i++) {
		const struct mount_op *op = &c->plan->fs.mounts[i];

		if (c->fs->late[i] < 0)
			continue;
		if (mount_seal(c->fs->late[i], c->fs->env.old, e) < 0)
			return init_fs_blame(op->pointer, "mount on", op->dst, e);
		fd_drop(&c->fs->late[i]);
	}
	return 0;
}

int init_fs_protect(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	struct mask m = MASK_NONE;
	int r;

	m.label = c->plan->fs.mount_label;
	r = mask_all(c, &m, e);
	mask_end(&m);
	if (r < 0 || seal_late(c, e) < 0)
		return -1;
	if (c->plan->fs.root_readonly && mount_seal(c->root_fd, c->fs->env.old, e) < 0) {
		(void)err_at(e, "/root/readonly"); /* returns -1, as the next */
		return err_in(e, "root file system");
	}
	return 0;
}

static int enter(struct init_ctx *c, struct err *e)
{
	if (c->fs->shared)
		return root_chroot(c->root_fd, e);
	if (c->plan->fs.no_pivot)
		return root_move(&c->root_fd, (c->plan->fs.propagation & MS_SHARED) != 0, e);
	return root_pivot(c->root_fd, c->fs->env.old, e);
}

/* pivot_root(2) wants no shared mount: the root becomes shared or unbindable only now. It is a slave or private already. */
int init_fs_pivot(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	unsigned long propagation = c->plan->fs.propagation;

	if (enter(c, e) < 0)
		return -1;
	if ((propagation & (MS_SHARED | MS_UNBINDABLE)) == 0)
		return 0;
	if (root_propagate(propagation, c->fs->env.old, e) < 0)
		return err_at(e, "/linux/rootfsPropagation");
	return 0;
}

/*
 * Where the mount namespace is not the container's alone, setns(2) leads to the root of that: the container's is what its process
 * has. The name of a process that has ended meanwhile may be another's by now.
 */
int init_fs_seek(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	char path[32];

	if ((c->plan->ns.make & CLONE_NEWNS) != 0)
		return 0;
	if (init_fs_proc(c, e) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%d/root", c->container_pid); /* always fits */
	c->root_fd = openat(c->proc_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->root_fd < 0 || pid_signal(c->pidfd, c->container_pid, 0) < 0)
		return err_sys(e, "open the root of the container's process");
	return 0;
}

int init_fs_root(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;

	if (c->root_fd >= 0)
		return root_chroot(c->root_fd, e);
	c->root_fd = root_open("/", e);
	return c->root_fd < 0 ? -1 : 0;
}

int init_fs_enter(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;

	if (init_fs_root(c, e) < 0)
		return -1;
	fd_drop(&c->proc_fd);
	c->proc_fd = root_procfs_found(); /* -1: init_join_pids makes one */
	return 0;
}
