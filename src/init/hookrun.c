/* SPDX-License-Identifier: Apache-2.0
 *
 * hookrun - runs the hooks of one point with the container's state on their standard input
 */
#include "init/hookrun.h"

#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "base/spawn.h"
#include "plan/annotations.h"

const char *hook_point_name(enum plan_hook_point point)
{
	static const char *const names[HOOK_POINTS] = {
		[HOOK_PRESTART] = "prestart",
		[HOOK_CREATE_RUNTIME] = "createRuntime",
		[HOOK_CREATE_CONTAINER] = "createContainer",
		[HOOK_START_CONTAINER] = "startContainer",
		[HOOK_POSTSTART] = "poststart",
		[HOOK_POSTSTOP] = "poststop",
	};

	return names[point];
}

struct oci_state hook_oci_state(const struct intent *in, enum oci_status status, pid_t pid)
{
	return (struct oci_state){
		.oci_version = OCI_VERSION,
		.id = in->id,
		.status = status,
		.pid = { .set = true, .v = pid },
		.bundle = in->bundle,
		.rootfs = in->rootfs,
		.created = in->created,
		.annotations = in->annotations,
	};
}

int hook_state(const struct intent *in, enum oci_status status, pid_t pid, struct arena *a, struct hook_input *out,
               struct err *e)
{
	const struct oci_state state = hook_oci_state(in, status, pid);

	*out = (struct hook_input){ .annotations = &in->annotations };
	out->text = oci_state_write(&state, NULL, a, &out->len);
	return out->text != NULL ? 0 : err_set(e, "write the state for hooks: out of memory");
}

static int open_one(const struct map_str *annotations, const char *key, int *fd, struct err *e)
{
	const char *path = annotations_text(annotations, key);

	if (path == NULL)
		return 0;
	*fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
	if (*fd >= 0)
		return 0;
	(void)err_sys(e, "open %s", path); /* -1 is what is returned */
	return err_at(e, "/annotations/%s", key);
}

int hook_output_open(const struct map_str *annotations, struct hook_output *to, struct err *e)
{
	return open_one(annotations, ANNOTATION_HOOK_OUT, &to->out, e) < 0 ||
	                       open_one(annotations, ANNOTATION_HOOK_ERR, &to->err, e) < 0
	               ? -1
	               : 0;
}

void hook_output_close(struct hook_output *o)
{
	fd_drop(&o->out);
	fd_drop(&o->err);
}

/* What a hook printed, as far as it was kept (spawn.h): of one that failed the error tells it. */
static void log_output(const char *point, size_t i, const char *text)
{
	size_t len = strlen(text);

	while (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0)
		log_info("%s hook #%zu: %.*s", point, i, (int)len, text);
}

static int run_one(const struct plan_hook *hook, const struct hook_input *input, const struct hook_output *to,
                   struct spawn_result *said, struct err *e)
{
	const struct spawn s = {
		.path = hook->path,
		.argv = hook->argv,
		.envp = hook->envp,
		.input = input->text,
		.input_len = input->len,
		.timeout_ms = hook->timeout_ms,
		.out_fd = to->out,
		.err_fd = to->err,
		.last = input->last,
		.last_arg = input->last_arg,
		.watched = input->output == NULL, /* those of the stage end with the container */
	};

	return spawn_run(&s, said, e);
}

int hooks_run(const struct plan_hooks *hooks, enum plan_hook_point point, const struct hook_input *input,
              bool keep_going, struct err *e)
{
	auto_hook_output struct hook_output own = HOOK_OUTPUT_NONE;
	const struct hook_output *to = input->output != NULL ? input->output : &own;

	if (hooks->n > 0 && to == &own && hook_output_open(input->annotations, &own, e) < 0) {
		if (!keep_going)
			return -1;
		log_warn("the output of %s hooks is not kept: %s", hook_point_name(point), e->text);
	}
	for (size_t i = 0; i < hooks->n; i++) {
		struct spawn_result said = { .out = "" };

		if (run_one(&hooks->hook[i], input, to, &said, e) == 0) {
			log_output(hook_point_name(point), i, said.out);
			log_output(hook_point_name(point), i, said.err);
			continue;
		}
		e->kind = ERR_HOOK;
		(void)err_in(e, "error running %s hook #%zu", hook_point_name(point), i); /* -1 is what is returned */
		if (!keep_going)
			return err_at(e, "%s", hooks->hook[i].pointer);
		log_warn("%s", e->text);
	}
	return 0;
}
