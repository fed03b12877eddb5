/* SPDX-License-Identifier: Apache-2.0
 *
 * dev - device nodes of a container, and its console
 */
#include "kernel/dev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/file.h"
#include "kernel/mount.h"

static bool has_numbers(mode_t type)
{
	return type == S_IFCHR || type == S_IFBLK;
}

static bool matches(const struct stat *st, mode_t type, unsigned int major, unsigned int minor)
{
	return (st->st_mode & S_IFMT) == type && (!has_numbers(type) || st->st_rdev == makedev(major, minor));
}

bool dev_is(int fd, mode_t type, unsigned int major, unsigned int minor)
{
	struct stat st;

	return fstat(fd, &st) == 0 && matches(&st, type, major, minor);
}

/* "character device 1:3" */
static const char *name_of(mode_t type, unsigned int major, unsigned int minor, char to[64])
{
	if (type == S_IFIFO)
		return "fifo";
	(void)snprintf(to, 64, "%s device %u:%u", type == S_IFBLK ? "block" : "character", major,
	               minor); /* always fits */
	return to;
}

/* Something has the name already: it must be what was asked for, and gets the mode and owner asked for. */
static int check_existing(int dir, const char *name, const struct dev_node *n, struct err *e)
{
	auto_fd int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char text[64], path[32];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "look at %s in the container's root", n->path);
	if (!matches(&st, n->mode & S_IFMT, n->major, n->minor))
		return err_set(e, "%s exists in the container's root and is not %s", n->path,
		               name_of(n->mode & S_IFMT, n->major, n->minor, text));
	if ((st.st_mode & 07777) != (n->mode & 07777) && chmod(fd_path(fd, path), n->mode & 07777) < 0)
		return err_sys(e, "chmod %s in the container's root", n->path);
	if ((st.st_uid != n->uid || st.st_gid != n->gid) && fchownat(fd, "", n->uid, n->gid, AT_EMPTY_PATH) < 0)
		return err_sys(e, "chown %s in the container's root", n->path);
	return 0;
}

/* O_PATH fd of a path of the host when it is that device, else -1. */
static int open_if(const char *path, const struct dev_node *n)
{
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC);

	return fd >= 0 && dev_is(fd, n->mode & S_IFMT, n->major, n->minor) ? steal_fd(&fd) : -1;
}

/* By the name that the driver gave it, as sysfs has it: where no udev keeps /dev/char and /dev/block. */
static int open_named(const struct dev_node *n)
{
	char path[64], text[1024], node[sizeof(text) + 8];
	const char *name;

	(void)snprintf(path, sizeof(path), "/sys/dev/%s/%u:%u/uevent", (n->mode & S_IFMT) == S_IFBLK ? "block" : "char",
	               n->major, n->minor); /* always fits */
	if (file_peek_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return -1;
	name = strstr(text, "DEVNAME=");
	if (name == NULL)
		return -1;
	name += strlen("DEVNAME=");
	(void)snprintf(node, sizeof(node), "/dev/%.*s", (int)strcspn(name, "\n"), name); /* always fits */
	return open_if(node, n);
}

/* The host's node of the same numbers: at the same path, else by its numbers. O_PATH fd. */
static int open_host(const struct dev_node *n, struct err *e)
{
	mode_t type = n->mode & S_IFMT;
	char by_number[48], text[64];
	int fd;

	(void)snprintf(by_number, sizeof(by_number), "/dev/%s/%u:%u", type == S_IFBLK ? "block" : "char", n->major,
	               n->minor); /* always fits */
	fd = open_if(n->path, n);
	if (fd < 0)
		fd = open_if(by_number, n);
	if (fd < 0)
		fd = open_named(n);
	if (fd >= 0)
		return fd;
	return err_kind(e, ERR_HOST, "%s: making device nodes is not allowed here, and the host has no %s to bind",
	                n->path, name_of(type, n->major, n->minor, text));
}

/* A file to mount on: made unless there is one, and never a symlink or a directory. Returns an fd. */
static int open_file(int dir, const char *name, const char *path, struct err *e)
{
	auto_fd int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		fd = openat(dir, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "make %s in the container's root", path);
	if (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode))
		return err_set(e, "%s in the container's root is a %s: it cannot be a device", path,
		               S_ISLNK(st.st_mode) ? "symlink" : "directory");
	return steal_fd(&fd);
}

static int bind_node(int dir, const char *name, const struct dev_node *n, bool old, struct err *e)
{
	auto_fd int from = open_host(n, e);
	auto_fd int to = -1;

	if (from < 0)
		return -1;
	to = open_file(dir, name, n->path, e);
	if (to < 0)
		return -1;
	if (fstat(from, n->bound) < 0)
		return err_sys(e, "look at the host's node for %s", n->path);
	if (dev_is(to, n->mode & S_IFMT, n->major, n->minor))
		return fstat(to, n->bound) < 0 ? err_sys(e, "look at %s in the container's root", n->path) : 0;
	if (mount_bind_fd(from, to, 0, old, NULL, e) < 0)
		return err_in(e, "bind the host's node on %s", n->path);
	return 0;
}

int dev_make(int dir, const char *name, const struct dev_node *n, bool old, struct err *e)
{
	bool numbers = has_numbers(n->mode & S_IFMT);

	if (numbers && n->bind)
		return bind_node(dir, name, n, old, e);
	if (mknodat(dir, name, n->mode, numbers ? makedev(n->major, n->minor) : 0) < 0) {
		if (errno == EEXIST)
			return check_existing(dir, name, n, e);
		if (errno == EPERM && numbers)
			return bind_node(dir, name, n, old, e);
		return err_sys(e, "mknod %s in the container's root", n->path);
	}
	if ((n->uid != 0 || n->gid != 0) && fchownat(dir, name, n->uid, n->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "chown %s to %u:%u in the container's root", n->path, n->uid, n->gid);
	return 0;
}

int dev_console(int dir, int slave, bool old, struct err *e)
{
	auto_fd int to = -1;

	if (isatty(slave) == 0)
		return err_sys(e, "/dev/console: what should become it is no terminal");
	to = open_file(dir, "console", "/dev/console", e);
	if (to < 0)
		return -1;
	return mount_bind_fd(slave, to, 0, old, NULL, e) < 0 ? err_in(e, "bind the terminal on /dev/console") : 0;
}
