/* SPDX-License-Identifier: Apache-2.0
 *
 * procs - the processes of groups: who is in, moving in, signalling one directory's
 *
 * cg_attach, cg_attach_self, cg_open_unified and cg_pids are declared in cgroup.h.
 */
#ifndef OCIRT_CGROUP_PROCS_H
#define OCIRT_CGROUP_PROCS_H

#include <stddef.h>
#include <sys/types.h>

#include "cgroup/cgroup.h"

/* Pids in ascending order, each once. */
struct cg_pid_list {
	pid_t *pid;
	size_t n, room;
};

/* Frees the pids; the list is then empty. */
void cg_pid_list_free(struct cg_pid_list *l);
#define auto_pid_list __attribute__((cleanup(cg_pid_list_free)))

/* All processes of one directory and those below. 0, or -1 with errno; ENOENT: no such group. */
int cg_dir_pids(const struct cg_dir *d, struct cg_pid_list *l) must_check;

/*
 * Signals all processes of one directory and those below but for the ones in *done, and adds them there; *fresh is how many
 * these were. A pid is signalled only while it is seen to be in the group. 0, or -1 with *e filled.
 */
int cg_dir_signal(const struct cg_dir *d, int sig, struct cg_pid_list *done, size_t *fresh, struct err *e) must_check;

#endif
