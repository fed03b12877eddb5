/* SPDX-License-Identifier: Apache-2.0
 *
 * test_plan_process - what process compiles to, and what is refused at which place; the engines' own configs
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "kernel/caps.h"
#include "kernel/seccomp.h"
#include "kernel/sys.h"
#include "plan/plan.h"
#include "plan/security.h"
#include "tests/engine_configs.h"
#include "tests/wrapper.h"

static const struct intent bare = { .id = "c1", .bundle = "/b", .facts = { .last_cap = 40 } };

/* Compiles {"process": {members}, more} up to the process. */
static int compile_as(const struct intent *intent, const char *members, const char *more, struct arena *a,
                      struct plan *p, struct err *e)
{
	auto_buf struct buf b = { 0 };
	struct oci_config *spec;
	struct json_error je;

	buf_printf(&b, "{\"ociVersion\":\"1.3.0\",\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\"%s}%s}", members, more);
	if (oci_config_read(&(struct json_text){ .text = buf_text(&b), .len = b.len }, a, &spec, &je) < 0)
		fail_msg("%s", je.text);
	*p = (struct plan){ .spec = spec, .intent = intent };
	err_clear(e);
	return plan_namespaces(p, a, e) < 0 ? -1 : plan_process(p, a, e);
}

static int compile(const char *members, struct arena *a, struct plan *p, struct err *e)
{
	return compile_as(&bare, members, "", a, p, e);
}

static void test_defaults(void **state)
{
	struct arena a = { 0 };
	struct plan p;
	struct err e;

	(void)state;
	assert_int_equal(compile("", &a, &p, &e), 0);
	assert_true(p.has_process);
	assert_string_equal(p.process.argv[0], "sh");
	assert_null(p.process.argv[1]);
	assert_null(p.process.envp[0]);
	assert_string_equal(p.process.path_env, "/bin:/usr/bin");
	assert_false(p.process.has_home);
	assert_int_equal(p.process.umask, 0022);
	assert_int_equal(p.process.uid, 0);
	assert_false(p.process.caps.set);
	assert_true(p.process.caps.bounding == 0);
	assert_true(p.process.keyring);
	assert_false(p.process.has_oom_score_adj);
	assert_string_equal(p.process.pointer, "/process");
	arena_free(&a);
}

static void test_no_process(void **state)
{
	const struct oci_config spec = { .oci_version = "1.3.0" };
	struct plan p = { .spec = &spec, .intent = &bare };
	struct arena a = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(plan_process(&p, &a, &e), 0);
	assert_false(p.has_process);
}

static void want_env(const char *env, ...)
{
	struct arena a = { 0 };
	struct plan p;
	struct err e;
	size_t n = 0;
	va_list ap;

	assert_int_equal(compile(env, &a, &p, &e), 0);
	va_start(ap, env);
	for (const char *w = va_arg(ap, const char *); w != NULL; w = va_arg(ap, const char *))
		assert_string_equal(p.process.envp[n++], w);
	va_end(ap);
	assert_null(p.process.envp[n]);
	assert_int_equal(p.process.n_envp, n);
	arena_free(&a);
}

static void test_env_last_value_wins_in_the_first_place(void **state)
{
	(void)state;
	want_env(",\"env\":[\"A=1\",\"B=2\",\"A=3\",\"AB=x\",\"A=\"]", "A=", "B=2", "AB=x", NULL);
	want_env(",\"env\":[\"A==\",\"A=b=c\"]", "A=b=c", NULL);
	want_env(",\"env\":[\"HOME=\",\"X=1\"]", "X=1", NULL);
	want_env(",\"env\":[\"HOME=/a\",\"HOME=\"]", NULL);
	want_env(",\"env\":[\"HOME=\",\"HOME=/b\"]", "HOME=/b", NULL);
}

static void test_env_path_and_home(void **state)
{
	struct arena a = { 0 };
	struct plan p;
	struct err e;

	(void)state;
	assert_int_equal(compile(",\"env\":[\"PATH=/x\",\"HOME=/h\",\"PATH=/y:/z\",\"PATHX=1\"]", &a, &p, &e), 0);
	assert_string_equal(p.process.path_env, "/y:/z");
	assert_true(p.process.has_home);
	assert_int_equal(compile(",\"env\":[\"PATH=\"]", &a, &p, &e), 0);
	assert_string_equal(p.process.path_env, "");
	arena_free(&a);
}

/* Many words, many of them twice: the table of names grows with them. */
static void test_env_of_thousands_of_words(void **state)
{
	enum { N = 5000 };
	auto_buf struct buf b = { 0 };
	struct arena a = { 0 };
	struct plan p;
	struct err e;

	(void)state;
	buf_puts(&b, ",\"env\":[");
	for (int i = 0; i < 2 * N; i++)
		buf_printf(&b, "%s\"V%d=%d\"", i > 0 ? "," : "", i % N, i);
	buf_puts(&b, "]");
	assert_int_equal(compile(buf_text(&b), &a, &p, &e), 0);
	assert_int_equal(p.process.n_envp, N);
	assert_string_equal(p.process.envp[17], "V17=5017");
	arena_free(&a);
}

static void test_sockets_are_announced(void **state)
{
	struct intent in = bare;
	struct arena a = { 0 };
	struct plan p;
	struct plan_process exec;
	struct err e;

	(void)state;
	in.listen_fds = 2;
	assert_int_equal(compile_as(&in, ",\"env\":[\"A=1\"]", "", &a, &p, &e), 0);
	assert_string_equal(p.process.envp[1], "LISTEN_FDS=2");
	assert_int_equal(compile_as(&in, ",\"env\":[\"LISTEN_FDS=9\"]", "", &a, &p, &e), 0);
	assert_string_equal(p.process.envp[0], "LISTEN_FDS=9");
	assert_null(p.process.envp[1]);
	assert_int_equal(compile_as(&in, "", "", &a, &p, &e), 0);
	assert_int_equal(p.process.n_envp, 1);
	assert_int_equal(plan_process_build(p.spec->process, &in, "", &a, &exec, &e), 0);
	assert_int_equal(exec.n_envp, 0); /* of an exec no sockets are */
	arena_free(&a);
}

static void test_the_notify_socket_is_ours_to_name(void **state)
{
	struct intent in = bare;
	struct arena a = { 0 };
	struct plan p;
	struct plan_process exec;
	struct err e;

	(void)state;
	in.notify_dir = "/run/ocirt/c1/notify";
	in.listen_fds = 2;
	assert_int_equal(compile_as(&in, ",\"env\":[\"A=1\",\"NOTIFY_SOCKET=/x\"]", "", &a, &p, &e), 0);
	assert_int_equal(p.process.n_envp, 3);
	assert_string_equal(p.process.envp[1], "NOTIFY_SOCKET=/run/notify/notify.sock");
	assert_int_equal(compile_as(&in, "", "", &a, &p, &e), 0);
	assert_string_equal(p.process.envp[1], "NOTIFY_SOCKET=/run/notify/notify.sock");
	assert_int_equal(plan_process_build(p.spec->process, &in, "", &a, &exec, &e), 0);
	assert_int_equal(exec.n_envp, 0);
	arena_free(&a);
}

static void test_capabilities(void **state)
{
	struct arena a = { 0 };
	struct plan p;
	struct err e;
	uint64_t chown = CAPS_BIT(CAPS_CHOWN), kill = CAPS_BIT(CAPS_KILL);

	(void)state;
	assert_int_equal(compile(",\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"cap_kill\",\"CAP_CHOWN\"],"
	                         "\"permitted\":[\"CAP_CHOWN\"],\"effective\":[\"CAP_CHOWN\",\"CAP_KILL\"],"
	                         "\"inheritable\":[\"CAP_KILL\"],\"ambient\":[\"CAP_KILL\"]}",
	                         &a, &p, &e),
	                 0);
	assert_true(p.process.caps.set);
	assert_true(p.process.caps.bounding == (chown | kill));
	assert_true(p.process.caps.permitted == chown && p.process.caps.effective == chown);
	assert_true(p.process.caps.inheritable == kill && p.process.caps.ambient == 0);
	assert_int_equal(p.warnings.n, 2);
	assert_string_equal(p.warnings.item[0].pointer, "/process/capabilities/effective");
	assert_string_equal(p.warnings.item[0].text, "can't raise effective capability CAP_KILL: not permitted");
	assert_string_equal(p.warnings.item[1].pointer, "/process/capabilities/ambient");
	assert_string_equal(p.warnings.item[1].text,
	                    "can't raise ambient capability CAP_KILL: not both permitted and inheritable");

	struct intent old = bare;
	old.facts.last_cap = 37;
	assert_int_equal(
		compile_as(&old, ",\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"CAP_BPF\"]}", "", &a, &p, &e), 0);
	assert_true(p.process.caps.bounding == chown);
	assert_int_equal(p.warnings.n, 1);
	assert_string_equal(p.warnings.item[0].text, "ignoring unknown or unavailable capabilities: [CAP_BPF]");
	arena_free(&a);
}

static void test_limits_and_priorities(void **state)
{
	struct arena a = { 0 };
	struct plan p;
	struct err e;

	(void)state;
	assert_int_equal(
		compile_as(
			&bare,
			",\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,\"hard\":2},"
			"{\"type\":\"RLIMIT_CORE\",\"soft\":18446744073709551615,\"hard\":18446744073709551615}],"
			"\"oomScoreAdj\":-5,\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":1024,\"deadline\":2000,"
			"\"period\":3000,\"flags\":[\"SCHED_FLAG_RESET_ON_FORK\",\"SCHED_FLAG_RECLAIM\"]},"
			"\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":7},\"noNewPrivileges\":true,"
			"\"terminal\":true,\"consoleSize\":{\"height\":10,\"width\":20},"
			"\"user\":{\"uid\":1,\"gid\":2,\"umask\":63,\"additionalGids\":[3,4]}",
			",\"linux\":{\"personality\":{\"domain\":\"LINUX32\"}}", &a, &p, &e),
		0);
	assert_int_equal(p.process.n_rlimits, 2);
	assert_int_equal(p.process.rlimits[0].resource, RLIMIT_NOFILE);
	assert_true(p.process.rlimits[1].value.rlim_max == RLIM_INFINITY);
	assert_string_equal(p.process.rlimits[1].pointer, "/process/rlimits/1");
	assert_int_equal(p.process.oom_score_adj, -5);
	assert_int_equal(p.process.scheduler.policy, 6);
	assert_int_equal(p.process.scheduler.flags, 3);
	assert_int_equal(p.process.io_class, 2);
	assert_int_equal(p.process.io_priority, 7);
	assert_true(p.process.no_new_privs);
	assert_true(p.process.terminal && p.process.rows == 10 && p.process.cols == 20);
	assert_int_equal(p.process.umask, 077);
	assert_int_equal(p.process.n_groups, 2);
	assert_int_equal(p.process.personality, PER_LINUX32);
	arena_free(&a);
}

static void test_what_is_refused_and_where(void **state)
{
	static const struct {
		const char *members, *more, *pointer, *text;
	} rows[] = {
		{ ",\"env\":[\"A=1\",\"NOEQ\"]", "", "/process/env/1", "the environment word \"NOEQ\" has no \"=\"" },
		{ ",\"env\":[\"=x\"]", "", "/process/env/0", "has no name" },
		{ ",\"env\":[\"\"]", "", "/process/env/0", "has no \"=\"" },
		{ ",\"user\":{\"uid\":4294967295,\"gid\":0}", "", "/process/user/uid", "is no user id" },
		{ ",\"user\":{\"uid\":0,\"gid\":4294967295}", "", "/process/user/gid", "is no group id" },
		{ ",\"user\":{\"uid\":0,\"gid\":0,\"additionalGids\":[1,4294967295]}", "",
		  "/process/user/additionalGids/1", "is no group id" },
		{ ",\"user\":{\"uid\":0,\"gid\":0,\"umask\":512}", "", "/process/user/umask", "above 511" },
		{ ",\"terminal\":true,\"consoleSize\":{\"height\":70000,\"width\":1}", "", "/process/consoleSize",
		  "65535" },
		{ ",\"capabilities\":{\"ambient\":[\"CAP_KILL\",\"CAP_SYSADMIN\"]}", "",
		  "/process/capabilities/ambient/1",
		  "\"CAP_SYSADMIN\" is no capability, did you mean \"CAP_SYS_ADMIN\"?" },
		{ ",\"capabilities\":{\"bounding\":[\"KILL\"]}", "", "/process/capabilities/bounding/0",
		  "is no capability" },
		{ ",\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"soft\":2,\"hard\":1}]", "", "/process/rlimits/0",
		  "soft RLIMIT_AS 2" },
		{ ",\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1},{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1}]",
		  "", "/process/rlimits/1", "RLIMIT_AS is listed twice" },
		{ ",\"oomScoreAdj\":1001", "", "/process/oomScoreAdj", "-1000 .. 1000" },
		{ ",\"oomScoreAdj\":-1001", "", "/process/oomScoreAdj", "-1000 .. 1000" },
		{ ",\"scheduler\":{\"policy\":\"SCHED_ISO\"}", "", "/process/scheduler/policy", "SCHED_ISO" },
		{ ",\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"nice\":20}", "", "/process/scheduler/nice",
		  "-20 .. 19" },
		{ ",\"scheduler\":{\"policy\":\"SCHED_FIFO\",\"priority\":1,\"nice\":1}", "", "/process/scheduler/nice",
		  "means nothing with SCHED_FIFO" },
		{ ",\"scheduler\":{\"policy\":\"SCHED_FIFO\"}", "", "/process/scheduler/priority", "1 .. 99" },
		{ ",\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"priority\":1}", "", "/process/scheduler/priority",
		  "SCHED_FIFO and SCHED_RR only" },
		{ ",\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"runtime\":1}", "", "/process/scheduler",
		  "SCHED_DEADLINE only" },
		{ ",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":3,\"deadline\":2}", "",
		  "/process/scheduler", "0 < runtime" },
		{ ",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":1023,\"deadline\":2000}", "",
		  "/process/scheduler/runtime", "below the least possible, 1024" },
		{ ",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":1024,\"deadline\":9223372036854775808}",
		  "", "/process/scheduler/deadline", "more than 9223372036854775807 ns" },
		{ ",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":1024,\"deadline\":2000,"
		  "\"period\":9223372036854775808}",
		  "", "/process/scheduler/period", "more than 9223372036854775807 ns" },
		{ ",\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"flags\":[\"SCHED_FLAG_RESET_ON_FORK\",\"SCHED_FLAG_RECLAIM\"]}",
		  "", "/process/scheduler/flags/1", "SCHED_FLAG_RECLAIM is for SCHED_DEADLINE only" },
		{ ",\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":8}", "", "/process/ioPriority/priority",
		  "0 .. 7" },
		{ ",\"apparmorProfile\":\"docker-default\"", "", "/process/apparmorProfile", "AppArmor is not active" },
		{ ",\"selinuxLabel\":\"a:b:c\"", "", "/process/selinuxLabel", "SELinux is not active" },
		{ "", ",\"linux\":{\"personality\":{}}", "/linux/personality", "its domain is required" },
		{ "", ",\"linux\":{\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"X\"]}}",
		  "/linux/personality/flags/0", "no flags" },
#define MAPS                                                                                                                                    \
	",\"linux\":{\"namespaces\":[{\"type\":\"user\"},{\"type\":\"mount\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":9,\"size\":10}]," \
	"\"gidMappings\":[{\"containerID\":0,\"hostID\":9,\"size\":10}]}"
		{ ",\"user\":{\"uid\":10,\"gid\":0}", MAPS, "/process/user/uid",
		  "uid 10 is not in /linux/uidMappings" },
		{ ",\"user\":{\"uid\":9,\"gid\":10}", MAPS, "/process/user/gid", "gid 10 is not in" },
		{ ",\"user\":{\"uid\":9,\"gid\":9,\"additionalGids\":[0,11]}", MAPS, "/process/user/additionalGids/1",
		  "gid 11 is not in" },
#undef MAPS
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct arena a = { 0 };
		struct plan p;
		struct err e;

		print_message("%s\n", rows[i].members);
		assert_int_equal(compile_as(&bare, rows[i].members, rows[i].more, &a, &p, &e), -1);
		assert_string_equal(e.pointer, rows[i].pointer);
		assert_non_null(strstr(e.text, rows[i].text));
		arena_free(&a);
	}
}

static void test_args_and_cwd_are_refused(void **state)
{
	struct oci_process none = { .cwd = "/" }, relative = { .cwd = "a/b", .args = { .n = 1 } };
	const char *sh = "sh";
	struct arena a = { 0 };
	struct plan_process out;
	struct err e;

	(void)state;
	relative.args.items = &sh;
	assert_int_equal(plan_process_build(&none, &bare, "", &a, &out, &e), -1);
	assert_string_equal(e.pointer, "/args");
	assert_string_equal(e.text, "args must not be empty");
	assert_int_equal(plan_process_build(&relative, &bare, "/process", &a, &out, &e), -1);
	assert_string_equal(e.pointer, "/process/cwd");
	assert_string_equal(e.text, "cwd must be an absolute path, \"a/b\" is not");
	arena_free(&a);
}

static void test_labels_where_they_are_enforced(void **state)
{
	struct intent in = bare;
	struct arena a = { 0 };
	struct plan p;
	struct err e;

	(void)state;
	assert_int_equal(compile(",\"apparmorProfile\":\"unconfined\",\"selinuxLabel\":\"\"", &a, &p, &e), 0);
	assert_null(p.process.apparmor_profile);
	in.facts.apparmor = in.facts.selinux = true;
	assert_int_equal(compile_as(&in, ",\"apparmorProfile\":\"p\",\"selinuxLabel\":\"l\"", "", &a, &p, &e), 0);
	assert_string_equal(p.process.apparmor_profile, "p");
	assert_string_equal(p.process.selinux_label, "l");
	arena_free(&a);
}

static void test_no_keyring_where_none_is_wanted(void **state)
{
	struct intent in = bare;
	struct arena a = { 0 };
	struct plan p;
	struct err e;

	(void)state;
	in.no_new_keyring = true;
	assert_int_equal(compile_as(&in, "", "", &a, &p, &e), 0);
	assert_false(p.process.keyring);
	arena_free(&a);
}

/* ---- configs as engines write them ---- */

static void plan_engine_config(int dir, const char *name)
{
	struct cg_layout layout = { .mode = CG_NONE };
	struct intent in = { .id = "c1",
		             .bundle = "/b",
		             .rootfs = "/b/rootfs",
		             .manager = CG_MANAGER_DISABLED,
		             .facts = { .last_cap = 40, .apparmor = true, .selinux = true, .cgroups = &layout } };
	auto_free char *text = NULL;
	struct arena a = { 0 };
	struct oci_config *spec;
	struct json_error je;
	struct plan *p;
	struct err e;
	size_t len;

	if (file_read_at(dir, name, 1 << 20, &text, &len, &e) < 0)
		fail_msg("%s: %s", name, e.text);
	if (oci_config_read(&(struct json_text){ .name = name, .text = text, .len = len }, &a, &spec, &je) < 0)
		fail_msg("%s", je.text);
	err_clear(&e);
	p = plan_build(spec, &in, &a, &e);
	if (p == NULL) {
		fail_msg("%s: %s: %s", name, e.pointer, e.text);
		return;
	}
	assert_true(p->has_process);
#ifdef HAVE_SECCOMP
	if (p->seccomp != NULL && !under_valgrind()) { /* which does not follow execveat(2) into ocirt-libs */
		auto_free struct seccomp_program *filter = seccomp_program_make(&p->seccomp->filter, &e);

		if (filter == NULL)
			fail_msg("%s: %s: %s", name, e.pointer, e.text);
	}
#endif
	arena_free(&a);
}

static void test_engine_configs(void **state)
{
	(void)state;
	each_engine_config(plan_engine_config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_no_process),
		cmocka_unit_test(test_env_last_value_wins_in_the_first_place),
		cmocka_unit_test(test_env_path_and_home),
		cmocka_unit_test(test_env_of_thousands_of_words),
		cmocka_unit_test(test_sockets_are_announced),
		cmocka_unit_test(test_the_notify_socket_is_ours_to_name),
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_limits_and_priorities),
		cmocka_unit_test(test_what_is_refused_and_where),
		cmocka_unit_test(test_args_and_cwd_are_refused),
		cmocka_unit_test(test_labels_where_they_are_enforced),
		cmocka_unit_test(test_no_keyring_where_none_is_wanted),
		cmocka_unit_test(test_engine_configs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
