/* SPDX-License-Identifier: Apache-2.0
 *
 * mount_idmap - a detached mount whose files change their owners
 *
 * mount_setattr(2) MOUNT_ATTR_IDMAP takes the map from a user namespace; one is made for that by a child that does nothing else
 * and is gone when the call is done. Needs the rights over the file system's own user namespace, so the init stage of a container
 * with a user namespace cannot do it: its parent does. Linux 5.12, and a file system that supports it.
 */
#ifndef OCIRT_KERNEL_MOUNT_IDMAP_H
#define OCIRT_KERNEL_MOUNT_IDMAP_H

#include "base/auto.h"
#include "base/err.h"
#include "kernel/mount_op.h"

/* Gives the detached mount the map. proc: the root of any procfs we are seen in, AT_FDCWD: /proc. */
int mount_idmap_apply(int mounted, const struct mount_idmap *map, int proc, struct err *e) must_check;

#endif
