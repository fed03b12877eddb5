/* SPDX-License-Identifier: Apache-2.0
 *
 * procfs - files of a procfs that is known to be one
 *
 * A container decides what its /proc is: a fake, a bind mount over one file, a link. So what has to reach the kernel (labels,
 * sysctls, oom_score_adj) and what has to come from it goes through a descriptor of a procfs root that was checked once, and
 * never leaves that file system (openat2(2): no other mount, no magic link, never above the root). "self" may be in a path.
 */
#ifndef OCIRT_KERNEL_PROCFS_H
#define OCIRT_KERNEL_PROCFS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"

/* 0 when fd is the root directory of a procfs (its magic number, and inode number 1); -1 with errno when not. */
int procfs_check(int fd) must_check;

/* Opens path, relative to proc_fd; O_CLOEXEC is added. -1 with errno (ELOOP or EXDEV: something is mounted or linked there). */
int procfs_open(int proc_fd, const char *path, int flags) must_check;

/* One open(O_WRONLY), one write(2) of everything. 0, or -1 with errno. */
int procfs_write(int proc_fd, const char *path, const void *data, size_t len) must_check;

/* Reads at most room - 1 bytes and ends them with a NUL. The number of bytes, or -1 with errno. */
ssize_t procfs_read(int proc_fd, const char *path, char *to, size_t room) must_check;

#endif
