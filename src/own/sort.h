/* SPDX-License-Identifier: Apache-2.0
 *
 * sort - qsort(3) in a fifth of the size of musl's
 */
#ifndef OCIRT_OWN_SORT_H
#define OCIRT_OWN_SORT_H

#include <stddef.h>

/* As qsort(3), in place: n log n comparisons whatever the order; what is alike comes in any order. */
void own_sort(void *items, size_t n, size_t size, int (*compare)(const void *a, const void *b));

#endif
