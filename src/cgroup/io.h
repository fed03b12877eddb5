/* SPDX-License-Identifier: Apache-2.0
 *
 * io - files of one group's directory
 *
 * Paths are absolute: cgroup file systems hold no symbolic links and cg_place refuses `..`, so a path cannot lead out of the
 * mount, and one open a file is less than a directory fd first. Nothing here ever creates a file.
 */
#ifndef OCIRT_CGROUP_IO_H
#define OCIRT_CGROUP_IO_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"
#include "cgroup/cgroup.h"

/* The path of a file of the group, of the group itself when file is NULL. False when it does not fit. Async-signal-safe. */
bool cg_path(const struct cg_dir *d, const char *file, char to[PATH_MAX]) must_check;

/* Opens a file, O_CLOEXEC. -1 with *e filled and errno. */
int cg_open(const struct cg_dir *d, const char *file, int flags, struct err *e) must_check;

/* Reads at most room - 1 bytes of a file in one go; a last newline is cut. Bytes read, -1 with errno. */
ssize_t cg_peek(const struct cg_dir *d, const char *file, char *to, size_t room) must_check;

/* The whole of a file of at most CG_SLURP_MAX bytes, malloc'ed; NULL with errno. */
char *cg_slurp(const struct cg_dir *d, const char *file) must_check;

enum { CG_SLURP_MAX = 4 << 20 };

/* Writes a value by one write(2). 0, -1 with errno. */
int cg_poke(const struct cg_dir *d, const char *file, const char *value) must_check;

/* The directory in the v1 hierarchy that has a controller; NULL when there is none. */
const struct cg_dir *cg_v1_dir(const struct cg_place *p, const char *controller);

/* Where a controller's files are: its v1 hierarchy, else the cgroup2 tree. NULL when there is neither. */
const struct cg_dir *cg_dir_of(const struct cg_place *p, const char *controller);

/* The directory in the cgroup2 tree; NULL when there is none. */
const struct cg_dir *cg_unified_dir(const struct cg_place *p);

/* Where the processes are best looked for: cgroup2, else freezer, else the first. NULL when the place is empty. */
const struct cg_dir *cg_main_dir(const struct cg_place *p);

#endif
