/* SPDX-License-Identifier: Apache-2.0
 *
 * test_plan_security - seccomp sections, sysctls, network devices and hooks: what they compile to, what is refused and where
 */
#include "plan/security.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "plan/plan.h"

static const struct intent bare = { .id = "c1", .bundle = "/b", .facts = { .last_cap = 40 } };

#define NAMESPACES "\"namespaces\":[{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"}]"

/* Compiles {more, "linux": {members}}: namespaces, security and hooks. */
static int compile(const char *members, const char *more, struct arena *a, struct plan *p, struct err *e)
{
	auto_buf struct buf b = { 0 };
	struct oci_config *spec;
	struct json_error je;

	buf_printf(&b, "{\"ociVersion\":\"1.3.0\"%s,\"linux\":{%s}}", more, members);
	if (oci_config_read(&(struct json_text){ .text = buf_text(&b), .len = b.len }, a, &spec, &je) < 0)
		fail_msg("%s", je.text);
	*p = (struct plan){ .spec = spec, .intent = &bare };
	err_clear(e);
	if (plan_namespaces(p, a, e) < 0 || plan_security(p, a, e) < 0)
		return -1;
	return plan_hooks(p, a, e);
}

static const struct plan_seccomp *seccomp(const char *section, struct arena *a)
{
	auto_buf struct buf b = { 0 };
	struct plan p;
	struct err e;

	buf_printf(&b, "\"seccomp\":{%s}", section);
	if (compile(buf_text(&b), "", a, &p, &e) < 0)
		fail_msg("%s: %s", e.pointer, e.text);
	return p.seccomp;
}

static void test_actions_and_their_numbers(void **state)
{
	static const struct {
		const char *action;
		uint32_t value;
	} rows[] = {
		{ "\"SCMP_ACT_KILL\"", SECCOMP_RET_KILL_THREAD },
		{ "\"SCMP_ACT_KILL_THREAD\"", SECCOMP_RET_KILL_THREAD },
		{ "\"SCMP_ACT_KILL_PROCESS\"", SECCOMP_RET_KILL_PROCESS },
		{ "\"SCMP_ACT_TRAP\"", SECCOMP_RET_TRAP },
		{ "\"SCMP_ACT_ERRNO\"", SECCOMP_RET_ERRNO | EPERM },
		{ "\"SCMP_ACT_ERRNO\",\"errnoRet\":0", SECCOMP_RET_ERRNO },
		{ "\"SCMP_ACT_ERRNO\",\"errnoRet\":4095", SECCOMP_RET_ERRNO | 4095 },
		{ "\"SCMP_ACT_TRACE\"", SECCOMP_RET_TRACE | EPERM },
		{ "\"SCMP_ACT_TRACE\",\"errnoRet\":65535", SECCOMP_RET_TRACE | 65535 },
		{ "\"SCMP_ACT_ALLOW\"", SECCOMP_RET_ALLOW },
		{ "\"SCMP_ACT_LOG\"", SECCOMP_RET_LOG },
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		auto_buf struct buf b = { 0 };
		struct arena a = { 0 };
		const struct plan_seccomp *s;

		buf_printf(
			&b,
			"\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"x\",\"y\"],\"action\":%s}]",
			rows[i].action);
		s = seccomp(buf_text(&b), &a);
		assert_int_equal(s->filter.rules[0].action, rows[i].value);
		assert_int_equal(s->filter.rules[0].n_names, 2);
		assert_string_equal(s->filter.rules[0].pointer, "/linux/seccomp/syscalls/0");
		arena_free(&a);
	}
}

static void test_section(void **state)
{
	struct arena a = { 0 };
	const struct plan_seccomp *s = seccomp(
		"\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"architectures\":[\"SCMP_ARCH_X86\"],"
		"\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_TSYNC\"],\"syscalls\":[{\"names\":[\"clone\"],"
		"\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":2114060288,\"valueTwo\":0,"
		"\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]",
		&a);

	(void)state;
	assert_int_equal(s->filter.default_action, SECCOMP_RET_ERRNO | 38);
	assert_string_equal(s->filter.archs[0], "SCMP_ARCH_X86");
	assert_int_equal(s->filter.flags, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_TSYNC);
	assert_false(s->filter.flags_implied);
	assert_int_equal(s->filter.rules[0].conditions[0].op, SECCOMP_OP_MASKED_EQ);
	assert_int_equal(s->filter.rules[0].conditions[0].value, 2114060288);
	assert_false(s->notifies);
	arena_free(&a);
}

static void test_flags_that_nobody_gave(void **state)
{
	struct arena a = { 0 };
	const struct plan_seccomp *s = seccomp("\"defaultAction\":\"SCMP_ACT_ALLOW\"", &a);

	(void)state;
	assert_int_equal(s->filter.flags, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	assert_true(s->filter.flags_implied);
	s = seccomp("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[]", &a);
	assert_int_equal(s->filter.flags, 0);
	arena_free(&a);
}

static void test_listener(void **state)
{
	struct arena a = { 0 };
	const struct plan_seccomp *s =
		seccomp("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/run/a\",\"listenerMetadata\":\"m\","
	                "\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"}]",
	                &a);

	(void)state;
	assert_true(s->notifies);
	assert_string_equal(s->listener_path, "/run/a");
	assert_string_equal(s->listener_metadata, "m");
	arena_free(&a);
}

static void test_sysctls(void **state)
{
	struct arena a = { 0 };
	struct plan p;
	struct err e;

	(void)state;
	assert_int_equal(compile(NAMESPACES
	                         ",\"sysctl\":{\"net.ipv4.ip_forward\":\"1\",\"net/ipv4/conf/eth0.1/forwarding\":\"0\","
	                         "\"net.ipv4.conf.eth0/2.forwarding\":\"1\",\"kernel.shmmax\":\"5\","
	                         "\"fs.mqueue.msg_max\":\"9\",\"kernel.domainname\":\"d\"}",
	                         "", &a, &p, &e),
	                 0);
	assert_int_equal(p.n_sysctls, 6);
	assert_string_equal(p.sysctls[0].file, "net/ipv4/ip_forward");
	assert_string_equal(p.sysctls[0].value, "1");
	assert_string_equal(p.sysctls[1].file, "net/ipv4/conf/eth0.1/forwarding");
	assert_string_equal(p.sysctls[1].pointer, "/linux/sysctl/net~1ipv4~1conf~1eth0.1~1forwarding");
	assert_string_equal(p.sysctls[2].file, "net/ipv4/conf/eth0.2/forwarding");
	assert_string_equal(p.sysctls[3].file, "kernel/shmmax");
	arena_free(&a);
}

static void test_network_devices(void **state)
{
	struct arena a = { 0 };
	struct plan p;
	struct err e;

	(void)state;
	assert_int_equal(
		compile(NAMESPACES ",\"netDevices\":{\"eth0\":{\"name\":\"eth1\"},\"eth2\":{}}", "", &a, &p, &e), 0);
	assert_int_equal(p.n_netdevs, 2);
	assert_string_equal(p.netdevs[0].new_name, "eth1");
	assert_string_equal(p.netdevs[1].new_name, "eth2");
	assert_string_equal(p.netdevs[1].pointer, "/linux/netDevices/eth2");
	arena_free(&a);
}

static void test_hooks(void **state)
{
	struct arena a = { 0 };
	struct plan p;
	struct err e;

	(void)state;
	assert_int_equal(
		compile("",
	                ",\"hooks\":{\"prestart\":[{\"path\":\"/a\"}],\"poststop\":[{\"path\":\"/b\",\"args\":[\"b\",\"1\"],"
	                "\"env\":[\"X=1\",\"odd=\"],\"timeout\":3},{\"path\":\"/c\",\"args\":[]}]}",
	                &a, &p, &e),
		0);
	assert_int_equal(p.hooks[HOOK_PRESTART].n, 1);
	assert_string_equal(p.hooks[HOOK_PRESTART].hook[0].argv[0], "/a");
	assert_null(p.hooks[HOOK_PRESTART].hook[0].envp[0]);
	assert_int_equal(p.hooks[HOOK_PRESTART].hook[0].timeout_ms, -1);
	assert_int_equal(p.hooks[HOOK_CREATE_RUNTIME].n, 0);
	assert_string_equal(p.hooks[HOOK_POSTSTOP].hook[0].argv[1], "1");
	assert_string_equal(p.hooks[HOOK_POSTSTOP].hook[0].envp[1], "odd=");
	assert_int_equal(p.hooks[HOOK_POSTSTOP].hook[0].timeout_ms, 3000);
	assert_string_equal(p.hooks[HOOK_POSTSTOP].hook[1].argv[0], "/c");
	assert_string_equal(p.hooks[HOOK_POSTSTOP].hook[1].pointer, "/hooks/poststop/1");
	arena_free(&a);
}

static void test_what_is_refused_and_where(void **state)
{
	static const struct {
		const char *members, *more, *pointer, *text;
	} rows[] = {
		{ "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", "", "/linux/seccomp/defaultAction",
		  "cannot be the default" },
		{ "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1}", "",
		  "/linux/seccomp/defaultErrnoRet", "SCMP_ACT_ALLOW takes no errno" },
		{ "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096}", "",
		  "/linux/seccomp/defaultErrnoRet", "4096 is above 4095" },
		{ "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_KILL\","
		  "\"errnoRet\":1}]}",
		  "", "/linux/seccomp/syscalls/0", "SCMP_ACT_KILL takes no errno" },
		{ "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
		  "", "/linux/seccomp", "needs a listenerPath" },
		{ "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"x\"}", "",
		  "/linux/seccomp/listenerPath", "not an absolute path" },
		{ "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":\"x\"}", "",
		  "/linux/seccomp/listenerMetadata", "without a listenerPath" },
		{ "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\","
		  "\"args\":[{\"index\":6,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}]}",
		  "", "/linux/seccomp/syscalls/0", "argument 6" },
		{ NAMESPACES ",\"sysctl\":{\"vm.swappiness\":\"1\"}", "", "/linux/sysctl/vm.swappiness",
		  "is not in a separate kernel namespace" },
		{ NAMESPACES ",\"sysctl\":{\"kernel.hostname\":\"x\"}", "", "/linux/sysctl/kernel.hostname",
		  "set by \"hostname\"" },
		{ NAMESPACES ",\"sysctl\":{\"kernel.core_pattern\":\"x\"}", "", "/linux/sysctl/kernel.core_pattern",
		  "is not in a separate" },
		{ NAMESPACES ",\"sysctl\":{\"kernel.shmmaximal\":\"x\"}", "", "/linux/sysctl/kernel.shmmaximal",
		  "is not in a" },
		{ "\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}", "", "/linux/sysctl/net.ipv4.ip_forward",
		  "needs a network namespace" },
		{ "\"sysctl\":{\"kernel.sem\":\"1\"}", "", "/linux/sysctl/kernel.sem", "needs an ipc namespace" },
		{ "\"sysctl\":{\"user.max_user_namespaces\":\"1\"}", "", "/linux/sysctl/user.max_user_namespaces",
		  "needs a user namespace" },
		{ NAMESPACES ",\"sysctl\":{\"net/../kernel/core_pattern\":\"1\"}", "",
		  "/linux/sysctl/net~1..~1kernel~1core_pattern", "no name of a sysctl" },
		{ NAMESPACES ",\"sysctl\":{\"/net/ipv4/ip_forward\":\"1\"}", "",
		  "/linux/sysctl/~1net~1ipv4~1ip_forward", "no name of a sysctl" },
		{ NAMESPACES ",\"sysctl\":{\"net..ipv4\":\"1\"}", "", "/linux/sysctl/net..ipv4",
		  "no name of a sysctl" },
		{ NAMESPACES ",\"sysctl\":{\"\":\"1\"}", "", "/linux/sysctl/", "no name of a sysctl" },
		{ "\"netDevices\":{\"eth0\":{}}", "", "/linux/netDevices", "need a network namespace" },
		{ NAMESPACES ",\"netDevices\":{\"a\":{\"name\":\"x\"},\"b\":{\"name\":\"x\"}}", "",
		  "/linux/netDevices/b", "two network devices would be called \"x\"" },
		{ "", ",\"hooks\":{\"poststart\":[{\"path\":\"/a\"},{\"path\":\"a\"}]}", "/hooks/poststart/1",
		  "has to be absolute" },
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct arena a = { 0 };
		struct plan p;
		struct err e;

		print_message("%s%s\n", rows[i].members, rows[i].more);
		assert_int_equal(compile(rows[i].members, rows[i].more, &a, &p, &e), -1);
		assert_string_equal(e.pointer, rows[i].pointer);
		assert_non_null(strstr(e.text, rows[i].text));
		arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions_and_their_numbers),
		cmocka_unit_test(test_section),
		cmocka_unit_test(test_flags_that_nobody_gave),
		cmocka_unit_test(test_listener),
		cmocka_unit_test(test_sysctls),
		cmocka_unit_test(test_network_devices),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_what_is_refused_and_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
