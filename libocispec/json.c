/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - looking things up: a map's key, a word's value.
 */
#include "libocispec/json.h"

#include <string.h>

const char *map_str_get(const struct map_str *m, const char *key)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->items[i].key, key) == 0)
			return m->items[i].value;
	return NULL;
}

const char *json_word(const struct json_words *w, unsigned v)
{
	const char *at = w->text;

	if (v == 0 || v >= w->n)
		return NULL;
	while (--v > 0)
		at += strlen(at) + 1;
	return at;
}

unsigned json_word_value(const struct json_words *w, const char *text, size_t len)
{
	const char *at = w->text;

	for (unsigned v = 1; v < w->n; v++) {
		size_t n = strlen(at);

		if (n == len && memcmp(at, text, len) == 0)
			return v;
		at += n + 1;
	}
	return 0;
}
