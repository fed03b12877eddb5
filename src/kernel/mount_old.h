/* SPDX-License-Identifier: Apache-2.0
 *
 * mount_old - the same mounts made with mount(2)
 *
 * For kernels or filters without the newer calls, and for the little that these cannot do: `iversion`, an option value of more
 * than 255 bytes, a changed superblock, before Linux 6.5 a comma in an overlay's path. Targets are named as /proc/self/fd/N of an
 * fd already checked; what is mounted there is then opened by its path in the root once more, and must be the mount just made. r*
 * words and idmaps need the newer calls.
 */
#ifndef OCIRT_KERNEL_MOUNT_OLD_H
#define OCIRT_KERNEL_MOUNT_OLD_H

#include "base/auto.h"
#include "base/err.h"
#include "kernel/mount_op.h"

/* Whether the newer calls cannot do what this op asks. */
bool mount_old_needed(const struct mount_op *op);

/* As mount_op_apply() for MOUNT_NEW and MOUNT_BIND. */
int mount_old_apply(const struct mount_op *op, struct mount_env *env, int *mounted, struct err *e) must_check;

/* `remount`: the superblock and the flags of what is mounted at the fd become what the op says. */
int mount_old_reconfigure(const struct mount_op *op, int at, struct err *e) must_check;

/* As mount_new_attrs() for the mount whose root is at the fd. */
int mount_old_attrs(int at, const struct mount_op *op, struct err *e) must_check;

/* Adds and takes away MOUNT_ATTR_* flags of the mount whose root is at the fd; its others stay. */
int mount_old_flags(int at, uint64_t set, uint64_t clear, struct err *e) must_check;

/* As mount_bind_fd(); what lies below comes along when recursive, without the flags. */
int mount_old_bind_fd(int from, int to, uint64_t attr, bool recursive, int *mounted, struct err *e) must_check;

/* A new instance of op->fstype with op's flags, data and attr_set on the fd `to`. */
int mount_old_on(const struct mount_op *op, int to, int *mounted, struct err *e) must_check;

#endif
