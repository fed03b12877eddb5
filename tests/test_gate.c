/* SPDX-License-Identifier: Apache-2.0
 *
 * test_gate - two processes that wait for each other in memory, also under a filter that allows no system call at all
 */
#include "kernel/gate.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void test_shown_and_opened(void **state)
{
	auto_gate struct gate ours = { 0 }, theirs = { 0 };
	auto_fd int fd = -1;
	struct err e;

	(void)state;
	assert_int_equal(gate_make(&ours, &fd, &e), 0);
	assert_int_equal(gate_map(&theirs, fd, &e), 0);
	assert_int_equal(gate_shown(&theirs), -1);
	gate_show(&ours, 0);
	assert_int_equal(gate_shown(&theirs), 0);
	gate_show(&ours, 17);
	assert_int_equal(gate_shown(&theirs), 17);
	gate_open(&theirs);
	assert_true(gate_wait(&ours));
}

static void test_a_file_that_could_be_cut_or_is_too_short_is_refused(void **state)
{
	auto_gate struct gate g = { 0 };
	auto_fd int fd = memfd_create("cut", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct err e;

	(void)state;
	assert_true(fd >= 0 && ftruncate(fd, 4096) == 0);
	assert_int_equal(gate_map(&g, fd, &e), -1);
	assert_string_equal(e.text, "received a page that is no sealed memory file");
	assert_true(ftruncate(fd, 4095) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0);
	assert_int_equal(gate_map(&g, fd, &e), -1);
}

/* Nothing is allowed but exit_group, which tells that the gate let us through. */
static void forbid_all(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	const struct sock_fprog prog = { .len = array_len(code), .filter = code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)
		_exit(2);
}

static void test_no_system_call_is_made(void **state)
{
	auto_gate struct gate g = { 0 };
	auto_fd int fd = -1;
	struct err e;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(gate_make(&g, &fd, &e), 0);
	pid = fork();
	if (pid == 0) {
		forbid_all();
		gate_show(&g, 5);
		/* not _exit(): before a function that does not return, a sanitizer makes calls of its own */
		(void)syscall(SYS_exit_group, gate_wait(&g) ? 0 : 1);
	}
	while (gate_shown(&g) < 0 && waitpid(pid, &status, WNOHANG) == 0)
		(void)sched_yield();
	gate_open(&g);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shown_and_opened),
		cmocka_unit_test(test_a_file_that_could_be_cut_or_is_too_short_is_refused),
		cmocka_unit_test(test_no_system_call_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
