/* SPDX-License-Identifier: Apache-2.0
 *
 * guard - what ties processes of the runtime to each other and shields them: prctl(2)
 */
#ifndef OCIRT_KERNEL_GUARD_H
#define OCIRT_KERNEL_GUARD_H

#include "base/auto.h"
#include "base/err.h"

/*
 * For a process that will be in a container's reach: it cannot be traced or looked into (PR_SET_DUMPABLE), dies with its parent, and
 * has a name. A dead parent is noticed by the end of its socket too; the signal is for a stage that hangs in a file system.
 */
int guard_stage(const char *name, struct err *e) must_check;

/* We die with our parent, again: a fork(2) forgets it, and so does a change of ids or a gain of rights (PR_SET_PDEATHSIG(2const)). */
int guard_tie(struct err *e) must_check;

/* The process outlives its parent from here on. */
int guard_part(struct err *e) must_check;

/* Orphans below the calling process become its children. */
int guard_adopt(struct err *e) must_check;

#endif
