/* SPDX-License-Identifier: Apache-2.0
 *
 * kill - a signal for everybody in a container's groups, and the end of the groups themselves
 *
 * cgroup-v2.rst "cgroup.kill" (5.14), cgroup-v1/freezer-subsystem.rst. Declared in cgroup.h.
 */
#include "cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cgroup/io.h"
#include "cgroup/procs.h"
#include "cgroup/walk.h"

enum {
	PASSES_MAX = 1000, /* against groups that fork faster than we signal, when there is no freezer */
	FREEZE_MS = 2000,  /* a group that does not freeze is signalled all the same */
	NAP_MAX_MS = 16,
};

/* The kernel's own way, which no fork escapes. */
static bool kill_at_once(const struct cg_dir *d)
{
	return cg_poke(d, "cgroup.kill", "1") == 0;
}

/* Frozen tasks of v1 keep a signal until they are thawed, SIGKILL too. */
static int thaw_v1(const struct cg_place *p, struct err *e)
{
	const struct cg_dir *freezer = cg_v1_dir(p, "freezer");

	if (freezer == NULL || cg_poke(freezer, "freezer.state", "THAWED") == 0 || errno == ENOENT || errno == ENODEV)
		return 0;
	return err_sys(e, "thaw the cgroup %s%s", freezer->mount, freezer->path);
}

/* Signals one directory's processes until a pass finds nobody new. */
static int signal_all(const struct cg_dir *d, int sig, struct err *e)
{
	auto_pid_list struct cg_pid_list done = { 0 };
	size_t fresh;

	for (int pass = 0; pass < PASSES_MAX; pass++) {
		if (cg_dir_signal(d, sig, &done, &fresh, e) < 0)
			return -1;
		if (fresh == 0)
			return 0;
	}
	return err_set(e, "signal the cgroup %s%s: new processes appear faster than they are signalled", d->mount,
	               d->path);
}

/* The directory that exists, the best one first; NULL when none does. */
static const struct cg_dir *living_dir(const struct cg_place *p)
{
	const struct cg_dir *best = cg_main_dir(p);
	char path[PATH_MAX];

	for (size_t i = 0; best != NULL && i <= p->n; i++) {
		const struct cg_dir *d = i == 0 ? best : &p->dir[i - 1];

		if (cg_path(d, NULL, path) && (access(path, F_OK) == 0 || errno != ENOENT))
			return d;
	}
	return NULL;
}

int cg_kill(const struct cg_place *p, int sig, struct err *e)
{
	const struct cg_dir *d = living_dir(p);
	int was_frozen, froze, r;
	struct err ignored;

	if (d == NULL)
		return 0;
	if (sig == SIGKILL && d->unified && kill_at_once(d))
		return thaw_v1(p, e);
	was_frozen = cg_frozen(p, e);
	if (was_frozen < 0)
		return -1;
	froze = was_frozen == 0 &&
	        cg_freeze(p, true, FREEZE_MS, &ignored) == 0; /* without it: passes until nobody is new */
	r = signal_all(d, sig, e);
	if (sig == SIGKILL && thaw_v1(p, r < 0 ? &ignored : e) < 0)
		r = -1;
	if (froze)
		(void)!cg_freeze(p, false, 0, &ignored); /* the signals were sent, which is what was asked */
	return r;
}

static int remove_child(int parent_fd, const char *name, void *arg)
{
	(void)arg;
	return unlinkat(parent_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

/* Removes one directory, what is below it first if asked. 1 gone, 0 still in use, -1 *e filled. */
static int remove_dir(const struct cg_dir *d, bool deep, struct err *e)
{
	char path[PATH_MAX];

	if (!cg_path(d, NULL, path))
		return err_sys(e, "remove the cgroup %s%s", d->mount, d->path);
	if (rmdir(path) == 0 || errno == ENOENT)
		return 1;
	if (deep && (errno == EBUSY || errno == ENOTEMPTY) &&
	    (cg_walk(path, &(struct cg_visit){ .leave = remove_child }) == 0 || errno == ENOENT) &&
	    (rmdir(path) == 0 || errno == ENOENT))
		return 1;
	if (errno != EBUSY && errno != ENOTEMPTY)
		return err_sys(e, "remove the cgroup %s", path);
	return 0;
}

/* Removes those of *left, a bit each, that nobody is in. */
static int sweep(const struct cg_place *p, unsigned long *left, bool deep, struct err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		int r = 1;

		if ((*left >> i & 1) != 0)
			r = remove_dir(&p->dir[i], deep, e);
		if (r < 0)
			return -1;
		if (r > 0)
			*left &= ~(1UL << i);
	}
	return 0;
}

/* Kills in every directory that is left: a process may be in some only, when its move was cut short. */
static int kill_left(const struct cg_place *p, unsigned long left, struct err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct cg_dir *d = &p->dir[i];

		if ((left >> i & 1) == 0 || (d->unified && kill_at_once(d)))
			continue;
		if (signal_all(d, SIGKILL, e) < 0)
			return -1;
	}
	return thaw_v1(p, e);
}

/* Waits until cgroup2 says that nobody is in any more, or a moment where only v1 is left: it has nothing to wait for. */
static void wait_empty(const struct cg_place *p, unsigned long left, int nap_ms)
{
	const struct cg_dir *d = cg_unified_dir(p);
	char path[PATH_MAX], events[256];
	auto_fd int fd = -1;
	ssize_t n;

	if (d != NULL && (left >> (d - p->dir) & 1) != 0 && cg_path(d, "cgroup.events", path))
		fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, events, sizeof(events) - 1);
	if (n > 0) {
		events[n] = '\0';
		if (strstr(events, "populated 0") == NULL) {
			(void)poll(&(struct pollfd){ .fd = fd, .events = POLLPRI }, 1,
			           NAP_MAX_MS); /* looked at again in any case */
			return;
		}
	}
	clock_nap(nap_ms);
}

static int still_there(const struct cg_place *p, unsigned long left, int timeout_ms, struct err *e)
{
	const struct cg_dir *d = &p->dir[__builtin_ctzl(left)];
	auto_pid_list struct cg_pid_list l = { 0 };

	if (cg_dir_pids(d, &l) == 0 && l.n > 0)
		return err_num(e, EBUSY, "remove the cgroup %s%s: %zu process(es) in it after %d ms, the first is %d",
		               d->mount, d->path, l.n, timeout_ms, l.pid[0]);
	return err_num(e, EBUSY, "remove the cgroup %s%s after %d ms", d->mount, d->path, timeout_ms);
}

int cg_remove(const struct cg_place *p, int timeout_ms, struct err *e)
{
	unsigned long left = (1UL << p->n) - 1;
	int64_t end;
	int nap = 1;

	if (sweep(p, &left, false, e) < 0)
		return -1;
	end = clock_ms() + timeout_ms;
	while (left != 0) {
		if (kill_left(p, left, e) < 0 || sweep(p, &left, true, e) < 0)
			return -1;
		if (left == 0)
			break;
		if (clock_ms() >= end)
			return still_there(p, left, timeout_ms, e);
		wait_empty(p, left, nap);
		nap = nap < NAP_MAX_MS ? nap * 2 : nap;
	}
	return 0;
}
