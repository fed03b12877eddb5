/* SPDX-License-Identifier: Apache-2.0
 *
 * start - lets a created container run its program
 *
 * runtime.md#start. The socket is taken away once the stage says EXECING; a start that is killed in between leaves a socket that
 * nobody listens at, which store_status knows.
 */
#include <errno.h>

#include "base/log.h"
#include "init/hookrun.h"
#include "init/sync.h"
#include "kernel/pid.h"
#include "life/agent.h"
#include "life/life.h"
#include "life/verbs.h"
#include "plan/place.h"

int life_await_exec(int sock, const struct agent_client *a, struct err *e)
{
	bool executing = false;
	struct sync_msg m;
	int r;

	while ((r = sync_recv(sock, &m, e)) == 1) {
		if (m.type == SYNC_EXECING) {
			executing = true;
			log_debug("init: closing the pipe to signal completion");
		}
		else if (m.type == SYNC_SECCOMP)
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

static int start_stage(struct container *c, struct err *e)
{
	auto_fd int sock = store_connect(c, e), pidfd = -1;
	struct agent_client a = { .c = c, .intent = &c->intent, .status = OCI_STATUS_CREATED, .pid = c->pid };

	if (sock < 0)
		return tell_unreachable(c, e);
	a.pidfd = pidfd = pid_open(c->pid, c->start);
	if (pidfd < 0)
		return err_sys(e, "open process %d", c->pid);
	if (sync_send(sock, SYNC_START, NULL, 0, -1, e) < 0)
		return -1;
	return life_await_exec(sock, &a, e);
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
static int run_poststart(const struct life_globals *g, struct container *c, struct err *e)
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
	(void)!life_stop(g, c, &ignored);                       /* the hook's failure is the one to tell */
	return -1;
}

int life_start(const struct life_globals *g, const char *id, struct err *e)
{
	auto_arena struct arena arena = { 0 };
	auto_container struct container c = CONTAINER_NONE;
	enum oci_status status;

	if (store_open(g->root, id, &arena, &c, e) < 0 || life_lock(&c, e) < 0)
		return -1;
	if (store_need_record(&c, e) < 0 || store_status(&c, &status, e) < 0 ||
	    status_allows(VERB_START, status, id, e) < 0)
		return -1;
	if (start_stage(&c, e) < 0 || store_unlink_start(&c, e) < 0)
		return -1;
	return run_poststart(g, &c, e);
}
