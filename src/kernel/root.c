/* SPDX-License-Identifier: Apache-2.0
 *
 * root - the container's root as a mount: put in place at first, entered at last
 */
#include "kernel/root.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "kernel/mount_new.h"
#include "kernel/mountinfo.h"
#include "kernel/procfs.h"
#include "kernel/sys_mount.h"

enum { UP_MAX = PATH_MAX / 2 }; /* directories that can lie above one another in a path */

int root_inherit(unsigned long propagation, bool *old, struct err *e)
{
	*old = false;
	/* without any change the call does nothing, and tells that it exists */
	if (mount_propagate(AT_FDCWD, "/", propagation == 0 ? 0 : propagation | MS_REC) == 0)
		return 0;
	if (errno == EINVAL) /* and with mount(2) it would be the same */
		return err_num(
			e, EINVAL,
			"the root directory is no mount point, as in a chroot: bind it on itself before entering it");
	if (errno != ENOSYS && errno != EPERM)
		return err_sys(e, "change the propagation of the mounts of the new namespace");
	*old = true;
	if (propagation != 0 && mount(NULL, "/", "none", propagation | MS_REC, NULL) < 0)
		return err_sys(e, "change the propagation of the mounts of the new namespace");
	return 0;
}

int root_open(const char *path, struct err *e)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(e, "open the root file system %s", path) : fd;
}

bool root_same(int a, int b)
{
	struct stat at, bt;

	return fstat(a, &at) == 0 && fstat(b, &bt) == 0 && at.st_dev == bt.st_dev && at.st_ino == bt.st_ino;
}

int root_find(const char *path, struct err *e)
{
	int fd = root_open(path, e);
	auto_fd int here = -1, top = -1;

	if (fd >= 0 || e->sys != EACCES)
		return fd;
	here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return here < 0 || top < 0 || root_same(here, top) ? -1 : steal_fd(&here);
}

static int change(int fd, bool old, unsigned long propagation)
{
	char path[32];

	if (!old)
		return mount_propagate(fd, NULL, propagation);
	return mount(NULL, fd_path(fd, path), "none", propagation, NULL);
}

/* Makes the mount that a directory lies on private: its root is the first directory upwards that takes the change. */
static int isolate_mount_of(int dir, bool old, struct err *e)
{
	auto_fd int at = fcntl(dir, F_DUPFD_CLOEXEC, 3);

	for (int i = 0; at >= 0 && i < UP_MAX; i++) {
		int up;

		if (change(at, old, MS_PRIVATE) == 0)
			return 0;
		if (errno != EINVAL)
			break;
		up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		fd_drop(&at);
		at = up;
	}
	return err_sys(e, "cut the mount of the root file system off from the host");
}

static int attach_old(const char *path, int at, struct err *e)
{
	char name[32];

	if (mount(fd_path(at, name), name, "none", MS_BIND | MS_REC, NULL) < 0)
		return err_sys(e, "bind the root file system %s on itself", path);
	/* `/` itself would be what lies below the new mount; its `..` is itself again, but on top */
	return root_open(strcmp(path, "/") == 0 ? "/.." : path, e);
}

/* A detached copy of what is mounted at the directory and below it, with that propagation (0: as it is). */
static int copy_tree(const char *path, int root, unsigned long propagation, struct err *e)
{
	auto_fd int tree = sys_open_tree(root, "", OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH);

	if (tree < 0 && errno == EINVAL)
		return err_sys(e, "clone the root file system %s (is its mount unbindable?)", path);
	if (tree < 0)
		return err_sys(e, "clone the root file system %s", path);
	if (propagation != 0 && mount_propagate(tree, NULL, propagation | MS_REC) < 0)
		return err_sys(e, "cut the root file system off from the host");
	return steal_fd(&tree);
}

static int attach_new(const char *path, int at, bool isolate, struct err *e)
{
	/* what is mounted in it is ours; what the host mounts may still come in */
	auto_fd int tree = copy_tree(path, at, isolate ? MS_SLAVE : 0, e);

	if (tree < 0)
		return -1;
	if (sys_move_mount(tree, at) < 0)
		return err_sys(e, "mount the root file system %s on itself", path);
	return steal_fd(&tree);
}

static int attach(const char *path, int at, bool isolate, bool old, struct err *e)
{
	if (isolate && isolate_mount_of(at, old, e) < 0)
		return -1;
	return old ? attach_old(path, at, e) : attach_new(path, at, isolate, e);
}

int root_attach(const char *path, int at, bool isolate, bool old, struct err *e)
{
	auto_fd int root = attach(path, at, isolate, old, e);

	if (root < 0 && !isolate && e->sys == EINVAL) { /* an unbindable mount gives no copy, until it is private */
		err_clear(e);
		isolate = true;
		root = attach(path, at, isolate, old, e);
	}
	if (root >= 0 && old && isolate && change(root, old, MS_SLAVE | MS_REC) < 0)
		return err_sys(e, "cut the root file system off from the host");
	return steal_fd(&root);
}

static int show_old(const char *path, int root, const char *place, struct err *e)
{
	char name[32];

	if (mount(fd_path(root, name), place, "none", MS_BIND | MS_REC, NULL) < 0)
		return err_sys(e, "bind the root file system %s on %s", path, place);
	return root_open(place, e);
}

static int show_new(const char *path, int root, const char *place, unsigned long propagation, struct err *e)
{
	auto_fd int tree = copy_tree(path, root, propagation, e), at = root_open(place, e);

	if (tree < 0 || at < 0)
		return -1;
	if (sys_move_mount(tree, at) < 0)
		return err_sys(e, "mount the root file system %s on %s", path, place);
	return steal_fd(&tree);
}

int root_show(const char *path, int root, const char *place, unsigned long propagation, bool old, struct err *e)
{
	auto_fd int shown = old ? show_old(path, root, place, e) : show_new(path, root, place, propagation, e);

	/* a mount on one that is shared becomes shared itself */
	if (shown >= 0 && change(shown, old, propagation | MS_REC) < 0)
		return err_sys(e, "cut the root file system off from the host");
	return steal_fd(&shown);
}

/* Linux 6.15 mounts on what is attached nowhere; the kernels before say EINVAL. */
static bool can_float(int root)
{
	const unsigned int flags = OPEN_TREE_CLONE | AT_EMPTY_PATH;
	auto_fd int below = sys_open_tree(root, "", flags), above = sys_open_tree(root, "", flags);

	return below >= 0 && above >= 0 && sys_move_mount(above, below) == 0;
}

int root_float(const char *path, int root, unsigned long propagation, struct err *e)
{
	err_clear(e);
	return can_float(root) ? copy_tree(path, root, propagation, e) : -1;
}

/* Private first: otherwise an unmount would go on to whatever the mounts below were cloned from. 1: nothing is mounted. */
static int hide_top(int dir, const char *name, struct err *e)
{
	auto_fd int top = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char in[32], path[NAME_MAX + 40];

	if (top < 0)
		return errno == ENOENT ? 1 : err_sys(e, "open %s", name);
	if (change(top, false, MS_PRIVATE | MS_REC) < 0 &&
	    ((errno != ENOSYS && errno != EPERM) || change(top, true, MS_PRIVATE | MS_REC) < 0))
		return errno == EINVAL ? 1 : err_sys(e, "cut the mounts of the container off from the host");
	(void)snprintf(path, sizeof(path), "%s/%s", fd_path(dir, in), name); /* always fits: NAME_MAX */
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return errno == EINVAL ? 1 : err_sys(e, "unmount the container's root file system");
	return 0;
}

int root_hide(int dir, const char *name, struct err *e)
{
	int r;

	/* the container may have mounted over it */
	do
		r = hide_top(dir, name, e);
	while (r == 0);
	return r < 0 ? -1 : 0;
}

int root_pivot(int root, bool old, struct err *e)
{
	auto_fd int host = root_open("/", e);

	if (host < 0)
		return -1;
	if (fchdir(root) < 0)
		return err_sys(e, "go to the root file system");
	/* with both arguments the same, the old root ends up on top of the new one: no directory is needed for it */
	if (sys_pivot_root(".", ".") < 0)
		return err_sys(e, "pivot_root (of an initramfs: use --no-pivot)");
	if (fchdir(host) < 0)
		return err_sys(e, "go to the old root");
	if (old ? mount(NULL, ".", "none", MS_SLAVE | MS_REC, NULL) < 0
	        : mount_propagate(host, NULL, MS_SLAVE | MS_REC) < 0)
		return err_sys(e, "cut the old root off from the host");
	if (umount2(".", MNT_DETACH) < 0)
		return err_sys(e, "unmount the old root");
	if (chdir("/") < 0)
		return err_sys(e, "go to the new root");
	return 0;
}

int root_propagate(unsigned long propagation, bool old, struct err *e)
{
	if (old ? mount(NULL, "/", "none", propagation, NULL) < 0 : mount_propagate(AT_FDCWD, "/", propagation) < 0)
		return err_sys(e, "change the propagation of the root file system");
	return 0;
}

int root_procfs_found(void)
{
	auto_fd int fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && procfs_check(fd) == 0 ? steal_fd(&fd) : -1;
}

int root_procfs_made(void)
{
	auto_fd int fd = -1, fs = sys_fsopen("proc");

	if (fs < 0 || sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		return -1;
	fd = sys_fsmount(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return fd >= 0 && procfs_check(fd) == 0 ? steal_fd(&fd) : -1;
}

int root_chroot(int root, struct err *e)
{
	if (fchdir(root) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return err_sys(e, "chroot into the root file system");
	return 0;
}

/*
 * Takes what the host has mounted there away, all of it: one that lies over another would uncover it. Where that is not allowed (its
 * owner's namespace locks it) it is covered.
 */
static int hide_one(const char *at, struct err *e)
{
	do
		if (mount(NULL, at, "none", MS_SLAVE | MS_REC, NULL) < 0)
			return errno == ENOENT || errno == EINVAL ? 0 : err_sys(e, "cut %s off from the host", at);
	while (umount2(at, MNT_DETACH) == 0);
	if (errno != EINVAL && errno != EPERM)
		return err_sys(e, "unmount %s of the host", at);
	if (mount("tmpfs", at, "tmpfs", MS_RDONLY, "size=4096") < 0)
		return err_sys(e, "cover %s of the host", at);
	return 0;
}

/* A whole proc or sysfs of the host's; ctx is the path of the container's root. */
static int hide_whole(void *ctx, const struct mountinfo_row *row, struct err *e)
{
	bool whole =
		strcmp(row->root, "/") == 0 && (strcmp(row->fstype, "proc") == 0 || strcmp(row->fstype, "sysfs") == 0);

	return whole && !path_is_below(row->point, ctx) ? hide_one(row->point, e) : 0;
}

/*
 * Where mounts are shared with the host, an unmount or a mount at / would be one there, too: all become slaves but a copy of the
 * container's, which keeps its peers.
 */
static int cut_host(int root, int *copy, struct err *e)
{
	*copy = copy_tree("for --no-pivot", root, 0, e);
	if (*copy < 0)
		return -1;
	return mount(NULL, "/", "none", MS_SLAVE | MS_REC, NULL) < 0 ? err_sys(e, "cut / off from the host") : 0;
}

static int move_over(int root, int copy, struct err *e)
{
	auto_fd int top = copy >= 0 ? root_open("/", e) : -1;

	if (copy >= 0 && top < 0)
		return -1;
	if (copy >= 0 ? sys_move_mount(copy, top) < 0 : fchdir(root) < 0 || mount(".", "/", "none", MS_MOVE, NULL) < 0)
		return err_sys(e, "move the root file system over /");
	return 0;
}

int root_move(int *root, bool shared, struct err *e)
{
	char name[32], path[PATH_MAX];
	ssize_t n = readlink(fd_path(*root, name), path, sizeof(path) - 1); /* as mountinfo tells it: no symlinks */
	auto_fd int copy = -1;

	if (n < 0)
		return err_sys(e, "readlink %s", name);
	path[n] = '\0';
	if ((shared && cut_host(*root, &copy, e) < 0) || mountinfo_each(0, hide_whole, path, e) < 0)
		return -1;
	if (strcmp(path, "/") != 0 && move_over(*root, copy, e) < 0) /* the host's own is over / already */
		return -1;
	if (strcmp(path, "/") != 0 && copy >= 0) {
		fd_drop(root);
		*root = steal_fd(&copy);
	}
	return root_chroot(*root, e);
}
