/* SPDX-License-Identifier: Apache-2.0
 *
 * complete_fish - the completion script of fish: a `complete` line an option
 */
#include "cli/complete.h"

#include "cli/commands.h"
#include "cli/globals.h"

/* What follows -a for each kind of word; NULL: nothing of ours. */
static const char *const offers[] = {
	[CLI_ARG_NONE] = NULL,
	[CLI_ARG_OTHER] = NULL,
	[CLI_ARG_WORDS] = NULL,
	[CLI_ARG_DIR] = "(__fish_complete_directories)",
	[CLI_ARG_FILE] = "(__fish_complete_path)",
	[CLI_ARG_CONTAINER] = "(__ocirt_containers)",
	[CLI_ARG_SIGNAL] = "(__ocirt_signals)",
	[CLI_ARG_COMMAND] = "(__ocirt_commands)",
};

/* Between single quotes only ' and \ mean something. */
static void put_quoted(struct buf *out, const char *text)
{
	buf_puts(out, "'");
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\'' || *p == '\\')
			buf_puts(out, "\\");
		buf_put(out, p, 1);
	}
	buf_puts(out, "'");
}

static void put_option(struct buf *out, const struct cli_command *k, const struct cli_option *row)
{
	const char *offer = offers[cli_value_arg(row)];

	buf_puts(out, "complete -c ocirt");
	if (k != NULL)
		buf_printf(out, " -n '__ocirt_in %s'", k->name);
	buf_printf(out, " -l %s", row->name);
	if (row->letter != 0)
		buf_printf(out, " -s %c", row->letter);
	if (row->value != NULL)
		buf_puts(out, " -x");
	if (offer != NULL)
		buf_printf(out, " -a '%s'", offer);
	for (size_t i = 0; i < row->n_words; i++)
		buf_printf(out, "%s%s%s", i > 0 ? " " : " -a '", row->words[i].name, i + 1 == row->n_words ? "'" : "");
	buf_puts(out, " -d ");
	put_quoted(out, row->help);
	buf_puts(out, "\n");
}

static void put_argument(struct buf *out, const struct cli_command *k, size_t at)
{
	const struct cli_takes *t = &k->takes[at];
	const char *offer = t->arg == CLI_ARG_WORDS ? t->words : offers[t->arg];

	if (offer != NULL)
		buf_printf(out, "complete -c ocirt -n '__ocirt_in %s %zu' -a '%s'\n", k->name, at, offer);
}

static void put_command(struct buf *out, const struct cli_command *k)
{
	for (size_t i = 0; i < array_len(k->takes); i++)
		put_argument(out, k, i);
}

/* `--name COMMAND:--name`: options that take the next word. */
static void put_valued(struct buf *out, const struct cli_command *k, const struct cli_option *row)
{
	const char *where = k != NULL ? k->name : "";

	if (row->value == NULL)
		return;
	buf_printf(out, " %s:--%s", where, row->name);
	if (row->letter != 0)
		buf_printf(out, " %s:-%c", where, row->letter);
}

static void put_commands(struct buf *out)
{
	size_t n;
	const struct cli_command *const *all = cli_commands(&n);

	buf_puts(out, "function __ocirt_commands\n");
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "    printf '%%s\\t%%s\\n' %s ", all[i]->name);
		put_quoted(out, all[i]->summary);
		buf_puts(out, "\n");
	}
	buf_puts(out, "end\n\n");
}

void cli_complete_fish(struct buf *out)
{
	static const struct cli_visit all = { .option = put_option, .command = put_command };
	static const struct cli_visit valued = { .option = put_valued };

	buf_puts(out, "# fish completion for ocirt, made by: ocirt completion fish\n\nset -g __ocirt_valued");
	cli_visit_all(out, &valued);
	buf_puts(
		out,
		"\n\n# Prints the command and what stands behind it, a word a line, without options and their values.\n"
		"function __ocirt_line\n"
		"    set -l command ''\n"
		"    set -l skip 0\n"
		"    for word in (commandline -opc)[2..-1]\n"
		"        if test $skip = 1\n"
		"            set skip 0\n"
		"        else if contains -- \"$command:$word\" $__ocirt_valued; or contains -- \":$word\" $__ocirt_valued\n"
		"            set skip 1\n"
		"        else if not string match -q -- '-*' $word\n"
		"            test -n \"$command\"; or set command $word\n"
		"            echo $word\n"
		"        end\n"
		"    end\n"
		"end\n\n"
		"# Whether the command is $argv[1], and with $argv[2] so many words stand behind it.\n"
		"function __ocirt_in\n"
		"    set -l line (__ocirt_line)\n"
		"    test \"$line[1]\" = \"$argv[1]\"; or return 1\n"
		"    test (count $argv) = 1; or test (count $line) = (math $argv[2] + 1)\n"
		"end\n\n"
		"function __ocirt_containers\n"
		"    set -l self (commandline -opc)[1]\n"
		"    set -l root (string match -r -- '--root[= ](\\S+)' (commandline -p))\n"
		"    if set -q root[2]\n"
		"        $self --root $root[2] list -q 2>/dev/null\n"
		"    else\n"
		"        $self list -q 2>/dev/null\n"
		"    end\n"
		"end\n\n"
		"function __ocirt_signals\n"
		"    string split ' ' '");
	cli_complete_signals(out);
	buf_puts(out, "'\nend\n\n");
	put_commands(out);
	buf_puts(out, "complete -c ocirt -f\n"
	              "complete -c ocirt -n '__ocirt_in \"\"' -a '(__ocirt_commands)'\n");
	cli_visit_all(out, &all);
}
