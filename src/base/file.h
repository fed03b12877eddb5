/* SPDX-License-Identifier: Apache-2.0
 *
 * file - small files, relative to a directory fd, read whole and written whole
 */
#ifndef OCIRT_BASE_FILE_H
#define OCIRT_BASE_FILE_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

/*
 * Reads a regular file of at most max bytes into a malloc'ed, NUL-terminated *out. Opened O_NONBLOCK and checked to be a
 * regular file, so that a FIFO or device put there cannot hang or flood us.
 * 0, or -1 with *e filled (errno kept for the caller: ENOENT, EFBIG, ...).
 */
int file_read_at(int dirfd, const char *path, size_t max, char **out, size_t *len, struct err *e) must_check;

/* The same for a file of ours, which is no symbolic link (ELOOP). */
int file_read_own_at(int dirfd, const char *name, size_t max, char **out, size_t *len, struct err *e) must_check;

/* The same of a file that the caller named on the command line: it may be a pipe (`<(...)` of a shell), but no directory. */
int file_read_named(const char *path, size_t max, char **out, size_t *len, struct err *e) must_check;

/* Reads a file of /proc or /sys/fs/cgroup (not checked to be regular). to gets at most room - 1 bytes and a NUL. -1: errno. */
ssize_t file_peek_at(int dirfd, const char *path, char *to, size_t room) must_check;

/* The same of one that is open, from where it stands. */
ssize_t file_peek(int fd, char *to, size_t room) must_check;

/* Where a path leads, without links and dots, as the kernel tells it of what is there. 0, or -1 with errno. */
int file_real(const char *path, char to[PATH_MAX]) must_check;

/* One open(O_WRONLY), one write, one close; for files of /proc, /sys and cgroups. 0, or -1 with errno. */
int file_poke_at(int dirfd, const char *path, const void *data, size_t len) must_check;

/* Writes path whole: a temporary file beside it with the mode, then rename(2). 0, or -1 with *e filled and nothing left. */
int file_replace_at(int dirfd, const char *path, const void *data, size_t len, mode_t mode, struct err *e) must_check;

/*
 * The same for a file in somebody else's directory, where a killed process must not leave a temporary one: an unnamed file
 * (O_TMPFILE), linked when it is whole. A file of that name is unlinked before; a device, pipe or terminal is written to instead. Where the file system has no unnamed files it is
 * file_replace_at.
 */
int file_put_at(int dirfd, const char *path, const void *data, size_t len, mode_t mode, struct err *e) must_check;

/* Removes what file_put_at put there. */
void file_take_back(int dirfd, const char *path);

#endif
