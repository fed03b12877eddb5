/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_known.c - the known name that comes near one that is not known.
 */
#include "libocispec/json_row.h"
#include "libocispec/json_text.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * How many letters must be put in, taken out, replaced or changed for their neighbour to make B of A, in whatever case; words are
 * short, so the two rows before are enough.
 */
unsigned json_distance(const char *a, size_t len, const char *b)
{
	unsigned rows[3][64];
	size_t n = strlen(b);

	if (n >= sizeof(rows[0]) / sizeof(rows[0][0]))
		return UINT_MAX;
	for (size_t i = 0; i <= len; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			unsigned best = row[j - 1] + 1;

			if (i > 0 && above[j] + 1 < best)
				best = above[j] + 1;
			if (i > 0 && above[j - 1] + !same(a[i - 1], b[j - 1]) < best)
				best = above[j - 1] + !same(a[i - 1], b[j - 1]);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]) &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[len % 3][n];
}

/* The row whose key is the token TEXT[LEN] of a pointer; keys of ours have neither "~" nor "/". */
static const struct json_row *row_of(const struct json_type *type, const char *text, size_t len)
{
	for (unsigned i = 0; i < type->n; i++)
		if (type->rows[i].len == len && memcmp(type->rows[i].key, text, len) == 0)
			return &type->rows[i];
	return NULL;
}

/* The object type that *POINTER's last token is a member of, *POINTER is then that token; NULL: it is no described object. */
static const struct json_type *owner(const struct json_type *type, const char **pointer)
{
	const char *p = *pointer;
	const struct json_row *row;
	size_t len;

	while (type != NULL && *p == '/') {
		len = strcspn(++p, "/");
		if (p[len] == '\0')
			break;
		row = row_of(type, p, len);
		type = row != NULL && row->kind == JSON_OBJECT ? row->u.type : NULL;
		p += len;
		if (row != NULL && row->shape != JSON_ONE && *p == '/') /* the index or the free key */
			p += 1 + strcspn(p + 1, "/");
	}
	*pointer = p;
	return type;
}

const char *json_known_near(const struct json_type *type, const char *pointer)
{
	const char *key = pointer, *found = NULL;
	const struct json_type *at = owner(type, &key);
	size_t len = strlen(key);
	unsigned least = (unsigned)(len < 12 ? len / 3 + 1 : 4);

	for (unsigned i = 0; at != NULL && i < at->n; i++) {
		unsigned d = json_distance(key, len, at->rows[i].key);

		if (d < least) {
			least = d;
			found = at->rows[i].key;
		}
	}
	return found;
}
