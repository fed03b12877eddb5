/* SPDX-License-Identifier: Apache-2.0
 *
 * test_own_print - what stands in for vsnprintf(3) in a program that is linked to musl writes what libc writes
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/auto.h"
#include "own/print.h"

enum { ROOM = 128 };

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
/* Both in whatever room, and without any. */
static void same(const char *fmt, ...)
{
	static const size_t rooms[] = { 0, 1, 2, 3, 7, ROOM };

	for (size_t i = 0; i < array_len(rooms); i++) {
		char is[ROOM + 8], wanted[ROOM + 8];
		va_list a, b;
		int n, m;

		memset(is, 'x', sizeof(is));
		memset(wanted, 'x', sizeof(wanted));
		va_start(a, fmt);
		va_copy(b, a);
		n = own_vprint(rooms[i] > 0 ? is : NULL, rooms[i], fmt, a);
		m = vsnprintf(rooms[i] > 0 ? wanted : NULL, rooms[i], fmt, b);
		va_end(b);
		va_end(a);
		if (n != m || memcmp(is, wanted, sizeof(is)) != 0) {
			fail_msg("%s in %zu: %d %.*s, not %d %.*s", fmt, rooms[i], n, ROOM, is, m, ROOM, wanted);
			return;
		}
	}
}
#pragma GCC diagnostic pop

/* Each flag, width, precision and size with a value that it fits. */
static void test_numbers(void **state)
{
	static const char *const flags[] = { "", "-", "0", "-0" };
	static const char *const widths[] = { "", "1", "3", "24", "40" };
	static const char *const precisions[] = { "", ".", ".0", ".1", ".5", ".30" };
	static const struct {
		const char *size;
		bool wide;
	} sizes[] = { { "hh", false }, { "h", false }, { "", false }, { "l", true },
		      { "ll", true },  { "j", true },  { "z", true }, { "t", true } };
	static const uint64_t values[] = { 0,
		                           1,
		                           7,
		                           9,
		                           10,
		                           127,
		                           128,
		                           255,
		                           256,
		                           32767,
		                           65535,
		                           65536,
		                           INT_MAX,
		                           0x80000000,
		                           UINT_MAX,
		                           INT64_MAX,
		                           0x8000000000000000,
		                           UINT64_MAX };
	static const char kinds[] = "diuxXo";
	char fmt[64];

	(void)state;
	for (size_t i = 0; i < array_len(flags) * array_len(widths) * array_len(precisions) * array_len(sizes) * 6;
	     i++) {
		size_t n = i / 6;
		const char *flag = flags[n % array_len(flags)], *width, *precision;

		n /= array_len(flags);
		width = widths[n % array_len(widths)];
		n /= array_len(widths);
		precision = precisions[n % array_len(precisions)];
		n /= array_len(precisions);
		(void)snprintf(fmt, sizeof(fmt), "<%%%s%s%s%s%c>", flag, width, precision, sizes[n].size, kinds[i % 6]);
		for (size_t k = 0; k < array_len(values); k++)
			if (sizes[n].wide)
				same(fmt, values[k]);
			else
				same(fmt, (unsigned int)values[k]);
	}
}

static void test_texts(void **state)
{
	char open_end[4] = { 'a', 'b', 'c', 'd' };

	(void)state;
	same("");
	same("plain");
	same("%%");
	same("100%% of %s%%", "it");
	same("%s", "");
	same("%s%s%s", "a", "", "bc");
	same("%3s|%-3s|%3s|%-3s", "a", "b", "long", "long");
	same("%.2s|%.0s|%.s|%.9s", "abc", "abc", "abc", "abc");
	same("%.*s|%.*s|%.*s", 2, "abc", 0, "abc", -1, "abc");
	same("%*s|%*s|%-*s|%-*s", 5, "ab", -5, "ab", 5, "ab", -5, "ab");
	same("%.4s", open_end); /* no NUL behind it is looked at */
	same("%c%c|%3c|%-3c|", 'a', '\0', 'b', 'c');
	same("%s", (const char *)NULL);
	same("%#x %#x %#lx %#llx %#8x %#08x %-#8x| %#X", 0, 255, 0xabcUL, 0xdefULL, 1, 1, 1, 0xabc);
	same("%*d|%-*d|%0*d", 6, 12, 6, -12, 6, -12);
	same("%.*d|%.*d", 4, 7, -1, 7);
	same("%d:%s:%lu:%s:%d", -1, "a", ULONG_MAX, "b", INT_MIN);
}

static int measure(const char *fmt, ...)
{
	va_list words;
	int n;

	va_start(words, fmt);
	n = own_vprint(NULL, 0, fmt, words);
	va_end(words);
	return n;
}

/* More than an int can say is an error, not a small number. */
static void test_more_than_an_int(void **state)
{
	(void)state;
	assert_int_equal(measure("%*s", INT_MAX, ""), INT_MAX);
	assert_int_equal(measure("%*s%s", INT_MAX, "", "a"), -1);
	assert_int_equal(measure("%99999999999s", ""), INT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_more_than_an_int),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
