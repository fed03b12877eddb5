/* SPDX-License-Identifier: Apache-2.0
 *
 * sysctl - kernel parameters of the current namespaces
 */
#ifndef OCIRT_KERNEL_SYSCTL_H
#define OCIRT_KERNEL_SYSCTL_H

#include "base/auto.h"
#include "base/err.h"

/*
 * Writes value to the parameter `file` ("net/ipv4/ip_forward") below the procfs that proc_fd is the root of. proc_fd is a
 * verified procfs; nothing mounted over a part of it and no link is followed. In one write(2), as the kernel wants it.
 */
int sysctl_write(int proc_fd, const char *file, const char *value, struct err *e) must_check;

#endif
