/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cgroup - layouts, places, walks and writes, on made-up hosts: no root, no cgroups
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
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
#include "base/buf.h"
#include "base/file.h"
#include "cgroup/cgroup.h"
#include "cgroup/layout.h"
#include "cgroup/procs.h"
#include "cgroup/tree.h"
#include "cgroup/walk.h"

/* --- a made-up host: directories below a temporary one; a file `.v1` or `.v2` in one stands for what is mounted there - */

static char host[PATH_MAX];

static int setup(void **state)
{
	(void)state;
	(void)snprintf(host, sizeof(host), "%s/ocirt-cgroup-XXXXXX",
	               getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	return mkdtemp(host) == NULL ? -1 : 0;
}

static void remove_tree(int parent, const char *name)
{
	auto_dir DIR *d = fdopendir(openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	for (struct dirent *x = d != NULL ? readdir(d) : NULL; x != NULL; x = readdir(d)) {
		if (strcmp(x->d_name, ".") == 0 || strcmp(x->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(d), x->d_name, 0) < 0)
			remove_tree(dirfd(d), x->d_name);
	}
	(void)unlinkat(parent, name, AT_REMOVEDIR);
}

static int teardown(void **state)
{
	(void)state;
	remove_tree(AT_FDCWD, host);
	return 0;
}

/* Makes the directories of a path below the host. */
static void dirs(const char *path)
{
	char full[2 * PATH_MAX];

	(void)snprintf(full, sizeof(full), "%s/%s", host, path);
	for (char *p = full + strlen(host) + 1; (p = strchr(p, '/')) != NULL; *p++ = '/') {
		*p = '\0';
		(void)mkdir(full, 0755);
	}
	(void)mkdir(full, 0755);
}

static void put_file(const char *path, const char *text)
{
	char full[2 * PATH_MAX];
	struct err e;

	(void)snprintf(full, sizeof(full), "%s/%s", host, path);
	assert_int_equal(file_replace_at(AT_FDCWD, full, text, strlen(text), 0644, &e), 0);
}

static const char *get_file(const char *path)
{
	static char text[4096];
	char full[2 * PATH_MAX];

	(void)snprintf(full, sizeof(full), "%s/%s", host, path);
	return file_peek_at(AT_FDCWD, full, text, sizeof(text)) < 0 ? NULL : text;
}

static bool there(const char *path)
{
	char full[2 * PATH_MAX];

	(void)snprintf(full, sizeof(full), "%s/%s", host, path);
	return access(full, F_OK) == 0;
}

static int fake_fs(const char *path, long magic)
{
	char mark[2 * PATH_MAX];

	(void)snprintf(mark, sizeof(mark), "%s/.%s", path, magic == CGROUP2_SUPER_MAGIC ? "v2" : "v1");
	return access(mark, F_OK) == 0;
}

static int detect(struct cg_layout *l, const char *self, const char *mountinfo, struct err *e)
{
	char root[PATH_MAX + 8], self_file[PATH_MAX + 8], info_file[PATH_MAX + 16];
	struct cg_view view = { .root = root, .self = self_file, .mountinfo = info_file, .is_fs = fake_fs };

	(void)snprintf(root, sizeof(root), "%s/cg", host);
	(void)snprintf(self_file, sizeof(self_file), "%s/self", host);
	(void)snprintf(info_file, sizeof(info_file), "%s/mountinfo", host);
	put_file("self", self);
	if (mountinfo != NULL)
		put_file("mountinfo", mountinfo);
	return cg_detect_view(&view, l, e);
}

/* The path of a mount as the layout should have it. */
static const char *at(const char *name)
{
	static char path[2 * PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", host, name);
	return path;
}

/* --- layouts --------------------------------------------------------------------------------------------------------- */

static void test_a_unified_host(void **state)
{
	struct cg_layout l;
	struct err e;

	(void)state;
	dirs("cg");
	put_file("cg/.v2", "");
	put_file("cg/cgroup.controllers", "cpuset cpu io memory\n");
	assert_int_equal(detect(&l, "3:cpu:/x\n0::/user.slice/a b\n", NULL, &e), 0);
	assert_int_equal(l.mode, CG_V2);
	assert_int_equal(l.n, 1);
	assert_true(l.hier[0].unified);
	assert_string_equal(l.hier[0].controllers, "cpuset,cpu,io,memory");
	assert_string_equal(l.hier[0].mount, at("cg"));
	assert_string_equal(l.hier[0].self, "/user.slice/a b");
	assert_ptr_equal(cg_find(&l, "io"), &l.hier[0]);
	assert_null(cg_find(&l, "pids"));
	assert_null(cg_find(&l, "mem"));
}

static void test_a_v1_host_with_controllers_together_and_a_named_hierarchy(void **state)
{
	struct cg_layout l;
	struct err e;

	(void)state;
	dirs("cg/cpu,cpuacct/user");
	dirs("cg/memory");
	dirs("cg/systemd");
	put_file("cg/cpu,cpuacct/.v1", "");
	put_file("cg/memory/.v1", "");
	put_file("cg/systemd/.v1", "");
	assert_int_equal(detect(&l, "9:name=systemd:/\n4:memory:/\n2:cpu,cpuacct:/user\n0::/\n", NULL, &e), 0);
	assert_int_equal(l.mode, CG_V1);
	assert_int_equal(l.n, 3);
	assert_string_equal(l.hier[0].mount, at("cg/systemd"));
	assert_string_equal(l.hier[2].self, "/user");
	assert_ptr_equal(cg_find(&l, "cpuacct"), &l.hier[2]);
	assert_null(cg_find(&l, "cpuset"));
}

static void test_a_hybrid_host_and_where_a_controller_is(void **state)
{
	struct cg_layout l;
	struct err e;

	(void)state;
	dirs("cg/memory");
	dirs("cg/unified");
	put_file("cg/memory/.v1", "");
	put_file("cg/unified/.v2", "");
	put_file("cg/unified/cgroup.controllers", "hugetlb\n");
	assert_int_equal(detect(&l, "4:memory:/\n0::/\n", NULL, &e), 0);
	assert_int_equal(l.mode, CG_HYBRID);
	assert_false(cg_find(&l, "memory")->unified);
	assert_true(cg_find(&l, "hugetlb")->unified);
}

static void test_a_host_without_cgroups(void **state)
{
	struct cg_layout l;
	struct err e;

	(void)state;
	dirs("cg");
	put_file("mountinfo", "");
	assert_int_equal(detect(&l, "4:memory:/\n0::/\n", "", &e), 0);
	assert_int_equal(l.mode, CG_NONE);
	assert_int_equal(l.n, 0);
}

static void test_what_is_mounted_elsewhere_is_found_in_mountinfo(void **state)
{
	char info[8 * PATH_MAX];
	struct cg_layout l;
	struct err e;

	(void)state;
	dirs("cg/cpu,cpuacct");
	dirs("else where/docker/abc/inner");
	put_file("else where/.v1", "");
	(void)snprintf(info, sizeof(info),
	               "22 1 0:20 / /proc rw - proc proc rw\n"
	               "31 30 0:28 / %s/nowhere rw - cgroup cgroup rw,memory\n"
	               "30 29 0:27 /docker/abc %s/else\\040where rw,nosuid shared:5 - cgroup cgroup rw,cpu,cpuacct\n",
	               host, host);
	assert_int_equal(detect(&l, "5:cpuacct,cpu:/docker/abc/docker/abc/inner\n4:memory:/\n", info, &e), 0);
	assert_int_equal(l.n, 1); /* memory is not really mounted */
	assert_string_equal(l.hier[0].mount, at("else where"));
	assert_string_equal(l.hier[0].self, "/docker/abc/inner"); /* below what the mount shows */
}

static void test_a_caller_whose_own_group_is_out_of_sight_is_at_the_root(void **state)
{
	struct cg_layout l;
	struct err e;

	(void)state;
	dirs("cg/memory");
	put_file("cg/memory/.v1", "");
	assert_int_equal(detect(&l, "4:memory:/../../x\n", NULL, &e), 0);
	assert_string_equal(l.hier[0].self, "/");
}

static void test_what_the_kernel_does_not_write_is_told(void **state)
{
	char much[CG_TEXT_MAX + 1];
	struct cg_layout l;
	struct err e;

	(void)state;
	dirs("cg");
	memset(much, '\n', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	assert_int_equal(detect(&l, much, "", &e), -1);
	assert_non_null(strstr(e.text, "self: longer than 8191 bytes"));
	assert_int_equal(detect(&l, "4:memory:/\n5 pids\n", "", &e), -1);
	assert_non_null(strstr(e.text, "self: a line without two colons: '5 pids'"));
}

/* --- places ---------------------------------------------------------------------------------------------------------- */

static const struct cg_layout hybrid = {
	.mode = CG_HYBRID,
	.n = 3,
	.hier = { { "memory", "/sys/fs/cgroup/memory", "/user.slice", false },
	          { "freezer", "/sys/fs/cgroup/freezer", "/", false },
	          { "", "/sys/fs/cgroup/unified", "/", true } },
};

static const struct cg_layout v2 = {
	.mode = CG_V2,
	.n = 1,
	.hier = { { "cpu,memory", "/sys/fs/cgroup", "/user.slice/me.scope", true } },
};

static void test_places(void **state)
{
	static const struct {
		const struct cg_layout *layout;
		const char *asked, *first, *last;
	} cases[] = {
		{ &hybrid, NULL, "/user.slice/c1", "/c1" },
		{ &hybrid, "", "/user.slice/c1", "/c1" },
		{ &hybrid, "a//b/./c/", "/user.slice/a/b/c", "/a/b/c" },
		{ &hybrid, "/libpod/x", "/libpod/x", "/libpod/x" },
		{ &hybrid, "system.slice:docker:x", "/user.slice/system.slice:docker:x", "/system.slice:docker:x" },
		{ &v2, NULL, "/c1", "/c1" },
		{ &v2, "a/b", "/a/b", "/a/b" },
		{ &v2, "/a/b", "/a/b", "/a/b" },
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		struct cg_place p;
		struct err e;

		assert_int_equal(cg_place(cases[i].layout, cases[i].asked, "c1", &p, &e), 0);
		assert_int_equal(p.n, cases[i].layout->n);
		assert_string_equal(p.dir[0].path, cases[i].first);
		assert_string_equal(p.dir[p.n - 1].path, cases[i].last);
	}
}

static void test_refused_places(void **state)
{
	char longer[PATH_MAX], component[NAME_MAX + 3];
	const char *const bad[] = { "..", "/a/../b", "a/..", "/", "//./", "/a\nb", longer, component };

	(void)state;
	memset(longer, 'x', sizeof(longer));
	for (size_t i = 0; i < sizeof(longer); i += 100)
		longer[i] = '/';
	longer[sizeof(longer) - 1] = '\0';
	memset(component, 'x', sizeof(component));
	component[0] = '/';
	component[sizeof(component) - 1] = '\0';
	for (size_t i = 0; i < array_len(bad); i++) {
		struct cg_place p;
		struct err e;

		assert_int_equal(cg_place(&hybrid, bad[i], "c1", &p, &e), -1);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_string_equal(e.pointer, "/linux/cgroupsPath");
	}
}

/* --- directories ----------------------------------------------------------------------------------------------------- */

/* Places /a/b in the host's trees one and two, both of v1. */
static void two(struct cg_place *p)
{
	struct cg_layout l = { .mode = CG_V1, .n = 2 };
	char one[PATH_MAX + 8], other[PATH_MAX + 8];
	struct err e;

	(void)snprintf(one, sizeof(one), "%s/one", host);
	(void)snprintf(other, sizeof(other), "%s/two", host);
	l.hier[0] = (struct cg_hier){ "memory", one, "/", false };
	l.hier[1] = (struct cg_hier){ "pids", other, "/", false };
	assert_int_equal(cg_place(&l, "/a/b", "c1", p, &e), 0);
}

static void test_parents_are_made_and_taken_away_with_a_failure(void **state)
{
	struct cg_place p;
	struct err e;

	(void)state;
	two(&p);
	dirs("one/a");
	assert_int_equal(cg_create(&p, NULL, 0, &e), -1); /* there is no two */
	assert_non_null(strstr(e.text, "/two/a/b: No such file or directory"));
	assert_true(there("one/a"));
	assert_false(there("one/a/b"));
	dirs("two");
	assert_int_equal(cg_create(&p, NULL, 0, &e), 0);
	assert_true(there("one/a/b") && there("two/a/b"));
	assert_int_equal(cg_remove(&p, 100, &e), 0);
	assert_true(there("two/a"));
	assert_false(there("one/a/b") || there("two/a/b"));
	assert_int_equal(cg_remove(&p, 100, &e), 0); /* gone is fine */
}

static void test_a_group_with_processes_is_refused_and_stays(void **state)
{
	struct cg_place p;
	struct err e;

	(void)state;
	two(&p);
	dirs("one");
	dirs("two/a/b/sub");
	put_file("two/a/b/sub/cgroup.procs", "100003\n100001\n100003\n");
	assert_int_equal(cg_check(&p, &e), 0); /* the first is not there yet */
	assert_int_equal(cg_create(&p, NULL, 0, &e), -1);
	assert_non_null(strstr(e.text, "container's cgroup is not empty: 2 process(es) found in "));
	assert_non_null(strstr(e.text, "two/a/b"));
	assert_false(there("one/a"));
	assert_true(there("two/a/b/sub"));
}

static void test_pids_of_all_groups_each_once(void **state)
{
	pid_t *pids;
	struct cg_place p;
	struct err e;
	size_t n;

	(void)state;
	two(&p);
	assert_int_equal(cg_pids(&p, &pids, &n, &e), 0);
	assert_int_equal(n, 0);
	dirs("one/a/b/x/y");
	dirs("one/a/b/z");
	put_file("one/a/b/cgroup.procs", "7\n");
	put_file("one/a/b/x/cgroup.procs", "");
	put_file("one/a/b/x/y/cgroup.procs", "3\n0\n");
	put_file("one/a/b/z/cgroup.procs", "12\n7\n");
	assert_int_equal(cg_pids(&p, &pids, &n, &e), 0);
	assert_int_equal(n, 3);
	assert_int_equal(pids[0], 3);
	assert_int_equal(pids[2], 12);
	free(pids);
}

static int note(int parent_fd, const char *name, void *arg)
{
	(void)parent_fd;
	buf_printf(arg, "%s ", name);
	return 0;
}

static void test_a_walk_leaves_children_first_however_deep(void **state)
{
	auto_buf struct buf seen = { 0 };
	auto_buf struct buf deep = { 0 };

	(void)state;
	dirs("w/a/b");
	assert_int_equal(cg_walk(at("w"), &(struct cg_visit){ .leave = note, .arg = &seen }), 0);
	assert_string_equal(buf_text(&seen), "b a ");
	buf_puts(&deep, "deep");
	for (int i = 0; i < 700; i++)
		buf_puts(&deep, "/d");
	dirs(buf_text(&deep));
	seen.len = 0;
	assert_int_equal(cg_walk(at("deep"), &(struct cg_visit){ .leave = note, .arg = &seen }), 0);
	assert_int_equal(seen.len, 1400);
	assert_int_equal(cg_walk(at("nowhere"), &(struct cg_visit){ .arg = NULL }), -1);
	assert_int_equal(errno, ENOENT);
}

/* --- values ---------------------------------------------------------------------------------------------------------- */

static void test_values_are_written(void **state)
{
	const struct cg_write w[] = {
		{ .controller = "memory", .file = "memory.max", .value = "4096", .pointer = "/m" },
		{ .controller = "pids",
		  .file = "new",
		  .value = "9",
		  .alt_file = "old",
		  .alt_value = "8",
		  .pointer = "/p" },
		{ .controller = "pids", .file = "missing", .value = "9", .optional = true, .pointer = "/p" },
	};
	struct cg_place p;
	struct err e;

	(void)state;
	two(&p);
	dirs("one/a/b");
	dirs("two/a/b");
	put_file("one/a/b/memory.max", "");
	put_file("two/a/b/old", "");
	assert_int_equal(cg_write_all(&p, w, array_len(w), &e), 0);
	assert_string_equal(get_file("one/a/b/memory.max"), "4096");
	assert_string_equal(get_file("two/a/b/old"), "8");
	assert_false(there("two/a/b/missing"));
}

/* No machine of ours has RDMA hardware: a directory STANDS IN for the group. What the kernel says of a device is not tested. */
static void test_rdma_lines_reach_the_file_of_a_stand_in(void **state)
{
	const struct cg_write w[] = {
		{ .controller = "memory",
		  .file = "rdma.max",
		  .value = "mlx5_1 hca_handle=3 hca_object=1000",
		  .pointer = "/linux/resources/rdma" },
	};
	struct cg_place p;
	struct err e;

	(void)state;
	two(&p);
	dirs("one/a/b");
	dirs("two/a/b");
	put_file("one/a/b/rdma.max", "");
	assert_int_equal(cg_write_all(&p, w, array_len(w), &e), 0);
	assert_string_equal(get_file("one/a/b/rdma.max"), w[0].value);
}

static void test_a_refused_value_says_why_and_who_asked(void **state)
{
	static const struct {
		struct cg_write w;
		const char *text;
		enum err_kind kind;
	} cases[] = {
		{ { .controller = "memory", .file = "no.file", .value = "1" },
		  "this kernel has no no.file in the cgroup ",
		  ERR_HOST },
		{ { .controller = "memory", .file = "a", .value = "1", .alt_file = "b", .alt_value = "1" },
		  "this kernel has neither a nor b in the cgroup ",
		  ERR_HOST },
		{ { .controller = "io", .file = "io.max", .value = "1" },
		  "io.max: this host has no io controller",
		  ERR_HOST },
		{ { .controller = "memory",
		    .file = "memory.max",
		    .value = "4096",
		    .usage = "memory.current",
		    .check_usage = true },
		  "rejecting memory limit: memory.max: limit 4096 is below the current usage 1892352",
		  ERR_OTHER },
	};
	struct cg_place p;

	(void)state;
	two(&p);
	dirs("one/a/b");
	put_file("one/a/b/memory.max", "old");
	put_file("one/a/b/memory.current", "1892352\n");
	for (size_t i = 0; i < array_len(cases); i++) {
		struct cg_write w = cases[i].w;
		struct err e;

		w.pointer = "/linux/resources/x";
		assert_int_equal(cg_write_all(&p, &w, 1, &e), -1);
		assert_memory_equal(e.text, cases[i].text, strlen(cases[i].text));
		assert_int_equal(e.kind, cases[i].kind);
		assert_string_equal(e.pointer, "/linux/resources/x");
	}
	assert_string_equal(get_file("one/a/b/memory.max"), "old");
}

int main(void)
{
#define HOST_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_a_unified_host),
		HOST_TEST(test_a_v1_host_with_controllers_together_and_a_named_hierarchy),
		HOST_TEST(test_a_hybrid_host_and_where_a_controller_is),
		HOST_TEST(test_a_host_without_cgroups),
		HOST_TEST(test_what_is_mounted_elsewhere_is_found_in_mountinfo),
		HOST_TEST(test_a_caller_whose_own_group_is_out_of_sight_is_at_the_root),
		HOST_TEST(test_what_the_kernel_does_not_write_is_told),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_refused_places),
		HOST_TEST(test_parents_are_made_and_taken_away_with_a_failure),
		HOST_TEST(test_a_group_with_processes_is_refused_and_stays),
		HOST_TEST(test_pids_of_all_groups_each_once),
		HOST_TEST(test_a_walk_leaves_children_first_however_deep),
		HOST_TEST(test_values_are_written),
		HOST_TEST(test_rdma_lines_reach_the_file_of_a_stand_in),
		HOST_TEST(test_a_refused_value_says_why_and_who_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
