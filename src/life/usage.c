/* SPDX-License-Identifier: Apache-2.0
 *
 * usage - what a container has used, as the JSON object that runc's `events` has for it
 */
#include "life/usage.h"

#include <stddef.h>

static void put_if(struct json_out *o, const char *key, uint64_t v)
{
	if (v != 0)
		json_out_u64(o, key, v);
}

static void put_numbers(struct json_out *o, const char *key, const struct cg_numbers *list)
{
	if (list->n == 0)
		return;
	json_out_open(o, key, '[');
	for (size_t i = 0; i < list->n; i++)
		json_out_u64(o, NULL, list->items[i]);
	json_out_close(o, ']');
}

static void put_stall(struct json_out *o, const char *key, const struct cg_stall *s)
{
	json_out_open(o, key, '{');
	json_out_hundredths(o, "avg10", s->avg10);
	json_out_hundredths(o, "avg60", s->avg60);
	json_out_hundredths(o, "avg300", s->avg300);
	json_out_u64(o, "total", s->total);
	json_out_close(o, '}');
}

static void put_pressure(struct json_out *o, const struct cg_pressure *p)
{
	if (!p->set)
		return;
	json_out_open(o, "psi", '{');
	put_stall(o, "some", &p->some);
	put_stall(o, "full", &p->full);
	json_out_close(o, '}');
}

static void put_cpu(struct json_out *o, const struct cg_stats *s)
{
	json_out_open(o, "cpu", '{');
	json_out_open(o, "usage", '{');
	put_if(o, "total", s->cpu.total);
	put_numbers(o, "percpu", &s->cpu.percpu);
	put_numbers(o, "percpu_kernel", &s->cpu.percpu_kernel);
	put_numbers(o, "percpu_user", &s->cpu.percpu_user);
	json_out_u64(o, "kernel", s->cpu.kernel);
	json_out_u64(o, "user", s->cpu.user);
	json_out_close(o, '}');
	json_out_open(o, "throttling", '{');
	put_if(o, "periods", s->cpu.periods);
	put_if(o, "throttledPeriods", s->cpu.throttled_periods);
	put_if(o, "throttledTime", s->cpu.throttled_time);
	json_out_close(o, '}');
	put_pressure(o, &s->cpu.pressure);
	json_out_close(o, '}');
}

static void put_cpuset(struct json_out *o, const struct cg_stats *s)
{
	json_out_open(o, "cpuset", '{');
	put_numbers(o, "cpus", &s->cpuset.cpus);
	json_out_u64(o, "cpu_exclusive", s->cpuset.cpu_exclusive);
	put_numbers(o, "mems", &s->cpuset.mems);
	json_out_u64(o, "mem_hardwall", s->cpuset.mem_hardwall);
	json_out_u64(o, "mem_exclusive", s->cpuset.mem_exclusive);
	json_out_u64(o, "memory_migrate", s->cpuset.memory_migrate);
	json_out_u64(o, "memory_spread_page", s->cpuset.memory_spread_page);
	json_out_u64(o, "memory_spread_slab", s->cpuset.memory_spread_slab);
	json_out_u64(o, "memory_pressure", s->cpuset.memory_pressure);
	json_out_u64(o, "sched_load_balance", s->cpuset.sched_load_balance);
	if (s->cpuset.sched_relax_domain_level != UINT64_MAX) /* the kernel's -1: not for readers of unsigned numbers */
		json_out_u64(o, "sched_relax_domain_level", s->cpuset.sched_relax_domain_level);
	json_out_close(o, '}');
}

static void put_amount(struct json_out *o, const char *key, const struct cg_amount *a)
{
	json_out_open(o, key, '{');
	json_out_u64(o, "limit", a->limit);
	put_if(o, "usage", a->usage);
	put_if(o, "max", a->max);
	json_out_u64(o, "failcnt", a->failcnt);
	json_out_close(o, '}');
}

static void put_memory(struct json_out *o, const struct cg_stats *s)
{
	json_out_open(o, "memory", '{');
	put_if(o, "cache", s->memory.cache);
	put_amount(o, "usage", &s->memory.usage);
	put_amount(o, "swap", &s->memory.swap);
	put_amount(o, "kernel", &s->memory.kernel);
	put_amount(o, "kernelTCP", &s->memory.kernel_tcp);
	if (s->memory.n_raw > 0)
		json_out_open(o, "raw", '{');
	for (size_t i = 0; i < s->memory.n_raw; i++)
		json_out_u64(o, s->memory.raw[i].name, s->memory.raw[i].value);
	if (s->memory.n_raw > 0)
		json_out_close(o, '}');
	put_pressure(o, &s->memory.pressure);
	json_out_close(o, '}');
}

static void put_io_list(struct json_out *o, const char *key, const struct cg_io_list *list)
{
	if (list->n == 0)
		return;
	json_out_open(o, key, '[');
	for (size_t i = 0; i < list->n; i++) {
		json_out_open(o, NULL, '{');
		put_if(o, "major", list->items[i].major);
		put_if(o, "minor", list->items[i].minor);
		if (list->items[i].op[0] != '\0')
			json_out_str(o, "op", list->items[i].op);
		put_if(o, "value", list->items[i].value);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static void put_io(struct json_out *o, const struct cg_stats *s)
{
	static const char *const keys[CG_IO_KINDS] = {
		[CG_IO_SERVICE_BYTES] = "ioServiceBytesRecursive",
		[CG_IO_SERVICED] = "ioServicedRecursive",
		[CG_IO_QUEUED] = "ioQueueRecursive",
		[CG_IO_SERVICE_TIME] = "ioServiceTimeRecursive",
		[CG_IO_WAIT_TIME] = "ioWaitTimeRecursive",
		[CG_IO_MERGED] = "ioMergedRecursive",
		[CG_IO_TIME] = "ioTimeRecursive",
		[CG_IO_SECTORS] = "sectorsRecursive",
	};

	json_out_open(o, "blkio", '{');
	for (size_t i = 0; i < CG_IO_KINDS; i++)
		put_io_list(o, keys[i], &s->io.list[i]);
	put_pressure(o, &s->io.pressure);
	json_out_close(o, '}');
}

static void put_hugetlb(struct json_out *o, const struct cg_stats *s)
{
	json_out_open(o, "hugetlb", '{');
	for (size_t i = 0; i < s->n_hugetlb; i++) {
		json_out_open(o, s->hugetlb[i].size, '{');
		put_if(o, "usage", s->hugetlb[i].amount.usage);
		put_if(o, "max", s->hugetlb[i].amount.max);
		json_out_u64(o, "failcnt", s->hugetlb[i].amount.failcnt);
		json_out_close(o, '}');
	}
	json_out_close(o, '}');
}

void usage_write(struct json_out *o, const char *key, const struct cg_stats *s)
{
	json_out_open(o, key, '{');
	put_cpu(o, s);
	put_cpuset(o, s);
	put_memory(o, s);
	json_out_open(o, "pids", '{');
	put_if(o, "current", s->pids.current);
	if (s->pids.limit != UINT64_MAX) /* runc's word for any number is 0 here */
		put_if(o, "limit", s->pids.limit);
	json_out_close(o, '}');
	put_io(o, s);
	put_hugetlb(o, s);
	json_out_open(o, "intel_rdt", '{');
	json_out_close(o, '}');
	json_out_null(o, "network_interfaces"); /* runc tells of those only that it made itself */
	json_out_close(o, '}');
}
