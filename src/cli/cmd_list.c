/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_list - the containers of a state root
 */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "libocispec/json_out.h"

enum list_format { LIST_TABLE, LIST_JSON };

static const struct word format_words[] = { { "table", LIST_TABLE }, { "json", LIST_JSON } };

struct list_options {
	unsigned int format;
	bool quiet;
};

#define T struct list_options
static const struct cli_option rows[] = {
	CLI_WORD("format", 'f', format, format_words, "FORMAT", "table (default) or json"),
	CLI_FLAG("quiet", 'q', quiet, "show ids only"),
};
#undef T

enum { COLUMNS = 6, COLUMN_GAP = 3, COLUMN_MIN = 12 };

/* One line of the table. */
struct row {
	const char *cell[COLUMNS];
	char pid[16];
};

static const char *or_nothing(const char *text)
{
	return text != NULL ? text : "";
}

/* What list says of a container whose state cannot be read. */
static const char *status_of(const struct oci_state *s)
{
	const char *word = json_word(&oci_status_words, s->status);

	return word != NULL ? word : "broken";
}

/* What a line of a table holds: no control character, which could tell of containers that there are not. NULL: out of memory. */
static const char *plain(const char *text, struct arena *a)
{
	size_t room = 6 * strlen(text) + 10;
	char *to = arena_alloc(a, room);

	if (to != NULL)
		to[log_put_plain(to, room, text)] = '\0';
	return to;
}

static int fill_row(struct row *r, const struct oci_state *s, struct arena *a)
{
	(void)snprintf(r->pid, sizeof(r->pid), "%d", s->pid.v); /* always fits */
	r->cell[0] = s->id;
	r->cell[1] = r->pid;
	r->cell[2] = status_of(s);
	r->cell[3] = plain(or_nothing(s->bundle), a);
	r->cell[4] = or_nothing(s->created);
	r->cell[5] = or_nothing(s->owner);
	return r->cell[3] != NULL ? 0 : -1;
}

/* Columns as wide as their widest cell, at least COLUMN_MIN, COLUMN_GAP between; the last is not padded. */
static void put_table(struct buf *out, const struct row *table, size_t n)
{
	size_t width[COLUMNS] = { 0 };

	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < COLUMNS; c++)
			if (strlen(table[i].cell[c]) + COLUMN_GAP > width[c])
				width[c] = strlen(table[i].cell[c]) + COLUMN_GAP;
	for (size_t i = 0; i < n; i++) {
		for (size_t c = 0; c + 1 < COLUMNS; c++)
			buf_printf(out, "%-*s", (int)(width[c] > COLUMN_MIN ? width[c] : COLUMN_MIN), table[i].cell[c]);
		buf_printf(out, "%s\n", table[i].cell[COLUMNS - 1]);
	}
}

static int list_table(struct cli_call *c, const struct life_list *list, struct buf *out, struct err *e)
{
	struct row *table = arena_alloc(c->arena, (list->n + 1) * sizeof(*table));

	if (table == NULL)
		return err_memory(e);
	table[0] = (struct row){ .cell = { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" } };
	for (size_t i = 0; i < list->n; i++)
		if (fill_row(&table[i + 1], &list->items[i], c->arena) < 0)
			return err_memory(e);
	put_table(out, table, list->n + 1);
	return 0;
}

static void put_state(struct json_out *o, const struct oci_state *s)
{
	if (s->status != OCI_STATUS_UNSET) {
		json_out_object(o, NULL, &oci_state_type, s);
		return;
	}
	json_out_open(o, NULL, '{');
	json_out_str(o, "id", s->id);
	json_out_i64(o, "pid", 0);
	json_out_str(o, "status", status_of(s));
	json_out_close(o, '}');
}

static int list_json(struct cli_call *c, const struct life_list *list, struct err *e)
{
	struct json_out o = { .a = c->arena };

	json_out_open(&o, NULL, '[');
	for (size_t i = 0; i < list->n; i++)
		put_state(&o, &list->items[i]);
	json_out_close(&o, ']');
	return cli_print_json(json_out_text(&o, NULL), e);
}

static int list(struct cli_call *c, struct err *e)
{
	const struct list_options *o = c->options;
	struct life_list found;
	auto_buf struct buf out = { 0 };

	if (c->globals.root_asked && access(c->globals.root, F_OK) < 0)
		return err_sys(e, "open %s", c->globals.root);
	if (life_list(&c->globals, o->quiet, c->arena, &found, e) < 0)
		return -1;
	if (o->format == LIST_JSON && !o->quiet)
		return list_json(c, &found, e);
	if (!o->quiet && list_table(c, &found, &out, e) < 0)
		return -1;
	for (size_t i = 0; o->quiet && i < found.n; i++)
		buf_printf(&out, "%s\n", found.items[i].id);
	return cli_print(&out, e);
}

const struct cli_command cmd_list = {
	.name = "list",
	.args = "",
	.summary = "show the containers of the state root",
	CLI_OPTIONS(rows, struct list_options),
	.needs_root = true,
	.run = list,
};
