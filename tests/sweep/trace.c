/* SPDX-License-Identifier: Apache-2.0
 *
 * trace - runs a command of the runtime under ptrace(2) and does one thing to it at one exact point
 */
#include "tests/sweep/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sweep/alloc.h"
#include "tests/sweep/regs.h"

enum { MAX_TRACEES = 64, LET_GO_MS = 10000, DEATH_MS = 20 };

struct tracee {
	pid_t pid; /* 0: free */
	enum trace_role role;
	bool known;   /* whose child it is has been told */
	bool stopped; /* kept so until whoever is to die before it goes on has died */
	bool in_call;
	bool restarts; /* the next call is the last one once more, after a stop: not a new one */
	bool renewed;  /* this call may be the last one of mapping its program anew */
	bool override; /* at the end of the call its result is ours */
	long argument; /* of a brk(2) that is to fail: what it asked for */
	bool loading;  /* the dynamic linker is at work */
	struct alloc_points points;
};

struct trace {
	const struct trace_order *o;
	struct trace_result *r;
	struct tracee t[MAX_TRACEES];
	pid_t runtime;
	pid_t dying; /* nobody goes on before it is dead */
	unsigned count[TRACE_ROLES];
	bool ended;  /* the runtime */
	bool parked; /* the stage waits for start */
	bool done;   /* the point is behind us */
};

long long trace_now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

void trace_let_stray_go(pid_t pid, int status)
{
	if (WIFSTOPPED(status))
		(void)ptrace(PTRACE_DETACH, pid, 0, 0);
}

static struct tracee *find(struct trace *x, pid_t pid)
{
	for (size_t i = 0; i < MAX_TRACEES; i++)
		if (x->t[i].pid == pid)
			return &x->t[i];
	return NULL;
}

static struct tracee *add(struct trace *x, pid_t pid)
{
	struct tracee *t = find(x, 0);

	if (t != NULL)
		*t = (struct tracee){ .pid = pid, .role = TRACE_HELPER };
	return t;
}

static struct tracee *stage_of(struct trace *x)
{
	for (size_t i = 0; i < MAX_TRACEES; i++)
		if (x->t[i].pid != 0 && x->t[i].known && x->t[i].role == TRACE_STAGE)
			return &x->t[i];
	return NULL;
}

/* Lets one run on, to its next call if those are counted. */
static void go_on(struct trace *x, struct tracee *t, int sig)
{
	bool counted = t->role != TRACE_HELPER && (x->o->at == 0 || t->role == x->o->on);
	bool each = (!x->done && counted && (!t->points.set || t->points.within)) || t->override;

	t->stopped = false;
	(void)ptrace(each ? PTRACE_SYSCALL : PTRACE_CONT, t->pid, 0,
	             sig); /* ESRCH: killed meanwhile, which wait tells */
}

static void release(struct trace *x, struct tracee *t, int sig)
{
	(void)x;
	alloc_points_clear(t->pid, &t->points);
	(void)ptrace(PTRACE_DETACH, t->pid, 0, sig);
	t->pid = 0;
}

/* --- the point ------------------------------------------------------------------------------------------------------- */

static void kill_victim(struct trace *x, pid_t pid)
{
	x->done = true;
	if (pid <= 0 || kill(pid, SIGKILL) < 0)
		return;
	x->r->fired = true;
	if (find(x, pid) != NULL)
		x->dying = pid;
}

/* One that we do not trace; a frozen one takes its time, which is fine too. */
static void kill_other(struct trace *x, pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	kill_victim(x, pid);
	if (pidfd < 0)
		return;
	(void)poll(&(struct pollfd){ .fd = pidfd, .events = POLLIN }, 1, DEATH_MS);
	(void)close(pidfd);
}

/* brk(2) fails by saying where the end is now, which it says to 0, too. */
static void fail_call(struct trace *x, struct tracee *t)
{
	x->done = x->r->fired = true;
	t->override = true;
	if (x->r->nr == SYS_brk)
		t->argument = regs_clear_argument(t->pid);
	else if (x->r->nr != SYS_close)
		regs_skip_call(t->pid);
}

static void fire(struct trace *x, struct tracee *t)
{
	struct tracee *stage = stage_of(x);

	switch (x->o->act) {
	case TRACE_KILL_RUNTIME: kill_victim(x, x->ended ? 0 : x->runtime); return;
	case TRACE_KILL_STAGE: kill_victim(x, stage != NULL ? stage->pid : 0); return;
	case TRACE_KILL_OTHER: kill_other(x, x->o->other); return;
	case TRACE_SIGNAL:
		x->done = true;
		x->r->fired = !x->ended && kill(x->runtime, x->o->num) == 0;
		return;
	case TRACE_FAIL: fail_call(x, t); return;
	case TRACE_COUNT:
	case TRACE_NOMEM: return;
	}
}

/* A breakpoint of an allocation: true when that is what it was. */
static bool at_allocation(struct trace *x, struct tracee *t)
{
	bool now;

	if (x->o->act != TRACE_NOMEM || !t->points.set || !alloc_points_hit(t->pid, &t->points))
		return false;
	now = !x->done && t->role == x->o->on && ++x->count[t->role] == x->o->at;
	if (t->role != TRACE_HELPER && x->o->at == 0)
		x->r->calls[t->role].n++;
	if (now)
		x->done = x->r->fired = true;
	alloc_points_resume(t->pid, &t->points, now);
	return true;
}

static void note_call(struct trace *x, enum trace_role role, long nr)
{
	struct trace_calls *calls = &x->r->calls[role];

	if (x->o->act == TRACE_COUNT && calls->n < TRACE_CALLS_MAX)
		calls->nr[calls->n++] = (short)nr;
}

/* Waits are woken more or less often, so the numbers shift a little: an error goes to the call that it was meant for. */
static bool is_wanted(const struct trace *x, long nr)
{
	return x->o->act != TRACE_FAIL || x->o->nr < 0 || x->o->nr == nr;
}

/* ERESTARTSYS and its like: the kernel makes the call again by itself. */
static bool will_restart(long long result)
{
	return result == -512 || result == -513 || result == -514 || result == -516;
}

/* Where a stage waits for start, with no end: in poll(2), which newer architectures have as ppoll(2) only. */
static bool is_parking(long nr)
{
#ifdef SYS_poll
	if (nr == SYS_poll)
		return true;
#endif
	return nr == SYS_ppoll;
}

static void enter_call(struct trace *x, struct tracee *t, long nr)
{
	if (nr == SYS_set_tid_address) /* an act of libc's before any of ours; what follows fails in words */
		t->loading = false;
	if (t->role == TRACE_STAGE)
		x->parked = is_parking(nr);
	if (x->o->act == TRACE_NOMEM) {
		if (!t->points.set && nr == SYS_set_tid_address) /* libc is mapped, none of its users has run */
			alloc_points_set(t->pid, &t->points);
		t->renewed = nr == SYS_prctl && t->points.within;
		return;
	}
	if (t->role != TRACE_HELPER)
		note_call(x, t->role, nr);
	if (!x->done && t->role == x->o->on && ++x->count[t->role] >= x->o->at && x->o->at > 0 && is_wanted(x, nr)) {
		x->r->nr = nr;
		x->r->loading = t->loading;
		fire(x, t);
	}
}

static void at_call(struct trace *x, struct tracee *t)
{
	struct __ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(info), &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		t->in_call = true;
		if (!t->restarts)
			enter_call(x, t, (long)info.entry.nr);
		t->restarts = false;
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		t->in_call = false;
		t->restarts = will_restart(info.exit.rval);
		if (t->renewed) /* PR_SET_MM_MAP comes after the program was mapped again */
			alloc_points_again(t->pid, &t->points);
		t->renewed = false;
		if (t->override && x->r->nr == SYS_brk)
			regs_restore_argument(t->pid, t->argument);
		else if (t->override)
			regs_set_result(t->pid, -x->o->num);
		t->override = false;
	}
}

/* --- the family ------------------------------------------------------------------------------------------------------ */

/*
 * PARENT has made a process: whose it is follows from whose child it is. vfork is how helpers are made, and nobody else, but for those
 * that the runtime makes without a signal at their end.
 */
static void adopt(struct trace *x, const struct tracee *parent, int event)
{
	unsigned long pid = 0;
	struct tracee *t;

	if (ptrace(PTRACE_GETEVENTMSG, parent->pid, 0, &pid) < 0)
		return;
	t = find(x, (pid_t)pid);
	if (t == NULL)
		t = add(x, (pid_t)pid);
	if (t == NULL)
		return;
	t->known = true;
	t->role = event == PTRACE_EVENT_VFORK || parent->role == TRACE_HELPER ||
	                          (event == PTRACE_EVENT_CLONE && parent->role == TRACE_RUNTIME)
	                  ? TRACE_HELPER
	                  : TRACE_STAGE;
	t->points = parent->points; /* its memory is a copy, breakpoints too; vfork's is the same */
	if (t->stopped && x->dying == 0)
		go_on(x, t, 0);
}

/* Whether that is the runtime's program, or a copy of it. */
static bool is_runtime(const struct trace *x, pid_t pid)
{
	char path[48];
	struct stat its, ours;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	return stat(path, &its) == 0 && stat(x->o->argv[0], &ours) == 0 && its.st_size == ours.st_size;
}

/* execve(2) ended well. When the stage becomes the container's program it is not ours to watch any more. */
static bool executed(struct trace *x, struct tracee *t)
{
	t->points.set = false; /* it is another program now */
	t->loading = true;
	if (t->role != TRACE_STAGE || is_runtime(x, t->pid))
		return false;
	release(x, t, 0);
	return true;
}

static void stopped(struct trace *x, struct tracee *t, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16, pass = 0;

	t->stopped = true;
	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
		adopt(x, t, event);
	} else if (event == PTRACE_EVENT_EXEC) {
		if (executed(x, t))
			return;
	} else if (event == PTRACE_EVENT_STOP) {
		if (sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU) {
			(void)ptrace(PTRACE_LISTEN, t->pid, 0, 0);
			return;
		}
	} else if (sig == (SIGTRAP | 0x80)) {
		at_call(x, t);
	} else if (event == 0 && (sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE)) {
		/* the kernel spares the first process of a pid namespace while it is traced: it shall do it again alone */
		release(x, t, 0);
		return;
	} else if (event == 0 && !(sig == SIGTRAP && at_allocation(x, t))) {
		pass = sig;
	}
	if (t->known && x->dying == 0)
		go_on(x, t, pass);
}

static void gone(struct trace *x, pid_t pid, int status)
{
	struct tracee *t = find(x, pid);

	if (t != NULL)
		t->pid = 0;
	if (pid == x->runtime) {
		x->r->status = status;
		x->ended = true;
	}
	if (pid != x->dying)
		return;
	x->dying = 0;
	for (size_t i = 0; i < MAX_TRACEES; i++)
		if (x->t[i].pid != 0 && x->t[i].known && x->t[i].stopped)
			go_on(x, &x->t[i], 0);
}

/* --- from beginning to end ------------------------------------------------------------------------------------------- */

static bool finished(struct trace *x)
{
	const struct tracee *stage = stage_of(x);
	bool counts_stage = x->o->act != TRACE_NOMEM && (x->o->at == 0 || x->o->on == TRACE_STAGE);

	if (!x->ended || x->dying != 0)
		return false;
	for (size_t i = 0; i < MAX_TRACEES; i++)
		if (x->t[i].pid != 0 && x->t[i].override)
			return false; /* the fault is still on its way */
	return x->done || !counts_stage || stage == NULL || (x->parked && stage->in_call);
}

/* The next report of a child; 0 when the time is up. */
static pid_t next(long long deadline, int *status)
{
	sigset_t chld;

	(void)sigemptyset(&chld);
	(void)sigaddset(&chld, SIGCHLD);
	for (;;) {
		pid_t pid = waitpid(-1, status, WNOHANG | __WALL);
		long long left = deadline - trace_now_ms();
		struct timespec ts = { .tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000 };

		if (pid > 0)
			return pid;
		if (left <= 0)
			return 0;
		(void)sigtimedwait(&chld, NULL, &ts); /* whatever ends it, we look again */
	}
}

static void handle(struct trace *x, pid_t pid, int status)
{
	struct tracee *t = find(x, pid);

	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		gone(x, pid, status);
		return;
	}
	if (!WIFSTOPPED(status))
		return;
	if (t == NULL) /* a child that stops before its parent's event is told */
		t = add(x, pid);
	if (t != NULL)
		stopped(x, t, status);
}

/* One that is on its way out of our hands has stopped: for a signal, at a fork, or because we asked for it. */
static void release_stopped(struct trace *x, struct tracee *t, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;
	bool signalled = event == 0 && sig != (SIGTRAP | 0x80);
	unsigned long pid = 0;

	if ((event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) &&
	    ptrace(PTRACE_GETEVENTMSG, t->pid, 0, &pid) == 0 && find(x, (pid_t)pid) == NULL)
		(void)add(x, (pid_t)pid); /* it is ours before it has stopped for the first time */
	if (signalled && sig == SIGTRAP && t->points.set && alloc_points_hit(t->pid, &t->points)) {
		alloc_points_resume(t->pid, &t->points, false);
		signalled = false;
	}
	release(x, t, signalled ? sig : 0);
}

static struct tracee *any(struct trace *x)
{
	for (size_t i = 0; i < MAX_TRACEES; i++)
		if (x->t[i].pid != 0)
			return &x->t[i];
	return NULL;
}

/* What lives on is stopped for a moment to be let go. */
static void let_go(struct trace *x)
{
	long long deadline = trace_now_ms() + LET_GO_MS;
	int status;

	for (size_t i = 0; i < MAX_TRACEES; i++) {
		if (x->t[i].pid != 0 && x->t[i].stopped)
			release(x, &x->t[i], 0);
		else if (x->t[i].pid != 0)
			(void)ptrace(PTRACE_INTERRUPT, x->t[i].pid, 0, 0);
	}
	while (any(x) != NULL) {
		pid_t pid = next(deadline, &status);
		struct tracee *t = find(x, pid);

		if (pid == 0)
			return;
		if (WIFEXITED(status) || WIFSIGNALED(status))
			gone(x, pid, status);
		else if (t == NULL && WIFSTOPPED(status))
			(void)ptrace(PTRACE_DETACH, pid, 0, 0); /* a child whose parent's event we never saw */
		else if (t != NULL && WIFSTOPPED(status))
			release_stopped(x, t, status);
	}
}

static void kill_all(struct trace *x)
{
	for (size_t i = 0; i < MAX_TRACEES; i++)
		if (x->t[i].pid != 0)
			(void)kill(x->t[i].pid, SIGKILL);
}

__attribute__((noreturn)) static void child(const struct trace_order *o, const int go[2])
{
	sigset_t none;
	char byte;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(o->out, 1) < 0 || dup2(o->err, 2) < 0 || (o->dir != NULL && chdir(o->dir) < 0))
		_exit(126);
	(void)close(go[1]);
	(void)!read(go[0], &byte, 1); /* its end: we are traced */
	(void)execv(o->argv[0], o->argv);
	_exit(127);
}

static int seize(struct trace *x, pid_t pid, enum trace_role role)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
	                     PTRACE_O_TRACEEXEC;
	struct tracee *t = add(x, pid);

	if (ptrace(PTRACE_SEIZE, pid, 0, options) < 0)
		return -1;
	t->role = role;
	t->known = true;
	t->in_call = t->restarts = role == TRACE_STAGE;
	return 0;
}

static int begin(struct trace *x)
{
	int go[2], r;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0)
		child(x->o, go);
	x->runtime = pid;
	r = pid > 0 ? seize(x, pid, TRACE_RUNTIME) : -1;
	if (r == 0 && x->o->attach > 0) {
		r = seize(x, x->o->attach, TRACE_STAGE);
		x->parked = true; /* until it is heard of */
		(void)ptrace(PTRACE_INTERRUPT, x->o->attach, 0, 0);
	}
	(void)close(go[0]);
	(void)close(go[1]); /* the child goes on */
	return r;
}

int trace_run(const struct trace_order *o, struct trace_result *r)
{
	struct trace x = { .o = o, .r = r };
	long long deadline = trace_now_ms() + o->timeout_ms;
	int status;

	*r = (struct trace_result){ .nr = -1 };
	if (begin(&x) < 0)
		return -1;
	while (!finished(&x)) {
		pid_t pid = next(deadline, &status);

		if (pid > 0) {
			handle(&x, pid, status);
			continue;
		}
		if (r->hung)
			break; /* not even SIGKILL helps */
		r->hung = true;
		deadline = trace_now_ms() + LET_GO_MS;
		kill_all(&x);
	}
	let_go(&x);
	return 0;
}
