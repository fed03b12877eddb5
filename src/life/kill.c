/* SPDX-License-Identifier: Apache-2.0
 *
 * kill - signals a container's process, or all of its processes
 *
 * runtime.md#kill. The process is known by pid and start time: a pidfd is opened, checked, then signalled, so that a pid which the
 * kernel gave to somebody else is never hit. config.json is not read.
 */
#include <errno.h>
#include <signal.h>

#include "kernel/pid.h"
#include "kernel/sys.h"
#include "life/life.h"
#include "life/verbs.h"

enum { THAW_TIMEOUT_MS = 2000 };

static int signal_process(struct container *c, int sig, struct err *e)
{
	auto_fd int pidfd = -1;

	if (!c->has_process && store_need_record(c, e) < 0)
		return -1;
	pidfd = pid_hold(c->pid, c->start);
	if (pidfd < 0 || pid_signal(pidfd, c->pid, sig) < 0) {
		if (errno == ESRCH || errno == ENOENT)
			return status_allows(VERB_KILL, OCI_STATUS_STOPPED, c->id, e);
		return err_sys(e, "signal process %d of container \"%s\"", c->pid, c->id);
	}
	return 0;
}

/* A frozen process takes SIGKILL only once it runs again (on v1). */
static int thaw_for_kill(const struct container *c, int sig, struct err *e)
{
	int frozen;

	if (sig != SIGKILL || !c->has_intent || c->intent.place == NULL)
		return 0;
	frozen = cg_frozen(c->intent.place, e);
	return frozen <= 0 ? frozen : cg_freeze(c->intent.place, false, THAW_TIMEOUT_MS, e);
}

/* Also where the process has ended: whoever it left in the groups is meant too. */
static int signal_all(struct container *c, int sig, struct err *e)
{
	enum oci_status status;

	if (c->has_intent && c->intent.place != NULL && sig != 0)
		return cg_kill(c->intent.place, sig, e);
	if (store_status(c, &status, e) < 0)
		return -1;
	return status == OCI_STATUS_STOPPED ? 0 : signal_process(c, sig, e);
}

/* Without a pid namespace of its own, which the kernel would empty with its first process, SIGKILL is meant for all. */
static int kill_shared(struct container *c, struct err *e)
{
	auto_free pid_t *pids = NULL;
	enum oci_status status;
	size_t n;

	if (store_status(c, &status, e) < 0 || cg_pids(c->intent.place, &pids, &n, e) < 0)
		return -1;
	if (n == 0 && status_allows(VERB_KILL, status, c->id, e) < 0)
		return -1;
	return signal_all(c, SIGKILL, e);
}

int life_kill(const struct life_globals *g, const char *id, int sig, bool all, struct err *e)
{
	auto_arena struct arena arena = { 0 };
	auto_container struct container c = CONTAINER_NONE;
	enum oci_status status;

	if (store_open(g->root, id, &arena, &c, e) < 0)
		return -1;
	if (all)
		return signal_all(&c, sig, e);
	if (sig == SIGKILL && c.has_intent && c.intent.shares_pids && c.intent.place != NULL)
		return kill_shared(&c, e);
	if (store_status(&c, &status, e) < 0 || status_allows(VERB_KILL, status, id, e) < 0 ||
	    signal_process(&c, sig, e) < 0)
		return -1;
	return thaw_for_kill(&c, sig, e);
}
