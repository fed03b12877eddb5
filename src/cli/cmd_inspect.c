/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_inspect - all that can be seen of a container
 */
#include "cli/commands.h"

#include <string.h>

enum inspect_format { INSPECT_TEXT, INSPECT_JSON };

static const struct word format_words[] = { { "text", INSPECT_TEXT }, { "json", INSPECT_JSON } };

struct inspect_line {
	unsigned int format;
};

#define T struct inspect_line
static const struct cli_option rows[] = {
	CLI_WORD("format", 'f', format, format_words, "FORMAT", "text (default) or json"),
};
#undef T

/* A key or a value without its quotes and what stands behind it. */
static void put_bare(struct buf *out, const char *text, size_t len)
{
	while (len > 0 && strchr(",{[ ", text[len - 1]) != NULL)
		len--;
	if (len >= 2 && text[0] == '"' && text[len - 1] == '"') {
		text++;
		len -= 2;
	}
	buf_put(out, text, len);
}

/* `"key": value`; a list's and an object's value is on the lines that follow. */
static void put_member(struct buf *out, const char *line, size_t len)
{
	const char *colon = line[0] == '"' ? strstr(line, "\": ") : NULL;

	if (colon == NULL || colon >= line + len) {
		put_bare(out, line, len);
		return;
	}
	buf_put(out, line + 1, (size_t)(colon - line) - 1);
	buf_puts(out, ":");
	if (strchr("[{", colon[3]) != NULL && colon + 4 >= line + len)
		return;
	buf_puts(out, " ");
	put_bare(out, colon + 3, len - (size_t)(colon + 3 - line));
}

/* JSON of one thing a line, its brackets left out: lists of words in one line, lists of objects with a dash before each. */
static void put_plain(struct buf *out, const char *json)
{
	bool in_list = false, dash = false;

	for (const char *p = json; *p != '\0';
	     p += p[strcspn(p, "\n")] == '\n' ? strcspn(p, "\n") + 1 : strcspn(p, "\n")) {
		size_t indent = strspn(p, " "), len = strcspn(p + indent, "\n");
		const char *line = p + indent;

		if (line[0] == '{' && indent > 0) {
			buf_puts(out, in_list ? "\n" : "");
			in_list = false;
			dash = true;
		} else if (strchr("{}]", line[0]) != NULL) {
			buf_puts(out, in_list ? "\n" : "");
			in_list = false;
		} else if (in_list) {
			buf_puts(out, " ");
			put_bare(out, line, len);
		} else {
			buf_printf(out, "%*s%s", (int)(indent - 2 - (dash ? 2 : 0)), "", dash ? "- " : "");
			put_member(out, line, len);
			dash = false;
			in_list = line[len - 1] == '[';
			buf_puts(out, in_list ? "" : "\n");
		}
	}
}

static int inspect(struct cli_call *c, struct err *e)
{
	const struct inspect_line *line = c->options;
	auto_buf struct buf out = { 0 };
	struct inspection i;

	if (life_inspect(&c->globals, c->args[0], line->format == INSPECT_JSON, c->arena, &i, e) < 0)
		return -1;
	if (line->format == INSPECT_JSON) {
		buf_put(&out, i.text, i.len - 1);
		buf_printf(&out, ",\"plan\":%s}\n", i.plan != NULL ? i.plan : "null");
		return cli_print(&out, e);
	}
	put_plain(&out, i.text);
	if (i.plan != NULL)
		buf_printf(&out, "plan:\n%s", i.plan);
	return cli_print(&out, e);
}

const struct cli_command cmd_inspect = {
	.name = "inspect",
	.args = "CONTAINER",
	.summary = "show all that can be seen of a container",
	.text = "Its state, the plan it was made by, namespaces, control groups with limits and what is used now, mounts, capabilities, seccomp "
		"and LSM label: as the kernel has them.",
	CLI_OPTIONS(rows, struct inspect_line),
	.min_args = 1,
	.max_args = 1,
	.takes = { { CLI_ARG_CONTAINER, NULL } },
	.names_container = true,
	.needs_root = true,
	.run = inspect,
};
