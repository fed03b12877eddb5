/* SPDX-License-Identifier: Apache-2.0
 *
 * heap - memory for a program that soon ends: malloc(3), where no libc of the system brings its own (libc.c)
 *
 * One region that grows at its end (brk(2)), lists of free pieces by size class, pages of their own for what is large. A start asks the
 * kernel five times and touches no page twice for want of order; musl's malloc, made for long lives, asks 140 times. Pieces are not
 * joined: a size that was free once is found again by those of its class, which are at most a quarter apart. One thread.
 */
#ifndef OCIRT_OWN_HEAP_H
#define OCIRT_OWN_HEAP_H

#include <stddef.h>

/* n bytes at a multiple of 16, or NULL with errno: malloc(3). */
void *own_alloc(size_t n);

/* The same, all zero: calloc(3). */
void *own_zeroed(size_t n, size_t size);

/* What was at p, with room for n: realloc(3). */
void *own_resize(void *p, size_t n);

/* Gives p back; NULL is nothing. What was never given out, or is given back twice, ends the process: free(3). */
void own_free(void *p);

/* Gives the kernel the whole pages that are free; they come again, zeroed, when they are used: malloc_trim(3). */
void own_trim(void);

#endif
