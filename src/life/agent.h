/* SPDX-License-Identifier: Apache-2.0
 *
 * agent - who answers for a container's system calls: hands it the listener of a filter with SCMP_ACT_NOTIFY
 *
 * config-linux.md#seccomp (listenerPath), #containerprocessstate. The filter is loaded when a program is about to run, so this is
 * done by whoever lets it: `ocirt start`, `run` or `exec`.
 */
#ifndef OCIRT_LIFE_AGENT_H
#define OCIRT_LIFE_AGENT_H

#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"
#include "life/store.h"
#include "plan/plan.h"

/* The process that is about to run its program. */
struct agent_client {
	const struct container *c;
	const struct intent *intent;
	enum oci_status status; /* of the container */
	pid_t pid;              /* of the process; another than the container's in an exec */
	int pidfd;
};

/* Whether an agent's socket is where the plan's filter wants it; nothing to do without such a filter. Connects to nobody. */
int agent_check(const struct plan *p, struct err *e) must_check;

/*
 * The stage said SECCOMP with the memory file of its gate (kernel/gate.h): waits until the filter is loaded, fetches the
 * listener, sends it to the agent with the container process state, and lets the stage on. Returns 1 without a listener when
 * there is something to be read from sock first: the filter could not be loaded. On failure the process is killed: nobody would
 * answer for it.
 */
int agent_serve(const struct agent_client *a, int sock, int gate_fd, struct err *e) must_check;

#endif
