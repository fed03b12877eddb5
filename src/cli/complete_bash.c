/* SPDX-License-Identifier: Apache-2.0
 *
 * complete_bash - the completion script of bash
 *
 * Needs nothing but bash itself. A word of the line is looked up as COMMAND:WORD; bash has taken --name=value apart at its `=`.
 */
#include "cli/complete.h"

#include "cli/commands.h"
#include "cli/globals.h"

/* `*:--name`, `create:--name|create:-n`: how an option is found. */
static void put_pattern(struct buf *out, const struct cli_command *k, const struct cli_option *row)
{
	const char *where = k != NULL ? k->name : "*";

	buf_printf(out, "%s:--%s", where, row->name);
	if (row->letter != 0)
		buf_printf(out, "|%s:-%c", where, row->letter);
}

/* How each kind of word is completed. */
static const char *const calls[] = {
	[CLI_ARG_NONE] = "false",
	[CLI_ARG_OTHER] = ":",
	[CLI_ARG_WORDS] = "_ocirt_words ",
	[CLI_ARG_DIR] = "_ocirt_dirs",
	[CLI_ARG_FILE] = "_ocirt_files",
	[CLI_ARG_CONTAINER] = "_ocirt_containers",
	[CLI_ARG_SIGNAL] = "_ocirt_words \"$signals\"",
	[CLI_ARG_COMMAND] = "_ocirt_words \"$commands\"",
};

static void put_if_valued(struct buf *out, const struct cli_command *k, const struct cli_option *row)
{
	if (row->value == NULL && !cli_hides_global(k, row))
		return;
	buf_puts(out, "\t\t");
	put_pattern(out, k, row);
	buf_puts(out, row->value != NULL ? ") valued=1 ;;\n" : ") ;;\n");
}

static void put_words(struct buf *out, const struct cli_option *row)
{
	for (size_t i = 0; i < row->n_words; i++)
		buf_printf(out, "%s%s", i > 0 ? " " : "", row->words[i].name);
}

static void put_value(struct buf *out, const struct cli_command *k, const struct cli_option *row)
{
	enum cli_arg arg = cli_value_arg(row);

	if (arg == CLI_ARG_NONE && !cli_hides_global(k, row))
		return;
	buf_puts(out, "\t");
	put_pattern(out, k, row);
	buf_printf(out, ") %s", calls[arg]);
	if (arg == CLI_ARG_WORDS) {
		buf_puts(out, "'");
		put_words(out, row);
		buf_puts(out, "'");
	}
	buf_puts(out, " ;;\n");
}

static void put_name(struct buf *out, const struct cli_command *k, const struct cli_option *row)
{
	(void)k;
	buf_printf(out, " --%s", row->name);
	if (row->letter != 0)
		buf_printf(out, " -%c", row->letter);
}

static void put_options(struct buf *out, const struct cli_command *k, const struct cli_option *rows, size_t n)
{
	static const struct cli_visit names = { .option = put_name };

	buf_printf(out, "\t%s) _ocirt_words '", k != NULL ? k->name : "*");
	cli_visit_rows(out, k, rows, n, &names);
	buf_puts(out, k != NULL ? " '\"$globals\" ;;\n" : "' ;;\n");
}

static void put_argument(struct buf *out, const struct cli_command *k, size_t at)
{
	const struct cli_takes *t = &k->takes[at];

	if (t->arg == CLI_ARG_NONE)
		return;
	buf_printf(out, "\t%s:%zu) %s", k->name, at, calls[t->arg]);
	if (t->arg == CLI_ARG_WORDS)
		cli_quote(out, t->words);
	buf_puts(out, " ;;\n");
}

static void put_lists(struct buf *out)
{
	static const struct cli_visit names = { .option = put_name };
	size_t n;
	const struct cli_command *const *all = cli_commands(&n);
	const struct cli_option *rows;

	buf_puts(out, "\tlocal commands='");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%s", i > 0 ? " " : "", all[i]->name);
	buf_puts(out, "'\n\tlocal signals='");
	cli_complete_signals(out);
	buf_puts(out, "'\n\tlocal globals='");
	rows = cli_globals_rows(&n);
	cli_visit_rows(out, NULL, rows, n, &names);
	buf_puts(out, "'\n");
}

static void put_option_case(struct buf *out)
{
	size_t n;
	const struct cli_command *const *all = cli_commands(&n);

	buf_puts(out, "\tcase $command in\n");
	for (size_t i = 0; i < n; i++)
		put_options(out, all[i], all[i]->rows, all[i]->n_rows);
	buf_puts(out, "\t*) _ocirt_words \"$globals\" ;;\n\tesac\n");
}

static void put_argument_case(struct buf *out)
{
	size_t n;
	const struct cli_command *const *all = cli_commands(&n);

	buf_puts(out, "\tcase $command:$n in\n\t:0) _ocirt_words \"$commands\" ;;\n");
	for (size_t i = 0; i < n; i++)
		for (size_t at = 0; at < array_len(all[i]->takes); at++)
			put_argument(out, all[i], at);
	buf_puts(out, "\tesac\n");
}

void cli_complete_bash(struct buf *out)
{
	static const struct cli_visit valued = { .option = put_if_valued }, values = { .option = put_value };

	buf_puts(
		out,
		"# bash completion for ocirt, made by: ocirt completion bash\n\n"
		"_ocirt_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"); }\n"
		"_ocirt_dirs() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\"); }\n"
		"_ocirt_files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); }\n"
		"_ocirt_containers() { _ocirt_words \"$(\"${COMP_WORDS[0]}\" \"${root[@]}\" list -q 2>/dev/null)\"; }\n\n"
		"_ocirt() {\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
		"\tlocal command='' word i n=0 valued root=()\n");
	put_lists(out);
	buf_puts(out, "\n\tCOMPREPLY=()\n"
	              "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	              "\t\tword=${COMP_WORDS[i]} valued=''\n"
	              "\t\tcase $command:$word in\n");
	cli_visit_all(out, &valued);
	buf_puts(out,
	         "\t\t*:-*) ;;\n"
	         "\t\t:*) command=$word ;;\n"
	         "\t\t*) ((n++)) ;;\n"
	         "\t\tesac\n"
	         "\t\t[ -n \"$valued\" ] || continue\n"
	         "\t\t[ \"${COMP_WORDS[i + 1]}\" != = ] || ((i++))\n"
	         "\t\t((i++))\n"
	         "\t\t[ \"$word\" != --root ] || [ $i -ge \"$COMP_CWORD\" ] || root=(--root \"${COMP_WORDS[i]}\")\n"
	         "\tdone\n"
	         "\t[ \"$prev\" != = ] || prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	         "\t[ \"$cur\" != = ] || cur=''\n"
	         "\tcase $command:$prev in\n");
	cli_visit_all(out, &values);
	buf_puts(out, "\t*) false ;;\n\tesac && return\n\tif [[ $cur != -* ]]; then\n");
	put_argument_case(out);
	buf_puts(out, "\t\treturn\n\tfi\n");
	put_option_case(out);
	buf_puts(out, "}\n\ncomplete -o nosort -F _ocirt ocirt\n");
}
