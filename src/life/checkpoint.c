/* SPDX-License-Identifier: Apache-2.0
 *
 * checkpoint - writes a container's processes to files, through the criu program
 *
 * criu(8), https://criu.org. What is the host's in the container is named to criu (life/criu_host.h), so that restore can give
 * something else in its place. When criu has written all, it kills the processes and the container is deleted, as runc does; a
 * pre-dump, or --leave-running, leaves them.
 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "base/spawn.h"
#include "life/criu_host.h"
#include "life/criu_verbs.h"
#include "life/facts.h"
#include "life/life.h"
#include "life/verbs.h"
#include "plan/place.h"

static const char log_name[] = "dump.log";

struct checkpoint {
	const struct checkpoint_options *o;
	struct arena *arena;
	struct container *c;
	struct cg_layout layout;
	struct plan *plan;
	char program[PATH_MAX];
	struct images im;
	struct criu_options opts;
};

/* --- what is asked for ----------------------------------------------------------------------------------------------- */

int criu_choose(const struct criu_choices *c, const struct intent *in, struct criu_options *to, struct err *e)
{
	to->tcp_established = c->tcp_established;
	to->ext_unix_sk = c->ext_unix_sk;
	to->shell_job = c->shell_job;
	to->file_locks = c->file_locks;
	to->lazy_pages = c->lazy_pages;
	to->auto_dedup = c->auto_dedup;
	to->cgroups_mode = c->cgroups;
	to->network_lock = c->network_lock;
	to->notify_scripts = to->orphan_pts_master = true;
	to->auto_ext_mounts = to->ext_sharing = to->ext_masters =
		true; /* binds of `mounts add`, which no config.json has */
	for (size_t i = 0; i < c->empty_ns.n; i++) {
		if (strcmp(c->empty_ns.items[i], "network") != 0)
			return err_kind(e, ERR_USAGE, "--empty-ns: \"%s\" cannot be made empty, only network",
			                c->empty_ns.items[i]);
		to->empty_ns |= CLONE_NEWNET;
	}
	return criu_config(&in->annotations, &to->config_file, e);
}

/* "127.0.0.1:27000", "[::1]:27000" */
static int read_page_server(struct checkpoint *k, struct err *e)
{
	const char *text = k->o->page_server, *colon = text != NULL ? strrchr(text, ':') : NULL;
	uint64_t port;
	size_t n;

	if (text == NULL)
		return 0;
	if (colon == NULL || colon == text || !num_u64(colon + 1, UINT16_MAX, &port) || port == 0)
		return err_kind(e, ERR_USAGE, "--page-server: expected ADDRESS:PORT, found \"%s\"", text);
	n = (size_t)(colon - text);
	if (text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	k->opts.page_address = arena_strndup(k->arena, text, n);
	k->opts.page_port = (unsigned int)port;
	return k->opts.page_address == NULL ? err_memory(e) : 0;
}

/* Relative to the images, as criu wants it. */
static int check_parent(const struct checkpoint *k, struct err *e)
{
	const char *path = k->o->parent_path;
	struct stat st;

	if (path == NULL || *path == '\0')
		return 0;
	if (path[0] == '/')
		return err_kind(e, ERR_USAGE, "--parent-path: %s is not relative to the image path", path);
	if (fstatat(k->im.dir, path, &st, 0) < 0)
		return err_sys(e, "--parent-path: %s below %s", path, k->im.path);
	return S_ISDIR(st.st_mode) ? 0 : err_kind(e, ERR_USAGE, "--parent-path: %s is no directory", path);
}

static int read_options(struct checkpoint *k, struct err *e)
{
	const struct checkpoint_options *o = k->o;
	int flags = o->status_fd != 0 ? fcntl((int)o->status_fd, F_GETFL) : 0;

	if (o->status_fd != 0 && (flags < 0 || (flags & (O_WRONLY | O_RDWR)) == 0))
		return err_kind(e, ERR_USAGE, "--status-fd: descriptor %u is not open for writing", o->status_fd);
	k->opts.status_fd = o->status_fd != 0 ? (int)o->status_fd : -1;
	k->opts.leave_running = o->leave_running;
	k->opts.tcp_skip_in_flight = o->tcp_skip_in_flight;
	k->opts.link_remap = o->link_remap;
	k->opts.parent_images = o->parent_path != NULL && *o->parent_path != '\0' ? o->parent_path : NULL;
	k->opts.track_mem = o->pre_dump || k->opts.parent_images != NULL;
	k->opts.log_file = log_name;
	return criu_choose(&o->criu, &k->c->intent, &k->opts, e) < 0 ? -1 : read_page_server(k, e);
}

/* --- what the container is ------------------------------------------------------------------------------------------- */

static int make_plan(struct checkpoint *k, struct err *e)
{
	auto_free char *text = NULL;
	struct intent *in = &k->c->intent;
	struct oci_config *spec;
	struct json_error je;
	size_t len;

	if (store_get_config(k->c, &text, &len, e) < 0 || facts_find(&in->facts, &k->layout, in->manager, e) < 0)
		return -1;
	if (oci_config_read(&(struct json_text){ .name = in->config_name, .text = text, .len = len }, k->arena, &spec,
	                    &je) < 0)
		return place_json(&je, e);
	k->plan = plan_build(spec, in, k->arena, e);
	if (k->plan == NULL)
		return place_error(e, in->config_name, text, len);
	if ((k->plan->ns.make & CLONE_NEWNS) == 0)
		return err_kind(e, ERR_HOST, "a container without a mount namespace of its own cannot be checkpointed");
	return 0;
}

static int describe(struct checkpoint *k, struct err *e)
{
	pid_t pid = k->c->pid;

	k->opts.pid = (unsigned int)pid;
	k->opts.images_fd = k->im.dir;
	k->opts.work_fd = k->im.work;
	k->opts.freeze_cgroup = criu_freezer(k->c->intent.place, k->arena);
	if (criu_groups(pid, k->arena, NULL, &k->opts.cgroups_mode, e) < 0)
		return -1;
	if (criu_note_mounts(k->plan, pid, k->arena, &k->opts.ext_mounts, e) < 0 ||
	    criu_note_namespaces(k->plan, pid, k->arena, &k->opts.external, e) < 0)
		return -1;
	return criu_note_stdio(&k->im, pid, k->arena, &k->opts.external, e);
}

/* --- criu ------------------------------------------------------------------------------------------------------------ */

int criu_streams(bool ours, int std[3], struct err *e)
{
	int null = ours ? -1 : open("/dev/null", O_RDWR | O_CLOEXEC);

	if (!ours && null < 0)
		return err_sys(e, "open /dev/null");
	for (int i = 0; i < 3; i++)
		std[i] = ours ? i : null;
	return null;
}

static int converse(struct checkpoint *k, enum criu_act act, const struct criu_options *opts, struct criu_answer *a,
                    struct err *e)
{
	auto_criu struct criu c = CRIU_NONE;
	int std[3];
	auto_fd int null = criu_streams(k->o->criu.shell_job, std, e);

	if (null < 0 && !k->o->criu.shell_job)
		return -1;
	return criu_start(&c, k->program, std, NULL, e) < 0 ? -1 : criu_ask(&c, act, opts, NULL, a, e);
}

static int check_features(struct checkpoint *k, struct err *e)
{
	struct criu_answer a;

	if (!k->o->pre_dump && !k->o->criu.lazy_pages)
		return 0;
	if (converse(k, CRIU_FEATURE_CHECK, NULL, &a, e) < 0)
		return -1;
	if (k->o->pre_dump && !a.mem_track)
		return err_kind(e, ERR_HOST,
		                "--pre-dump: this kernel does not track changes of memory (criu: mem_dirty_track)");
	if (k->o->criu.lazy_pages && !a.lazy_pages)
		return err_kind(e, ERR_HOST, "--lazy-pages: this kernel or criu cannot do that (criu: uffd)");
	return 0;
}

static int dump(struct checkpoint *k, struct err *e)
{
	struct criu_answer a;

	if (criu_check_version(k->program, &k->opts, e) < 0 || check_features(k, e) < 0)
		return criu_explain(k->program, -1, NULL, NULL, e);
	(void)unlinkat(k->im.work, log_name, 0); /* of an earlier one; mostly there is none */
	if (converse(k, k->o->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP, &k->opts, &a, e) < 0)
		return criu_explain(k->program, k->im.work, k->im.work_path, log_name, e);
	return 0;
}

static int write_images(struct checkpoint *k, struct err *e)
{
	const struct criu_choices *c = &k->o->criu;

	if (read_options(k, e) < 0 || spawn_find("criu", k->program, e) < 0 || make_plan(k, e) < 0)
		return -1;
	if (images_open(&k->im, c->image_path, c->work_path, true, e) < 0 || check_parent(k, e) < 0)
		return -1;
	if (k->c->intent.notify_dir != NULL && images_note_notify(&k->im, e) < 0)
		return -1;
	return describe(k, e) < 0 ? -1 : dump(k, e);
}

int life_checkpoint(const struct life_globals *g, const struct checkpoint_options *o, struct err *e)
{
	auto_arena struct arena arena = { 0 };
	auto_container struct container c = CONTAINER_NONE;
	struct checkpoint k = { .o = o, .arena = &arena, .c = &c, .im = IMAGES_NONE, .opts = CRIU_OPTIONS_NONE };
	int r;

	if (store_open(g->root, o->id, &arena, &c, e) < 0 || life_lock(&c, e) < 0)
		return -1;
	if (status_permits(VERB_CHECKPOINT, &c, e) < 0)
		return -1;
	if (store_need_record(&c, e) < 0)
		return -1;
	r = write_images(&k, e);
	images_close(&k.im);
	if (r < 0 || o->leave_running || o->pre_dump)
		return r;
	return life_kill_process(&c, e) < 0 || life_clear(&c, NULL, e) < 0 ? err_in(e, "delete after the checkpoint")
	                                                                   : 0;
}
