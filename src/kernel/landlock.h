/* SPDX-License-Identifier: Apache-2.0
 *
 * landlock - what of the file system a process and its children may ever touch
 *
 * Rules are a text, `ACCESS:PATH` apart by newlines or semicolons: ACCESS is some of r (read files and directories), w (write, make,
 * rename and remove) and x (execute), PATH is absolute and stands for itself and all below. What no rule allows is refused. landlock(7),
 * Documentation/userspace-api/landlock.rst.
 */
#ifndef OCIRT_KERNEL_LANDLOCK_H
#define OCIRT_KERNEL_LANDLOCK_H

#include "base/auto.h"
#include "base/err.h"

/* The version of Landlock's interface that the kernel has, 0: none, or it was switched off. */
int landlock_abi(void);

/* NULL when a text is such rules; else what is wrong with it. */
const char *landlock_wrong(const char *rules);

/* A set of these rules, as a descriptor; paths are looked up now. ERR_HOST where the kernel has no Landlock. */
int landlock_make(const char *rules, struct err *e) must_check;

/* From now on only what the set allows; needs no_new_privs. */
int landlock_enforce(int set, struct err *e) must_check;

#endif
