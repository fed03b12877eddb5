/* SPDX-License-Identifier: Apache-2.0
 *
 * probe - which of the system calls that ocirt would rather use this kernel, or a filter around us, does not have
 */
#ifndef OCIRT_KERNEL_PROBE_H
#define OCIRT_KERNEL_PROBE_H

#include "base/buf.h"

/* Appends "NAME (since Linux VERSION), ..." for each call that is not there. Nothing is changed: the arguments mean nothing. */
void probe_calls(struct buf *missing);

#endif
