/* SPDX-License-Identifier: Apache-2.0
 *
 * timeline - `--trace FILE`: what was recorded of both processes as Chrome trace events, or for "-" as a summary of one screen
 */
#include "life/timeline.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/fd.h"

enum { ROWS = 18, BAR = 24 /* of the summary */ };

static const char *const sides[TRACE_SIDES] = { [TRACE_RUNTIME] = "runtime", [TRACE_STAGE] = "stage" };

int timeline_begin(struct timeline *t, const char *verb, const char *file, struct err *e)
{
	*t = (struct timeline)TIMELINE_NONE;
	if (file == NULL)
		return 0;
	t->file = file;
	t->verb = verb;
	if (strcmp(file, "-") != 0) {
		t->out = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);
		if (t->out < 0)
			return err_sys(e, "open trace file %s", file);
	}
	if (trace_new(&t->trace, &t->fd, e) == 0)
		return 0;
	fd_drop(&t->out);
	return -1;
}

/* --- Chrome trace events --------------------------------------------------------------------------------------------- */

static void put_process(struct buf *b, pid_t pid, const char *verb, enum trace_side side)
{
	buf_printf(
		b,
		"{\"name\": \"process_name\", \"ph\": \"M\", \"pid\": %d, \"tid\": %d, \"args\": {\"name\": \"ocirt %s: %s\"}},\n",
		(int)pid, (int)pid, verb, sides[side]);
}

static void put_events(struct buf *b, const struct timeline *t, const struct trace_span *all, size_t n)
{
	const pid_t pid[TRACE_SIDES] = {
		[TRACE_RUNTIME] = getpid(), [TRACE_STAGE] = t->stage > 0 ? t->stage : getpid() + 1
	};

	buf_puts(b, "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n");
	put_process(b, pid[TRACE_STAGE], t->verb, TRACE_STAGE);
	put_process(b, pid[TRACE_RUNTIME], t->verb, TRACE_RUNTIME);
	for (size_t i = 0; i < n; i++)
		buf_printf(b,
		           "{\"name\": \"%s\", \"cat\": \"%s\", \"ph\": \"X\", \"ts\": %" PRIu64
		           ".%03d, \"dur\": %" PRIu64 ".%03d, \"pid\": %d, \"tid\": %d%s}%s\n",
		           all[i].name, sides[all[i].side], all[i].begin / 1000, (int)(all[i].begin % 1000),
		           (all[i].end - all[i].begin) / 1000, (int)((all[i].end - all[i].begin) % 1000),
		           (int)pid[all[i].side], (int)pid[all[i].side],
		           all[i].failed ? ", \"args\": {\"failed\": true}" : "", i + 1 < n ? "," : "");
	buf_puts(b, "]}\n");
}

/* --- the summary ----------------------------------------------------------------------------------------------------- */

/* The shortest that is still shown. */
static uint64_t threshold(const struct trace_span *all, size_t n)
{
	uint64_t longest[ROWS] = { 0 };

	for (size_t i = 0; i < n; i++) {
		uint64_t v = all[i].end - all[i].begin;

		for (size_t k = 0; k < ROWS; k++)
			if (v > longest[k]) {
				uint64_t was = longest[k];

				longest[k] = v;
				v = was;
			}
	}
	return longest[ROWS - 1];
}

static void put_bar(struct buf *b, uint64_t begin, uint64_t end, uint64_t whole)
{
	char bar[BAR + 1];
	size_t from = (size_t)(begin * BAR / whole), to = (size_t)(end * BAR / whole);

	memset(bar, ' ', BAR);
	bar[BAR] = '\0';
	for (size_t i = from; i < BAR && (i == from || i < to); i++)
		bar[i] = '=';
	buf_puts(b, bar);
}

/* In milliseconds, to two places. */
static void put_ms(struct buf *b, int width, uint64_t ns)
{
	const uint64_t parts = (ns + 5000) / 10000;
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64 ".%02u", parts / 100,
	               (unsigned int)(parts % 100)); /* always fits */
	buf_printf(b, "%*s", width, text);
}

static void put_summary(struct buf *b, const struct timeline *t, const struct trace_span *all, size_t n)
{
	uint64_t first = n > 0 ? all[0].begin : 0, last = first, sum[TRACE_SIDES] = { 0 }, least = threshold(all, n);
	size_t steps[TRACE_SIDES] = { 0 }, rows = 0;

	for (size_t i = 0; i < n; i++) {
		last = all[i].end > last ? all[i].end : last;
		sum[all[i].side] += all[i].end - all[i].begin;
		steps[all[i].side]++;
	}
	buf_printf(b, "%s: ", t->verb);
	put_ms(b, 0, last - first);
	for (size_t i = 0; i < TRACE_SIDES; i++) {
		buf_printf(b, " ms%c %s %zu steps ", i == 0 ? ';' : ',', sides[i], steps[i]);
		put_ms(b, 0, sum[i]);
	}
	buf_puts(b, " ms; the longest:\n");
	for (size_t i = 0; i < n && rows < ROWS; i++) {
		if (all[i].end - all[i].begin < least)
			continue;
		rows++;
		put_ms(b, 9, all[i].begin - first);
		put_ms(b, 9, all[i].end - all[i].begin);
		buf_puts(b, " ms |");
		put_bar(b, all[i].begin - first, all[i].end - first, last > first ? last - first : 1);
		buf_printf(b, "| %-7s %s%s\n", sides[all[i].side], all[i].name, all[i].failed ? " (failed)" : "");
	}
}

static int write_all(const struct timeline *t, struct err *e)
{
	auto_free struct trace_span *all = calloc(TRACE_MAX, sizeof(*all));
	auto_buf struct buf b = { 0 };
	size_t n;

	if (all == NULL)
		return err_memory(e);
	n = trace_take(t->trace, all);
	if (t->out >= 0)
		put_events(&b, t, all, n);
	else
		put_summary(&b, t, all, n);
	if (buf_text(&b) == NULL)
		return err_memory(e);
	return fd_write_all(t->out >= 0 ? t->out : STDOUT_FILENO, b.data, b.len) < 0
	               ? err_sys(e, "write trace file %s", t->file)
	               : 0;
}

int timeline_end(struct timeline *t, int result, struct err *e)
{
	struct err why;

	if (t->trace == NULL)
		return result;
	if (write_all(t, result == 0 ? e : &why) < 0)
		result = -1;
	trace_drop(t->trace);
	fd_drop(&t->fd);
	fd_drop(&t->out);
	t->trace = NULL;
	return result;
}
