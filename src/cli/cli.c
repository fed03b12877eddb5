/* SPDX-License-Identifier: Apache-2.0
 *
 * cli - the program but for `ocirt init`: reads the line, runs the command, tells its failure
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/words.h"
#include "cli/commands.h"
#include "cli/globals.h"
#include "cli/help.h"

/* WORDS are apart by blanks. */
static int check_word(const char *words, const char *text, struct err *e)
{
	char list[64], *rest = list;
	struct word_search near = { .typed = text };

	(void)snprintf(list, sizeof(list), "%s", words); /* no command has more */
	for (const char *w; (w = strsep(&rest, " ")) != NULL;) {
		if (strcmp(w, text) == 0)
			return 0;
		word_offer(&near, w);
	}
	(void)err_kind(e, ERR_USAGE, "expected one of %s, found \"%s\"", words, text); /* -1 is what is returned */
	return word_hint(e, near.best);
}

static int check_args(const struct cli_command *k, const char *const *args, size_t n, struct err *e)
{
	for (size_t i = 0; i < array_len(k->takes) && i < n; i++)
		if (k->takes[i].arg == CLI_ARG_WORDS && check_word(k->takes[i].words, args[i], e) < 0)
			return err_in(e, "%s", k->name);
	if (n >= k->min_args && n <= k->max_args)
		return 0;
	if (k->max_args == 0)
		(void)err_kind(e, ERR_USAGE, "takes no arguments, found %zu", n);
	else
		(void)err_kind(e, ERR_USAGE, "%s argument%s: expected %s", n < k->min_args ? "missing" : "too many",
		               n < k->min_args && k->min_args - n == 1 ? "" : "s", k->args);
	return err_in(e, "%s", k->name);
}

/* Everything after the command's name. */
static int read_command(struct cli_call *c, struct cli_globals *g, const struct cli_scan *outer, struct err *e)
{
	const struct cli_command *k = c->command;
	struct cli_level own = { k->rows, k->n_rows, arena_alloc(c->arena, k->size + 1) };
	struct cli_scan s = { .argv = outer->argv + outer->used,
		              .n = outer->n - outer->used,
		              .level = { own, outer->level[0] },
		              .n_levels = 2,
		              .raw_after = k->raw_after,
		              .arena = c->arena };

	if (own.into == NULL)
		return err_memory(e);
	if (cli_scan(&s, e) < 0)
		return err_in(e, "%s", k->name);
	c->options = own.into;
	c->args = s.args;
	c->n_args = s.n_args;
	return g->help ? 0 : check_args(k, c->args, c->n_args, e);
}

static int read_line(struct cli_call *c, struct cli_globals *g, int argc, char *const argv[], struct err *e)
{
	struct cli_scan s = {
		.argv = argv + 1, .n = argc > 0 ? (size_t)argc - 1 : 0, .n_levels = 1, .raw_after = 1, .arena = c->arena
	};

	s.level[0].rows = cli_globals_rows(&s.level[0].n);
	s.level[0].into = g;
	if (cli_scan(&s, e) < 0)
		return -1;
	if (s.n_args == 0)
		return 0;
	c->command = cli_find_command(s.args[0], e);
	if (c->command == NULL && s.n_args > 1 && (strcmp(s.args[1], "-h") == 0 || strcmp(s.args[1], "--help") == 0)) {
		(void)err_in(e, "No help topic for '%s'", s.args[0]); /* -1 is what is returned */
		return -1;
	}
	return c->command == NULL ? -1 : read_command(c, g, &s, e);
}

static int run_command(struct cli_call *c, const struct cli_globals *g, struct err *e)
{
	const struct cli_command *k = c->command;

	if (k->needs_root && cli_globals_resolve(g, c->arena, &c->globals, e) < 0)
		return err_in(e, "%s", k->name);
	if (k->run(c, e) == 0)
		return 0;
	if (e->exit_code == 0 && k->fail_code != 0)
		e->exit_code = k->fail_code;
	return k->names_container && e->kind != ERR_USAGE ? err_in(e, "%s %s", k->name, c->args[0])
	                                                  : err_in(e, "%s", k->name);
}

/* -v and -h win over any command, so that they work wherever they stand. */
static int act(struct cli_call *c, const struct cli_globals *g, struct err *e)
{
	auto_buf struct buf out = { 0 };

	if (g->version)
		return cmd_version.run(c, e);
	if (c->command != NULL && !g->help)
		return run_command(c, g, e);
	if (c->command != NULL)
		cli_help_command(&out, c->command);
	else
		cli_help(&out);
	return cli_print(&out, e);
}

/* The failure is told there too, where that can be opened. */
static own_frame void open_log_for_failure(struct cli_globals *g)
{
	struct err ignored;

	(void)!cli_globals_open_log(g, &ignored); /* there is a failure to tell already */
}

int cli_main(int argc, char *const argv[])
{
	struct cli_globals g;
	struct arena arena = { 0 };
	struct cli_call c = { .arena = &arena };
	struct err e;
	bool failed;

	err_clear(&e);
	cli_globals_init(&g);
	failed = fd_fill_std(&e) < 0 || read_line(&c, &g, argc, argv, &e) < 0;
	if (failed)
		open_log_for_failure(&g);
	else
		failed = cli_globals_open_log(&g, &e) < 0;
	if (!failed)
		failed = act(&c, &g, &e) < 0;
	arena_free(&arena);
	if (!failed)
		return c.exit_code;
	e.op = c.command != NULL ? c.command->name : NULL;
	log_error(&e);
	return e.exit_code != 0 ? e.exit_code : 1;
}
