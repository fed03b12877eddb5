/* SPDX-License-Identifier: Apache-2.0
 *
 * test_print - golden plans: what a configuration means on a given host, to the letter
 *
 * tests/golden/NAME.json on the facts of one row below has to give tests/golden/RESULT.plan. Needs no root and looks at nothing of
 * this host. OCIRT_GOLDEN_UPDATE=1 writes the results anew; the commit then says why they changed.
 *
 * All configurations of real engines (engine_configs.h) have to give a plan, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "libocispec/oci_config.h"
#include "plan/place.h"
#include "plan/print.h"
#include "tests/engine_configs.h"

enum host { HOST_HYBRID, HOST_V1, HOST_V2, HOST_USER };

static const struct cg_layout layouts[] = {
	[HOST_HYBRID] = { .mode = CG_HYBRID, .n = 11, .hier = {
		{ "cpuset", "/sys/fs/cgroup/cpuset", "/user.slice", false },
		{ "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/user.slice", false },
		{ "blkio", "/sys/fs/cgroup/blkio", "/user.slice", false },
		{ "memory", "/sys/fs/cgroup/memory", "/user.slice", false },
		{ "devices", "/sys/fs/cgroup/devices", "/user.slice", false },
		{ "freezer", "/sys/fs/cgroup/freezer", "/user.slice", false },
		{ "net_cls,net_prio", "/sys/fs/cgroup/net_cls,net_prio", "/user.slice", false },
		{ "hugetlb", "/sys/fs/cgroup/hugetlb", "/user.slice", false },
		{ "pids", "/sys/fs/cgroup/pids", "/user.slice", false },
		{ "rdma", "/sys/fs/cgroup/rdma", "/user.slice", false },
		{ "", "/sys/fs/cgroup/unified", "/user.slice", true },
	} },
	[HOST_V1] = { .mode = CG_V1, .n = 10, .hier = {
		{ "cpuset", "/sys/fs/cgroup/cpuset", "/", false },
		{ "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/", false },
		{ "blkio", "/sys/fs/cgroup/blkio", "/", false },
		{ "memory", "/sys/fs/cgroup/memory", "/", false },
		{ "devices", "/sys/fs/cgroup/devices", "/", false },
		{ "freezer", "/sys/fs/cgroup/freezer", "/", false },
		{ "net_cls,net_prio", "/sys/fs/cgroup/net_cls,net_prio", "/", false },
		{ "hugetlb", "/sys/fs/cgroup/hugetlb", "/", false },
		{ "pids", "/sys/fs/cgroup/pids", "/", false },
		{ "rdma", "/sys/fs/cgroup/rdma", "/", false },
	} },
	[HOST_V2] = { .mode = CG_V2, .n = 1, .hier = {
		{ "cpuset,cpu,io,memory,hugetlb,pids,rdma,misc", "/sys/fs/cgroup", "/user.slice", true },
	} },
	[HOST_USER] = { .mode = CG_NONE },
};

static const struct facts host_facts[] = {
	[HOST_HYBRID] = { .last_cap = 40, .cgroups = &layouts[HOST_HYBRID] },
	[HOST_V1] = { .last_cap = 40, .cgroups = &layouts[HOST_V1] },
	[HOST_V2] = { .last_cap = 40, .apparmor = true, .cgroups = &layouts[HOST_V2] },
	[HOST_USER] = { .euid = 1000, .rootless = true, .last_cap = 40, .cgroups = &layouts[HOST_USER] },
};

struct golden {
	const char *name, *result;
	enum host host;
};

static const struct golden goldens[] = {
	{ "default", "default-hybrid", HOST_HYBRID },
	{ "default", "default-v1", HOST_V1 },
	{ "default", "default-v2", HOST_V2 },
	{ "rootless", "rootless", HOST_USER },
	{ "minimal", "minimal", HOST_V2 },
	{ "no-process", "no-process", HOST_V2 },
	{ "everything", "everything-v2", HOST_V2 },
	{ "everything", "everything-v1", HOST_V1 },
	{ "pod", "pod", HOST_HYBRID },
	{ "mounts", "mounts-v1", HOST_V1 },
	{ "mounts", "mounts-v2", HOST_V2 },
	{ "users", "users", HOST_V2 },
	{ "joined", "joined", HOST_V2 },
	{ "bad-label", "bad-label", HOST_V2 },
	{ "bad-proc", "bad-proc", HOST_V2 },
	{ "bad-cwd", "bad-cwd", HOST_V2 },
	{ "bad-mount", "bad-mount", HOST_V2 },
	{ "bad-namespaces", "bad-namespaces", HOST_V2 },
	{ "bad-map", "bad-map", HOST_V2 },
};

/* --- planning a text ------------------------------------------------------------------------------------------------- */

struct run {
	struct arena a;
	struct plan_source source;
	struct intent intent;
	struct oci_config *spec;
	struct plan *plan;
	struct err e;
	struct buf out;
};

static void plan_text(struct run *r, const char *text, size_t len, enum host host)
{
	const struct json_text in = { .name = "config.json", .text = text, .len = len };
	struct json_error je;

	r->source = (struct plan_source){ .name = "config.json", .text = text, .len = len };
	if (oci_config_read(&in, &r->a, &r->spec, &je) < 0) {
		(void)err_set(&r->e, "%s", je.text);
		return;
	}
	r->intent = (struct intent){
		.id = "CONTAINER",
		.bundle = "/bundle",
		.rootfs = "/bundle/rootfs",
		.config_name = "config.json",
		.created = "2020-01-01T00:00:00Z",
		.owner = host_facts[host].euid,
		.facts = host_facts[host],
	};
	r->plan = plan_build(r->spec, &r->intent, &r->a, &r->e);
	if (r->plan == NULL)
		(void)place_error(&r->e, "config.json", text, len);
}

/* The plan's text, or the error's. */
static void print_run(struct run *r)
{
	if (r->plan == NULL)
		buf_printf(&r->out, "%s\n", r->e.text);
	else
		assert_int_equal(plan_print_text(r->plan, &r->source, &r->a, &r->out, &r->e), 0);
}

static void end_run(struct run *r)
{
	buf_free(&r->out);
	arena_free(&r->a);
	memset(r, 0, sizeof(*r));
}

/* --- the golden files ------------------------------------------------------------------------------------------------ */

static int open_golden(void)
{
	const char *top = getenv("OCIRT_SRCDIR");
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/tests/golden", top != NULL ? top : ".");
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static char *read_golden(int dir, const char *name, const char *suffix, size_t *len)
{
	char file[256], *text = NULL;
	struct err e;

	(void)snprintf(file, sizeof(file), "%s.%s", name, suffix);
	if (file_read_at(dir, file, 1 << 20, &text, len, &e) < 0)
		fail_msg("%s", e.text);
	return text;
}

static void update_golden(int dir, const char *name, const struct buf *text)
{
	char file[256];
	struct err e;

	(void)snprintf(file, sizeof(file), "%s.plan", name);
	if (file_replace_at(dir, file, text->data, text->len, 0644, &e) < 0)
		fail_msg("%s", e.text);
}

static void show_difference(const char *name, const char *got, const char *expected)
{
	size_t line = 1, i = 0, start = 0;

	for (; got[i] != '\0' && got[i] == expected[i]; i++)
		if (got[i] == '\n') {
			line++;
			start = i + 1;
		}
	fail_msg("%s.plan:%zu: expected \"%.*s\", found \"%.*s\"", name, line, (int)strcspn(expected + start, "\n"),
	         expected + start, (int)strcspn(got + start, "\n"), got + start);
}

static void test_golden_plans(void **state)
{
	auto_fd int dir = open_golden();
	bool update = getenv("OCIRT_GOLDEN_UPDATE") != NULL;

	(void)state;
	assert_true(dir >= 0);
	for (size_t i = 0; i < array_len(goldens); i++) {
		size_t len, expected_len;
		auto_free char *text = read_golden(dir, goldens[i].name, "json", &len);
		auto_free char *expected = NULL;
		struct run r = { 0 };

		plan_text(&r, text, len, goldens[i].host);
		print_run(&r);
		if (update)
			update_golden(dir, goldens[i].result, &r.out);
		expected = read_golden(dir, goldens[i].result, "plan", &expected_len);
		if (strcmp(buf_text(&r.out), expected) != 0)
			show_difference(goldens[i].result, buf_text(&r.out), expected);
		end_run(&r);
	}
}

/* The same configuration and facts give the same plan: parent and init stage rely on it. */
static void test_a_plan_is_always_the_same(void **state)
{
	auto_fd int dir = open_golden();
	size_t len;
	auto_free char *text = read_golden(dir, "everything", "json", &len);
	struct run one = { 0 }, two = { 0 };

	(void)state;
	plan_text(&one, text, len, HOST_V2);
	plan_text(&two, text, len, HOST_V2);
	print_run(&one);
	print_run(&two);
	assert_string_equal(buf_text(&one.out), buf_text(&two.out));
	end_run(&one);
	end_run(&two);
}

static void test_json_has_a_step_for_each_line(void **state)
{
	auto_fd int dir = open_golden();
	size_t len, lines = 0, steps = 0;
	auto_free char *text = read_golden(dir, "default", "json", &len);
	struct run r = { 0 };
	const char *json;

	(void)state;
	plan_text(&r, text, len, HOST_V2);
	print_run(&r);
	assert_int_equal(plan_print_json(r.plan, &r.source, &r.a, &json, &r.e), 0);
	for (const char *p = buf_text(&r.out); (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	for (const char *p = json; (p = strstr(p, "\"step\"")) != NULL; p++)
		steps++;
	assert_true(lines > 20);
	assert_int_equal(lines, steps);
	end_run(&r);
}

/* A list that grows item by item beside others of the same arena must not be copied as often as it grows. */
static void test_thousands_of_steps_and_warnings_are_told(void **state)
{
	enum { MOUNTS = 4000 };
	auto_buf struct buf text = { 0 };
	struct run r = { 0 };
	size_t warnings = 0;

	(void)state;
	buf_puts(&text, "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"mounts\":[");
	for (int i = 0; i < MOUNTS; i++)
		buf_printf(&text, "%s{\"destination\":\"/m%d\",\"source\":\"/s\",\"options\":[\"bind\",\"size=1\"]}",
		           i > 0 ? "," : "", i);
	buf_puts(&text, "]}");
	r.a.limit = 16 << 20;
	plan_text(&r, buf_text(&text), text.len, HOST_V2);
	if (r.plan == NULL)
		fail_msg("%s", r.e.text);
	assert_int_equal(r.plan->warnings.n, MOUNTS);
	r.source.text = "[]"; /* no places: each would be searched for from the beginning */
	r.source.len = 2;
	print_run(&r);
	for (const char *p = buf_text(&r.out); (p = strstr(p, "  warning ")) != NULL; p++)
		warnings++;
	assert_int_equal(warnings, MOUNTS);
	end_run(&r);
}

static void test_clocks_of_an_annotation_are_told_with_its_place(void **state)
{
	static const char text[] =
		"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"namespaces\":[{\"type\":\"time\"}]},\n"
		"\"annotations\":{\"run.oci.timens_offset\":\"boottime -7 999999999\"}}";
	struct run r = { 0 };

	(void)state;
	plan_text(&r, text, sizeof(text) - 1, HOST_V2);
	print_run(&r);
	assert_non_null(strstr(buf_text(&r.out), "boottime clock off by -7 s 999999999 ns"));
	assert_non_null(strstr(buf_text(&r.out), "config.json:2:40 /annotations/run.oci.timens_offset\n"));
	end_run(&r);
}

static void test_clocks_of_an_annotation_are_read_strictly(void **state)
{
	static const char blanks[] =
		"boottime 1 0                                                                  "
		"                                                                                  ";
	static const char *const wrong[] = {
		"tai 1 0",
		"boottime 1",
		"boottime 1 1000000000",
		"boottime 1 -4294967290",
		"boottime 1 2 3",
		"boottime",
		"boottime 9223372036854775808 0",
		"boottime +1 0",
		"boottime boottime 1 0",
		"boottimeboottimeb 1 0",
		"boottime 1 0x1",
		"7x 1 0",
		blanks,
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < array_len(wrong); i++) {
		struct run r = { 0 };
		int n = snprintf(text, sizeof(text),
		                 "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"namespaces\":"
		                 "[{\"type\":\"time\"}]},\"annotations\":{\"run.oci.timens_offset\":\"%s\"}}",
		                 wrong[i]);

		plan_text(&r, text, (size_t)n, HOST_V2);
		assert_null(r.plan);
		assert_string_equal(r.e.pointer, "/annotations/run.oci.timens_offset");
		end_run(&r);
	}
}

/* --- configurations of real engines ---------------------------------------------------------------------------------- */

static void plan_on(int dir, const char *name, enum host host)
{
	auto_free char *text = NULL;
	struct run r = { 0 };
	size_t len;

	if (file_read_at(dir, name, 1 << 20, &text, &len, &r.e) < 0)
		fail_msg("%s", r.e.text);
	plan_text(&r, text, len, host);
	if (r.plan == NULL)
		fail_msg("%s: %s", name, r.e.text);
	print_run(&r);
	end_run(&r);
}

static void plan_config(int dir, const char *name)
{
	plan_on(dir, name, HOST_V2);
	plan_on(dir, name, HOST_HYBRID);
}

static void test_configurations_of_engines(void **state)
{
	(void)state;
	each_engine_config(plan_config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_plans),
		cmocka_unit_test(test_a_plan_is_always_the_same),
		cmocka_unit_test(test_json_has_a_step_for_each_line),
		cmocka_unit_test(test_thousands_of_steps_and_warnings_are_told),
		cmocka_unit_test(test_clocks_of_an_annotation_are_told_with_its_place),
		cmocka_unit_test(test_clocks_of_an_annotation_are_read_strictly),
		cmocka_unit_test(test_configurations_of_engines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
