/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_json_locate.c - JSON pointer to line and column.
 */
#include "libocispec/json_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "{\n"                                                   /* 1 */
			   "  \"ociVersion\": \"1.3.0\",\n"                        /* 2 */
			   "  \"mounts\": [\n"                                     /* 3 */
			   "    { \"destination\": \"/a\", \"options\": [] },\n"   /* 4 */
			   "    { \"destination\": \"/\\\"b\\\\\",\n"              /* 5 */
			   "      \"options\": [\"ro\", \"a\\\\\"] }\n"            /* 6 */
			   "  ],\n"                                                /* 7 */
			   "  \"x\": { \"mounts\": [ 7 ] },\n"                     /* 8 */
			   "  \"a/b\": { \"~\": null, \"\": true },\n"             /* 9 */
			   "  \"\xc3\xa9\": { \"c\\u0064\": false, \"n\": -12 }\n" /* 10 */
			   "}\n";

static const struct {
	const char *pointer;
	int found; /* what json_locate() returns */
	unsigned line;
	unsigned column;
} cases[] = {
	{ "", 0, 1, 1 },
	{ "/ociVersion", 0, 2, 17 },
	{ "/mounts", 0, 3, 13 },
	{ "/mounts/0", 0, 4, 5 },
	{ "/mounts/0/destination", 0, 4, 22 },
	{ "/mounts/0/options", 0, 4, 39 },
	{ "/mounts/1", 0, 5, 5 },
	{ "/mounts/1/destination", 0, 5, 22 },
	{ "/mounts/1/options/0", 0, 6, 19 },
	{ "/mounts/1/options/1", 0, 6, 25 },
	{ "/x/mounts/0", 0, 8, 22 },
	{ "/a~1b/~0", 0, 9, 17 },
	{ "/a~1b/", 0, 9, 27 },
	{ "/\xc3\xa9", 0, 10, 8 },
	{ "/\xc3\xa9/cd", 0, 10, 21 },
	{ "/\xc3\xa9/n", 0, 10, 33 },
	/* the nearest existing parent */
	{ "/process", 1, 1, 1 },
	{ "/process/args/0", 1, 1, 1 },
	{ "/mounts/2", 1, 3, 13 },
	{ "/mounts/0/source", 1, 4, 5 },
	{ "/mounts/0/options/0", 1, 4, 39 },
	{ "/mounts/one", 1, 3, 13 },
	{ "/ociVersion/0", 1, 2, 17 },
	{ "/mount", 1, 1, 1 },
	{ "/mountsx", 1, 1, 1 },
	{ "/x/mounts/0/0", 1, 8, 22 },
};

static void places(void **state)
{
	struct json_place p;

	(void)state; /* the callback's shape */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int found = json_locate(text, strlen(text), cases[i].pointer, &p);

		if (found != cases[i].found || p.line != cases[i].line || p.column != cases[i].column)
			fail_msg("%s: %d at %u:%u", cases[i].pointer, found, p.line, p.column);
		assert_int_equal(json_place_at(text, p.offset).line, p.line);
		assert_int_equal(json_place_at(text, p.offset).column, p.column);
	}
}

/* In any order: whatever was met on the way to one place changes nothing about the next. */
static void places_on_the_way_from_any_other(void **state)
{
	const size_t n = sizeof(cases) / sizeof(cases[0]);

	(void)state;
	for (size_t i = 0; i < n * n; i++) {
		const size_t pair[] = { i / n, i % n };
		struct json_mark mark = { 0 };
		struct json_place p;

		for (size_t k = 0; k < 2; k++) {
			int found = json_locate_on(text, strlen(text), cases[pair[k]].pointer, &mark, &p);

			assert_int_equal(found, cases[pair[k]].found);
			assert_int_equal(p.line, cases[pair[k]].line);
			assert_int_equal(p.column, cases[pair[k]].column);
		}
	}
}

/* Each item is looked for from the one before it: a megabyte is not read ten thousand times. */
static void many_places_in_their_order_take_one_way(void **state)
{
	enum { ITEMS = 20000, SIZE = 64 };
	size_t len = 0, room = (size_t)ITEMS * SIZE + 32;
	char *many = malloc(room), pointer[32];
	struct json_mark mark = { 0 };
	struct json_place p;

	(void)state;
	assert_non_null(many);
	len += (size_t)snprintf(many, room, "{\"x\": [\n");
	for (unsigned i = 0; i < ITEMS; i++)
		len += (size_t)snprintf(many + len, room - len, "{\"destination\": [%u], \"a\": \"b\"}%s\n", i,
		                        i + 1 < ITEMS ? "," : "]}");
	for (unsigned i = 0; i < ITEMS; i++) {
		(void)snprintf(pointer, sizeof(pointer), "/x/%u/destination/0", i);
		assert_int_equal(json_locate_on(many, len, pointer, &mark, &p), 0);
		assert_int_equal(p.line, i + 2);
		assert_int_equal(p.column, 18);
		assert_int_equal(mark.index, i);
	}
	free(many);
}

static void what_is_no_json_has_no_places(void **state)
{
	struct json_place p;

	(void)state;
	assert_int_equal(json_locate("{]", 2, "/a", &p), -1);
	assert_true(p.line == 1 && p.column == 1);
	assert_int_equal(json_locate("", 0, "/a", &p), 1);
	assert_true(p.line == 1 && p.column == 1);
	/* what comes after the place asked for does not matter */
	assert_int_equal(json_locate("{\"a\":1,]", 8, "/a", &p), 0);
	assert_int_equal(p.column, 6);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(places_on_the_way_from_any_other),
		cmocka_unit_test(many_places_in_their_order_take_one_way),
		cmocka_unit_test(what_is_no_json_has_no_places),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("json_locate", tests, NULL, NULL);
}
