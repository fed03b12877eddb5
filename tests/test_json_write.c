/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_json_write.c - structs to text, and text that no rows describe.
 */
#include "libocispec/arena.h"
#include "libocispec/json_out.h"
#include "libocispec/oci_config.h"
#include "libocispec/oci_features.h"
#include "libocispec/oci_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void a_state_on_one_line(void **state)
{
	struct key_value annotation = { "a\"b", "\x01\x7f\t" };
	struct oci_state s = {
		.oci_version = "1.3.0",
		.id = "c1",
		.status = OCI_STATUS_RUNNING,
		.pid = { true, 42 },
		.bundle = "/b",
		.annotations = { &annotation, 1, true },
	};
	struct arena a = { 0 };
	size_t len;
	char *text = oci_state_write(&s, NULL, &a, &len);

	(void)state; /* the callback's shape */
	assert_string_equal(
		text, "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"pid\":42,\"status\":\"running\",\"bundle\":\"/b\","
		      "\"annotations\":{\"a\\\"b\":\"\\u0001\\u007f\\t\"}}");
	assert_int_equal(len, strlen(text));
	arena_free(&a);
}

static void indentation_and_empty_containers(void **state)
{
	const char *args[] = { "sh", "-c" };
	struct oci_user user = { .umask = { true, 0 } };
	struct oci_process p = { .cwd = "/", .user = &user, .args = { args, 2, false }, .env = { NULL, 0, true } };
	struct arena a = { 0 };

	(void)state;
	assert_string_equal(json_write(&oci_process_type, &p, "  ", &a, NULL),
	                    "{\n  \"user\": {\n    \"umask\": 0\n  },\n  \"args\": [\n    \"sh\",\n    \"-c\"\n  ],\n"
	                    "  \"env\": [],\n  \"cwd\": \"/\"\n}");
	assert_string_equal(json_write(&oci_config_type, &(struct oci_config){ 0 }, "\t", &a, NULL), "{}");
	arena_free(&a);
}

static void the_seccomp_agent_gets_the_whole_state(void **state)
{
	const char *fds[] = { OCI_SECCOMP_FD_NAME };
	struct oci_state s = { .oci_version = "1.3.0", .id = "c", .status = OCI_STATUS_CREATING, .bundle = "/b" };
	struct oci_container_process_state p = {
		.oci_version = "1.3.0", .fds = { fds, 1, true }, .pid = 7, .metadata = "m", .state = &s
	};
	struct arena a = { 0 };

	(void)state;
	assert_string_equal(
		json_write(&oci_container_process_state_type, &p, NULL, &a, NULL),
		"{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":7,\"metadata\":\"m\",\"state\":{\"ociVersion\":"
		"\"1.3.0\",\"id\":\"c\",\"status\":\"creating\",\"bundle\":\"/b\"}}");
	arena_free(&a);
}

static void features_keep_unknown_and_none_apart(void **state)
{
	enum oci_ns ns[] = { OCI_NS_PID, OCI_NS_TIME };
	struct oci_features_enabled off = { { true, false } };
	struct oci_features_linux lin = { .namespaces = { ns, 2, true }, .selinux = &off };
	struct oci_features f = {
		.oci_version_min = "1.0.0", .oci_version_max = "1.3.0", .hooks = { NULL, 0, true }, .linux_ = &lin
	};
	struct arena a = { 0 };

	(void)state;
	assert_string_equal(
		oci_features_write(&f, NULL, &a, NULL),
		"{\"ociVersionMin\":\"1.0.0\",\"ociVersionMax\":\"1.3.0\",\"hooks\":[],\"linux\":{\"namespaces\":[\"pid\","
		"\"time\"],\"selinux\":{\"enabled\":false}}}");
	arena_free(&a);
}

static void numbers_of_all_sizes(void **state)
{
	struct oci_rlimit r = { .type = OCI_RLIMIT_AS, .soft = UINT64_MAX, .hard = (uint64_t)INT64_MAX + 1 };
	struct oci_process p = { .cwd = "", .rlimits = { &r, 1, true }, .oom_score_adj = { true, INT32_MIN } };
	struct arena a = { 0 };

	(void)state;
	assert_string_equal(json_write(&oci_process_type, &p, NULL, &a, NULL),
	                    "{\"cwd\":\"\",\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"hard\":9223372036854775808,\"soft\":"
	                    "18446744073709551615}],\"oomScoreAdj\":-2147483648}");
	arena_free(&a);
}

static const struct {
	const char *in;
	const char *out;
} strings[] = {
	{ "", "\"\"" },
	{ "plain", "\"plain\"" },
	{ "\"\\/\b\f\n\r\t\x1f\x7f", "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u001f\\u007f\"" },
	{ "\xc2\x9b[m\xc2\x80\xc2\x9f\xc2\xa0", "\"\\u009b[m\\u0080\\u009f\xc2\xa0\"" },
	{ "\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
	{ "a\xff-b", "\"a\xef\xbf\xbd-b\"" },
	{ "\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xed\xa0\x80!", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd!\"" },
	{ "\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ NULL, "null" },
};

static void strings_are_always_valid(void **state)
{
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		struct json_out o = { .a = &a };

		json_out_str(&o, NULL, strings[i].in);
		assert_string_equal(json_out_text(&o, NULL), strings[i].out);
	}
	arena_free(&a);
}

static void pieces_make_one_text(void **state)
{
	struct oci_pids pids = { .limit = { true, -1 } };
	struct oci_resources resources = { .pids = &pids };
	struct arena a = { 0 };
	struct json_out o = { .a = &a };
	struct json_out pretty = { .a = &a, .indent = "\t" };
	size_t len;

	(void)state;
	json_out_open(&o, NULL, '[');
	json_out_open(&o, NULL, '{');
	json_out_i64(&o, "i", INT64_MIN);
	json_out_u64(&o, "u", UINT64_MAX);
	json_out_bool(&o, "b", true);
	json_out_null(&o, "n");
	json_out_object(&o, "r", &oci_resources_type, &resources);
	json_out_close(&o, '}');
	json_out_open(&o, NULL, '[');
	json_out_close(&o, ']');
	json_out_close(&o, ']');
	assert_string_equal(json_out_text(&o, &len),
	                    "[{\"i\":-9223372036854775808,\"u\":18446744073709551615,\"b\":true,\"n\":null,"
	                    "\"r\":{\"pids\":{\"limit\":-1}}},[]]");
	assert_int_equal(len, o.len);
	json_out_open(&pretty, NULL, '{');
	json_out_str(&pretty, "k", "v");
	json_out_open(&pretty, "e", '{');
	json_out_close(&pretty, '}');
	json_out_close(&pretty, '}');
	assert_string_equal(json_out_text(&pretty, NULL), "{\n\t\"k\": \"v\",\n\t\"e\": {}\n}");
	arena_free(&a);
}

static void a_long_text_grows(void **state)
{
	struct arena a = { 0 };
	struct json_out o = { .a = &a };

	(void)state;
	json_out_open(&o, NULL, '[');
	for (int i = 0; i < 100000; i++)
		json_out_i64(&o, NULL, 7);
	json_out_close(&o, ']');
	assert_int_equal(strlen(json_out_text(&o, NULL)), 200001);
	arena_free(&a);
}

static void no_memory_is_told_at_the_end(void **state)
{
	struct arena a = { .limit = 3000 };
	struct json_out o = { .a = &a };

	(void)state;
	json_out_open(&o, NULL, '[');
	for (int i = 0; i < 5000; i++)
		json_out_i64(&o, NULL, 7);
	json_out_close(&o, ']');
	assert_null(json_out_text(&o, NULL));
	arena_free(&a);
}

static void an_arena_gives_zeroed_pieces_that_never_move(void **state)
{
	struct arena a = { .limit = 1 << 20 };
	unsigned char *p = arena_alloc(&a, 10);
	unsigned char *q;
	char *s;

	(void)state;
	memset(p, 0xee, 10);
	q = arena_grow(&a, p, 10, 5000);
	assert_ptr_equal(p, q); /* it was the last one */
	assert_int_equal(q[9], 0xee);
	assert_int_equal(q[10], 0);
	s = arena_strndup(&a, "abc", 2);
	assert_string_equal(s, "ab");
	memset(q + 10, 0xdd, 4990);
	p = arena_grow(&a, q, 5000, 40000);
	assert_ptr_not_equal(p, q);
	assert_int_equal(p[4999], 0xdd);
	assert_int_equal(p[5000], 0);
	assert_int_equal(p[39999], 0);
	assert_string_equal(s, "ab");
	assert_int_equal((uintptr_t)arena_alloc(&a, 1) % _Alignof(max_align_t), 0);
	assert_null(arena_alloc(&a, 1 << 20));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_grow(&a, p, 40000, SIZE_MAX - 10));
	assert_non_null(arena_alloc(&a, 0));
	arena_free(&a);
	assert_int_equal(a.used, 0);
	assert_non_null(arena_alloc(&a, 100000));
	arena_free(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_on_one_line),
		cmocka_unit_test(indentation_and_empty_containers),
		cmocka_unit_test(the_seccomp_agent_gets_the_whole_state),
		cmocka_unit_test(features_keep_unknown_and_none_apart),
		cmocka_unit_test(numbers_of_all_sizes),
		cmocka_unit_test(strings_are_always_valid),
		cmocka_unit_test(pieces_make_one_text),
		cmocka_unit_test(a_long_text_grows),
		cmocka_unit_test(no_memory_is_told_at_the_end),
		cmocka_unit_test(an_arena_gives_zeroed_pieces_that_never_move),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
