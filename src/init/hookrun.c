/* SPDX-License-Identifier: Apache-2.0
 *
 * hookrun - runs the hooks of one point with the container's state on their standard input
 */
#include "init/hookrun.h"

#include "base/log.h"
#include "base/spawn.h"

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

	out->text = oci_state_write(&state, NULL, a, &out->len);
	return out->text != NULL ? 0 : err_set(e, "write the state for hooks: out of memory");
}

static int run_one(const struct plan_hook *hook, const struct hook_input *input, struct err *e)
{
	const struct spawn s = {
		.path = hook->path,
		.argv = hook->argv,
		.envp = hook->envp,
		.input = input->text,
		.input_len = input->len,
		.timeout_ms = hook->timeout_ms,
		.out_fd = -1,
		.err_fd = -1,
	};

	return spawn_run(&s, NULL, e);
}

int hooks_run(const struct plan_hooks *hooks, enum plan_hook_point point, const struct hook_input *input,
              bool keep_going, struct err *e)
{
	for (size_t i = 0; i < hooks->n; i++) {
		if (run_one(&hooks->hook[i], input, e) == 0)
			continue;
		e->kind = ERR_HOOK;
		(void)err_in(e, "error running %s hook #%zu", hook_point_name(point), i); /* -1 is what is returned */
		if (!keep_going)
			return err_at(e, "%s", hooks->hook[i].pointer);
		log_warn("%s", e->text);
	}
	return 0;
}
