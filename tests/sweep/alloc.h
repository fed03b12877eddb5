/* SPDX-License-Identifier: Apache-2.0
 *
 * alloc - breakpoints at malloc, calloc and realloc of a tracee's libc, so that one of its calls can return NULL
 *
 * Where libc is linked into the tracee, its table of symbols tells where they are. Else its libc is the same file as ours, so an address
 * is its base there plus the distance from the base here. Nothing is asked of the tracee (no preload): the init stage, which gets an
 * empty environment, can be reached as well.
 */
#ifndef OCIRT_SWEEP_ALLOC_H
#define OCIRT_SWEEP_ALLOC_H

#include <stdbool.h>
#include <sys/types.h>

enum { ALLOC_FUNCTIONS = 3 };

struct alloc_points {
	bool set;
	bool within;            /* the program, not a library */
	unsigned long errno_at; /* from the thread pointer */
	unsigned long address[ALLOC_FUNCTIONS];
	long text[ALLOC_FUNCTIONS]; /* what stood there */
	int hit;                    /* the one that the tracee is at */
};

/* Sets them in a stopped tracee; points->set says whether that worked. */
void alloc_points_set(pid_t pid, struct alloc_points *points);

/* The program was mapped anew (the stage does that): sets them again. */
void alloc_points_again(pid_t pid, const struct alloc_points *points);

/* After a SIGTRAP: whether one of them was hit. */
bool alloc_points_hit(pid_t pid, struct alloc_points *points);

/* Takes the tracee over the breakpoint: into the function, or back to its caller with NULL and ENOMEM. It stays stopped. */
void alloc_points_resume(pid_t pid, struct alloc_points *points, bool fail);

/* Puts back what stood there. */
void alloc_points_clear(pid_t pid, struct alloc_points *points);

#endif
