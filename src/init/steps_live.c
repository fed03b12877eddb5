/* SPDX-License-Identifier: Apache-2.0
 *
 * steps_live - the steps that mount, and unmount, in a container that is there
 */
#include "init/steps_live.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/libc.h"
#include "base/log.h"
#include "base/reason.h"
#include "init/init.h"
#include "init/steps_fs.h"
#include "init/sync.h"
#include "kernel/guard.h"
#include "kernel/mount.h"
#include "kernel/rootfs.h"
#include "kernel/sys_mount.h"

/* What was done for one entry, to undo it. */
struct done {
	int fd;             /* add: the new mount's root; remove: a detached clone of what was taken away; -1 */
	unsigned int depth; /* add: how many directories, or a file at last, did not exist before */
};

static struct done *new_done(const struct init_ctx *c, struct err *e)
{
	struct done *done = arena_alloc(c->arena, (c->plan->fs.n_mounts + 1) * sizeof(*done));

	if (done == NULL) {
		(void)err_memory(e); /* NULL is what is returned */
		return NULL;
	}
	for (size_t i = 0; i < c->plan->fs.n_mounts; i++)
		done[i].fd = -1;
	return done;
}

/* From here to the end nobody stops us: what is done halfway would stay. */
static int begin(struct err *e)
{
	sigset_t all;

	signals_all(&all);
	(void)signals_mask(SIG_BLOCK, &all, NULL); /* a valid set is all it asks for */
	return guard_part(e);
}

/* --- add --------------------------------------------------------------------------------------------------------------- */

int init_live_sources(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	const struct plan_fs *fs = &c->plan->fs;
	struct mount_help help;
	struct mount_env env = { .proc = c->proc_fd, .slave = (fs->propagation & MS_SHARED) == 0 };

	c->sources = arena_alloc(c->arena, (fs->n_mounts + 1) * sizeof(*c->sources));
	if (c->sources == NULL)
		return err_memory(e);
	if (init_fs_helper(c, &help))
		env.help = &help;
	for (size_t i = 0; i < fs->n_mounts; i++) {
		const struct mount_op *op = &fs->mounts[i];

		c->sources[i] = op->kind == MOUNT_BIND ? mount_source(op, &env, e) : -1;
		if (op->kind == MOUNT_BIND && c->sources[i] < 0)
			return init_fs_blame(op->pointer, "mount on", op->dst, e);
	}
	return 0;
}

static int give_source(void *ctx, const struct mount_op *op, struct err *e)
{
	const struct init_ctx *c = ctx;

	(void)e; /* it is there */
	return steal_fd(&c->sources[op - c->plan->fs.mounts]);
}

/* The last component off a cleaned path; false when there is none. */
static bool strip(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return false;
	*slash = '\0';
	return true;
}

static unsigned int missing(int root, const char *dst)
{
	char path[PATH_MAX];
	unsigned int n = 0;

	(void)snprintf(path, sizeof(path), "%s", dst); /* the plan's are shorter */
	do {
		auto_fd int fd = rootfs_open(root, path, O_PATH, 0);

		if (fd >= 0 || errno != ENOENT)
			return n;
		n++;
	} while (strip(path));
	return n;
}

/* An empty file or directory, which is what we make. */
static void remove_empty(int dir, const char *name)
{
	struct stat st;

	if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno != ENOTDIR)
		return;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
		(void)unlinkat(dir, name, 0); /* best effort: it was empty, too */
}

static void unmake(int root, const char *dst, unsigned int depth)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s", dst); /* the plan's are shorter */
	for (; depth > 0; depth--) {
		char *name = strrchr(path, '/');
		auto_fd int dir = -1;

		*name = '\0';
		dir = rootfs_open(root, path[0] == '\0' ? "/" : path, O_PATH | O_DIRECTORY, 0);
		if (dir >= 0)
			remove_empty(dir, name + 1);
	}
}

static void undo_add(const struct init_ctx *c, struct done *done, size_t n)
{
	while (n-- > 0) {
		if (done[n].fd >= 0 && mount_detach(done[n].fd, c->proc_fd) < 0)
			log_warn("the mount on %s could not be undone: %s", c->plan->fs.mounts[n].dst,
			         words_of_error(errno));
		unmake(c->root_fd, c->plan->fs.mounts[n].dst, done[n].depth);
	}
}

/* Read-only at last: other mounts of the list may have been made in it. */
static int add_all(const struct init_ctx *c, struct mount_env *env, struct done *done, size_t *n, struct err *e)
{
	const struct plan_fs *fs = &c->plan->fs;

	for (; *n < fs->n_mounts; ++*n) {
		const struct mount_op *op = &fs->mounts[*n];

		done[*n].depth = missing(c->root_fd, op->dst);
		if (mount_op_apply(op, env, &done[*n].fd, e) < 0) {
			++*n; /* its place may have been made */
			return init_fs_blame(op->pointer, "mount on", op->dst, e);
		}
	}
	for (size_t i = 0; i < fs->n_mounts; i++)
		if (fs->mounts[i].late_ro && mount_seal(done[i].fd, false, e) < 0)
			return init_fs_blame(fs->mounts[i].pointer, "mount on", fs->mounts[i].dst, e);
	return 0;
}

int init_live_add(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	const struct mount_help help = { .open = give_source, .ctx = c, .all = true };
	struct done *done = new_done(c, e);
	struct mount_env env;
	size_t n = 0;
	int r;

	if (done == NULL || mount_env_init(&env, c->root_fd, false, e) < 0 || begin(e) < 0)
		return -1;
	env.proc = c->proc_fd;
	env.help = &help;
	(void)umask(0); /* modes are what was asked for */
	r = add_all(c, &env, done, &n, e);
	mount_env_end(&env);
	if (r < 0)
		undo_add(c, done, n);
	return r;
}

/* --- remove ------------------------------------------------------------------------------------------------------------ */

/* O_PATH of what is mounted there; it must be a mount, and not the root. */
static int find_mount(const struct init_ctx *c, const struct mount_op *op, struct err *e)
{
	auto_fd int fd = rootfs_open(c->root_fd, op->dst, O_PATH, 0);
	struct statx root, st;

	if (fd < 0)
		return err_sys(e, "look up %s in the container's root", op->dst);
	if (sys_statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0 ||
	    sys_statx(c->root_fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &root) < 0)
		return err_sys(e, "stat %s", op->dst);
	if ((st.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0)
		return err_num(e, EINVAL, "nothing is mounted on %s", op->dst);
	return st.stx_mnt_id != root.stx_mnt_id ? steal_fd(&fd) : err_set(e, "%s is the container's root", op->dst);
}

static int take_away(const struct init_ctx *c, const struct mount_op *op, struct done *done, struct err *e)
{
	auto_fd int fd = find_mount(c, op, e);

	if (fd < 0)
		return -1;
	done->fd =
		sys_open_tree(fd, "", OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH); /* -1: could not be put back */
	return mount_detach(fd, c->proc_fd) < 0 ? err_sys(e, "unmount it") : 0;
}

static void put_back(const struct init_ctx *c, const struct mount_op *op, int clone)
{
	auto_fd int to = rootfs_open(c->root_fd, op->dst, O_PATH, 0);

	if (to < 0 || sys_move_mount(clone, to) < 0)
		log_warn("what was mounted on %s could not be put back: %s", op->dst, words_of_error(errno));
}

static int look_at_all(const struct init_ctx *c, struct err *e)
{
	const struct plan_fs *fs = &c->plan->fs;

	for (size_t i = 0; i < fs->n_mounts; i++) {
		auto_fd int fd = find_mount(c, &fs->mounts[i], e);

		if (fd < 0)
			return init_fs_blame(fs->mounts[i].pointer, "unmount", fs->mounts[i].dst, e);
	}
	return 0;
}

int init_live_remove(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	const struct plan_fs *fs = &c->plan->fs;
	struct done *done = new_done(c, e);

	if (done == NULL || look_at_all(c, e) < 0 || begin(e) < 0)
		return -1;
	for (size_t i = fs->n_mounts; i-- > 0;) {
		if (take_away(c, &fs->mounts[i], &done[i], e) == 0)
			continue;
		(void)init_fs_blame(fs->mounts[i].pointer, "unmount", fs->mounts[i].dst,
		                    e); /* -1 is what is returned */
		while (++i < fs->n_mounts)
			put_back(c, &fs->mounts[i], done[i].fd);
		return -1;
	}
	return 0;
}

int init_live_end(void *ctx, struct err *e)
{
	const struct init_ctx *c = ctx;

	if (sync_post(c->sock, SYNC_CREATED, NULL, 0, -1, e) < 0)
		return -1;
	_exit(0);
}
