/* SPDX-License-Identifier: Apache-2.0
 *
 * events - what a container uses, again and again, and that it ran out of memory
 *
 * Three things are waited for at once: the next interval, word of the kernel (cgroup/oom.h), the end of the container's process.
 * No lock is held: the container may be changed and deleted meanwhile.
 */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "base/clock.h"
#include "cgroup/oom.h"
#include "kernel/pid.h"
#include "life/life.h"
#include "life/usage.h"
#include "life/verbs.h"

struct watch {
	const struct container *c;
	const struct event_sink *sink;
	int pidfd;
	struct cg_oom oom;
};

static int put_line(const struct watch *w, struct json_out *o, struct err *e)
{
	const char *line = json_out_text(o, NULL);

	return line == NULL ? err_memory(e) : w->sink->put(w->sink->ctx, line, e);
}

static void begin(struct json_out *o, const char *type, const char *id)
{
	json_out_open(o, NULL, '{');
	json_out_str(o, "type", type);
	json_out_str(o, "id", id);
}

static int tell_usage(const struct watch *w, struct err *e)
{
	auto_free struct cg_place *nowhere = calloc(1, sizeof(*nowhere));
	auto_arena struct arena a = { 0 };
	struct json_out o = { .a = &a };
	auto_stats struct cg_stats s = { .hugetlb = NULL };

	if (nowhere == NULL)
		return err_memory(e);
	if (cg_stats_read(w->c->intent.place != NULL ? w->c->intent.place : nowhere, &s, e) < 0)
		return -1;
	begin(&o, "stats", w->c->id);
	usage_write(&o, "data", &s);
	json_out_close(&o, '}');
	return put_line(w, &o, e);
}

static int tell_oom(struct watch *w, struct err *e)
{
	auto_arena struct arena a = { 0 };
	struct json_out o = { .a = &a };

	if (!cg_oom_take(&w->oom))
		return 0;
	begin(&o, "oom", w->c->id);
	json_out_close(&o, '}');
	return put_line(w, &o, e);
}

/* 1 the container has ended, 0 not yet (it is time, or something came). */
static int wait_until(struct watch *w, uint64_t due, struct err *e)
{
	struct pollfd fds[] = { { .fd = w->pidfd, .events = POLLIN }, { .fd = w->oom.fd, .events = w->oom.events } };
	uint64_t now = clock_ns(), left = due > now ? due - now : 0;
	struct timespec t = { .tv_sec = (time_t)(left / CLOCK_SECOND), .tv_nsec = (long)(left % CLOCK_SECOND) };
	int n = ppoll(fds, array_len(fds), &t, NULL);

	if (n < 0 && errno != EINTR)
		return err_sys(e, "wait for events");
	if (n <= 0)
		return 0;
	if ((fds[1].revents & (fds[1].events | POLLERR)) != 0 && tell_oom(w, e) < 0)
		return -1;
	return fds[0].revents != 0;
}

static int follow(struct watch *w, uint64_t interval, struct err *e)
{
	uint64_t due = clock_ns() + interval;

	for (;;) {
		int r = wait_until(w, due, e);

		if (r < 0)
			return -1;
		if (r > 0)
			return tell_oom(w, e); /* what ended it may have been that */
		if (clock_ns() < due)
			continue;
		if (tell_usage(w, e) < 0)
			return -1;
		due += interval; /* no drift; those that were missed are left out */
		if (due < clock_ns())
			due = clock_ns() + interval;
	}
}

static int watch_container(struct watch *w, uint64_t interval, struct err *e)
{
	auto_fd int pidfd = pid_open(w->c->pid, w->c->start);
	int r;

	if (pidfd < 0)
		return errno == ESRCH || errno == ENOENT ? 0 : err_sys(e, "open process %d", w->c->pid);
	w->pidfd = pidfd;
	r = w->c->intent.place != NULL ? cg_oom_open(w->c->intent.place, &w->oom, e) : 0;
	if (r == 0)
		r = follow(w, interval, e);
	cg_oom_close(&w->oom);
	return r;
}

int life_events(const struct life_globals *g, const char *id, const struct events_options *o,
                const struct event_sink *sink, struct err *e)
{
	auto_arena struct arena arena = { 0 };
	auto_container struct container c = CONTAINER_NONE;
	struct watch w = { .c = &c, .sink = sink, .pidfd = -1, .oom = CG_OOM_NONE };

	if (store_open(g->root, id, &arena, &c, e) < 0 || status_permits(VERB_EVENTS, &c, e) < 0)
		return -1;
	return o->once ? tell_usage(&w, e) : watch_container(&w, o->interval_ns, e);
}
