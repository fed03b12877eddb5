/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - all memory of one document: taken piece by piece, given back at once.
 *
 * Zeroed memory is an empty arena. Blocks grow geometrically; `limit` bounds the sum of what was asked for, so a
 * small hostile text cannot become gigabytes of structs. Pieces never move and are aligned for any object.
 */
#ifndef LIBOCISPEC_ARENA_H
#define LIBOCISPEC_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *head;
	size_t used;  /* bytes handed out, padding included */
	size_t limit; /* most bytes to hand out; 0: no limit */
};

/*
 * SIZE zeroed bytes, or NULL when memory or the limit is exhausted.
 */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, warn_unused_result));

/*
 * The same, not zeroed: for what is large and seldom filled, since each page that is written to costs the kernel as much as ten
 * system calls.
 */
void *arena_take(struct arena *a, size_t size) __attribute__((malloc, warn_unused_result));

/*
 * A NUL terminated copy of TEXT[LEN], or NULL as above.
 */
char *arena_strndup(struct arena *a, const char *text, size_t len) __attribute__((warn_unused_result));

/*
 * A piece of SIZE bytes that begins with the first OLD bytes of P; the rest is zeroed. P is grown where it
 * stands if it was the last piece taken. NULL as above; P is then untouched.
 */
void *arena_grow(struct arena *a, void *p, size_t old, size_t size) __attribute__((warn_unused_result));

/*
 * Room for one item of SIZE bytes more behind the N of a list that only this has grown, NULL at first: a power of two, so that
 * many thousand items are not copied as often. NULL as above.
 */
void *arena_more(struct arena *a, void *list, size_t n, size_t size) __attribute__((warn_unused_result));

/*
 * Gives everything back; *A is then empty and may be used again.
 */
void arena_free(struct arena *a);

#endif
