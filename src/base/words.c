/* SPDX-License-Identifier: Apache-2.0
 *
 * words - tables of names and their numbers: signals, capabilities, mount options, rlimits, ...
 */
#include "base/words.h"

#include <string.h>

enum { WORD_MAX = 64 };

const struct word *word_find(const struct word *words, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	return NULL;
}

const struct word *word_of(const struct word *words, size_t n, uint64_t value)
{
	for (size_t i = 0; i < n; i++)
		if (words[i].value == value)
			return &words[i];
	return NULL;
}

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int m = a < b ? a : b;

	return m < c ? m : c;
}

unsigned int word_distance(const char *a, const char *b, unsigned int limit)
{
	unsigned int row[WORD_MAX + 1];
	size_t la = strnlen(a, WORD_MAX), lb = strnlen(b, WORD_MAX);

	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned int up = row[j];

			row[j] = min3(up + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = up;
		}
	}
	return row[lb] <= limit ? row[lb] : limit + 1;
}

const char *word_nearest(const struct word *words, size_t n, const char *name)
{
	const char *best = NULL;
	unsigned int best_distance = 3;

	if (strlen(name) > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		unsigned int d = word_distance(words[i].name, name, 2);

		if (d < best_distance && 2 * (size_t)d <= strlen(name)) {
			best = words[i].name;
			best_distance = d;
		}
	}
	return best;
}
