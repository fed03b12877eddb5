/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_top - what containers use, live
 */
#include "cli/commands.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/stamp.h"
#include "libocispec/json_out.h"
#include "life/sample.h"

enum top_format { TOP_TEXT, TOP_JSON };

static const struct word format_words[] = { { "text", TOP_TEXT }, { "json", TOP_JSON } };

struct top_line {
	struct opt_u64 count, interval;
	unsigned int format;
};

#define T struct top_line
static const struct cli_option rows[] = {
	CLI_U64("count", 'n', count, "NUMBER",
	        "end after so many tables; 0: never. 1 where the output is no terminal, 0 where it is"),
	CLI_DURATION("interval", 'i', interval, "DURATION", "time between two tables: 1s (default), 100ms, 1m30s"),
	CLI_WORD("format", 'f', format, format_words, "FORMAT",
	         "text (default) or json: an object a line for each table"),
};
#undef T

enum { CELL = 32 };
static const uint64_t default_interval = 1000000000; /* ns */

/* "12.3M"; a limit that there is not is "-". */
static const char *amount(uint64_t v, char to[CELL])
{
	static const char units[] = "BKMGTPE";
	size_t u = 0;
	uint64_t tenths = 0;

	if (v == USAGE_NO_LIMIT)
		return "-";
	for (; v >= 1024; u++) {
		tenths = v % 1024 * 10 / 1024;
		v /= 1024;
	}
	if (u == 0 || v >= 100)
		(void)snprintf(to, CELL, "%llu%c", (unsigned long long)v, units[u]); /* fits, as below */
	else
		(void)snprintf(to, CELL, "%llu.%llu%c", (unsigned long long)v, (unsigned long long)tenths, units[u]);
	return to;
}

/* A container that is there has some of it: none is what the kernel does not count. */
static uint64_t told(uint64_t v)
{
	return v == 0 ? USAGE_NO_LIMIT : v;
}

static const char *number(uint64_t v, char to[CELL])
{
	if (v == USAGE_NO_LIMIT)
		return "-";
	(void)snprintf(to, CELL, "%llu", (unsigned long long)v); /* always fits: a number of processes */
	return to;
}

static const char *hundredths(uint64_t v, char to[CELL])
{
	(void)snprintf(to, CELL, "%llu.%02llu", (unsigned long long)v / 100, (unsigned long long)v % 100); /* fits */
	return to;
}

static const char *pressure(const struct usage_pressure *p, char to[CELL])
{
	return p->set ? hundredths(p->some, to) : "-";
}

enum { COLUMNS = 13 };

static void put_line(struct buf *out, const char *const cells[COLUMNS])
{
	static const signed char width[COLUMNS] = { -24, -8, 7, 8, 8, 8, 6, 6, 8, 8, 6, 6, 6 };

	for (size_t i = 0; i < COLUMNS; i++)
		buf_printf(out, "%*s%s", width[i], cells[i], i + 1 < COLUMNS ? " " : "\n");
}

static void put_row(struct buf *out, const struct top_row *r)
{
	const struct usage_sample *s = &r->now;
	char c[COLUMNS][CELL];

	put_line(out, (const char *const[COLUMNS]){
			      r->id, json_word(&oci_status_words, r->status), hundredths(r->cpu, c[2]),
			      amount(told(s->memory), c[3]), amount(s->memory_limit, c[4]), amount(s->swap, c[5]),
			      number(told(s->pids), c[6]), number(s->pids_limit, c[7]), amount(r->read, c[8]),
			      amount(r->written, c[9]), pressure(&s->pressure[USAGE_CPU], c[10]),
			      pressure(&s->pressure[USAGE_MEMORY], c[11]), pressure(&s->pressure[USAGE_IO], c[12]) });
}

static void put_rows(struct buf *out, const struct top_row *table, size_t n)
{
	static const char *const heads[COLUMNS] = { "ID",    "STATUS", "CPU%",    "MEM",  "LIMIT", "SWAP", "PIDS",
		                                    "LIMIT", "READ/s", "WRITE/s", "PCPU", "PMEM",  "PIO" };

	put_line(out, heads);
	for (size_t i = 0; i < n; i++)
		put_row(out, &table[i]);
}

/* What fits, from the upper left corner of an empty screen: longer lines are cut, and it is said how many rows are missing. */
static void put_screen(struct buf *out, const struct top_row *table, size_t n)
{
	struct winsize size = { 0 };
	auto_buf struct buf whole = { 0 };
	size_t shown = n, width;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row < 4 || size.ws_col == 0)
		size.ws_row = size.ws_col = USHRT_MAX;
	if (n > size.ws_row - 2U) /* the heads, and the line of the cursor */
		shown = size.ws_row - 3U;
	put_rows(&whole, table, shown);
	if (shown < n)
		buf_printf(&whole, "%zu more\n", n - shown);
	buf_puts(out, "\033[H\033[J");
	for (const char *line = buf_text(&whole); line != NULL && *line != '\0'; line += width + 1) {
		width = strcspn(line, "\n");
		buf_printf(out, "%.*s\n", width < size.ws_col ? (int)width : size.ws_col, line);
	}
}

static int put_table(void *ctx, const struct top_row *table, size_t n, struct err *e)
{
	auto_buf struct buf out = { 0 };

	(void)ctx;
	if (isatty(STDOUT_FILENO))
		put_screen(&out, table, n);
	else
		put_rows(&out, table, n);
	return cli_print(&out, e);
}

static void put_object(struct json_out *o, const struct top_row *r)
{
	json_out_open(o, NULL, '{');
	json_out_str(o, "id", r->id);
	json_out_str(o, "status", json_word(&oci_status_words, r->status));
	json_out_hundredths(o, "cpuPercent", r->cpu);
	json_out_u64(o, "readRate", r->read);
	json_out_u64(o, "writeRate", r->written);
	sample_write(o, &r->now);
	json_out_close(o, '}');
}

static int put_json(void *ctx, const struct top_row *table, size_t n, struct err *e)
{
	struct arena a = { 0 };
	struct json_out o = { .a = &a };
	char now[STAMP_ROOM];
	int r;

	(void)ctx;
	stamp_now(now);
	json_out_open(&o, NULL, '{');
	json_out_str(&o, "time", now);
	json_out_open(&o, "containers", '[');
	for (size_t i = 0; i < n; i++)
		put_object(&o, &table[i]);
	json_out_close(&o, ']');
	json_out_close(&o, '}');
	r = cli_print_json(json_out_text(&o, NULL), e);
	arena_free(&a);
	return r;
}

static int top(struct cli_call *c, struct err *e)
{
	const struct top_line *line = c->options;
	const struct top_sink sink = { .put = line->format == TOP_JSON ? put_json : put_table };
	const struct top_options o = { .ids = c->args,
		                       .n_ids = c->n_args,
		                       .interval_ns = line->interval.set ? line->interval.v : default_interval,
		                       .count = line->count.set ? line->count.v : !isatty(STDOUT_FILENO) };

	if (o.interval_ns == 0)
		return err_kind(e, ERR_USAGE, "option \"--interval\": the duration has to be more than 0");
	return life_top(&c->globals, &o, &sink, e);
}

const struct cli_command cmd_top = {
	.name = "top",
	.args = "[CONTAINER...]",
	.summary = "show what containers use, live",
	.text = "CPU, memory, swap, processes, block I/O and pressure, of all that run or of those named, again each interval; a terminal shows the "
		"last table, another output gets one.",
	CLI_OPTIONS(rows, struct top_line),
	.max_args = CLI_MANY,
	.takes = { { CLI_ARG_CONTAINER, NULL }, { CLI_ARG_CONTAINER, NULL }, { CLI_ARG_CONTAINER, NULL } },
	.needs_root = true,
	.run = top,
};
