/* SPDX-License-Identifier: Apache-2.0
 *
 * tell_mount - a mount in words
 */
#ifndef OCIRT_PLAN_TELL_MOUNT_H
#define OCIRT_PLAN_TELL_MOUNT_H

#include "base/buf.h"
#include "kernel/mount_op.h"

/* "mount tmpfs on /dev: nosuid, strictatime, mode=755". */
void tell_mount(struct buf *out, const struct mount_op *op);

/* "rslave" of MS_SLAVE | MS_REC. */
void tell_propagation(struct buf *out, unsigned long propagation);

#endif
