/* SPDX-License-Identifier: Apache-2.0
 *
 * test_systemd - what is said to systemd, and what is made of its answers: no systemd, no bus, no root
 *
 * libsystemd is fake_bus.c; groups are directories below a temporary one.
 */
#include <errno.h>
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

#include "base/auto.h"
#include "base/file.h"
#include "cgroup/cgroup.h"
#include "cgroup/systemd.h"
#include "tests/fake_bus.h"

#define SCOPE                                                                                    \
	"[ ('Description' <s 'OCI container' >) ('PIDs' <au [ 42 ] >) ('Delegate' <b 1 >) "      \
	"('Slice' <s 'system.slice' >) ('DefaultDependencies' <b 0 >) ('CPUAccounting' <b 1 >) " \
	"('MemoryAccounting' <b 1 >) ('TasksAccounting' <b 1 >) ('IOAccounting' <b 1 >)"
#define STARTED(more) "Subscribe\nStartTransientUnit 'ocirt-c1.scope' 'fail' " SCOPE more " ] [ ]\n"

static char top[PATH_MAX];
static struct cg_place place;
static struct err e;

static const char *below(const char *name)
{
	static char path[2 * PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s%s", top, name);
	return path;
}

static void put_file(const char *name, const char *text)
{
	struct err why;

	assert_int_equal(file_replace_at(AT_FDCWD, below(name), text, strlen(text), 0644, &why), 0);
}

static const char *get_file(const char *name)
{
	static char text[256];

	return file_peek_at(AT_FDCWD, below(name), text, sizeof(text)) < 0 ? "" : text;
}

static int setup(void **state)
{
	static const char *const dirs[] = { "/system.slice", "/system.slice/ocirt-c1.scope" };

	(void)state;
	(void)snprintf(top, sizeof(top), "%s/ocirt-systemd-XXXXXX",
	               getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	if (mkdtemp(top) == NULL)
		return -1;
	for (size_t i = 0; i < array_len(dirs); i++)
		if (mkdir(below(dirs[i]), 0755) < 0)
			return -1;
	fake_bus_reset();
	err_clear(&e);
	place.n = 1;
	place.dir[0] = (struct cg_dir){ "cpu,memory", top, "/system.slice/ocirt-c1.scope", true };
	return 0;
}

/* Nothing that was taken of the library is kept. */
static int teardown(void **state)
{
	static const char *const names[] = { "memory.max",
		                             "system.slice/ocirt-c1.scope/memory.max",
		                             "system.slice/ocirt-c1.scope/cgroup.procs",
		                             "system.slice/ocirt-c1.scope",
		                             "system.slice",
		                             "pids/system.slice/ocirt-c1.scope/cgroup.procs",
		                             "pids/system.slice/ocirt-c1.scope",
		                             "pids/system.slice",
		                             "pids",
		                             "" };
	char path[2 * PATH_MAX];

	(void)state;
	for (size_t i = 0; i < array_len(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", top, names[i]);
		(void)remove(path);
	}
	return fake_bus_end();
}

static void refuse(const char *method, const char *name, const char *text, int error)
{
	fake.refused = method;
	fake.error_name = name;
	fake.error_text = text;
	fake.error = error;
	fake.refusals = 1;
}

static void ok(int result)
{
	if (result != 0)
		print_error("%s\n", e.text);
	assert_int_equal(result, 0);
}

/* --- a scope is started ----------------------------------------------------------------------------------------------- */

static const struct cg_settings nothing;
static const char users_scope[] = "/user.slice/user-1000.slice/user@1000.service/ocirt-c1.scope";

static void test_a_scope_is_started_with_its_process_in_its_slice(void **state)
{
	(void)state;
	ok(sd_join(&place, 42, &nothing, &e));
	assert_string_equal(fake_bus_said(), STARTED(""));
	assert_false(fake.user);
}

static void test_a_place_below_a_users_manager_is_said_to_that_one(void **state)
{
	(void)state;
	place.dir[0].path = users_scope;
	(void)!sd_join(&place, 42, &nothing, &e);
	assert_true(fake.user);
	assert_non_null(
		strstr(fake_bus_said(), "('Slice' <s '-.slice' >)")); /* else it were the manager's own default */
}

/* EPERM is what a rootless container does without. */
static void test_a_user_gets_no_groups_of_v1(void **state)
{
	(void)state;
	place.n = 2;
	place.dir[0] = (struct cg_dir){ "pids", "/cg/pids", users_scope, false };
	place.dir[1] = (struct cg_dir){ "", "/cg/unified", users_scope, true };
	assert_int_equal(sd_prepare(&place, &nothing, &e), -1);
	assert_int_equal(e.sys, EPERM);
	assert_non_null(strstr(e.text, "cgroup v1 cannot be delegated"));
	assert_string_equal(fake_bus_said(), "");
}

static void test_a_unit_is_called_what_its_directory_is_without_systemds_mark(void **state)
{
	(void)state;
	place.dir[0].path = "/_cpu.slice/_.c1.scope";
	(void)!sd_join(&place, 42, &nothing, &e);
	assert_non_null(strstr(fake_bus_said(), "StartTransientUnit '.c1.scope'"));
	assert_non_null(strstr(fake_bus_said(), "('Slice' <s 'cpu.slice' >)"));
	place.dir[0].path = "/c1.scope";
	(void)!sd_join(&place, 42, &nothing, &e);
	assert_non_null(strstr(fake_bus_said(), "('Slice' <s '-.slice' >)"));
}

static void test_limits_go_with_the_start_and_into_the_files(void **state)
{
	static const struct cg_write w = { .controller = "memory",
		                           .file = "memory.max",
		                           .value = "1048576",
		                           .pointer = "/m",
		                           .property = "MemoryMax" };
	const struct cg_settings s = { .writes = &w, .n_writes = 1 };

	(void)state;
	put_file("/system.slice/ocirt-c1.scope/memory.max", "max");
	ok(sd_join(&place, 42, &s, &e));
	assert_string_equal(fake_bus_said(), STARTED(" ('MemoryMax' <t 1048576 >)"));
	assert_string_equal(get_file("/system.slice/ocirt-c1.scope/memory.max"), "1048576");
}

static void test_hierarchies_that_systemd_leaves_alone_are_joined(void **state)
{
	(void)state;
	assert_int_equal(mkdir(below("/pids"), 0755), 0);
	assert_int_equal(mkdir(below("/pids/system.slice"), 0755), 0);
	assert_int_equal(mkdir(below("/pids/system.slice/ocirt-c1.scope"), 0755), 0);
	put_file("/pids/system.slice/ocirt-c1.scope/cgroup.procs", "");
	place.n = 2;
	place.dir[1] = (struct cg_dir){ "pids", "", place.dir[0].path, false };
	char mount[PATH_MAX + 8];
	(void)snprintf(mount, sizeof(mount), "%s/pids", top);
	place.dir[1].mount = mount;
	ok(sd_join(&place, 42, &nothing, &e));
	assert_string_equal(get_file("/pids/system.slice/ocirt-c1.scope/cgroup.procs"), "42");
}

static void test_a_unit_that_a_crash_left_is_started_anew(void **state)
{
	(void)state;
	refuse("StartTransientUnit", "org.freedesktop.systemd1.UnitExists", "Unit ocirt-c1.scope already exists.",
	       EEXIST);
	ok(sd_join(&place, 42, &nothing, &e));
	assert_string_equal(fake_bus_said(), STARTED("") "GetUnitProcesses 'ocirt-c1.scope'\n"
	                                                 "Subscribe\nStopUnit 'ocirt-c1.scope' 'replace'\n"
	                                                 "ResetFailedUnit 'ocirt-c1.scope'\n" STARTED(""));
}

static void test_who_has_subscribed_already_goes_on(void **state)
{
	(void)state;
	refuse("Subscribe", "org.freedesktop.systemd1.AlreadySubscribed", "Client is already subscribed.", EINVAL);
	ok(sd_join(&place, 42, &nothing, &e));
}

/* --- the names of units ----------------------------------------------------------------------------------------------- */

static void test_places_of_scopes(void **state)
{
	static const uid_t me = 1000;
	static const struct {
		const char *asked;
		bool user;
		const char *self, *path;
	} rows[] = {
		{ NULL, false, "/", "/system.slice/ocirt-c1.scope" },
		{ "", true, "/", "/user.slice/user-1000.slice/user@1000.service/user.slice/ocirt-c1.scope" },
		{ "", true, "/user.slice/user-7.slice/session-1.scope",
		  "/user.slice/user-7.slice/user@7.service/user.slice/ocirt-c1.scope" },
		{ "machine.slice:libpod:abc", false, "/", "/machine.slice/libpod-abc.scope" },
		{ "a-b-c.slice::x", false, "/", "/a.slice/a-b.slice/a-b-c.slice/x.scope" },
		{ "-.slice:p:", false, "/", "/p-c1.scope" },
		{ "-.slice:p:n", true, "/", "/user.slice/user-1000.slice/user@1000.service/p-n.scope" },
		{ "::", false, "/", "/system.slice/c1.scope" },
		{ ":p:", false, "/", "/system.slice/p-c1.scope" },
		{ ":p:n", true, "/", "/user.slice/user-1000.slice/user@1000.service/user.slice/p-n.scope" },
		{ "system.slice::n", false, "/", "/system.slice/n.scope" },
		{ "a.slice:b:c.scope", false, "/", "/a.slice/b-c.scope.scope" },
		{ "a.slice:b:-", false, "/", "/a.slice/b--.scope" },
		{ "a.slice:b:\\x2d", false, "/", "/a.slice/b-\\x2d.scope" },
		/* like files of the kernel's */
		{ "cpu.slice::memory", false, "/", "/_cpu.slice/_memory.scope" },
		{ "cpu.slice:memory:y", false, "/", "/_cpu.slice/memory-y.scope" },
		{ "cpu-pids.slice::cgroup.procs", false, "/", "/_cpu.slice/cpu-pids.slice/_cgroup.procs.scope" },
		{ "cpus.slice::.x", false, "/", "/cpus.slice/_.x.scope" },
		{ "_a-b.slice:_x:y", false, "/", "/__a.slice/__a-b.slice/__x-y.scope" },
		{ "cgroup-x.slice:tasks:y", false, "/", "/_cgroup.slice/cgroup-x.slice/tasks-y.scope" },
		{ "system.slice", false, "/", NULL },
		{ "/a/b", false, "/", NULL },
		{ "a.slice:b", false, "/", NULL },
		{ "a.slice:b:c:d", false, "/", NULL },
		{ "a.slice:b:c/d", false, "/", NULL },
		{ "a/b.slice:b:c", false, "/", NULL },
		{ "a:b:c", false, "/", NULL },
		{ ".slice:b:c", false, "/", NULL },
		{ "-a.slice:b:c", false, "/", NULL },
		{ "a-.slice:b:c", false, "/", NULL },
		{ "a--b.slice:b:c", false, "/", NULL },
		{ "-:b:c", false, "/", NULL },
		{ "--.slice:b:c", false, "/", NULL },
		{ "slice:b:c", false, "/", NULL },
		{ "s:b:c", false, "/", NULL },
		/* what no unit can be called */
		{ "a b.slice:b:c", false, "/", NULL },
		{ "a@b.slice:b:c", false, "/", NULL },
		{ "a.slice:b:c d", false, "/", NULL },
		{ "a.slice:b@:c", false, "/", NULL },
		{ "a.slice:b\xc3\xa9:c", false, "/", NULL },
		{ "a.slice:b+:c", false, "/", NULL },
		{ "cpu.x.slice:b:c", false, "/", NULL }, /* its directory depends on systemd's version */
		{ "a.slice:io.x:c", false, "/", NULL },
		/* a slice holds no processes */
		{ "a.slice:b:c.slice", false, "/", NULL },
		{ "a-b.slice::a-b-c.slice", false, "/", NULL },
		{ "::.slice", false, "/", NULL },
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct cg_layout l = { .mode = CG_V2,
			               .n = 1,
			               .hier = { { "cpu", "/sys/fs/cgroup", rows[i].self, true } } };
		struct cg_place p;
		int result = cg_systemd_place(&l, rows[i].asked, "c1", rows[i].user ? &me : NULL, &p, &e);

		assert_int_equal(result, rows[i].path != NULL ? 0 : -1);
		if (rows[i].path != NULL)
			assert_string_equal(p.dir[0].path, rows[i].path);
		else
			assert_string_equal(e.pointer, "/linux/cgroupsPath");
	}
}

static void test_a_units_name_is_no_longer_than_systemd_takes(void **state)
{
	struct cg_layout l = { .mode = CG_V2, .n = 1, .hier = { { "cpu", "/sys/fs/cgroup", "/", true } } };
	struct cg_place p;
	char asked[300];

	(void)state;
	for (int n = 246; n <= 251; n++) { /* p-NAME.scope has eight more */
		(void)snprintf(asked, sizeof(asked), "a.slice:p:%0*d", n, 1);
		assert_int_equal(cg_systemd_place(&l, asked, "c1", NULL, &p, &e), n <= 247 ? 0 : -1);
	}
	(void)snprintf(asked, sizeof(asked), "%0250d.slice:p:n", 1);
	assert_int_equal(cg_systemd_place(&l, asked, "c1", NULL, &p, &e), -1);
	assert_string_equal(e.text, "a component is longer than 255 bytes");
}

/* --- what goes wrong -------------------------------------------------------------------------------------------------- */

static void fails_with(const char *text)
{
	assert_int_not_equal(sd_join(&place, 42, &nothing, &e), 0);
	if (strstr(e.text, text) == NULL)
		print_error("'%s' has no '%s'\n", e.text, text);
	assert_non_null(strstr(e.text, text));
}

static void test_without_the_library_the_dynamic_linkers_words_are_told(void **state)
{
	(void)state;
	fake.no_library = "libsystemd.so.0: cannot open shared object file";
	fails_with("need libsystemd: libsystemd.so.0: cannot open shared object file");
	fake.no_library = NULL;
	fake.no_symbol = "sd_bus_match_signal";
	fails_with("this libsystemd has no sd_bus_match_signal");
}

static void test_without_a_bus_it_is_named(void **state)
{
	(void)state;
	fake.open = ENOENT;
	fails_with("connect to the system's D-Bus: No such file or directory");
	assert_int_not_equal(sd_prepare(&place, &nothing, &e), 0);
	place.dir[0].path = "/user.slice/user-0.slice/user@0.service/user.slice/ocirt-c1.scope";
	fails_with("connect to the user's D-Bus");
}

static void test_a_bus_may_be_late_but_not_mute(void **state)
{
	(void)state;
	fake.late = 3;
	ok(sd_prepare(&place, &nothing, &e));
	fake.mute = true;
	fails_with("the system's D-Bus does not answer within 10 s");
	fake.process = ECONNRESET;
	fails_with("connect to the system's D-Bus: Connection reset by peer");
}

static void test_a_refusal_is_in_systemds_words(void **state)
{
	(void)state;
	refuse("StartTransientUnit", "org.freedesktop.DBus.Error.AccessDenied", "Access denied", EACCES);
	fails_with("start ocirt-c1.scope: systemd: Access denied");
	refuse("StartTransientUnit", NULL, NULL, EPIPE);
	fails_with("systemd over the system's D-Bus: Broken pipe");
	refuse("StartTransientUnit", NULL, NULL, ETIMEDOUT);
	fails_with("systemd does not answer over the system's D-Bus within 10 s");
	refuse("Subscribe", "org.freedesktop.DBus.Error.AccessDenied", "No signals for you", EACCES);
	fails_with("systemd: No signals for you");
}

static void test_a_job_that_fails_or_never_ends_is_told(void **state)
{
	(void)state;
	fake.result = "dependency";
	fails_with("systemd's job ended with 'dependency'");
	fake.jobs_hang = true;
	fails_with("systemd does not end its job within 30 s");
}

static void test_a_unit_that_cannot_be_stopped_is_not_started_anew(void **state)
{
	(void)state;
	refuse("StartTransientUnit", "org.freedesktop.systemd1.UnitExists", "It exists.", EEXIST);
	fake.result = "canceled";
	fails_with("start ocirt-c1.scope: systemd's job ended with 'canceled'");
}

static void test_a_unit_of_that_name_that_somebody_lives_in_is_left_alone(void **state)
{
	(void)state;
	refuse("StartTransientUnit", "org.freedesktop.systemd1.UnitExists", "It exists.", EEXIST);
	fake.process_of_unit = 77;
	fails_with("start ocirt-c1.scope: there is a unit of that name, which process 77 lives in");
	assert_null(strstr(fake_bus_said(), "StopUnit"));
	assert_int_equal(rmdir(below("/system.slice/ocirt-c1.scope")), 0); /* ours was never made */
	ok(sd_remove(&place, 0, &e));
	assert_null(strstr(fake_bus_said(), "StopUnit"));
	fake.process_of_unit = 0;
	ok(sd_remove(&place, 0, &e));
	assert_non_null(strstr(fake_bus_said(), "StopUnit"));
}

static void test_a_refused_property_is_placed_at_its_annotation(void **state)
{
	static const struct cg_asked asked[] = { { "Type", "'x'", "/annotations/a" },
		                                 { "Nope", "1", "/annotations/b" } };

	(void)state;
	for (size_t n = 2; n > 0; n--) {
		const struct cg_settings s = { .asked = asked, .n_asked = n };

		err_clear(&e);
		e.pointer[0] = '\0';
		refuse("StartTransientUnit", "System.Error.ENXIO", "Unexpected message contents", ENXIO);
		assert_int_equal(sd_join(&place, 42, &s, &e), -1);
		assert_string_equal(e.pointer, n == 1 ? "/annotations/a" : "");
		assert_non_null(
			strstr(e.text, "org.systemd.property.* has a value of another type: systemd: Unexpected"));
		err_clear(&e);
		e.pointer[0] = '\0';
		refuse("StartTransientUnit", "org.freedesktop.DBus.Error.PropertyReadOnly", "Cannot set property Nope.",
		       EROFS);
		assert_int_equal(sd_join(&place, 42, &s, &e), -1);
		assert_string_equal(e.pointer, n == 2 ? "/annotations/b" : "");
	}
}

/* Every call that makes or reads a message once says that there is no memory: an error in words each time, and nothing is kept. */
static void memory_runs_out(int (*act)(void))
{
	for (int i = 1;; i++) {
		int result;

		fake.fails_at = i;
		err_clear(&e);
		result = act();
		if (fake.fails_at > 0)
			return;
		if (result != 0)
			assert_string_not_equal(e.text, "");
		assert_int_equal(fake.messages, 0);
		assert_in_range(i, 1, 200);
	}
}

static int start_all(void)
{
	static const struct cg_write writes[] = {
		{ .file = "cpuset.cpus", .value = "0", .pointer = "/a", .property = "AllowedCPUs", .optional = true },
		{ .file = "cpu.max",
		  .value = "1 2",
		  .pointer = "/b",
		  .property = "CPUQuotaPerSecUSec",
		  .optional = true },
		{ .file = "io.max",
		  .value = "8:0 rbps=1",
		  .pointer = "/c",
		  .property = "IOReadBandwidthMax",
		  .optional = true },
	};
	static const struct cg_device_rule rules[] = { { -1, -1, false, 'a', true, true, true },
		                                       { 1, 3, true, 'c', true, true, true } };
	static const struct cg_asked asked[] = { { "After", "['a.service']", "/d" }, { "Pair", "('x', 1)", "/e" } };
	const struct cg_settings s = { .writes = writes,
		                       .n_writes = array_len(writes),
		                       .devices = rules,
		                       .n_devices = array_len(rules),
		                       .asked = asked,
		                       .n_asked = array_len(asked) };

	return sd_join(&place, 42, &s, &e);
}

static int start_anew(void)
{
	refuse("StartTransientUnit", "org.freedesktop.systemd1.UnitExists", "It exists.", EEXIST);
	return sd_join(&place, 42, &nothing, &e);
}

static int adopt(void)
{
	return sd_adopt(&place, 42, &e);
}

static int apply(void)
{
	static const struct cg_write w = {
		.controller = "memory", .file = "memory.max", .value = "5", .pointer = "/m", .property = "MemoryMax"
	};

	return sd_apply(&place, &(struct cg_settings){ .writes = &w, .n_writes = 1 }, &e);
}

static void test_when_memory_runs_out_it_is_told_and_nothing_is_kept(void **state)
{
	(void)state;
	put_file("/system.slice/ocirt-c1.scope/memory.max", "max");
	memory_runs_out(start_all);
	memory_runs_out(start_anew);
	memory_runs_out(adopt);
	memory_runs_out(apply);
}

/* --- a unit in use ---------------------------------------------------------------------------------------------------- */

static void test_a_process_is_moved_into_a_unit(void **state)
{
	(void)state;
	ok(adopt());
	assert_string_equal(fake_bus_said(), "AttachProcessesToUnit 'ocirt-c1.scope' '' [ 42 ]\n");
	refuse("AttachProcessesToUnit", "org.freedesktop.systemd1.NoSuchUnit", "It is not loaded.", ENOENT);
	assert_int_not_equal(adopt(), 0);
	assert_string_equal(e.text, "move a process into ocirt-c1.scope: systemd: It is not loaded.");
}

static void test_a_change_is_in_the_files_and_in_the_unit(void **state)
{
	(void)state;
	put_file("/system.slice/ocirt-c1.scope/memory.max", "max");
	ok(apply());
	assert_string_equal(fake_bus_said(), "SetUnitProperties 'ocirt-c1.scope' 1 [ ('MemoryMax' <t 5 >) ]\n");
	assert_int_equal(get_file("/system.slice/ocirt-c1.scope/memory.max")[0], '5');
}

static void test_what_the_kernel_refuses_is_not_said_to_systemd(void **state)
{
	(void)state;
	assert_int_not_equal(apply(), 0); /* there is no such file */
	assert_string_equal(fake_bus_said(), "");
}

static void test_a_change_that_systemd_refuses_names_the_unit(void **state)
{
	(void)state;
	put_file("/system.slice/ocirt-c1.scope/memory.max", "max");
	refuse("SetUnitProperties", "org.freedesktop.systemd1.NoSuchUnit", "It is not loaded.", ENOENT);
	assert_int_not_equal(apply(), 0);
	assert_string_equal(e.text, "change ocirt-c1.scope: systemd: It is not loaded.");
}

/* --- removal ---------------------------------------------------------------------------------------------------------- */

static void test_a_scope_is_stopped_and_its_group_is_gone(void **state)
{
	(void)state;
	ok(sd_remove(&place, 1000, &e));
	assert_string_equal(fake_bus_said(),
	                    "Subscribe\nStopUnit 'ocirt-c1.scope' 'replace'\nResetFailedUnit 'ocirt-c1.scope'\n");
	assert_int_not_equal(access(below("/system.slice/ocirt-c1.scope"), F_OK), 0);
}

static void test_a_unit_that_is_gone_already_is_fine(void **state)
{
	(void)state;
	refuse("StopUnit", "org.freedesktop.systemd1.NoSuchUnit", "Unit ocirt-c1.scope not loaded.", ENOENT);
	ok(sd_remove(&place, 1000, &e));
}

static void test_without_a_bus_the_group_is_removed_all_the_same(void **state)
{
	(void)state;
	fake.open = ECONNREFUSED;
	ok(sd_remove(&place, 1000, &e));
	assert_int_not_equal(access(below("/system.slice/ocirt-c1.scope"), F_OK), 0);
}

/* A file in it stands for a group that cannot be removed: it is waited for, not for ever. */
static void test_a_group_that_stays_is_told(void **state)
{
	(void)state;
	put_file("/system.slice/ocirt-c1.scope/cgroup.procs", "");
	fake.open = ECONNREFUSED;
	assert_int_not_equal(sd_remove(&place, 1000, &e), 0);
	assert_non_null(strstr(e.text, "ocirt-c1.scope"));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_scope_is_started_with_its_process_in_its_slice),
		T(test_a_place_below_a_users_manager_is_said_to_that_one),
		T(test_a_user_gets_no_groups_of_v1),
		T(test_a_unit_is_called_what_its_directory_is_without_systemds_mark),
		T(test_limits_go_with_the_start_and_into_the_files),
		T(test_hierarchies_that_systemd_leaves_alone_are_joined),
		T(test_a_unit_that_a_crash_left_is_started_anew),
		T(test_who_has_subscribed_already_goes_on),
		T(test_places_of_scopes),
		T(test_a_units_name_is_no_longer_than_systemd_takes),
		T(test_without_the_library_the_dynamic_linkers_words_are_told),
		T(test_without_a_bus_it_is_named),
		T(test_a_bus_may_be_late_but_not_mute),
		T(test_a_refusal_is_in_systemds_words),
		T(test_a_job_that_fails_or_never_ends_is_told),
		T(test_a_unit_that_cannot_be_stopped_is_not_started_anew),
		T(test_a_unit_of_that_name_that_somebody_lives_in_is_left_alone),
		T(test_a_refused_property_is_placed_at_its_annotation),
		T(test_when_memory_runs_out_it_is_told_and_nothing_is_kept),
		T(test_a_process_is_moved_into_a_unit),
		T(test_a_change_is_in_the_files_and_in_the_unit),
		T(test_what_the_kernel_refuses_is_not_said_to_systemd),
		T(test_a_change_that_systemd_refuses_names_the_unit),
		T(test_a_scope_is_stopped_and_its_group_is_gone),
		T(test_a_unit_that_is_gone_already_is_fine),
		T(test_without_a_bus_the_group_is_removed_all_the_same),
		T(test_a_group_that_stays_is_told),
	};

	return cmocka_run_group_tests_name("systemd", tests, NULL, NULL);
}
