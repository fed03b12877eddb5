/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_ps - the processes of a container
 */
#include "cli/commands.h"

#include <string.h>

#include "libocispec/json_out.h"

enum ps_format { PS_TABLE, PS_JSON };

static const struct word format_words[] = { { "table", PS_TABLE }, { "json", PS_JSON } };

struct ps_options {
	unsigned int format;
};

#define T struct ps_options
static const struct cli_option rows[] = {
	CLI_WORD("format", 'f', format, format_words, "FORMAT",
	         "table (default, as ps tells it) or json (process ids only)"),
};
#undef T

static int ps_json(struct cli_call *c, struct err *e)
{
	struct json_out o = { .a = c->arena };
	struct life_pids pids;

	if (life_ps(&c->globals, c->args[0], c->arena, &pids, e) < 0)
		return -1;
	json_out_open(&o, NULL, '[');
	for (size_t i = 0; i < pids.n; i++)
		json_out_i64(&o, NULL, pids.items[i]);
	json_out_close(&o, ']');
	return cli_print_json(json_out_text(&o, NULL), e);
}

static int ps_table(struct cli_call *c, struct err *e)
{
	const char *const *words = c->args + 1;
	const char *text;

	if (*words != NULL && strcmp(*words, "--") == 0)
		words++;
	if (life_ps_table(&c->globals, c->args[0], *words != NULL ? words : NULL, c->arena, &text, e) < 0)
		return -1;
	return cli_print_text(text, strlen(text), e);
}

static int ps(struct cli_call *c, struct err *e)
{
	const struct ps_options *o = c->options;

	return o->format == PS_JSON ? ps_json(c, e) : ps_table(c, e);
}

const struct cli_command cmd_ps = {
	.name = "ps",
	.args = "CONTAINER [PS OPTION...]",
	.summary = "show the processes of a container",
	.text = "The table is that of ps(1), run with the given options (-ef without any) and without the processes of others.",
	CLI_OPTIONS(rows, struct ps_options),
	.min_args = 1,
	.max_args = CLI_MANY,
	.takes = { { CLI_ARG_CONTAINER, NULL }, { CLI_ARG_OTHER, NULL } },
	.raw_after = 1,
	.names_container = true,
	.needs_root = true,
	.run = ps,
};
