/* SPDX-License-Identifier: Apache-2.0
 *
 * ns - namespaces: their names, joining, clock offsets
 *
 * namespaces(7), setns(2), ioctl_ns(2), time_namespaces(7).
 */
#ifndef OCIRT_KERNEL_NS_H
#define OCIRT_KERNEL_NS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

struct ns_kind {
	int flag;         /* CLONE_NEW* */
	const char *name; /* as config.json says: "network" */
	const char *file; /* below /proc/PID/ns: "net" */
};

enum { NS_KINDS = 8 };

/* In the order in which they are joined: user first (it gives the rights for the others), mount last (the others' paths are ours). */
extern const struct ns_kind ns_kinds[NS_KINDS];

/* The row of a flag, NULL when there is none. */
const struct ns_kind *ns_of(int flag);

/* Opens the namespace file at path and checks that it is one of that kind. -1 with *e filled. */
int ns_open(const char *path, int flag, struct err *e) must_check;

/* Whether an open namespace file is of the namespace that we are in; and, of a user namespace, whether ours is its parent. */
bool ns_is_own(int fd, int flag);
bool ns_is_child(int fd);

/* setns(2). */
int ns_join(int fd, int flag, struct err *e) must_check;

/* All of these of a process that is held (pid_hold); the pid namespace only counts for children. */
int ns_join_all(int held, int flags, struct err *e) must_check;

/*
 * Makes a time namespace with clock offsets (texts "monotonic SECS NANOSECS" are built here) and enters it at once, without a
 * fork: unshare(2), /proc/self/timens_offsets, then setns(2) to time_for_children.
 */
struct ns_clock {
	const char *clock; /* "monotonic", "boottime" */
	int64_t secs;
	uint32_t nanosecs;
};
int ns_make_time(const struct ns_clock *clocks, size_t n, int offsets, struct err *e) must_check;

/*
 * /proc/self/timens_offsets, for `offsets` above (-1: it is opened there). Who has entered another user namespace without an
 * execve, and is not dumpable, can open nothing in /proc/self any more.
 */
int ns_open_offsets(struct err *e) must_check;

/*
 * A visit to the mount namespace of a process that is held, of one that has a single thread. Its end restores the root and the working
 * directory too, which setns(2) replaces.
 */
struct ns_visit {
	int mounts, root, cwd;
};
int ns_visit_mounts(int held, struct ns_visit *v, struct err *e) must_check;
int ns_visit_end(struct ns_visit *v, struct err *e) must_check;

/*
 * Makes a namespace that nobody is in yet: its descriptor, or -1 with *e filled. The caller, of one thread, is in it for a moment;
 * of the kinds that can be left again (network, ipc, uts).
 */
int ns_make_apart(int flag, struct err *e) must_check;

/* unshare(2) of any other kinds. */
int ns_make(int flags, struct err *e) must_check;

#endif
