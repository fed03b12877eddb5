/* SPDX-License-Identifier: Apache-2.0
 *
 * mountinfo - the mounts of a process, line by line: proc_pid_mountinfo(5)
 */
#include "kernel/mountinfo.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/num.h"

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

/*
 * "36 35 98:0 /root /point opts optional... - fstype source opts": a blank ends each field, also an empty one (a source can be).
 */
bool mountinfo_parse(char *line, struct mountinfo_row *row)
{
	enum { ID, ROOT = 3, POINT, OPTIONS, FIXED };
	char *rest = line, *head[FIXED], *tail[3], *field;
	uint64_t id;

	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < array_len(head); i++)
		if ((head[i] = strsep(&rest, " ")) == NULL)
			return false;
	if (!num_u64(head[ID], INT32_MAX, &id))
		return false;
	do
		field = strsep(&rest, " ");
	while (field != NULL && strcmp(field, "-") != 0);
	for (size_t i = 0; i < array_len(tail); i++)
		if ((tail[i] = strsep(&rest, " ")) == NULL)
			return false;
	*row = (struct mountinfo_row){
		.id = (int)id,
		.root = unescape(head[ROOT]),
		.point = unescape(head[POINT]),
		.fstype = unescape(tail[0]),
		.source = unescape(tail[1]),
		.options = head[OPTIONS],
		.super = tail[2],
	};
	return true;
}

int mountinfo_each(pid_t pid, int (*each)(void *ctx, const struct mountinfo_row *row, struct err *e), void *ctx,
                   struct err *e)
{
	enum { MOST = 64 << 20 };
	auto_free char *text = NULL;
	struct mountinfo_row row;
	char path[40], *rest;
	size_t len;
	int r = 0;

	(void)snprintf(path, sizeof(path), pid != 0 ? "/proc/%d/mountinfo" : "/proc/self/mountinfo",
	               pid); /* always fits */
	if (file_read_at(AT_FDCWD, path, MOST, &text, &len, e) < 0)
		return -1;
	rest = text;
	for (char *line; r == 0 && (line = strsep(&rest, "\n")) != NULL;)
		if (mountinfo_parse(line, &row))
			r = each(ctx, &row, e);
	return r;
}
