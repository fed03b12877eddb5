/* SPDX-License-Identifier: Apache-2.0
 *
 * test_own_sort - what stands in for qsort(3) in a program that is linked to musl sorts
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "own/sort.h"

enum { MOST = 300 };

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* How the numbers lie before. */
static int number_at(int way, int i, int n)
{
	switch (way) {
	case 0: return i;
	case 1: return n - i;
	case 2: return 7;
	case 3: return i % 5;
	default: return (int)((unsigned int)i * 2654435761U >> 20) - 2000;
	}
}

static void test_numbers(void **state)
{
	(void)state;
	for (int way = 0; way < 5; way++)
		for (int n = 0; n <= MOST; n++) {
			int is[MOST + 1], wanted[MOST + 1];

			for (int i = 0; i <= MOST; i++)
				is[i] = wanted[i] = number_at(way, i, n);
			own_sort(is, (size_t)n, sizeof(is[0]), by_number);
			qsort(wanted, (size_t)n, sizeof(wanted[0]), by_number);
			assert_memory_equal(is, wanted, sizeof(is)); /* and what lies behind is as it was */
		}
}

static int by_text(const void *a, const void *b)
{
	return memcmp(a, b, 3);
}

static void test_items_of_an_odd_size(void **state)
{
	char items[] = "ccc"
		       "aaa"
		       "bbb"
		       "aab"
		       "000";

	(void)state;
	own_sort(items, 5, 3, by_text);
	assert_string_equal(items, "000"
	                           "aaa"
	                           "aab"
	                           "bbb"
	                           "ccc");
	own_sort(NULL, 0, 3, by_text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_items_of_an_odd_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
