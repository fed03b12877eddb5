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
	return v < w->n ? w->word[v] : NULL;
}

unsigned json_word_value(const struct json_words *w, const char *text, size_t len)
{
	for (unsigned v = 1; v < w->n; v++)
		if (strncmp(w->word[v], text, len) == 0 && w->word[v][len] == '\0')
			return v;
	return 0;
}
