/* SPDX-License-Identifier: Apache-2.0
 *
 * test_seccomp - what compiled filters answer, asked by an interpreter of our own and by the kernel
 */
#include "kernel/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/in_child.h"

#define ERRNO_(n) (SECCOMP_RET_ERRNO | (n))
#define NAMES(...)                                     \
	.names = (const char *const[]){ __VA_ARGS__ }, \
	.n_names = sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *)
#define WHEN(...)                                                        \
	.conditions = (const struct seccomp_condition[]){ __VA_ARGS__ }, \
	.n_conditions = sizeof((const struct seccomp_condition[]){ __VA_ARGS__ }) / sizeof(struct seccomp_condition)

/* ---- classic BPF, the part that seccomp takes (bpf_check_classic in the kernel) ---- */

static uint32_t load(const struct seccomp_data *d, uint32_t at)
{
	uint32_t v;

	assert_true(at % 4 == 0 && at + 4 <= sizeof(*d));
	memcpy(&v, (const char *)d + at, 4);
	return v;
}

static bool jumps(uint16_t code, uint32_t a, uint32_t k)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ: return a == k;
	case BPF_JGT: return a > k;
	case BPF_JGE: return a >= k;
	case BPF_JSET: return (a & k) != 0;
	default: fail_msg("jump %#x", code); return false;
	}
}

static uint32_t run(const struct seccomp_program *p, const struct seccomp_data *d)
{
	uint32_t a = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct sock_filter *f = &p->code[i];

		if (f->code == (BPF_LD | BPF_W | BPF_ABS))
			a = load(d, f->k);
		else if (f->code == (BPF_ALU | BPF_AND | BPF_K))
			a &= f->k;
		else if (f->code == (BPF_JMP | BPF_JA))
			i += f->k;
		else if (BPF_CLASS(f->code) == BPF_JMP && BPF_SRC(f->code) == BPF_K)
			i += jumps(f->code, a, f->k) ? f->jt : f->jf;
		else if (f->code == (BPF_RET | BPF_K))
			return f->k;
		else
			fail_msg("instruction %zu: %#x", i, f->code);
	}
	fail_msg("ran off the end");
	return 0;
}

static uint32_t ask_arch(const struct seccomp_program *p, uint32_t arch, int nr, uint64_t a0, uint64_t a1)
{
	const struct seccomp_data d = { .nr = nr, .arch = arch, .args = { a0, a1 } };

	return run(p, &d);
}

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

static uint32_t ask(const struct seccomp_program *p, int nr, uint64_t a0)
{
	return ask_arch(p, NATIVE, nr, a0, 0);
}

static struct seccomp_program *make(const struct seccomp_filter *f)
{
	struct err e;
	struct seccomp_program *p = seccomp_program_make(f, &e);

	if (p == NULL)
		fail_msg("%s", e.text);
	return p;
}

/* ---- what is compiled ---- */

static void test_actions(void **state)
{
	const struct seccomp_rule rules[] = {
		{ NAMES("mkdir"), .action = ERRNO_(EPERM) },
		{ NAMES("rmdir"), .action = ERRNO_(77) },
		{ NAMES("chown"), .action = SECCOMP_RET_KILL_THREAD },
		{ NAMES("chmod"), .action = SECCOMP_RET_KILL_PROCESS },
		{ NAMES("fchmod"), .action = SECCOMP_RET_TRAP },
		{ NAMES("fchown"), .action = SECCOMP_RET_TRACE | 5 },
		{ NAMES("link"), .action = SECCOMP_RET_LOG },
		{ NAMES("unlink"), .action = SECCOMP_RET_USER_NOTIF },
	};
	const struct seccomp_filter f = { .default_action = SECCOMP_RET_ALLOW, .rules = rules, .n_rules = 8 };
	struct seccomp_program *p = make(&f);

	(void)state;
	assert_int_equal(ask(p, SYS_getpid, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(p, SYS_fchmod, 0), SECCOMP_RET_TRAP);
	assert_int_equal(ask(p, SYS_fchown, 0), SECCOMP_RET_TRACE | 5);
#ifdef SYS_mkdir
	assert_int_equal(ask(p, SYS_mkdir, 0), ERRNO_(EPERM));
	assert_int_equal(ask(p, SYS_rmdir, 0), ERRNO_(77));
	assert_int_equal(ask(p, SYS_chown, 0), SECCOMP_RET_KILL_THREAD);
	assert_int_equal(ask(p, SYS_chmod, 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(ask(p, SYS_link, 0), SECCOMP_RET_LOG);
	assert_int_equal(ask(p, SYS_unlink, 0), SECCOMP_RET_USER_NOTIF);
#endif
	assert_true(p->listener);
	free(p);
}

static void test_every_operator(void **state)
{
	enum { A = 10 };
	const struct {
		enum seccomp_op op;
		uint64_t value, two;
		bool at_9, at_10, at_11, at_big;
	} rows[] = {
		{ SECCOMP_OP_NE, A, 0, true, false, true, true },
		{ SECCOMP_OP_LT, A, 0, true, false, false, false },
		{ SECCOMP_OP_LE, A, 0, true, true, false, false },
		{ SECCOMP_OP_EQ, A, 0, false, true, false, false },
		{ SECCOMP_OP_GE, A, 0, false, true, true, true },
		{ SECCOMP_OP_GT, A, 0, false, false, true, true },
		{ SECCOMP_OP_MASKED_EQ, 0xe, A, false, true, true, false },
		{ SECCOMP_OP_EQ, UINT64_C(1) << 40 | A, 0, false, false, false, true }, /* all 64 bits count */
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		const struct seccomp_rule rule = { NAMES("getpgid"), .action = ERRNO_(1),
			                           WHEN({ 0, rows[i].op, rows[i].value, rows[i].two }) };
		const struct seccomp_filter f = { .default_action = SECCOMP_RET_ALLOW, .rules = &rule, .n_rules = 1 };
		struct seccomp_program *p = make(&f);

		print_message("operator %d\n", rows[i].op);
		assert_int_equal(ask(p, SYS_getpgid, 9) == ERRNO_(1), rows[i].at_9);
		assert_int_equal(ask(p, SYS_getpgid, A) == ERRNO_(1), rows[i].at_10);
		assert_int_equal(ask(p, SYS_getpgid, 11) == ERRNO_(1), rows[i].at_11);
		assert_int_equal(ask(p, SYS_getpgid, UINT64_C(1) << 40 | A) == ERRNO_(1),
		                 rows[i].at_big || (rows[i].op == SECCOMP_OP_MASKED_EQ));
		free(p);
	}
}

static void test_conditions_on_several_arguments_all_hold(void **state)
{
	const struct seccomp_rule rule = { NAMES("socket"), .action = ERRNO_(22),
		                           WHEN({ 0, SECCOMP_OP_EQ, 16, 0 }, { 1, SECCOMP_OP_EQ, 9, 0 }) };
	const struct seccomp_filter f = { .default_action = SECCOMP_RET_ALLOW, .rules = &rule, .n_rules = 1 };
	struct seccomp_program *p = make(&f);

	(void)state;
	assert_int_equal(ask_arch(p, NATIVE, SYS_socket, 16, 9), ERRNO_(22));
	assert_int_equal(ask_arch(p, NATIVE, SYS_socket, 16, 8), SECCOMP_RET_ALLOW);
	assert_int_equal(ask_arch(p, NATIVE, SYS_socket, 2, 9), SECCOMP_RET_ALLOW);
	free(p);
}

static void test_conditions_on_one_argument_are_alternatives(void **state)
{
	const struct seccomp_rule rule = { NAMES("personality"), .action = SECCOMP_RET_ALLOW,
		                           WHEN({ 0, SECCOMP_OP_EQ, 0, 0 }, { 0, SECCOMP_OP_EQ, 8, 0 }) };
	const struct seccomp_filter f = { .default_action = ERRNO_(1), .rules = &rule, .n_rules = 1 };
	struct seccomp_program *p = make(&f);

	(void)state;
	assert_int_equal(ask(p, SYS_personality, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(p, SYS_personality, 8), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(p, SYS_personality, 3), ERRNO_(1));
	free(p);
}

static void test_unknown_names_are_left_out(void **state)
{
	const struct seccomp_rule rule = { NAMES("no_such_call", "getpid"), .action = ERRNO_(1) };
	const struct seccomp_filter f = { .default_action = SECCOMP_RET_ALLOW, .rules = &rule, .n_rules = 1 };
	struct seccomp_program *p = make(&f);

	(void)state;
	assert_int_equal(ask(p, SYS_getpid, 0), ERRNO_(1));
	assert_int_equal(ask(p, SYS_getppid, 0), SECCOMP_RET_ALLOW);
	free(p);
}

static void test_rules_with_the_default_action_and_repeated_rules(void **state)
{
	const struct seccomp_rule rules[] = { { NAMES("getpid"), .action = ERRNO_(38) },
		                              { NAMES("getppid"), .action = ERRNO_(1) },
		                              { NAMES("getppid"), .action = ERRNO_(1) } };
	const struct seccomp_filter f = { .default_action = ERRNO_(38), .rules = rules, .n_rules = 3 };
	struct seccomp_program *p = make(&f);

	(void)state;
	assert_int_equal(ask(p, SYS_getpid, 0), ERRNO_(38));
	assert_int_equal(ask(p, SYS_getppid, 0), ERRNO_(1));
	free(p);
}

static void test_contradicting_rules_are_refused(void **state)
{
	const struct seccomp_rule rules[] = {
		{ NAMES("getpgid"), .action = ERRNO_(2), WHEN({ 0, SECCOMP_OP_EQ, 7, 0 }) },
		{ NAMES("getpgid"), .action = ERRNO_(1), WHEN({ 0, SECCOMP_OP_EQ, 7, 0 }), .pointer = "/x/1" },
	};
	const struct seccomp_filter f = { .default_action = SECCOMP_RET_ALLOW, .rules = rules, .n_rules = 2 };
	struct err e;

	(void)state;
	assert_null(seccomp_program_make(&f, &e));
	assert_string_equal(e.text, "the system call getpgid has another action in a rule before this one");
	assert_string_equal(e.pointer, "/x/1");
}

static void test_architectures(void **state)
{
#if defined(__x86_64__)
	const char *const archs[] = { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" };
	const struct seccomp_rule rule = { NAMES("getpid"), .action = ERRNO_(1) };
	const struct seccomp_filter f = {
		.default_action = SECCOMP_RET_ALLOW, .rules = &rule, .n_rules = 1, .archs = archs, .n_archs = 3
	};
	struct seccomp_program *p = make(&f);

	(void)state;
	assert_int_equal(ask_arch(p, AUDIT_ARCH_X86_64, 39, 0, 0), ERRNO_(1));
	assert_int_equal(ask_arch(p, AUDIT_ARCH_I386, 20, 0, 0), ERRNO_(1));
	assert_int_equal(ask_arch(p, AUDIT_ARCH_X86_64, 0x40000000 + 39, 0, 0), ERRNO_(1));
	assert_int_equal(ask_arch(p, AUDIT_ARCH_I386, 39, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask_arch(p, AUDIT_ARCH_AARCH64, 39, 0, 0), SECCOMP_RET_KILL_THREAD);
	free(p);
#else
	(void)state;
	print_message("the expectations are those of x86_64\n");
	skip();
#endif
}

static void test_architectures_that_cannot_be(void **state)
{
	const char *const unknown[] = { "SCMP_ARCH_VAX" }, *const big_endian[] = { "SCMP_ARCH_S390X" };
	struct seccomp_filter f = { .default_action = SECCOMP_RET_ALLOW, .archs = unknown, .n_archs = 1 };
	struct err e;

	(void)state;
	assert_null(seccomp_program_make(&f, &e));
	assert_string_equal(e.text, "this libseccomp does not know the architecture SCMP_ARCH_VAX");
	assert_int_equal(e.kind, ERR_HOST);
	f.archs = big_endian;
	assert_null(seccomp_program_make(&f, &e));
	assert_string_equal(e.text, "SCMP_ARCH_S390X cannot be filtered beside the architecture of this host");
}

/* Newer than the newest named: ENOSYS. Older and not named: the default. */
static void test_newer_calls_do_not_exist(void **state)
{
#if defined(__x86_64__)
	const char *const archs[] = { "SCMP_ARCH_X86", "SCMP_ARCH_X32" };
	const struct seccomp_rule rule = { NAMES("getpid", "statx"), .action = SECCOMP_RET_ALLOW };
	struct seccomp_filter f = { .default_action = ERRNO_(EPERM), .rules = &rule, .n_rules = 1 };
	struct seccomp_program *p = make(&f);

	(void)state;
	assert_int_equal(ask_arch(p, AUDIT_ARCH_X86_64, 332, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask_arch(p, AUDIT_ARCH_X86_64, 331, 0, 0), ERRNO_(EPERM));
	assert_int_equal(ask_arch(p, AUDIT_ARCH_X86_64, 333, 0, 0), ERRNO_(ENOSYS));
	assert_int_equal(ask_arch(p, AUDIT_ARCH_X86_64, 435, 0, 0), ERRNO_(ENOSYS));
	assert_int_equal(ask_arch(p, AUDIT_ARCH_X86_64, 0x40000000 + 39, 0, 0), SECCOMP_RET_KILL_THREAD);
	free(p);
	f.archs = archs;
	f.n_archs = 2;
	p = make(&f);
	assert_int_equal(ask_arch(p, AUDIT_ARCH_X86_64, 333, 0, 0), ERRNO_(ENOSYS));
	assert_int_equal(ask_arch(p, AUDIT_ARCH_X86_64, 331, 0, 0), ERRNO_(EPERM));
	assert_int_equal(ask_arch(p, AUDIT_ARCH_X86_64, 0x40000000 + 332, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask_arch(p, AUDIT_ARCH_X86_64, 0x40000000 + 333, 0, 0), ERRNO_(ENOSYS));
	assert_int_equal(ask_arch(p, AUDIT_ARCH_X86_64, 0x40000000 + 331, 0, 0), ERRNO_(EPERM));
	assert_int_equal(ask_arch(p, AUDIT_ARCH_I386, 383, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask_arch(p, AUDIT_ARCH_I386, 384, 0, 0), ERRNO_(ENOSYS));
	assert_int_equal(ask_arch(p, AUDIT_ARCH_I386, 382, 0, 0), ERRNO_(EPERM));
	free(p);
	f.default_action = SECCOMP_RET_ALLOW; /* nothing is refused for not being named */
	f.n_rules = 0;
	p = make(&f);
	assert_int_equal(ask_arch(p, AUDIT_ARCH_X86_64, 4000, 0, 0), SECCOMP_RET_ALLOW);
	free(p);
	f.default_action = SECCOMP_RET_KILL_PROCESS; /* no rule: no newest call either */
	p = make(&f);
	assert_int_equal(ask_arch(p, AUDIT_ARCH_X86_64, 4000, 0, 0), SECCOMP_RET_KILL_PROCESS);
	free(p);
#else
	(void)state;
	print_message("the expectations are those of x86_64\n");
	skip();
#endif
}

static void test_library_version(void **state)
{
	unsigned int v[3];

	(void)state;
	assert_true(seccomp_library_version(v));
	assert_int_equal(v[0], 2);
}

/* ---- what the kernel does with it ---- */

static void load_and_ask(void)
{
	const struct seccomp_rule rule = { NAMES("getpgid"), .action = ERRNO_(77) };
	const struct seccomp_filter f = { .default_action = SECCOMP_RET_ALLOW,
		                          .rules = &rule,
		                          .n_rules = 1,
		                          .flags = SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_TSYNC };
	struct seccomp_program *p = make(&f);
	struct err e;
	int listener;

	want(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	want(seccomp_program_load(p, &listener, &e) == 0);
	want(listener == -1);
	want(getpgid(0) == -1 && errno == 77);
	want(getppid() > 0);
}

static void test_loaded(void **state)
{
	(void)state;
	assert_int_equal(child_status(load_and_ask), 0);
}

static void load_and_die(void)
{
	const struct seccomp_rule rule = { NAMES("getpgid"), .action = SECCOMP_RET_KILL_PROCESS };
	const struct seccomp_filter f = { .default_action = SECCOMP_RET_ALLOW, .rules = &rule, .n_rules = 1 };
	struct seccomp_program *p = make(&f);
	struct err e;
	int listener;

	want(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	want(seccomp_program_load(p, &listener, &e) == 0);
	(void)getpgid(0);
}

static void test_loaded_filter_kills(void **state)
{
	int status = child_status(load_and_die);

	(void)state;
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static void load_with_listener(void)
{
	const struct seccomp_rule rule = { NAMES("getpgid"), .action = SECCOMP_RET_USER_NOTIF };
	const struct seccomp_filter f = { .default_action = SECCOMP_RET_ALLOW,
		                          .rules = &rule,
		                          .n_rules = 1,
		                          .flags = 1UL << 5 /* WAIT_KILLABLE_RECV */,
		                          .flags_implied = true };
	struct seccomp_program *p = make(&f);
	struct err e;
	int listener;

	want(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	want(seccomp_program_load(p, &listener, &e) == 0);
	want(listener > 2);
	want(fcntl(listener, F_GETFD) == FD_CLOEXEC);
}

static void test_listener(void **state)
{
	(void)state;
	assert_int_equal(child_status(load_with_listener), 0);
}

static void flags_unknown(void)
{
	const struct seccomp_rule rule = { NAMES("getpgid"), .action = ERRNO_(77) };
	struct seccomp_filter f = {
		.default_action = SECCOMP_RET_ALLOW, .rules = &rule, .n_rules = 1, .flags = 1U << 20
	};
	struct seccomp_program *p = make(&f);
	struct err e;
	int listener;

	want(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	want(seccomp_program_load(p, &listener, &e) == -1);
	want(e.sys == EINVAL);
	p->flags_implied = true;
	want(seccomp_program_load(p, &listener, &e) == 0);
	want(getpgid(0) == -1 && errno == 77);
}

static void test_flags_that_the_kernel_does_not_know(void **state)
{
	(void)state;
	assert_int_equal(child_status(flags_unknown), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_every_operator),
		cmocka_unit_test(test_conditions_on_several_arguments_all_hold),
		cmocka_unit_test(test_conditions_on_one_argument_are_alternatives),
		cmocka_unit_test(test_unknown_names_are_left_out),
		cmocka_unit_test(test_rules_with_the_default_action_and_repeated_rules),
		cmocka_unit_test(test_contradicting_rules_are_refused),
		cmocka_unit_test(test_architectures),
		cmocka_unit_test(test_architectures_that_cannot_be),
		cmocka_unit_test(test_newer_calls_do_not_exist),
		cmocka_unit_test(test_library_version),
		cmocka_unit_test(test_loaded),
		cmocka_unit_test(test_loaded_filter_kills),
		cmocka_unit_test(test_listener),
		cmocka_unit_test(test_flags_that_the_kernel_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
