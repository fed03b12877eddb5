/* SPDX-License-Identifier: Apache-2.0
 *
 * intent - the inputs of plan_build besides config.json, as a JSON document
 */
#include "plan/intent.h"

#include <errno.h>
#include <string.h>

#include "libocispec/json_row.h"

/* The document; struct intent is what the program uses. */
struct intent_group {
	const char *controllers, *mount, *self, *path;
	struct opt_bool unified;
};
JSON_VEC(intent_group, struct intent_group);

struct intent_rdt {
	const char *clos, *monitor;
	struct opt_bool ours;
};

struct intent_doc {
	uint32_t version;
	const char *id, *bundle, *config, *rootfs, *created, *console, *boot_id, *root_place, *seccomp_receiver,
		*notify_dir;
	uint32_t owner, preserve_fds, listen_fds, manager, mode, euid, last_cap;
	uint64_t creator_start;
	int32_t creator;
	struct opt_bool no_pivot, no_new_keyring, detached, poststop, shares_pids, restored, in_userns, rootless,
		apparmor, selinux;
	struct map_str annotations;
	struct vec_intent_group groups;
	struct intent_rdt *rdt;
};

enum { INTENT_VERSION = 1 };

#define T struct intent_group
static const struct json_row intent_group_rows[] = {
	REQ(str, "controllers", controllers), REQ(str, "mount", mount), REQ(str, "self", self), OPT(str, "path", path),
	OPT(bool, "unified", unified),
};
#undef T
static JSON_TYPE(intent_group, intent_group_rows);

#define T struct intent_rdt
static const struct json_row intent_rdt_rows[] = {
	REQ(str, "clos", clos),
	OPT(str, "monitor", monitor),
	OPT(bool, "ours", ours),
};
#undef T
static JSON_TYPE(intent_rdt, intent_rdt_rows);

#define T struct intent_doc
static const struct json_row intent_doc_rows[] = {
	REQ(u32, "version", version),
	REQ(str, "id", id),
	REQ(str, "bundle", bundle),
	REQ(str, "config", config),
	REQ(str, "rootfs", rootfs),
	REQ(str, "created", created),
	REQ(str, "bootId", boot_id),
	REQ(i32, "creator", creator),
	REQ(u64, "creatorStart", creator_start),
	REQ(u32, "owner", owner),
	REQ(u32, "preserveFds", preserve_fds),
	REQ(u32, "listenFds", listen_fds),
	REQ(u32, "cgroupManager", manager),
	REQ(u32, "cgroupMode", mode),
	REQ(u32, "euid", euid),
	REQ(u32, "lastCap", last_cap),
	OPT(str, "console", console),
	OPT(str, "rootPlace", root_place),
	OPT(str, "seccompReceiver", seccomp_receiver),
	OPT(str, "notifyDir", notify_dir),
	OPT(bool, "noPivot", no_pivot),
	OPT(bool, "noNewKeyring", no_new_keyring),
	OPT(bool, "detached", detached),
	OPT(bool, "poststop", poststop),
	OPT(bool, "sharesPids", shares_pids),
	OPT(bool, "restored", restored),
	OPT(bool, "inUserns", in_userns),
	OPT(bool, "rootless", rootless),
	OPT(bool, "apparmor", apparmor),
	OPT(bool, "selinux", selinux),
	OPT_MAP("annotations", annotations),
	OPT_OBJECTS(intent_group, "groups", groups),
	OPT_OBJECT(intent_rdt, "rdt", rdt),
};
#undef T
static JSON_TYPE(intent_doc, intent_doc_rows);

static struct opt_bool when(bool v)
{
	return (struct opt_bool){ .set = v, .v = v };
}

static const char *path_in(const struct cg_place *place, const char *mount)
{
	for (size_t i = 0; place != NULL && i < place->n; i++)
		if (strcmp(place->dir[i].mount, mount) == 0)
			return place->dir[i].path;
	return NULL;
}

static int put_groups(const struct intent *in, struct arena *a, struct intent_doc *d)
{
	const struct cg_layout *l = in->facts.cgroups;
	size_t n = l == NULL ? 0 : l->n;

	d->groups.items = arena_alloc(a, n * sizeof(*d->groups.items) + 1);
	if (d->groups.items == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		d->groups.items[i] = (struct intent_group){ .controllers = l->hier[i].controllers,
			                                    .mount = l->hier[i].mount,
			                                    .self = l->hier[i].self,
			                                    .path = path_in(in->place, l->hier[i].mount),
			                                    .unified = when(l->hier[i].unified) };
	d->groups.n = n;
	d->groups.set = true;
	return 0;
}

int intent_write(const struct intent *in, struct arena *a, const char **text, size_t *len, struct err *e)
{
	struct intent_doc d = {
		.version = INTENT_VERSION,
		.id = in->id,
		.bundle = in->bundle,
		.config = in->config_name,
		.rootfs = in->rootfs,
		.created = in->created,
		.console = in->console_socket,
		.seccomp_receiver = in->seccomp_receiver,
		.notify_dir = in->notify_dir,
		.boot_id = in->boot_id,
		.root_place = in->root_place,
		.owner = in->owner,
		.preserve_fds = in->preserve_fds,
		.listen_fds = in->listen_fds,
		.manager = in->manager,
		.mode = in->facts.cgroups != NULL ? in->facts.cgroups->mode : CG_NONE,
		.euid = in->facts.euid,
		.last_cap = in->facts.last_cap,
		.creator_start = in->creator_start,
		.creator = in->creator_pid,
		.no_pivot = when(in->no_pivot),
		.no_new_keyring = when(in->no_new_keyring),
		.detached = when(in->detached),
		.poststop = when(in->poststop),
		.shares_pids = when(in->shares_pids),
		.restored = when(in->restored),
		.in_userns = when(in->facts.in_userns),
		.rootless = when(in->facts.rootless),
		.apparmor = when(in->facts.apparmor),
		.selinux = when(in->facts.selinux),
		.annotations = in->annotations,
	};
	struct intent_rdt rdt;

	if (in->rdt != NULL) {
		rdt = (struct intent_rdt){ in->rdt->clos, in->rdt->monitor, when(in->rdt->rule == RDT_MAKE) };
		d.rdt = &rdt;
	}
	if (put_groups(in, a, &d) < 0)
		return err_set(e, "write the intent: out of memory");
	*text = json_write(&intent_doc_type, &d, NULL, a, len);
	if (*text == NULL)
		return err_set(e, "write the intent: out of memory");
	return 0;
}

static int take_groups(const struct intent_doc *d, struct arena *a, struct intent *out, struct err *e)
{
	struct cg_layout *l = arena_take(a, sizeof(*l));
	struct cg_place *p = arena_take(a, sizeof(*p));

	if (l == NULL || p == NULL)
		return err_memory(e);
	if (d->groups.n > CG_HIER_MAX)
		return err_set(e, "read the intent: %zu control group hierarchies", d->groups.n);
	l->mode = (enum cg_mode)d->mode;
	l->n = p->n = 0;
	for (size_t i = 0; i < d->groups.n; i++) {
		const struct intent_group *g = &d->groups.items[i];

		l->hier[l->n++] = (struct cg_hier){
			.controllers = g->controllers, .mount = g->mount, .self = g->self, .unified = g->unified.v
		};
		if (g->path != NULL)
			p->dir[p->n++] = (struct cg_dir){ .controllers = g->controllers,
				                          .mount = g->mount,
				                          .path = g->path,
				                          .unified = g->unified.v };
	}
	out->facts.cgroups = l;
	out->place = p->n > 0 ? p : NULL;
	return 0;
}

static int take_rdt(const struct intent_doc *d, struct arena *a, struct intent *out, struct err *e)
{
	struct rdt_group *g;

	if (d->rdt == NULL)
		return 0;
	g = arena_alloc(a, sizeof(*g));
	if (g == NULL)
		return err_memory(e);
	*g = (struct rdt_group){ .clos = d->rdt->clos,
		                 .monitor = d->rdt->monitor,
		                 .rule = d->rdt->ours.v ? RDT_MAKE : RDT_JOIN };
	out->rdt = g;
	return 0;
}

int intent_read(const char *text, size_t len, struct arena *a, struct intent *out, struct err *e)
{
	const struct json_text in = { .name = "intent", .text = text, .len = len };
	const struct intent_doc *d;
	struct json_error je;

	d = json_read(&in, &intent_doc_type, a, &je);
	if (d == NULL)
		return je.memory ? err_num(e, ENOMEM, "%s", je.text) : err_set(e, "%s", je.text);
	if (d->version != INTENT_VERSION)
		return err_set(e, "intent: written by a version of ocirt with another layout (%u, ours is %d)",
		               d->version, INTENT_VERSION);
	*out = (struct intent){
		.id = d->id,
		.bundle = d->bundle,
		.rootfs = d->rootfs,
		.annotations = d->annotations,
		.poststop = d->poststop.v,
		.shares_pids = d->shares_pids.v,
		.restored = d->restored.v,
		.config_name = d->config,
		.created = d->created,
		.owner = d->owner,
		.no_pivot = d->no_pivot.v,
		.no_new_keyring = d->no_new_keyring.v,
		.preserve_fds = d->preserve_fds,
		.listen_fds = d->listen_fds,
		.manager = (enum cg_manager)d->manager,
		.console_socket = d->console,
		.seccomp_receiver = d->seccomp_receiver,
		.notify_dir = d->notify_dir,
		.detached = d->detached.v,
		.facts = { .euid = d->euid,
		           .in_userns = d->in_userns.v,
		           .rootless = d->rootless.v,
		           .apparmor = d->apparmor.v,
		           .selinux = d->selinux.v,
		           .last_cap = d->last_cap },
		.creator_pid = d->creator,
		.creator_start = d->creator_start,
		.boot_id = d->boot_id,
		.root_place = d->root_place,
	};
	return take_groups(d, a, out, e) < 0 ? -1 : take_rdt(d, a, out, e);
}
