/* SPDX-License-Identifier: Apache-2.0
 *
 * exec - one more process in a running container: THE step table of its parent's half
 *
 * The process is config.json's own changed by the command line, or a document of its own; either way it is written down as a
 * process object that the init stage reads. What protects the container (seccomp, labels, no_new_privs) protects it too.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "base/file.h"
#include "base/log.h"
#include "base/step.h"
#include "cgroup/io.h"
#include "init/sync.h"
#include "init/warn.h"
#include "life/agent.h"
#include "life/console.h"
#include "life/exec_process.h"
#include "life/filter.h"
#include "life/guest.h"
#include "life/hand.h"
#include "life/launch.h"
#include "life/life.h"
#include "life/resctrl.h"
#include "life/timeline.h"
#include "plan/place.h"
#include "plan/pointer.h"

enum { GROUP_TIMEOUT_MS = 10000 };

struct execution {
	const struct life_globals *g;
	const struct exec_options *o;
	struct arena *arena;
	struct container *c;
	struct guest in; /* the container's, its intent changed where exec has its own say */
	struct oci_process *process;
	struct plan_process resolved;
	struct seccomp_program *filter; /* malloc'ed; NULL: none */
	struct init_ctx stage;
	struct timeline line;      /* --trace */
	struct exec_source source; /* where the process object comes from, to place errors in */
	struct launch l;
	struct cg_place *place; /* with --cgroup; in the arena */
	int claim; /* of the group that is made for this one, which is taken away while it is held; -1: none is */
	bool made; /* it was not there before: one that was stays */
	struct console console;
};

static int read_config(void *ctx, struct err *e)
{
	return guest_read(&((struct execution *)ctx)->in, e);
}

static int resolve_process(void *ctx, struct err *e)
{
	struct execution *x = ctx;

	if (exec_process(x->o, x->in.spec->process, x->arena, &x->process, &x->source, e) < 0)
		return -1;
	if (plan_process_build(x->process, &x->in.intent, x->source.pointer, x->arena, &x->resolved, e) < 0)
		return place_error(e, x->source.name, x->source.text, x->source.len);
	life_warn(&x->resolved.warnings, x->source.name, x->source.text, x->source.len);
	if (console_check(x->resolved.terminal, x->o->detach, x->o->console_socket, e) < 0)
		return -1;
	return agent_check(x->in.plan, e);
}

static int make_filter(void *ctx, struct err *e)
{
	struct execution *x = ctx;

	return filter_make(x->g, x->in.plan, &x->filter, e);
}

static bool in_foreground(const void *ctx)
{
	return !((const struct execution *)ctx)->o->detach;
}

static int begin_console(void *ctx, struct err *e)
{
	struct execution *x = ctx;

	return console_begin(&x->console, x->resolved.terminal && x->o->console_socket == NULL, e);
}

static void end_console(void *ctx)
{
	console_end(&((struct execution *)ctx)->console);
}

/* See struct launch. */
static int write_documents(void *ctx, int fds[LAUNCH_FDS], struct err *e)
{
	struct execution *x = ctx;
	const char *process;
	size_t len;

	process = json_write(&oci_process_type, x->process, NULL, x->arena, &len);
	if (process == NULL)
		return err_set(e, "write the process: out of memory");
	if (guest_record(&x->in, e) < 0)
		return -1;
	fds[LAUNCH_RECORD] = x->in.record_fd;
	return guest_document("process", process, len, &fds[LAUNCH_PROCESS], e);
}

static int open_init(void *ctx, struct err *e)
{
	return guest_open_init(&((struct execution *)ctx)->in, VERB_EXEC, e);
}

static bool has_limits(const void *ctx)
{
	return ((const struct execution *)ctx)->o->limits != NULL;
}

/* The new group's name may be no path: what is made is what is taken away. */
static int check_name(const char *name, struct err *e)
{
	if (*name == '\0' || strpbrk(name, "/:\n") != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_kind(e, ERR_USAGE, "--cgroup %s: with limits, expected the name of one new group", name);
	return 0;
}

/* Whether cgroup2 has one of the controllers that have to be enabled for it. */
static bool needs_room(const struct cg_place *p, const struct cg_settings *s)
{
	for (size_t i = 0; i < s->n_need; i++)
		if (cg_v1_dir(p, s->need[i]) == NULL)
			return true;
	return false;
}

static int limit_group(struct execution *x, struct err *e)
{
	const struct cg_place *own = x->in.intent.place;
	struct plan_cgroup plan = { .place = own };

	if (plan_resources_build(x->o->limits, &x->in.intent, x->arena, &plan, e) < 0 ||
	    (needs_room(own, &plan.settings) && cg_make_room(own, e) < 0) ||
	    cg_driver_of(CG_MANAGER_CGROUPFS)->prepare(x->place, &plan.settings, e) < 0) {
		e->pointer[0] = '\0'; /* it is one into what the options say, not into config.json */
		return -1;
	}
	return 0;
}

/*
 * Groups are made and taken away one after the other, so that who made it is who has it: held while the descriptor is open, as far as
 * that can be had. Not the container's own lock, which `start` holds while a hook may want to exec.
 */
static int lock_groups(const struct execution *x)
{
	int fd = openat(x->c->dir_fd, "state", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		(void)flock(fd, LOCK_EX); /* best effort */
	return fd;
}

static int make_group(void *ctx, struct err *e)
{
	struct execution *x = ctx;
	const struct cg_place *own = x->in.intent.place;
	const char *name = x->o->cgroups.items[0];
	int lock;

	if (own == NULL)
		return err_kind(e, ERR_HOST, "container \"%s\" has no control group, so --cgroup means nothing",
		                x->o->id);
	if (check_name(name, e) < 0 || cg_sub_name(own, name, x->place, e) < 0)
		return -1;
	lock = lock_groups(x);
	x->claim = cg_claim(x->place, &x->made, e);
	fd_drop(&lock);
	return x->claim < 0 ? -1 : limit_group(x, e);
}

/* With what its process left in it. */
static void remove_group(void *ctx)
{
	struct execution *x = ctx;
	struct err why;
	int lock;

	if (x->claim < 0 || !x->made)
		return;
	lock = lock_groups(x);
	if (cg_remove(x->place, GROUP_TIMEOUT_MS, &why) < 0)
		log_warn("%s", why.text);
	fd_drop(&lock);
}

/* The group below the container's that its process began in, "" when it is in that itself; NULL: out of memory. */
static const char *group_of_init(const struct execution *x, struct err *e)
{
	const struct plan_asked *asked = &x->in.plan->asked;
	bool both = asked->subgroup != NULL && asked->leaf != NULL;

	return plan_string(x->arena, e, "%s%s%s", asked->subgroup != NULL ? asked->subgroup : "", both ? "/" : "",
	                   asked->leaf != NULL ? asked->leaf : "");
}

/* A payload with groups of its own may have taken that one away: then the launch looks where the process is. */
static int place_below(struct execution *x, const char *own, struct err *e)
{
	if (cg_sub_place(x->in.intent.place, &own, 1, x->place, e) == 0)
		return 0;
	if (e->sys != ENOENT || x->in.plan->asked.leaf == NULL)
		return -1;
	x->l.place = x->in.intent.place;
	return 0;
}

/* In the container's groups, or where --cgroup says. */
static int place_stage(struct execution *x, struct err *e)
{
	const struct vec_str *words = &x->o->cgroups;
	const char *own = group_of_init(x, e);

	if (own == NULL)
		return -1;
	if (own[0] == '\0')
		own = NULL;
	x->l.place = x->in.intent.place;
	if (words->n == 0 && x->l.place != NULL)
		x->l.init = x->c->pid;
	x->l.movable = words->n == 0 && own == NULL && cg_driver_of(x->in.intent.manager)->adopt != NULL;
	if (words->n == 0 && (own == NULL || x->l.place == NULL))
		return 0;
	if (x->in.intent.place == NULL)
		return err_kind(e, ERR_HOST, "container \"%s\" has no control group, so --cgroup means nothing",
		                x->o->id);
	x->l.place = x->place;
	if (x->o->limits != NULL)
		return 0; /* it was made for this one */
	if (words->n == 0)
		return place_below(x, own, e);
	return cg_sub_place(x->in.intent.place, words->items, words->n, x->place, e);
}

static int launch(void *ctx, struct err *e)
{
	struct execution *x = ctx;

	x->l.mode = INIT_EXEC;
	x->l.plan = x->in.plan;
	x->stage = (struct init_ctx){ INIT_CTX_NONE,
		                      .mode = INIT_EXEC,
		                      .config_text = x->in.config_text,
		                      .config_len = x->in.config_len,
		                      .intent = x->in.intent,
		                      .plan = x->in.plan,
		                      .process = &x->resolved,
		                      .container_pid = x->c->pid,
		                      .filter = x->filter };
	x->stage.trace = x->line.trace;
	x->l.stage = &x->stage;
	x->l.fds[LAUNCH_TRACE] = x->line.fd;
	x->l.keep = x->in.intent.preserve_fds;
	if (place_stage(x, e) < 0)
		return -1;
	x->l.cpus = x->resolved.cpus_initial;
	x->l.write = write_documents;
	x->l.write_ctx = x;
	x->l.fds[LAUNCH_PIDFD] = x->in.init_fd;
	x->l.fds[LAUNCH_LOG] = log_get().fd;
	return launch_stage(&x->l, e);
}

static void kill_stage(void *ctx)
{
	launch_kill(&((struct execution *)ctx)->l);
}

static bool has_class(const void *ctx)
{
	return ((const struct execution *)ctx)->in.plan->rdt != NULL;
}

static int join_class(void *ctx, struct err *e)
{
	struct execution *x = ctx;

	return resctrl_join(x->in.plan->rdt, x->l.pid, e);
}

static bool is_outside(const void *ctx)
{
	return ((const struct execution *)ctx)->l.outside;
}

static int move_inside(void *ctx, struct err *e)
{
	struct execution *x = ctx;

	return cg_driver_of(x->in.intent.manager)->adopt(x->in.intent.place, x->l.pid, e);
}

static int send_go(struct execution *x, struct err *e)
{
	const struct sync_go go = { .pid = x->l.pid };

	return sync_post(x->l.sock, SYNC_GO, &go, sizeof(go), -1, e);
}

static int go(void *ctx, struct err *e)
{
	return send_go(ctx, e);
}

static int take_console(struct execution *x, struct sync_msg *m, struct err *e)
{
	if (x->o->console_socket != NULL)
		return console_hand_over(x->o->console_socket, m->payload.text, m->fd, e);
	return console_attach(&x->console, steal_fd(&m->fd), e);
}

/* What the stage leaves to us: it is our file that is wrong, or it is the command line, which has no pointers. */
static int place_own(const struct execution *x, struct err *e)
{
	if (init_is_in_config(e->pointer))
		return -1;
	e->placed = false;
	if (x->o->process_file == NULL)
		e->pointer[0] = '\0';
	return place_error(e, x->source.name, x->source.text, x->source.len);
}

/* One message of the stage; 1 when it is CREATED. */
static int answer(struct execution *x, struct sync_msg *m, struct err *e)
{
	if (m->type == SYNC_CREATED)
		return 1;
	if (m->type == SYNC_CONSOLE)
		return take_console(x, m, e);
	if (m->type != SYNC_FORKED)
		return err_set(e, "the init stage sent %s, which nobody expected", sync_name(m->type));
	launch_replace(&x->l, m->payload.number, steal_fd(&m->fd));
	return send_go(x, e);
}

static int serve_stage(void *ctx, struct err *e)
{
	struct execution *x = ctx;
	struct sync_msg m;
	int r;

	do {
		r = launch_recv(&x->l, &m, e);
		if (r < 0)
			return place_own(x, e);
		r = answer(x, &m, e);
		fd_drop(&m.fd);
	} while (r == 0);
	return r < 0 ? -1 : 0;
}

static bool has_pidfd_socket(const void *ctx)
{
	return ((const struct execution *)ctx)->o->pidfd_socket != NULL;
}

static int send_pidfd(void *ctx, struct err *e)
{
	struct execution *x = ctx;

	return console_hand_over(x->o->pidfd_socket, "setns", x->l.pidfd, e);
}

static bool has_pid_file(const void *ctx)
{
	return ((const struct execution *)ctx)->o->pid_file != NULL;
}

static int put_pid_file(void *ctx, struct err *e)
{
	struct execution *x = ctx;

	return write_pid_file(x->o->pid_file, x->l.pid, e);
}

static void remove_pid_file(void *ctx)
{
	file_take_back(AT_FDCWD, ((struct execution *)ctx)->o->pid_file);
}

static int start(void *ctx, struct err *e)
{
	struct execution *x = ctx;
	const struct agent_client a = {
		.c = x->c, .intent = &x->in.intent, .status = OCI_STATUS_RUNNING, .pid = x->l.pid, .pidfd = x->l.pidfd
	};

	log_debug("setns_init: about to exec %s", x->resolved.argv[0]);
	if (sync_send(x->l.sock, SYNC_START, NULL, 0, -1, e) < 0)
		return -1;
	return life_await_exec(x->l.sock, &a, x->line.trace, e) < 0 ? place_own(x, e) : 0;
}

static const struct step steps[] = {
	STEP(NULL, NULL, read_config, NULL, NULL),
	STEP(NULL, NULL, resolve_process, NULL, "all that is asked for is checked before anything is done"),
	STEP("seccomp", NULL, make_filter, NULL, "the host's files are in view, which the container may not have"),
	STEP(NULL, in_foreground, begin_console, end_console,
	     "signals are held back before there is somebody to pass them to"),
	STEP(NULL, NULL, open_init, NULL, NULL),
	STEP("cgroup", has_limits, make_group, remove_group, "the process is born in it"),
	STEP(NULL, NULL, launch, kill_stage, NULL),
	STEP("cgroup", is_outside, move_inside, NULL, "before GO: the stage forks"),
	STEP(NULL, has_class, join_class, NULL, "before GO: the stage forks"),
	STEP(NULL, NULL, go, NULL, NULL),
	STEP(NULL, NULL, serve_stage, NULL, "ends with CREATED"),
	STEP(NULL, has_pidfd_socket, send_pidfd, NULL, NULL),
	STEP(NULL, has_pid_file, put_pid_file, remove_pid_file,
	     "before the program runs, after all that can be checked"),
	STEP(NULL, NULL, start, NULL, NULL),
};

static void execution_end(struct execution *x)
{
	console_end(&x->console);
	launch_close(&x->l);
	guest_end(&x->in);
	free(x->filter);
	exec_source_free(&x->source);
	fd_drop(&x->claim);
}

/* What an option said is not to be looked for in config.json. */
static void tell_option(const struct exec_options *o, struct err *e)
{
	const struct {
		const char *pointer, *option, *given;
	} rows[] = {
		{ "/process/apparmorProfile", "--apparmor", o->apparmor },
		{ "/process/selinuxLabel", "--process-label", o->label },
		{ "/process/cwd", "--cwd", o->cwd },
		{ "/process/env/", "--env", o->env.n > 0 ? o->env.items[0] : NULL }, /* config.json's passed create */
	};

	for (size_t i = 0; i < array_len(rows); i++)
		if (rows[i].given != NULL && strncmp(e->pointer, rows[i].pointer, strlen(rows[i].pointer)) == 0) {
			e->pointer[0] = '\0';
			(void)err_in(e, "%s", rows[i].option); /* -1 is what is returned */
		}
}

static int run(struct execution *x, int *exit_code, struct err *e)
{
	struct trace_watch w;
	int status, r;

	trace_watch(&w, &x->line.trace, TRACE_RUNTIME);
	if (step_run(steps, array_len(steps), x, &w.watch, e) < 0) {
		tell_option(x->o, e);
		return place_error(e, x->in.intent.config_name, x->in.config_text, x->in.config_len);
	}
	if (x->o->detach)
		return 0;
	r = console_proxy(&x->console, x->l.pid, &status, e);
	remove_group(x);
	if (r < 0)
		return -1;
	*exit_code = console_exit_code(status);
	return 0;
}

static int check_container(struct container *c, const struct exec_options *o, struct err *e)
{
	if (store_need_record(c, e) < 0)
		return -1;
	return status_permits(o->ignore_paused ? VERB_EXEC_PAUSED : VERB_EXEC, c, e);
}

int life_exec(const struct life_globals *g, const struct exec_options *o, int *exit_code, struct err *e)
{
	auto_arena struct arena arena = { 0 };
	auto_container struct container c = CONTAINER_NONE;
	struct execution x = { .g = g,
		               .o = o,
		               .arena = &arena,
		               .c = &c,
		               .l = LAUNCH_NONE,
		               .in = GUEST_OF(&c, &arena),
		               .console = CONSOLE_NONE,
		               .claim = -1,
		               .line = TIMELINE_NONE };
	int r;

	*exit_code = 0;
	if (check_preserved(o->preserve_fds, e) < 0 || store_open(g->root, o->id, &arena, &c, e) < 0 ||
	    check_container(&c, o, e) < 0)
		return -1;
	x.place = arena_take(&arena, sizeof(*x.place));
	if (x.place == NULL)
		return err_memory(e);
	x.place->n = 0;
	x.in.intent = c.intent;
	x.in.intent.preserve_fds = o->preserve_fds;
	x.in.intent.listen_fds = 0;
	x.in.intent.notify_dir = NULL;
	x.in.intent.detached = o->detach;
	x.in.intent.console_socket = o->console_socket;
	r = timeline_begin(&x.line, "exec", o->trace, e);
	if (r == 0)
		r = run(&x, exit_code, e);
	x.line.stage = x.l.pid;
	r = timeline_end(&x.line, r, e);
	execution_end(&x);
	return r;
}
