/* SPDX-License-Identifier: Apache-2.0
 *
 * test_passwd - users of passwd(5) files, whoever wrote them
 */
#include "base/passwd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "\n"
			   "#old:x:5:5::/old:\n"
			   "+nis:x:5:5::/nis:\n"
			   ":x:5:5::/nobody:\n"
			   "short:x\n"
			   "words:x:five:5::/words:\n"
			   "more: x: 5:5::/more:\n"
			   "five:x:5:5:Five:rel/ative:/bin/sh\n"
			   "late:x:5:5::/home/five\n"
			   "max:x:4294967295:0::/max\n"
			   "over:x:4294967296:0::/over\n"
			   "last:x:7:7::/last";

static void test_names(void **state)
{
	char to[PATH_MAX];

	(void)state;
	assert_true(passwd_find(text, sizeof(text) - 1, 5, PASSWD_NAME, to));
	assert_string_equal(to, "five");
	assert_true(passwd_find(text, sizeof(text) - 1, UINT32_MAX, PASSWD_NAME, to));
	assert_string_equal(to, "max");
	assert_true(passwd_find(text, sizeof(text) - 1, 7, PASSWD_NAME, to)); /* no end of the line */
	assert_string_equal(to, "last");
	assert_false(passwd_find(text, sizeof(text) - 1, 0, PASSWD_NAME, to));
	assert_false(passwd_find("", 0, 0, PASSWD_NAME, to));
}

static void test_homes(void **state)
{
	char to[PATH_MAX];

	(void)state;
	assert_true(passwd_find("a:x:5:5::/a:\n", 13, 5, PASSWD_HOME, to));
	assert_string_equal(to, "/a");
	assert_true(passwd_find("a:x:5:5:Mr A:a:\nb:x:5:5::/b", 27, 5, PASSWD_HOME, to));
	assert_string_equal(to, "/b");
	assert_false(passwd_find("a:x:5:5::a/b:\n", 14, 5, PASSWD_HOME, to));
}

static void test_fields(void **state)
{
	char to[4];

	(void)state;
	assert_true(passwd_field("a::c", 4, 1, to, sizeof(to)));
	assert_string_equal(to, "");
	assert_true(passwd_field("a::c:d", 4, 2, to, sizeof(to)));
	assert_string_equal(to, "c");
	assert_false(passwd_field("a::c:d", 4, 3, to, sizeof(to)));
	assert_false(passwd_field("a:1234", 6, 1, to, sizeof(to)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_homes),
		cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
