/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.c - all memory of one document: taken piece by piece, given back at once.
 */
#include "libocispec/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *next;
	size_t size; /* of data */
	size_t used;
	alignas(max_align_t) unsigned char data[];
};

/* The first block holds a usual config whole; the largest keeps what is wasted at a document's end small. */
enum { FIRST_BLOCK = 16 << 10, LARGEST_BLOCK = 1 << 20 };

static struct arena_block *add_block(struct arena *a, size_t need)
{
	size_t size = a->head ? a->head->size * 2 : FIRST_BLOCK;
	struct arena_block *b;

	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	if (size < need)
		size = need;
	b = malloc(sizeof(*b) + size);
	if (!b)
		return NULL;
	*b = (struct arena_block){ .next = a->head, .size = size };
	a->head = b;
	return b;
}

static size_t align_up(size_t n, size_t align)
{
	return (n + align - 1) & ~(align - 1);
}

/* SIZE bytes that are not zeroed */
static void *take(struct arena *a, size_t size, size_t align)
{
	struct arena_block *b = a->head;
	size_t limit = a->limit ? a->limit : SIZE_MAX / 2;
	size_t at = b ? align_up(b->used, align) : 0;

	if (size > limit || a->used > limit - size)
		return NULL;
	if (!b || at > b->size || size > b->size - at) {
		b = add_block(a, size);
		at = 0;
	}
	if (!b)
		return NULL;
	a->used += size;
	b->used = at + size;
	return b->data + at;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p = take(a, size, alignof(max_align_t));

	return p ? memset(p, 0, size) : NULL;
}

void *arena_take(struct arena *a, size_t size)
{
	return take(a, size, alignof(max_align_t));
}

char *arena_strndup(struct arena *a, const char *text, size_t len)
{
	char *p = len < SIZE_MAX ? take(a, len + 1, 1) : NULL;

	if (!p)
		return NULL;
	if (len)
		memcpy(p, text, len);
	p[len] = '\0';
	return p;
}

/* Grows P, the newest piece, where it stands. */
static void *grow_in_place(struct arena *a, void *p, size_t old, size_t size)
{
	struct arena_block *b = a->head;

	if (!b || !p || (unsigned char *)p + old != b->data + b->used || size - old > b->size - b->used)
		return NULL;
	if (a->limit && (size - old > a->limit || a->used > a->limit - (size - old)))
		return NULL;
	b->used += size - old;
	a->used += size - old;
	memset((unsigned char *)p + old, 0, size - old);
	return p;
}

void *arena_grow(struct arena *a, void *p, size_t old, size_t size)
{
	void *bigger = grow_in_place(a, p, old, size);

	if (bigger)
		return bigger;
	bigger = arena_alloc(a, size);
	if (bigger && old)
		memcpy(bigger, p, old);
	return bigger;
}

void *arena_more(struct arena *a, void *list, size_t n, size_t size)
{
	enum { FIRST = 16 };

	if (n > 0 && (n < FIRST || (n & (n - 1)) != 0))
		return list;
	return arena_grow(a, list, n * size, (n > 0 ? 2 * n : FIRST) * size);
}

void arena_free(struct arena *a)
{
	struct arena_block *next;

	for (struct arena_block *b = a->head; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena){ .limit = a->limit };
}
