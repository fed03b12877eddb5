/* SPDX-License-Identifier: Apache-2.0
 *
 * program - which file the program is, and its user's home, both in the root that we are in
 *
 * Runs in the container's root, as the user that will run the program, so that what it may not execute is told by `create`.
 * execvp(3), config.md#process (args).
 */
#ifndef OCIRT_INIT_PROGRAM_H
#define OCIRT_INIT_PROGRAM_H

#include <limits.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

/*
 * Finds the file of a program: a name with a slash is one already (from the current directory on), any other is looked for in the
 * directories of path ("/bin:/usr/bin"). It has to be a regular file that we may execute. Magic links (/proc/self/exe,
 * /proc/self/fd/N/...) are not followed: they could lead out of the root, or to ourselves. The texts are those that engines look
 * for in a failure (ERR_PROGRAM).
 */
int program_find(const char *name, const char *path, char to[PATH_MAX], struct err *e) must_check;

/* The error of an execve(2) that failed. Returns -1. */
int program_failed(const char *name, int num, struct err *e);

/*
 * The home directory of a user in the root's /etc/passwd; "/" when it has none. The file is the image's: it is never waited for,
 * has to be a regular one of at most 1 MB, and a line that is no user is passed over. -1: the host is not able to read it.
 */
int program_home(int root, uint32_t uid, char to[PATH_MAX], struct err *e) must_check;

#endif
