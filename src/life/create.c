/* SPDX-License-Identifier: Apache-2.0
 *
 * create - the parent's half of making a container: THE step table with its undo
 *
 * runtime.md#create. Whatever SIGKILL leaves after any step, `delete --force` finds by the intent, which is written before the
 * first effect outside of the state directory; a stage whose parent died ends by itself (init/start.c).
 */
#include "life/create.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/num.h"
#include "base/path.h"
#include "base/stamp.h"
#include "base/step.h"
#include "init/hookrun.h"
#include "init/sync.h"
#include "kernel/pid.h"
#include "kernel/sys.h"
#include "life/agent.h"
#include "life/create_groups.h"
#include "life/facts.h"
#include "life/filter.h"
#include "life/hand.h"
#include "life/helper.h"
#include "life/life.h"
#include "life/netdevs.h"
#include "life/notify.h"
#include "plan/annotations.h"
#include "plan/place.h"

/* --- config.json and the plan ---------------------------------------------------------------------------------------- */

static void tell_unknown(void *ctx, const char *pointer, size_t key_end)
{
	const char *near = json_known_near(&oci_config_type, pointer);

	(void)ctx, (void)key_end; /* of no use here */
	log_debug("config.json: %s is not in the runtime-spec: ignored%s%s%s", pointer,
	          near != NULL ? ", did you mean \"" : "", near != NULL ? near : "", near != NULL ? "\"?" : "");
}

static int find_bundle(void *ctx, struct err *e)
{
	struct creation *cr = ctx;
	const char *bundle = cr->o->bundle != NULL ? cr->o->bundle : ".";
	char cwd[PATH_MAX], path[PATH_MAX];

	cwd[0] = '\0';
	if (bundle[0] != '/' && getcwd(cwd, sizeof(cwd)) == NULL) /* it may have been removed */
		return err_sys(e, "find the current directory");
	if (!path_join(cwd, bundle, path, sizeof(path)))
		return err_num(e, ENAMETOOLONG, "bundle %s", bundle);
	cr->bundle = arena_strndup(&cr->arena, path, strlen(path));
	return cr->bundle == NULL ? err_memory(e) : 0;
}

static const char *config_name(const struct creation *cr)
{
	return cr->o->config_name != NULL ? cr->o->config_name : "config.json";
}

static int read_config(void *ctx, struct err *e)
{
	struct creation *cr = ctx;
	const char *name = config_name(cr);
	char path[PATH_MAX + 256];
	struct json_text text = { .name = name, .unknown = log_get_level() >= LOG_LEVEL_DEBUG ? tell_unknown : NULL };
	struct json_error je;

	if (!path_join(cr->bundle, name, path, sizeof(path)))
		return err_num(e, ENAMETOOLONG, "%s in bundle %s", name, cr->bundle);
	if (file_read_at(AT_FDCWD, path, JSON_MAX_TEXT, &cr->config_text, &cr->config_len, e) < 0)
		return -1;
	text.text = cr->config_text;
	text.len = cr->config_len;
	if (oci_config_read(&text, &cr->arena, &cr->spec, &je) < 0)
		return place_json(&je, e);
	return 0;
}

/* Where root.path leads; only a text, nothing is opened. */
static const char *rootfs_of(struct creation *cr)
{
	char path[2 * PATH_MAX];
	const char *root = cr->spec->root != NULL ? cr->spec->root->path : "";

	if (!path_join(cr->bundle, root, path, sizeof(path)))
		return NULL;
	return arena_strndup(&cr->arena, path, strlen(path));
}

/* LISTEN_FDS counts only when LISTEN_PID says that it is meant for us (sd_listen_fds(3)). */
static uint32_t listen_fds(void)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	uint64_t n, meant;

	if (fds == NULL || pid == NULL || !num_u64(pid, INT32_MAX, &meant) || (pid_t)meant != getpid() ||
	    !num_u64(fds, INT32_MAX, &n))
		return 0;
	return (uint32_t)n;
}

static int make_intent(void *ctx, struct err *e)
{
	struct creation *cr = ctx;
	struct intent *in = &cr->intent;

	if (boot_id_read(cr->boot_id) < 0 || pid_self_start(&in->creator_start) < 0)
		return err_sys(e, "read /proc (is it mounted?)");
	stamp_now(cr->created);
	in->id = cr->o->id;
	in->bundle = cr->bundle;
	in->rootfs = rootfs_of(cr);
	in->annotations = cr->spec->annotations;
	in->poststop = cr->spec->hooks != NULL && cr->spec->hooks->poststop.n > 0;
	in->config_name = config_name(cr);
	in->created = cr->created;
	in->owner = getuid();
	in->no_pivot = cr->o->no_pivot;
	in->no_new_keyring = cr->o->no_new_keyring;
	in->preserve_fds = cr->o->preserve_fds;
	in->listen_fds = listen_fds();
	in->manager = cr->g->manager;
	in->console_socket = cr->o->console_socket;
	in->seccomp_receiver = getenv("RUN_OCI_SECCOMP_RECEIVER");
	if (in->seccomp_receiver != NULL && in->seccomp_receiver[0] == '\0')
		in->seccomp_receiver = NULL;
	in->detached = !cr->foreground;
	in->restored = cr->maker != NULL;
	if ((cr->maker == NULL ? notify_wanted() != NULL : cr->maker->notify) &&
	    (in->notify_dir = notify_dir(cr->g->root, cr->o->id, &cr->arena)) == NULL)
		return err_memory(e);
	in->creator_pid = getpid();
	in->boot_id = cr->boot_id;
	if (in->rootfs == NULL)
		return err_num(e, ENAMETOOLONG, "root.path");
	cr->layout = arena_take(&cr->arena, sizeof(*cr->layout));
	return cr->layout == NULL ? err_memory(e) : facts_find(&in->facts, cr->layout, in->manager, e);
}

static void tell_unknown_annotations(const struct map_str *all)
{
	const char *near;

	for (size_t i = 0; log_get_level() >= LOG_LEVEL_DEBUG && i < all->n; i++)
		if (annotations_unknown(all->items[i].key, &near))
			log_debug("annotation %s is not known to this runtime: ignored", all->items[i].key);
}

static bool has_terminal(const struct creation *cr)
{
	return cr->plan->has_process && cr->plan->process.terminal;
}

static int make_plan(void *ctx, struct err *e)
{
	struct creation *cr = ctx;

	cr->plan = plan_build(cr->spec, &cr->intent, &cr->arena, e);
	if (cr->plan == NULL || console_check(has_terminal(cr), !cr->foreground, cr->o->console_socket, e) < 0)
		return -1;
	if (agent_check(cr->plan, e) < 0)
		return -1;
	cr->intent.shares_pids = (cr->plan->ns.make & CLONE_NEWPID) == 0;
	cr->intent.place = cr->plan->cgroup.place;
	cr->intent.rdt = cr->plan->rdt;
	life_warn(&cr->plan->warnings, config_name(cr), cr->config_text, cr->config_len);
	tell_unknown_annotations(&cr->spec->annotations);
	if (cr->start_now && !cr->plan->has_process)
		return err_config(e, "/process", "it is missing: there is nothing to run");
	return 0;
}

/* Here, with the host's files in view and before anything is made; the stage only loads it. */
static int make_filter(void *ctx, struct err *e)
{
	struct creation *cr = ctx;

	return filter_make(cr->g, cr->plan, &cr->filter, e);
}

static bool in_foreground(const void *ctx)
{
	return ((const struct creation *)ctx)->foreground;
}

static int begin_console(void *ctx, struct err *e)
{
	struct creation *cr = ctx;

	return console_begin(&cr->console, has_terminal(cr), e);
}

static void end_console(void *ctx)
{
	console_end(&((struct creation *)ctx)->console);
}

/* --- state ----------------------------------------------------------------------------------------------------------- */

static int make_state(void *ctx, struct err *e)
{
	struct creation *cr = ctx;

	if (store_create(cr->g->root, cr->o->id, &cr->arena, &cr->c, e) < 0)
		return -1;
	return cr->intent.notify_dir != NULL ? notify_make_dir(&cr->c, e) : 0;
}

static void remove_state(void *ctx)
{
	struct creation *cr = ctx;
	struct err e;

	if (cr->c.dir_fd >= 0 && store_remove(&cr->c, &e) < 0)
		log_warn("%s", e.text);
}

/* Nothing takes the mounts of such a container away when it ends: they are made where we find them. */
static bool shares_mounts(const void *ctx)
{
	return (((const struct creation *)ctx)->plan->ns.make & CLONE_NEWNS) == 0;
}

static int make_place(void *ctx, struct err *e)
{
	struct creation *cr = ctx;

	return store_make_place(&cr->c, &cr->intent.root_place, e);
}

static void clear_place(void *ctx)
{
	struct creation *cr = ctx;
	struct err e;

	if (cr->c.dir_fd >= 0 && store_clear_place(&cr->c, &e) < 0)
		log_warn("%s", e.text);
}

static bool waits_for_start(const void *ctx)
{
	return !((const struct creation *)ctx)->start_now;
}

static int make_start_socket(void *ctx, struct err *e)
{
	struct creation *cr = ctx;

	cr->start_sock = store_listen(&cr->c, e);
	return cr->start_sock < 0 ? -1 : 0;
}

/* --- the stage ------------------------------------------------------------------------------------------------------- */

static bool by_stage(const void *ctx)
{
	return ((const struct creation *)ctx)->maker == NULL;
}

static bool has_network_apart(const void *ctx)
{
	return by_stage(ctx) && ((const struct creation *)ctx)->plan->ns.net_apart;
}

/* Hooks in the container may find the files out of reach: we open them. */
static int open_hook_output(struct creation *cr, struct err *e)
{
	const struct plan_hooks *hooks = cr->plan->hooks;

	if (hooks[HOOK_CREATE_CONTAINER].n == 0 && hooks[HOOK_START_CONTAINER].n == 0)
		return 0;
	if (hook_output_open(&cr->intent.annotations, &cr->hook_output, e) < 0)
		return -1;
	cr->l.fds[LAUNCH_HOOK_OUT] = cr->hook_output.out;
	cr->l.fds[LAUNCH_HOOK_ERR] = cr->hook_output.err;
	return 0;
}

static int launch(void *ctx, struct err *e)
{
	struct creation *cr = ctx;

	if (cr->maker != NULL)
		return cr->maker->launch(cr, cr->maker->ctx, e);
	cr->l.mode = INIT_CREATE;
	cr->l.plan = cr->plan;
	cr->stage = (struct init_ctx){ INIT_CTX_NONE,
		                       .mode = INIT_CREATE,
		                       .config_text = cr->config_text,
		                       .config_len = cr->config_len,
		                       .intent = cr->intent,
		                       .plan = cr->plan,
		                       .process = cr->plan->has_process ? &cr->plan->process : NULL,
		                       .filter = cr->filter };
	cr->stage.trace = cr->line.trace;
	cr->l.stage = &cr->stage;
	cr->l.fds[LAUNCH_TRACE] = cr->line.fd;
	cr->l.keep = cr->intent.preserve_fds + cr->intent.listen_fds;
	cr->l.place = creation_is_born_inside(cr) ? cr->plan->cgroup.place : NULL;
	cr->l.fds[LAUNCH_RECORD] = cr->c.state_fd;
	cr->l.fds[LAUNCH_START] = cr->start_sock;
	cr->l.fds[LAUNCH_LOG] = log_get().fd;
	if (open_hook_output(cr, e) < 0)
		return -1;
	return launch_stage(&cr->l, e);
}

static void kill_stage(void *ctx)
{
	struct creation *cr = ctx;

	launch_kill(&cr->l);
}

static int write_maps(void *ctx, struct err *e)
{
	struct creation *cr = ctx;

	return launch_maps(&cr->l, e);
}

static int make_network(void *ctx, struct err *e)
{
	struct creation *cr = ctx;

	return launch_network(&cr->l, e);
}

static int send_go(struct creation *cr, struct err *e)
{
	const struct sync_go go = { .pid = cr->l.pid };

	return sync_post(cr->l.sock, SYNC_GO, &go, sizeof(go), -1, e);
}

static int go(void *ctx, struct err *e)
{
	return send_go(ctx, e);
}

static int run_hooks(struct creation *cr, struct err *e)
{
	return creation_hooks(cr, cr->l.pid, e) < 0 ? -1 : sync_post(cr->l.sock, SYNC_HOOKED, NULL, 0, -1, e);
}

static int move_devices(struct creation *cr, struct err *e)
{
	if (netdevs_move(cr->plan, cr->l.pid, e) < 0)
		return err_in(e, "network");
	return sync_post(cr->l.sock, SYNC_MOVED, NULL, 0, -1, e);
}

/* One message of the stage; 1 when it is CREATED. */
static int answer(struct creation *cr, struct sync_msg *m, struct err *e)
{
	switch (m->type) {
	case SYNC_FORKED: launch_replace(&cr->l, m->payload.number, steal_fd(&m->fd)); return send_go(cr, e);
	case SYNC_NETDEVS: return move_devices(cr, e);
	case SYNC_SOURCE:
	case SYNC_IDMAP: return helper_answer(cr->plan, &cr->l, m, e);
	case SYNC_CONSOLE: return creation_console(cr, m->payload.text, &m->fd, e);
	case SYNC_HOOKS: return run_hooks(cr, e);
	case SYNC_CREATED: return 1;
	case SYNC_NONE:
	case SYNC_MAPPED:
	case SYNC_OPENED:
	case SYNC_IDMAPPED:
	case SYNC_NETWORK:
	case SYNC_GO:
	case SYNC_MOVED:
	case SYNC_HOOKED:
	case SYNC_SECCOMP:
	case SYNC_COMMIT:
	case SYNC_START:
	case SYNC_EXECING:
	case SYNC_FAILED:
	case SYNC_TYPES: break;
	}
	return err_set(e, "the init stage sent %s, which nobody expected", sync_name(m->type));
}

static int serve_stage(void *ctx, struct err *e)
{
	struct creation *cr = ctx;
	struct sync_msg m;
	int r;

	if (cr->maker != NULL)
		return cr->maker->serve(cr, cr->maker->ctx, e);
	do {
		r = launch_recv(&cr->l, &m, e);
		if (r < 0)
			return -1;
		r = answer(cr, &m, e);
		fd_drop(&m.fd);
	} while (r == 0);
	return r < 0 ? -1 : 0;
}

/* --- the record ------------------------------------------------------------------------------------------------------ */

static int record_process(void *ctx, struct err *e)
{
	struct creation *cr = ctx;
	struct pid_stat st;

	if (pid_stat(cr->l.pid, &st) < 0)
		return err_sys(e, "read the start time of process %d", cr->l.pid);
	return store_commit(&cr->c, cr->l.pid, st.start, e);
}

static bool has_pidfd_socket(const void *ctx)
{
	const struct creation *cr = ctx;

	return cr->o->pidfd_socket != NULL || cr->plan->asked.pidfd_receiver != NULL;
}

static int send_pidfd(void *ctx, struct err *e)
{
	struct creation *cr = ctx;

	const char *asked = cr->plan->asked.pidfd_receiver;

	if (cr->o->pidfd_socket != NULL && console_hand_over(cr->o->pidfd_socket, "standard", cr->l.pidfd, e) < 0)
		return -1;
	if (asked != NULL && console_hand_over(asked, "standard", cr->l.pidfd, e) < 0)
		return err_at(e, "/annotations/run.oci.pidfd_receiver");
	return 0;
}

static bool has_pid_file(const void *ctx)
{
	return ((const struct creation *)ctx)->o->pid_file != NULL;
}

static int put_pid_file(void *ctx, struct err *e)
{
	struct creation *cr = ctx;

	return write_pid_file(cr->o->pid_file, cr->l.pid, e);
}

static void remove_pid_file(void *ctx)
{
	struct creation *cr = ctx;

	file_take_back(AT_FDCWD, cr->o->pid_file);
}

static const struct step steps[] = {
	STEP(NULL, NULL, find_bundle, NULL, NULL),
	STEP(NULL, NULL, read_config, NULL, NULL),
	STEP(NULL, NULL, make_intent, NULL, NULL),
	STEP(NULL, NULL, make_plan, NULL, "all that config.json asks for is checked before anything is done"),
	STEP("seccomp", NULL, make_filter, NULL, "a profile that cannot be compiled is found before anything is made"),
	STEP(NULL, in_foreground, begin_console, end_console,
	     "signals are held back before there is somebody to pass them to"),
	STEP(NULL, NULL, make_state, remove_state, "makes the id ours"),
	STEP("cgroup", NULL, creation_check_groups, NULL,
	     "nothing is done to a group that is in use, nor is it recorded"),
	STEP(NULL, creation_has_class, creation_check_class, NULL, "the same"),
	STEP("rootfs", shares_mounts, make_place, clear_place, "is part of the record"),
	STEP(NULL, NULL, creation_record_intent, NULL, "before the first effect outside of the state directory"),
	STEP(NULL, waits_for_start, make_start_socket, NULL, NULL),
	STEP("cgroup", creation_has_groups, creation_make_groups, creation_remove_groups,
	     "the process is born in them"),
	STEP(NULL, creation_has_class, creation_make_class, creation_remove_class, "undone after its last process is"),
	STEP(NULL, NULL, launch, kill_stage, NULL),
	STEP("user namespace", by_stage, write_maps, NULL, "the stage can do nothing before"),
	STEP(NULL, has_network_apart, make_network, NULL, "takes longest; the stage is at its first mounts"),
	STEP("cgroup", creation_is_born_inside, creation_set_limits, NULL, "while the stage loads; before GO"),
	STEP("cgroup", creation_is_moved, creation_join_groups, NULL,
	     "before GO: the stage unshares its cgroup namespace in it"),
	STEP("cgroup", creation_has_subgroup, creation_join_subgroup, NULL,
	     "before GO: it is the root of the cgroup namespace"),
	STEP("cgroup", creation_gives_group, creation_give_group, NULL,
	     "when it is there: systemd makes it for a process"),
	STEP(NULL, creation_has_class, creation_join_class, NULL,
	     "before GO: a stage that forks has its children where it is"),
	STEP(NULL, by_stage, go, NULL, NULL),
	STEP(NULL, NULL, serve_stage, NULL, "ends with CREATED"),
	STEP("cgroup", creation_has_delegate, creation_join_delegate, NULL,
	     "after the cgroup namespace: it is to be seen inside"),
	STEP(NULL, has_pidfd_socket, send_pidfd, NULL, NULL),
	STEP(NULL, NULL, record_process, NULL, "the commit: from here on the container exists"),
	STEP(NULL, has_pid_file, put_pid_file, remove_pid_file, "after the last point of failure"),
};

/* runtime.md#lifecycle, step 5: those that the stage runs we know by their failure; it comes from nowhere else once a stage is there. */
static bool failed_in_stage(const struct creation *cr, const struct err *e)
{
	return cr->c.has_intent && strncmp(e->pointer, "/hooks/createContainer/", 23) == 0;
}

/* runtime.md#lifecycle: a container whose hooks began has its poststop hooks run, whatever failed. */
static void run_poststop(struct creation *cr)
{
	struct hook_input input;
	struct err e;

	if (!cr->hooks_begun || hook_state(&cr->intent, OCI_STATUS_STOPPED, 0, &cr->arena, &input, &e) < 0)
		return;
	(void)!hooks_run(&cr->plan->hooks[HOOK_POSTSTOP], HOOK_POSTSTOP, &input, true,
	                 &e); /* failures were warned about */
}

int creation_run(struct creation *cr, const struct life_globals *g, const struct create_options *o, bool start_now,
                 const struct creation_maker *maker, struct err *e)
{
	*cr = (struct creation){ .g = g,
		                 .o = o,
		                 .maker = maker,
		                 .start_now = start_now,
		                 .foreground = start_now && !o->detach,
		                 .c = CONTAINER_NONE,
		                 .l = LAUNCH_NONE,
		                 .start_sock = -1,
		                 .hook_output = HOOK_OUTPUT_NONE,
		                 .console = CONSOLE_NONE,
		                 .line = TIMELINE_NONE };
	struct trace_watch w;

	if (check_preserved(o->preserve_fds + listen_fds(), e) < 0 || store_check_id(o->id, e) < 0)
		return -1;
	if (timeline_begin(&cr->line, start_now ? "run" : "create", o->trace, e) < 0)
		return -1;
	trace_watch(&w, &cr->line.trace, TRACE_RUNTIME);
	if (step_run(steps, array_len(steps), cr, &w.watch, e) == 0)
		return 0;
	cr->hooks_begun = cr->hooks_begun || failed_in_stage(cr, e);
	run_poststop(cr);
	return place_error(e, config_name(cr), cr->config_text, cr->config_len);
}

void creation_undo(struct creation *cr)
{
	step_undo(steps, array_len(steps), cr);
	cr->hooks_begun = true; /* or were passed */
	run_poststop(cr);
}

int creation_end(struct creation *cr, int result, struct err *e)
{
	cr->line.stage = cr->l.pid;
	result = timeline_end(&cr->line, result, e);
	launch_close(&cr->l);
	hook_output_close(&cr->hook_output);
	fd_drop(&cr->start_sock);
	console_end(&cr->console);
	store_close(&cr->c);
	free(cr->config_text);
	free(cr->filter);
	arena_free(&cr->arena);
	return result;
}

int life_create(const struct life_globals *g, const struct create_options *o, struct err *e)
{
	struct creation cr;
	int r = creation_run(&cr, g, o, false, NULL, e);

	if (r == 0 && sync_send(cr.l.sock, SYNC_COMMIT, NULL, 0, -1, e) < 0) {
		creation_undo(&cr);
		r = -1;
	}
	return creation_end(&cr, r, e);
}
