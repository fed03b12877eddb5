/* SPDX-License-Identifier: Apache-2.0
 *
 * mempolicy - from which memory nodes a process gets its memory: set_mempolicy(2)
 *
 * Kept over fork(2) and execve(2). The numbers are those of <linux/mempolicy.h>, of which older headers have only some.
 */
#ifndef OCIRT_KERNEL_MEMPOLICY_H
#define OCIRT_KERNEL_MEMPOLICY_H

#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"

enum {
	MEMPOLICY_DEFAULT = 0,
	MEMPOLICY_PREFERRED = 1,
	MEMPOLICY_BIND = 2,
	MEMPOLICY_INTERLEAVE = 3,
	MEMPOLICY_LOCAL = 4,
	MEMPOLICY_PREFERRED_MANY = 5,      /* Linux 5.15 */
	MEMPOLICY_WEIGHTED_INTERLEAVE = 6, /* Linux 6.9 */

	MEMPOLICY_NUMA_BALANCING = 1 << 13,
	MEMPOLICY_RELATIVE_NODES = 1 << 14,
	MEMPOLICY_STATIC_NODES = 1 << 15,

	MEMPOLICY_NODES_MAX = 1024, /* MAX_NUMNODES of the largest kernels */
};

/* One mode with any flags; nodes is a set of MEMPOLICY_NODES_MAX bits (base/ranges.h), NULL: no nodes. */
struct mempolicy {
	int mode;
	const char *name; /* of the mode, for errors */
	const unsigned long *nodes;
};

/* Sets the policy of the calling thread. A kernel without memory nodes, or without the mode, is ERR_HOST. */
int mempolicy_set(const struct mempolicy *p, struct err *e) must_check;

#endif
