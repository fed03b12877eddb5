/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cgroup_unified - controllers, freezing and delegation on a unified host, and a freezer of version 1: stand-ins of files
 *
 * What the kernel would do at a write does not happen here: the files say before what they are to say after.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
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

#include "base/auto.h"
#include "base/file.h"
#include "cgroup/cgroup.h"

enum { SHORT_MS = 30 };

static char top[PATH_MAX];
static struct cg_place place;
static struct err e;

static const char *below(const char *name)
{
	static char path[2 * PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s%s", top, name);
	return path;
}

static void put(const char *name, const char *text)
{
	struct err why;

	assert_int_equal(file_replace_at(AT_FDCWD, below(name), text, strlen(text), 0644, &why), 0);
}

static const char *get(const char *name)
{
	static char text[256];

	return file_peek_at(AT_FDCWD, below(name), text, sizeof(text)) < 0 ? "(none)" : text;
}

static int setup(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "%s/ocirt-unified-XXXXXX",
	               getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	if (mkdtemp(top) == NULL || mkdir(below("/a"), 0755) < 0 || mkdir(below("/a/c1"), 0755) < 0)
		return -1;
	err_clear(&e);
	place.n = 1;
	place.dir[0] = (struct cg_dir){ "cpu,memory,pids", top, "/a/c1", true };
	return 0;
}

static int remove_one(const char *path, const struct stat *s, int kind, struct FTW *at)
{
	(void)s, (void)kind, (void)at;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- controllers ------------------------------------------------------------------------------------------------------ */

static const char *const memory[] = { "memory" };

static void put_tree(const char *controllers)
{
	put("/cgroup.subtree_control", "");
	put("/a/cgroup.subtree_control", "");
	put("/a/c1/cgroup.controllers", controllers);
}

static void test_a_controller_that_is_there_is_not_enabled_again(void **state)
{
	(void)state;
	put_tree("cpu memory\n");
	assert_int_equal(cg_enable(&place, memory, 1, &e), 0);
	assert_null(strstr(get("/cgroup.subtree_control"), "memory"));
}

static void test_what_is_missing_is_enabled_from_the_root_down(void **state)
{
	(void)state;
	put_tree("cpu\n");
	assert_int_not_equal(cg_enable(&place, memory, 1, &e), 0); /* the stand-in enables nothing */
	assert_non_null(strstr(get("/cgroup.subtree_control"), "+memory"));
	assert_non_null(strstr(get("/a/cgroup.subtree_control"), "+memory"));
	assert_string_equal(get("/a/c1/cgroup.subtree_control"), "(none)");
	assert_int_equal(e.kind, ERR_HOST);
	assert_non_null(strstr(e.text, "the controller memory is not available in"));
}

static void test_a_controller_that_cannot_be_enabled_is_told_with_the_kernels_reason(void **state)
{
	(void)state;
	put("/a/c1/cgroup.controllers", "cpu\n");
	assert_int_not_equal(cg_enable(&place, memory, 1, &e), 0);
	assert_non_null(strstr(e.text, "enable the controller memory down to"));
	assert_non_null(strstr(e.text, "No such file or directory"));
}

static void test_a_group_with_processes_on_the_way_is_named(void **state)
{
	(void)state;
	put_tree("cpu\n");
	put("/a/cgroup.procs", "7\n");
	put("/a/cgroup.type", "domain\n");
	assert_int_not_equal(cg_enable(&place, memory, 1, &e), 0);
	assert_string_equal(get("/a/cgroup.subtree_control"), "");
	assert_non_null(strstr(e.text, "/a: that group has processes of its own"));
}

static void test_nothing_is_needed_where_there_is_no_unified_tree(void **state)
{
	(void)state;
	place.dir[0].unified = false;
	assert_int_equal(cg_enable(&place, memory, 1, &e), 0);
}

/* --- freezing --------------------------------------------------------------------------------------------------------- */

static void test_a_group_freezes_and_thaws(void **state)
{
	(void)state;
	put("/a/c1/cgroup.freeze", "0");
	put("/a/c1/cgroup.events", "populated 1\nfrozen 1\n");
	assert_int_equal(cg_freeze(&place, true, SHORT_MS, &e), 0);
	assert_int_equal(get("/a/c1/cgroup.freeze")[0], '1');
	assert_int_equal(cg_frozen(&place, &e), 1);
	assert_int_equal(cg_freeze(&place, false, SHORT_MS, &e), 0);
	assert_int_equal(cg_frozen(&place, &e), 0);
}

static void test_a_group_that_does_not_freeze_is_thawed_again(void **state)
{
	(void)state;
	put("/a/c1/cgroup.freeze", "0");
	put("/a/c1/cgroup.events", "populated 1\nfrozen 0\n");
	assert_int_not_equal(cg_freeze(&place, true, SHORT_MS, &e), 0);
	assert_non_null(strstr(e.text, "after 30 ms"));
	assert_int_equal(get("/a/c1/cgroup.freeze")[0], '0');
}

static void test_what_cannot_be_frozen_is_told(void **state)
{
	(void)state;
	assert_int_not_equal(cg_freeze(&place, true, SHORT_MS, &e), 0);
	assert_non_null(strstr(e.text, "freeze the cgroup"));
	assert_int_not_equal(cg_freeze(&place, false, SHORT_MS, &e), 0);
	assert_non_null(strstr(e.text, "thaw the cgroup"));
	put("/a/c1/cgroup.freeze", "0");
	assert_int_not_equal(cg_freeze(&place, true, SHORT_MS, &e), 0);
	assert_non_null(strstr(e.text, "cgroup.events"));
	assert_int_equal(cg_frozen(&place, &e), 0);
	place.n = 0;
	assert_int_not_equal(cg_freeze(&place, true, SHORT_MS, &e), 0);
	assert_non_null(strstr(e.text, "this host has no freezer"));
	assert_int_equal(cg_frozen(&place, &e), 0);
}

static void test_a_freezer_of_version_1(void **state)
{
	(void)state;
	place.dir[0].unified = false;
	place.dir[0].controllers = "freezer";
	assert_int_not_equal(cg_freeze(&place, true, SHORT_MS, &e), 0);
	assert_int_not_equal(cg_freeze(&place, false, SHORT_MS, &e), 0);
	put("/a/c1/freezer.state", "");
	assert_int_equal(cg_freeze(&place, true, SHORT_MS, &e), 0);
	assert_int_equal(cg_frozen(&place, &e), 1);
	assert_int_equal(cg_freeze(&place, false, SHORT_MS, &e), 0);
	assert_int_equal(cg_frozen(&place, &e), 0);
}

/* --- below a container's group, and given away ------------------------------------------------------------------------ */

static void test_a_group_is_given_with_the_files_of_delegation(void **state)
{
	struct stat s;

	(void)state;
	put("/a/c1/cgroup.procs", "");
	assert_int_equal(cg_give(&place, geteuid(), getegid(), &e), 0);
	if (geteuid() == 0) {
		assert_int_equal(cg_give(&place, 1234, 1235, &e), 0);
		assert_int_equal(stat(below("/a/c1/cgroup.procs"), &s), 0);
		assert_int_equal(s.st_uid, 1234);
		assert_int_equal(s.st_gid, 1235);
	}
	place.dir[0].path = "/gone";
	assert_int_not_equal(cg_give(&place, geteuid(), getegid(), &e), 0);
	assert_non_null(strstr(e.text, "give the control group"));
	place.n = 0;
	assert_int_equal(cg_give(&place, geteuid(), getegid(), &e), 0);
}

static void test_groups_below_are_made_and_found(void **state)
{
	const char *words[] = { "inner/" }, *bad[] = { "../b" }, *two[] = { "memory:inner", "cpu:inner" },
		   *unknown[] = { "net:inner" };
	struct cg_place to;

	(void)state;
	assert_int_not_equal(cg_sub_place(&place, words, 1, &to, &e), 0);
	assert_non_null(strstr(e.text, "No such file or directory"));
	place.dir[0].unified = false; /* a new group of cgroup2 has files from the kernel */
	assert_int_equal(cg_sub_make(&place, "inner", &to, &e), 0);
	assert_string_equal(to.dir[0].path, "/a/c1/inner");
	assert_int_equal(cg_sub_place(&place, words, 1, &to, &e), 0);
	assert_string_equal(to.dir[0].path, "/a/c1/inner");
	assert_int_not_equal(cg_sub_place(&place, bad, 1, &to, &e), 0);
	assert_int_not_equal(cg_sub_place(&place, two, 2, &to, &e), 0);
	assert_non_null(strstr(e.text, "a controller is named twice"));
	assert_int_not_equal(cg_sub_place(&place, unknown, 1, &to, &e), 0);
	assert_non_null(strstr(e.text, "unknown controller \"net\""));
}

static void test_what_is_too_long_is_refused(void **state)
{
	char path[PATH_MAX + 8], list[600];
	const char *words[] = { path }, *lists[] = { list };
	struct cg_place to;

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	memset(list, 'c', sizeof(list) - 1);
	(void)snprintf(list + sizeof(list) - 4, 4, ":/x");
	assert_int_not_equal(cg_sub_place(&place, words, 1, &to, &e), 0);
	assert_int_not_equal(cg_sub_place(&place, lists, 1, &to, &e), 0);
	assert_non_null(strstr(e.text, "too long"));
	assert_int_not_equal(cg_sub_make(&place, path, &to, &e), 0);
	assert_int_equal(e.sys, ENAMETOOLONG);
}

/* Makes the directories of a path below the top, and looks at the last of them. */
static struct stat made(const char *path)
{
	char part[PATH_MAX];
	struct stat s;

	for (const char *end = path; *end != '\0';) {
		end += 1 + strcspn(end + 1, "/");
		(void)snprintf(part, sizeof(part), "%.*s", (int)(end - path), path);
		(void)mkdir(below(part), 0755);
	}
	assert_int_equal(stat(below(path), &s), 0);
	return s;
}

/* The tree stands in for cgroup2's; what the kernel says of this very process is what it is. */
static void test_the_group_that_a_process_is_in(void **state)
{
	char text[PATH_MAX] = "", *path;
	auto_fd int fd = -1;
	struct stat is, want;

	(void)state;
	(void)!file_peek_at(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text));
	path = strstr(text, "0::/");
	if (path == NULL || strstr(path, "/..") != NULL) {
		print_message("this process is in no group of cgroup2, or in one that is not seen here\n");
		skip();
		return;
	}
	path += 3;
	path[strcspn(path, "\n")] = '\0';
	want = made(path);
	fd = cg_open_unified_of(&place, getpid());
	assert_int_equal(fstat(fd, &is), 0);
	assert_int_equal(is.st_ino, want.st_ino);
	assert_int_equal(cg_open_unified_of(&place, -1), -1);
	place.n = 0;
	assert_int_equal(cg_open_unified_of(&place, getpid()), -1);
}

/* --- the managers ----------------------------------------------------------------------------------------------------- */

static void test_no_manager_does_nothing(void **state)
{
	const struct cg_driver *d = cg_driver_of(CG_MANAGER_DISABLED);

	(void)state;
	assert_int_equal(d->prepare(NULL, NULL, &e), 0);
	assert_int_equal(d->join(NULL, 1, NULL, &e), 0);
	assert_int_equal(d->apply(NULL, NULL, &e), 0);
	assert_int_equal(d->remove(NULL, 0, &e), 0);
}

static void test_groups_that_a_refused_limit_was_for_are_taken_away(void **state)
{
	static const struct cg_write w = {
		.controller = "memory", .file = "memory.max", .value = "1", .pointer = "/m"
	};
	const struct cg_settings s = { .writes = &w, .n_writes = 1 };
	const struct cg_driver *d = cg_driver_of(CG_MANAGER_CGROUPFS);

	(void)state;
	place.dir[0].path = "/a/new/c2";
	put_tree("memory\n");
	assert_int_not_equal(d->prepare(&place, &s, &e), 0); /* a new group has no such file here */
	assert_int_not_equal(access(below("/a/new"), F_OK), 0);
	assert_int_equal(access(below("/a"), F_OK), 0);
}

static void test_limits_of_a_group_in_use(void **state)
{
	static const struct cg_write w = {
		.controller = "memory", .file = "memory.max", .value = "1", .pointer = "/m"
	};
	struct cg_settings s = { .writes = &w, .n_writes = 1 };
	const struct cg_driver *d = cg_driver_of(CG_MANAGER_CGROUPFS);

	(void)state;
	put("/a/c1/memory.max", "9");
	assert_int_equal(d->apply(&place, &s, &e), 0);
	assert_string_equal(get("/a/c1/memory.max"), "1");
	s.fresh = true;
	assert_int_equal(d->apply(&place, &s, &e), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_controller_that_is_there_is_not_enabled_again),
		T(test_what_is_missing_is_enabled_from_the_root_down),
		T(test_a_controller_that_cannot_be_enabled_is_told_with_the_kernels_reason),
		T(test_a_group_with_processes_on_the_way_is_named),
		T(test_nothing_is_needed_where_there_is_no_unified_tree),
		T(test_a_group_freezes_and_thaws),
		T(test_a_group_that_does_not_freeze_is_thawed_again),
		T(test_what_cannot_be_frozen_is_told),
		T(test_a_freezer_of_version_1),
		T(test_a_group_is_given_with_the_files_of_delegation),
		T(test_groups_below_are_made_and_found),
		T(test_what_is_too_long_is_refused),
		T(test_the_group_that_a_process_is_in),
		T(test_no_manager_does_nothing),
		T(test_groups_that_a_refused_limit_was_for_are_taken_away),
		T(test_limits_of_a_group_in_use),
	};

	return cmocka_run_group_tests_name("cgroup_unified", tests, NULL, NULL);
}
