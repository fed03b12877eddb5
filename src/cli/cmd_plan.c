/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_plan - a dry run
 */
#include "cli/commands.h"

#include <string.h>

enum plan_format { PLAN_TEXT, PLAN_JSON };

static const struct word format_words[] = { { "text", PLAN_TEXT }, { "json", PLAN_JSON } };

struct plan_line_options {
	const char *bundle, *config_name;
	unsigned int format;
};

#define T struct plan_line_options
static const struct cli_option rows[] = {
	CLI_STR("bundle", 'b', bundle, "DIR", "the same as BUNDLE"),
	CLI_STR("config", 0, config_name, "FILE", "name of the configuration in the bundle, instead of config.json"),
	CLI_WORD("format", 'f', format, format_words, "FORMAT", "text (default) or json"),
};
#undef T

static int plan(struct cli_call *c, struct err *e)
{
	const struct plan_line_options *line = c->options;
	struct plan_options o = { .bundle = c->n_args > 0 ? c->args[0] : line->bundle,
		                  .config_name = line->config_name,
		                  .json = line->format == PLAN_JSON };
	const char *text;

	if (life_plan(&c->globals, &o, c->arena, &text, e) < 0)
		return -1;
	return o.json ? cli_print_json(text, e) : cli_print_text(text, strlen(text), e);
}

const struct cli_command cmd_plan = {
	.name = "plan",
	.args = "[BUNDLE]",
	.summary = "show step by step what create would do, and change nothing",
	.text = "Each line is a step and ends in the place in config.json that asks for it; what nobody asks for is marked as "
		"default. BUNDLE is the current directory unless given. This needs no rights.",
	CLI_OPTIONS(rows, struct plan_line_options),
	.max_args = 1,
	.takes = { { CLI_ARG_DIR, NULL } },
	.needs_root = true,
	.run = plan,
};
