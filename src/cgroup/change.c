/* SPDX-License-Identifier: Apache-2.0
 *
 * change - new limits for a group in use: all of them, or the old ones stay
 *
 * The kernel has no transaction over files, so what a file says is noted before the first write; when a value is refused all that
 * was noted is written again. Declared in cgroup.h.
 */
#include "cgroup/cgroup.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cgroup/io.h"

/* What the files say, as writes that would say it again: one for each that could be read. */
struct notes {
	struct cg_write *w;
	size_t n;
};

static void notes_free(struct notes *o)
{
	for (size_t i = 0; i < o->n; i++)
		free((char *)o->w[i].value);
	free(o->w);
}
#define auto_notes __attribute__((cleanup(notes_free)))

/* What takes a device's line away from a list file, by how the file's name ends. */
static const struct {
	const char *end, *nothing;
} list_files[] = {
	{ "io.max", "rbps=max wbps=max riops=max wiops=max" },
	{ "_device", "0" }, /* v1: blkio.throttle.* */
	{ "weight_device", "default" },
	{ "weight", "default" },
};

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static const char *nothing_of(const char *file)
{
	const char *nothing = NULL;

	for (size_t i = 0; i < array_len(list_files); i++)
		if (ends_with(file, list_files[i].end))
			nothing = list_files[i].nothing; /* the last that fits */
	return nothing;
}

/* The line of text whose first word is that of `value`; NULL when there is none. */
static const char *line_of(const char *text, const char *value)
{
	size_t n = strcspn(value, " ") + 1;

	for (; *text != '\0'; text += strcspn(text, "\n"), text += *text == '\n')
		if (strncmp(text, value, n) == 0)
			return text;
	return NULL;
}

/* "8:0 ..." */
static bool is_device(const char *value)
{
	size_t n = strspn(value, "0123456789");

	return n > 0 && value[n] == ':' && isdigit((unsigned char)value[n + 1]);
}

/* What has to be written to get back to `text`, once `value` was; malloc'ed, NULL when nobody knows or memory ran out. */
static char *way_back(const char *file, const char *text, const char *value)
{
	const char *line = strchr(value, ' ') != NULL ? line_of(text, value) : NULL, *nothing = nothing_of(file);
	char *back;

	if (line == NULL && is_device(value))
		return nothing != NULL && asprintf(&back, "%.*s %s", (int)strcspn(value, " "), value, nothing) >= 0
		               ? back
		               : NULL;
	if (line == NULL)
		line = text;
	if (strcmp(file, "memory.oom_control") == 0) /* "oom_kill_disable 0", but written as 0 */
		line += strcspn(line, " ") + 1;
	return strndup(line, strcspn(line, "\n"));
}

/* The file that a write goes to, and what it says. False: it cannot be read, or nobody knows the way back. */
static bool note(const struct cg_place *p, const struct cg_write *w, struct cg_write *old)
{
	const struct cg_dir *d = cg_dir_of(p, w->controller);
	const char *file = w->file, *value = w->value;
	auto_free char *text = d != NULL ? cg_slurp(d, file) : NULL;

	if (d != NULL && text == NULL && w->alt_file != NULL) {
		file = w->alt_file;
		value = w->alt_value;
		text = cg_slurp(d, file);
	}
	if (text == NULL)
		return false; /* a file that is not there will be told when it is written */
	*old = (struct cg_write){ .controller = w->controller,
		                  .file = file,
		                  .value = way_back(file, text, value),
		                  .pointer = w->pointer,
		                  .knot = w->knot };
	return old->value != NULL;
}

static int take_notes(const struct cg_place *p, const struct cg_write *w, size_t n, struct notes *o, struct err *e)
{
	o->w = calloc(n > 0 ? n : 1, sizeof(*o->w));
	if (o->w == NULL)
		return err_memory(e);
	for (size_t i = 0; i < n; i++)
		o->n += note(p, &w[i], &o->w[o->n]);
	return 0;
}

/* Each knot by itself, so that one that cannot be put back does not keep the others. */
static void put_back(const struct cg_place *p, const struct notes *o)
{
	struct err e;

	for (size_t i = 0, j; i < o->n; i = j) {
		for (j = i + 1; o->w[i].knot != 0 && j < o->n && o->w[j].knot == o->w[i].knot;)
			j++;
		if (cg_write_all(p, o->w + i, j - i, &e) < 0)
			log_warn("a limit could not be put back: %s", e.text);
	}
}

int cg_change(const struct cg_place *p, const struct cg_write *w, size_t n, const struct cg_also *also, struct err *e)
{
	auto_notes struct notes old = { 0 };

	if (take_notes(p, w, n, &old, e) < 0)
		return -1;
	if (cg_write_all(p, w, n, e) == 0 && (also == NULL || also->act(also->arg, e) == 0))
		return 0;
	put_back(p, &old);
	return -1;
}
