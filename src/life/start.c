/* SPDX-License-Identifier: Apache-2.0
 *
 * start - lets a created container run its program
 *
 * runtime.md#start. The socket is taken away once the stage says EXECING; a start that is killed in between leaves a socket that
 * nobody listens at, which store_status knows.
 */
#include <errno.h>

#include "base/log.h"
#include "base/step.h"
#include "init/hookrun.h"
#include "init/sync.h"
#include "kernel/pid.h"
#include "life/agent.h"
#include "life/life.h"
#include "life/notify.h"
#include "life/timeline.h"
#include "life/verbs.h"
#include "plan/place.h"

int life_await_exec(int sock, const struct agent_client *a, struct trace *t, struct err *e)
{
	bool executing = false;
	struct sync_msg m;
	int r;

	while ((r = sync_recv(sock, &m, e)) == 1) {
		if (m.type == SYNC_EXECING) {
			executing = true;
			log_debug("init: closing the pipe to signal completion");
		} else if (m.type == SYNC_SECCOMP)
			r = agent_serve(a, sock, m.fd, e);
		else
			r = err_set(e, "the init stage sent %s, expected EXECING", sync_name(m.type));
		fd_drop(&m.fd);
		if (r < 0)
			return -1;
	}
	if (r < 0)
		return -1;
	if (!executing)
		return err_set(e, "the container's process ended before it executed the program");
	(void)trace_begin(t, TRACE_STAGE, "program"); /* its end is nobody's step */
	return 0;
}

/* A process that answers no more has ended, or runs its program already (a start before us was killed). */
static int tell_unreachable(const struct container *c, struct err *e)
{
	enum oci_status status;

	if ((e->sys != ECONNREFUSED && e->sys != ENOENT) || store_status(c, &status, e) < 0)
		return -1;
	return status_allows(VERB_START, status == OCI_STATUS_CREATED ? OCI_STATUS_STOPPED : status, c->id, e);
}

static int start_stage(struct container *c, const struct timeline *line, struct err *e)
{
	auto_fd int sock = store_connect(c, e), pidfd = -1;
	struct agent_client a = { .c = c, .intent = &c->intent, .status = OCI_STATUS_CREATED, .pid = c->pid };

	if (sock < 0)
		return tell_unreachable(c, e);
	a.pidfd = pidfd = pid_hold(c->pid, c->start);
	if (pidfd < 0)
		return err_sys(e, "open process %d", c->pid);
	if (sync_send(sock, SYNC_START, NULL, 0, line->fd, e) < 0)
		return -1;
	return life_await_exec(sock, &a, line->trace, e);
}

int life_poststart(const struct container *c, const struct plan_hooks *hooks, struct err *e)
{
	struct hook_input input;

	if (hooks->n == 0)
		return 0;
	if (hook_state(&c->intent, OCI_STATUS_RUNNING, c->pid, c->arena, &input, e) < 0)
		return -1;
	return hooks_run(hooks, HOOK_POSTSTART, &input, false, e);
}

/* A failing poststart hook stops the container (runtime.md#lifecycle, step 10). */
static int run_poststart(struct container *c, struct err *e)
{
	auto_free char *text = NULL;
	struct plan_hooks hooks = { 0 };
	struct err ignored;
	size_t len;

	if (life_hooks(c, HOOK_POSTSTART, &hooks, &text, &len, e) < 0)
		return -1;
	if (life_poststart(c, &hooks, e) == 0)
		return 0;
	(void)place_error(e, c->intent.config_name, text, len); /* -1 is what is returned */
	(void)!life_stop(c, &ignored);                          /* the hook's failure is the one to tell */
	return -1;
}

/* What the steps share. */
struct start {
	const struct life_globals *g;
	const struct start_options *o;
	struct arena *arena;
	struct container c;
	struct timeline line;
	int notify; /* the container's socket; -1: nobody is to be told */
};

static int open_container(void *ctx, struct err *e)
{
	struct start *s = ctx;

	return store_open(s->g->root, s->o->id, s->arena, &s->c, e) < 0 ? -1 : life_lock(&s->c, e);
}

static int check_status(void *ctx, struct err *e)
{
	struct start *s = ctx;
	enum oci_status status;

	if (store_need_record(&s->c, e) < 0 || store_status(&s->c, &status, e) < 0)
		return -1;
	return status_allows(VERB_START, status, s->o->id, e);
}

static bool is_notified(const void *ctx)
{
	const struct start *s = ctx;

	return s->c.intent.notify_dir != NULL && notify_wanted() != NULL;
}

static int open_notify(void *ctx, struct err *e)
{
	struct start *s = ctx;

	s->notify = notify_open(&s->c, e);
	return s->notify < 0 ? -1 : 0;
}

static int wait_ready(void *ctx, struct err *e)
{
	struct start *s = ctx;
	auto_fd int pidfd = pid_open(s->c.pid, s->c.start);

	if (pidfd < 0 && errno != ESRCH && errno != ENOENT)
		return err_sys(e, "open process %d", s->c.pid);
	store_unlock(&s->c);
	return pidfd < 0 ? 0 : notify_wait(s->notify, pidfd, s->c.pid, e);
}

static int wake_stage(void *ctx, struct err *e)
{
	struct start *s = ctx;

	return start_stage(&s->c, &s->line, e);
}

static int remove_socket(void *ctx, struct err *e)
{
	struct start *s = ctx;

	return store_unlink_start(&s->c, e);
}

static int run_hooks(void *ctx, struct err *e)
{
	struct start *s = ctx;

	return run_poststart(&s->c, e);
}

static const struct step steps[] = {
	STEP(NULL, NULL, open_container, NULL, NULL),
	STEP(NULL, NULL, check_status, NULL, "under the lock: of two starts one is too late"),
	STEP(NULL, is_notified, open_notify, NULL, "before the program could miss it"),
	STEP(NULL, NULL, wake_stage, NULL, "ends when the program runs"),
	STEP(NULL, NULL, remove_socket, NULL, "from here on it counts as running, whatever the program calls itself"),
	STEP(NULL, NULL, run_hooks, NULL, "poststart: runtime.md#lifecycle"),
	STEP(NULL, is_notified, wait_ready, NULL, "last: other commands may come meanwhile"),
};

int life_start(const struct life_globals *g, const struct start_options *o, struct err *e)
{
	auto_arena struct arena arena = { 0 };
	struct start s = { .g = g, .o = o, .arena = &arena, .c = CONTAINER_NONE, .notify = -1 };
	struct trace_watch w;
	int r = timeline_begin(&s.line, "start", o->trace, e);

	trace_watch(&w, &s.line.trace, TRACE_RUNTIME);
	if (r == 0)
		r = step_run(steps, array_len(steps), &s, &w.watch, e);
	s.line.stage = s.c.pid;
	r = timeline_end(&s.line, r, e);
	store_close(&s.c);
	fd_drop(&s.notify);
	return r;
}
