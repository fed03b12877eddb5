/* SPDX-License-Identifier: Apache-2.0
 *
 * namespaces - which namespaces are made, joined or shared, the id maps and clock offsets, and the names that live in them
 *
 * config-linux.md#namespaces, #user-namespace-mappings, #offset-for-time-namespace; config.md#hostname. What cannot be combined
 * is refused here, before anything is done.
 */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "kernel/ns.h"
#include "kernel/sys.h"
#include "plan/plan.h"
#include "plan/pointer.h"

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

static int add_namespace(struct plan *p, const struct oci_namespace *ns, size_t i, struct arena *a, struct err *e)
{
	const char *pointer = plan_string(a, e, "/linux/namespaces/%zu", i);
	int flag = flag_of[ns->type];
	const char *name = json_word(&oci_ns_words, ns->type);

	if (pointer == NULL)
		return -1;
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

/* Rows of a map as they are written: those that go on where the one before ends may be one. */
struct rows {
	struct idmap_row *row;
	size_t *from; /* which row of config.json each begins with */
	size_t n;
};

static bool goes_on(const struct idmap_row *a, const struct idmap_row *b)
{
	return a->inside + a->count == b->inside && a->outside + a->count == b->outside;
}

/* The kernel would say EINVAL for the whole map. */
static int check_overlap(const struct rows *r, size_t i, const char *pointer, struct err *e)
{
	const struct idmap_row *m = &r->row[i];
	const char *side = NULL;

	for (size_t k = 0; k < i && side == NULL; k++) {
		const struct idmap_row *o = &r->row[k];

		if (meet(m->inside, o->inside, m->count, o->count))
			side = "in the container";
		else if (meet(m->outside, o->outside, m->count, o->count))
			side = "on the host";
		if (side != NULL)
			(void)err_kind(e, ERR_CONFIG, "its ids %s overlap with those of row %zu", side,
			               r->from[k]); /* -1 is returned */
	}
	return side == NULL ? 0 : err_at(e, "%s/%zu", pointer, r->from[i]);
}

static int check_row(const struct oci_id_mapping *m, size_t i, const char *pointer, struct err *e)
{
	if (m->size == 0)
		(void)err_kind(e, ERR_CONFIG, "a mapping of size 0"); /* -1 is what is returned */
	else if (m->container_id > UINT32_MAX - m->size || m->host_id > UINT32_MAX - m->size)
		(void)err_kind(e, ERR_CONFIG, "the mapping runs past the last id (4294967294)"); /* as above */
	else
		return 0;
	return err_at(e, "%s/%zu", pointer, i);
}

/*
 * The kernel takes 340 rows, and less than a page of text. A map within that is written as it stands; of a longer one, rows that
 * go on are joined.
 */
static void join_rows(struct rows *r)
{
	enum { TEXT_MAX = 4095 };
	size_t len = 0, n = 0;

	for (size_t i = 0; i < r->n; i++)
		len += (size_t)snprintf(NULL, 0, "%u %u %u\n", r->row[i].inside, r->row[i].outside, r->row[i].count);
	if (r->n <= IDMAP_ROWS_MAX && len <= TEXT_MAX)
		return;
	for (size_t i = 1; i < r->n; i++) {
		if (goes_on(&r->row[n], &r->row[i])) {
			r->row[n].count += r->row[i].count;
			continue;
		}
		r->row[++n] = r->row[i];
		r->from[n] = i;
	}
	r->n = n + 1;
}

static int take_rows(const struct vec_oci_id_mapping *map, const char *pointer, struct arena *a, struct rows *r,
                     struct err *e)
{
	r->row = arena_alloc(a, map->n * sizeof(*r->row) + 1);
	r->from = arena_alloc(a, map->n * sizeof(*r->from) + 1);
	if (r->row == NULL || r->from == NULL)
		return err_memory(e);
	for (r->n = 0; r->n < map->n; r->n++) {
		const struct oci_id_mapping *m = &map->items[r->n];

		if (check_row(m, r->n, pointer, e) < 0)
			return -1;
		r->row[r->n] = (struct idmap_row){ .inside = m->container_id, .outside = m->host_id, .count = m->size };
		r->from[r->n] = r->n;
	}
	return 0;
}

int plan_id_map(const struct vec_oci_id_mapping *map, const char *pointer, struct arena *a, struct plan_id_map *out,
                struct err *e)
{
	struct rows r = { 0 };

	if (take_rows(map, pointer, a, &r, e) < 0)
		return -1;
	join_rows(&r);
	if (r.n > IDMAP_ROWS_MAX)
		return err_config(e, pointer, "%zu rows: the kernel takes %d at most", r.n, IDMAP_ROWS_MAX);
	for (size_t i = 0; i < r.n; i++)
		if (check_overlap(&r, i, pointer, e) < 0)
			return -1;
	*out = (struct plan_id_map){ .rows = r.row, .n = r.n };
	return 0;
}

static int plan_maps(struct plan *p, const struct oci_linux *l, struct arena *a, struct err *e)
{
	if (plan_id_map(&l->uid_mappings, "/linux/uidMappings", a, &p->ns.uid_map, e) < 0)
		return -1;
	return plan_id_map(&l->gid_mappings, "/linux/gidMappings", a, &p->ns.gid_map, e);
}

/* The runtime becomes root of the new namespace before it does anything else there. */
static int check_root(const struct plan_id_map *map, const char *pointer, struct err *e)
{
	for (size_t i = 0; i < map->n; i++)
		if (map->rows[i].inside == 0)
			return 0;
	return err_config(e, pointer, "id 0 of the container is in no row: nobody could make its mounts");
}

static int plan_user(struct plan *p, const struct oci_linux *l, struct arena *a, struct err *e)
{
	if (plan_ns_joins(&p->ns, CLONE_NEWUSER))
		return plan_maps(p, l, a, e); /* it has its maps: these are held against them */
	if ((p->ns.make & CLONE_NEWUSER) == 0) {
		if (l->uid_mappings.n > 0 || l->gid_mappings.n > 0)
			return err_config(e, l->uid_mappings.n > 0 ? "/linux/uidMappings" : "/linux/gidMappings",
			                  "id mappings, but /linux/namespaces has no user namespace");
		return 0;
	}
	if (l->uid_mappings.n == 0 || l->gid_mappings.n == 0)
		return err_config(e, l->uid_mappings.n == 0 ? "/linux/uidMappings" : "/linux/gidMappings",
		                  "a new user namespace needs at least one row of both uidMappings and gidMappings");
	if (plan_maps(p, l, a, e) < 0 || check_root(&p->ns.uid_map, "/linux/uidMappings", e) < 0)
		return -1;
	return check_root(&p->ns.gid_map, "/linux/gidMappings", e);
}

enum { NANOSECS_MAX = 999999999 };

static int plan_offset(const struct oci_time_offset *from, struct plan_time_offset *to, const char *pointer,
                       struct err *e)
{
	if (from == NULL)
		return 0;
	if (from->nanosecs.set && from->nanosecs.v > NANOSECS_MAX) {
		(void)err_kind(e, ERR_CONFIG, "nanosecs is %u, more than %d", from->nanosecs.v,
		               NANOSECS_MAX); /* -1 is what is returned */
		return err_at(e, "%s/nanosecs", pointer);
	}
	*to = (struct plan_time_offset){ .set = true, .secs = from->secs.v, .nanosecs = from->nanosecs.v };
	return 0;
}

/* "CLOCK SECS NANOSECS" of timens_offsets (time_namespaces(7)); false: none of these. */
static bool read_clock(struct plan_namespaces *ns, const char *line, size_t len)
{
	static const char blanks[] = " \t\r\v\f";
	char text[128], *rest = text, *word[3];
	struct plan_time_offset *to;
	uint64_t nanosecs;
	int64_t secs;

	if (len >= sizeof(text))
		return false;
	memcpy(text, line, len);
	text[len] = '\0';
	for (size_t i = 0; i < array_len(word); i++) {
		word[i] = rest + strspn(rest, blanks);
		rest = word[i] + strcspn(word[i], blanks);
		if (*rest != '\0')
			*rest++ = '\0';
	}
	if (rest[strspn(rest, blanks)] != '\0' || !num_i64(word[1], INT64_MIN, INT64_MAX, &secs) ||
	    !num_u64(word[2], NANOSECS_MAX, &nanosecs))
		return false;
	if (strcmp(word[0], "monotonic") == 0 || strcmp(word[0], "1") == 0)
		to = &ns->monotonic;
	else if (strcmp(word[0], "boottime") == 0 || strcmp(word[0], "7") == 0)
		to = &ns->boottime;
	else
		return false;
	*to = (struct plan_time_offset){ .set = true, .secs = secs, .nanosecs = (uint32_t)nanosecs };
	return true;
}

static int plan_asked_clocks(struct plan *p, const struct oci_linux *l, struct err *e)
{
	static const char at[] = "/annotations/run.oci.timens_offset";
	const char *line = p->asked.clocks;

	if (line == NULL)
		return 0;
	if (l->time_offsets != NULL)
		return err_config(e, at, "clock offsets, but /linux/timeOffsets has some, too");
	if ((p->ns.make & CLONE_NEWTIME) == 0)
		return err_config(e, at, "clock offsets, but /linux/namespaces makes no time namespace");
	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		if (len > 0 && !read_clock(&p->ns, line, len))
			return err_config(e, at, "\"%.*s\": expected monotonic or boottime, seconds, nanoseconds",
			                  (int)len, line);
		line += len + (line[len] == '\n');
	}
	return 0;
}

static int plan_clocks(struct plan *p, const struct oci_linux *l, struct err *e)
{
	if (plan_asked_clocks(p, l, e) < 0)
		return -1;
	if (l->time_offsets == NULL || (l->time_offsets->boottime == NULL && l->time_offsets->monotonic == NULL))
		return 0;
	if ((p->ns.make & CLONE_NEWTIME) == 0)
		return err_config(e, "/linux/timeOffsets",
		                  "clock offsets, but /linux/namespaces makes no time namespace");
	if (plan_offset(l->time_offsets->boottime, &p->ns.boottime, "/linux/timeOffsets/boottime", e) < 0)
		return -1;
	return plan_offset(l->time_offsets->monotonic, &p->ns.monotonic, "/linux/timeOffsets/monotonic", e);
}

static int plan_name(const struct plan *p, const char *name, const char *pointer, const char **to, struct err *e)
{
	if (name == NULL || name[0] == '\0')
		return 0;
	if (!plan_ns_own(&p->ns, CLONE_NEWUTS))
		return err_config(e, pointer, "a %s, but /linux/namespaces has no uts namespace", pointer + 1);
	if ((p->ns.make & CLONE_NEWUSER) != 0 && plan_ns_joins(&p->ns, CLONE_NEWUTS))
		return err_config(e, pointer,
		                  "a %s, but the uts namespace that is joined cannot belong to the new user namespace, "
		                  "which has no right to change it",
		                  pointer + 1);
	if (strlen(name) > 64)
		return err_config(e, pointer, "a %s of %zu bytes, the kernel takes 64", pointer + 1, strlen(name));
	*to = name;
	return 0;
}

static int plan_names(struct plan *p, struct err *e)
{
	if (plan_name(p, p->spec->hostname, "/hostname", &p->hostname, e) < 0)
		return -1;
	return plan_name(p, p->spec->domainname, "/domainname", &p->domainname, e);
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

/*
 * It is the namespace that takes longest to make, a sixth of a start. It can be handed to the stage later where it belongs to our
 * user namespace, the stage is in its groups by itself and what follows has nothing else to wait for; and where the runtime may return
 * to its own, which in a user namespace can be another's.
 */
static bool is_net_apart(const struct plan *p, const struct oci_linux *l)
{
	return (p->ns.make & CLONE_NEWNET) != 0 && (p->ns.make & (CLONE_NEWUSER | CLONE_NEWTIME)) == 0 &&
	       !p->intent->facts.in_userns && p->ns.n_join == 0 && l->net_devices.n == 0 &&
	       p->intent->manager != CG_MANAGER_SYSTEMD && p->asked.subgroup == NULL;
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
	p->ns.net_apart = is_net_apart(p, l);
	p->ns.lo_up = (p->ns.make & CLONE_NEWNET) != 0;
	p->ns.fork_in_init = (plan_ns_joins(&p->ns, CLONE_NEWPID) && (p->ns.make & CLONE_NEWUSER) == 0) ||
	                     (plan_ns_joins(&p->ns, CLONE_NEWUSER) && (p->ns.make & CLONE_NEWPID) != 0);
	return 0;
}
