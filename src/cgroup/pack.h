/* SPDX-License-Identifier: Apache-2.0
 *
 * pack - short texts put one behind the other into a fixed room, as layouts and places keep theirs
 */
#ifndef OCIRT_CGROUP_PACK_H
#define OCIRT_CGROUP_PACK_H

#include <stddef.h>
#include <string.h>

struct pack {
	char *at; /* next free byte */
	size_t left;
};

/* A NUL-terminated copy of text[len] in the room; NULL when it is full. */
static inline const char *pack_text(struct pack *p, const char *text, size_t len)
{
	char *to = p->at;

	if (len >= p->left)
		return NULL;
	memcpy(to, text, len);
	to[len] = '\0';
	p->at += len + 1;
	p->left -= len + 1;
	return to;
}

#endif
