/* SPDX-License-Identifier: Apache-2.0
 *
 * sample - what a container uses at a moment, in few numbers
 */
#include "life/sample.h"

#include <string.h>

#include "cgroup/stats.h"

/* The most that v1 takes for a limit of memory is none: LONG_MAX in whole pages, which may be of 64 KiB. */
static const uint64_t no_limit = INT64_MAX & ~UINT64_C(0xffff);

static uint64_t limit_of(uint64_t v)
{
	return v >= no_limit || v == 0 ? USAGE_NO_LIMIT : v;
}

/* Of memory and swap together, as they are counted there, the swap. */
static uint64_t without(uint64_t both, uint64_t memory)
{
	return both == USAGE_NO_LIMIT || memory == USAGE_NO_LIMIT ? USAGE_NO_LIMIT : both > memory ? both - memory : 0;
}

static void take_memory(struct usage_sample *s, const struct cg_amount *memory, const struct cg_amount *both)
{
	bool told = both->usage != 0 || both->limit != 0;

	s->memory = memory->usage;
	s->memory_limit = limit_of(memory->limit);
	s->swap = told ? without(both->usage, memory->usage) : USAGE_NO_LIMIT;
	s->swap_limit = told ? without(limit_of(both->limit), s->memory_limit) : USAGE_NO_LIMIT;
}

static uint64_t sum_of(const struct cg_io_list *l, const char *op)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < l->n; i++)
		sum += strcasecmp(l->items[i].op, op) == 0 ? l->items[i].value : 0;
	return sum;
}

static void take_pressure(struct usage_sample *s, enum usage_what what, const struct cg_pressure *p)
{
	s->pressure[what] = (struct usage_pressure){
		.set = p->set, .some = p->some.avg10, .full = p->full.avg10, .stalled_us = p->some.total
	};
}

int sample_take(const struct container *c, struct usage_sample *s, struct err *e)
{
	auto_stats struct cg_stats all = { .hugetlb = NULL };

	*s = (struct usage_sample){ .memory_limit = USAGE_NO_LIMIT,
		                    .pids_limit = USAGE_NO_LIMIT,
		                    .swap = USAGE_NO_LIMIT,
		                    .swap_limit = USAGE_NO_LIMIT };
	if (!c->has_intent || c->intent.place == NULL)
		return 0;
	if (cg_stats_read(c->intent.place, &all, e) < 0)
		return -1;
	s->cpu_ns = all.cpu.total;
	s->throttled_ns = all.cpu.throttled_time;
	take_memory(s, &all.memory.usage, &all.memory.swap);
	s->pids = all.pids.current;
	s->pids_limit = limit_of(all.pids.limit);
	s->read = sum_of(&all.io.list[CG_IO_SERVICE_BYTES], "read");
	s->written = sum_of(&all.io.list[CG_IO_SERVICE_BYTES], "write");
	take_pressure(s, USAGE_CPU, &all.cpu.pressure);
	take_pressure(s, USAGE_MEMORY, &all.memory.pressure);
	take_pressure(s, USAGE_IO, &all.io.pressure);
	return 0;
}

static void put_amount(struct json_out *o, const char *key, uint64_t current, uint64_t limit)
{
	json_out_open(o, key, '{');
	json_out_u64(o, "current", current);
	if (limit != USAGE_NO_LIMIT)
		json_out_u64(o, "limit", limit);
	json_out_close(o, '}');
}

void sample_write(struct json_out *o, const struct usage_sample *s)
{
	static const char *const names[USAGE_WHATS] = { "cpu", "memory", "io" };

	json_out_open(o, "cpu", '{');
	json_out_u64(o, "usageNs", s->cpu_ns);
	json_out_u64(o, "throttledNs", s->throttled_ns);
	json_out_close(o, '}');
	put_amount(o, "memory", s->memory, s->memory_limit);
	if (s->swap != USAGE_NO_LIMIT)
		put_amount(o, "swap", s->swap, s->swap_limit);
	put_amount(o, "pids", s->pids, s->pids_limit);
	json_out_open(o, "io", '{');
	json_out_u64(o, "readBytes", s->read);
	json_out_u64(o, "writtenBytes", s->written);
	json_out_close(o, '}');
	json_out_open(o, "pressure", '{');
	for (size_t i = 0; i < USAGE_WHATS; i++) {
		if (!s->pressure[i].set)
			continue;
		json_out_open(o, names[i], '{');
		json_out_hundredths(o, "some10", s->pressure[i].some);
		json_out_hundredths(o, "full10", s->pressure[i].full);
		json_out_u64(o, "stalledUs", s->pressure[i].stalled_us);
		json_out_close(o, '}');
	}
	json_out_close(o, '}');
}
