/* SPDX-License-Identifier: Apache-2.0
 *
 * rdt - linux.intelRdt: which class of service, by which rule, with which schemata
 *
 * config-linux.md#intelrdt.
 */
#include <string.h>

#include "plan/plan.h"

/* A directory of resctrl's root, by closID or the container's own id; "/" is the root itself. Its own directories are none. */
static int check_name(const char *clos, struct err *e)
{
	static const char *const taken[] = { ".", "..", "info", "mon_groups", "mon_data" };

	if (strcmp(clos, "/") == 0)
		return 0;
	if (strchr(clos, '/') != NULL || strchr(clos, '\n') != NULL)
		return err_config(e, "/linux/intelRdt/closID", "\"%s\" is no name of a class of service", clos);
	for (size_t i = 0; i < array_len(taken); i++)
		if (strcmp(clos, taken[i]) == 0)
			return err_config(e, "/linux/intelRdt/closID",
			                  "\"%s\" cannot be the name of a class of service", clos);
	return 0;
}

static bool given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* L3 first, memory bandwidth last: a class that is there must have these already. */
static int take_schemas(const struct oci_intel_rdt *in, struct rdt_group *g, struct arena *a, struct err *e)
{
	const char **list = arena_alloc(a, 2 * sizeof(*list));

	if (list == NULL)
		return err_memory(e);
	if (given(in->l3_cache_schema))
		list[g->n_compared++] = in->l3_cache_schema;
	if (given(in->mem_bw_schema))
		list[g->n_compared++] = in->mem_bw_schema;
	g->compared = list;
	return 0;
}

static int take_schemata(const struct oci_intel_rdt *in, struct rdt_group *g, struct err *e)
{
	for (size_t i = 0; i < in->schemata.n; i++) {
		const char *line = in->schemata.items[i];

		if (strchr(line, '\n') != NULL)
			(void)err_kind(e, ERR_CONFIG, "a line of schemata cannot hold a newline"); /* as the next */
		else if (strchr(line, ':') == NULL)
			(void)err_kind(e, ERR_CONFIG, "\"%s\" is no line of schemata such as \"L3:0=f;1=f0\"", line);
		else
			continue;
		return err_at(e, "/linux/intelRdt/schemata/%zu", i);
	}
	g->schemata = in->schemata.items;
	g->n_schemata = in->schemata.n;
	return 0;
}

int plan_rdt(struct plan *p, struct arena *a, struct err *e)
{
	const struct oci_intel_rdt *in = p->spec->linux_ != NULL ? p->spec->linux_->intel_rdt : NULL;
	struct rdt_group *g;

	if (in == NULL)
		return 0;
	g = arena_alloc(a, sizeof(*g));
	if (g == NULL)
		return err_memory(e);
	g->clos = given(in->clos_id) ? in->clos_id : p->intent->id;
	if (check_name(g->clos, e) < 0)
		return -1;
	if (take_schemas(in, g, a, e) < 0 || take_schemata(in, g, e) < 0)
		return -1;
	if (!given(in->clos_id))
		g->rule = RDT_MAKE;
	else
		g->rule = g->n_compared + g->n_schemata > 0 ? RDT_MAKE_OR_COMPARE : RDT_JOIN;
	if (in->enable_monitoring.v)
		g->monitor = p->intent->id;
	p->rdt = g;
	return 0;
}
