/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_update - other limits for a container that is there
 */
#include "cli/commands.h"

#include <string.h>

#include "libocispec/oci_config.h"
#include "plan/place.h"

/* The options go straight into members of linux.resources. */
struct update_options {
	const char *resources;
	struct oci_memory memory;
	struct oci_cpu cpu;
	struct oci_pids pids;
	struct oci_block_io block_io;
	const char *l3_cache_schema, *mem_bw_schema;
};

#define T struct update_options
static const struct cli_option rows[] = {
	CLI_STR("resources", 'r', resources, "FILE",
	        "a JSON object like linux.resources of config.json, - is standard input; what is absent or 0 stays, its "
	        "devices are passed over; the options below win over it"),
	CLI_SIZE("memory", 0, memory.limit, "SIZE", "limit of memory: bytes, or with k, m or g behind; -1 is none"),
	CLI_SIZE("memory-swap", 0, memory.swap, "SIZE", "limit of memory and swap together; -1 is none"),
	CLI_SIZE("memory-reservation", 0, memory.reservation, "SIZE",
	         "memory it keeps when there is little; -1 is none"),
	CLI_SIZE("kernel-memory", 0, memory.kernel, "SIZE", "ignored with a warning: kernels no longer limit it apart"),
	CLI_SIZE("kernel-memory-tcp", 0, memory.kernel_tcp, "SIZE", "ignored with a warning, too"),
	CLI_U64("cpu-share", 0, cpu.shares, "NUMBER", "weight among its neighbours, 2 to 262144"),
	CLI_U64("cpu-period", 0, cpu.period, "MICROSECONDS", "period in which the quota may be used"),
	CLI_I64("cpu-quota", 0, cpu.quota, "MICROSECONDS", "CPU time it may use in a period; -1 is any"),
	CLI_U64("cpu-burst", 0, cpu.burst, "MICROSECONDS", "unused quota that it may keep for later"),
	CLI_I64("cpu-idle", 0, cpu.idle, "NUMBER", "1: it runs where nobody else wants to; 0: as usual"),
	CLI_U64("cpu-rt-period", 0, cpu.realtime_period, "MICROSECONDS", "period of realtime scheduling (cgroup v1)"),
	CLI_I64("cpu-rt-runtime", 0, cpu.realtime_runtime, "MICROSECONDS", "realtime CPU time in a period (cgroup v1)"),
	CLI_STR("cpuset-cpus", 0, cpu.cpus, "LIST", "CPUs to run on: 0-3,7"),
	CLI_STR("cpuset-mems", 0, cpu.mems, "LIST", "memory nodes to use: 0-1"),
	CLI_I64("pids-limit", 0, pids.limit, "NUMBER", "most processes and threads; -1 is any number"),
	CLI_U16("blkio-weight", 0, block_io.weight, "NUMBER", "weight of its block I/O, 10 to 1000"),
	CLI_STR("l3-cache-schema", 0, l3_cache_schema, "TEXT", "Intel RDT: share of the L3 cache, as in L3:0=f"),
	CLI_STR("mem-bw-schema", 0, mem_bw_schema, "TEXT", "Intel RDT: share of the memory bandwidth, as in MB:0=50"),
};
#undef T

/* --- options over what the file says ------------------------------------------------------------------------------------- */

/* An object of linux.resources in the options, and its pointer in the document. */
static const struct part {
	size_t from, size, to;
} parts[] = {
#define PART(m)                                                                              \
	{                                                                                    \
		offsetof(struct update_options, m), sizeof(((struct update_options *)0)->m), \
			offsetof(struct oci_resources, m)                                    \
	}
	PART(memory),
	PART(cpu),
	PART(pids),
	PART(block_io),
#undef PART
};

static const struct part *part_of(const struct cli_option *row)
{
	for (size_t i = 0; i < array_len(parts); i++)
		if (row->at >= parts[i].from && row->at < parts[i].from + parts[i].size)
			return &parts[i];
	return NULL;
}

/* Copies the value of one option, if it was given. */
static int lay_over(const struct update_options *o, const struct cli_option *row, struct oci_resources *r,
                    struct arena *a)
{
	const struct part *part = part_of(row);
	void **object;

	if (part == NULL || !cli_is_set(row, o))
		return 0;
	object = (void **)((char *)r + part->to);
	if (*object == NULL)
		*object = arena_alloc(a, part->size);
	if (*object == NULL)
		return -1;
	memcpy((char *)*object + (row->at - part->from), (const char *)o + row->at, cli_value_size(row));
	return 0;
}

static int collect(struct cli_call *c, struct update_request *u, struct err *e)
{
	const struct update_options *o = c->options;

	if (o->resources != NULL && life_update_read(o->resources, c->arena, u, e) < 0)
		return -1;
	if (u->resources == NULL)
		u->resources = arena_alloc(c->arena, sizeof(*u->resources));
	if (u->resources == NULL)
		return err_memory(e);
	for (size_t i = 0; i < array_len(rows); i++)
		if (lay_over(o, &rows[i], u->resources, c->arena) < 0)
			return err_memory(e);
	return 0;
}

static int update(struct cli_call *c, struct err *e)
{
	const struct update_options *o = c->options;
	struct update_request u = { .l3_cache_schema = o->l3_cache_schema, .mem_bw_schema = o->mem_bw_schema };
	int r = collect(c, &u, e) < 0 || life_update(&c->globals, c->args[0], &u, c->arena, e) < 0 ? -1 : 0;

	if (r < 0 && u.text != NULL)
		(void)place_error(e, u.name, u.text, u.len); /* -1 is what is returned */
	else if (r < 0 && e->pointer[0] != '\0')
		(void)err_in(e, "%s", e->pointer);
	return r;
}

const struct cli_command cmd_update = {
	.name = "update",
	.args = "CONTAINER",
	.summary = "change the limits of a container that is created, running or paused",
	.text = "What is not given stays. When one limit is refused, all of them stay as they were.",
	CLI_OPTIONS(rows, struct update_options),
	.min_args = 1,
	.max_args = 1,
	.takes = { { CLI_ARG_CONTAINER, NULL } },
	.names_container = true,
	.needs_root = true,
	.run = update,
};
