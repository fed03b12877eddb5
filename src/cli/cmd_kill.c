/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_kill - signals a container; and delete
 */
#include "cli/commands.h"

#include <signal.h>

#include "cli/matches.h"
#include "cli/signals.h"

struct kill_options {
	bool all;
	bool regex;
};

struct delete_options {
	bool force;
	bool regex;
};

#define T struct kill_options
static const struct cli_option kill_rows[] = {
	CLI_FLAG("all", 'a', all, "signal every process of the container; nobody there is no failure"),
	CLI_FLAG("regex", 'r', regex, "CONTAINER is an extended regular expression: all whose names it is found in"),
};
#undef T

#define T struct delete_options
static const struct cli_option delete_rows[] = {
	CLI_FLAG("force", 'f', force, "kill it first when it still runs; a container that is not there is no failure"),
	CLI_FLAG("regex", 'r', regex, "CONTAINER is an extended regular expression: all whose names it is found in"),
};
#undef T

struct kill_act {
	int sig;
	bool all;
};

static int kill_one(const struct cli_call *c, const char *id, const void *ctx, struct err *e)
{
	const struct kill_act *k = ctx;

	return life_kill(&c->globals, id, k->sig, k->all, e);
}

static int delete_one(const struct cli_call *c, const char *id, const void *ctx, struct err *e)
{
	const struct delete_options *o = ctx;

	return life_delete(&c->globals, id, o->force, e);
}

static int kill_(struct cli_call *c, struct err *e)
{
	const struct kill_options *o = c->options;
	struct kill_act k = { .sig = SIGTERM, .all = o->all };

	if (c->n_args > 1 && cli_signal(c->args[1], &k.sig, e) < 0)
		return -1;
	return o->regex ? cli_each_match(c, c->args[0], &(struct cli_act){ kill_one, &k }, e)
	                : kill_one(c, c->args[0], &k, e);
}

static int delete (struct cli_call *c, struct err *e)
{
	const struct delete_options *o = c->options;

	return o->regex ? cli_each_match(c, c->args[0], &(struct cli_act){ delete_one, o }, e)
	                : delete_one(c, c->args[0], o, e);
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
	.takes = { { CLI_ARG_CONTAINER, NULL }, { CLI_ARG_SIGNAL, NULL } },
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
	.takes = { { CLI_ARG_CONTAINER, NULL } },
	.names_container = true,
	.needs_root = true,
	.run = delete,
};
