/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_gc - takes away what crashed runs left
 */
#include "cli/commands.h"
#include "libocispec/json_out.h"

enum gc_format { GC_TEXT, GC_JSON };

static const struct word format_words[] = { { "text", GC_TEXT }, { "json", GC_JSON } };
static const char *const kinds[] = {
	[GC_STATE] = "state",   [GC_CGROUP] = "cgroup", [GC_SCOPE] = "scope",  [GC_MOUNT] = "mount",
	[GC_FILTER] = "filter", [GC_KEPT] = "kept",     [GC_FAILED] = "failed"
};

struct gc_line {
	struct gc_options o;
	unsigned int format;
};

#define T struct gc_line
static const struct cli_option rows[] = {
	CLI_FLAG("dry-run", 'n', o.dry_run, "say what would be taken away, and leave it"),
	CLI_FLAG(
		"keep-stopped", 0, o.keep_stopped,
		"leave containers that have stopped: take those only that were never finished or are from an earlier boot"),
	CLI_WORD("format", 'f', format, format_words, "FORMAT", "text (default) or json"),
};
#undef T

static void put_text(struct buf *out, const struct gc_item *i, bool dry_run)
{
	if (i->kind < GC_KEPT)
		buf_puts(out, dry_run ? "would take " : "took ");
	buf_printf(out, "%s %s (%s%s%s)\n", kinds[i->kind], i->path, i->id != NULL ? i->id : "",
	           i->id != NULL ? ": " : "", i->why);
}

static void put_json(struct json_out *o, const struct gc_item *i, bool dry_run)
{
	json_out_open(o, NULL, '{');
	json_out_str(o, "kind", i->kind < GC_KEPT ? kinds[i->kind] : kinds[GC_STATE]);
	json_out_str(o, "what", i->kind >= GC_KEPT ? kinds[i->kind] : dry_run ? "found" : "taken");
	json_out_str(o, "path", i->path);
	if (i->id != NULL)
		json_out_str(o, "id", i->id);
	json_out_str(o, "why", i->why);
	json_out_close(o, '}');
}

static int print(struct cli_call *c, const struct gc_line *line, const struct gc_result *r, struct err *e)
{
	auto_buf struct buf out = { 0 };
	struct json_out o = { .a = c->arena };

	json_out_open(&o, NULL, '[');
	for (const struct gc_item *i = r->first; i != NULL; i = i->next) {
		put_text(&out, i, line->o.dry_run);
		put_json(&o, i, line->o.dry_run);
	}
	json_out_close(&o, ']');
	return line->format == GC_JSON ? cli_print_json(json_out_text(&o, NULL), e) : cli_print(&out, e);
}

static int gc(struct cli_call *c, struct err *e)
{
	const struct gc_line *line = c->options;
	struct gc_result r;

	if (life_gc(&c->globals, &line->o, c->arena, &r, e) < 0 || print(c, line, &r, e) < 0)
		return -1;
	return r.failed == 0 ? 0 : err_set(e, "%zu container(s) could not be taken away", r.failed);
}

const struct cli_command cmd_gc = {
	.name = "gc",
	.args = "",
	.summary = "take away whatever crashed runs left, and say what",
	.text = "State, control groups, scopes and mounts of containers whose process is gone or that were never finished, and half-written "
		"files of the cache. What lives, what another command is at work on and what others own is left alone.",
	CLI_OPTIONS(rows, struct gc_line),
	.needs_root = true,
	.run = gc,
};
