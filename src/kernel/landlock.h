/* SPDX-License-Identifier: Apache-2.0
 *
 * landlock - what of the file system a process and its children may ever touch
 *
 * landlock(7), Documentation/userspace-api/landlock.rst. The numbers of the calls are the same on every architecture.
 */
#ifndef OCIRT_KERNEL_LANDLOCK_H
#define OCIRT_KERNEL_LANDLOCK_H

/* The version of Landlock's interface that the kernel has, 0 with errno: none (ENOSYS), or it was switched off (EOPNOTSUPP). */
int landlock_abi(void);

#endif
