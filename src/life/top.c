/* SPDX-License-Identifier: Apache-2.0
 *
 * top - what containers use, again and again, with the rates between two looks
 *
 * The first look is the base of the first table's rates and not told. No lock is held; a container that goes away meanwhile is left out.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "life/life.h"
#include "life/sample.h"
#include "life/verbs.h"

/* One look; its memory is its own, so that the one before the last can go. */
struct look {
	struct arena a;
	struct top_row *rows;
	size_t n;
};

/* 1: taken, 0: not one that uses anything. */
static int look_at(const struct life_globals *g, const char *id, struct look *l, struct err *e)
{
	auto_container struct container c = CONTAINER_NONE;
	struct top_row *row = &l->rows[l->n];

	if (store_open(g->root, id, &l->a, &c, e) < 0 || status_now(&c, &row->status, e) < 0)
		return -1;
	if (row->status == OCI_STATUS_STOPPED || row->status == OCI_STATUS_CREATING)
		return 0;
	row->id = id;
	row->at_ns = clock_ns();
	return sample_take(&c, &row->now, e) < 0 ? -1 : 1;
}

/* All of the state root; of them those that can be read. */
static int look_at_all(const struct life_globals *g, struct look *l, struct err *e)
{
	struct life_list list;
	struct err ignored;

	if (life_list(g, true, &l->a, &list, e) < 0)
		return -1;
	l->rows = arena_alloc(&l->a, (list.n + 1) * sizeof(*l->rows));
	if (l->rows == NULL)
		return err_memory(e);
	for (size_t i = 0; i < list.n; i++)
		l->n += look_at(g, list.items[i].id, l, &ignored) > 0;
	return 0;
}

/* Those that were asked for: all must be there. */
static int look_at_asked(const struct life_globals *g, const struct top_options *o, struct look *l, bool first,
                         struct err *e)
{
	l->rows = arena_alloc(&l->a, (o->n_ids + 1) * sizeof(*l->rows));
	if (l->rows == NULL)
		return err_memory(e);
	for (size_t i = 0; i < o->n_ids; i++) {
		int r = look_at(g, o->ids[i], l, e);

		if (r < 0 && (first || e->kind != ERR_NOT_FOUND))
			return -1;
		l->n += r > 0;
	}
	return 0;
}

static int take_look(const struct life_globals *g, const struct top_options *o, struct look *l, bool first,
                     struct err *e)
{
	arena_free(&l->a);
	*l = (struct look){ .n = 0 };
	return o->n_ids > 0 ? look_at_asked(g, o, l, first, e) : look_at_all(g, l, e);
}

static uint64_t rate(uint64_t before, uint64_t after, uint64_t ns, uint64_t unit)
{
	return after > before && ns > 0 ? (uint64_t)((double)(after - before) * (double)unit / (double)ns) : 0;
}

static void fill_rates(struct look *l, const struct look *base)
{
	for (struct top_row *r = l->rows; r < l->rows + l->n; r++)
		for (const struct top_row *b = base->rows; b < base->rows + base->n; b++) {
			uint64_t ns = r->at_ns - b->at_ns;

			if (strcmp(r->id, b->id) != 0)
				continue;
			r->cpu = rate(b->now.cpu_ns, r->now.cpu_ns, ns, 10000);
			r->read = rate(b->now.read, r->now.read, ns, CLOCK_SECOND);
			r->written = rate(b->now.written, r->now.written, ns, CLOCK_SECOND);
		}
}

static void wait_until(uint64_t ns)
{
	const struct timespec t = { .tv_sec = (time_t)(ns / CLOCK_SECOND), .tv_nsec = (long)(ns % CLOCK_SECOND) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

int life_top(const struct life_globals *g, const struct top_options *o, const struct top_sink *sink, struct err *e)
{
	struct look looks[2] = { { .n = 0 }, { .n = 0 } };
	uint64_t due = clock_ns();
	int r = take_look(g, o, &looks[0], true, e);

	for (uint64_t i = 1; r == 0 && (o->count == 0 || i <= o->count); i++) {
		struct look *l = &looks[i & 1], *before = &looks[~i & 1];

		if (o->n_ids > 0 && i > 1 && before->n == 0)
			break; /* all of them have ended */
		due += o->interval_ns;
		wait_until(due);
		r = take_look(g, o, l, false, e);
		if (r < 0)
			break;
		fill_rates(l, before);
		r = sink->put(sink->ctx, l->rows, l->n, e);
		if (due + o->interval_ns < clock_ns())
			due = clock_ns(); /* those that were missed are left out */
	}
	arena_free(&looks[0].a);
	arena_free(&looks[1].a);
	return r;
}
