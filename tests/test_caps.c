/* SPDX-License-Identifier: Apache-2.0
 *
 * test_caps - the table of capabilities against libcap's, and the sets of a thread
 */
#include "kernel/caps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/in_child.h"

/* A row that libcap does not know, or knows by another name, would give away the wrong right. */
static void test_table_agrees_with_libcap(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < CAPS_KNOWN; i++) {
		char *theirs = cap_to_name((cap_value_t)i);
		cap_value_t number;

		assert_non_null(theirs);
		assert_non_null(caps_name(i));
		if (theirs[0] == 'c') /* an older libcap says just "40" */
			assert_int_equal(strcasecmp(theirs, caps_name(i)), 0);
		if (cap_from_name(caps_name(i), &number) == 0)
			assert_int_equal(number, i);
		cap_free(theirs);
	}
	assert_null(caps_name(CAPS_KNOWN));
}

static void test_every_capability_of_this_kernel_is_known(void **state)
{
	(void)state;
	for (int i = 0; i < 64 && prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		assert_non_null(caps_name((unsigned int)i));
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(caps_number("CAP_CHOWN"), 0);
	assert_int_equal(caps_number("cap_sys_admin"), 21);
	assert_int_equal(caps_number("CAP_CHECKPOINT_RESTORE"), 40);
	assert_int_equal(caps_number("SYS_ADMIN"), -1);
	assert_int_equal(caps_number(""), -1);
	assert_int_equal(caps_number("CAP_SYS_ADMIN "), -1);
	assert_string_equal(caps_nearest("CAP_SYSADMIN"), "CAP_SYS_ADMIN");
	assert_string_equal(caps_nearest("setuid"), "CAP_SETUID");
	assert_null(caps_nearest("CAP_FLY_TO_THE_MOON"));
	assert_int_equal(CAPS_SYS_ADMIN, 21);
}

static void test_sets(void **state)
{
	char text[CAPS_TEXT_MAX];

	(void)state;
	assert_true(caps_up_to(40) == UINT64_C(0x1ffffffffff));
	assert_true(caps_up_to(63) == UINT64_MAX);
	assert_true(caps_up_to(0) == 1);
	assert_string_equal(caps_text(CAPS_BIT(CAPS_KILL) | CAPS_BIT(CAPS_BPF), text), "CAP_KILL CAP_BPF");
	assert_string_equal(caps_text(0, text), "");
	assert_true(strlen(caps_text(UINT64_MAX, text)) < CAPS_TEXT_MAX - 32);
}

static void drop_all_but_two(void)
{
	uint64_t two = CAPS_BIT(CAPS_CHOWN) | CAPS_BIT(CAPS_KILL);
	struct caps c = { .effective = two, .permitted = two, .inheritable = CAPS_BIT(CAPS_KILL) };
	struct caps got = { 0 };
	struct err e;

	want(caps_drop_bounding(caps_up_to(63) & ~two, &e) == 0);
	want(prctl(PR_CAPBSET_READ, CAPS_SYS_ADMIN, 0, 0, 0) == 0);
	want(prctl(PR_CAPBSET_READ, CAPS_CHOWN, 0, 0, 0) == 1);
	want(caps_keep(true, &e) == 0);
	want(setresuid(1000, 1000, 1000) == 0);
	want(caps_set(&c, &e) == 0);
	want(caps_set_ambient(CAPS_BIT(CAPS_KILL), &e) == 0);
	want(caps_get(&got, &e) == 0);
	want(got.effective == two && got.permitted == two && got.inheritable == CAPS_BIT(CAPS_KILL));
	want(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAPS_KILL, 0, 0) == 1);
	want(caps_set_ambient(0, &e) == 0);
	want(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAPS_KILL, 0, 0) == 0);
	/* not inheritable: the error names it */
	want(caps_set_ambient(CAPS_BIT(CAPS_CHOWN), &e) == -1);
	want(strcmp(e.text, "raise CAP_CHOWN as ambient: Operation not permitted") == 0);
	/* without SETPCAP: what is gone is gone, what is there cannot be dropped */
	want(caps_drop_bounding(CAPS_BIT(CAPS_SYS_ADMIN), &e) == 0);
	want(caps_drop_bounding(CAPS_BIT(CAPS_CHOWN), &e) == -1);
	want(strncmp(e.text, "drop CAP_CHOWN from the bounding set: ", 37) == 0);
	/* more than is permitted */
	c.permitted |= CAPS_BIT(CAPS_SYS_ADMIN);
	want(caps_set(&c, &e) == -1);
}

static void test_drop_all_but_two(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("needs root\n");
		skip();
	}
	assert_int_equal(child_status(drop_all_but_two), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_agrees_with_libcap),
		cmocka_unit_test(test_every_capability_of_this_kernel_is_known),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_drop_all_but_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
