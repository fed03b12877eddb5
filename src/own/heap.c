/* SPDX-License-Identifier: Apache-2.0
 *
 * heap - memory for a program that soon ends
 */
#include "own/heap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	ALIGN = 16,
	SMALL = 1024,                      /* up to here there is a class for each multiple of ALIGN */
	SMALL_CLASSES = SMALL / ALIGN + 1, /* and beyond four for each power of two */
	LARGE = 128 << 10,                 /* from here pages of their own */
	N_CLASSES = SMALL_CLASSES + 4 * 7,
	GROW = 64 << 10, /* what the region grows by, and a multiple of any page */
	PAGE = 4 << 10,  /* what mmap(2) gives are multiples of it */
};

/* In front of what is given out; a free one leads to the next of its class. */
struct piece {
	size_t size; /* with this */
	union {
		size_t mark;
		struct piece *next;
	};
};
_Static_assert(sizeof(struct piece) == ALIGN, "what is behind it is aligned");

/* Marks of what is given out: numbers that no address of a piece is. */
static const size_t used = 0x6f63697274757365, mapped = 0x6f6369726d617065 | 1;

static struct {
	char *top, *end; /* what is free of the region, behind all pieces */
	char *high;      /* from here on nothing was written to: it is zero */
	struct piece *free[N_CLASSES];
} heap;

/* The size of a piece with room for n, 0: there is none so large; *class is N_CLASSES for pages of its own. */
static size_t size_for(size_t n, size_t *class)
{
	size_t step = PAGE;

	*class = N_CLASSES;
	if (n > PTRDIFF_MAX - LARGE) /* also with a head, and rounded up */
		return 0;
	n += sizeof(struct piece);
	if (n <= SMALL) {
		n = (n + ALIGN - 1) & -(size_t)ALIGN;
		*class = n / ALIGN;
	} else if (n <= LARGE) {
		const size_t order = 63 - (size_t)__builtin_clzll(n - 1); /* 2^order < n <= 2 * 2^order */

		step = (size_t)1 << (order - 2);
		n = (n + step - 1) & -step;
		*class = SMALL_CLASSES + (order - 10) * 4 + n / step - 5;
	} else {
		n = (n + step - 1) & -step;
	}
	return n;
}

static void *no_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

/* Room for size at the end of the region: at the break, or, where something is in its way, in pages from elsewhere. */
static bool grow(size_t size)
{
	const size_t more = (size + GROW - 1) & -(size_t)GROW;
	char *at = (char *)((syscall(SYS_brk, 0) + ALIGN - 1) & -(long)ALIGN);

	if (heap.end == NULL)
		heap.top = heap.high = heap.end = at;
	if (at == heap.end && (char *)syscall(SYS_brk, at + more) == at + more) {
		heap.end = at + more;
		return true;
	}
	at = mmap(NULL, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return false;
	heap.top = heap.high = at;
	heap.end = at + more;
	return true;
}

static struct piece *take_pages(size_t size)
{
	struct piece *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return no_memory();
	*p = (struct piece){ .size = size, .mark = mapped };
	return p;
}

/* *zero: all behind the piece's head is zero already. */
static struct piece *take(size_t n, bool *zero)
{
	size_t class, size = size_for(n, &class);
	struct piece *p;

	*zero = true;
	if (size == 0)
		return no_memory();
	if (class == N_CLASSES)
		return take_pages(size);
	p = heap.free[class];
	if (p != NULL) {
		heap.free[class] = p->next;
		*zero = false;
	} else {
		if ((size_t)(heap.end - heap.top) < size && !grow(size))
			return no_memory();
		p = (struct piece *)heap.top;
		*zero = heap.top >= heap.high;
		heap.top += size;
		heap.high = heap.top > heap.high ? heap.top : heap.high;
	}
	*p = (struct piece){ .size = size, .mark = used };
	return p;
}

static struct piece *piece_of(void *memory)
{
	struct piece *p = (struct piece *)memory - 1;

	if (((uintptr_t)p & (ALIGN - 1)) != 0 || (p->mark != used && p->mark != mapped))
		__builtin_trap();
	return p;
}

void *own_alloc(size_t n)
{
	bool zero;
	struct piece *p = take(n, &zero);

	return p == NULL ? NULL : p + 1;
}

void *own_zeroed(size_t n, size_t size)
{
	bool zero;
	struct piece *p;

	if (__builtin_mul_overflow(n, size, &n))
		return no_memory();
	p = take(n, &zero);
	if (p == NULL)
		return NULL;
	return zero ? p + 1 : memset(p + 1, 0, n);
}

/* The last piece of the region grows and shrinks where it is; at least what it has. */
static bool stretch(struct piece *p, size_t size)
{
	char *at = (char *)p;

	if (at + p->size != heap.top || (size_t)(heap.end - at) < size)
		return false;
	p->size = size;
	heap.top = at + size;
	heap.high = heap.top > heap.high ? heap.top : heap.high;
	return true;
}

void *own_resize(void *memory, size_t n)
{
	struct piece *p, *to;
	size_t class, size = size_for(n, &class);

	if (memory == NULL)
		return own_alloc(n);
	if (size == 0)
		return no_memory();
	p = piece_of(memory);
	if (p->mark == mapped && class == N_CLASSES) {
		to = mremap(p, p->size, size, MREMAP_MAYMOVE);
		if (to == MAP_FAILED)
			return no_memory();
		to->size = size;
		return to + 1;
	}
	if (p->mark == used && class != N_CLASSES && (size <= p->size || stretch(p, size)))
		return memory;
	memory = own_alloc(n);
	if (memory == NULL)
		return NULL;
	memcpy(memory, p + 1, (p->size < size ? p->size : size) - sizeof(*p));
	own_free(p + 1);
	return memory;
}

void own_free(void *memory)
{
	const int num = errno; /* free(3) keeps it */
	struct piece *p;
	size_t class;

	if (memory == NULL)
		return;
	p = piece_of(memory);
	if (p->mark == mapped) {
		(void)munmap(p, p->size); /* of our own making: it cannot fail but for want of memory, and then stays */
		errno = num;
		return;
	}
	p->mark = 0;
	if ((char *)p + p->size == heap.top) {
		heap.top = (char *)p;
		return;
	}
	(void)size_for(p->size - sizeof(*p), &class);
	p->next = heap.free[class];
	heap.free[class] = p;
}

/* The whole pages of [from, to). */
static void forget(char *from, char *to)
{
	const uintptr_t page = getauxval(AT_PAGESZ), at = ((uintptr_t)from + page - 1) & -page;

	if (at < ((uintptr_t)to & -page))
		(void)madvise((char *)at, ((uintptr_t)to & -page) - at, MADV_DONTNEED);
}

void own_trim(void)
{
	for (size_t class = 0; class < N_CLASSES; class ++)
		for (struct piece *p = heap.free[class]; p != NULL; p = p->next)
			forget((char *)(p + 1), (char *)p + p->size);
	forget(heap.top, heap.end);
}
