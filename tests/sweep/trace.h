/* SPDX-License-Identifier: Apache-2.0
 *
 * trace - runs a command of the runtime under ptrace(2) and does one thing to it at one exact point
 *
 * A point is a system call, counted in one of two roles: the runtime (the process that is started) or the init stage (what it
 * clones, until that executes the container's program). Counting by role keeps the numbers the same from run to run although both
 * run at once. Hooks and other helpers that the runtime vforks are followed but not counted.
 */
#ifndef OCIRT_SWEEP_TRACE_H
#define OCIRT_SWEEP_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum trace_role {
	TRACE_RUNTIME,
	TRACE_STAGE,
	TRACE_HELPER, /* never counted */
	TRACE_ROLES,
};

enum trace_act {
	TRACE_COUNT,        /* nothing is done: calls[] are filled */
	TRACE_KILL_RUNTIME, /* SIGKILL before the call happens */
	TRACE_KILL_STAGE,
	TRACE_KILL_OTHER, /* `other` */
	TRACE_SIGNAL,     /* `num` for the runtime, which may end by it */
	TRACE_FAIL,  /* the call is not made and returns `num`; close(2) is made all the same, as the kernel does */
	TRACE_NOMEM, /* counts calls of malloc, calloc and realloc instead: the one at the point returns NULL */
};

enum { TRACE_CALLS_MAX = 20000 };

struct trace_order {
	char *const *argv;
	int out, err; /* what the command writes to */
	const char *dir;
	pid_t attach; /* a stage that waits already (start); 0: none */
	enum trace_act act;
	enum trace_role on; /* whose calls are counted */
	unsigned at;        /* 1 is the first */
	int num;            /* errno, or signal */
	long nr;            /* TRACE_FAIL: the first call of that number from the at-th on; -1: whatever the at-th is */
	pid_t other;
	int timeout_ms;
};

struct trace_calls {
	size_t n;
	short nr[TRACE_CALLS_MAX];
};

struct trace_result {
	int status;                  /* wait status of the runtime */
	bool fired;                  /* the point was reached, and whom it was about was there */
	bool hung;                   /* it did not end in time, and was killed */
	long nr;                     /* the call of the point */
	bool loading;                /* which the dynamic linker made */
	struct trace_calls calls[2]; /* TRACE_COUNT: of runtime and stage. With TRACE_NOMEM's count (at 0) only n. */
};

/*
 * Runs it. Returns when the runtime has ended and the stage has executed its program, waits for start, or is dead; what lives on
 * is let go. SIGCHLD must be blocked. Children that are not traced are reaped on the way. -1 with errno: ptrace does not work here.
 */
int trace_run(const struct trace_order *o, struct trace_result *r);

/*
 * What waitpid(2) said of a process that nobody is waited for: a child of a tracee that was killed before it could tell of it is ours,
 * and stopped. It goes on alone.
 */
void trace_let_stray_go(pid_t pid, int status);

/* Milliseconds of a clock that only goes forward. */
long long trace_now_ms(void);

#endif
