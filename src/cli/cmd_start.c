/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_start - start, pause, resume, state: commands that take little but a container
 */
#include "cli/commands.h"

#define T struct start_options
static const struct cli_option start_rows[] = {
	CLI_STR("trace", 0, trace, "FILE", CLI_TRACE_HELP),
};
#undef T

static int start(struct cli_call *c, struct err *e)
{
	struct start_options o = *(const struct start_options *)c->options;

	o.id = c->args[0];
	return life_start(&c->globals, &o, e);
}

static int pause_(struct cli_call *c, struct err *e)
{
	return life_pause(&c->globals, c->args[0], e);
}

static int resume(struct cli_call *c, struct err *e)
{
	return life_resume(&c->globals, c->args[0], e);
}

static int state(struct cli_call *c, struct err *e)
{
	struct oci_state *s;

	if (life_state(&c->globals, c->args[0], c->arena, &s, e) < 0)
		return -1;
	return cli_print_json(oci_state_write(s, "  ", c->arena, NULL), e);
}

/* A command of one container and no options. */
#define ONE_CONTAINER(verb, what)                                                             \
	.name = (verb), .args = "CONTAINER", .summary = (what), .min_args = 1, .max_args = 1, \
	.takes = { { CLI_ARG_CONTAINER, NULL } }, .names_container = true, .needs_root = true

const struct cli_command cmd_start = {
	ONE_CONTAINER("start", "let a created container run its program"),
	CLI_OPTIONS(start_rows, struct start_options),
	.run = start,
};

const struct cli_command cmd_pause = {
	ONE_CONTAINER("pause", "freeze all processes of a container"),
	.run = pause_,
};

const struct cli_command cmd_resume = {
	ONE_CONTAINER("resume", "let a paused container go on"),
	.run = resume,
};

const struct cli_command cmd_state = {
	ONE_CONTAINER("state", "show the state of a container as JSON"),
	.run = state,
};
