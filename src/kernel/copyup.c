/* SPDX-License-Identifier: Apache-2.0
 *
 * copyup - a directory's content copied into another: the tmpcopyup option
 */
#include "kernel/copyup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/log.h"

enum {
	DEPTH_MAX = 200,   /* directories in directories: each holds three fds */
	XATTR_MAX = 65536, /* the kernel's own bound of a list or a value */
	CHUNK = 1 << 30,
};

/*
 * Best effort: a tmpfs takes trusted.* and security.*, and user.* only since Linux 6.6. But what could not be read at all is an error, and so
 * is a lost access list, whose mask would be the group's rights then.
 */
static int copy_xattrs(int from, int to, const char *name, struct err *e)
{
	auto_free char *names = malloc(XATTR_MAX), *value = malloc(XATTR_MAX);
	ssize_t n = names != NULL && value != NULL ? flistxattr(from, names, XATTR_MAX) : -1;

	if (n < 0)
		return errno == ENOTSUP ? 0 : err_sys(e, "tmpcopyup: list the attributes of %s", name);
	for (ssize_t at = 0; at < n; at += (ssize_t)strlen(names + at) + 1) {
		ssize_t len = fgetxattr(from, names + at, value, XATTR_MAX);

		if (len >= 0 && fsetxattr(to, names + at, value, (size_t)len, 0) == 0)
			continue;
		if (len < 0 ? errno == EIO || errno == ENOMEM : strncmp(names + at, "system.posix_acl", 16) == 0)
			return err_sys(e, "tmpcopyup: copy the attribute %s of %s", names + at, name);
	}
	return 0;
}

/* lseek(2): goes to the next data in both files; how much of it there is. false, ENXIO: a hole is left, or nothing. */
static bool skip_hole(int from, int to, off_t *at, size_t *most)
{
	off_t end;

	*at = lseek(from, *at, SEEK_DATA);
	end = *at < 0 ? -1 : lseek(from, *at, SEEK_HOLE);
	*most = end - *at < CHUNK ? (size_t)(end - *at) : CHUNK;
	return end >= 0 && lseek(to, *at, SEEK_SET) >= 0;
}

/* One that is cut meanwhile ends where it ends. */
static int copy_data(int from, int to, const char *name, const struct stat *st, struct err *e)
{
	const bool holes = st->st_blocks < st->st_size / 512; /* stat(2): blocks of 512 bytes that it takes */
	size_t most = CHUNK;
	off_t at = 0;
	ssize_t n;

	do
		if (!holes || skip_hole(from, to, &at, &most))
			n = sendfile(to, from, &at, most);
		else
			n = errno == ENXIO ? ftruncate(to, st->st_size) : -1;
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? err_sys(e, "tmpcopyup: copy %s", name) : 0;
}

/* First: chown(2) takes the set-id bits and a file's capabilities away. */
static int copy_owner(int to, const char *name, const struct stat *st, struct err *e)
{
	if (fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "tmpcopyup: chown %s to %u:%u", name, st->st_uid, st->st_gid);
	return 0;
}

static void copy_times(int to, const char *name, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	(void)utimensat(to, name, times, AT_SYMLINK_NOFOLLOW); /* best effort */
}

static int copy_file(int from, int to, const char *name, const struct stat *st, struct err *e)
{
	auto_fd int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	auto_fd int out = -1;

	if (in < 0)
		return err_sys(e, "tmpcopyup: open %s", name);
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return err_sys(e, "tmpcopyup: make %s", name);
	if (copy_data(in, out, name, st, e) < 0 || copy_owner(to, name, st, e) < 0)
		return -1;
	return copy_xattrs(in, out, name, e);
}

static int copy_link(int from, int to, const char *name, struct err *e)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return err_sys(e, "tmpcopyup: readlink %s", name);
	target[n] = '\0';
	if (symlinkat(target, to, name) < 0)
		return err_sys(e, "tmpcopyup: symlink %s", name);
	return 0;
}

static int copy_dir(int from, int to, unsigned int depth, struct err *e);

static int copy_subdir(int from, int to, const char *name, unsigned int depth, struct err *e)
{
	auto_fd int in = -1, out = -1;

	if (depth == 0)
		return err_num(e, ELOOP, "tmpcopyup: %s lies more than %d directories deep", name, DEPTH_MAX);
	in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0)
		return err_sys(e, "tmpcopyup: open %s", name);
	if (mkdirat(to, name, 0700) < 0)
		return err_sys(e, "tmpcopyup: mkdir %s", name);
	out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out < 0)
		return err_sys(e, "tmpcopyup: open the copy of %s", name);
	if (copy_dir(in, out, depth - 1, e) < 0)
		return err_in(e, "%s", name);
	return copy_xattrs(in, out, name, e);
}

static int copy_entry(int from, int to, const char *name, unsigned int depth, struct err *e)
{
	struct stat st;
	int r;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "tmpcopyup: stat %s", name);
	if (S_ISREG(st.st_mode))
		r = copy_file(from, to, name, &st, e);
	else if (S_ISLNK(st.st_mode))
		r = copy_link(from, to, name, e);
	else if (S_ISDIR(st.st_mode))
		r = copy_subdir(from, to, name, depth, e);
	else if (mknodat(to, name, st.st_mode & (S_IFMT | 0700), st.st_rdev) == 0)
		r = 0;
	else if (errno == EPERM) { /* what the image cannot use here in any case */
		log_warn("tmpcopyup: %s is left out: it is a device, and none may be made here", name);
		return 0;
	} else
		r = err_sys(e, "tmpcopyup: mknod %s", name);
	if (r < 0 || (!S_ISREG(st.st_mode) && copy_owner(to, name, &st, e) < 0))
		return -1;
	if (!S_ISLNK(st.st_mode) && fchmodat(to, name, st.st_mode & 07777, 0) < 0)
		return err_sys(e, "tmpcopyup: chmod %s", name);
	copy_times(to, name, &st);
	return 0;
}

static bool is_dot(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* `from` must be readable. */
static int copy_dir(int from, int to, unsigned int depth, struct err *e)
{
	auto_fd int own = fcntl(from, F_DUPFD_CLOEXEC, 3);
	auto_dir DIR *dir = own >= 0 ? fdopendir(own) : NULL;
	const struct dirent *d;

	if (dir == NULL)
		return err_sys(e, "tmpcopyup: read the directory");
	(void)steal_fd(&own);
	for (;;) {
		errno = 0;
		d = readdir(dir);
		if (d == NULL)
			return errno != 0 ? err_sys(e, "tmpcopyup: read the directory") : 0;
		if (!is_dot(d->d_name) && copy_entry(from, to, d->d_name, depth, e) < 0)
			return -1;
	}
}

int copyup(int from, int to, bool uid, bool gid, struct err *e)
{
	auto_fd int in = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_fd int out = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (in < 0 || out < 0 || fstat(in, &st) < 0)
		return err_sys(e, "tmpcopyup: open the directory");
	if (copy_dir(in, out, DEPTH_MAX, e) < 0)
		return -1;
	if (copy_xattrs(in, out, "the directory", e) < 0)
		return -1;
	if (fchown(out, uid ? st.st_uid : (uid_t)-1, gid ? st.st_gid : (gid_t)-1) < 0)
		return err_sys(e, "tmpcopyup: chown to %u:%u", st.st_uid, st.st_gid);
	copy_times(out, ".", &st);
	return 0;
}
