/* SPDX-License-Identifier: Apache-2.0
 *
 * program - which file the program is, and its user's home, both in the root that we are in
 */
#include "init/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/passwd.h"
#include "base/reason.h"
#include "kernel/rootfs.h"
#include "kernel/rootfs_walk.h"
#include "kernel/sys.h"

/* By hand, from the root that we are in: magic links are the names that they read as, and lead nowhere else. */
own_frame static int walk_to(const char *file)
{
	auto_fd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char cwd[PATH_MAX], path[2 * PATH_MAX];

	if (root < 0 || file[0] == '/')
		return root < 0 ? -1 : rootfs_walk(root, file, O_PATH, 0);
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/%s", cwd, file); /* always fits */
	return rootfs_walk(root, path, O_PATH, 0);
}

static int open_file(const char *file)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS };
	int fd = sys_openat2(AT_FDCWD, file, &how);

	return fd < 0 && (errno == ENOSYS || errno == EPERM) ? walk_to(file) : fd; /* before Linux 5.6, or a filter */
}

/* Whether it can be executed: 0, or the errno that says why not (EISDIR: a directory; EACCES: no regular file either). */
static int judge(const char *file)
{
	auto_fd int fd = open_file(file);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	if (syscall(SYS_faccessat2, fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) == 0)
		return 0;
	/* before Linux 5.8, or a filter; real and effective ids are the same here */
	if (errno == ENOSYS || errno == EPERM)
		return access(file, X_OK) == 0 ? 0 : errno;
	return errno;
}

static int fail(const char *name, int num, struct err *e)
{
	e->kind = ERR_PROGRAM;
	e->sys = num;
	return err_in(e, "exec: \"%s\"", name);
}

/* In small letters: engines compare with Go's texts, some of them exactly. */
static int tell(const char *name, int num, const char *what, struct err *e)
{
	if (num == ENOENT)
		(void)err_set(e, "%sno such file or directory", what);
	else if (num == EACCES)
		(void)err_set(e, "permission denied");
	else if (num == EISDIR)
		(void)err_set(e, "is a directory: permission denied");
	else
		(void)err_set(e, "%s%s", what, words_of_error(num));
	return fail(name, num, e);
}

int program_failed(const char *name, int num, struct err *e)
{
	if (num != ENOENT)
		return tell(name, num, "", e);
	/* it was there a moment ago: its interpreter is missing */
	e->kind = ERR_PROGRAM;
	e->sys = num;
	return err_set(e, "exec %s: no such file or directory", name);
}

static int find_named(const char *name, char to[PATH_MAX], struct err *e)
{
	char what[PATH_MAX + 16];
	int num = strlen(name) < PATH_MAX ? judge(name) : ENAMETOOLONG;

	if (num == 0) {
		memcpy(to, name, strlen(name) + 1);
		return 0;
	}
	(void)snprintf(what, sizeof(what), "stat %s: ", name); /* a cut text is still told */
	return tell(name, num, what, e);
}

/* As execvp(3): what may not be executed is passed over, and told when nothing else is found. An empty directory is the current. */
static int find_in_path(const char *name, const char *path, char to[PATH_MAX], struct err *e)
{
	bool denied = false;

	while (name[0] != '\0' && path != NULL) {
		size_t len = strcspn(path, ":");
		int n = len == 0 ? snprintf(to, PATH_MAX, "./%s", name)
		                 : snprintf(to, PATH_MAX, "%.*s/%s", (int)len, path, name);
		int num = n < PATH_MAX ? judge(to) : ENAMETOOLONG;

		if (num == 0)
			return 0;
		denied = denied || num == EACCES;
		path = path[len] == ':' ? path + len + 1 : NULL;
	}
	return denied ? tell(name, EACCES, "", e) : tell(name, ENOENT, "executable file not found in $PATH: ", e);
}

int program_find(const char *name, const char *path, char to[PATH_MAX], struct err *e)
{
	err_clear(e);
	return strchr(name, '/') != NULL ? find_named(name, to, e) : find_in_path(name, path, to, e);
}

/* ---- /etc/passwd ---- */

static int read_passwd(int root, char **text, size_t *len)
{
	auto_fd int fd = rootfs_open(root, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	return fd_read_all(fd, PASSWD_MAX, text, len);
}

/* What the image's own doing can be: no such file, none that we may read, or something else in its place. */
static bool is_their_doing(int num)
{
	static const int theirs[] = { ENOENT, ENOTDIR, ELOOP,  EACCES, ENXIO,        ENODEV,
		                      EXDEV,  EISDIR,  EINVAL, EFBIG,  ENAMETOOLONG, EAGAIN };

	for (size_t i = 0; i < array_len(theirs); i++)
		if (theirs[i] == num)
			return true;
	return false;
}

int program_home(int root, uint32_t uid, char to[PATH_MAX], struct err *e)
{
	auto_free char *text = NULL;
	size_t len;

	memcpy(to, "/", 2);
	if (read_passwd(root, &text, &len) < 0) {
		if (!is_their_doing(errno))
			return err_sys(e, "read the container's /etc/passwd");
		log_debug("no home from the container's /etc/passwd: %s", words_of_error(errno));
		return 0;
	}
	if (!passwd_find(text, len, uid, PASSWD_HOME, to))
		memcpy(to, "/", 2);
	return 0;
}
