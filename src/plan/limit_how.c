/* SPDX-License-Identifier: Apache-2.0
 *
 * limit_how - how each limit of linux.resources is said to the kernel: the conversions that resources.tab names
 *
 * config-linux.md#control-groups; cgroup-v1/memory.rst, cgroup-v2.rst. Declared in limit.h.
 */
#include <inttypes.h>
#include <string.h>

#include "base/ranges.h"
#include "plan/limit.h"
#include "plan/weight.h"

/* --- memory ---------------------------------------------------------------------------------------------------------- */

static const char *bytes(struct limit_job *j, const struct limit_side *s, int64_t n)
{
	return s->v2 && n < 0 ? "max" : limit_text(j, "%" PRId64, n);
}

static int make_bytes(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                      const struct limit_value *v)
{
	if (v->i < -1)
		return limit_refuse(j, row, "%" PRId64 " bytes: -1 is no limit, less means nothing", v->i);
	return limit_put(j, row, s, bytes(j, s, v->i)) == NULL ? -1 : 0;
}

const struct limit_how how_bytes = { .zero = LIMIT_ZERO_UNSET, .make = make_bytes };

/* Without a limit there is none with swap either; an old one would stand in the way of no limit. */
static int make_limit(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                      const struct limit_value *v)
{
	const struct oci_memory *m = j->r->memory;
	const struct limit_side swap = { s->controller, s->v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes",
		                         s->v2 };
	struct cg_write *w;

	if (make_bytes(j, row, s, v) < 0)
		return -1;
	w = &j->w[j->n - 1];
	w->usage = s->v2 ? "memory.current" : "memory.usage_in_bytes";
	w->check_usage = s->v2 && m->check_before_update.v;
	w->usage2 = "memory.swap.current";
	w->sum = w->check_usage && m->swap.set && m->swap.v > 0 ? limit_text(j, "%" PRId64, m->swap.v) : NULL;
	if (v->i != -1 || (m->swap.set && m->swap.v != 0))
		return 0;
	w = limit_put(j, row, &swap, bytes(j, &swap, -1));
	if (w == NULL)
		return -1;
	w->optional = true; /* swap accounting may be off */
	return 0;
}

const struct limit_how how_limit = { .zero = LIMIT_ZERO_UNSET, .make = make_limit };

/* What has no limit of its own has none yet; an update's document has no place in a config.json. */
static bool is_new_group(const struct limit_job *j)
{
	return j->base[0] != '\0';
}

/* memory.swap is memory and swap together, as v1 counts; cgroup2 counts swap alone. */
static int make_swap(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                     const struct limit_value *v)
{
	int64_t limit = j->r->memory->limit.set ? j->r->memory->limit.v : 0;

	if (v->i < -1)
		return limit_refuse(j, row, "%" PRId64 " bytes: -1 is no limit, less means nothing", v->i);
	if (v->i > 0 && limit > v->i)
		return limit_refuse(
			j, row, "%" PRId64 " bytes of memory and swap are less than the %" PRId64 " of memory alone",
			v->i, limit);
	if (v->i > 0 && limit < 0)
		return limit_refuse(j, row, "%" PRId64 " bytes of memory and swap, but no limit for memory alone",
		                    v->i);
	if (v->i > 0 && limit == 0 && s->v2)
		return limit_refuse(j, row,
		                    "a limit for memory and swap needs one for memory: cgroup2 counts swap alone");
	if (v->i > 0 && limit == 0 && is_new_group(j))
		return limit_refuse(j, row, "a limit for memory and swap needs one for memory");
	if (!s->v2 || v->i < 0)
		return limit_put(j, row, s, bytes(j, s, v->i)) == NULL ? -1 : 0;
	return limit_put_number(j, row, s, v->i - limit);
}

const struct limit_how how_swap = { .zero = LIMIT_ZERO_UNSET, .make = make_swap };

static int make_swappiness(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                           const struct limit_value *v)
{
	if (v->u > 100)
		return limit_refuse(j, row, "%" PRIu64 " is not within 0 to 100", v->u);
	return limit_put_number(j, row, s, v->i);
}

const struct limit_how how_swappiness = { .zero = LIMIT_ZERO_VALUE, .make = make_swappiness };

static int make_on(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                   const struct limit_value *v)
{
	return limit_put_number(j, row, s, v->i);
}

const struct limit_how how_on = { .zero = LIMIT_ZERO_UNSET, .make = make_on };

static int make_ignored(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                        const struct limit_value *v)
{
	(void)s, (void)v;
	return limit_warn(j, row, "ignored: kernels no longer limit their own memory apart");
}

const struct limit_how how_ignored = { .zero = LIMIT_ZERO_UNSET, .nowhere = true, .make = make_ignored };

static int make_hierarchy(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                          const struct limit_value *v)
{
	(void)s;
	return v->i != 0
	               ? 0
	               : limit_warn(j, row, "ignored: the kernel counts memory in sub-groups to the group in any case");
}

const struct limit_how how_hierarchy = { .zero = LIMIT_ZERO_VALUE, .nowhere = true, .make = make_hierarchy };

/* --- cpu, pids ------------------------------------------------------------------------------------------------------- */

static int make_shares(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                       const struct limit_value *v)
{
	if (s->v2)
		return limit_put_number(j, row, s, weight_of_cpu_shares(v->u));
	if (v->u < 2 || v->u > 262144) /* the kernel would take the nearest without a word */
		return limit_refuse(j, row, "%" PRIu64 " is not within the kernel's 2 to 262144", v->u);
	return limit_put_number(j, row, s, v->i);
}

const struct limit_how how_shares = { .zero = LIMIT_ZERO_UNSET, .make = make_shares };

static int make_idle(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                     const struct limit_value *v)
{
	if (v->i != 0 && v->i != 1)
		return limit_refuse(j, row, "%" PRId64 " is neither 0 nor 1", v->i);
	return limit_put_number(j, row, s, v->i);
}

const struct limit_how how_idle = { .zero = LIMIT_ZERO_DEFAULT, .make = make_idle };

/* Microseconds that the kernel's bandwidth control takes: min_cfs_quota_period and max_cfs_quota_period in kernel/sched/core.c. */
enum { BANDWIDTH_MIN = 1000, PERIOD_MAX = 1000000 };

static bool has_quota(const struct oci_cpu *c)
{
	return c->quota.set && c->quota.v != 0;
}

/* cpu.max holds both: "quota period". */
static int make_period(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                       const struct limit_value *v)
{
	if (v->u < BANDWIDTH_MIN || v->u > PERIOD_MAX)
		return limit_refuse(j, row, "%" PRIu64 " us is not within %d to %d", v->u, BANDWIDTH_MIN, PERIOD_MAX);
	if (!s->v2)
		return limit_put(j, row, s, limit_text(j, "%" PRIu64, v->u)) == NULL ? -1 : 0;
	if (has_quota(j->r->cpu))
		return 0;
	return limit_put(j, row, s, limit_text(j, "max %" PRIu64, v->u)) == NULL ? -1 : 0;
}

const struct limit_how how_period = { .zero = LIMIT_ZERO_UNSET, .make = make_period };

static int make_quota(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                      const struct limit_value *v)
{
	const struct oci_cpu *c = j->r->cpu;
	const char *quota = s->v2 && v->i < 0 ? "max" : limit_text(j, "%" PRId64, v->i);

	if (v->i < -1)
		return limit_refuse(j, row, "%" PRId64 " us: -1 is no limit, less means nothing", v->i);
	if (v->i > 0 && v->i < BANDWIDTH_MIN)
		return limit_refuse(j, row, "%" PRId64 " us is below the least possible, %d", v->i, BANDWIDTH_MIN);
	if (quota != NULL && s->v2 && c->period.set && c->period.v != 0)
		quota = limit_text(j, "%s %" PRIu64, quota, c->period.v);
	return limit_put(j, row, s, quota) == NULL ? -1 : 0;
}

const struct limit_how how_quota = { .zero = LIMIT_ZERO_UNSET, .make = make_quota };

static int make_burst(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                      const struct limit_value *v)
{
	const struct oci_cpu *c = j->r->cpu;

	if (c->quota.v > 0 && v->u > (uint64_t)c->quota.v)
		return limit_refuse(j, row, "%" PRIu64 " us is above the quota, %" PRId64, v->u, c->quota.v);
	return limit_put(j, row, s, limit_text(j, "%" PRIu64, v->u)) == NULL ? -1 : 0;
}

const struct limit_how how_burst = { .zero = LIMIT_ZERO_DEFAULT, .make = make_burst };

static int make_realtime(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                         const struct limit_value *v)
{
	if (v->i < -1)
		return limit_refuse(j, row, "%" PRId64 " us: -1 is no limit, less means nothing", v->i);
	return limit_put_number(j, row, s, v->i);
}

const struct limit_how how_realtime = { .zero = LIMIT_ZERO_UNSET, .make = make_realtime };

/* Numbers of CPUs or memory nodes: what is no list would make a group first, and then be told as EINVAL. */
static int make_list(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                     const struct limit_value *v)
{
	enum { NUMBERS = 8192 }; /* more than any kernel can be built for */
	unsigned long *set = arena_alloc(j->a, RANGES_WORDS(NUMBERS) * sizeof(*set));

	if (set == NULL)
		return err_memory(j->e);
	if (ranges_read(v->text, set, NUMBERS, j->e) < 0) {
		j->e->kind = ERR_CONFIG;
		return err_at(j->e, "%s%s", j->base, row->limit.pointer);
	}
	return limit_put(j, row, s, v->text) == NULL ? -1 : 0;
}

const struct limit_how how_list = { .zero = LIMIT_ZERO_UNSET, .make = make_list };

/* None at all means the first process alone, which is there before the limit is: the kernel would take 0, systemd would not. */
static int make_pids(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                     const struct limit_value *v)
{
	if (v->i < -1)
		return limit_refuse(j, row, "%" PRId64 " processes: -1 is no limit, less means nothing", v->i);
	return limit_put(j, row, s, v->i < 0 ? "max" : limit_text(j, "%" PRId64, v->i > 0 ? v->i : 1)) == NULL ? -1 : 0;
}

const struct limit_how how_pids = { .zero = LIMIT_ZERO_VALUE, .make = make_pids };

/* --- block devices --------------------------------------------------------------------------------------------------- */

enum { WEIGHT_MIN = 10, WEIGHT_MAX = 1000 };

/* A BFQ weight and, for a kernel without BFQ, what the other scheduler's file is called and takes. device: "8:0 " or "". */
static int put_weight(struct limit_job *j, const struct limit_side *s, struct cg_write *w, const char *device,
                      unsigned weight)
{
	const char *bfq = strstr(s->file, "bfq.");

	if (w == NULL)
		return -1;
	if (bfq == NULL)
		return 0;
	w->alt_file = limit_text(j, "%.*s%s", (int)(bfq - s->file), s->file, bfq + 4);
	w->alt_value = limit_text(j, "%s%u", device, s->v2 ? weight_of_blkio(weight) : weight);
	return w->alt_file == NULL || w->alt_value == NULL ? -1 : 0;
}

static int make_weight(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                       const struct limit_value *v)
{
	if (v->u < WEIGHT_MIN || v->u > WEIGHT_MAX)
		return limit_refuse(j, row, "%" PRIu64 " is not within %d to %d", v->u, WEIGHT_MIN, WEIGHT_MAX);
	return put_weight(j, s, limit_put(j, row, s, limit_text(j, "%" PRIu64, v->u)), "", (unsigned)v->u);
}

const struct limit_how how_weight = { .zero = LIMIT_ZERO_UNSET, .make = make_weight };

static int device_weight(struct limit_job *j, const struct limit_row *row, const struct limit_side *s, size_t i)
{
	const struct oci_weight_device *d = &j->r->block_io->weight_device.items[i];
	const char *device = limit_text(j, "%" PRId64 ":%" PRId64 " ", d->major, d->minor);

	if (device == NULL || !d->weight.set || d->weight.v == 0)
		return device == NULL ? -1 : 0;
	if (d->weight.v < WEIGHT_MIN || d->weight.v > WEIGHT_MAX)
		return limit_refuse_item(j, row, i, "weight %u is not within %d to %d", d->weight.v, WEIGHT_MIN,
		                         WEIGHT_MAX);
	return put_weight(j, s, limit_put_item(j, row, s, i, limit_text(j, "%s%u", device, d->weight.v)), device,
	                  d->weight.v);
}

static int device_leaf_weight(struct limit_job *j, const struct limit_row *row, const struct limit_side *s, size_t i)
{
	const struct oci_weight_device *d = &j->r->block_io->weight_device.items[i];
	const struct limit_side leaf = { s->controller, "blkio.leaf_weight_device", s->v2 };

	if (!d->leaf_weight.set || d->leaf_weight.v == 0)
		return 0;
	if (d->leaf_weight.v < WEIGHT_MIN || d->leaf_weight.v > WEIGHT_MAX)
		return limit_refuse_item(j, row, i, "leafWeight %u is not within %d to %d", d->leaf_weight.v,
		                         WEIGHT_MIN, WEIGHT_MAX);
	if (s->v2) {
		(void)limit_refuse_item(j, row, i, "leafWeight: cgroup v2 has nothing like it");
		j->e->kind = ERR_HOST; /* v1 has it */
		return -1;
	}
	return limit_put_item(j, row, &leaf, i,
	                      limit_text(j, "%" PRId64 ":%" PRId64 " %u", d->major, d->minor, d->leaf_weight.v)) == NULL
	               ? -1
	               : 0;
}

static int make_weights(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                        const struct limit_value *v)
{
	const struct vec_oci_weight_device *list = v->list;

	for (size_t i = 0; i < list->n; i++) {
		const struct oci_weight_device *d = &list->items[i];

		if (d->major < 0 || d->minor < 0)
			return limit_refuse_item(j, row, i, "a device number is below 0");
		if (!d->weight.set && !d->leaf_weight.set)
			return limit_refuse_item(j, row, i, "neither weight nor leafWeight: one of them is required");
		if (device_weight(j, row, s, i) < 0 || device_leaf_weight(j, row, s, i) < 0)
			return -1;
	}
	return 0;
}

const struct limit_how how_weights = { .make = make_weights };

/* A rate of 0 takes a limit away: v1 reads it so, cgroup2 wants "max". */
static int make_throttle(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                         const struct limit_value *v)
{
	const struct vec_oci_throttle_device *list = v->list;

	for (size_t i = 0; i < list->n; i++) {
		const struct oci_throttle_device *d = &list->items[i];
		const char *rate = s->v2 && d->rate.v == 0 ? "max" : limit_text(j, "%" PRIu64, d->rate.v);

		if (d->major < 0 || d->minor < 0)
			return limit_refuse_item(j, row, i, "a device number is below 0");
		if (!d->rate.set)
			return limit_refuse_item(j, row, i, "its rate is missing");
		if (rate == NULL)
			return -1;
		if (limit_put_item(j, row, s, i,
		                   limit_text(j, "%" PRId64 ":%" PRId64 " %s%s%s", d->major, d->minor,
		                              s->v2 ? row->key : "", s->v2 ? "=" : "", rate)) == NULL)
			return -1;
	}
	return 0;
}

const struct limit_how how_throttle = { .make = make_throttle };

/* --- huge pages, network, rdma --------------------------------------------------------------------------------------- */

/* The limit for faults, and the one for reservations where the kernel has it: a mapping counts to either. */
static int make_hugepages(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                          const struct limit_value *v)
{
	const struct vec_oci_hugepage_limit *list = v->list;

	for (size_t i = 0; i < list->n; i++) {
		const char *size = list->items[i].page_size, *limit = limit_text(j, "%" PRIu64, list->items[i].limit);
		struct limit_side fault = *s, rsvd = *s;
		struct cg_write *w;

		fault.file = limit_text(j, "hugetlb.%s.%s", size, s->file);
		rsvd.file = limit_text(j, "hugetlb.%s.rsvd.%s", size, s->file);
		if (fault.file == NULL || rsvd.file == NULL || limit_put_item(j, row, &fault, i, limit) == NULL)
			return -1;
		w = limit_put_item(j, row, &rsvd, i, limit);
		if (w == NULL)
			return -1;
		w->optional = true;
	}
	return 0;
}

const struct limit_how how_hugepages = { .make = make_hugepages };

static int make_class(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                      const struct limit_value *v)
{
	return limit_put_number(j, row, s, v->i);
}

const struct limit_how how_class = { .zero = LIMIT_ZERO_UNSET, .make = make_class };

/* Whether a name can stand as one word of a line. */
static bool is_word(const char *name)
{
	return name[0] != '\0' && name[strcspn(name, " \t\n/")] == '\0';
}

static int make_priorities(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                           const struct limit_value *v)
{
	const struct vec_oci_interface_priority *list = v->list;

	for (size_t i = 0; i < list->n; i++) {
		const struct oci_interface_priority *p = &list->items[i];

		if (!is_word(p->name))
			return limit_refuse_item(j, row, i, "'%s' is no name of a network interface", p->name);
		if (limit_put_item(j, row, s, i, limit_text(j, "%s %u", p->name, p->priority)) == NULL)
			return -1;
	}
	return 0;
}

const struct limit_how how_priorities = { .make = make_priorities };

static int make_rdma(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                     const struct limit_value *v)
{
	const char *base = limit_text(j, "%s%s", j->base, row->limit.pointer);
	const struct vec_oci_rdma *list = v->list;

	for (size_t i = 0; base != NULL && i < list->n; i++) {
		const struct oci_rdma *d = &list->items[i];
		const char *line = d->key;

		if (!is_word(d->key))
			return limit_refuse(j, row, "'%s' is no name of an RDMA device", d->key);
		if (!d->hca_handles.set && !d->hca_objects.set)
			return limit_refuse(j, row, "%s has neither hcaHandles nor hcaObjects: one of them is required",
			                    d->key);
		if (d->hca_handles.set)
			line = limit_text(j, "%s hca_handle=%u", line, d->hca_handles.v);
		if (line != NULL && d->hca_objects.set)
			line = limit_text(j, "%s hca_object=%u", line, d->hca_objects.v);
		if (line == NULL)
			return -1;
		if (limit_push(j, s, pointer_key(j->a, j->e, base, d->key), line) == NULL)
			return -1;
	}
	return base == NULL ? -1 : 0;
}

const struct limit_how how_rdma = { .make = make_rdma };
