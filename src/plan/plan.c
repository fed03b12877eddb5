/* SPDX-License-Identifier: Apache-2.0
 *
 * plan - the compilers in their order
 */
#include "plan/plan.h"

/* In this order: later parts look at what earlier ones resolved. */
static int (*const parts[])(struct plan *p, struct arena *a, struct err *e) = {
	plan_annotations,                 /* say how others are meant */
	plan_namespaces,                  /* nearly all others ask what is shared with the host */
	plan_process,     plan_resources, /* the control groups, */
	plan_mounts,                      /* which a mount of type cgroup shows */
	plan_devices,     plan_rdt,       plan_memory_policy, plan_security, plan_hooks,
};

int plan_warn(struct plan_warnings *w, struct arena *a, const char *pointer, const char *text, struct err *e)
{
	struct plan_warning *item = arena_more(a, w->item, w->n, sizeof(*item));

	if (item == NULL || pointer == NULL || text == NULL)
		return err_memory(e);
	item[w->n++] = (struct plan_warning){ .id = FINDING_IS_NO_EFFECT, .pointer = pointer, .text = text };
	w->item = item;
	return 0;
}

struct plan *plan_build(const struct oci_config *spec, const struct intent *intent, struct arena *a, struct err *e)
{
	struct plan *p = arena_alloc(a, sizeof(*p));

	if (p == NULL) {
		(void)err_memory(e); /* NULL is what is returned */
		return NULL;
	}
	p->spec = spec;
	p->intent = intent;
	for (size_t i = 0; i < array_len(parts); i++)
		if (parts[i](p, a, e) < 0)
			return NULL;
	return p;
}
