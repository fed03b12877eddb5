/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_kill - signals a container; and delete
 */
#include "cli/commands.h"

#include <signal.h>

#include "cli/signals.h"

struct kill_options {
	bool all;
};

struct delete_options {
	bool force;
};

#define T struct kill_options
static const struct cli_option kill_rows[] = {
	CLI_FLAG("all", 'a', all, "signal every process of the container; nobody there is no failure"),
};
#undef T

#define T struct delete_options
static const struct cli_option delete_rows[] = {
	CLI_FLAG("force", 'f', force, "kill it first when it still runs; a container that is not there is no failure"),
};
#undef T

static int kill_(struct cli_call *c, struct err *e)
{
	const struct kill_options *o = c->options;
	int sig = SIGTERM;

	if (c->n_args > 1 && cli_signal(c->args[1], &sig, e) < 0)
		return -1;
	return life_kill(&c->globals, c->args[0], sig, o->all, e);
}

static int delete (struct cli_call *c, struct err *e)
{
	const struct delete_options *o = c->options;

	return life_delete(&c->globals, c->args[0], o->force, e);
}

const struct cli_command cmd_kill = {
	.name = "kill",
	.args = "CONTAINER [SIGNAL]",
	.summary = "signal the first process of a container, or all of them",
	.text = "SIGNAL is a number or a name (TERM, SIGTERM, term, RTMIN+3); without one it is TERM. 0 only asks whether "
		"the container runs.",
	CLI_OPTIONS(kill_rows, struct kill_options),
	.min_args = 1,
	.max_args = 2,
	.names_container = true,
	.needs_root = true,
	.run = kill_,
};

const struct cli_command cmd_delete = {
	.name = "delete",
	.args = "CONTAINER",
	.summary = "take away what a created or stopped container holds",
	CLI_OPTIONS(delete_rows, struct delete_options),
	.min_args = 1,
	.max_args = 1,
	.names_container = true,
	.needs_root = true,
	.run = delete,
};
