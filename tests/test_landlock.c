/* SPDX-License-Identifier: Apache-2.0
 *
 * test_landlock - the text of the rules
 */
#include "kernel/landlock.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_rules_are_right(void **state)
{
	static const char *const good[] = {
		"r:/", "rwx:/a b/c", "rx:/;rw:/tmp", "r:/\nw:/x\n\n", " ; r:/ ; x:/bin ;", "rr:/", "x:/a:b",
	};

	(void)state;
	for (size_t i = 0; i < array_len(good); i++)
		assert_null(landlock_wrong(good[i]));
}

static void test_wrong_rules_are_refused(void **state)
{
	static const char *const bad[] = {
		"",          " ;\n", "/tmp",    "q:/tmp", ":/tmp", "r:",    "r:tmp",
		"r:/a/../b", "rw",   "r:/;q:/", "R:/",    "r :/",  "r:/;w",
	};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++)
		assert_non_null(landlock_wrong(bad[i]));
}

static void test_a_path_that_is_too_long_is_refused(void **state)
{
	char text[PATH_MAX + 16] = "r:/";

	(void)state;
	memset(text + 3, 'a', sizeof(text) - 4);
	text[sizeof(text) - 1] = '\0';
	assert_non_null(landlock_wrong(text));
	text[PATH_MAX + 1] = '\0'; /* "r:" and PATH_MAX - 1 bytes */
	assert_null(landlock_wrong(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_are_right),
		cmocka_unit_test(test_wrong_rules_are_refused),
		cmocka_unit_test(test_a_path_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
