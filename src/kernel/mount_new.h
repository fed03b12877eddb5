/* SPDX-License-Identifier: Apache-2.0
 *
 * mount_new - mounts made with the calls of Linux 5.2 to 5.12: built and given their flags before anybody can see them
 *
 * fsopen(2), fsconfig(2): every option on its own, so that no comma in a value is ever taken apart, and the file system's own
 * words in the error; fsmount(2), mount_setattr(2).
 */
#ifndef OCIRT_KERNEL_MOUNT_NEW_H
#define OCIRT_KERNEL_MOUNT_NEW_H

#include "base/auto.h"
#include "base/err.h"
#include "kernel/mount_op.h"

/* A new instance of op->fstype as a detached mount. mode: one more option, NULL: none. Returns the fd; e->sys says why not. */
int mount_new_build(const struct mount_op *op, const char *mode, struct err *e) must_check;

/*
 * Gives a mount what the op asks for: its own flags (unless fsmount(2) did: MOUNT_NEW), those of the mounts below it, its
 * propagation. In as few calls as that takes.
 */
int mount_new_attrs(int mounted, const struct mount_op *op, struct err *e) must_check;

/* Of that only the flags for the mount and all below it. */
int mount_new_below(int mounted, const struct mount_op *op, struct err *e) must_check;

/*
 * Gives op->label, if there is one, to the root of a new instance: what is made in it later inherits it. It stays without where the
 * policy has one label for all of such a file system (EOPNOTSUPP), and in a user namespace that was made together with the ipc
 * namespace, as the root's owner is then somebody outside (EPERM).
 */
int mount_new_label(int mounted, const struct mount_op *op, struct err *e) must_check;

/* Changes the propagation of the mount at a directory fd (and path; NULL: itself) to MS_SHARED, ... [| MS_REC]. -1 with errno. */
int mount_propagate(int dirfd, const char *path, unsigned long propagation) must_check;

#endif
