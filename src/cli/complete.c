/* SPDX-License-Identifier: Apache-2.0
 *
 * complete - what the completion scripts of all shells are made from
 */
#include "cli/complete.h"

#include <string.h>

#include "base/words.h"
#include "cli/commands.h"
#include "cli/globals.h"
#include "cli/signals.h"

/* The words in which help speaks of values, see the rows. */
static const struct word value_words[] = {
	{ "DIR", CLI_ARG_DIR },
	{ "FILE", CLI_ARG_FILE },
	{ "PATH", CLI_ARG_FILE },
};

enum cli_arg cli_value_arg(const struct cli_option *row)
{
	const struct word *w;

	if (row->value == NULL)
		return CLI_ARG_NONE;
	if (row->kind == CLI_KIND_word)
		return CLI_ARG_WORDS;
	w = word_find(value_words, array_len(value_words), row->value);
	return w != NULL ? (enum cli_arg)w->value : CLI_ARG_OTHER;
}

void cli_complete_signals(struct buf *out)
{
	size_t n;
	const struct word *words = cli_signal_words(&n);

	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%s", i > 0 ? " " : "", words[i].name);
}

void cli_quote(struct buf *out, const char *text)
{
	buf_puts(out, "'");
	for (const char *p = text; *p != '\0'; p++)
		if (*p == '\'')
			buf_puts(out, "'\\''");
		else
			buf_put(out, p, 1);
	buf_puts(out, "'");
}

bool cli_hides_global(const struct cli_command *k, const struct cli_option *row)
{
	size_t n;
	const struct cli_option *globals = cli_globals_rows(&n);

	for (size_t i = 0; k != NULL && i < n; i++)
		if (strcmp(globals[i].name, row->name) == 0 || (row->letter != 0 && globals[i].letter == row->letter))
			return true;
	return false;
}

void cli_visit_rows(struct buf *out, const struct cli_command *k, const struct cli_option *rows, size_t n,
                    const struct cli_visit *v)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].help != NULL)
			v->option(out, k, &rows[i]);
}

void cli_visit_all(struct buf *out, const struct cli_visit *v)
{
	size_t n;
	const struct cli_command *const *all = cli_commands(&n);
	const struct cli_option *rows;

	for (size_t i = 0; i < n; i++) {
		if (v->command != NULL)
			v->command(out, all[i]);
		cli_visit_rows(out, all[i], all[i]->rows, all[i]->n_rows, v);
	}
	rows = cli_globals_rows(&n);
	cli_visit_rows(out, NULL, rows, n, v);
}
