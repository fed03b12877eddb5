/* SPDX-License-Identifier: Apache-2.0
 *
 * run - create and start in one, and in the foreground: stay, relay, delete
 */
#include "init/sync.h"
#include "kernel/guard.h"
#include "life/agent.h"
#include "life/create.h"
#include "life/create_groups.h"
#include "life/life.h"
#include "life/notify.h"
#include "plan/place.h"

/* From START on a failure is undone as one of create is. */
static int start_stage(struct creation *cr, struct err *e)
{
	const struct agent_client a = {
		.c = &cr->c, .intent = &cr->intent, .status = OCI_STATUS_CREATED, .pid = cr->l.pid, .pidfd = cr->l.pidfd
	};

	if (cr->intent.notify_dir != NULL && (cr->console.notify = notify_open(&cr->c, e)) < 0)
		return -1;
	if (sync_send(cr->l.sock, SYNC_START, NULL, 0, -1, e) < 0 ||
	    life_await_exec(cr->l.sock, &a, cr->line.trace, e) < 0)
		return -1;
	if (life_poststart(&cr->c, &cr->plan->hooks[HOOK_POSTSTART], e) < 0)
		return place_error(e, cr->intent.config_name, cr->config_text, cr->config_len);
	return 0;
}

/*
 * Somebody else may have deleted it meanwhile, or only its entry. Every step copes with being done already. What is recorded we know: where
 * memory sufficed for the container, it does for this.
 */
static int clear(struct creation *cr, struct err *e)
{
	for (int tries = 0; tries < 2; tries++) {
		if (life_relock(&cr->c, e) == 0 && life_kill_process(&cr->c, e) == 0 &&
		    life_clear(&cr->c, &cr->plan->hooks[HOOK_POSTSTOP], e) == 0)
			return 0;
		if (e->kind == ERR_NOT_FOUND && creation_clear_groups(cr, e) == 0)
			return 0;
	}
	return err_in(e, "delete");
}

int creation_stay(struct creation *cr, int *exit_code, struct err *e)
{
	int status, r, cleared;
	struct err why;
	struct trace_span *span = trace_begin(cr->line.trace, TRACE_RUNTIME, "wait_for_the_end");

	store_unlock(&cr->c);
	r = console_proxy(&cr->console, cr->l.pid, &status, e);
	console_end(&cr->console);
	trace_end(span, r < 0);
	if (r == 0)
		*exit_code = console_exit_code(status);
	if (cr->o->keep)
		return r;
	span = trace_begin(cr->line.trace, TRACE_RUNTIME, "delete");
	cleared = clear(cr, &why);
	trace_end(span, cleared < 0);
	if (cleared == 0)
		return r;
	if (r == 0)
		*e = why;
	return -1;
}

int life_run(const struct life_globals *g, const struct create_options *o, int *exit_code, struct err *e)
{
	struct trace_span *span;
	struct creation cr;
	int r;

	*exit_code = 0;
	/* The orphans of a container without a pid namespace of its own would be nobody's otherwise. */
	if (!o->detach && !o->no_subreaper && guard_adopt(e) < 0)
		return -1;
	r = creation_run(&cr, g, o, true, NULL, e);
	if (r == 0) {
		span = trace_begin(cr.line.trace, TRACE_RUNTIME, "start_stage");
		r = start_stage(&cr, e);
		trace_end(span, r < 0);
		if (r < 0)
			creation_undo(&cr);
	}
	if (r == 0 && !o->detach)
		r = creation_stay(&cr, exit_code, e);
	else if (r == 0 && cr.console.notify >= 0) {
		store_unlock(&cr.c);
		r = notify_wait(cr.console.notify, cr.l.pidfd, cr.l.pid, e);
	}
	return creation_end(&cr, r, e);
}
