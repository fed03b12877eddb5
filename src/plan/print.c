/* SPDX-License-Identifier: Apache-2.0
 *
 * print - a plan as a text for people and as JSON for programs, with the places in config.json that asked for each step
 */
#include "plan/print.h"

#include <stdio.h>
#include <string.h>

#include "libocispec/json.h"
#include "libocispec/json_out.h"
#include "plan/tell.h"

enum { STEP_COLUMN = 15, PLACE_COLUMN = 72 };

/* Where places are looked for. */
struct printer {
	const struct plan_source *s;
	struct json_mark mark; /* lines are about in the order of config.json */
};

/* Where a line's pointer stands; false for a default, also of a member that is not there. */
static bool find_place(struct printer *p, const struct plan_line *l, struct json_place *place)
{
	return l->pointer != NULL && json_locate_on(p->s->text, p->s->len, l->pointer, &p->mark, place) == 0;
}

static void put_place(const char *name, const struct json_place *place, const char *pointer, struct buf *out)
{
	buf_put_plain(out, name);
	buf_printf(out, ":%u:%u ", place->line, place->column);
	buf_put_plain(out, pointer);
	buf_puts(out, "\n");
}

/* What config.json says may be anybody's: it ends no line, and moves no cursor. */
static void print_line(struct printer *p, const char *number, const struct plan_line *l, struct buf *out)
{
	struct json_place place;
	size_t from;
	int pad;

	buf_printf(out, "%3s  %-*s ", number, STEP_COLUMN, l->step);
	from = out->len;
	buf_put_plain(out, l->text);
	pad = PLACE_COLUMN - (int)(out->len - from);
	buf_printf(out, "%*s  ", pad > 0 ? pad : 0, "");
	if (find_place(p, l, &place))
		put_place(p->s->name, &place, l->pointer, out);
	else
		buf_puts(out, "default\n");
}

static struct plan_line as_line(const struct plan_warning *w)
{
	return (struct plan_line){ .step = "warning", .text = w->text, .pointer = w->pointer };
}

int plan_print_text(const struct plan *p, const struct plan_source *s, struct arena *a, struct buf *out, struct err *e)
{
	struct printer to = { .s = s };
	struct plan_lines lines;
	char number[24];

	if (plan_tell(p, a, &lines, e) < 0)
		return -1;
	for (size_t i = 0; i < lines.n; i++) {
		(void)snprintf(number, sizeof(number), "%zu", i + 1); /* always fits */
		print_line(&to, number, &lines.line[i], out);
	}
	for (size_t i = 0; i < p->warnings.n; i++) {
		struct plan_line l = as_line(&p->warnings.item[i]);

		print_line(&to, "-", &l, out);
	}
	return buf_text(out) != NULL ? 0 : err_memory(e);
}

static void put_line(struct json_out *o, struct printer *p, const struct plan_line *l)
{
	struct json_place place;

	json_out_open(o, NULL, '{');
	json_out_str(o, "step", l->step);
	json_out_str(o, "what", l->text);
	if (find_place(p, l, &place)) {
		json_out_str(o, "pointer", l->pointer);
		json_out_u64(o, "line", place.line);
		json_out_u64(o, "column", place.column);
	} else {
		json_out_bool(o, "default", true);
	}
	json_out_close(o, '}');
}

int plan_print_json(const struct plan *p, const struct plan_source *s, struct arena *a, const char **text,
                    struct err *e)
{
	struct json_out o = { .a = a, .indent = "  " };
	struct printer to = { .s = s };
	struct plan_lines lines;

	if (plan_tell(p, a, &lines, e) < 0)
		return -1;
	json_out_open(&o, NULL, '{');
	json_out_str(&o, "bundle", p->intent->bundle);
	json_out_str(&o, "config", s->name);
	json_out_str(&o, "rootfs", p->fs.root);
	json_out_open(&o, "steps", '[');
	for (size_t i = 0; i < lines.n; i++)
		put_line(&o, &to, &lines.line[i]);
	json_out_close(&o, ']');
	json_out_open(&o, "warnings", '[');
	for (size_t i = 0; i < p->warnings.n; i++) {
		struct plan_line l = as_line(&p->warnings.item[i]);

		put_line(&o, &to, &l);
	}
	json_out_close(&o, ']');
	json_out_close(&o, '}');
	*text = json_out_text(&o, NULL);
	return *text != NULL ? 0 : err_memory(e);
}
