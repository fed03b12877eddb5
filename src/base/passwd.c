/* SPDX-License-Identifier: Apache-2.0
 *
 * passwd - users out of /etc/passwd: passwd(5)
 */
#include "base/passwd.h"

#include <string.h>

#include "base/num.h"

bool passwd_field(const char *line, size_t len, int n, char *to, size_t room)
{
	const char *end = line + len, *stop;

	for (; n > 0; n--) {
		line = memchr(line, ':', (size_t)(end - line));
		if (line == NULL)
			return false;
		line++;
	}
	stop = memchr(line, ':', (size_t)(end - line));
	len = (size_t)((stop != NULL ? stop : end) - line);
	if (len >= room)
		return false;
	memcpy(to, line, len);
	to[len] = '\0';
	return true;
}

/* NAME:PASSWORD:UID:GID:GECOS:HOME:SHELL; names that begin so are comments, and lines of NIS. */
static bool says(const char *line, size_t len, uint32_t uid, enum passwd_field what, char to[PATH_MAX])
{
	char number[16];
	uint32_t id;

	if (!passwd_field(line, len, 2, number, sizeof(number)) || !num_u32(number, &id) || id != uid ||
	    !passwd_field(line, len, (int)what, to, PATH_MAX))
		return false;
	return what == PASSWD_HOME ? to[0] == '/' : to[0] != '\0' && strchr("#+-", to[0]) == NULL;
}

bool passwd_find(const char *text, size_t len, uint32_t uid, enum passwd_field what, char to[PATH_MAX])
{
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end != NULL ? (size_t)(end - text) - at : len - at;

		if (says(text + at, n, uid, what, to))
			return true;
		at += n + 1;
	}
	return false;
}
