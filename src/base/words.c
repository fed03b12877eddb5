/* SPDX-License-Identifier: Apache-2.0
 *
 * words - tables of names and their numbers: signals, capabilities, mount options, rlimits, ...
 */
#include "base/words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 64, NEAR = 2 };

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

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int m = a < b ? a : b;

	return m < c ? m : c;
}

unsigned int word_distance(const char *a, const char *b, unsigned int limit)
{
	unsigned int rows[3][WORD_MAX + 1];
	size_t la = strnlen(a, WORD_MAX), lb = strnlen(b, WORD_MAX);

	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned int *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= lb; j++) {
			row[j] = min3(up[j] + 1, row[j - 1] + 1, up[j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]) &&
			    up2[j - 2] + 1 < row[j])
				row[j] = up2[j - 2] + 1;
		}
	}
	return rows[la % 3][lb] <= limit ? rows[la % 3][lb] : limit + 1;
}

void word_offer(struct word_search *s, const char *name)
{
	size_t len = strlen(s->typed);
	unsigned int d = len <= WORD_MAX ? word_distance(name, s->typed, NEAR) : NEAR + 1;

	if (d > NEAR || 3 * (size_t)d > len || (s->best != NULL && d >= s->distance))
		return;
	s->best = name;
	s->distance = d;
}

int word_hint(struct err *e, const char *near)
{
	size_t n = strlen(e->text);

	if (near != NULL) /* a cut tail is still told */
		(void)snprintf(e->text + n, sizeof(e->text) - n, ", did you mean \"%s\"?", near);
	return -1;
}

const char *word_nearest(const struct word *words, size_t n, const char *name)
{
	struct word_search s = { .typed = name };

	for (size_t i = 0; i < n; i++)
		word_offer(&s, words[i].name);
	return s.best;
}
