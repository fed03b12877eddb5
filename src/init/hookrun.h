/* SPDX-License-Identifier: Apache-2.0
 *
 * hookrun - runs the hooks of one point with the container's state on their standard input
 *
 * config.md#posix-platform-hooks. Used by the runtime process and, for createContainer and startContainer, by the init stage.
 */
#ifndef OCIRT_INIT_HOOKRUN_H
#define OCIRT_INIT_HOOKRUN_H

#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"
#include "libocispec/oci_state.h"
#include "plan/plan.h"

/* "createRuntime" */
const char *hook_point_name(enum plan_hook_point point);

/* The state of a container as hooks and agents are told it; everything in it is the intent's. */
struct oci_state hook_oci_state(const struct intent *in, enum oci_status status, pid_t pid);

/* The state document of a container as hooks and `ocirt state` get it; in the arena. */
struct hook_input {
	const char *text;
	size_t len;
	const struct map_str *annotations;     /* that may name files for the output */
	const struct hook_output *output;      /* these files, where they are out of reach by now; NULL: to be opened */
	int (*last)(void *arg, struct err *e); /* as in struct spawn */
	void *last_arg;
};

/* The files that output is appended to; -1: it is kept, and told when the hook fails. */
struct hook_output {
	int out, err;
};
#define HOOK_OUTPUT_NONE \
	{                \
		-1, -1   \
	}

/* Opens what run.oci.hooks.stdout and .stderr name, in the file system of the caller. */
int hook_output_open(const struct map_str *annotations, struct hook_output *to, struct err *e) must_check;
void hook_output_close(struct hook_output *o);
#define auto_hook_output __attribute__((cleanup(hook_output_close)))

/* Makes it; a container's hooks find their files by its annotations. */
int hook_state(const struct intent *in, enum oci_status status, pid_t pid, struct arena *a, struct hook_input *out,
               struct err *e) must_check;

/* Runs them in order; the first that fails ends it (ERR_HOOK), unless keep_going (poststop: failures are warned about). */
int hooks_run(const struct plan_hooks *hooks, enum plan_hook_point point, const struct hook_input *input,
              bool keep_going, struct err *e) must_check;

#endif
