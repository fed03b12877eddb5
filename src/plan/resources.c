/* SPDX-License-Identifier: Apache-2.0
 *
 * resources - linux.resources compiled to writes, and where the groups are: resources.tab's rows and their conversions
 *
 * For each row: its value out of config.json -> nothing when it asks for nothing -> the version that has the controller on this
 * host -> a conversion to that version's words. What cannot be had is refused, never left out.
 */
#include <string.h>

#include "plan/device_rules.h"
#include "plan/limit.h"
#include "plan/plan.h"
#include "plan/pointer.h"

/* --- values ---------------------------------------------------------------------------------------------------------- */

static struct limit_value of_i64(struct opt_i64 v)
{
	return (struct limit_value){ .set = v.set, .i = v.v, .u = v.v < 0 ? 0 : (uint64_t)v.v };
}

static struct limit_value of_u64(struct opt_u64 v)
{
	return (struct limit_value){ .set = v.set, .i = v.v > INT64_MAX ? INT64_MAX : (int64_t)v.v, .u = v.v };
}

static struct limit_value of_u32(struct opt_u32 v)
{
	return of_u64((struct opt_u64){ .set = v.set, .v = v.v });
}

static struct limit_value of_u16(struct opt_u16 v)
{
	return of_u64((struct opt_u64){ .set = v.set, .v = v.v });
}

static struct limit_value of_bool(struct opt_bool v)
{
	return of_u64((struct opt_u64){ .set = v.set, .v = v.v });
}

static struct limit_value of_text(const char *v)
{
	return (struct limit_value){ .set = v != NULL, .i = v != NULL && v[0] != '\0', .text = v };
}

static struct limit_value of_list(const void *vec, size_t n)
{
	return (struct limit_value){ .set = n > 0, .i = 1, .list = vec };
}

/* --- the rows -------------------------------------------------------------------------------------------------------- */

#define VALUE_OF(m) \
	_Generic((m), struct opt_i64                                                                                   \
	         : of_i64, struct opt_u64                                                                              \
	         : of_u64, struct opt_u32                                                                              \
	         : of_u32, struct opt_u16                                                                              \
	         : of_u16, struct opt_bool                                                                             \
	         : of_bool, const char *                                                                               \
	         : of_text)(m)

#define OF_self(r) (r)
#define OF_memory(r) ((r)->memory)
#define OF_cpu(r) ((r)->cpu)
#define OF_pids(r) ((r)->pids)
#define OF_block_io(r) ((r)->block_io)
#define OF_network(r) ((r)->network)

#define LIMIT(pointer, object, member, how, c1, f1, c2, f2, knot, property)              \
	static struct limit_value get_##object##_##member(const struct oci_resources *r) \
	{                                                                                \
		return OF_##object(r) == NULL ? (struct limit_value){ .set = false }     \
		                              : VALUE_OF(OF_##object(r)->member);        \
	}
#define LIST(pointer, object, member, how, c1, f1, c2, f2, key, property)                                   \
	static struct limit_value get_##object##_##member(const struct oci_resources *r)                    \
	{                                                                                                   \
		return OF_##object(r) == NULL ? (struct limit_value){ .set = false }                        \
		                              : of_list(&OF_##object(r)->member, OF_##object(r)->member.n); \
	}
#include "plan/resources.tab"
#undef LIMIT
#undef LIST

#define LIMIT(pointer, object, member, how, c1, f1, c2, f2, knot, property) \
	{ { pointer, c1, f1, c2, f2, property }, get_##object##_##member, &how_##how, knot, NULL },
#define LIST(pointer, object, member, how, c1, f1, c2, f2, key, property) \
	{ { pointer, c1, f1, c2, f2, property }, get_##object##_##member, &how_##how, 0, key },
static const struct limit_row rows[] = {
#include "plan/resources.tab"
};
#undef LIMIT
#undef LIST

const struct plan_limit *plan_limit_row(size_t i)
{
	return i < array_len(rows) ? &rows[i].limit : NULL;
}

/* --- compiling ------------------------------------------------------------------------------------------------------- */

static bool has_v1(const struct cg_layout *l, const char *controller)
{
	const struct cg_hier *h = controller == NULL ? NULL : cg_find(l, controller);

	return h != NULL && !h->unified;
}

static bool has_v2(const struct cg_layout *l, const char *controller)
{
	const struct cg_hier *h = controller == NULL ? NULL : limit_unified_tree(l);

	return h != NULL && cg_lists(h->controllers, controller);
}

/* Where the row goes on this host. 1 there, 0 nowhere and nothing lost, -1 refused. */
static int find_side(struct limit_job *j, const struct limit_row *row, const struct limit_value *v,
                     struct limit_side *s)
{
	const struct plan_limit *l = &row->limit;

	if (row->how->nowhere)
		return 1;
	if (has_v1(j->layout, l->v1_controller)) {
		*s = (struct limit_side){ l->v1_controller, l->v1_file, false };
		return 1;
	}
	if (l->v2_file != NULL && has_v2(j->layout, l->v2_controller)) {
		*s = (struct limit_side){ l->v2_controller, l->v2_file, true };
		return 1;
	}
	if (v->i == 0 && row->how->zero == LIMIT_ZERO_DEFAULT)
		return 0;
	if (j->layout->n == 0)
		return limit_refuse_at(j, row, ERR_HOST, "",
		                       "needs the control group controller %s: this host has no control groups mounted",
		                       l->v1_controller);
	if (l->v2_file == NULL && (j->layout->mode == CG_V2 || has_v2(j->layout, l->v2_controller)))
		return limit_refuse_at(j, row, ERR_HOST, "",
		                       "cgroup v2 has nothing like it; this host has no cgroup v1 controller %s",
		                       l->v1_controller);
	return limit_refuse_at(j, row, ERR_HOST, "",
	                       "needs the control group controller %s, which this host does not have",
	                       j->layout->mode == CG_V2 ? l->v2_controller : l->v1_controller);
}

static int compile_row(struct limit_job *j, const struct limit_row *row)
{
	struct limit_value v = row->get(j->r);
	struct limit_side s = { NULL, NULL, false };
	size_t before = j->n;
	int there;

	if (!v.set || (v.i == 0 && row->how->zero == LIMIT_ZERO_UNSET))
		return 0;
	there = find_side(j, row, &v, &s);
	if (there <= 0)
		return there;
	if (row->how->make(j, row, &s, &v) < 0)
		return -1;
	if (v.i == 0 && row->how->zero == LIMIT_ZERO_DEFAULT)
		for (size_t i = before; i < j->n; i++)
			j->w[i].optional = true;
	return 0;
}

/* The cgroup2 controllers that have to be enabled for the writes. */
static int find_need(struct limit_job *j, struct cg_settings *out)
{
	const char **need = arena_alloc(j->a, (j->n + 1) * sizeof(*need));
	size_t n = 0;

	if (need == NULL)
		return err_memory(j->e);
	for (size_t i = 0; i < j->n; i++) {
		const char *c = j->w[i].controller;
		bool known = strcmp(c, "cgroup") == 0 || has_v1(j->layout, c);

		for (size_t k = 0; k < n; k++)
			known |= strcmp(need[k], c) == 0;
		if (!known)
			need[n++] = c;
	}
	out->need = need;
	out->n_need = n;
	return 0;
}

/* Where devices can be restricted at all: the v1 controller, or any cgroup2 tree. */
static bool can_devices(const struct cg_layout *l)
{
	return has_v1(l, "devices") || limit_unified_tree(l) != NULL;
}

static int build_devices(struct limit_job *j, const struct facts *f, struct cg_settings *out)
{
	const char *pointer = limit_text(j, "%s/devices", j->base);

	if (pointer == NULL)
		return -1;
	if (device_rules_build(&j->r->devices, pointer, j->a, out, j->e) < 0)
		return -1;
	if (f->rootless ||
	    f->in_userns) { /* the kernel lets neither list nor program be set there, nor a device be made */
		out->n_devices = 0;
		return 0;
	}
	if (can_devices(j->layout))
		return 0;
	out->n_devices = 0;
	if (j->layout->n == 0 && j->r->devices.n == 0)
		return 0;
	(void)err_kind(
		j->e, ERR_HOST,
		"this host cannot restrict devices: it has neither the cgroup v1 controller devices nor cgroup2");
	return err_at(j->e, "%s", pointer);
}

/* NULL: no memory for one that has nothing. */
static const struct cg_layout *layout_of(const struct facts *f, struct arena *a)
{
	return f->cgroups != NULL ? f->cgroups : arena_alloc(a, sizeof(*f->cgroups));
}

static int build_limits(struct limit_job *j, struct plan_cgroup *out)
{
	if (j->layout == NULL)
		return err_memory(j->e);
	for (size_t i = 0; i < array_len(rows); i++)
		if (compile_row(j, &rows[i]) < 0)
			return -1;
	out->settings.writes = j->w;
	out->settings.n_writes = j->n;
	return find_need(j, &out->settings);
}

int plan_resources_build(const struct oci_resources *r, const struct intent *intent, struct arena *a,
                         struct plan_cgroup *out, struct err *e)
{
	struct limit_job j = {
		.r = r, .layout = layout_of(&intent->facts, a), .base = "", .a = a, .warnings = &out->warnings, .e = e
	};

	out->manager = intent->manager;
	return build_limits(&j, out);
}

/* The groups: those that were recorded, else where they would be made. */
static int find_place(const struct plan *p, struct arena *a, const struct cg_place **out, struct err *e)
{
	const struct oci_linux *l = p->spec->linux_;
	const struct cg_layout *layout = p->intent->facts.cgroups;
	struct cg_place *place;

	*out = p->intent->place;
	if (*out != NULL || layout == NULL || layout->n == 0)
		return 0;
	place = arena_take(a, sizeof(*place));
	if (place == NULL)
		return err_memory(e);
	*out = place;
	if (p->intent->manager == CG_MANAGER_SYSTEMD)
		return cg_systemd_place(layout, l != NULL ? l->cgroups_path : NULL, p->intent->id,
		                        p->intent->facts.rootless ? &p->intent->facts.euid : NULL, place, e);
	return cg_place(layout, l != NULL ? l->cgroups_path : NULL, p->intent->id, place, e);
}

/* What annotations ask of systemd's unit. */
static int find_asked(const struct plan *p, struct arena *a, struct cg_settings *s, struct err *e)
{
	static const char prefix[] = "org.systemd.property.";
	const struct map_str *m = &p->spec->annotations;
	struct cg_asked *asked = arena_alloc(a, m->n * sizeof(*asked) + 1);

	if (asked == NULL)
		return err_memory(e);
	s->asked = asked;
	for (size_t i = 0; i < m->n; i++) {
		const char *name = m->items[i].key + sizeof(prefix) - 1;

		if (strncmp(m->items[i].key, prefix, sizeof(prefix) - 1) != 0)
			continue;
		asked[s->n_asked] = (struct cg_asked){ name, m->items[i].value,
			                               pointer_key(a, e, "/annotations", m->items[i].key) };
		if (asked[s->n_asked++].pointer == NULL)
			return -1;
	}
	return 0;
}

int plan_resources(struct plan *p, struct arena *a, struct err *e)
{
	static const struct oci_resources nothing = { .memory = NULL };
	const struct oci_linux *l = p->spec->linux_;
	struct limit_job j = { .r = l != NULL && l->resources != NULL ? l->resources : &nothing,
		               .layout = layout_of(&p->intent->facts, a),
		               .base = "/linux/resources",
		               .a = a,
		               .warnings = &p->warnings,
		               .e = e };

	p->cgroup.manager = p->intent->manager;
	if (p->cgroup.manager == CG_MANAGER_DISABLED)
		return 0;
	if (find_place(p, a, &p->cgroup.place, e) < 0)
		return -1;
	if (build_limits(&j, &p->cgroup) < 0)
		return -1;
	if (p->cgroup.manager == CG_MANAGER_SYSTEMD && find_asked(p, a, &p->cgroup.settings, e) < 0)
		return -1;
	return build_devices(&j, &p->intent->facts, &p->cgroup.settings);
}
