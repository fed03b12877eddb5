/* SPDX-License-Identifier: Apache-2.0
 *
 * limit - one row of resources.tab at work: its value, where it goes, what it writes
 */
#include "plan/limit.h"

#include <string.h>

#include <inttypes.h>

struct cg_write *limit_push(struct limit_job *j, const struct limit_side *s, const char *pointer, const char *value)
{
	struct cg_write *w;

	if (pointer == NULL || value == NULL)
		return NULL; /* *e is filled */
	w = arena_more(j->a, j->w, j->n, sizeof(*w));
	if (w == NULL) {
		(void)err_memory(j->e); /* NULL is what is returned */
		return NULL;
	}
	j->w = w;
	w = &j->w[j->n++];
	*w = (struct cg_write){ .controller = s->controller, .file = s->file, .value = value, .pointer = pointer };
	return w;
}

/* Files that only `unified` names. */
static const struct {
	const char *file, *property;
} properties[] = {
	{ "memory.min", "MemoryMin" },
	{ "memory.high", "MemoryHigh" },
	{ "memory.zswap.max", "MemoryZSwapMax" },
	{ "cpu.weight.nice", "CPUWeight" },
	{ "io.weight", "IOWeight" },
	{ "io.latency", "IODeviceLatencyTargetUSec" },
};

/* Files of cgroup v1, and the words of systemd's own v1 side: MemoryMax and its like are newer than many such hosts. */
static const struct {
	const char *file, *property;
} v1_properties[] = {
	{ "memory.limit_in_bytes", "MemoryLimit" },
	{ "cpu.shares", "CPUShares" },
	{ "cpu.cfs_period_us", "CPUQuotaPeriodUSec" },
	{ "cpu.cfs_quota_us", "CPUQuotaPerSecUSec" },
	{ "cpuset.cpus", "AllowedCPUs" },
	{ "cpuset.mems", "AllowedMemoryNodes" },
	{ "pids.max", "TasksMax" },
	{ "blkio.bfq.weight", "BlockIOWeight" },
	{ "blkio.bfq.weight_device", "BlockIODeviceWeight" },
	{ "blkio.throttle.read_bps_device", "BlockIOReadBandwidth" },
	{ "blkio.throttle.write_bps_device", "BlockIOWriteBandwidth" },
};

static const char *v1_property(const char *file)
{
	for (size_t i = 0; i < array_len(v1_properties); i++)
		if (strcmp(v1_properties[i].file, file) == 0)
			return v1_properties[i].property;
	return NULL;
}

const char *limit_property(const char *file)
{
	for (size_t i = 0; i < array_len(properties); i++)
		if (strcmp(properties[i].file, file) == 0)
			return properties[i].property;
	for (size_t i = 0; plan_limit_row(i) != NULL; i++) {
		const struct plan_limit *l = plan_limit_row(i);

		if (l->v2_file != NULL && strcmp(l->v2_file, file) == 0)
			return l->property;
	}
	return NULL;
}

/* A row may write another one's file: no limit of memory is none of swap. */
static const char *property_of(const struct limit_row *row, const char *file)
{
	const struct plan_limit *l = &row->limit;

	return l->v2_file != NULL && strcmp(l->v2_file, file) == 0 ? l->property : limit_property(file);
}

struct cg_write *limit_put(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                           const char *value)
{
	struct cg_write *w = limit_push(j, s, limit_text(j, "%s%s", j->base, row->limit.pointer), value);

	if (w != NULL)
		w->knot = row->knot;
	if (w != NULL)
		w->property = s->v2 ? property_of(row, s->file) : v1_property(s->file);
	return w;
}

/* What a line of a file is about: "8:0 rbps" of "8:0 rbps=5", "8:0" of "8:0 100", nothing of "5". */
static size_t subject_len(const char *value)
{
	const char *equals = strchr(value, '='), *space = strchr(value, ' ');

	return equals != NULL ? (size_t)(equals - value) : space != NULL ? (size_t)(space - value) : 0;
}

/* Another value for the same is refused: the kernel would take whichever comes last. */
static int check_items(struct limit_job *j, const struct limit_row *row, const struct limit_side *s, size_t i,
                       const char *value)
{
	size_t len = subject_len(value);

	for (size_t k = 0; k < j->n; k++)
		if (strcmp(j->w[k].file, s->file) == 0 && strncmp(j->w[k].value, value, len) == 0 &&
		    subject_len(j->w[k].value) == len && strcmp(j->w[k].value, value) != 0)
			return limit_refuse_item(j, row, i, "%s has another value at %s", s->file, j->w[k].pointer);
	return 0;
}

struct cg_write *limit_put_item(struct limit_job *j, const struct limit_row *row, const struct limit_side *s, size_t i,
                                const char *value)
{
	struct cg_write *w =
		value == NULL || check_items(j, row, s, i, value) < 0
			? NULL
			: limit_push(j, s, limit_text(j, "%s%s/%zu", j->base, row->limit.pointer, i), value);

	if (w != NULL)
		w->property = s->v2 ? row->limit.property : v1_property(s->file);
	return w;
}

int limit_put_number(struct limit_job *j, const struct limit_row *row, const struct limit_side *s, int64_t n)
{
	return limit_put(j, row, s, limit_text(j, "%" PRId64, n)) == NULL ? -1 : 0;
}

int limit_warn(struct limit_job *j, const struct limit_row *row, const char *what)
{
	return plan_warn(j->warnings, j->a, limit_text(j, "%s%s", j->base, row->limit.pointer), what, j->e);
}

const struct cg_hier *limit_unified_tree(const struct cg_layout *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->hier[i].unified)
			return &l->hier[i];
	return NULL;
}
