/* SPDX-License-Identifier: Apache-2.0
 *
 * net - what a new network namespace needs
 */
#ifndef OCIRT_KERNEL_NET_H
#define OCIRT_KERNEL_NET_H

#include "base/auto.h"
#include "base/err.h"

/* Brings `lo` of the current network namespace up; the kernel then gives it 127.0.0.1 and ::1 (netdevice(7)). */
int net_loopback_up(struct err *e) must_check;

#endif
