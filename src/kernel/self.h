/* SPDX-License-Identifier: Apache-2.0
 *
 * self - what a process is apart from its namespaces: limits, scheduling, ids
 *
 * All act on the calling process, which is single-threaded. Those that raise something (limits, priorities, a lower
 * oom_score_adj) come before the capabilities go; status.h then tells whether it all came true.
 */
#ifndef OCIRT_KERNEL_SELF_H
#define OCIRT_KERNEL_SELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

/* sched_setattr(2); times in nanoseconds. */
struct self_scheduler {
	const char *name; /* what errors call the policy */
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/*
 * What execve(2) would keep of a caller's signals: those in `ignored` (bit N - 1 for signal N, as struct status has them) get
 * their default action again, and nothing is blocked.
 */
void self_reset_signals(uint64_t ignored);

/* prlimit(2); resource is a RLIMIT_* and name what errors call it. */
int self_set_rlimit(int resource, const char *name, const struct rlimit *value, struct err *e) must_check;

/*
 * Writes /proc/self/oom_score_adj. Lowering it needs CAP_SYS_RESOURCE in the initial user namespace; where that is missing
 * it is an error unless the value is in force already.
 */
int self_set_oom_score_adj(int proc_fd, int value, struct err *e) must_check;

/* Sets the scheduling policy and its values, nice included. */
int self_set_scheduler(const struct self_scheduler *s, struct err *e) must_check;

/* ioprio_set(2): class is IOPRIO_CLASS_* (1 real time, 2 best effort, 3 idle), level 0 (first) .. 7. */
int self_set_io_priority(int class, int level, struct err *e) must_check;

/* personality(2). */
int self_set_personality(unsigned long persona, struct err *e) must_check;

/*
 * The supplementary groups, always replaced, also by none. Where the user namespace denies setgroups(2) an empty list is
 * fine (*denied then tells it) and any other an error.
 */
int self_set_groups(int proc_fd, const uint32_t *groups, size_t n, bool *denied, struct err *e) must_check;

/*
 * Gives standard input, output and error to a user, so that the program can open /dev/stdout again; the group stays. /dev/null and
 * other devices that are no terminal are left alone, and so is what may not be changed (read-only, another's).
 */
int self_give_stdio(uint32_t uid, struct err *e) must_check;

/* All real, effective and saved ids, the group first. (uid_t)-1 would mean "unchanged" and is refused. */
int self_set_ids(uint32_t uid, uint32_t gid, struct err *e) must_check;

/* No execve(2) from here on gives more rights (PR_SET_NO_NEW_PRIVS). */
int self_set_no_new_privs(struct err *e) must_check;

#endif
