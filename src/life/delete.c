/* SPDX-License-Identifier: Apache-2.0
 *
 * delete - takes away what a container holds: processes, control groups, state
 *
 * runtime.md#delete. A created container is killed first: engines rely on it (the spec would have it refused). Every step copes
 * with what an earlier delete that was killed has done already; the state goes last, so that a failure can be tried again.
 */
#include <errno.h>
#include <signal.h>

#include "kernel/pid.h"
#include "kernel/sys.h"
#include "life/life.h"
#include "life/verbs.h"

enum { CREATOR_TIMEOUT_MS = 10000 };

/* A create that is under way (a hook that hangs, say) is ended, so that its lock is free. Its own undo runs when it can. */
static int end_creator(struct container *c, struct err *e)
{
	auto_fd int pidfd = -1;

	if (!c->has_intent || c->has_process)
		return 0;
	pidfd = pid_hold(c->intent.creator_pid, c->intent.creator_start);
	if (pidfd < 0 && errno == ESRCH)
		return 0; /* it has ended */
	if (pidfd < 0)
		return err_sys(e, "open process %d", c->intent.creator_pid);
	if (pid_signal(pidfd, c->intent.creator_pid, SIGKILL) < 0 && errno != ESRCH)
		return err_sys(e, "end the command that creates container \"%s\"", c->id);
	return pid_wait(pidfd, CREATOR_TIMEOUT_MS) < 0 ? err_sys(e, "wait for process %d", c->intent.creator_pid) : 0;
}

static int delete_forced(struct container *c, struct err *e)
{
	int r = store_lock(c, 0, e);

	if (r < 0)
		return -1;
	/* Whoever holds the lock may wait for the container: it is ended first. */
	if (r == 0 && (end_creator(c, e) < 0 || life_stop(c, e) < 0))
		return -1;
	if (life_lock(c, e) < 0 || life_kill_process(c, e) < 0)
		return -1;
	return life_clear(c, NULL, e);
}

static int delete_allowed(struct container *c, struct err *e)
{
	if (life_lock(c, e) < 0)
		return -1;
	if (status_permits(VERB_DELETE, c, e) < 0)
		return -1;
	if (life_kill_process(c, e) < 0)
		return -1;
	return life_clear(c, NULL, e);
}

int life_delete(const struct life_globals *g, const char *id, bool force, struct err *e)
{
	auto_arena struct arena arena = { 0 };
	auto_container struct container c = CONTAINER_NONE;
	int r = store_open(g->root, id, &arena, &c, e);

	if (r == 0)
		r = force ? delete_forced(&c, e) : delete_allowed(&c, e);
	return r < 0 && force && e->kind == ERR_NOT_FOUND ? 0 : r;
}
