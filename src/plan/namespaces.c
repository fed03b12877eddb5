/* SPDX-License-Identifier: Apache-2.0
 *
 * namespaces - which namespaces are made, joined or shared, the id maps and clock offsets, and the names that live in them
 *
 * config-linux.md#namespaces, #user-namespace-mappings, #offset-for-time-namespace; config.md#hostname. What cannot be combined
 * is refused here, before anything is done.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/ns.h"
#include "kernel/sys.h"
#include "plan/plan.h"

static const int flag_of[] = {
	[OCI_NS_MOUNT] = CLONE_NEWNS,      [OCI_NS_PID] = CLONE_NEWPID,   [OCI_NS_NETWORK] = CLONE_NEWNET,
	[OCI_NS_UTS] = CLONE_NEWUTS,       [OCI_NS_IPC] = CLONE_NEWIPC,   [OCI_NS_USER] = CLONE_NEWUSER,
	[OCI_NS_CGROUP] = CLONE_NEWCGROUP, [OCI_NS_TIME] = CLONE_NEWTIME,
};

bool plan_ns_joins(const struct plan_namespaces *ns, int flag)
{
	for (size_t i = 0; i < ns->n_join; i++)
		if (ns->join[i].flag == flag)
			return true;
	return false;
}

bool plan_ns_own(const struct plan_namespaces *ns, int flag)
{
	return (ns->make & flag) != 0 || plan_ns_joins(ns, flag);
}

static const char *pointer_of(struct arena *a, const char *fmt, size_t i)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%s/%zu", fmt, i);

	return arena_strndup(a, text, (size_t)n);
}

static int add_namespace(struct plan *p, const struct oci_namespace *ns, size_t i, struct arena *a, struct err *e)
{
	const char *pointer = pointer_of(a, "/linux/namespaces", i);
	int flag = flag_of[ns->type];
	const char *name = json_word(&oci_ns_words, ns->type);

	if (pointer == NULL)
		return err_set(e, "out of memory");
	if (plan_ns_own(&p->ns, flag))
		return err_config(e, pointer, "the %s namespace is listed twice", name);
	if (ns->path == NULL || ns->path[0] == '\0') {
		p->ns.make |= flag;
		return 0;
	}
	if (ns->path[0] != '/')
		return err_config(e, pointer, "the path of the %s namespace is not absolute: \"%s\"", name, ns->path);
	p->ns.join[p->ns.n_join++] =
		(struct plan_join){ .flag = flag, .name = name, .path = ns->path, .pointer = pointer };
	return 0;
}

static bool meet(uint32_t a, uint32_t b, uint32_t size_a, uint32_t size_b)
{
	return a < b ? size_a > b - a : size_b > a - b;
}

/* The kernel would say EINVAL for the whole map. */
static int check_overlap(const struct vec_oci_id_mapping *map, size_t i, const char *at, struct err *e)
{
	const struct oci_id_mapping *m = &map->items[i];

	for (size_t k = 0; k < i; k++) {
		const struct oci_id_mapping *o = &map->items[k];

		if (meet(m->container_id, o->container_id, m->size, o->size))
			return err_config(e, at, "its ids in the container overlap with those of row %zu", k);
		if (meet(m->host_id, o->host_id, m->size, o->size))
			return err_config(e, at, "its ids on the host overlap with those of row %zu", k);
	}
	return 0;
}

static int check_rows(const struct vec_oci_id_mapping *map, const char *pointer, struct arena *a, struct err *e)
{
	if (map->n > IDMAP_ROWS_MAX)
		return err_config(e, pointer, "%zu rows: the kernel takes %d at most", map->n, IDMAP_ROWS_MAX);
	for (size_t i = 0; i < map->n; i++) {
		const struct oci_id_mapping *m = &map->items[i];
		const char *at = pointer_of(a, pointer, i);

		if (at == NULL)
			return err_set(e, "out of memory");
		if (m->size == 0)
			return err_config(e, at, "a mapping of size 0");
		if (m->container_id > UINT32_MAX - m->size || m->host_id > UINT32_MAX - m->size)
			return err_config(e, at, "the mapping runs past the last id (4294967294)");
		if (check_overlap(map, i, at, e) < 0)
			return -1;
	}
	return 0;
}

int plan_id_map(const struct vec_oci_id_mapping *map, const char *pointer, struct arena *a, struct plan_id_map *out,
                struct err *e)
{
	struct idmap_row *rows;

	if (check_rows(map, pointer, a, e) < 0)
		return -1;
	rows = arena_alloc(a, map->n * sizeof(*rows) + 1);
	if (rows == NULL)
		return err_set(e, "out of memory");
	for (size_t i = 0; i < map->n; i++)
		rows[i] = (struct idmap_row){ .inside = map->items[i].container_id,
			                      .outside = map->items[i].host_id,
			                      .count = map->items[i].size };
	*out = (struct plan_id_map){ .rows = rows, .n = map->n };
	return 0;
}

static int plan_user(struct plan *p, const struct oci_linux *l, struct arena *a, struct err *e)
{
	if (plan_ns_joins(&p->ns, CLONE_NEWUSER))
		return 0; /* it has its maps */
	if ((p->ns.make & CLONE_NEWUSER) == 0) {
		if (l->uid_mappings.n > 0 || l->gid_mappings.n > 0)
			return err_config(e, l->uid_mappings.n > 0 ? "/linux/uidMappings" : "/linux/gidMappings",
			                  "id mappings, but /linux/namespaces has no user namespace");
		return 0;
	}
	if (l->uid_mappings.n == 0 || l->gid_mappings.n == 0)
		return err_config(e, l->uid_mappings.n == 0 ? "/linux/uidMappings" : "/linux/gidMappings",
		                  "a new user namespace needs at least one row of both uidMappings and gidMappings");
	if (plan_id_map(&l->uid_mappings, "/linux/uidMappings", a, &p->ns.uid_map, e) < 0)
		return -1;
	return plan_id_map(&l->gid_mappings, "/linux/gidMappings", a, &p->ns.gid_map, e);
}

static int plan_offset(const struct oci_time_offset *from, struct plan_time_offset *to, const char *pointer,
                       struct err *e)
{
	if (from == NULL)
		return 0;
	if (from->nanosecs.set && from->nanosecs.v > 999999999) {
		(void)err_kind(e, ERR_CONFIG, "nanosecs is %u, more than 999999999",
		               from->nanosecs.v); /* -1 is what is returned */
		return err_at(e, "%s/nanosecs", pointer);
	}
	*to = (struct plan_time_offset){ .set = true, .secs = from->secs.v, .nanosecs = from->nanosecs.v };
	return 0;
}

static int plan_clocks(struct plan *p, const struct oci_linux *l, struct err *e)
{
	if (l->time_offsets == NULL || (l->time_offsets->boottime == NULL && l->time_offsets->monotonic == NULL))
		return 0;
	if ((p->ns.make & CLONE_NEWTIME) == 0)
		return err_config(e, "/linux/timeOffsets",
		                  "clock offsets, but /linux/namespaces makes no time namespace");
	if (plan_offset(l->time_offsets->boottime, &p->ns.boottime, "/linux/timeOffsets/boottime", e) < 0)
		return -1;
	return plan_offset(l->time_offsets->monotonic, &p->ns.monotonic, "/linux/timeOffsets/monotonic", e);
}

static int plan_names(struct plan *p, struct err *e)
{
	const char *hostname = p->spec->hostname, *domainname = p->spec->domainname;

	if (hostname != NULL && hostname[0] != '\0') {
		if (!plan_ns_own(&p->ns, CLONE_NEWUTS))
			return err_config(e, "/hostname", "a hostname, but /linux/namespaces has no uts namespace");
		if (strlen(hostname) > 64)
			return err_config(e, "/hostname", "a hostname of %zu bytes, the kernel takes 64",
			                  strlen(hostname));
		p->hostname = hostname;
	}
	if (domainname != NULL && domainname[0] != '\0') {
		if (!plan_ns_own(&p->ns, CLONE_NEWUTS))
			return err_config(e, "/domainname", "a domainname, but /linux/namespaces has no uts namespace");
		if (strlen(domainname) > 64)
			return err_config(e, "/domainname", "a domainname of %zu bytes, the kernel takes 64",
			                  strlen(domainname));
		p->domainname = domainname;
	}
	return 0;
}

/*
 * A mount namespace that is joined has its root already; from a new user namespace it could not be entered any more. And from
 * whatever other user namespace nothing can be mounted in ours.
 */
static int check_combination(const struct plan *p, struct err *e)
{
	if ((p->ns.make & CLONE_NEWUSER) != 0 && plan_ns_joins(&p->ns, CLONE_NEWNS))
		return err_config(
			e, "/linux/namespaces",
			"a mount namespace by path cannot be joined from a new user namespace that does not own it");
	if (plan_ns_own(&p->ns, CLONE_NEWUSER) && !plan_ns_own(&p->ns, CLONE_NEWNS))
		return err_config(e, "/linux/namespaces",
		                  "a user namespace without a mount namespace: the container could mount nothing");
	return 0;
}

int plan_namespaces(struct plan *p, struct arena *a, struct err *e)
{
	static const struct oci_linux none;
	const struct oci_linux *l = p->spec->linux_ != NULL ? p->spec->linux_ : &none;

	for (size_t i = 0; i < l->namespaces.n; i++)
		if (add_namespace(p, &l->namespaces.items[i], i, a, e) < 0)
			return -1;
	if (plan_user(p, l, a, e) < 0 || plan_clocks(p, l, e) < 0 || plan_names(p, e) < 0 ||
	    check_combination(p, e) < 0)
		return -1;
	p->ns.lo_up = (p->ns.make & CLONE_NEWNET) != 0;
	p->ns.fork_in_init = (plan_ns_joins(&p->ns, CLONE_NEWPID) && (p->ns.make & CLONE_NEWUSER) == 0) ||
	                     (plan_ns_joins(&p->ns, CLONE_NEWUSER) && (p->ns.make & CLONE_NEWPID) != 0);
	return 0;
}
