/* SPDX-License-Identifier: Apache-2.0
 *
 * lsm - the security module's label of the program to come, and which modules there are
 *
 * Labels are written to /proc/self/attr through a verified procfs (procfs.h), whole, in one write(2); any failure is one.
 * proc_pid_attr(5).
 */
#ifndef OCIRT_KERNEL_LSM_H
#define OCIRT_KERNEL_LSM_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"

/* Whether the module is built in, enabled and in use on this host (its files below /sys say so). */
bool lsm_apparmor_active(void);
bool lsm_selinux_active(void);

/* The next execve(2) of this thread changes to the AppArmor profile. */
int lsm_apparmor_exec(int proc_fd, const char *profile, struct err *e) must_check;

/* The next execve(2) of this thread runs under the SELinux context; what the kernel then says is compared. */
int lsm_selinux_exec(int proc_fd, const char *label, struct err *e) must_check;

/* Keys (and so keyrings) made from now on get the SELinux context; NULL: the default again. */
int lsm_selinux_keys(int proc_fd, const char *label, struct err *e) must_check;

#endif
