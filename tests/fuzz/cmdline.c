/* SPDX-License-Identifier: Apache-2.0
 *
 * cmdline - the words of a command line, by the tables of all commands; nothing is run
 *
 * Words are the bytes between newlines.
 */
#include <string.h>

#include "cli/commands.h"
#include "cli/globals.h"
#include "cli/signals.h"
#include "cli/units.h"
#include "tests/fuzz/fuzz.h"

enum { WORDS = 64 };

static void scan_command(const struct cli_command *k, const struct cli_scan *outer, struct cli_globals *g)
{
	struct cli_level own = { k->rows, k->n_rows, calloc(1, k->size + 1) };
	struct cli_scan s = { .argv = outer->argv + outer->used,
		              .n = outer->n - outer->used,
		              .n_levels = 2,
		              .raw_after = k->raw_after,
		              .arena = outer->arena };
	struct err e;

	require(own.into != NULL);
	s.level[0] = own;
	s.level[1] = (struct cli_level){ outer->level[0].rows, outer->level[0].n, g };
	err_clear(&e);
	if (cli_scan(&s, &e) < 0)
		require(e.text[0] != '\0');
	else
		require(s.args != NULL && s.args[s.n_args] == NULL && s.n_args <= s.n);
	free(own.into);
}

static void scan(char *const *words, size_t n)
{
	struct arena a = { 0 };
	struct cli_globals g;
	struct cli_scan s = { .argv = words, .n = n, .n_levels = 1, .raw_after = 1, .arena = &a };
	const struct cli_command *k;
	struct err e;

	err_clear(&e);
	cli_globals_init(&g);
	s.level[0].rows = cli_globals_rows(&s.level[0].n);
	s.level[0].into = &g;
	if (cli_scan(&s, &e) < 0)
		require(e.text[0] != '\0' && e.kind == ERR_USAGE);
	else if (s.n_args > 0 && (k = cli_find_command(s.args[0], &e)) != NULL)
		scan_command(k, &s, &g);
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *words[WORDS + 1], *p = text;
	size_t n = 0;

	require(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	while (p != NULL && n < WORDS) {
		words[n++] = p;
		p = strchr(p, '\n');
		if (p != NULL)
			*p++ = '\0';
	}
	words[n] = NULL;
	scan(words, n);
	free(text);
	return 0;
}
