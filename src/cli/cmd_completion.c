/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_completion - what a shell has to know to complete the command line
 */
#include "cli/commands.h"

#include <string.h>

#include "cli/complete.h"

static const struct shell {
	const char *name;
	void (*put)(struct buf *out);
} shells[] = {
	{ "bash", cli_complete_bash },
	{ "zsh", cli_complete_zsh },
	{ "fish", cli_complete_fish },
};

static int completion(struct cli_call *c, struct err *e)
{
	auto_buf struct buf out = { 0 };

	for (size_t i = 0; i < array_len(shells); i++)
		if (strcmp(shells[i].name, c->args[0]) == 0)
			shells[i].put(&out);
	return cli_print(&out, e);
}

const struct cli_command cmd_completion = {
	.name = "completion",
	.args = "SHELL",
	.summary = "show the script by which a shell completes the command line",
	.text = "SHELL is bash, zsh or fish. `make install` has put the scripts where the shells look for them.",
	.min_args = 1,
	.max_args = 1,
	.takes = { { CLI_ARG_WORDS, "bash zsh fish" } },
	.run = completion,
};
