/* SPDX-License-Identifier: Apache-2.0
 *
 * create_groups - the steps of create that have to do with control groups, and with the class of resctrl
 *
 * In the runtime, with the host's files in view. config-linux.md#control-groups, #intelrdt.
 */
#include "life/create_groups.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "life/resctrl.h"
#include "plan/annotations.h"

enum { REMOVE_TIMEOUT_MS = 10000 };

bool creation_has_groups(const void *ctx)
{
	return ((const struct creation *)ctx)->plan->cgroup.place != NULL;
}

static const struct cg_driver *driver(const struct creation *cr)
{
	return cg_driver_of(cr->intent.manager);
}

static bool names_groups(const struct creation *cr)
{
	const struct oci_linux *l = cr->spec->linux_;

	return l != NULL && l->cgroups_path != NULL && *l->cgroups_path != '\0';
}

int creation_check_groups(void *ctx, struct err *e)
{
	struct creation *cr = ctx;

	if (cr->plan->cgroup.place == NULL || cg_check(cr->plan->cgroup.place, e) == 0)
		return 0;
	return names_groups(cr) ? err_at(e, "/linux/cgroupsPath") : -1;
}

/*
 * A user without a delegated group gets a container without one, unless he named it, and is told what that costs. (podman has a limit
 * of processes for everybody.)
 */
static bool does_without(const struct creation *cr, struct err *e)
{
	bool denied = e->sys == EACCES || e->sys == EPERM || e->sys == EROFS;

	if (cr->g->rootless == LIFE_ROOTLESS_FALSE ||
	    (!cr->intent.facts.rootless && cr->g->rootless == LIFE_ROOTLESS_AUTO))
		return false;
	if (denied && names_groups(cr))
		return false;
	if (denied && cr->plan->cgroup.settings.n_writes > 0)
		log_warn("no limits are set: %s", e->text);
	return denied;
}

int creation_make_groups(void *ctx, struct err *e)
{
	struct creation *cr = ctx;
	const struct cg_settings *all = &cr->plan->cgroup.settings;
	const struct cg_settings bare = { .need = all->need, .n_need = all->n_need };

	if (driver(cr)->prepare(cr->plan->cgroup.place, &bare, e) == 0) {
		cr->groups_begun = true; /* not before: a group that was refused is somebody else's */
		return 0;
	}
	if (!does_without(cr, e))
		return names_groups(cr) ? err_at(e, "/linux/cgroupsPath") : -1;
	log_debug("no control group: %s", e->text);
	cr->intent.manager = CG_MANAGER_DISABLED;
	cr->intent.place = NULL;
	cr->plan = plan_build(cr->spec, &cr->intent, &cr->arena, e); /* the stage will make the same one */
	return cr->plan == NULL ? -1 : creation_record_intent(cr, e);
}

void creation_remove_groups(void *ctx)
{
	struct creation *cr = ctx;
	struct err e;

	if (cr->groups_begun && driver(cr)->remove(cr->plan->cgroup.place, REMOVE_TIMEOUT_MS, &e) < 0)
		log_warn("%s", e.text);
}

int creation_clear_groups(struct creation *cr, struct err *e)
{
	struct stat st;

	if (!creation_has_groups(cr) || fstatat(cr->c.root_fd, cr->c.id, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno != ENOENT)
		return err_sys(e, "look for the state directory of container \"%s\"", cr->c.id);
	return driver(cr)->remove(cr->plan->cgroup.place, REMOVE_TIMEOUT_MS, e);
}

bool creation_is_born_inside(const void *ctx)
{
	const struct creation *cr = ctx;

	return creation_has_groups(cr) && driver(cr)->born_inside;
}

int creation_set_limits(void *ctx, struct err *e)
{
	struct creation *cr = ctx;
	struct cg_settings all = cr->plan->cgroup.settings;

	all.fresh = true;
	return driver(cr)->apply(cr->plan->cgroup.place, &all, e);
}

bool creation_is_moved(const void *ctx)
{
	const struct creation *cr = ctx;

	return creation_has_groups(cr) && !driver(cr)->born_inside;
}

int creation_join_groups(void *ctx, struct err *e)
{
	struct creation *cr = ctx;

	return driver(cr)->join(cr->plan->cgroup.place, cr->l.pid, &cr->plan->cgroup.settings, e);
}

bool creation_gives_group(const void *ctx)
{
	return creation_has_groups(ctx) && ((const struct creation *)ctx)->plan->cgroup.given != NULL;
}

int creation_give_group(void *ctx, struct err *e)
{
	const struct plan *p = ((struct creation *)ctx)->plan;
	struct cg_place below;

	if (p->asked.subgroup != NULL && cg_sub_make(p->cgroup.place, p->asked.subgroup, &below, e) < 0)
		return err_at(e, "/annotations/run.oci.systemd.subgroup");
	if (cg_give(p->asked.subgroup != NULL ? &below : p->cgroup.place, p->cgroup.owner, (gid_t)-1, e) < 0)
		return err_at(e, "%s", p->cgroup.given);
	return 0;
}

bool creation_has_subgroup(const void *ctx)
{
	return creation_has_groups(ctx) && ((const struct creation *)ctx)->plan->asked.subgroup != NULL;
}

int creation_join_subgroup(void *ctx, struct err *e)
{
	struct creation *cr = ctx;
	struct cg_place below;

	if (cg_sub_make(cr->plan->cgroup.place, cr->plan->asked.subgroup, &below, e) < 0 ||
	    cg_attach(&below, cr->l.pid, e) < 0)
		return err_at(e, "/annotations/run.oci.systemd.subgroup");
	return 0;
}

/* The group NAME below the one that is the root of the cgroup namespace: the process goes there, and it is its user's. */
static int join_below(struct creation *cr, const char *name, struct err *e)
{
	const struct plan *p = cr->plan;
	const char *above = p->asked.subgroup;
	char path[2 * NAME_MAX + 2];
	struct cg_place below;

	(void)snprintf(path, sizeof(path), "%s%s%s", above != NULL ? above : "", above != NULL ? "/" : "",
	               name); /* fits */
	if (cg_sub_make(p->cgroup.place, path, &below, e) < 0 ||
	    cg_give(&below, plan_id_on_host(&p->ns.uid_map, p->process.uid),
	            plan_id_on_host(&p->ns.gid_map, p->process.gid), e) < 0 ||
	    cg_attach(&below, cr->l.pid, e) < 0)
		return -1;
	return 0;
}

bool creation_has_delegate(const void *ctx)
{
	const struct plan_asked *asked = &((const struct creation *)ctx)->plan->asked;

	return creation_has_groups(ctx) && (asked->delegate != NULL || asked->leaf != NULL);
}

int creation_join_delegate(void *ctx, struct err *e)
{
	struct creation *cr = ctx;
	const struct plan_asked *asked = &cr->plan->asked;

	if (asked->leaf != NULL && join_below(cr, asked->leaf, e) < 0)
		return err_at(e, "/annotations/" ANNOTATION_LEAF);
	if (asked->delegate != NULL && join_below(cr, asked->delegate, e) < 0)
		return err_at(e, "/annotations/run.oci.delegate-cgroup");
	return 0;
}

/* --- resctrl --------------------------------------------------------------------------------------------------------- */

bool creation_has_class(const void *ctx)
{
	return ((const struct creation *)ctx)->plan->rdt != NULL;
}

int creation_check_class(void *ctx, struct err *e)
{
	return resctrl_check(((struct creation *)ctx)->plan->rdt, e);
}

int creation_make_class(void *ctx, struct err *e)
{
	struct creation *cr = ctx;

	if (resctrl_make(cr->plan->rdt, &cr->class_made, e) < 0)
		return -1;
	cr->class_begun = true;
	return 0;
}

/* Whatever the rule for `delete` is. */
void creation_remove_class(void *ctx)
{
	struct creation *cr = ctx;
	struct rdt_group g;
	struct err e;

	if (!cr->class_begun)
		return;
	g = *cr->plan->rdt;
	g.rule = cr->class_made ? RDT_MAKE : RDT_JOIN;
	if (resctrl_remove(&g, &e) < 0)
		log_warn("%s", e.text);
}

int creation_join_class(void *ctx, struct err *e)
{
	struct creation *cr = ctx;

	return resctrl_join(cr->plan->rdt, cr->l.pid, e);
}
