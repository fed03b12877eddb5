/* SPDX-License-Identifier: Apache-2.0
 *
 * test_update - new limits for a group in use, on directories that stand in for groups
 */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "cgroup/cgroup.h"
#include "kernel/pid.h"
#include "life/life.h"
#include "life/verbs.h"

/* --- a container's groups: directories with files ------------------------------------------------------------------------ */

static char top[PATH_MAX - 64];

static int setup(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "%s/ocirt-update-XXXXXX",
	               getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	return mkdtemp(top) == NULL ? -1 : 0;
}

static void path_of(const char *dir, const char *file, char to[PATH_MAX])
{
	if ((size_t)snprintf(to, PATH_MAX, "%s%s%s/%s", top, dir[0] != '\0' ? "/" : "", dir, file) >= PATH_MAX)
		fail_msg("too long");
}

static void put(const char *dir, const char *file, const char *text)
{
	char path[PATH_MAX];
	struct err e;

	path_of("", dir, path);
	(void)mkdir(path, 0755);
	path_of(dir, file, path);
	assert_int_equal(file_replace_at(AT_FDCWD, path, text, strlen(text), 0644, &e), 0);
}

static void expect(const char *dir, const char *file, const char *text)
{
	char path[PATH_MAX], found[256];

	path_of(dir, file, path);
	assert_true(file_peek_at(AT_FDCWD, path, found, sizeof(found)) >= 0);
	assert_memory_equal(found, text, strlen(text)); /* a shorter value leaves the end of the longer one before */
}

static void clear_dir(const char *name)
{
	char path[PATH_MAX];
	auto_dir DIR *d = NULL;

	path_of("", name, path);
	d = opendir(path);
	for (struct dirent *x = d != NULL ? readdir(d) : NULL; x != NULL; x = readdir(d))
		(void)unlinkat(dirfd(d), x->d_name, 0);
	(void)rmdir(path);
}

static int teardown(void **state)
{
	(void)state;
	clear_dir("v2");
	clear_dir("memory");
	clear_dir("cpu");
	return rmdir(top);
}

static void place_v2(struct cg_place *p)
{
	*p = (struct cg_place){ .n = 1, .dir = { { "cpu,cpuset,io,memory,pids", top, "/v2", true } } };
}

static void place_v1(struct cg_place *p)
{
	*p = (struct cg_place){ .n = 2,
		                .dir = { { "memory", top, "/memory", false }, { "cpu,cpuacct", top, "/cpu", false } } };
}

/* --- all or nothing -------------------------------------------------------------------------------------------------------- */

static void test_a_refused_value_puts_back_what_was_written_before(void **state)
{
	const struct cg_write w[] = {
		{ .controller = "memory", .file = "memory.max", .value = "99999999", .pointer = "/memory/limit" },
		{ .controller = "cpu", .file = "cpu.max", .value = "50000 200000", .pointer = "/cpu/quota" },
		{ .controller = "io", .file = "io.max", .value = "8:0 rbps=7", .pointer = "/blockIO" },
		{ .controller = "io", .file = "io.max", .value = "8:16 wbps=8", .pointer = "/blockIO" },
		{ .controller = "io",
		  .file = "io.bfq.weight",
		  .value = "500",
		  .alt_file = "io.weight",
		  .alt_value = "4950" },
		{ .controller = "pids", .file = "pids.nope", .value = "1", .pointer = "/pids/limit" },
	};
	struct cg_place p;
	struct err e;

	(void)state;
	place_v2(&p);
	put("v2", "memory.max", "67108864\n");
	put("v2", "cpu.max", "max 100000\n");
	put("v2", "io.max", "8:16 rbps=max wbps=5 riops=max wiops=max\n");
	put("v2", "io.weight", "default 100\n");
	assert_int_equal(cg_change(&p, w, array_len(w), NULL, &e), -1);
	assert_non_null(strstr(e.text, "pids.nope"));
	expect("v2", "memory.max", "67108864");
	expect("v2", "cpu.max", "max 100000");
	expect("v2", "io.weight", "default 100");
	/* each line its own write: the last stands in the file that stands in */
	expect("v2", "io.max", "8:16 rbps=max wbps=5 riops=max wiops=max");
	assert_int_equal(cg_change(&p, w, array_len(w) - 1, NULL, &e), 0);
	expect("v2", "memory.max", "99999999");
	expect("v2", "io.weight", "4950");
}

static void test_a_device_without_a_line_gets_none_back(void **state)
{
	const struct cg_write w[] = {
		{ .controller = "io", .file = "io.max", .value = "8:0 rbps=7", .pointer = "/blockIO" },
		{ .controller = "pids", .file = "pids.nope", .value = "1", .pointer = "/pids/limit" },
	};
	struct cg_place p;
	struct err e;

	(void)state;
	place_v2(&p);
	put("v2", "io.max", "");
	assert_int_equal(cg_change(&p, w, array_len(w), NULL, &e), -1);
	expect("v2", "io.max", "8:0 rbps=max wbps=max riops=max wiops=max");
}

static void test_the_oom_killer_is_put_back_as_it_is_written(void **state)
{
	const struct cg_write w[] = {
		{ .controller = "memory",
		  .file = "memory.oom_control",
		  .value = "1",
		  .pointer = "/memory/disableOOMKiller" },
		{ .controller = "memory", .file = "memory.nope", .value = "1", .pointer = "/memory" },
	};
	struct cg_place p;
	struct err e;

	(void)state;
	place_v1(&p);
	put("memory", "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n");
	assert_int_equal(cg_change(&p, w, array_len(w), NULL, &e), -1);
	expect("memory", "memory.oom_control", "0");
}

static int refuse(void *arg, struct err *e)
{
	(void)arg;
	return err_set(e, "systemd does not want it");
}

static void test_what_belongs_to_a_change_and_fails_puts_it_back(void **state)
{
	const struct cg_write w = {
		.controller = "memory", .file = "memory.max", .value = "99999999", .pointer = "/memory/limit"
	};
	const struct cg_also also = { refuse, NULL };
	struct cg_place p;
	struct err e;

	(void)state;
	place_v2(&p);
	put("v2", "memory.max", "67108864\n");
	assert_int_equal(cg_change(&p, &w, 1, &also, &e), -1);
	assert_string_equal(e.text, "systemd does not want it");
	expect("v2", "memory.max", "67108864");
}

/* --- the verb -------------------------------------------------------------------------------------------------------------- */

/* A state root with one running container: this process. */
struct world {
	char root[PATH_MAX];
	struct life_globals g;
	struct arena arena;
	struct err e;
};

static void world_open(struct world *w, const struct cg_place *p)
{
	struct cg_layout layout = { .mode = p->dir[0].unified ? CG_V2 : CG_V1, .n = p->n };
	char boot[40];
	struct intent in = { .id = "c1",
		             .bundle = "/b",
		             .rootfs = "/b/r",
		             .created = "x",
		             .config_name = "config.json",
		             .boot_id = boot,
		             .place = p,
		             .facts = { .cgroups = &layout } };
	auto_container struct container c = CONTAINER_NONE;
	struct record r = { .config = "{}", .config_len = 2 };
	uint64_t start;

	memset(w, 0, sizeof(*w));
	for (size_t i = 0; i < p->n; i++)
		layout.hier[i] = (struct cg_hier){ p->dir[i].controllers, p->dir[i].mount, "/", p->dir[i].unified };
	path_of("", "state", w->root);
	w->g.root = w->root;
	assert_int_equal(boot_id_read(boot), 0);
	assert_int_equal(pid_self_start(&start), 0);
	assert_int_equal(store_create(w->root, "c1", &w->arena, &c, &w->e), 0);
	assert_int_equal(intent_write(&in, &w->arena, &r.intent, &r.intent_len, &w->e), 0);
	assert_int_equal(store_put_record(&c, &r, &w->e), 0);
	assert_int_equal(store_commit(&c, getpid(), start, &w->e), 0);
}

static void world_close(struct world *w)
{
	auto_container struct container c = CONTAINER_NONE;

	assert_int_equal(store_open(w->root, "c1", &w->arena, &c, &w->e), 0);
	assert_int_equal(store_remove(&c, &w->e), 0);
	(void)rmdir(w->root);
	arena_free(&w->arena);
}

static int update(struct world *w, const char *json)
{
	struct update_request u = { .resources = NULL };
	char path[PATH_MAX];

	put("cpu", "asked", json);
	path_of("cpu", "asked", path);
	if (life_update_read(path, &w->arena, &u, &w->e) < 0)
		return -1;
	return life_update(&w->g, "c1", &u, &w->arena, &w->e);
}

static void test_what_shares_a_file_or_a_sum_on_v2_stays(void **state)
{
	struct cg_place p;
	struct world w;

	(void)state;
	place_v2(&p);
	world_open(&w, &p);
	put("v2", "cgroup.controllers", "cpuset cpu io memory pids\n");
	put("v2", "cpu.max", "20000 100000\n");
	assert_int_equal(update(&w, "{\"cpu\":{\"period\":500000}}"), 0);
	expect("v2", "cpu.max", "20000 500000");
	put("v2", "cpu.max", "max 100000\n");
	assert_int_equal(update(&w, "{\"cpu\":{\"period\":500000}}"), 0);
	expect("v2", "cpu.max", "max 500000");
	assert_int_equal(update(&w, "{\"cpu\":{\"quota\":70000}}"), 0);
	expect("v2", "cpu.max", "70000 500000");
	put("v2", "memory.max", "67108864\n");
	put("v2", "memory.swap.max", "0\n");
	assert_int_equal(update(&w, "{\"memory\":{\"swap\":100663296}}"), 0);
	expect("v2", "memory.max", "67108864");
	expect("v2", "memory.swap.max", "33554432");
	assert_int_equal(update(&w, "{\"memory\":{\"limit\":134217728}}"), 0);
	expect("v2", "memory.max", "134217728");
	expect("v2", "memory.swap.max", "33554432");
	assert_int_equal(update(&w, "{\"memory\":{\"limit\":-1}}"), 0);
	expect("v2", "memory.max", "max");
	expect("v2", "memory.swap.max", "max");
	put("v2", "memory.max", "max\n");
	assert_int_equal(update(&w, "{\"memory\":{\"swap\":100663296}}"), -1);
	assert_string_equal(w.e.pointer, "/memory/swap");
	world_close(&w);
}

static void test_what_is_zero_or_about_devices_stays(void **state)
{
	struct cg_place p;
	struct world w;

	(void)state;
	place_v2(&p);
	world_open(&w, &p);
	assert_int_equal(
		update(&w,
	               "{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}],\"pids\":{\"limit\":0},"
	               "\"memory\":{\"limit\":0,\"swap\":0,\"reservation\":0,\"swappiness\":0,\"useHierarchy\":false},"
	               "\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0,\"cpus\":\"\",\"mems\":\"\"},"
	               "\"blockIO\":{\"weight\":0},\"unknown\":{}}"),
		0);
	assert_int_equal(update(&w, "{}"), 0);
	world_close(&w);
}

static void test_on_v1_memory_may_not_pass_memory_and_swap(void **state)
{
	struct cg_place p;
	struct world w;

	(void)state;
	place_v1(&p);
	world_open(&w, &p);
	put("memory", "memory.limit_in_bytes", "67108864\n");
	put("memory", "memory.memsw.limit_in_bytes", "134217728\n");
	assert_int_equal(update(&w, "{\"memory\":{\"limit\":200000000}}"), -1);
	assert_string_equal(w.e.pointer, "/memory/limit");
	expect("memory", "memory.limit_in_bytes", "67108864");
	assert_int_equal(update(&w, "{\"memory\":{\"swap\":33554432}}"), -1);
	assert_string_equal(w.e.pointer, "/memory/swap");
	assert_int_equal(update(&w, "{\"memory\":{\"limit\":200000000,\"swap\":300000000}}"), 0);
	expect("memory", "memory.limit_in_bytes", "200000000");
	expect("memory", "memory.memsw.limit_in_bytes", "300000000");
	world_close(&w);
}

static void test_a_mistake_says_where(void **state)
{
	struct cg_place p;
	struct world w;

	(void)state;
	place_v1(&p);
	world_open(&w, &p);
	assert_int_equal(update(&w, "{\"memory\":\n{\"limit\":\"1G\"}}"), -1);
	assert_non_null(strstr(w.e.text, "asked:2:10: /memory/limit: expected an integer, found \"1G\""));
	assert_int_equal(life_update_read("/nowhere/at/all", &w.arena, &(struct update_request){ .len = 0 }, &w.e), -1);
	assert_string_equal(w.e.text, "read /nowhere/at/all: No such file or directory");
	assert_int_equal(life_update(&w.g, "c2", &(struct update_request){ .len = 0 }, &w.arena, &w.e), -1);
	assert_int_equal(w.e.kind, ERR_NOT_FOUND);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_refused_value_puts_back_what_was_written_before),
		cmocka_unit_test(test_what_belongs_to_a_change_and_fails_puts_it_back),
		cmocka_unit_test(test_a_device_without_a_line_gets_none_back),
		cmocka_unit_test(test_the_oom_killer_is_put_back_as_it_is_written),
		cmocka_unit_test(test_what_shares_a_file_or_a_sum_on_v2_stays),
		cmocka_unit_test(test_what_is_zero_or_about_devices_stays),
		cmocka_unit_test(test_on_v1_memory_may_not_pass_memory_and_swap),
		cmocka_unit_test(test_a_mistake_says_where),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
