/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cgroup_host - the same on this machine's own tree, in whatever layout it is mounted: needs root, else all is skipped
 *
 * Groups are named after this process and taken away again.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "cgroup/bpf.h"
#include "cgroup/cgroup.h"
#include "cgroup/io.h"

enum { DEADLINE_MS = 60000 };

static struct cg_layout layout;
static struct cg_place place;
static const char *why_not; /* all is skipped for this reason */

#define NEEDS_HOST()                                    \
	do {                                            \
		(void)state;                            \
		if (why_not != NULL) {                  \
			print_message("%s\n", why_not); \
			skip();                         \
		}                                       \
	} while (0)

#define SKIP(why)                        \
	do {                             \
		print_message(why "\n"); \
		skip();                  \
	} while (0)

#define OK(call)                                \
	do {                                    \
		if ((call) != 0)                \
			fail_msg("%s", e.text); \
	} while (0)

static int find_host(void **state)
{
	struct err e;
	char path[PATH_MAX];

	(void)state;
	if (geteuid() != 0)
		why_not = "needs root";
	else if (cg_detect(&layout, &e) < 0 || layout.mode == CG_NONE)
		why_not = "no control groups are mounted";
	else if ((size_t)snprintf(path, sizeof(path), "%s%s", layout.hier[0].mount, layout.hier[0].self) <
	                 sizeof(path) &&
	         access(path, W_OK) < 0)
		why_not = "the control groups are read-only";
	return 0;
}

static int setup(void **state)
{
	char name[64];
	struct err e;

	(void)state;
	if (why_not != NULL)
		return 0;
	(void)snprintf(name, sizeof(name), "ocirt-unit-%d/inner", getpid());
	return cg_place(&layout, name, "unused", &place, &e);
}

/* The leaf, then the parent that cg_create made: nobody else's. */
static int teardown(void **state)
{
	struct err e;

	(void)state;
	if (why_not != NULL)
		return 0;
	if (cg_remove(&place, DEADLINE_MS, &e) < 0) {
		print_error("%s\n", e.text);
		return -1;
	}
	for (size_t i = 0; i < place.n; i++) {
		char path[PATH_MAX];

		if (cg_path(&place.dir[i], NULL, path)) {
			*strrchr(path, '/') = '\0';
			(void)rmdir(path);
		}
	}
	return 0;
}

static bool exists(const struct cg_dir *d)
{
	char path[PATH_MAX];

	return cg_path(d, NULL, path) && access(path, F_OK) == 0;
}

/* A child that waits to be killed; it joins by itself, in the child, when `inside`. */
static pid_t sleeper(bool inside)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct err e;

		if (inside && cg_attach_self(&place, true, &e) < 0) {
			print_error("%s\n", e.text);
			_exit(1);
		}
		(void)!write(ready[1], "", 1);
		for (;;)
			(void)pause();
	}
	assert_true(pid > 0);
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	return pid;
}

/* The signal that ended it, 0 for none. */
static int ended(pid_t pid)
{
	int64_t end = clock_ms() + DEADLINE_MS;
	int status, r;

	while ((r = waitpid(pid, &status, WNOHANG)) == 0 && clock_ms() < end)
		clock_nap(1);
	assert_int_equal(r, pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void expect_killed(pid_t pid, int sig)
{
	assert_int_equal(ended(pid), sig);
}

static size_t count_pids(void)
{
	pid_t *pids;
	struct err e;
	size_t n;

	OK(cg_pids(&place, &pids, &n, &e));
	free(pids);
	return n;
}

static void test_made_used_and_removed_with_a_process_left(void **state)
{
	struct err e;
	pid_t pid;

	NEEDS_HOST();
	OK(cg_check(&place, &e));
	OK(cg_create(&place, NULL, 0, &e));
	for (size_t i = 0; i < place.n; i++)
		assert_true(exists(&place.dir[i]));
	pid = sleeper(true);
	assert_int_equal(count_pids(), 1);
	for (size_t i = 0; i < place.n; i++) {
		char procs[32];

		assert_true(cg_peek(&place.dir[i], "cgroup.procs", procs, sizeof(procs)) > 0);
		assert_int_equal(strtol(procs, NULL, 10), pid);
	}
	assert_int_equal(cg_check(&place, &e), -1);
	assert_non_null(strstr(e.text, "container's cgroup is not empty: 1 process(es) found in /sys/fs/cgroup"));
	OK(cg_remove(&place, DEADLINE_MS, &e));
	for (size_t i = 0; i < place.n; i++)
		assert_false(exists(&place.dir[i]));
	expect_killed(pid, SIGKILL);
	assert_int_equal(count_pids(), 0);
}

static void test_moved_from_outside(void **state)
{
	struct err e;
	pid_t pid;

	NEEDS_HOST();
	OK(cg_create(&place, NULL, 0, &e));
	pid = sleeper(false);
	OK(cg_attach(&place, pid, &e));
	assert_int_equal(count_pids(), 1);
	assert_int_equal(cg_attach(&place, 0x3fffffff, &e), -1);
	assert_int_equal(e.sys, ESRCH);
	OK(cg_kill(&place, SIGTERM, &e));
	expect_killed(pid, SIGTERM);
	OK(cg_kill(&place, SIGTERM, &e)); /* nobody is fine */
}

static void test_sub_groups_are_removed_and_killed(void **state)
{
	pid_t pids[3];
	struct err e;

	NEEDS_HOST();
	OK(cg_create(&place, NULL, 0, &e));
	for (size_t k = 0; k < array_len(pids); k++)
		pids[k] = sleeper(true);
	for (size_t i = 0; i < place.n; i++) {
		char path[PATH_MAX], pid[16];

		if (cg_lists(place.dir[i].controllers, "cpuset") && !place.dir[i].unified)
			continue; /* an empty cpuset takes nobody */
		assert_true(cg_path(&place.dir[i], "sub", path));
		assert_int_equal(mkdir(path, 0755), 0);
		assert_true(cg_path(&place.dir[i], "sub/deeper", path));
		assert_int_equal(mkdir(path, 0755), 0);
		(void)snprintf(pid, sizeof(pid), "%d", pids[2]);
		assert_int_equal(cg_poke(&place.dir[i], "sub/deeper/cgroup.procs", pid), 0);
	}
	assert_int_equal(count_pids(), 3);
	OK(cg_kill(&place, SIGKILL, &e));
	for (size_t k = 0; k < array_len(pids); k++)
		expect_killed(pids[k], SIGKILL);
	OK(cg_remove(&place, DEADLINE_MS, &e));
	assert_false(exists(&place.dir[0]));
}

static bool can_freeze(void)
{
	return cg_v1_dir(&place, "freezer") != NULL || cg_unified_dir(&place) != NULL;
}

static void test_frozen_thawed_and_killed_while_frozen(void **state)
{
	struct err e;
	pid_t pid;

	NEEDS_HOST();
	if (!can_freeze())
		SKIP("this host has no freezer");
	OK(cg_create(&place, NULL, 0, &e));
	pid = sleeper(true);
	assert_int_equal(cg_frozen(&place, &e), 0);
	OK(cg_freeze(&place, true, DEADLINE_MS, &e));
	assert_int_equal(cg_frozen(&place, &e), 1);
	assert_int_equal(cg_create(&place, NULL, 0, &e), -1);
	OK(cg_freeze(&place, false, DEADLINE_MS, &e));
	assert_int_equal(cg_frozen(&place, &e), 0);
	OK(cg_freeze(&place, true, DEADLINE_MS, &e));
	OK(cg_kill(&place, SIGUSR1, &e)); /* v1 keeps it until the thaw, cgroup2 lets a deadly one through */
	assert_int_equal(cg_frozen(&place, &e), 1);
	if (cg_v1_dir(&place, "freezer") != NULL)
		assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	OK(cg_kill(&place, SIGKILL, &e));
	assert_true(ended(pid) > 0);
	OK(cg_remove(&place, DEADLINE_MS, &e));
	assert_int_equal(cg_frozen(&place, &e), 0);
}

static void test_an_empty_frozen_group_is_refused(void **state)
{
	struct err e;

	NEEDS_HOST();
	if (!can_freeze())
		SKIP("this host has no freezer");
	OK(cg_create(&place, NULL, 0, &e));
	OK(cg_freeze(&place, true, DEADLINE_MS, &e));
	assert_int_equal(cg_create(&place, NULL, 0, &e), -1);
	assert_string_equal(e.text, "container's cgroup unexpectedly frozen");
}

static void test_no_fork_escapes_a_signal(void **state)
{
	int64_t end = clock_ms() + DEADLINE_MS;
	struct err e;
	pid_t pid;

	NEEDS_HOST();
	OK(cg_create(&place, NULL, 0, &e));
	pid = fork();
	if (pid == 0) {
		struct err mine;

		if (cg_attach_self(&place, true, &mine) < 0)
			_exit(1);
		for (int n = 0; n < 2000; n++) /* each child lives on for its parent */
			if (fork() > 0)
				_exit(0);
		for (;;)
			(void)pause();
	}
	while (count_pids() == 0 && clock_ms() < end)
		clock_nap(1);
	OK(cg_kill(&place, SIGKILL, &e));
	while (count_pids() > 0 && clock_ms() < end)
		clock_nap(1);
	assert_int_equal(count_pids(), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static const struct cg_dir *having(const char *controller)
{
	const struct cg_hier *h = cg_find(&layout, controller);

	if (h == NULL)
		return NULL;
	return h->unified ? cg_unified_dir(&place) : cg_v1_dir(&place, controller);
}

static void test_limits_that_bound_each_other_go_up_and_down(void **state)
{
	static const struct {
		const char *limit, *swap;
	} steps[] = { { "67108864", "134217728" }, { "268435456", "268435456" }, { "33554432", "67108864" } };
	const struct cg_dir *d;
	struct err e;

	NEEDS_HOST();
	d = having("memory");
	if (d == NULL || d->unified)
		SKIP("cgroup v1 has no memory controller here, and cgroup2's limits do not bound each other");
	OK(cg_create(&place, NULL, 0, &e));
	for (size_t i = 0; i < array_len(steps); i++) {
		const struct cg_write w[] = {
			{ .controller = "memory",
			  .file = "memory.limit_in_bytes",
			  .value = steps[i].limit,
			  .pointer = "/limit",
			  .knot = 1 },
			{ .controller = "memory",
			  .file = "memory.memsw.limit_in_bytes",
			  .value = steps[i].swap,
			  .pointer = "/swap",
			  .knot = 1 },
		};
		char now[32];

		OK(cg_write_all(&place, w, 2, &e));
		assert_true(cg_peek(d, w[0].file, now, sizeof(now)) > 0);
		assert_string_equal(now, steps[i].limit);
		assert_true(cg_peek(d, w[1].file, now, sizeof(now)) > 0);
		assert_string_equal(now, steps[i].swap);
	}
}

static void test_what_the_kernel_finds_invalid_is_told(void **state)
{
	static const char pointer[] = "/linux/resources/cpu/cpus";
	const struct cg_write both[] = {
		{ .controller = "cpuset", .file = "cpuset.cpus", .value = "no", .pointer = pointer, .knot = 1 },
		{ .controller = "cpuset", .file = "cpuset.cpus", .value = "nor", .pointer = pointer, .knot = 1 },
	};
	const struct cg_dir *d;
	struct err e;

	NEEDS_HOST();
	d = having("cpuset");
	if (d == NULL || d->unified)
		SKIP("cgroup v1 has no cpuset controller here");
	OK(cg_create(&place, NULL, 0, &e));
	assert_int_equal(cg_write_all(&place, both, 2, &e), -1);
	assert_int_equal(e.sys, EINVAL);
	assert_string_equal(e.pointer, pointer);
	assert_non_null(strstr(e.text, "write 'no' to "));
}

static const struct cg_device_rule only_null[] = {
	{ -1, -1, false, 'a', true, true, true },
	{ 1, 3, true, 'c', true, true, false },
};

static const struct cg_device_rule only_zero[] = {
	{ -1, -1, false, 'a', true, true, true },
	{ 1, 5, true, 'c', true, true, false },
};

/* Whether a process in the group can open a device. */
static bool opens(const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct err e;
		int fd;

		if (cg_attach_self(&place, true, &e) < 0)
			_exit(2);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		_exit(fd >= 0 ? 0 : errno == EPERM ? 1 : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 0;
}

static void test_devices_are_denied_and_rules_replaced(void **state)
{
	struct err e;

	NEEDS_HOST();
	if (cg_v1_dir(&place, "devices") == NULL && cg_unified_dir(&place) == NULL)
		SKIP("this host cannot restrict devices");
	OK(cg_create(&place, NULL, 0, &e));
	assert_true(opens("/dev/zero"));
	OK(cg_set_devices(&place, NULL, 0, &e));
	assert_true(opens("/dev/zero"));
	OK(cg_set_devices(&place, only_null, array_len(only_null), &e));
	assert_true(opens("/dev/null"));
	assert_false(opens("/dev/zero"));
	OK(cg_set_devices(&place, only_zero, array_len(only_zero), &e));
	assert_false(opens("/dev/null"));
	assert_true(opens("/dev/zero"));
}

/* On cgroup2 whatever the layout: the program is loaded, checked by the kernel, in force and replaced in one step. */
static void test_the_device_program_on_cgroup2(void **state)
{
	auto_fd int fd = -1;
	struct err e;

	NEEDS_HOST();
	if (cg_unified_dir(&place) == NULL)
		SKIP("cgroup2 is not mounted here");
	OK(cg_create(&place, NULL, 0, &e));
	fd = cg_open_unified(&place);
	assert_true(fd >= 0);
	OK(cg_bpf_attach(fd, only_null, array_len(only_null), &e));
	assert_true(opens("/dev/null"));
	assert_false(opens("/dev/zero"));
	OK(cg_bpf_attach(fd, only_zero, array_len(only_zero), &e));
	assert_false(opens("/dev/null"));
	assert_true(opens("/dev/zero"));
}

static void test_a_driver_undoes_what_it_made(void **state)
{
	const struct cg_write bad = { .controller = "cgroup", .file = "no.file", .value = "1", .pointer = "/x" };
	const struct cg_driver *d = cg_driver_of(CG_MANAGER_CGROUPFS);
	struct err e;

	NEEDS_HOST();
	assert_int_equal(d->prepare(&place, &(struct cg_settings){ .writes = &bad, .n_writes = 1 }, &e), -1);
	for (size_t i = 0; i < place.n; i++)
		assert_false(exists(&place.dir[i]));
	OK(d->prepare(&place, &(struct cg_settings){ .n_writes = 0 }, &e));
	assert_true(exists(&place.dir[0]));
	OK(d->remove(&place, DEADLINE_MS, &e));
	assert_false(exists(&place.dir[0]));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_made_used_and_removed_with_a_process_left),
		T(test_moved_from_outside),
		T(test_sub_groups_are_removed_and_killed),
		T(test_frozen_thawed_and_killed_while_frozen),
		T(test_an_empty_frozen_group_is_refused),
		T(test_no_fork_escapes_a_signal),
		T(test_limits_that_bound_each_other_go_up_and_down),
		T(test_what_the_kernel_finds_invalid_is_told),
		T(test_devices_are_denied_and_rules_replaced),
		T(test_the_device_program_on_cgroup2),
		T(test_a_driver_undoes_what_it_made),
	};

	return cmocka_run_group_tests(tests, find_host, NULL);
}
