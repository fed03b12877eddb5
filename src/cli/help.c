/* SPDX-License-Identifier: Apache-2.0
 *
 * help - the texts of --help, made from the tables that the parser reads
 */
#include "cli/help.h"

#include "cli/commands.h"
#include "cli/globals.h"

enum { SUMMARY_COLUMN = 14, TEXT_COLUMN = 3 };

/* Headings as runc's users know them. */
static void help_usage(struct buf *out, const struct cli_command *k)
{
	buf_printf(out, "NAME:\n   ocirt %s - ", k->name);
	cli_help_wrap(out, k->summary, TEXT_COLUMN);
	buf_printf(out, "\nUSAGE:\n   ocirt [GLOBAL OPTION...] %s%s%s%s\n", k->name,
	           k->n_rows > 0 ? " [OPTION...]" : "", k->args[0] != '\0' ? " " : "", k->args);
}

void cli_help_command(struct buf *out, const struct cli_command *k)
{
	size_t n;

	help_usage(out, k);
	if (k->text != NULL) {
		buf_puts(out, "\nDESCRIPTION:\n   ");
		cli_help_wrap(out, k->text, TEXT_COLUMN);
	}
	if (k->n_rows > 0) {
		buf_puts(out, "\nOPTIONS:\n");
		cli_help_options(out, k->rows, k->n_rows);
	}
	(void)cli_globals_rows(&n);
	buf_printf(out, "\nThe %zu global options are shown by: ocirt --help\n", n);
}

void cli_help(struct buf *out)
{
	size_t n;
	const struct cli_command *const *commands = cli_commands(&n);
	const struct cli_option *rows;

	buf_puts(
		out,
		"NAME:\n   ocirt - Open Container Initiative runtime: creates, runs and manages containers described by\n"
		"   config.json of the runtime-spec\n\n"
		"USAGE:\n   ocirt [GLOBAL OPTION...] COMMAND [OPTION...] [ARGUMENT...]\n\nCOMMANDS:\n");
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "  %-*s", SUMMARY_COLUMN - 2, commands[i]->name);
		cli_help_wrap(out, commands[i]->summary, SUMMARY_COLUMN);
	}
	buf_puts(out, "\nGLOBAL OPTIONS, before or after the command:\n");
	rows = cli_globals_rows(&n);
	cli_help_options(out, rows, n);
	buf_puts(out, "\nA command's own help: ocirt COMMAND --help\n");
}
