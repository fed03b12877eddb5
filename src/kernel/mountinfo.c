/* SPDX-License-Identifier: Apache-2.0
 *
 * mountinfo - the mounts of a process, line by line: proc_pid_mountinfo(5)
 */
#include "kernel/mountinfo.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_octal(const char *p)
{
	return p[0] >= '0' && p[0] <= '3' && p[1] >= '0' && p[1] <= '7' && p[2] >= '0' && p[2] <= '7';
}

/* \040 and the like, in place. */
static char *unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if (*from == '\\' && is_octal(from + 1)) {
			*to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return text;
}

/* The next word of a line, cut off; NULL at its end. */
static char *word(char **at)
{
	char *start = *at + strspn(*at, " "), *end = start + strcspn(start, " \n");

	if (end == start)
		return NULL;
	*at = end + (*end != '\0');
	*end = '\0';
	return start;
}

/* "36 35 98:0 /root /point opts optional... - fstype source opts"; false: not such a line. */
static bool parse(char *line, struct mountinfo_row *row)
{
	char *at = line, *id = word(&at), *root, *point, *options, *w, *source;

	if (id == NULL || word(&at) == NULL || word(&at) == NULL)
		return false;
	root = word(&at);
	point = word(&at);
	options = word(&at);
	do
		w = word(&at);
	while (w != NULL && strcmp(w, "-") != 0);
	w = word(&at);
	if (root == NULL || point == NULL || options == NULL || w == NULL)
		return false;
	source = word(&at);
	*row = (struct mountinfo_row){
		.id = (int)strtol(id, NULL, 10),
		.root = unescape(root),
		.point = unescape(point),
		.fstype = unescape(w),
		.source = source != NULL ? unescape(source) : "",
		.options = options,
	};
	return true;
}

int mountinfo_each(pid_t pid, int (*each)(void *ctx, const struct mountinfo_row *row, struct err *e), void *ctx,
                   struct err *e)
{
	auto_free char *line = NULL;
	auto_file FILE *f = NULL;
	struct mountinfo_row row;
	char path[40];
	size_t room = 0;
	int r = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid); /* always fits */
	f = fopen(path, "re");
	if (f == NULL)
		return err_sys(e, "open %s", path);
	while (r == 0 && getline(&line, &room, f) > 0)
		if (parse(line, &row))
			r = each(ctx, &row, e);
	if (r == 0 && ferror(f))
		return err_sys(e, "read %s", path);
	return r;
}
