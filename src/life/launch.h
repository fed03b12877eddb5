/* SPDX-License-Identifier: Apache-2.0
 *
 * launch - from a runtime process to an init stage: clone3(2), and our unwritable clone in place of our program
 */
#ifndef OCIRT_LIFE_LAUNCH_H
#define OCIRT_LIFE_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"
#include "init/init.h"
#include "init/sync.h"
#include "plan/plan.h"

/* What the stage inherits, in the order of its arguments; -1: nothing. */
enum launch_fd {
	LAUNCH_SOCK,    /* its end of the protocol */
	LAUNCH_RECORD,  /* the state file (init/record.h) */
	LAUNCH_PROCESS, /* exec: the process object */
	LAUNCH_PIDFD,   /* exec: the container's init */
	LAUNCH_START,   /* create: the listening start socket */
	LAUNCH_LOG,
	LAUNCH_FILTER,   /* the seccomp filter; made by launch_stage where it is needed */
	LAUNCH_HOOK_OUT, /* create: files for the output of hooks in the container */
	LAUNCH_HOOK_ERR,
	LAUNCH_TRACE, /* memory of a trace (base/trace.h) */
	LAUNCH_FDS,
};

struct launch {
	enum init_mode mode;
	const struct plan *plan;
	const struct init_ctx
		*stage;      /* what a stage finds in memory that need not be executed; its descriptors are fds */
	int fds[LAUNCH_FDS]; /* not owned; LAUNCH_SOCK is set by launch_stage */
	/* Called in the child, when that has to be executed: makes the fds of what it reads then. NULL: they are there. */
	int (*write)(void *ctx, int fds[LAUNCH_FDS], struct err *e);
	void *write_ctx;
	const struct cg_place *place; /* control groups to be born in; NULL: none, or somebody else moves it */
	bool movable;                 /* where we may not be born in them, their manager can move it there */
	uint32_t keep;                /* descriptors from 3 on that the program is to have */
	const struct affinity *cpus;  /* where it begins, before it is in the groups; NULL: where we are */
	pid_t init;                   /* exec: in whose cgroup2 group it goes when its own takes nobody; 0: nobody's */
	bool outside;                 /* out: it has to be moved */
	pid_t pid;                    /* out: of the stage, 0 when none was started */
	int pidfd;                    /* out */
	int sock;                     /* out: our end of the protocol */
	int self;                     /* our program as the stage has it; closed when there is time for it */
};

#define LAUNCH_NONE                                                                                    \
	{                                                                                              \
		.fds = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 }, .pidfd = -1, .sock = -1, .self = -1 \
	}

/* Starts the stage in the new namespaces the plan makes (those that can be made at once); it waits for GO. */
int launch_stage(struct launch *l, struct err *e) must_check;

/* Writes the id maps of a new user namespace and lets the stage go on; nothing to do without one. */
int launch_maps(struct launch *l, struct err *e) must_check;

/* Makes the network namespace of a stage that comes to wait for it (plan_namespaces' net_apart) and hands it over. */
int launch_network(struct launch *l, struct err *e) must_check;

/* The stage forked (FORKED): pid is the container's process now; the first one is reaped. Takes pidfd over. */
void launch_replace(struct launch *l, pid_t pid, int pidfd);

/*
 * The next message of the stage: 1, or -1 with *e filled when it failed, or died, also where a child that it forked (FORKED was not
 * told yet) holds the socket open.
 */
int launch_recv(struct launch *l, struct sync_msg *m, struct err *e) must_check;

/* Kills the stage, if there is one, and reaps it. */
void launch_kill(struct launch *l);

/* Tells why the stage ended without a word: adds its wait status to *e. Reaps it. Returns -1. */
int launch_died(struct launch *l, struct err *e);

/* Closes pidfd and socket. */
void launch_close(struct launch *l);

#endif
