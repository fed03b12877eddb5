/* SPDX-License-Identifier: Apache-2.0
 *
 * mask - paths of the container that may not be seen, or not be written
 */
#include "kernel/mask.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "kernel/dev.h"
#include "kernel/mount_new.h"
#include "kernel/mount_old.h"
#include "kernel/rootfs.h"
#include "kernel/sys_mount.h"

enum { MASK_ATTR = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC };

static int open_null(struct err *e)
{
	auto_fd int fd = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "open /dev/null");
	if (!dev_is(fd, S_IFCHR, 1, 3))
		return err_set(e, "/dev/null of the host is not the null device");
	return steal_fd(&fd);
}

static int mask_file(struct mask *m, int to, bool old, struct err *e)
{
	bool first = m->null < 0;
	auto_fd int fd = first ? open_null(e) : -1;
	int mounted = -1;

	if (first && fd < 0)
		return -1;
	if (mount_bind_fd(first ? fd : m->null, to, first ? MASK_ATTR : 0, old, first ? &mounted : NULL, e) < 0)
		return err_in(e, "cover it with /dev/null");
	if (first)
		m->null = mounted;
	return 0;
}

static int first_empty(struct mask *m, int to, bool old, struct err *e)
{
	char context[512];
	/* the root directory is one inode; some kernels refuse less than two */
	const char *data[] = { "mode=0755", "size=4096", "nr_inodes=2", context };
	struct mount_op op = {
		.kind = MOUNT_NEW,
		.fstype = "tmpfs",
		.source = "tmpfs",
		.flags = MS_RDONLY,
		.attr_set = MASK_ATTR | MOUNT_ATTR_NODEV,
		.data = data,
		.n_data = m->label != NULL ? 4 : 3,
	};
	auto_fd int fd = -1;

	if (m->label != NULL && (size_t)snprintf(context, sizeof(context), "context=%s", m->label) >= sizeof(context))
		return err_set(e, "the mount label is too long");
	if (old)
		return mount_old_on(&op, to, &m->empty, e);
	fd = mount_new_build(&op, NULL, e);
	if (fd < 0)
		return -1;
	if (sys_move_mount(fd, to) < 0)
		return err_sys(e, "move_mount");
	m->empty = steal_fd(&fd);
	return 0;
}

static int mask_dir(struct mask *m, int to, bool old, struct err *e)
{
	int r = m->empty < 0 ? first_empty(m, to, old, e) : mount_bind_fd(m->empty, to, 0, old, NULL, e);

	return r < 0 ? err_in(e, "cover it with an empty tmpfs") : 0;
}

/* What is mounted over the root is lost when that is entered. */
static int look_at(const struct mount_env *env, int fd, mode_t *type, struct err *e)
{
	struct statx st;

	if (sys_statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO | STATX_MNT_ID, &st) < 0)
		return err_sys(e, "stat");
	if (st.stx_ino == env->root_inode && st.stx_mnt_id == env->root_mount)
		return err_set(e, "it is the container's root itself");
	*type = st.stx_mode;
	return 0;
}

int mask_path(struct mask *m, const struct mount_env *env, const char *path, struct err *e)
{
	auto_fd int fd = rootfs_open(env->root, path, O_PATH, 0);
	mode_t type = 0;
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "mask %s", path);
	r = look_at(env, fd, &type, e);
	if (r == 0)
		r = S_ISDIR(type) ? mask_dir(m, fd, env->old, e) : mask_file(m, fd, env->old, e);
	return r < 0 ? err_in(e, "mask %s", path) : 0;
}

void mask_end(struct mask *m)
{
	fd_drop(&m->null);
	fd_drop(&m->empty);
}

static int make_readonly(const struct mount_env *env, int at, struct err *e)
{
	const struct sys_mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };
	auto_fd int fd = -1;

	if (env->old)
		return mount_old_bind_fd(at, at, MOUNT_ATTR_RDONLY, true, NULL, e);
	fd = sys_open_tree(at, "", OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH);
	/* unbindable: but when it is a mount of its own, it can be changed where it is */
	if (fd < 0 && errno == EINVAL && sys_mount_setattr(at, "", AT_EMPTY_PATH | AT_RECURSIVE, &ro) == 0)
		return 0;
	if (fd < 0)
		return err_sys(e, "open_tree");
	if (sys_mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &ro) < 0)
		return err_sys(e, "mount_setattr");
	if (sys_move_mount(fd, at) < 0)
		return err_sys(e, "move_mount");
	return 0;
}

/* Without a link on the way a path that is not the root's own does not lead there. */
int mask_readonly(const struct mount_env *env, const char *path, struct err *e)
{
	auto_fd int fd = rootfs_open(env->root, path, O_PATH, RESOLVE_NO_SYMLINKS);
	bool linked = fd < 0 && errno == ELOOP;
	mode_t type = 0;

	if (linked)
		fd = rootfs_open(env->root, path, O_PATH, 0);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "make %s read-only", path);
	if ((linked && look_at(env, fd, &type, e) < 0) || make_readonly(env, fd, e) < 0)
		return err_in(e, "make %s read-only", path);
	return 0;
}
