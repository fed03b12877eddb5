/* SPDX-License-Identifier: Apache-2.0
 *
 * oom - being told when the kernel killed for want of memory in a container's group
 *
 * v1: an eventfd registered for memory.oom_control (cgroup-v1/memory.rst 10). cgroup2: memory.events raises POLLPRI at every
 * change, its oom_kill counts (cgroup-v2.rst "memory.events").
 */
#ifndef OCIRT_CGROUP_OOM_H
#define OCIRT_CGROUP_OOM_H

#include <stdbool.h>
#include <stdint.h>

#include "cgroup/cgroup.h"

struct cg_oom {
	int fd;       /* to be polled for `events`; -1: nothing to wait for */
	int file_fd;  /* v1: memory.oom_control */
	short events; /* of poll(2) */
	bool v1;
	uint64_t seen; /* cgroup2: oom_kill so far */
};

#define CG_OOM_NONE                     \
	{                               \
		.fd = -1, .file_fd = -1 \
	}

/* Begins to watch. A host without the memory controller has nothing to watch: 0, and o->fd is -1. */
int cg_oom_open(const struct cg_place *p, struct cg_oom *o, struct err *e) must_check;

/* Whether it happened since the last call. A group that is gone tells nothing. */
bool cg_oom_take(struct cg_oom *o);

/* How often that was in the group so far; 0 also where nobody counts. */
uint64_t cg_oom_kills(const struct cg_place *p);

/* Ends watching. */
void cg_oom_close(struct cg_oom *o);
#define auto_oom __attribute__((cleanup(cg_oom_close)))

#endif
