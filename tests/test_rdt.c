/* SPDX-License-Identifier: Apache-2.0
 *
 * test_rdt - the rules of linux.intelRdt, against a directory that STANDS IN for resctrl
 *
 * No machine of ours has resctrl. Here mkdirat(2) and unlinkat(2) are replaced by functions that do what that file system does: a new
 * directory has its files, one that is removed may have them. Its `schemata` and `tasks` are pipes, which keep every write in
 * its order; where schemata are compared they are a file. What the kernel would say about values is not tested.
 */
#include "kernel/rdt.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "plan/plan.h"

/* ---- the stand-in ---- */

enum { PIPES = 64 };

struct place {
	char path[32];
	int root;
	size_t n;
	struct {
		char path[512];
		int fd; /* its reader */
	} pipe[PIPES];
};

static struct place the_place; /* what the replaced calls know of */

static void put_file(int dir, const char *name, const char *text)
{
	auto_fd int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void put_pipe(int dir, const char *name)
{
	struct place *p = &the_place;
	char link[32], *path = p->pipe[p->n].path;
	ssize_t n;

	assert_true(p->n < PIPES);
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	n = readlink(link, path, 400);
	assert_true(n > 0);
	(void)snprintf(path + n, 100, "/%s", name);
	assert_int_equal(mkfifoat(dir, name, 0600), 0);
	p->pipe[p->n].fd = openat(dir, name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(p->pipe[p->n++].fd >= 0);
}

/* The files of a new group; monitoring groups have no schemata and no further groups. */
static void populate(int dir, bool monitor)
{
	put_pipe(dir, "tasks");
	if (monitor)
		return;
	put_pipe(dir, "schemata");
	assert_int_equal(syscall(SYS_mkdirat, dir, "mon_groups", 0700), 0);
}

/* In place of libc's. */
int mkdirat(int dirfd, const char *path, mode_t mode)
{
	auto_fd int dir = -1;

	if (syscall(SYS_mkdirat, dirfd, path, mode) < 0)
		return -1;
	dir = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	populate(dir, strncmp(path, "mon_groups/", 11) == 0);
	return 0;
}

/* In place of libc's. */
int unlinkat(int dirfd, const char *path, int flags)
{
	auto_fd int dir = flags == AT_REMOVEDIR ? openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (dir >= 0) {
		(void)syscall(SYS_unlinkat, dir, "tasks", 0);
		(void)syscall(SYS_unlinkat, dir, "schemata", 0);
		(void)syscall(SYS_unlinkat, dir, "mon_groups", AT_REMOVEDIR);
	}
	return (int)syscall(SYS_unlinkat, dirfd, path, flags);
}

static int setup(void **state)
{
	struct place *p = &the_place;

	*p = (struct place){ .path = "/tmp/ocirt-rdt-XXXXXX" };
	assert_non_null(mkdtemp(p->path));
	p->root = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	populate(p->root, false);
	assert_int_equal(syscall(SYS_mkdirat, p->root, "info", 0700), 0);
	put_file(p->root, "info/last_cmd_status", "ok\n");
	*state = p;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int teardown(void **state)
{
	struct place *p = *state;

	for (size_t i = 0; i < p->n; i++)
		(void)close(p->pipe[i].fd);
	(void)close(p->root);
	return nftw(p->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* What was written to a pipe since the last look, "" for nothing. */
static const char *written(const char *name, char to[512])
{
	const struct place *p = &the_place;
	ssize_t n = -1;

	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->pipe[i].path + strlen(p->path) + 1, name) == 0)
			n = read(p->pipe[i].fd, to, 511);
	to[n > 0 ? n : 0] = '\0';
	return to;
}

static bool there(const char *name)
{
	return faccessat(the_place.root, name, F_OK, 0) == 0;
}

/* A class that somebody else has made, with these schemata in a file. */
static void put_class(const char *name, const char *schemata)
{
	char file[300];

	assert_int_equal(mkdirat(the_place.root, name, 0755), 0);
	(void)snprintf(file, sizeof(file), "%s/schemata", name);
	assert_int_equal(syscall(SYS_unlinkat, the_place.root, file, 0), 0);
	put_file(the_place.root, file, schemata);
}

/* ---- the plan ---- */

static int compile(const char *section, struct arena *a, struct plan *p, struct err *e)
{
	static const struct intent in = { .id = "c1", .bundle = "/b" };
	auto_buf struct buf b = { 0 };
	struct oci_config *spec;
	struct json_error je;

	buf_printf(&b, "{\"ociVersion\":\"1.3.0\",\"linux\":{\"intelRdt\":{%s}}}", section);
	if (oci_config_read(&(struct json_text){ .text = buf_text(&b), .len = b.len }, a, &spec, &je) < 0)
		fail_msg("%s", je.text);
	*p = (struct plan){ .spec = spec, .intent = &in };
	err_clear(e);
	return plan_rdt(p, a, e);
}

static void test_rules(void **state)
{
	static const struct {
		const char *section, *clos;
		enum rdt_rule rule;
		size_t compared, schemata;
		bool monitor;
	} rows[] = {
		{ "", "c1", RDT_MAKE, 0, 0, false },
		{ "\"closID\":\"\",\"enableMonitoring\":true", "c1", RDT_MAKE, 0, 0, true },
		{ "\"l3CacheSchema\":\"L3:0=f\"", "c1", RDT_MAKE, 1, 0, false },
		{ "\"closID\":\"gold\"", "gold", RDT_JOIN, 0, 0, false },
		{ "\"closID\":\"/\",\"enableMonitoring\":true", "/", RDT_JOIN, 0, 0, true },
		{ "\"closID\":\"gold\",\"l3CacheSchema\":\"L3:0=f\",\"memBwSchema\":\"MB:0=10\"", "gold",
		  RDT_MAKE_OR_COMPARE, 2, 0, false },
		{ "\"closID\":\"gold\",\"schemata\":[\"L3:0=f\",\"L2:0=f\"]", "gold", RDT_MAKE_OR_COMPARE, 0, 2,
		  false },
		{ "\"closID\":\"gold\",\"schemata\":[],\"l3CacheSchema\":\"\"", "gold", RDT_JOIN, 0, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct arena a = { 0 };
		struct plan p;
		struct err e;

		assert_int_equal(compile(rows[i].section, &a, &p, &e), 0);
		assert_string_equal(p.rdt->clos, rows[i].clos);
		assert_int_equal(p.rdt->rule, rows[i].rule);
		assert_int_equal(p.rdt->n_compared, rows[i].compared);
		assert_int_equal(p.rdt->n_schemata, rows[i].schemata);
		assert_int_equal(p.rdt->monitor != NULL, rows[i].monitor);
		arena_free(&a);
	}
}

static void test_what_is_refused_and_where(void **state)
{
	static const char *const rows[][3] = {
		{ "\"closID\":\"a/b\"", "/linux/intelRdt/closID", "\"a/b\" is no name of a class of service" },
		{ "\"closID\":\"..\"", "/linux/intelRdt/closID", "\"..\" cannot be the name of a class of service" },
		{ "\"closID\":\"info\"", "/linux/intelRdt/closID",
		  "\"info\" cannot be the name of a class of service" },
		{ "\"schemata\":[\"L3:0=f\",\"L3:0=f\\nMB:0=1\"]", "/linux/intelRdt/schemata/1",
		  "a line of schemata cannot hold a newline" },
		{ "\"schemata\":[\"x\"]", "/linux/intelRdt/schemata/0",
		  "\"x\" is no line of schemata such as \"L3:0=f;1=f0\"" },
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct arena a = { 0 };
		struct plan p;
		struct err e;

		assert_int_equal(compile(rows[i][0], &a, &p, &e), -1);
		assert_string_equal(e.pointer, rows[i][1]);
		assert_string_equal(e.text, rows[i][2]);
		arena_free(&a);
	}
}

/* Without a closID the container's id is the name. */
static void test_a_container_is_no_directory_of_resctrl_s_own(void **state)
{
	const struct intent info = { .id = "info", .bundle = "/b" };
	struct arena a = { 0 };
	struct plan p;
	struct err e;

	(void)state;
	assert_int_equal(compile("", &a, &p, &e), 0);
	p.intent = &info;
	assert_int_equal(plan_rdt(&p, &a, &e), -1);
	assert_string_equal(e.text, "\"info\" cannot be the name of a class of service");
	arena_free(&a);
}

/* ---- the groups ---- */

static const char *const l3_mb[] = { "L3:0=7f0;1=1f", "MB:0=20;1=70" };
static const char *const more[] = { "L2:0=f", "L3:1=f" };

static void test_a_class_of_its_own(void **state)
{
	const struct place *p = *state;
	const struct rdt_group g = { .clos = "c1",
		                     .rule = RDT_MAKE,
		                     .compared = l3_mb,
		                     .n_compared = 2,
		                     .schemata = more,
		                     .n_schemata = 2,
		                     .monitor = "c1" };
	char text[512];
	struct err e;
	bool made;

	assert_int_equal(rdt_check(p->root, &g, &e), 0);
	assert_int_equal(rdt_make(p->root, &g, &made, &e), 0);
	assert_true(made);
	assert_string_equal(written("c1/schemata", text), "L3:0=7f0;1=1f\nMB:0=20;1=70\nL2:0=f\nL3:1=f\n");
	assert_int_equal(rdt_join(p->root, &g, 4711, &e), 0);
	assert_string_equal(written("c1/tasks", text), "4711\n");
	assert_string_equal(written("c1/mon_groups/c1/tasks", text), "4711\n");
	assert_string_equal(written("schemata", text), "");
	assert_int_equal(rdt_check(p->root, &g, &e), -1);
	assert_string_equal(e.text, "resctrl: a CLOS \"c1\", as the container is called, exists already: File exists");
	assert_int_equal(rdt_remove(p->root, &g, &e), 0);
	assert_false(there("c1"));
	assert_int_equal(rdt_remove(p->root, &g, &e), 0);
}

static void test_a_class_by_name_is_made_and_stays(void **state)
{
	const struct place *p = *state;
	const struct rdt_group g = {
		.clos = "gold", .rule = RDT_MAKE_OR_COMPARE, .compared = l3_mb, .n_compared = 1, .monitor = "c1"
	};
	char text[512];
	struct err e;
	bool made;

	assert_int_equal(rdt_check(p->root, &g, &e), 0);
	assert_int_equal(rdt_make(p->root, &g, &made, &e), 0);
	assert_true(made);
	assert_string_equal(written("gold/schemata", text), "L3:0=7f0;1=1f\n");
	assert_true(there("gold/mon_groups/c1"));
	assert_int_equal(rdt_remove(p->root, &g, &e), 0);
	assert_true(there("gold"));
	assert_false(there("gold/mon_groups/c1"));
}

static void test_a_class_that_is_there_is_compared(void **state)
{
	static const struct {
		const char *wanted;
		bool same;
	} rows[] = {
		{ "L3:0=7f0;1=1f", true }, { "L3:1=1f;0=7f0", true },
		{ "L3:0=07F0", true },     { " L3 : 0 = 7f0 ; 1 = 1f ", true },
		{ "MB:0=20", true },       { "L3:0=7f0\nMB:1=70", true },
		{ "L3:0=7f", false },      { "L3:2=7f0", false },
		{ "L2:0=7f0", false },     { "L3:0=7f0\nMB:1=7", false },
		{ "MB:0=200", false },
	};
	const struct place *p = *state;

	put_class("gold", "    MB:0= 20;1= 70\n    L3:0=7f0;1=01f\n");
	for (size_t i = 0; i < array_len(rows); i++) {
		const struct rdt_group g = {
			.clos = "gold", .rule = RDT_MAKE_OR_COMPARE, .compared = &rows[i].wanted, .n_compared = 1
		};
		struct err e;
		bool made;

		assert_int_equal(rdt_check(p->root, &g, &e), rows[i].same ? 0 : -1);
		assert_int_equal(rdt_make(p->root, &g, &made, &e), rows[i].same ? 0 : -1);
		assert_false(made);
		if (!rows[i].same)
			assert_non_null(strstr(e.text, "resctrl: CLOS \"gold\" exists and its schemata are not \""));
	}
	assert_true(there("gold"));
}

static void test_a_class_without_schemata_must_be_there(void **state)
{
	const struct place *p = *state;
	const struct rdt_group none = { .clos = "nope", .rule = RDT_JOIN }, gold = { .clos = "gold", .rule = RDT_JOIN },
			       root = { .clos = "/", .rule = RDT_JOIN, .monitor = "c1" };
	char text[512];
	struct err e;
	bool made;

	put_class("gold", "L3:0=f\n");
	assert_int_equal(rdt_check(p->root, &none, &e), -1);
	assert_string_equal(
		e.text,
		"resctrl: there is no CLOS \"nope\", and no schemata to make it with: No such file or directory");
	assert_int_equal(rdt_check(p->root, &gold, &e), 0);
	assert_int_equal(rdt_make(p->root, &gold, &made, &e), 0);
	assert_int_equal(rdt_join(p->root, &gold, 5, &e), 0);
	assert_string_equal(written("gold/tasks", text), "5\n");
	assert_int_equal(rdt_remove(p->root, &gold, &e), 0);
	assert_true(there("gold"));
	assert_int_equal(rdt_check(p->root, &root, &e), 0);
	assert_int_equal(rdt_make(p->root, &root, &made, &e), 0);
	assert_int_equal(rdt_join(p->root, &root, 6, &e), 0);
	assert_string_equal(written("tasks", text), "6\n");
	assert_string_equal(written("mon_groups/c1/tasks", text), "6\n");
	assert_string_equal(written("schemata", text), "");
	assert_int_equal(rdt_remove(p->root, &root, &e), 0);
	assert_false(there("mon_groups/c1"));
}

static void test_a_monitoring_group_of_somebody_else(void **state)
{
	const struct place *p = *state;
	const struct rdt_group g = { .clos = "/", .rule = RDT_JOIN, .monitor = "c1" };
	struct err e;

	assert_int_equal(mkdirat(p->root, "mon_groups/c1", 0755), 0);
	assert_int_equal(rdt_check(p->root, &g, &e), -1);
	assert_string_equal(e.text, "resctrl: CLOS \"/\" has a monitoring group \"c1\" already: File exists");
}

static void test_a_failure_leaves_nothing_and_is_told_in_the_kernels_words(void **state)
{
	const struct place *p = *state;
	const struct rdt_group g = { .clos = "c1", .rule = RDT_MAKE, .monitor = "no/such/place" };
	struct err e;
	bool made;

	put_file(p->root, "info/last_cmd_status", "out of RMIDs\n");
	assert_int_equal(rdt_make(p->root, &g, &made, &e), -1);
	assert_int_equal(e.kind, ERR_HOST);
	assert_string_equal(
		e.text,
		"resctrl: make the monitoring group mon_groups/no/such/place (out of RMIDs): No such file or directory");
	assert_false(there("c1"));
}

static void test_other_schemata_for_a_class_that_is_there(void **state)
{
	static const char *const lines[] = { "L3:0=3", "MB:0=50" };
	static char much[1 << 16]; /* more than a line may be */
	const char *const line = much;
	const struct place *p = *state;
	const struct rdt_group g = { .clos = "gold", .rule = RDT_JOIN, .schemata = lines, .n_schemata = 2 };
	const struct rdt_group none = { .clos = "none", .rule = RDT_JOIN };
	auto_free char *before = NULL;
	char text[512];
	struct err e;

	put_class("gold", "L3:0=f\nMB:0=100\n");
	before = rdt_schemata(p->root, &g, &e);
	assert_string_equal(before,
	                    "L3:0=f\nMB:0=100"); /* as it can be written again: the kernel takes no empty line */
	assert_int_equal(mkdirat(p->root, "silver", 0755), 0);
	assert_int_equal(
		rdt_change(p->root, &(struct rdt_group){ .clos = "silver", .schemata = lines, .n_schemata = 2 }, &e),
		0);
	assert_string_equal(written("silver/schemata", text), "L3:0=3\nMB:0=50\n");
	memset(much, 'x', sizeof(much) - 1);
	assert_int_equal(
		rdt_change(p->root, &(struct rdt_group){ .clos = "silver", .schemata = &line, .n_schemata = 1 }, &e),
		-1);
	assert_int_equal(e.sys, E2BIG);
	assert_string_equal(written("silver/schemata", text), "");
	assert_null(rdt_schemata(p->root, &none, &e));
	assert_string_equal(e.text, "resctrl: read the schemata of CLOS \"none\": No such file or directory");
	assert_int_equal(rdt_change(p->root, &none, &e), -1);
}

static void test_no_resctrl_is_told_in_words(void **state)
{
	auto_fd int fd = -1;
	struct err e;

	(void)state;
	fd = rdt_open(&e);
	if (fd >= 0) {
		print_message("this host has resctrl\n");
		skip();
	}
	assert_int_equal(e.kind, ERR_HOST);
	assert_non_null(strstr(e.text, "no resctrl file system is mounted (mount -t resctrl"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_what_is_refused_and_where),
		cmocka_unit_test(test_a_container_is_no_directory_of_resctrl_s_own),
		cmocka_unit_test_setup_teardown(test_a_class_of_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_class_by_name_is_made_and_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_class_that_is_there_is_compared, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_class_without_schemata_must_be_there, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_monitoring_group_of_somebody_else, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_failure_leaves_nothing_and_is_told_in_the_kernels_words, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(test_other_schemata_for_a_class_that_is_there, setup, teardown),
		cmocka_unit_test(test_no_resctrl_is_told_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
