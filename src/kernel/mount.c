/* SPDX-License-Identifier: Apache-2.0
 *
 * mount - one mount of a container, made and put in its place
 */
#include "kernel/mount.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/mount_idmap.h"
#include "kernel/mount_new.h"
#include "kernel/mount_old.h"
#include "kernel/mount_target.h"
#include "kernel/rootfs.h"
#include "kernel/sys_mount.h"

int mount_env_init(struct mount_env *env, int root, bool old, struct err *e)
{
	struct statx st;

	if (sys_statx(root, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO | STATX_MNT_ID, &st) < 0)
		return err_sys(e, "stat the container's root");
	if (!S_ISDIR(st.stx_mode))
		return err_num(e, ENOTDIR, "the container's root");
	*env = (struct mount_env){
		.root = root,
		.proc = AT_FDCWD,
		.old = old,
		.fresh = -1,
		.root_inode = st.stx_ino,
		.root_mount = st.stx_mnt_id,
	};
	return 0;
}

void mount_env_end(struct mount_env *env)
{
	fd_drop(&env->fresh);
}

int mount_source_open(const struct mount_op *op, bool slave, struct err *e)
{
	unsigned int flags =
		OPEN_TREE_CLONE | (op->recursive ? AT_RECURSIVE : 0) |
		(op->src_nofollow || op->copy_symlink ? AT_SYMLINK_NOFOLLOW : 0); /* a symlink that is to be copied */
	auto_fd int fd = sys_open_tree(AT_FDCWD, op->source, flags);

	if (fd < 0 && errno == EINVAL)
		return err_sys(e, "bind %s (unbindable, or with mounts below it that must not be uncovered)",
		               op->source);
	if (fd < 0)
		return err_sys(e, "bind %s", op->source);
	if (slave && mount_propagate(fd, NULL, MS_SLAVE | MS_REC) < 0)
		return err_sys(e, "make the bind of %s a slave", op->source);
	return steal_fd(&fd);
}

static int give_map(const struct mount_op *op, const struct mount_env *env, int mounted, struct err *e)
{
	if (!op->idmap.set)
		return 0;
	if (env->help != NULL)
		return env->help->map(env->help->ctx, op, mounted, e);
	return mount_idmap_apply(mounted, &op->idmap, env->proc, e);
}

/*
 * EACCES: the way to it is barred to the container's root; EINVAL: it would uncover what lies below. Who helps opens it in the same
 * mount namespace, so it is the same source.
 */
int mount_source(const struct mount_op *op, const struct mount_env *env, struct err *e)
{
	bool help = env->help != NULL && (op->idmap.set || env->help->all);
	auto_fd int fd = help ? -1 : mount_source_open(op, env->slave, e);

	if (help || (fd < 0 && env->help != NULL && (e->sys == EACCES || e->sys == EINVAL)))
		return env->help->open(env->help->ctx, op, e);
	if (fd >= 0 && give_map(op, env, fd, e) < 0)
		return err_in(e, "bind %s", op->source);
	return steal_fd(&fd);
}

/* What the symlink says, of who helps where the way to it is barred; 0 bytes when it is none. */
static ssize_t read_source(const struct mount_op *op, const struct mount_env *env, char *target, size_t room,
                           struct err *e)
{
	ssize_t n = readlink(op->source, target, room);
	auto_fd int link = -1;

	if (n < 0 && errno == EACCES && env->help != NULL) {
		link = env->help->open(env->help->ctx, op, e);
		if (link < 0)
			return -1;
		n = readlinkat(link, "", target, room);
	}
	if (n < 0 && (errno == EINVAL || link >= 0))
		return 0;
	return n < 0 ? err_sys(e, "readlink %s", op->source) : n;
}

/* A source that is a symlink becomes one in the container. 1 when so, 0 when it is none. */
static int copy_symlink(const struct mount_op *op, const struct mount_env *env, struct err *e)
{
	char target[PATH_MAX], name[NAME_MAX + 1];
	ssize_t n = read_source(op, env, target, sizeof(target) - 1, e);
	auto_fd int dir = -1;

	if (n <= 0)
		return n < 0 ? -1 : 0;
	target[n] = '\0';
	dir = rootfs_make_parent(env->root, op->dst, name, e);
	if (dir < 0 || rootfs_link(dir, name, target, false, e) < 0)
		return -1;
	return 1;
}

/* What happens to a mount that stays detached until it is complete. */
static int apply_bind(const struct mount_op *op, struct mount_env *env, int *mounted, struct err *e)
{
	auto_fd int tree = mount_source(op, env, e), to = -1;
	struct mount_target t;

	if (tree < 0)
		return -1;
	to = mount_target_open(op, env, tree, &t, e);
	if (to < 0)
		return -1;
	if (mount_new_attrs(tree, op, e) < 0)
		return err_in(e, "bind %s", op->source);
	if (sys_move_mount(tree, to) < 0)
		return mount_target_refused(op, to, tree, e);
	if (mounted != NULL)
		*mounted = steal_fd(&tree);
	return 0;
}

/* Instead of a new sysfs or cgroup2 that our user namespace may not have: the host's, with all flags also below it. */
static int build_else(const struct mount_op *op, bool slave, struct err *e)
{
	struct sys_mount_attr attr = {
		.attr_set = op->attr_set & ~(uint64_t)MOUNT_ATTR__ATIME,
		.propagation = slave ? MS_SLAVE : 0,
	};
	auto_fd int fd = sys_open_tree(AT_FDCWD, op->else_bind, OPEN_TREE_CLONE | AT_RECURSIVE);

	if (fd < 0)
		return err_sys(e, "bind %s in place of a new %s", op->else_bind, op->fstype);
	if (sys_mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr) < 0)
		return err_sys(e, "set the flags of the bind of %s in place of a new %s", op->else_bind, op->fstype);
	return steal_fd(&fd);
}

static int build(const struct mount_op *op, const struct mount_env *env, const char *mode, struct err *e)
{
	int fd = mount_new_build(op, mode, e);

	if (fd >= 0 || op->else_bind == NULL || (e->sys != EPERM && e->sys != EBUSY))
		return fd;
	return build_else(op, env->slave, e);
}

/* The next mounts are often on directories of a tmpfs just made (/dev/pts): those are then made without looking them up. */
static void keep_fresh(const struct mount_op *op, struct mount_env *env, int tree)
{
	if (mount_target_is_fresh(op, env)) /* it stays what it was: /dev has more than one child */
		return;
	mount_env_end(env);
	if (strcmp(op->fstype, "tmpfs") != 0 || op->tmpcopyup)
		return;
	env->fresh = fcntl(tree, F_DUPFD_CLOEXEC, 3);
	env->fresh_dst = op->dst;
}

static int apply_new(const struct mount_op *op, struct mount_env *env, int *mounted, struct err *e)
{
	auto_fd int tree = -1, to = -1;
	struct mount_target t;

	to = mount_target_open(op, env, -1, &t, e);
	if (to < 0)
		return -1;
	tree = build(op, env, mount_target_mode(op, &t), e);
	if (tree < 0)
		return -1;
	if (give_map(op, env, tree, e) < 0)
		return err_in(e, "%s", op->fstype);
	if (mount_target_fill(op, &t, to, tree, e) < 0 || mount_new_label(tree, op, e) < 0)
		return -1;
	if (mount_new_attrs(tree, op, e) < 0)
		return err_in(e, "%s", op->fstype);
	if (sys_move_mount(tree, to) < 0)
		return mount_target_refused(op, to, tree, e);
	keep_fresh(op, env, tree);
	if (mounted != NULL)
		*mounted = steal_fd(&tree);
	return 0;
}

/* Linux before 5.8 does not tell. */
static bool is_mount(int fd)
{
	struct statx st;

	return sys_statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &st) == 0 &&
	       (~st.stx_attributes_mask | st.stx_attributes) & STATX_ATTR_MOUNT_ROOT;
}

/* `remount`, or propagation words alone: for what is mounted there already. */
static int apply_change(const struct mount_op *op, struct mount_env *env, struct err *e)
{
	struct mount_target t;
	auto_fd int at = mount_target_find(op, env, &t, e);

	mount_env_end(env);
	if (at < 0)
		return -1;
	if (!is_mount(at)) /* without a flag to set nobody else would say so */
		return err_num(e, EINVAL, "nothing is mounted on %s", op->dst);
	/* mount(2) changes the file system and this mount; words about what is below it are the newer call's */
	if (op->reconfigure)
		return mount_old_reconfigure(op, at, e) < 0 ? -1 : mount_new_below(at, op, e);
	return env->old ? mount_old_attrs(at, op, e) : mount_new_attrs(at, op, e);
}

/* overlay before Linux 6.5, which takes a comma in a value from mount(2) only. */
static bool is_barred_comma(const struct mount_op *op, const struct err *e)
{
	return e->sys == EINVAL && strcmp(op->fstype, "overlay") == 0 && strstr(e->text, " contained comma") != NULL;
}

static int apply_any(const struct mount_op *op, struct mount_env *env, int *mounted, struct err *e)
{
	if (!env->old && !mount_old_needed(op)) {
		if (op->kind == MOUNT_BIND)
			return apply_bind(op, env, mounted, e);
		if (apply_new(op, env, mounted, e) == 0)
			return 0;
		if (!is_barred_comma(op, e))
			return -1;
		err_clear(e);
	}
	mount_env_end(env);
	return mount_old_apply(op, env, mounted, e);
}

int mount_op_apply(const struct mount_op *op, struct mount_env *env, int *mounted, struct err *e)
{
	if (mounted != NULL)
		*mounted = -1;
	if (op->kind == MOUNT_CHANGE)
		return apply_change(op, env, e);
	if (op->kind == MOUNT_BIND && op->copy_symlink) {
		int r = copy_symlink(op, env, e);

		if (r != 0)
			return r < 0 ? -1 : 0;
	}
	return apply_any(op, env, mounted, e);
}

/* A mount below one that is attached nowhere (root_float()) cannot be changed: a copy that is changed goes over it. */
static int cover(int mounted, const struct sys_mount_attr *attr)
{
	auto_fd int tree = sys_open_tree(mounted, "", OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH);

	if (tree < 0 || sys_mount_setattr(tree, "", AT_EMPTY_PATH, attr) < 0)
		return -1;
	return sys_move_mount(tree, mounted);
}

int mount_seal(int mounted, bool old, struct err *e)
{
	const struct sys_mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	if (old)
		return mount_old_flags(mounted, MOUNT_ATTR_RDONLY, 0, e);
	if (sys_mount_setattr(mounted, "", AT_EMPTY_PATH, &attr) == 0 ||
	    (errno == EINVAL && cover(mounted, &attr) == 0))
		return 0;
	return err_sys(e, "make it read-only");
}

int mount_bind_fd(int from, int to, uint64_t attr, bool old, int *mounted, struct err *e)
{
	const struct sys_mount_attr set = { .attr_set = attr };
	auto_fd int fd = -1;

	if (mounted != NULL)
		*mounted = -1;
	if (old)
		return mount_old_bind_fd(from, to, attr, false, mounted, e);
	fd = sys_open_tree(from, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
	if (fd < 0)
		return err_sys(e, "open_tree");
	if (attr != 0 && sys_mount_setattr(fd, "", AT_EMPTY_PATH, &set) < 0)
		return err_sys(e, "mount_setattr");
	if (sys_move_mount(fd, to) < 0)
		return err_sys(e, "move_mount");
	if (mounted != NULL)
		*mounted = steal_fd(&fd);
	return 0;
}

int mount_detach(int mounted, int proc)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "self/fd/%d", mounted); /* always fits */
	return fchdir(proc) < 0 ? -1 : umount2(path, MNT_DETACH);
}
