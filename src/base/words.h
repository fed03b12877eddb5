/* SPDX-License-Identifier: Apache-2.0
 *
 * words - tables of names and their numbers: signals, capabilities, mount options, rlimits, ...
 */
#ifndef OCIRT_BASE_WORDS_H
#define OCIRT_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct word {
	const char *name;
	uint64_t value;
};

/* The row of that exact name among n rows, NULL when there is none. */
const struct word *word_find(const struct word *words, size_t n, const char *name);

/* The first row of that value, NULL when there is none. */
const struct word *word_of(const struct word *words, size_t n, uint64_t value);

/*
 * The name closest to a mistyped one (edit distance of at most 2 and at most a third of its length), NULL when nothing is
 * near: "did you mean ...?".
 */
const char *word_nearest(const struct word *words, size_t n, const char *name);

/* The same over names that are in no such table: each is offered in turn, the nearest is left in best. */
struct word_search {
	const char *typed;
	const char *best;
	unsigned int distance; /* of best */
};
void word_offer(struct word_search *s, const char *name);

/* Puts `, did you mean "NEAR"?` behind what was told, nothing when NEAR is NULL. Returns -1. */
int word_hint(struct err *e, const char *near);

/* The edit distance of two words in whatever case, neighbours that changed places counted once, at most limit + 1. */
unsigned int word_distance(const char *a, const char *b, unsigned int limit);

#endif
