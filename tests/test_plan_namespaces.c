/* SPDX-License-Identifier: Apache-2.0
 *
 * test_plan_namespaces - what is made, joined and refused; the intent there and back
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "kernel/sys.h"
#include "plan/place.h"
#include "plan/plan.h"

/* config.json whose `linux` has these members; *p is filled. */
static int compile(const char *top, const char *members, struct arena *a, struct plan *p, struct err *e)
{
	char text[2048];
	struct oci_config *spec;
	struct json_error je;
	int n = snprintf(text, sizeof(text), "{\"ociVersion\":\"1.3.0\",%s\"linux\":{%s}}", top, members);
	const struct json_text in = { .text = text, .len = (size_t)n };

	if (oci_config_read(&in, a, &spec, &je) < 0)
		fail_msg("%s", je.text);
	*p = (struct plan){ .spec = spec };
	err_clear(e);
	return plan_namespaces(p, a, e);
}

static void test_namespaces_are_made_or_joined(void **state)
{
	struct arena a = { 0 };
	struct plan p;
	struct err e;

	(void)state;
	assert_int_equal(
		compile("\"hostname\":\"h\",",
	                "\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\",\"path\":\"/proc/1/ns/net\"},"
	                "{\"type\":\"uts\",\"path\":\"\"},{\"type\":\"mount\"}]",
	                &a, &p, &e),
		0);
	assert_int_equal(p.ns.make, CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNS);
	assert_int_equal(p.ns.n_join, 1);
	assert_int_equal(p.ns.join[0].flag, CLONE_NEWNET);
	assert_string_equal(p.ns.join[0].pointer, "/linux/namespaces/1");
	assert_false(p.ns.lo_up);
	assert_false(p.ns.fork_in_init);
	assert_string_equal(p.hostname, "h");
	arena_free(&a);
}

static void test_a_joined_pid_namespace_needs_a_fork(void **state)
{
	struct arena a = { 0 };
	struct plan p;
	struct err e;

	(void)state;
	assert_int_equal(compile("", "\"namespaces\":[{\"type\":\"pid\",\"path\":\"/x\"}]", &a, &p, &e), 0);
	assert_true(p.ns.fork_in_init);
	assert_int_equal(
		compile("",
	                "\"namespaces\":[{\"type\":\"user\",\"path\":\"/x\"},{\"type\":\"pid\"},{\"type\":\"mount\"}]",
	                &a, &p, &e),
		0);
	assert_true(p.ns.fork_in_init);
	arena_free(&a);
}

static void test_wrong_combinations_are_refused_with_their_place(void **state)
{
	static const struct {
		const char *top, *linux_members, *pointer, *text;
	} rows[] = {
		{ "", "\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\"}]", "/linux/namespaces/1", "listed twice" },
		{ "", "\"namespaces\":[{\"type\":\"ipc\",\"path\":\"x\"}]", "/linux/namespaces/0", "not absolute" },
		{ "\"hostname\":\"h\",", "", "/hostname", "no uts namespace" },
		{ "\"domainname\":\"d\",", "", "/domainname", "no uts namespace" },
		{ "\"hostname\":\"h\",",
		  "\"namespaces\":[{\"type\":\"user\"},{\"type\":\"mount\"},{\"type\":\"uts\",\"path\":\"/x\"}],"
		  "\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}],"
		  "\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]",
		  "/hostname", "cannot belong to the new user namespace" },
		{ "", "\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]", "/linux/uidMappings",
		  "no user namespace" },
		{ "", "\"namespaces\":[{\"type\":\"user\"}]", "/linux/uidMappings", "at least one row" },
		{ "", "\"namespaces\":[{\"type\":\"user\",\"path\":\"/x\"}]", "/linux/namespaces",
		  "without a mount namespace" },
		{ "",
		  "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]",
		  "/linux/gidMappings", "at least one row" },
		{ "",
		  "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":0}],"
		  "\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]",
		  "/linux/uidMappings/0", "size 0" },
		{ "",
		  "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":4294967290,\"hostID\":0,\"size\":10}],"
		  "\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]",
		  "/linux/uidMappings/0", "past the last id" },
		{ "",
		  "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10},"
		  "{\"containerID\":9,\"hostID\":5000,\"size\":1}],\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]",
		  "/linux/uidMappings/1", "in the container overlap with those of row 0" },
		{ "",
		  "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10},"
		  "{\"containerID\":10,\"hostID\":999,\"size\":2}],\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]",
		  "/linux/uidMappings/1", "on the host overlap with those of row 0" },
		{ "",
		  "\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":1,\"hostID\":1000,\"size\":10}],"
		  "\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]",
		  "/linux/uidMappings", "id 0 of the container is in no row" },
		{ "", "\"timeOffsets\":{\"monotonic\":{\"secs\":1}}", "/linux/timeOffsets", "no time namespace" },
		{ "", "\"namespaces\":[{\"type\":\"time\"}],\"timeOffsets\":{\"monotonic\":{\"nanosecs\":1000000000}}",
		  "/linux/timeOffsets/monotonic/nanosecs", "more than 999999999" },
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct arena a = { 0 };
		struct plan p;
		struct err e;

		assert_int_equal(compile(rows[i].top, rows[i].linux_members, &a, &p, &e), -1);
		assert_string_equal(e.pointer, rows[i].pointer);
		assert_non_null(strstr(e.text, rows[i].text));
		assert_int_equal(e.kind, ERR_CONFIG);
		arena_free(&a);
	}
}

/* A user namespace whose maps have n rows of one id, of which every `gap`th leaves one out on the host. */
static int compile_rows(unsigned int n, unsigned int gap, struct arena *a, struct plan *p, struct err *e)
{
	struct oci_linux l = { 0 };
	struct oci_config *spec = arena_alloc(a, sizeof(*spec));
	struct oci_namespace ns[] = { { .type = OCI_NS_USER }, { .type = OCI_NS_MOUNT } };
	struct oci_id_mapping *rows = arena_alloc(a, n * sizeof(*rows));

	for (unsigned int i = 0; i < n; i++)
		rows[i] = (struct oci_id_mapping){ .container_id = i, .host_id = 100000 + i + i / gap, .size = 1 };
	l.namespaces.items = ns;
	l.namespaces.n = array_len(ns);
	l.uid_mappings.items = l.gid_mappings.items = rows;
	l.uid_mappings.n = l.gid_mappings.n = n;
	spec->linux_ = &l;
	*p = (struct plan){ .spec = spec };
	err_clear(e);
	return plan_namespaces(p, a, e);
}

static void test_rows_that_go_on_are_joined_when_there_are_too_many(void **state)
{
	struct arena a = { 0 };
	struct plan p;
	struct err e;

	(void)state;
	assert_int_equal(compile_rows(300, 1000, &a, &p, &e), 0); /* as they are */
	assert_int_equal(p.ns.uid_map.n, 300);
	assert_int_equal(compile_rows(340, 1000, &a, &p, &e), 0); /* more than a page of text */
	assert_int_equal(p.ns.uid_map.n, 1);
	assert_int_equal(p.ns.uid_map.rows[0].count, 340);
	assert_int_equal(compile_rows(5000, 100, &a, &p, &e), 0);
	assert_int_equal(p.ns.gid_map.n, 50);
	assert_int_equal(p.ns.gid_map.rows[49].inside, 4900);
	assert_int_equal(p.ns.gid_map.rows[49].outside, 104949);
	assert_int_equal(compile_rows(1000, 2, &a, &p, &e), -1);
	assert_non_null(strstr(e.text, "500 rows: the kernel takes 340 at most"));
	arena_free(&a);
}

static void test_an_error_is_placed_once(void **state)
{
	static const char text[] = "{\n  \"mounts\": [\n    1\n  ]\n}";
	struct err e;

	(void)state;
	(void)err_config(&e, "/mounts/0", "bad");
	(void)place_error(&e, "config.json", text, sizeof(text) - 1);
	(void)place_error(&e, "config.json", text, sizeof(text) - 1);
	assert_string_equal(e.text, "config.json:3:5: /mounts/0: bad");
}

static void test_the_intent_comes_back_as_it_was(void **state)
{
	struct cg_layout layout = { .mode = CG_HYBRID,
		                    .n = 2,
		                    .hier = { { "memory", "/sys/fs/cgroup/memory", "/self", false },
		                              { "", "/sys/fs/cgroup/unified", "/", true } } };
	struct cg_place place = { .n = 1, .dir = { { "memory", "/sys/fs/cgroup/memory", "/self/c1", false } } };
	struct key_value note = { "key", "a \"value\"" };
	const struct intent in = { .id = "c1",
		                   .bundle = "/b",
		                   .rootfs = "/b/rootfs",
		                   .config_name = "config.json",
		                   .created = "2026-01-01T00:00:00Z",
		                   .owner = 7,
		                   .no_pivot = true,
		                   .preserve_fds = 3,
		                   .manager = CG_MANAGER_DISABLED,
		                   .creator_pid = 42,
		                   .creator_start = UINT64_MAX,
		                   .boot_id = "boot",
		                   .annotations = { .items = &note, .n = 1, .set = true },
		                   .facts = { .euid = 1000, .in_userns = true, .last_cap = 40, .cgroups = &layout },
		                   .place = &place };
	static const char version[] = "{\"version\":";
	struct arena a = { 0 };
	struct intent out;
	const char *text;
	char *other;
	struct err e;
	size_t len;

	(void)state;
	assert_int_equal(intent_write(&in, &a, &text, &len, &e), 0);
	assert_int_equal(intent_read(text, len, &a, &out, &e), 0);
	assert_string_equal(out.id, "c1");
	assert_int_equal(out.owner, 7);
	assert_true(out.no_pivot);
	assert_false(out.no_new_keyring);
	assert_true(out.creator_start == UINT64_MAX);
	assert_string_equal(map_str_get(&out.annotations, "key"), "a \"value\"");
	assert_int_equal(out.facts.cgroups->mode, CG_HYBRID);
	assert_int_equal(out.facts.cgroups->n, 2);
	assert_true(out.facts.cgroups->hier[1].unified);
	assert_int_equal(out.place->n, 1);
	assert_string_equal(out.place->dir[0].path, "/self/c1");
	assert_int_equal(intent_read(text, len - 1, &a, &out, &e), -1);
	other = arena_strndup(&a, text, len);
	assert_memory_equal(other, version, sizeof(version) - 1);
	other[sizeof(version) - 1] = '0'; /* of no ocirt */
	assert_int_equal(intent_read(other, len, &a, &out, &e), -1);
	assert_non_null(strstr(e.text, "intent: written by a version of ocirt with another layout (0"));
	arena_free(&a);
}

/* Whoever can write to a state file says what he likes. */
static void test_an_intent_with_too_many_hierarchies_is_refused(void **state)
{
	static const char group[] = ",{\"controllers\":\"\",\"mount\":\"/m\",\"self\":\"/\"}";
	struct cg_layout layout = { .mode = CG_V1, .n = 1, .hier = { { "memory", "/m", "/", false } } };
	const struct intent in = { .id = "c1",
		                   .bundle = "/b",
		                   .rootfs = "/b/r",
		                   .config_name = "c",
		                   .created = "x",
		                   .boot_id = "b",
		                   .facts = { .cgroups = &layout } };
	auto_buf struct buf b = { 0 };
	struct arena a = { 0 };
	struct intent out;
	const char *text, *end;
	struct err e;
	size_t len;

	(void)state;
	assert_int_equal(intent_write(&in, &a, &text, &len, &e), 0);
	end = strstr(text, "}]");
	assert_non_null(end);
	buf_put(&b, text, (size_t)(end + 1 - text));
	for (int i = 0; i < CG_HIER_MAX; i++)
		buf_puts(&b, group);
	buf_puts(&b, end + 1);
	assert_int_equal(intent_read(buf_text(&b), b.len, &a, &out, &e), -1);
	assert_string_equal(e.text, "read the intent: 25 control group hierarchies");
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_namespaces_are_made_or_joined),
		cmocka_unit_test(test_a_joined_pid_namespace_needs_a_fork),
		cmocka_unit_test(test_wrong_combinations_are_refused_with_their_place),
		cmocka_unit_test(test_rows_that_go_on_are_joined_when_there_are_too_many),
		cmocka_unit_test(test_an_error_is_placed_once),
		cmocka_unit_test(test_the_intent_comes_back_as_it_was),
		cmocka_unit_test(test_an_intent_with_too_many_hierarchies_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
