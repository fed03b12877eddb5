/* SPDX-License-Identifier: Apache-2.0
 *
 * freeze - stopping and going on of whole groups
 *
 * The v1 freezer where there is one (others look there too), else cgroup2's. v1 freezes on its way back from reads: its state
 * stays FREEZING until a read finds all tasks stopped. cgroup-v1/freezer-subsystem.rst, cgroup-v2.rst "cgroup.freeze".
 * Declared in cgroup.h.
 */
#include "cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cgroup/io.h"

enum {
	LOOK_MS = 50, /* how often to look whether somebody else thawed it meanwhile, which cgroup2 does not tell */
	V1_NAP_MS = 1,
	V1_TRIES =
		50, /* tries until everything is let run for a moment: a task may wait for one that is frozen already */
};

static bool v1_is(const struct cg_dir *d, const char *state)
{
	char now[32];

	return cg_peek(d, "freezer.state", now, sizeof(now)) > 0 && strcmp(now, state) == 0;
}

/* `kill` with SIGKILL, say: the last one wins, and the other says so. */
static int thawed(const struct cg_dir *d, struct err *e)
{
	return err_num(e, ECANCELED, "freeze the cgroup %s%s: somebody else thawed it meanwhile", d->mount, d->path);
}

static int v1_freeze(const struct cg_dir *d, int timeout_ms, struct err *e)
{
	int64_t end = clock_ms() + timeout_ms;

	for (unsigned tries = 1;; tries++) {
		if (cg_poke(d, "freezer.state", "FROZEN") < 0)
			return err_sys(e, "freeze the cgroup %s%s", d->mount, d->path);
		if (v1_is(d, "FROZEN"))
			return 0;
		if (clock_ms() >= end)
			break;
		clock_nap(V1_NAP_MS);
		if (v1_is(d, "THAWED"))
			return thawed(d, e);
		if (tries % V1_TRIES == 0)
			(void)!cg_poke(d, "freezer.state", "THAWED"); /* the next write tells a failure */
	}
	(void)!cg_poke(d, "freezer.state", "THAWED"); /* the failure to tell is that it did not freeze */
	return err_num(e, ETIMEDOUT, "freeze the cgroup %s%s: not frozen after %d ms", d->mount, d->path, timeout_ms);
}

static bool v2_is_thawed(const struct cg_dir *d)
{
	char now[32];

	return cg_peek(d, "cgroup.freeze", now, sizeof(now)) > 0 && strcmp(now, "0") == 0;
}

/* Waits until cgroup.events says so; the kernel raises POLLPRI at every change of the file. */
static int v2_wait_frozen(const struct cg_dir *d, int timeout_ms, struct err *e)
{
	int64_t end = clock_ms() + timeout_ms;
	auto_fd int fd = cg_open(d, "cgroup.events", O_RDONLY, e);
	char events[256];

	if (fd < 0)
		return -1;
	for (;;) {
		ssize_t n = pread(fd, events, sizeof(events) - 1, 0);
		int64_t left = end - clock_ms();

		if (n < 0)
			return err_sys(e, "read %s%s/cgroup.events", d->mount, d->path);
		events[n] = '\0';
		if (strstr(events, "frozen 1") != NULL)
			return 0;
		if (v2_is_thawed(d))
			return thawed(d, e);
		if (left <= 0)
			return err_num(e, ETIMEDOUT, "freeze the cgroup %s%s: not frozen after %d ms", d->mount,
			               d->path, timeout_ms);
		if (poll(&(struct pollfd){ .fd = fd, .events = POLLPRI }, 1, left < LOOK_MS ? (int)left : LOOK_MS) <
		            0 &&
		    errno != EINTR)
			return err_sys(e, "wait for %s%s/cgroup.events", d->mount, d->path);
	}
}

static int v2_freeze(const struct cg_dir *d, bool frozen, int timeout_ms, struct err *e)
{
	if (cg_poke(d, "cgroup.freeze", frozen ? "1" : "0") < 0)
		return err_sys(e, "%s the cgroup %s%s", frozen ? "freeze" : "thaw", d->mount, d->path);
	if (!frozen) /* with a frozen parent it stays frozen: nothing to wait for */
		return 0;
	if (v2_wait_frozen(d, timeout_ms, e) == 0)
		return 0;
	(void)!cg_poke(d, "cgroup.freeze", "0"); /* the failure to tell is that it did not freeze */
	return -1;
}

int cg_freeze(const struct cg_place *p, bool frozen, int timeout_ms, struct err *e)
{
	const struct cg_dir *v1 = cg_v1_dir(p, "freezer"), *v2 = cg_unified_dir(p);

	if (v1 == NULL && v2 == NULL)
		return err_kind(e, ERR_HOST,
		                "this host has no freezer: neither the v1 controller nor cgroup2 is mounted");
	if (v1 == NULL)
		return v2_freeze(v2, frozen, timeout_ms, e);
	if (frozen)
		return v1_freeze(v1, timeout_ms, e);
	if (cg_poke(v1, "freezer.state", "THAWED") < 0)
		return err_sys(e, "thaw the cgroup %s%s", v1->mount, v1->path);
	return 0;
}

int cg_frozen(const struct cg_place *p, struct err *e)
{
	const struct cg_dir *v1 = cg_v1_dir(p, "freezer"), *d = v1 != NULL ? v1 : cg_unified_dir(p);
	const char *file = v1 != NULL ? "freezer.state" : "cgroup.freeze";
	char now[32];

	if (d == NULL)
		return 0;
	if (cg_peek(d, file, now, sizeof(now)) >= 0)
		return v1 != NULL ? strcmp(now, "THAWED") != 0 : strcmp(now, "1") == 0;
	if (errno == ENOENT || errno == ENODEV)
		return 0;
	return err_sys(e, "read %s%s/%s", d->mount, d->path, file);
}
