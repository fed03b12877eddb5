/* SPDX-License-Identifier: Apache-2.0
 *
 * finding - what is wrong or risky in a bundle: a list that is filled, placed and printed
 */
#include "plan/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libocispec/json_out.h"

static const struct {
	const char *word;
	enum finding_level level;
} kinds[] = {
#define FINDING(name, id, level) [FINDING_IS_##name] = { id, FINDING_##level },
#include "plan/findings.tab"
#undef FINDING
};

const char *finding_word(enum finding_id id)
{
	return kinds[id].word;
}

enum finding_level finding_level(enum finding_id id)
{
	return kinds[id].level;
}

const char *finding_level_word(enum finding_level level)
{
	static const char *const words[] = {
		[FINDING_NOTE] = "note", [FINDING_RISK] = "risk", [FINDING_ERROR] = "error"
	};

	return words[level];
}

/* The place behind the last one; NULL: out of memory. */
static struct finding *next(struct findings *f)
{
	struct finding *item = arena_more(f->a, f->item, f->n, sizeof(*item));

	if (item == NULL)
		return NULL;
	f->item = item;
	return &item[f->n];
}

void finding_add(struct findings *f, enum finding_id id, const char *pointer, const char *fmt, ...)
{
	struct finding *item = next(f);
	char text[ERR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args); /* a cut text is still told */
	va_end(args);
	if (item != NULL) {
		*item = (struct finding){ .id = id,
			                  .nth = f->n,
			                  .pointer = arena_strndup(f->a, pointer, strlen(pointer)),
			                  .text = arena_strndup(f->a, text, strlen(text)) };
		if (item->pointer != NULL && item->text != NULL) {
			f->n++;
			return;
		}
	}
	f->lost = true;
}

static int by_place(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->place.line != y->place.line)
		return x->place.line < y->place.line ? -1 : 1;
	if (x->place.column != y->place.column)
		return x->place.column < y->place.column ? -1 : 1;
	if (x->id != y->id)
		return (int)x->id - (int)y->id;
	return (x->nth > y->nth) - (x->nth < y->nth);
}

void findings_sort(struct findings *f)
{
	if (f->n > 1)
		qsort(f->item, f->n, sizeof(*f->item), by_place);
}

size_t findings_count(const struct findings *f, enum finding_level level)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += finding_level(f->item[i].id) == level;
	return n;
}

void findings_print_text(const struct findings *f, const char *name, struct buf *out)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct finding *x = &f->item[i];

		buf_put_plain(out, name);
		if (x->place.line > 0)
			buf_printf(out, ":%u:%u", x->place.line, x->place.column);
		buf_printf(out, ": %s: ", finding_level_word(finding_level(x->id)));
		buf_put_plain(out, x->pointer);
		buf_puts(out, x->pointer[0] != '\0' ? ": " : "");
		buf_put_plain(out, x->text);
		buf_printf(out, " [%s]\n", finding_word(x->id));
	}
	for (int level = FINDING_ERROR; level >= FINDING_NOTE; level--) {
		size_t n = findings_count(f, (enum finding_level)level);

		buf_printf(out, "%zu %s%s%s", n, finding_level_word((enum finding_level)level), n == 1 ? "" : "s",
		           level > FINDING_NOTE ? ", " : "\n");
	}
}

static void put(struct json_out *o, const struct finding *x)
{
	json_out_open(o, NULL, '{');
	json_out_str(o, "id", finding_word(x->id));
	json_out_str(o, "level", finding_level_word(finding_level(x->id)));
	json_out_str(o, "pointer", x->pointer);
	if (x->place.line > 0) {
		json_out_u64(o, "line", x->place.line);
		json_out_u64(o, "column", x->place.column);
	}
	json_out_str(o, "text", x->text);
	json_out_close(o, '}');
}

const char *findings_print_json(const struct findings *f, const char *bundle, const char *name)
{
	struct json_out o = { .a = f->a, .indent = "  " };

	json_out_open(&o, NULL, '{');
	json_out_str(&o, "bundle", bundle);
	json_out_str(&o, "config", name);
	json_out_u64(&o, "errors", findings_count(f, FINDING_ERROR));
	json_out_u64(&o, "risks", findings_count(f, FINDING_RISK));
	json_out_u64(&o, "notes", findings_count(f, FINDING_NOTE));
	json_out_open(&o, "findings", '[');
	for (size_t i = 0; i < f->n; i++)
		put(&o, &f->item[i]);
	json_out_close(&o, ']');
	json_out_close(&o, '}');
	return json_out_text(&o, NULL);
}
