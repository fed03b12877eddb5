/* SPDX-License-Identifier: Apache-2.0
 *
 * ranges - lists of small numbers such as "0-3,7": CPUs and memory nodes, as the kernel's cpuset files write them
 *
 * cpuset(7), "List format". Blanks around a number and empty items are taken, as Go's readers take them.
 */
#ifndef OCIRT_BASE_RANGES_H
#define OCIRT_BASE_RANGES_H

#include <limits.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"

enum { RANGES_WORD_BITS = sizeof(unsigned long) * CHAR_BIT };

/* How many words hold that many bits. */
#define RANGES_WORDS(bits) (((bits) + RANGES_WORD_BITS - 1) / RANGES_WORD_BITS)

/*
 * Sets the bit of each number of the list in the zeroed set of `bits` bits, as sched_setaffinity(2) and set_mempolicy(2) take it.
 * Returns how many different numbers there are (0 for an empty list), or -1 with *e filled: no list, a range that runs
 * backwards, a number that is too high.
 */
int ranges_read(const char *text, unsigned long *set, size_t bits, struct err *e) must_check;

#endif
