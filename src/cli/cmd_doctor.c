/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_doctor - what this host and user can do, and how to mend what is missing
 */
#include "cli/commands.h"
#include "libocispec/json_out.h"

enum doctor_format { DOCTOR_TEXT, DOCTOR_JSON };

static const struct word format_words[] = { { "text", DOCTOR_TEXT }, { "json", DOCTOR_JSON } };
static const struct {
	const char *word;
	int exit_code;
} verdicts[] = {
	[DOCTOR_OK] = { "ok", 0 },
	[DOCTOR_ABSENT] = { "absent", 0 },
	[DOCTOR_LIMITED] = { "limited", 2 },
	[DOCTOR_BROKEN] = { "broken", 1 },
};

struct doctor_line {
	unsigned int format;
};

#define T struct doctor_line
static const struct cli_option rows[] = {
	CLI_WORD("format", 'f', format, format_words, "FORMAT", "text (default) or json"),
};
#undef T

enum { FOUND_COLUMN = 26 };

static int print_text(const struct doctor_report *r, struct err *e)
{
	auto_buf struct buf out = { 0 };

	for (const struct doctor_item *i = r->items; i < r->items + r->n; i++) {
		buf_printf(&out, "%-8s %-16s ", verdicts[i->verdict].word, i->name);
		cli_help_wrap(&out, i->found, FOUND_COLUMN);
		if (i->mend == NULL)
			continue;
		buf_printf(&out, "%*s", FOUND_COLUMN, "");
		buf_puts(&out, "mend: ");
		cli_help_wrap(&out, i->mend, FOUND_COLUMN + 6);
	}
	return cli_print(&out, e);
}

static int print_json(struct arena *a, const struct doctor_report *r, struct err *e)
{
	struct json_out o = { .a = a };

	json_out_open(&o, NULL, '{');
	json_out_str(&o, "verdict", verdicts[r->worst].word);
	json_out_open(&o, "checks", '[');
	for (const struct doctor_item *i = r->items; i < r->items + r->n; i++) {
		json_out_open(&o, NULL, '{');
		json_out_str(&o, "name", i->name);
		json_out_str(&o, "verdict", verdicts[i->verdict].word);
		json_out_str(&o, "found", i->found);
		if (i->mend != NULL)
			json_out_str(&o, "mend", i->mend);
		json_out_close(&o, '}');
	}
	json_out_close(&o, ']');
	json_out_close(&o, '}');
	return cli_print_json(json_out_text(&o, NULL), e);
}

static int doctor(struct cli_call *c, struct err *e)
{
	const struct doctor_line *line = c->options;
	struct doctor_report r;

	if (life_doctor(&c->globals, c->arena, &r, e) < 0)
		return -1;
	c->exit_code = verdicts[r.worst].exit_code;
	return line->format == DOCTOR_JSON ? print_json(c->arena, &r, e) : print_text(&r, e);
}

const struct cli_command cmd_doctor = {
	.name = "doctor",
	.args = "",
	.summary = "tell what this host and user can do, and how to mend what is missing",
	.text = "Nothing is changed. Ends with 0 when containers run with all that is usual, with 2 when something of it is missing or limited, "
		"with 1 when no container can be run.",
	CLI_OPTIONS(rows, struct doctor_line),
	.needs_root = true,
	.run = doctor,
};
