/* SPDX-License-Identifier: Apache-2.0
 *
 * update - other limits for a container that is there
 *
 * What is not given stays, and nothing is recorded for that: where two members share a file (cpu.max holds quota and period) or
 * bound each other (swap counts memory, too), the one that is not given is what the kernel says now. So limits stay that
 * somebody else changed meanwhile, and there is no second truth. The kernel's refusal of one leaves all old ones (cg_change).
 * Device rules are not update's to change: the CRI service sends "deny all".
 * config-linux.md#control-groups.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "cgroup/io.h"
#include "kernel/rdt.h"
#include "life/life.h"
#include "life/verbs.h"
#include "plan/place.h"

/* --- what is asked for ------------------------------------------------------------------------------------------------ */

/* Engines fill what they do not mean with zeros. */
static void forget_unmeant(struct oci_resources *r)
{
	if (r->pids != NULL && r->pids->limit.v == 0)
		r->pids->limit.set = false;
	if (r->memory != NULL && r->memory->swappiness.v == 0)
		r->memory->swappiness.set = false;
	if (r->memory != NULL)
		r->memory->use_hierarchy.set = false;
}

int life_update_read(const char *file, struct arena *a, struct update_request *out, struct err *e)
{
	struct json_text in;
	struct json_error je;

	if (life_document(file, a, &in, e) < 0)
		return -1;
	out->name = in.name;
	out->text = in.text;
	out->len = in.len;
	if (oci_resources_read(&in, a, &out->resources, &je) < 0) {
		(void)place_json(&je, e);
		e->placed = true;
		return -1;
	}
	forget_unmeant(out->resources);
	return 0;
}

/* --- what stays ------------------------------------------------------------------------------------------------------- */

static bool given(struct opt_i64 v)
{
	return v.set && v.v != 0;
}

/* A number of a file, the first is 0; "max" is -1. False: nobody knows. */
static bool kernel_says(const struct cg_dir *d, const char *file, int which, int64_t *out)
{
	char text[64], *word = text;

	if (d == NULL || cg_peek(d, file, text, sizeof(text)) <= 0)
		return false;
	for (; which > 0; which--)
		word += strcspn(word, " ") + (strchr(word, ' ') != NULL);
	word[strcspn(word, " \n")] = '\0';
	if (strcmp(word, "max") == 0)
		*out = -1;
	return *word == 'm' || num_i64(word, INT64_MIN + 1, INT64_MAX, out);
}

/* swap bounds memory and swap together, so it needs the limit of memory; on v1 neither may pass the other. */
static int fill_memory(struct oci_memory *m, const struct cg_place *p, struct err *e)
{
	const struct cg_dir *v1 = cg_v1_dir(p, "memory");
	int64_t now;

	if (given(m->swap) && m->swap.v > 0 && !given(m->limit) &&
	    kernel_says(cg_dir_of(p, "memory"), v1 != NULL ? "memory.limit_in_bytes" : "memory.max", 0, &now) &&
	    now > 0)
		m->limit = (struct opt_i64){ .set = true, .v = now };
	if (v1 != NULL && given(m->limit) && !given(m->swap) &&
	    kernel_says(v1, "memory.memsw.limit_in_bytes", 0, &now) && m->limit.v > now)
		return err_config(
			e, "/memory/limit",
			"%lld bytes are more than the %lld of memory and swap together: swap has to be changed, too",
			(long long)m->limit.v, (long long)now);
	return 0;
}

/* A period without a quota or a quota without a period: on cgroup2 both are in cpu.max, and systemd keeps their quotient. */
static void fill_cpu(struct oci_cpu *c, const struct cg_place *p)
{
	const struct cg_dir *v1 = cg_v1_dir(p, "cpu"), *d = v1 != NULL ? v1 : cg_unified_dir(p);
	bool has_period = c->period.set && c->period.v != 0, has_quota = given(c->quota);
	int64_t quota, period;

	if (has_period == has_quota || !kernel_says(d, v1 != NULL ? "cpu.cfs_quota_us" : "cpu.max", 0, &quota) ||
	    !kernel_says(d, v1 != NULL ? "cpu.cfs_period_us" : "cpu.max", v1 == NULL, &period))
		return;
	if (has_period)
		c->quota = (struct opt_i64){ .set = true, .v = quota };
	else
		c->period = (struct opt_u64){ .set = true, .v = (uint64_t)period };
}

static int fill_in(struct oci_resources *r, const struct cg_place *p, struct err *e)
{
	if (r->cpu != NULL)
		fill_cpu(r->cpu, p);
	return r->memory != NULL ? fill_memory(r->memory, p, e) : 0;
}

/* --- Intel RDT -------------------------------------------------------------------------------------------------------- */

/* The class of service and what it had before. */
struct class
{
	int root; /* of resctrl; -1: it was not changed */
	struct rdt_group group;
	const char *lines[2];
	char *before; /* malloc'ed */
};

static void class_end(struct class *k)
{
	fd_drop(&k->root);
	free(k->before);
}
#define auto_class __attribute__((cleanup(class_end)))

static int change_class(const struct container *c, const struct update_request *u, struct class *k, struct err *e)
{
	if (u->l3_cache_schema == NULL && u->mem_bw_schema == NULL)
		return 0;
	if (c->intent.rdt == NULL)
		return err_kind(e, ERR_HOST, "container \"%s\" was made without a class of service of Intel RDT",
		                c->id);
	k->group = *c->intent.rdt;
	if (u->l3_cache_schema != NULL)
		k->lines[k->group.n_schemata++] = u->l3_cache_schema;
	if (u->mem_bw_schema != NULL)
		k->lines[k->group.n_schemata++] = u->mem_bw_schema;
	k->group.schemata = k->lines;
	k->root = rdt_open(e);
	if (k->root < 0)
		return -1;
	k->before = rdt_schemata(k->root, &k->group, e);
	return k->before == NULL ? -1 : rdt_change(k->root, &k->group, e);
}

static void put_back_class(struct class *k)
{
	struct err why;

	if (k->before == NULL)
		return;
	k->lines[0] = k->before;
	k->group.n_schemata = 1;
	if (rdt_change(k->root, &k->group, &why) < 0)
		log_warn("the schemata could not be put back: %s", why.text);
}

/* --- the verb --------------------------------------------------------------------------------------------------------- */

static int change_groups(const struct container *c, struct oci_resources *r, struct err *e)
{
	struct plan_cgroup plan = { .place = c->intent.place };

	if (plan.place == NULL)
		return err_kind(e, ERR_HOST, "container \"%s\" has no control group to set limits in", c->id);
	if (fill_in(r, plan.place, e) < 0 || plan_resources_build(r, &c->intent, c->arena, &plan, e) < 0)
		return -1;
	life_warn(&plan.warnings, NULL, NULL, 0);
	return cg_driver_of(plan.manager)->apply(plan.place, &plan.settings, e);
}

static int change(const struct container *c, const struct update_request *u, struct err *e)
{
	auto_class struct class k = { .root = -1 };

	if (change_class(c, u, &k, e) < 0 || change_groups(c, u->resources, e) < 0) {
		put_back_class(&k);
		return -1;
	}
	return 0;
}

int life_update(const struct life_globals *g, const char *id, const struct update_request *u, struct arena *a,
                struct err *e)
{
	auto_container struct container c = CONTAINER_NONE;

	if (store_open(g->root, id, a, &c, e) < 0 || life_lock(&c, e) < 0)
		return -1;
	if (status_permits(VERB_UPDATE, &c, e) < 0)
		return -1;
	return change(&c, u, e);
}
