/* SPDX-License-Identifier: Apache-2.0
 *
 * rootfs_walk - a path resolved inside a root by hand, where openat2(2) is missing
 *
 * One component at a time, each opened below the fd of the one before and never through a symlink: those are read and their text
 * is resolved in the same way, beginning at the root when it is absolute. `..` goes back to the directory that the walk came
 * through, so that nothing moved meanwhile leads out. Before Linux 5.6, under a filter, or under a tool that does not know the
 * call.
 */
#ifndef OCIRT_KERNEL_ROOTFS_WALK_H
#define OCIRT_KERNEL_ROOTFS_WALK_H

#include <stdint.h>

#include "base/auto.h"

/* As rootfs_open(); of resolve RESOLVE_NO_SYMLINKS is known. */
int rootfs_walk(int root, const char *path, int flags, uint64_t resolve) must_check;

#endif
