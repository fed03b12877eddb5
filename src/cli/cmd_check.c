/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_check - what is wrong or risky in a bundle
 */
#include "cli/commands.h"

enum check_format { CHECK_TEXT, CHECK_JSON };
enum { EXIT_ERRORS = 1, EXIT_RISKS = 2 };

static const struct word format_words[] = { { "text", CHECK_TEXT }, { "json", CHECK_JSON } };

struct check_line {
	const char *bundle, *config_name;
	bool host;
	unsigned int format;
};

#define T struct check_line
static const struct cli_option rows[] = {
	CLI_STR("bundle", 'b', bundle, "DIR", "the same as BUNDLE"),
	CLI_STR("config", 0, config_name, "FILE", "name of the configuration in the bundle, instead of config.json"),
	CLI_FLAG("host", 0, host, "tell, too, what this host cannot do"),
	CLI_WORD("format", 'f', format, format_words, "FORMAT", "text (default) or json"),
};
#undef T

static int print(const struct check_line *line, const struct check_result *r, struct err *e)
{
	auto_buf struct buf out = { 0 };

	if (line->format == CHECK_JSON)
		return cli_print_json(findings_print_json(&r->found, r->bundle, r->config_name), e);
	findings_print_text(&r->found, r->config_name, &out);
	return cli_print(&out, e);
}

static int check(struct cli_call *c, struct err *e)
{
	const struct check_line *line = c->options;
	const struct check_options o = { .bundle = c->n_args > 0 ? c->args[0] : line->bundle,
		                         .config_name = line->config_name,
		                         .host = line->host };
	struct check_result r = { .bundle = NULL };

	if (life_check(&c->globals, &o, c->arena, &r, e) < 0 || print(line, &r, e) < 0)
		return -1;
	if (findings_count(&r.found, FINDING_ERROR) > 0)
		c->exit_code = EXIT_ERRORS;
	else if (findings_count(&r.found, FINDING_RISK) > 0)
		c->exit_code = EXIT_RISKS;
	return 0;
}

const struct cli_command cmd_check = {
	.name = "check",
	.args = "[BUNDLE]",
	.summary = "tell everything that is wrong or risky in a bundle, and run nothing",
	.text = "All mistakes are told, not only the first, each with its place in config.json and an id that ocirt-check(8) explains. "
		"BUNDLE is the current directory unless given. Ends with 1 when create would refuse it, with 2 when there are risks only, "
		"with 0 when there are neither.",
	CLI_OPTIONS(rows, struct check_line),
	.max_args = 1,
	.takes = { { CLI_ARG_DIR, NULL } },
	.run = check,
};
