/* SPDX-License-Identifier: Apache-2.0
 *
 * file - small files, relative to a directory fd, read whole and written whole
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"

enum { SAFELY = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

static int read_whole(int fd, const char *path, size_t max, char **out, size_t *len, struct err *e)
{
	if (fd_read_all(fd, max, out, len) == 0)
		return 0;
	return errno == EFBIG ? err_set(e, "read %s: larger than %zu bytes", path, max) : err_sys(e, "read %s", path);
}

int file_read_named(const char *path, size_t max, char **out, size_t *len, struct err *e)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? err_sys(e, "open %s", path) : read_whole(fd, path, max, out, len, e);
}

/* path is for the error only; fd is -1 when it could not be opened. */
static int read_opened(int fd, const char *path, size_t max, char **out, size_t *len, struct err *e)
{
	struct stat st;

	if (fd < 0)
		return err_sys(e, "open %s", path);
	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat %s", path);
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return err_set(e, "read %s: not a regular file", path);
	}
	if (st.st_size > (off_t)max)
		return err_set(e, "read %s: larger than %zu bytes", path, max);
	return read_whole(fd, path, max, out, len, e);
}

int file_read_at(int dirfd, const char *path, size_t max, char **out, size_t *len, struct err *e)
{
	auto_fd int fd = openat(dirfd, path, SAFELY);

	return read_opened(fd, path, max, out, len, e);
}

int file_read_own_at(int dirfd, const char *name, size_t max, char **out, size_t *len, struct err *e)
{
	auto_fd int fd = openat(dirfd, name, SAFELY | O_NOFOLLOW);

	return read_opened(fd, name, max, out, len, e);
}

ssize_t file_peek(int fd, char *to, size_t room)
{
	size_t used = 0;

	while (used + 1 < room) {
		ssize_t n = read(fd, to + used, room - used - 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	to[used] = '\0';
	return (ssize_t)used;
}

ssize_t file_peek_at(int dirfd, const char *path, char *to, size_t room)
{
	auto_fd int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : file_peek(fd, to, room);
}

int file_real(const char *path, char to[PATH_MAX])
{
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC);
	char name[32];
	ssize_t n = fd < 0 ? -1 : readlink(fd_path(fd, name), to, PATH_MAX - 1);

	if (n < 0)
		return -1;
	to[n] = '\0';
	return 0;
}

int file_poke_at(int dirfd, const char *path, const void *data, size_t len)
{
	auto_fd int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	return fd_write_all(fd, data, len);
}

static int write_new(int dirfd, const char *path, const void *data, size_t len, mode_t mode)
{
	auto_fd int fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);

	if (fd < 0)
		return -1;
	return fd_write_all(fd, data, len);
}

int file_replace_at(int dirfd, const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
	char tmp[PATH_MAX];
	int num;

	if ((size_t)snprintf(tmp, sizeof(tmp), "%s.%d.tmp", path, getpid()) >= sizeof(tmp))
		return err_num(e, ENAMETOOLONG, "write %s", path);
	(void)unlinkat(dirfd, tmp, 0); /* a killed process of the same pid may have left it */
	if (write_new(dirfd, tmp, data, len, mode) == 0 && renameat(dirfd, tmp, dirfd, path) == 0)
		return 0;
	num = errno;
	(void)unlinkat(dirfd, tmp, 0); /* the first failure is the one to tell */
	errno = num;
	return err_sys(e, "write %s", path);
}

/* The directory that path is in. */
static const char *parent_of(const char *path, char to[PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return ".";
	if (slash == path)
		return "/";
	(void)snprintf(to, PATH_MAX, "%.*s", (int)(slash - path), path); /* too long: open(2) will tell */
	return to;
}

static bool is_special(int dirfd, const char *path)
{
	struct stat st;

	return fstatat(dirfd, path, &st, 0) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* A device, pipe or terminal: nobody wants it replaced. */
static int write_special(int dirfd, const char *path, const void *data, size_t len)
{
	auto_fd int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	return fd < 0 ? -1 : fd_write_all(fd, data, len);
}

static int put_unnamed(int fd, int dirfd, const char *path, const void *data, size_t len)
{
	char name[32];

	if (fd_write_all(fd, data, len) < 0)
		return -1;
	(void)fd_path(fd, name);
	if (linkat(AT_FDCWD, name, dirfd, path, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if (errno != EEXIST)
		return -1;
	if (is_special(dirfd, path))
		return write_special(dirfd, path, data, len);
	if (unlinkat(dirfd, path, 0) < 0)
		return -1;
	return linkat(AT_FDCWD, name, dirfd, path, AT_SYMLINK_FOLLOW);
}

int file_put_at(int dirfd, const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
	char dir[PATH_MAX];
	auto_fd int fd = openat(dirfd, parent_of(path, dir), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
	bool lacking = fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL);
	int r = -1;

	if (lacking && !is_special(dirfd, path))
		return file_replace_at(dirfd, path, data, len, mode, e);
	if (lacking)
		r = write_special(dirfd, path, data, len);
	else if (fd >= 0)
		r = put_unnamed(fd, dirfd, path, data, len);
	return r < 0 ? err_sys(e, "write %s", path) : 0;
}

void file_take_back(int dirfd, const char *path)
{
	if (!is_special(dirfd, path))
		(void)unlinkat(dirfd, path, 0); /* it may not be there */
}
