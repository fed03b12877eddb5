/* SPDX-License-Identifier: Apache-2.0
 *
 * mounts - mounts for a container that is there: added, removed
 *
 * An init stage joins the container's mount namespace and does it (init/steps_live.h), all of the list or nothing. It stays in our
 * control groups, so a paused container waits for nobody. Nothing of it is recorded: what a checkpoint needs criu finds in the container.
 * config.md#mounts.
 */
#include "base/log.h"
#include "base/step.h"
#include "init/sync.h"
#include "life/guest.h"
#include "life/helper.h"
#include "life/launch.h"
#include "life/life.h"
#include "plan/place.h"

struct remount {
	const struct mounts_options *o;
	struct json_text text;
	struct oci_mounts *list;
	struct guest in;
	int list_fd;
	struct init_ctx stage;
	struct launch l;
};

static int read_list(void *ctx, struct err *e)
{
	struct remount *x = ctx;
	struct json_error je;

	if (life_document(x->o->file, x->in.arena, &x->text, e) < 0)
		return -1;
	if (oci_mounts_read(&x->text, x->in.arena, &x->list, &je) == 0)
		return 0;
	return place_json(&je, e);
}

static int read_config(void *ctx, struct err *e)
{
	struct guest *g = &((struct remount *)ctx)->in;

	return guest_read(g, e) < 0 ? place_error(e, g->intent.config_name, g->config_text, g->config_len) : 0;
}

static int make_plan(void *ctx, struct err *e)
{
	struct remount *x = ctx;

	return plan_mounts_live(x->in.plan, x->list, x->o->remove ? PLAN_LIVE_REMOVE : PLAN_LIVE_ADD, x->in.arena, e);
}

static int write_documents(void *ctx, struct err *e)
{
	struct remount *x = ctx;

	if (guest_record(&x->in, e) < 0)
		return -1;
	return guest_document("mounts", x->text.text, x->text.len, &x->list_fd, e);
}

static int open_init(void *ctx, struct err *e)
{
	return guest_open_init(&((struct remount *)ctx)->in, VERB_MOUNTS, e);
}

static int launch(void *ctx, struct err *e)
{
	struct remount *x = ctx;
	const struct guest *g = &x->in;

	x->l.mode = x->o->remove ? INIT_UNMOUNT : INIT_MOUNT;
	x->stage = (struct init_ctx){
		INIT_CTX_NONE,       .mode = x->l.mode, .config_text = g->config_text, .config_len = g->config_len,
		.intent = g->intent, .plan = g->plan,   .container_pid = g->c->pid
	};
	x->l.plan = g->plan;
	x->l.stage = &x->stage;
	x->l.fds[LAUNCH_RECORD] = g->record_fd;
	x->l.fds[LAUNCH_PROCESS] = x->list_fd;
	x->l.fds[LAUNCH_PIDFD] = g->init_fd;
	x->l.fds[LAUNCH_LOG] = log_get().fd;
	return launch_stage(&x->l, e);
}

static void kill_stage(void *ctx)
{
	launch_kill(&((struct remount *)ctx)->l);
}

static int serve_stage(void *ctx, struct err *e)
{
	struct remount *x = ctx;
	struct sync_msg m;
	int r;

	for (;;) {
		if (launch_recv(&x->l, &m, e) < 0) {
			e->placed = false; /* the stage leaves it to us: it is our list */
			return -1;
		}
		if (m.type == SYNC_SOURCE || m.type == SYNC_IDMAP)
			r = helper_answer(x->in.plan, &x->l, &m, e);
		else if (m.type != SYNC_CREATED)
			r = err_set(e, "the init stage sent %s, which nobody expected", sync_name(m.type));
		else
			r = 1;
		fd_drop(&m.fd);
		if (r != 0)
			return r < 0 ? -1 : 0;
	}
}

static const struct step steps[] = {
	STEP(NULL, NULL, read_list, NULL, NULL),
	STEP(NULL, NULL, read_config, NULL, NULL),
	STEP(NULL, NULL, make_plan, NULL, "all that can be is refused before anything is done"),
	STEP(NULL, NULL, write_documents, NULL, NULL),
	STEP(NULL, NULL, open_init, NULL, NULL),
	STEP(NULL, NULL, launch, kill_stage, NULL),
	STEP(NULL, NULL, serve_stage, NULL, "ends with CREATED"),
};

static int change(struct remount *x, struct err *e)
{
	if (step_run(steps, array_len(steps), x, NULL, e) == 0)
		return 0;
	return x->text.text != NULL ? place_error(e, x->text.name, x->text.text, x->text.len) : -1;
}

int life_mounts(const struct life_globals *g, const struct mounts_options *o, struct err *e)
{
	auto_arena struct arena arena = { 0 };
	auto_container struct container c = CONTAINER_NONE;
	struct remount x = { .o = o, .in = GUEST_OF(&c, &arena), .list_fd = -1, .l = LAUNCH_NONE };
	int r;

	if (store_open(g->root, o->id, &arena, &c, e) < 0 || life_lock(&c, e) < 0 || store_need_record(&c, e) < 0 ||
	    status_permits(VERB_MOUNTS, &c, e) < 0)
		return -1;
	x.in.intent = c.intent;
	r = change(&x, e);
	launch_kill(&x.l); /* it has nothing left to do but to end */
	launch_close(&x.l);
	fd_drop(&x.list_fd);
	guest_end(&x.in);
	return r;
}
