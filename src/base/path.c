/* SPDX-License-Identifier: Apache-2.0
 *
 * path - texts that are paths; nothing here touches the file system
 */
#include "base/path.h"

#include <string.h>

/* Cuts the last component of a cleaned path of len bytes; returns the new length. */
static size_t parent_len(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

/* Goes on from the len bytes of a cleaned path in `to`. */
static bool go_on(const char *path, char *to, size_t *len, size_t room)
{
	while (*path != '\0') {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.') {
			*len = parent_len(to, *len);
		} else if (n > 0 && !(n == 1 && path[0] == '.')) {
			if (*len + n + 2 > room)
				return false;
			to[(*len)++] = '/';
			memcpy(to + *len, path, n);
			*len += n;
		}
		path += n + (path[n] == '/');
	}
	return true;
}

bool path_join(const char *base, const char *path, char *to, size_t room)
{
	size_t len = 0;

	if ((path[0] != '/' && !go_on(base, to, &len, room)) || !go_on(path, to, &len, room))
		return false;
	if (len == 0) {
		if (room < 2)
			return false;
		to[len++] = '/';
	}
	to[len] = '\0';
	return true;
}

bool path_clean(const char *path, char *to, size_t room)
{
	return path_join("", path, to, room);
}

bool path_has_dotdot(const char *path)
{
	while (*path != '\0') {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.')
			return true;
		path += n + (path[n] == '/');
	}
	return false;
}

bool path_is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 1)
		return path[0] == '/';
	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}
