/* SPDX-License-Identifier: Apache-2.0
 *
 * test_placement - lists of CPUs and memory nodes: how they are read, what they compile to, and that the kernel takes them
 */
#include "plan/placement.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "tests/in_child.h"

/* ---- the lists ---- */

static void test_lists_that_are_taken(void **state)
{
	static const struct {
		const char *text;
		int n;
		unsigned long first; /* word of the set */
	} rows[] = {
		{ "", 0, 0 },         { " ", 0, 0 },        { "0", 1, 1 },         { "0-3", 4, 0xf },
		{ "0-3,7", 5, 0x8f }, { "7,0-3", 5, 0x8f }, { " 1 , 3 ", 2, 0xa }, { "1,,2", 2, 6 },
		{ "1,1,0-1", 2, 3 },  { "5-5", 1, 0x20 },   { "00,03", 2, 9 },     { ",", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		unsigned long set[RANGES_WORDS(128)] = { 0 };
		struct err e;

		assert_int_equal(ranges_read(rows[i].text, set, 128, &e), rows[i].n);
		assert_int_equal(set[0], rows[i].first);
		assert_int_equal(set[1], 0);
	}
}

static void test_the_last_bit(void **state)
{
	unsigned long set[RANGES_WORDS(128)] = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(ranges_read("0-127", set, 128, &e), 128);
	assert_true(set[0] == ~0UL && set[127 / RANGES_WORD_BITS] == ~0UL);
}

static void test_lists_that_are_refused(void **state)
{
	static const char *const rows[][2] = {
		{ "a", "\"a\" is no list of numbers such as \"0-3,7\"" },
		{ "-1", "\"-1\" is no list of numbers such as \"0-3,7\"" },
		{ "1-", "\"1-\" is no list of numbers such as \"0-3,7\"" },
		{ "1-2-3", "\"1-2-3\" is no list of numbers such as \"0-3,7\"" },
		{ "1 2", "\"1 2\" is no list of numbers such as \"0-3,7\"" },
		{ "0x1", "\"0x1\" is no list of numbers such as \"0-3,7\"" },
		{ "3-1", "\"3-1\": the range 3-1 runs backwards" },
		{ "128", "\"128\": 128 is above 127, the highest number possible" },
		{ "0-128", "\"0-128\": 128 is above 127, the highest number possible" },
		{ "0-99999999999999999999",
		  "\"0-99999999999999999999\": 18446744073709551615 is above 127, the highest number possible" },
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		unsigned long set[RANGES_WORDS(128)] = { 0 };
		struct err e;

		assert_int_equal(ranges_read(rows[i][0], set, 128, &e), -1);
		assert_string_equal(e.text, rows[i][1]);
	}
}

/* ---- the plan ---- */

static const struct intent bare = { .id = "c1", .bundle = "/b", .facts = { .last_cap = 40 } };

static int compile(const char *process, const char *linux_part, struct arena *a, struct plan *p, struct err *e)
{
	auto_buf struct buf b = { 0 };
	struct oci_config *spec;
	struct json_error je;

	buf_printf(&b, "{\"ociVersion\":\"1.3.0\",\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\"%s},\"linux\":{%s}}",
	           process, linux_part);
	if (oci_config_read(&(struct json_text){ .text = buf_text(&b), .len = b.len }, a, &spec, &je) < 0)
		fail_msg("%s", je.text);
	*p = (struct plan){ .spec = spec, .intent = &bare };
	err_clear(e);
	return plan_process(p, a, e) < 0 ? -1 : plan_memory_policy(p, a, e);
}

static void test_cpus_of_an_exec(void **state)
{
	struct arena a = { 0 };
	struct plan p;
	struct err e;

	(void)state;
	assert_int_equal(compile(",\"execCPUAffinity\":{\"initial\":\"1\",\"final\":\"0-1\"}", "", &a, &p, &e), 0);
	assert_int_equal(p.process.cpus_initial->set[0], 2);
	assert_int_equal(p.process.cpus_final->set[0], 3);
	assert_int_equal(compile(",\"execCPUAffinity\":{\"initial\":\"\"}", "", &a, &p, &e), 0);
	assert_null(p.process.cpus_initial);
	assert_null(p.process.cpus_final);
	assert_int_equal(compile(",\"execCPUAffinity\":{\"final\":\"3-1\"}", "", &a, &p, &e), -1);
	assert_string_equal(e.pointer, "/process/execCPUAffinity/final");
	assert_string_equal(e.text, "invalid list of CPUs: \"3-1\": the range 3-1 runs backwards");
	assert_int_equal(e.kind, ERR_CONFIG);
	arena_free(&a);
}

static void test_memory_policies(void **state)
{
	static const struct {
		const char *policy;
		int mode;
		unsigned long nodes;
	} rows[] = {
		{ "\"mode\":\"MPOL_DEFAULT\"", 0, 0 },
		{ "\"mode\":\"MPOL_DEFAULT\",\"flags\":[\"MPOL_F_STATIC_NODES\"]", 1 << 15, 0 },
		{ "\"mode\":\"MPOL_PREFERRED\"", 1, 0 },
		{ "\"mode\":\"MPOL_PREFERRED\",\"nodes\":\"1\",\"flags\":[\"MPOL_F_RELATIVE_NODES\"]", 1 | 1 << 14, 2 },
		{ "\"mode\":\"MPOL_BIND\",\"nodes\":\"0,2\",\"flags\":[\"MPOL_F_NUMA_BALANCING\"]", 2 | 1 << 13, 5 },
		{ "\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"0-1\"", 3, 3 },
		{ "\"mode\":\"MPOL_LOCAL\",\"nodes\":\"\",\"flags\":[]", 4, 0 },
		{ "\"mode\":\"MPOL_PREFERRED_MANY\",\"nodes\":\"0\"", 5, 1 },
		{ "\"mode\":\"MPOL_WEIGHTED_INTERLEAVE\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_STATIC_NODES\"]",
		  6 | 1 << 15, 1 },
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct arena a = { 0 };
		auto_buf struct buf b = { 0 };
		struct plan p;
		struct err e;

		buf_printf(&b, "\"memoryPolicy\":{%s}", rows[i].policy);
		if (compile("", buf_text(&b), &a, &p, &e) < 0)
			fail_msg("%s: %s", rows[i].policy, e.text);
		assert_int_equal(p.memory_policy->mode, rows[i].mode);
		if (rows[i].nodes == 0)
			assert_null(p.memory_policy->nodes);
		else
			assert_int_equal(p.memory_policy->nodes[0], rows[i].nodes);
		arena_free(&a);
	}
}

static void test_memory_policies_that_are_refused(void **state)
{
	static const char *const rows[][3] = {
		{ "", "/linux/memoryPolicy", "invalid memory policy mode: it is required" },
		{ "\"nodes\":\"0\"", "/linux/memoryPolicy", "invalid memory policy mode: it is required" },
		{ "\"mode\":\"MPOL_DEFAULT\",\"nodes\":\"0-7\"", "/linux/memoryPolicy/nodes",
		  "invalid memory policy nodes: MPOL_DEFAULT: this mode requires 0 nodes but got 8" },
		{ "\"mode\":\"MPOL_LOCAL\",\"nodes\":\"0\"", "/linux/memoryPolicy/nodes",
		  "invalid memory policy nodes: MPOL_LOCAL: this mode requires 0 nodes but got 1" },
		{ "\"mode\":\"MPOL_BIND\"", "/linux/memoryPolicy/nodes",
		  "invalid memory policy nodes: MPOL_BIND: this mode requires at least one node but got 0" },
		{ "\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"\"", "/linux/memoryPolicy/nodes",
		  "invalid memory policy nodes: MPOL_INTERLEAVE: this mode requires at least one node but got 0" },
		{ "\"mode\":\"MPOL_BIND\",\"nodes\":\"x\"", "/linux/memoryPolicy/nodes",
		  "invalid memory policy nodes: \"x\" is no list of numbers such as \"0-3,7\"" },
		{ "\"mode\":\"MPOL_BIND\",\"nodes\":\"0-9876543210\"", "/linux/memoryPolicy/nodes",
		  "invalid memory policy nodes: \"0-9876543210\": 9876543210 is above 1023, the highest number possible" },
		{ "\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_STATIC_NODES\",\"MPOL_F_RELATIVE_NODES\"]",
		  "/linux/memoryPolicy/flags",
		  "invalid memory policy flags: MPOL_F_STATIC_NODES excludes MPOL_F_RELATIVE_NODES" },
		{ "\"mode\":\"MPOL_LOCAL\",\"flags\":[\"MPOL_F_STATIC_NODES\"]", "/linux/memoryPolicy/flags",
		  "invalid memory policy flags: MPOL_F_STATIC_NODES says nothing without nodes" },
		{ "\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_NUMA_BALANCING\"]",
		  "/linux/memoryPolicy/flags",
		  "invalid memory policy flags: MPOL_F_NUMA_BALANCING is not for the mode MPOL_INTERLEAVE" },
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct arena a = { 0 };
		auto_buf struct buf b = { 0 };
		struct plan p;
		struct err e;

		buf_printf(&b, "\"memoryPolicy\":{%s}", rows[i][0]);
		assert_int_equal(compile("", buf_text(&b), &a, &p, &e), -1);
		assert_string_equal(e.pointer, rows[i][1]);
		assert_string_equal(e.text, rows[i][2]);
		assert_int_equal(e.kind, ERR_CONFIG);
		arena_free(&a);
	}
}

/* ---- the kernel; each in a child, so that the test stays what it is ---- */

static void bind_to_one(void)
{
	struct affinity all, one = { { 0 } }, now;
	size_t word = 0;
	struct err e;

	want(affinity_get(&all, &e) == 0);
	while (all.set[word] == 0)
		word++;
	one.set[word] = all.set[word] & ~(all.set[word] - 1);
	want(affinity_set(&one, &e) == 0 && affinity_get(&now, &e) == 0);
	want(memcmp(&now, &one, sizeof(now)) == 0);
	want(affinity_reset(&e) == 0 && affinity_get(&now, &e) == 0);
	for (size_t i = 0; i < array_len(all.set); i++)
		want((all.set[i] & ~now.set[i]) == 0);
}

static void test_affinity(void **state)
{
	(void)state;
	assert_int_equal(child_status(bind_to_one), 0);
}

static void bind_to_none(void)
{
	struct affinity last = { { 0 } };
	struct err e;

	last.set[array_len(last.set) - 1] = 1UL << (RANGES_WORD_BITS - 1);
	want(affinity_set(&last, &e) == -1);
	want(strstr(e.text, "set the CPU affinity (none of these CPUs is there and allowed): Invalid argument") !=
	     NULL);
}

static void test_a_cpu_that_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(child_status(bind_to_none), 0);
}

static void interleave(void)
{
	unsigned long nodes[RANGES_WORDS(MEMPOLICY_NODES_MAX)] = { 1 }, now[RANGES_WORDS(MEMPOLICY_NODES_MAX)];
	struct mempolicy p = { .mode = MEMPOLICY_INTERLEAVE | MEMPOLICY_STATIC_NODES,
		               .name = "MPOL_INTERLEAVE",
		               .nodes = nodes };
	struct err e;
	int mode;

	want(mempolicy_set(&p, &e) == 0);
	want(syscall(SYS_get_mempolicy, &mode, now, MEMPOLICY_NODES_MAX, NULL, 0) == 0);
	want(mode == p.mode && memcmp(now, nodes, sizeof(now)) == 0);
	p = (struct mempolicy){ .mode = MEMPOLICY_DEFAULT, .name = "MPOL_DEFAULT" };
	want(mempolicy_set(&p, &e) == 0);
	want(syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) == 0 && mode == 0);
	nodes[0] = 0;
	nodes[array_len(nodes) - 1] = 1UL << (RANGES_WORD_BITS - 1);
	p = (struct mempolicy){ .mode = MEMPOLICY_BIND, .name = "MPOL_BIND", .nodes = nodes };
	want(mempolicy_set(&p, &e) == -1 && e.kind == ERR_HOST);
	want(strstr(e.text, "set the memory policy MPOL_BIND (a node that is not there or not allowed") != NULL);
}

static void test_memory_policy(void **state)
{
	int mode;

	(void)state;
	if (syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) < 0) {
		print_message("no memory policies here: %s\n", strerror(errno));
		skip();
	}
	assert_int_equal(child_status(interleave), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_that_are_taken),
		cmocka_unit_test(test_the_last_bit),
		cmocka_unit_test(test_lists_that_are_refused),
		cmocka_unit_test(test_cpus_of_an_exec),
		cmocka_unit_test(test_memory_policies),
		cmocka_unit_test(test_memory_policies_that_are_refused),
		cmocka_unit_test(test_affinity),
		cmocka_unit_test(test_a_cpu_that_is_not_there),
		cmocka_unit_test(test_memory_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
