/* SPDX-License-Identifier: Apache-2.0
 *
 * fd - descriptors: whole reads and writes, passing them over a socket, closing what is not ours
 */
#ifndef OCIRT_BASE_FD_H
#define OCIRT_BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

enum { FD_SEND_SECONDS = 10 };

/* Writes all of it, through EINTR and short writes. 0, or -1 with errno. */
int fd_write_all(int fd, const void *data, size_t len) must_check;

/*
 * Reads to the end of the file into a malloc'ed, NUL-terminated *out of *len bytes; more than max bytes is EFBIG.
 * 0, or -1 with errno.
 */
int fd_read_all(int fd, size_t max, char **out, size_t *len) must_check;

/* Sends one message, to a stream in parts if need be, with at most one fd beside it (-1: none). 0, or -1 with errno. No SIGPIPE. */
int fd_send(int sock, const void *data, size_t len, int fd) must_check;

/*
 * Receives one message of at most room bytes; an fd that came along goes to *fd (O_CLOEXEC), else -1; fd may be NULL (then
 * one that comes is closed). Returns the bytes received, 0 at the end of the stream, -1 with errno.
 */
ssize_t fd_recv(int sock, void *data, size_t room, int *fd) must_check;

/* Marks every descriptor from first on close-on-exec (close_range(2), else /proc/self/fd). 0, or -1 with errno. */
int fd_cloexec_from(int first) must_check;

/* Closes every descriptor from first on. 0, or -1 with errno. */
int fd_close_from(int first) must_check;

/* Sets or clears FD_CLOEXEC. 0, or -1 with errno. */
int fd_set_cloexec(int fd, bool on) must_check;

/* Makes sure that 0, 1 and 2 are open, on /dev/null if need be, so that no later fd gets such a number. */
int fd_fill_std(struct err *e) must_check;

/* `/proc/self/fd/N`, for calls that only take a path. to has room for at least 32 bytes; returns to. */
const char *fd_path(int fd, char to[32]);

/*
 * Connects an AF_UNIX socket of a type to a path of any length (by its descriptor in /proc/self/fd where sun_path is too short). A peer that
 * takes neither the connection nor what is sent is given up after FD_SEND_SECONDS (EAGAIN).
 * Returns the fd (O_CLOEXEC), or -1 with *e filled.
 */
int fd_connect_unix(const char *path, int type, struct err *e) must_check;

#endif
