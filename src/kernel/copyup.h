/* SPDX-License-Identifier: Apache-2.0
 *
 * copyup - a directory's content copied into another: the tmpcopyup option
 *
 * By file descriptors only; symlinks are copied, not followed. Owners, modes, times and, where the target takes them, extended
 * attributes are kept, and holes of a file; hard links become files of their own.
 */
#ifndef OCIRT_KERNEL_COPYUP_H
#define OCIRT_KERNEL_COPYUP_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"

/* Copies all that is in directory `from` (any fd, also O_PATH) into directory `to`, which gets from's times and, if asked, ids, too. */
int copyup(int from, int to, bool uid, bool gid, struct err *e) must_check;

#endif
