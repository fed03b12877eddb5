/* SPDX-License-Identifier: Apache-2.0
 *
 * life - what several verbs share
 */
#include "life/life.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "init/hookrun.h"
#include "kernel/pid.h"
#include "kernel/sys.h"
#include "life/note.h"
#include "life/resctrl.h"
#include "plan/place.h"

enum {
	LOCK_TIMEOUT_MS = 30000,
	DEATH_TIMEOUT_MS = 10000,
	GROUP_TIMEOUT_MS = 10000,
};

int life_relock(struct container *c, struct err *e)
{
	int r = store_lock(c, LOCK_TIMEOUT_MS, e);

	if (r == 0)
		return err_kind(e, ERR_STATUS,
		                "container \"%s\" is busy: another command has held its lock for %d seconds", c->id,
		                LOCK_TIMEOUT_MS / 1000);
	return r < 0 ? -1 : 0;
}

int life_lock(struct container *c, struct err *e)
{
	return life_relock(c, e) < 0 ? -1 : store_reload(c, e);
}

int life_document(const char *file, struct arena *a, struct json_text *out, struct err *e)
{
	bool is_stdin = strcmp(file, "-") == 0;
	auto_fd int fd = is_stdin ? -1 : open(file, O_RDONLY | O_CLOEXEC);
	auto_free char *text = NULL;

	*out = (struct json_text){ .name = is_stdin ? "standard input" : file };
	if ((!is_stdin && fd < 0) || fd_read_all(is_stdin ? STDIN_FILENO : fd, JSON_MAX_TEXT, &text, &out->len) < 0)
		return err_sys(e, "read %s", out->name);
	out->text = arena_strndup(a, text, out->len);
	return out->text != NULL ? 0 : err_memory(e);
}

void life_warn(const struct plan_warnings *w, const char *name, const char *text, size_t len)
{
	struct err e;

	for (size_t i = 0; i < w->n; i++) {
		err_clear(&e);
		(void)err_kind(&e, ERR_CONFIG, "%s%s%s", text == NULL ? w->item[i].pointer : "",
		               text == NULL ? ": " : "", w->item[i].text);
		(void)err_at(&e, "%s", w->item[i].pointer);
		(void)place_error(&e, name, text, len); /* placed as an error is, and none */
		log_warn("%s", e.text);
	}
}

/* Whether a document may have a member of that name, plain or with escapes in it. */
static bool may_name(const char *text, size_t len, const char *name)
{
	return memmem(text, len, name, strlen(name)) != NULL || memmem(text, len, "\\u", 2) != NULL;
}

int life_hooks(const struct container *c, enum plan_hook_point point, struct plan_hooks *hooks, char **text,
               size_t *len, struct err *e)
{
	struct oci_config *spec;
	struct json_error je;
	struct plan p = { .intent = &c->intent };

	if (store_get_config(c, text, len, e) < 0)
		return -1;
	if (!may_name(*text, *len, hook_point_name(point)))
		return 0; /* most configs have none: not worth reading */
	if (oci_config_read(&(struct json_text){ .name = c->intent.config_name, .text = *text, .len = *len }, c->arena,
	                    &spec, &je) < 0)
		return place_json(&je, e);
	p.spec = spec;
	if (plan_hooks(&p, c->arena, e) < 0)
		return -1;
	*hooks = p.hooks[point];
	return 0;
}

int life_place(const struct container *c, const struct cg_place **place, struct err *e)
{
	struct cg_layout *layout;
	struct cg_place *guess;
	auto_free char *text = NULL;
	struct oci_config *spec;
	struct json_error je;
	const char *path = NULL;
	struct err ignored;
	size_t len;
	int old = store_earlier_boot(c, e);

	if (old < 0)
		return -1;
	if (c->has_intent || (c->blank && note_is_kept(c->dir_fd))) {
		*place = c->has_intent && !old ? c->intent.place : NULL;
		return 0;
	}
	layout = arena_take(c->arena, sizeof(*layout));
	guess = arena_take(c->arena, sizeof(*guess));
	if (layout == NULL || guess == NULL)
		return err_memory(e);
	if (store_get_config(c, &text, &len, &ignored) == 0 &&
	    oci_config_read(&(struct json_text){ .text = text, .len = len }, c->arena, &spec, &je) == 0 &&
	    spec->linux_ != NULL)
		path = spec->linux_->cgroups_path;
	if (cg_detect(layout, e) < 0 || cg_place(layout, path, c->id, guess, e) < 0)
		return -1;
	*place = guess;
	return 0;
}

int life_kill_process(const struct container *c, struct err *e)
{
	auto_fd int pidfd = -1;
	int r = 0;

	if (!c->has_process)
		return 0;
	pidfd = pid_hold(c->pid, c->start);
	if (pidfd < 0)
		return errno == ESRCH || errno == ENOENT ? 0 : err_sys(e, "open process %d", c->pid);
	r = store_earlier_boot(c, e);
	if (r != 0)
		return r < 0 ? -1 : 0;
	if (pid_signal(pidfd, c->pid, SIGKILL) < 0 && errno != ESRCH)
		return err_sys(e, "kill process %d", c->pid);
	if (c->has_intent && c->intent.place != NULL)
		r = cg_frozen(c->intent.place, e);
	if (r < 0 || (r > 0 && cg_freeze(c->intent.place, false, DEATH_TIMEOUT_MS, e) < 0))
		return -1;
	r = pid_wait(pidfd, DEATH_TIMEOUT_MS);
	if (r < 0)
		return err_sys(e, "wait for the end of process %d", c->pid);
	return r > 0 ? 0
	             : err_set(e, "process %d is still there %d seconds after SIGKILL", c->pid,
	                       DEATH_TIMEOUT_MS / 1000);
}

int life_stop(struct container *c, struct err *e)
{
	const struct cg_place *place = NULL;

	if (life_kill_process(c, e) < 0 || life_place(c, &place, e) < 0)
		return -1;
	return place != NULL ? cg_kill(place, SIGKILL, e) : 0;
}

/* What failed of them was warned about. */
static int run_poststop(struct container *c, const struct plan_hooks *known, struct err *e)
{
	auto_free char *text = NULL;
	struct plan_hooks hooks = { 0 };
	struct hook_input input;
	size_t len;

	if (!c->has_intent || !c->intent.poststop)
		return 0;
	if (c->lost) {
		log_warn("the poststop hooks of container \"%s\" are not run: its state file is of no use: %s", c->id,
		         c->intent_error);
		return 0;
	}
	if (known != NULL)
		hooks = *known;
	else if (life_hooks(c, HOOK_POSTSTOP, &hooks, &text, &len, e) < 0)
		return -1;
	if (hook_state(&c->intent, OCI_STATUS_STOPPED, 0, c->arena, &input, e) < 0)
		return -1;
	return hooks_run(&hooks, HOOK_POSTSTOP, &input, true, e);
}

int life_clear(struct container *c, const struct plan_hooks *poststop, struct err *e)
{
	const struct cg_driver *driver = cg_driver_of(c->has_intent ? c->intent.manager : CG_MANAGER_CGROUPFS);
	const struct cg_place *place = NULL;
	int old;

	if (life_place(c, &place, e) < 0)
		return -1;
	if (place != NULL && driver->remove(place, GROUP_TIMEOUT_MS, e) < 0)
		return -1;
	old = store_earlier_boot(c, e);
	if (old < 0 || (old == 0 && c->has_intent && resctrl_remove(c->intent.rdt, e) < 0))
		return -1;
	if (store_clear_place(c, e) < 0)
		return -1;
	if (run_poststop(c, poststop, e) < 0)
		return -1;
	return store_remove(c, e);
}
