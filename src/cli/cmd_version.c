/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_version - the version; and help
 */
#include "cli/commands.h"

#include "cli/help.h"
#include "libocispec/oci_config.h"
#include "version.h"

/* Engines read the first line and those that begin "commit:" and "spec:" (cli-compat: no other may say "version"). */
static int version(struct cli_call *c, struct err *e)
{
	static const char text[] = "ocirt version " OCIRT_VERSION "\ncommit: " OCIRT_COMMIT "\nspec: " OCI_VERSION "\n";

	(void)c;
	return cli_print_text(text, sizeof(text) - 1, e);
}

static int help(struct cli_call *c, struct err *e)
{
	const struct cli_command *k = c->n_args > 0 ? cli_find_command(c->args[0], e) : NULL;
	auto_buf struct buf out = { 0 };

	if (c->n_args > 0 && k == NULL)
		return -1;
	if (k != NULL)
		cli_help_command(&out, k);
	else
		cli_help(&out);
	return cli_print(&out, e);
}

const struct cli_command cmd_version = {
	.name = "version",
	.args = "",
	.summary = "show the version of ocirt and of the runtime-spec it knows",
	.run = version,
};

const struct cli_command cmd_help = {
	.name = "help",
	.args = "[COMMAND]",
	.summary = "show this help, or that of one command",
	.max_args = 1,
	.takes = { { CLI_ARG_COMMAND, NULL } },
	.run = help,
};
