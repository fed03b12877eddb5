/* SPDX-License-Identifier: Apache-2.0
 *
 * affinity - on which CPUs the calling thread may run: sched_setaffinity(2)
 *
 * Sets are of AFFINITY_CPUS bits (base/ranges.h). A set is kept over fork(2) and execve(2); the cpuset of the control group
 * narrows it at any time.
 */
#ifndef OCIRT_KERNEL_AFFINITY_H
#define OCIRT_KERNEL_AFFINITY_H

#include "base/auto.h"
#include "base/err.h"
#include "base/ranges.h"

enum { AFFINITY_CPUS = 8192 }; /* the most that a kernel can be built for */

struct affinity {
	unsigned long set[RANGES_WORDS(AFFINITY_CPUS)];
};

/* What is in force now. */
int affinity_get(struct affinity *out, struct err *e) must_check;

/* At least one of the CPUs has to be there and allowed. */
int affinity_set(const struct affinity *a, struct err *e) must_check;

/* All that the control group allows, now and later: what the caller was bound to is forgotten. */
int affinity_reset(struct err *e) must_check;

#endif
