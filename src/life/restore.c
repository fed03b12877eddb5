/* SPDX-License-Identifier: Apache-2.0
 *
 * restore - makes a container out of the files of a checkpoint: create's steps, with criu in place of the init stage
 *
 * criu(8), https://criu.org. State, control groups, limits, hooks and pid file are made as create makes them. The criu process is
 * moved to the container's groups, so that what it restores begins there; it makes the container's first process a child of ours
 * (rst_sibling), as the init stage would be.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/spawn.h"
#include "kernel/guard.h"
#include "kernel/root.h"
#include "kernel/sys.h"
#include "life/create.h"
#include "life/criu_host.h"
#include "life/criu_verbs.h"
#include "life/life.h"
#include "life/notify.h"

static const char log_name[] = "restore.log";

struct restoration {
	const struct restore_options *o;
	struct creation *cr;
	char program[PATH_MAX];
	struct images im;
	struct criu criu;
	struct criu_options opts;
	const char *root_path; /* a mount of the root file system, for as long as criu works */
	int root;
	pid_t begun; /* the container's first process, from the time it exists */
};

/* --- before criu runs ------------------------------------------------------------------------------------------------ */

/* criu wants a root that is a mount of its own; what it is a slave of, the container's will be (rootfsPropagation). */
static int show_root(struct restoration *r, struct err *e)
{
	const char *path = r->cr->plan->fs.root;
	auto_fd int at = root_open(path, e);

	if (at < 0 || store_make_place(&r->cr->c, &r->root_path, e) < 0)
		return -1;
	r->root = root_show(path, at, r->root_path, MS_SLAVE, false, e);
	return r->root < 0 ? -1 : 0;
}

static int open_inherited(struct restoration *r, struct err *e)
{
	struct creation *cr = r->cr;

	if (criu_give_stdio(&r->im, &cr->arena, &r->opts.inherit, e) < 0)
		return -1;
	return criu_give_namespaces(cr->plan, &cr->arena, &r->opts.inherit, &r->opts.join, e);
}

static int start_criu(struct restoration *r, struct err *e)
{
	struct launch *l = &r->cr->l;
	bool ours = r->o->criu.shell_job;
	int std[3];
	auto_fd int null = criu_streams(ours, std, e);

	if ((null < 0 && !ours) || criu_start(&r->criu, r->program, std, &r->opts.inherit, e) < 0)
		return -1;
	l->pid = r->criu.pid;
	l->pidfd = sys_pidfd_open(l->pid);
	return l->pidfd < 0 ? err_sys(e, "open process %d", l->pid) : 0;
}

/* The driver whose processes are born in their groups has nobody else to move it. */
static int join_groups(const struct creation *cr, struct err *e)
{
	const struct cg_place *place = cr->plan->cgroup.place;

	if (place == NULL || !cg_driver_of(cr->intent.manager)->born_inside)
		return 0;
	return cg_attach(place, cr->l.pid, e);
}

static int launch(struct creation *cr, void *ctx, struct err *e)
{
	struct restoration *r = ctx;

	r->cr = cr;
	if ((cr->plan->ns.make & CLONE_NEWNS) == 0)
		return err_kind(e, ERR_HOST, "a container without a mount namespace of its own cannot be restored");
	if (criu_choose(&r->o->criu, &cr->intent, &r->opts, e) < 0)
		return -1;
	if (show_root(r, e) < 0 || open_inherited(r, e) < 0)
		return -1;
	if (criu_check_version(r->program, &r->opts, e) < 0)
		return criu_explain(r->program, -1, NULL, NULL, e);
	(void)unlinkat(r->im.work, log_name, 0); /* of an earlier one; mostly there is none */
	return start_criu(r, e) < 0 ? -1 : join_groups(cr, e);
}

/* --- while it works -------------------------------------------------------------------------------------------------- */

static int notify(void *ctx, const char *script, pid_t pid, int *fd, struct err *e)
{
	struct restoration *r = ctx;

	if (strcmp(script, "orphan-pts-master") == 0)
		return creation_console(r->cr, "/dev/ptmx", fd, e);
	if (pid > 0)
		r->begun = pid;
	if (strcmp(script, "setup-namespaces") == 0)
		return creation_hooks(r->cr, pid, e);
	return 0;
}

static int describe(struct restoration *r, struct err *e)
{
	struct creation *cr = r->cr;
	struct criu_options *o = &r->opts;

	o->images_fd = r->im.dir;
	o->work_fd = r->im.work;
	o->log_file = log_name;
	o->root = r->root_path;
	o->evasive_devices = o->restore_sibling = true;
	o->tcp_close = r->o->tcp_close;
	o->lsm_profile = r->o->lsm_profile;
	o->lsm_mount_context = r->o->lsm_mount_context;
	if (images_share(&r->im, cr->plan, e) < 0)
		return -1;
	if (criu_give_mounts(cr->plan, r->root, r->root_path, &cr->arena, &o->ext_mounts, e) < 0)
		return -1;
	return criu_groups(r->criu.pid, &cr->arena, &o->cg_roots, &o->cgroups_mode, e);
}

static int await(struct restoration *r, struct criu_answer *a, struct err *e)
{
	const struct criu_events ev = { .notify = notify, .ctx = r };

	if (describe(r, e) < 0)
		return -1;
	if (criu_ask(&r->criu, CRIU_RESTORE, &r->opts, &ev, a, e) == 0)
		return 0;
	return e->kind == ERR_HOOK ? -1 : criu_explain(r->program, r->im.work, r->im.work_path, log_name, e);
}

/* criu takes away what it has begun when it fails, but not when we do. */
static void kill_begun(struct restoration *r)
{
	criu_end(&r->criu);
	if (r->begun <= 0)
		return;
	(void)kill(r->begun, SIGKILL);    /* a child of ours that was not waited for, or gone */
	(void)waitpid(r->begun, NULL, 0); /* gone is fine */
}

static int serve(struct creation *cr, void *ctx, struct err *e)
{
	struct restoration *r = ctx;
	struct criu_answer a;
	struct err why;
	int ok = await(r, &a, e);

	fd_drop(&cr->l.pidfd);
	cr->l.pid = 0; /* it was criu's, and it is gone */
	fd_drop(&r->root);
	if (store_clear_place(&cr->c, &why) < 0)
		log_warn("%s", why.text);
	if (ok < 0) {
		kill_begun(r);
		return -1;
	}
	cr->l.pid = a.pid;
	cr->l.pidfd = sys_pidfd_open(a.pid);
	return cr->l.pidfd < 0 ? err_sys(e, "open process %d", a.pid) : 0;
}

/* --- the verb -------------------------------------------------------------------------------------------------------- */

static int restore(struct restoration *r, const struct life_globals *g, int *exit_code, struct err *e)
{
	const struct creation_maker maker = {
		.launch = launch, .serve = serve, .ctx = r, .notify = images_have_notify(&r->im)
	};
	const struct create_options *o = &r->o->create;
	struct creation cr;
	int ok = creation_run(&cr, g, o, true, &maker, e);

	criu_drop(&r->opts.inherit);
	fd_drop(&r->root);
	if (ok == 0 && maker.notify) /* as ready as it was; it will not say so again */
		notify_tell(o->detach ? cr.l.pid : 0);
	if (ok == 0 && !o->detach)
		ok = creation_stay(&cr, exit_code, e);
	return creation_end(&cr, ok, e);
}

int life_restore(const struct life_globals *g, const struct restore_options *o, int *exit_code, struct err *e)
{
	struct restoration r = { .o = o, .im = IMAGES_NONE, .criu = CRIU_NONE, .opts = CRIU_OPTIONS_NONE, .root = -1 };
	int ok;

	*exit_code = 0;
	if (!o->create.detach && !o->create.no_subreaper && guard_adopt(e) < 0)
		return -1;
	if (images_open(&r.im, o->criu.image_path, o->criu.work_path, false, e) < 0)
		return -1;
	ok = spawn_find("criu", r.program, e);
	if (ok == 0)
		ok = restore(&r, g, exit_code, e);
	images_close(&r.im);
	return ok;
}
