/* SPDX-License-Identifier: Apache-2.0
 *
 * test_order - what is alike to a sort comes in the order that it had, whatever the sort of the libc does
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/trace.h"
#include "libocispec/arena.h"
#include "plan/finding.h"

static void test_findings_of_one_place(void **state)
{
	enum { N = 50 };
	struct arena a = { 0 };
	struct findings f = { .a = &a };
	char text[16];

	(void)state;
	for (int i = 0; i < N; i++)
		finding_add(&f, FINDING_IS_SOURCE, "/mounts", "%d", i);
	assert_int_equal(f.n, N);
	for (size_t i = 0; i < N / 2; i++) { /* a sort that is not stable may do so */
		struct finding other = f.item[i];

		f.item[i] = f.item[N - 1 - i];
		f.item[N - 1 - i] = other;
	}
	findings_sort(&f);
	for (int i = 0; i < N; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		assert_string_equal(f.item[i].text, text);
	}
	arena_free(&a);
}

static void test_steps_of_one_moment(void **state)
{
	static const uint64_t begin[] = { 5, 3, 5, 9, 3, 5, 1 };
	static const char *const wanted[] = { "6", "1", "4", "0", "2", "5", "3" };
	struct trace_span taken[TRACE_MAX];
	auto_fd int fd = -1;
	struct trace *t;
	struct err e;
	char name[4];

	(void)state;
	assert_int_equal(trace_new(&t, &fd, &e), 0);
	for (size_t i = 0; i < array_len(begin); i++) {
		struct trace_span *s;

		(void)snprintf(name, sizeof(name), "%zu", i);
		s = trace_begin(t, TRACE_STAGE, name);
		assert_non_null(s);
		s->begin = begin[i];
		s->end = 10;
	}
	assert_int_equal(trace_take(t, taken), array_len(wanted));
	for (size_t i = 0; i < array_len(wanted); i++)
		assert_string_equal(taken[i].name, wanted[i]);
	trace_drop(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_findings_of_one_place),
		cmocka_unit_test(test_steps_of_one_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
