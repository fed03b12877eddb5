/* SPDX-License-Identifier: Apache-2.0
 *
 * complete_zsh - the completion script of zsh: specifications for its _arguments
 */
#include "cli/complete.h"

#include <string.h>

#include "cli/commands.h"
#include "cli/globals.h"

/* What _arguments is told to do for each kind of word. */
static const char *const acts[] = {
	[CLI_ARG_NONE] = "",
	[CLI_ARG_OTHER] = " ",
	[CLI_ARG_WORDS] = "",
	[CLI_ARG_DIR] = "_files -/",
	[CLI_ARG_FILE] = "_files",
	[CLI_ARG_CONTAINER] = "_ocirt_containers",
	[CLI_ARG_SIGNAL] = "_ocirt_signals",
	[CLI_ARG_COMMAND] = "_ocirt_commands",
};

/* Brackets, colons and backslashes mean something in a specification. */
static void put_text(struct buf *to, const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (strchr("[]:\\", *p) != NULL)
			buf_puts(to, "\\");
		buf_put(to, p, 1);
	}
}

/* `*` before what may be repeated; `=` behind what takes a value that may stand in the same word. */
static void put_spec(struct buf *out, const char *name, const struct cli_option *row)
{
	auto_buf struct buf spec = { 0 };
	enum cli_arg arg = cli_value_arg(row);

	buf_printf(&spec, "%s%s%s[", row->kind == CLI_KIND_list ? "*" : "", name,
	           row->value == NULL ? ""
	           : name[1] == '-'   ? "="
	                              : "+");
	put_text(&spec, row->help);
	buf_puts(&spec, "]");
	if (row->value != NULL) {
		buf_puts(&spec, ":");
		put_text(&spec, row->value);
		buf_printf(&spec, ":%s", acts[arg]);
	}
	for (size_t i = 0; i < row->n_words; i++)
		buf_printf(&spec, "%s%s%s", i > 0 ? " " : "(", row->words[i].name, i + 1 == row->n_words ? ")" : "");
	buf_puts(out, "\t\t");
	cli_quote(out, buf_text(&spec) != NULL ? buf_text(&spec) : "");
	buf_puts(out, "\n");
}

static void put_option(struct buf *out, const struct cli_command *k, const struct cli_option *row)
{
	char name[64];

	(void)k;
	(void)snprintf(name, sizeof(name), "--%s", row->name); /* fits */
	put_spec(out, name, row);
	if (row->letter == 0)
		return;
	(void)snprintf(name, sizeof(name), "-%c", row->letter); /* fits */
	put_spec(out, name, row);
}

static void put_argument(struct buf *out, const struct cli_takes *t, size_t at)
{
	if (t->arg == CLI_ARG_NONE)
		return;
	buf_printf(out, "\t\t'%zu::word:%s", at + 1, acts[t->arg]);
	buf_printf(out, t->arg == CLI_ARG_WORDS ? "(%s)'\n" : "'\n", t->words);
}

static void put_command(struct buf *out, const struct cli_command *k)
{
	static const struct cli_visit options = { .option = put_option };

	buf_printf(out, "\t%s) specs=(\n", k->name);
	cli_visit_rows(out, k, k->rows, k->n_rows, &options);
	for (size_t i = 0; i < array_len(k->takes); i++)
		put_argument(out, &k->takes[i], i);
	if (k->max_args == CLI_MANY)
		buf_puts(out, "\t\t'*::argument:_normal'\n");
	buf_puts(out, "\t\t) ;;\n");
}

static void put_commands(struct buf *out, const struct cli_command *const *all, size_t n)
{
	buf_puts(out, "_ocirt_commands() {\n\tlocal -a commands=(\n");
	for (size_t i = 0; i < n; i++) {
		auto_buf struct buf text = { 0 };

		buf_printf(&text, "%s:", all[i]->name);
		put_text(&text, all[i]->summary);
		buf_puts(out, "\t\t");
		cli_quote(out, buf_text(&text) != NULL ? buf_text(&text) : "");
		buf_puts(out, "\n");
	}
	buf_puts(out, "\t)\n\t_describe -t commands command commands\n}\n\n");
}

void cli_complete_zsh(struct buf *out)
{
	static const struct cli_visit options = { .option = put_option };
	size_t n, n_rows;
	const struct cli_command *const *all = cli_commands(&n);
	const struct cli_option *rows = cli_globals_rows(&n_rows);

	buf_puts(out, "#compdef ocirt\n# zsh completion for ocirt, made by: ocirt completion zsh\n\n"
	              "_ocirt_containers() {\n"
	              "\tlocal at=${opt_args[--root]:-$root}\n"
	              "\tlocal -a ids=(${(f)\"$($self ${at:+--root=$at} list -q 2>/dev/null)\"})\n"
	              "\tcompadd -a ids\n}\n\n_ocirt_signals() { compadd ");
	cli_complete_signals(out);
	buf_puts(out, " }\n\n");
	put_commands(out, all, n);
	buf_puts(out,
	         "_ocirt() {\n\tlocal curcontext=$curcontext state line root self=$words[1]\n\ttypeset -A opt_args\n"
	         "\tlocal -a specs globals=(\n");
	cli_visit_rows(out, NULL, rows, n_rows, &options);
	buf_puts(
		out,
		"\t)\n\n\t_arguments -C -A '-*' $globals '1:command:_ocirt_commands' '*::argument:->argument' && return\n"
		"\t[[ $state == argument ]] || return 1\n\troot=${opt_args[--root]}\n\tcase $words[1] in\n");
	for (size_t i = 0; i < n; i++)
		put_command(out, all[i]);
	buf_puts(out, "\tesac\n\t_arguments -s $specs $globals\n}\n\n_ocirt \"$@\"\n");
}
