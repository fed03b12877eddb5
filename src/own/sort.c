/* SPDX-License-Identifier: Apache-2.0
 *
 * sort - qsort(3) in a fifth of the size of musl's: a heap
 */
#include "own/sort.h"

struct heap {
	unsigned char *items;
	size_t size;
	int (*compare)(const void *a, const void *b);
};

static void swap(const struct heap *h, size_t a, size_t b)
{
	unsigned char *x = h->items + a * h->size, *y = h->items + b * h->size;

	for (size_t i = 0; i < h->size; i++) {
		unsigned char c = x[i];

		x[i] = y[i];
		y[i] = c;
	}
}

static int is_before(const struct heap *h, size_t a, size_t b)
{
	return h->compare(h->items + a * h->size, h->items + b * h->size) < 0;
}

/* Item i sinks until none below it, of n, is larger. */
static void sink(const struct heap *h, size_t i, size_t n)
{
	for (size_t child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && is_before(h, child, child + 1))
			child++;
		if (!is_before(h, i, child))
			return;
		swap(h, i, child);
	}
}

void own_sort(void *items, size_t n, size_t size, int (*compare)(const void *a, const void *b))
{
	const struct heap h = { items, size, compare };

	for (size_t i = n / 2; i > 0; i--)
		sink(&h, i - 1, n);
	for (; n > 1; n--) {
		swap(&h, 0, n - 1);
		sink(&h, 0, n - 1);
	}
}
