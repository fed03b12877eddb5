/* SPDX-License-Identifier: Apache-2.0
 *
 * procfs - files of a procfs that is known to be one
 */
#include "kernel/procfs.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/file.h"
#include "kernel/sys.h"

enum { PROC_ROOT_INO = 1 };

int procfs_check(int fd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return -1;
	if (fs.f_type == PROC_SUPER_MAGIC && st.st_ino == PROC_ROOT_INO)
		return 0;
	errno = EINVAL;
	return -1;
}

/*
 * "self" is a link of procfs itself, so links have to be followed; NO_XDEV and BENEATH keep them inside. Before Linux 5.6 there
 * is no openat2(2): plain openat(2), guarded by a check that the file is on a procfs at all.
 */
int procfs_open(int proc_fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)(flags | O_CLOEXEC | O_NOCTTY),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	auto_fd int fd = sys_openat2(proc_fd, path, &how);
	struct statfs fs;

	if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
		return steal_fd(&fd);
	fd = openat(proc_fd, path, flags | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return -1;
	if (fs.f_type == PROC_SUPER_MAGIC)
		return steal_fd(&fd);
	errno = EXDEV;
	return -1;
}

int procfs_write(int proc_fd, const char *path, const void *data, size_t len)
{
	auto_fd int fd = procfs_open(proc_fd, path, O_WRONLY);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = write(fd, data, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	if ((size_t)n == len)
		return 0;
	errno = EIO; /* half a value is not the value: never go on with the rest */
	return -1;
}

ssize_t procfs_read(int proc_fd, const char *path, char *to, size_t room)
{
	auto_fd int fd = procfs_open(proc_fd, path, O_RDONLY);

	return fd < 0 ? -1 : file_peek(fd, to, room);
}
