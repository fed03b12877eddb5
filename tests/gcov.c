/* SPDX-License-Identifier: Apache-2.0
 *
 * gcov - in a build for gcov only: the counts of a process that ends by _exit(2) or execve(2), and of one that lives in a container
 *
 * gcov's own code writes a process's counts when it returns from main, to files below the build directory by their absolute names.
 * The init stage has another root by then, and ends in execve(2). So this is linked in front of libc and gcov: the directory is
 * opened before main and its descriptor outlives close_range(2), counts go to files below that descriptor, and are written and begun
 * anew at both ends. A child of vfork(2) shares our counts: as they are begun anew, each is written once. A process that is killed,
 * or whose filter forbids openat(2), loses its counts still. A build that is not for gcov does not have this file.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef OCIRT_COVERAGE
#define OCIRT_COVERAGE "/nowhere" /* for linters: a build says where it is */
#endif

/* gcov.h, which is gcc's alone */
void __gcov_dump(void);
void __gcov_reset(void);

enum { HIGH = 500 }; /* above what programs, tests and containers count on */

static int build = -1; /* the build directory */

__attribute__((constructor)) static void open_build(void)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, OCIRT_COVERAGE, O_PATH | O_DIRECTORY | O_CLOEXEC);

	build = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, HIGH);
	if (fd >= 0)
		(void)syscall(SYS_close, fd);
}

/* Files of counts are everybody's: of users of the container too, who are nobody here. */
int open(const char *path, int flags, ...)
{
	size_t n = strlen(OCIRT_COVERAGE);
	mode_t mode = 0;
	va_list more;
	int fd;

	va_start(more, flags);
	if ((flags & (O_CREAT | O_TMPFILE)) != 0)
		mode = va_arg(more, mode_t);
	va_end(more);
	if (build < 0 || strncmp(path, OCIRT_COVERAGE "/", n + 1) != 0)
		return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	fd = (int)syscall(SYS_openat, build, path + n + 1, flags, mode);
	if (fd >= 0 && mode != 0)
		(void)fchmod(fd, 0666); /* somebody else's has it already */
	return fd;
}

static int close_some(unsigned first, unsigned last, int flags)
{
	return first > last ? 0 : (int)syscall(SYS_close_range, first, last, flags);
}

int close_range(unsigned first, unsigned last, int flags)
{
	unsigned kept = (unsigned)build;

	if (build < 0 || kept < first || kept > last)
		return close_some(first, last, flags);
	return close_some(first, kept - 1, flags) < 0 ? -1 : close_some(kept + 1, last, flags);
}

static void write_counts(void)
{
	int was = errno;

	__gcov_dump();
	__gcov_reset();
	errno = was;
}

void _exit(int status)
{
	write_counts();
	for (;;)
		(void)syscall(SYS_exit_group, status);
}

/* What the compiler makes of execve in such a build. */
int __gcov_execve(const char *path, char *const argv[], char *const envp[]);
int __gcov_execve(const char *path, char *const argv[], char *const envp[])
{
	write_counts();
	return (int)syscall(SYS_execve, path, argv, envp);
}
