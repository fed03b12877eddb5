/* SPDX-License-Identifier: Apache-2.0
 *
 * test_num - numbers that are part of a longer text, and decimal ones
 */
#include "base/num.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/auto.h"

static void test_a_number_is_taken_off_the_front(void **state)
{
	static const struct {
		const char *text;
		unsigned int base;
		uint64_t max, v;
		const char *rest;
	} good[] = {
		{ "7", 10, 7, 7, "" },
		{ "12,3", 10, 99, 12, ",3" },
		{ "007x", 10, 99, 7, "x" },
		{ "0", 0, 9, 0, "" },
		{ "09", 0, 9, 0, "9" },
		{ "037", 0, 99, 31, "" },
		{ "0x1fg", 0, 99, 31, "g" },
		{ "0X1F", 0, 99, 31, "" },
		{ "0x", 0, 99, 0, "x" },
		{ "0xg", 0, 99, 0, "xg" },
		{ "64M", 0, 99, 64, "M" },
		{ "DEADbeef;", 16, UINT64_MAX, 0xdeadbeef, ";" },
		{ "0x10", 16, 99, 0, "x10" },
		{ "1778", 8, 999, 127, "8" },
		{ "18446744073709551615", 10, UINT64_MAX, UINT64_MAX, "" },
		{ "ffffffffffffffff", 16, UINT64_MAX, UINT64_MAX, "" },
		{ "00000000000000000000000000000000005 ", 10, 5, 5, " " },
	};

	(void)state;
	for (size_t i = 0; i < array_len(good); i++) {
		const char *at = good[i].text;
		uint64_t v = 99;

		assert_true(num_take(&at, good[i].base, good[i].max, &v));
		assert_true(v == good[i].v);
		assert_string_equal(at, good[i].rest);
	}
}

static void test_what_is_no_number_is_left_alone(void **state)
{
	static const struct {
		const char *text;
		unsigned int base;
		uint64_t max;
	} bad[] = {
		{ "", 10, 9 },
		{ "", 0, 9 },
		{ " 1", 10, 9 },
		{ "+1", 10, 9 },
		{ "-1", 10, 9 },
		{ "-1", 0, 9 },
		{ "x", 0, 9 },
		{ "g", 16, 9 },
		{ "8", 8, 9 },
		{ "10", 10, 9 },
		{ "9", 10, 8 },
		{ "0x10", 0, 15 },
		{ "18446744073709551616", 10, UINT64_MAX },
		{ "99999999999999999999999", 10, UINT64_MAX },
		{ "10000000000000000", 16, UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++) {
		const char *at = bad[i].text;
		uint64_t v = 99;

		assert_false(num_take(&at, bad[i].base, bad[i].max, &v));
		assert_true(v == 99);
		assert_ptr_equal(at, bad[i].text);
	}
}

static void test_columns(void **state)
{
	const char *at = "\t  0     1000 4294967295\n5";
	uint64_t v = 9;

	(void)state;
	assert_true(num_column(&at, UINT32_MAX, &v) && v == 0);
	assert_true(num_column(&at, UINT32_MAX, &v) && v == 1000);
	assert_true(num_column(&at, UINT32_MAX, &v) && v == UINT32_MAX);
	assert_false(num_column(&at, UINT32_MAX, &v)); /* it does not go on in the next line */
	assert_string_equal(at, "\n5");
}

static void test_decimals_are_what_c_makes_of_them(void **state)
{
	static const char *const good[] = {
		"0",
		"-0",
		"1.5",
		"0.1",
		"-2.25",
		".5",
		"5.",
		"3e8",
		"1E-3",
		"2.5e+2",
		"0.29",
		"1e22",
		"123456789012345",
		"999999999999.999",
		"1e-22",
		"0.000001",
		"00001.10",
		"1e0",
	};
	static const char *const bad[] = {
		"",         "-",
		".",        "e5",
		"1e",       "1e+",
		"1e--1",    "+1",
		" 1",       "1 ",
		"1.2.3",    "0x1p3",
		"inf",      "nan",
		"1,5",      "--1",
		"1e301",    "-1e999",
		"1d",       "1e5.5",
		"infinity", "1e99999999999999999999",
	};
	double v = 7;

	(void)state;
	for (size_t i = 0; i < array_len(good); i++) {
		const double is = strtod(good[i], NULL);

		if (!num_decimal(good[i], &v) || v != is) {
			fail_msg("%s", good[i]);
			return;
		}
	}
	v = 7;
	for (size_t i = 0; i < array_len(bad); i++)
		if (num_decimal(bad[i], &v)) {
			fail_msg("%s", bad[i]);
			return;
		}
	assert_true(v > 6.9 && v < 7.1);
	assert_true(num_decimal("1234567890123456789012345", &v) && v > 1.234567890123456e24 &&
	            v < 1.234567890123457e24);
	assert_true(num_decimal("0.00000000000000000000000000001", &v) && v > 0.99e-29 && v < 1.01e-29);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_number_is_taken_off_the_front),
		cmocka_unit_test(test_what_is_no_number_is_left_alone),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_decimals_are_what_c_makes_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
