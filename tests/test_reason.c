/* SPDX-License-Identifier: Apache-2.0
 *
 * test_reason - the words of errors and signals are glibc's, of every number
 */
#include "base/reason.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
/* last */
#include <cmocka.h>

static void skip_elsewhere(void)
{
#ifndef __GLIBC__
	print_message("SKIP: the words to compare with are glibc's, and this is linked to another libc\n");
	skip();
#endif
}

static void test_errors(void **state)
{
	(void)state;
	skip_elsewhere();
	for (int num = -2; num < 5000; num++)
		assert_string_equal(words_of_error(num), strerror(num));
}

static void test_signals(void **state)
{
	(void)state;
	skip_elsewhere();
	for (int sig = -2; sig < 200; sig++)
		assert_string_equal(words_of_signal(sig), strsignal(sig));
}

static void test_some(void **state)
{
	char room[REASON_ROOM] = "", other[REASON_ROOM] = "";
	const char *first = reason_of_error(524, room), *second = reason_of_error(-2147483647, other);

	(void)state;
	assert_string_equal(first, "Unknown error 524");
	assert_string_equal(second, "Unknown error -2147483647");
	assert_string_equal(words_of_error(0), "Success");
	assert_string_equal(words_of_error(EBUSY), "Device or resource busy");
	assert_string_equal(words_of_error(EOPNOTSUPP), "Operation not supported");
	assert_string_equal(words_of_signal(SIGKILL), "Killed");
	assert_string_equal(words_of_signal(0), "Unknown signal 0");
	assert_string_equal(words_of_signal(33), "Unknown signal 33");
	assert_string_equal(words_of_signal(34), "Real-time signal 0");
	assert_string_equal(words_of_signal(64), "Real-time signal 30");
	assert_string_equal(words_of_signal(65), "Unknown signal 65");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_some),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
