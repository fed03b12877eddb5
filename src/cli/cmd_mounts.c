/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_mounts - mounts for a container that is there
 */
#include "cli/commands.h"

#include <string.h>

static int mounts(struct cli_call *c, struct err *e)
{
	struct mounts_options o = { .id = c->args[1], .file = c->args[2], .remove = strcmp(c->args[0], "remove") == 0 };

	return life_mounts(&c->globals, &o, e) < 0 ? err_in(e, "%s %s", c->args[0], o.id) : 0;
}

const struct cli_command cmd_mounts = {
	.name = "mounts",
	.args = "add|remove CONTAINER FILE",
	.summary = "mount in, or unmount from, a container that is created, running or paused",
	.text = "FILE is a JSON array of mounts as in config.json, - is standard input. Binds and tmpfs can be added; of what is "
		"removed only the destination counts. When one of them fails, nothing is changed.",
	.min_args = 3,
	.max_args = 3,
	.takes = { { CLI_ARG_WORDS, "add remove" }, { CLI_ARG_CONTAINER, NULL }, { CLI_ARG_FILE, NULL } },
	.needs_root = true,
	.run = mounts,
};
