/* SPDX-License-Identifier: Apache-2.0
 *
 * reexec - our own program as a file that nobody can write to
 *
 * A container may get hold of /proc/PID/exe of whatever we run inside it. So the init stage is not executed from our file but
 * from a clone that cannot be written: a read-only mount of it that belongs to no mount namespace (open_tree(2); once its
 * descriptor is closed nobody can reach the mount to change it back), or, where that is not allowed, a sealed memory file.
 */
#ifndef OCIRT_KERNEL_REEXEC_H
#define OCIRT_KERNEL_REEXEC_H

#include "base/auto.h"
#include "base/err.h"

/* A descriptor (close-on-exec) for execveat(fd, "", AT_EMPTY_PATH). -1 with *e filled. */
int reexec_open(struct err *e) must_check;

/* The two ways, for tests. -1 with errno. */
int reexec_clone_mount(void) must_check;
int reexec_sealed_copy(void) must_check;

#endif
