/* SPDX-License-Identifier: Apache-2.0
 *
 * test_self - limits, ids, scheduling and keyrings of a process, and that /proc/self/status is read right
 */
#include "kernel/self.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/libc.h"
#include "kernel/keyring.h"
#include "kernel/net.h"
#include "kernel/procfs.h"
#include "kernel/status.h"
#include "kernel/sysctl.h"

#include <cmocka.h>

#include "tests/in_child.h"

static void need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("needs root\n");
	skip();
}

static int proc(void)
{
	return open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static const char sample[] =
	"Name:\tx\nSigIgn:\t0000000000001001\nUid:\t1\t2\t3\t4294967294\nGid:\t5\t6\t7\t8\nGroups:\t10 4294967294 5 \n"
	"CapInh:\t0000000000000001\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000000003\n"
	"CapBnd:\t000001fffeffffff\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n";

static void test_status_is_parsed(void **state)
{
	auto_status struct status s = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(status_parse(sample, &s, &e), 0);
	assert_int_equal(s.uid[0], 1);
	assert_int_equal(s.uid[3], 4294967294U);
	assert_int_equal(s.gid[3], 8);
	assert_int_equal(s.n_groups, 3);
	assert_int_equal(s.groups[1], 4294967294U);
	assert_true(s.caps.inheritable == 1 && s.caps.effective == 3 && s.caps.ambient == 0);
	assert_true(s.caps.permitted == UINT64_C(0x1ffffffffff) && s.caps.bounding == UINT64_C(0x1fffeffffff));
	assert_true(s.no_new_privs);
	assert_true(s.ignored == 0x1001);
	assert_int_equal(s.seccomp, 2);
}

static void test_status_that_lacks_a_line(void **state)
{
	struct err e;

	(void)state;
	for (size_t cut = 0; cut < sizeof(sample) - 1; cut++) {
		char text[sizeof(sample)];
		struct status s;

		memcpy(text, sample, cut);
		text[cut] = '\0';
		if (strstr(text, "CapBnd:\t0") == NULL) /* of the later lines all may be missing */
			assert_int_equal(status_parse(text, &s, &e), -1);
		else
			assert_true(status_parse(text, &s, &e) <= 0);
		status_free(&s);
	}
}

static void test_own_status(void **state)
{
	auto_fd int proc_fd = proc();
	auto_status struct status s = { 0 };
	auto_fd int fd = -1;
	struct err e;

	(void)state;
	assert_int_equal(procfs_check(proc_fd), 0);
	fd = status_open(proc_fd, &e);
	assert_true(fd >= 0);
	assert_int_equal(status_read(fd, &s, &e), 0);
	assert_int_equal(s.uid[1], geteuid());
	status_free(&s);
	assert_int_equal(status_read(fd, &s, &e), 0); /* once more through the same fd */
	assert_int_equal(s.gid[1], getegid());
}

static void test_each_difference_is_told(void **state)
{
	const uint32_t groups[] = { 4294967294U, 10, 5 };
	struct status_wanted w = { .uid = 1, .gid = 5, .groups = groups, .n_groups = 3, .no_new_privs = true };
	struct status s;
	struct err e;

	(void)state;
	assert_int_equal(status_parse(sample, &s, &e), 0);
	assert_int_equal(status_check(&s, &w, &e), -1);
	assert_string_equal(e.text, "after setting uid 1 the kernel has 1 2 3 4294967294");
	for (int i = 0; i < 4; i++) {
		s.uid[i] = 1;
		s.gid[i] = 5;
	}
	w.caps = s.caps;
	assert_int_equal(status_check(&s, &w, &e), 0);
	w.caps.bounding = 0;
	assert_int_equal(status_check(&s, &w, &e), -1);
	assert_string_equal(e.text, "after setting the bounding capabilities 0 the kernel has 0x1fffeffffff");
	w.caps = s.caps;
	w.n_groups = 2;
	assert_int_equal(status_check(&s, &w, &e), -1);
	assert_string_equal(e.text, "after setting 2 additional groups the kernel has 3");
	w.any_groups = true;
	assert_int_equal(status_check(&s, &w, &e), 0);
	w.any_groups = false;
	w.n_groups = 3;
	w.groups = (const uint32_t[]){ 10, 5, 6 };
	assert_int_equal(status_check(&s, &w, &e), -1);
	w.groups = groups;
	s.no_new_privs = false;
	assert_int_equal(status_check(&s, &w, &e), -1);
	status_free(&s);
}

static void signals(void)
{
	struct sigaction ign = { .sa_handler = SIG_IGN }, now;
	auto_status struct status is = { 0 };
	int fd, proc_fd = proc();
	sigset_t all;
	struct err e;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigaction(SIGPIPE, &ign, NULL);
	sigaction(SIGRTMAX, &ign, NULL);
	fd = status_open(proc_fd, &e);
	want(fd >= 0 && status_read(fd, &is, &e) == 0);
	self_reset_signals(is.ignored);
	want(sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
	want(sigaction(SIGRTMAX, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
	want(sigprocmask(SIG_BLOCK, NULL, &all) == 0);
	for (int i = 1; i < NSIG; i++)
		want(sigismember(&all, i) != 1);
}

/* Those too that a libc keeps for itself, which its own calls neither set nor show. */
static void signals_of_libc(void)
{
	static const unsigned long ign[8] = { (unsigned long)SIG_IGN };
	auto_status struct status before = { 0 }, after = { 0 };
	const uint64_t kept = UINT64_C(7) << 31; /* 32, 33, 34 */
	int proc_fd = proc(), was, fd;
	sigset_t all, now = { 0 };
	struct err e;

	signals_all(&all);
	want(signals_mask(SIG_SETMASK, &all, NULL) == 0 && signals_mask(SIG_BLOCK, NULL, &now) == 0);
	for (int sig = 32; sig <= 34; sig++)
		want(sigismember(&now, sig) == 1 && syscall(SYS_rt_sigaction, sig, ign, NULL, SIGNAL_BYTES) == 0);
	was = status_open(proc_fd, &e);
	want(was >= 0 && status_read(was, &before, &e) == 0 && (before.ignored & kept) == kept);
	self_reset_signals(before.ignored);
	fd = status_open(proc_fd, &e);
	want(fd >= 0 && status_read(fd, &after, &e) == 0 && after.ignored == 0);
	want(signals_mask(SIG_BLOCK, NULL, &now) == 0);
	for (int sig = 1; sig <= SIGNAL_LAST; sig++)
		want(sigismember(&now, sig) == 0);
}

static void test_signals_are_reset(void **state)
{
	(void)state;
	assert_int_equal(child_status(signals), 0);
	assert_int_equal(child_status(signals_of_libc), 0);
}

static void limits(void)
{
	const struct rlimit low = { .rlim_cur = 10, .rlim_max = 20 }, high = { .rlim_cur = 10, .rlim_max = 30 };
	struct rlimit now;
	struct err e;

	want(self_set_rlimit(RLIMIT_NOFILE, "RLIMIT_NOFILE", &low, &e) == 0);
	want(getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur == 10 && now.rlim_max == 20);
	want(self_set_rlimit(RLIMIT_NOFILE, "RLIMIT_NOFILE", &low, &e) == 0);
	if (geteuid() == 0) { /* root may be without CAP_SYS_RESOURCE already; without any it certainly is */
		const struct caps none = { 0 };

		want(caps_set(&none, &e) == 0);
	}
	want(self_set_rlimit(RLIMIT_NOFILE, "RLIMIT_NOFILE", &high, &e) == -1);
	want(strcmp(e.text, "raise the hard RLIMIT_NOFILE from 20 to 30 (CAP_SYS_RESOURCE is missing): "
	                    "Operation not permitted") == 0);
}

static void test_limits(void **state)
{
	(void)state;
	assert_int_equal(child_status(limits), 0);
}

static void scheduling(void)
{
	const struct self_scheduler batch = { .policy = SCHED_BATCH, .nice = 19 }, bad = { .policy = 99 };
	struct err e;

	want(self_set_scheduler(&batch, &e) == 0);
	want(sched_getscheduler(0) == SCHED_BATCH && getpriority(PRIO_PROCESS, 0) == 19);
	want(self_set_scheduler(&bad, &e) == -1 && e.sys == EINVAL);
	want(self_set_io_priority(2, 6, &e) == 0);
	want(syscall(SYS_ioprio_get, 1, 0) == (2 << 13 | 6));
	want(self_set_io_priority(5, 6, &e) == -1);
	want(self_set_personality(PER_LINUX32, &e) == 0);
	want(personality(0xffffffff) == PER_LINUX32);
}

static void test_scheduling(void **state)
{
	(void)state;
	assert_int_equal(child_status(scheduling), 0);
}

static void oom(void)
{
	int fd = proc();
	char now[16];
	struct err e;

	want(self_set_oom_score_adj(fd, 500, &e) == 0);
	want(procfs_read(fd, "self/oom_score_adj", now, sizeof(now)) > 0 && strtol(now, NULL, 10) == 500);
	if (geteuid() == 0) {
		const struct caps none = { 0 };

		want(caps_set(&none, &e) == 0);
	}
	/* The lowest that was ever allowed is remembered; below it only what is in force already passes. */
	want(self_set_oom_score_adj(fd, 500, &e) == 0);
	want(self_set_oom_score_adj(fd, -999, &e) == -1);
	want(strcmp(e.text, "set oom_score_adj to -999: Permission denied") == 0);
	want(self_set_oom_score_adj(fd, 5000, &e) == -1);
}

static void test_oom_score_adj(void **state)
{
	(void)state;
	assert_int_equal(child_status(oom), 0);
}

static void ids(void)
{
	const uint32_t groups[] = { 70, 60, 60 };
	struct status_wanted w = { .uid = 1000, .gid = 2000, .groups = groups, .n_groups = 3 };
	auto_status struct status s = { 0 };
	int proc_fd = proc(), fd;
	bool denied;
	struct err e;

	fd = status_open(proc_fd, &e);
	want(fd >= 0);
	want(self_set_ids(UINT32_MAX, 0, &e) == -1);
	want(self_set_ids(0, UINT32_MAX, &e) == -1);
	want(self_set_groups(proc_fd, groups, 3, &denied, &e) == 0);
	want(self_set_ids(1000, 2000, &e) == 0);
	want(self_set_no_new_privs(&e) == 0);
	want(status_read(fd, &s, &e) == 0);
	want(s.no_new_privs && s.caps.effective == 0 && s.caps.permitted == 0);
	w.caps = s.caps;
	want(status_check(&s, &w, &e) == 0);
	want(self_set_ids(0, 0, &e) == -1 && strcmp(e.text, "set group id 0: Operation not permitted") == 0);
	want(self_set_groups(proc_fd, NULL, 0, &denied, &e) == -1 && !denied);
}

static void test_ids(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(child_status(ids), 0);
}

/* A user namespace whose setgroups is denied, as an unprivileged one has to be. */
static void groups_denied(void)
{
	const uint32_t group = 1;
	int proc_fd = proc();
	bool denied;
	struct err e;

	want(unshare(CLONE_NEWUSER) == 0);
	want(procfs_write(proc_fd, "self/setgroups", "deny", 4) == 0);
	want(procfs_write(proc_fd, "self/gid_map", "0 0 1", 5) == 0);
	want(procfs_write(proc_fd, "self/uid_map", "0 0 1", 5) == 0);
	want(self_set_groups(proc_fd, NULL, 0, &denied, &e) == 0 && denied);
	want(self_set_groups(proc_fd, &group, 1, &denied, &e) == -1);
	want(strcmp(e.text, "set 1 additional groups: the user namespace denies setgroups") == 0);
}

static void test_groups_denied(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(child_status(groups_denied), 0);
}

static void keyring(void)
{
	char text[256];
	long n;
	struct err e;

	want(keyring_join("ocirt-test", false, &e) == 0);
	n = syscall(SYS_keyctl, 6L /* KEYCTL_DESCRIBE */, -3L /* the session's */, text, sizeof(text));
	if (n < 0) /* a kernel without keys: keyring_join() has said 0 rightly */
		return;
	want(strstr(text, ";_ses.ocirt-test") != NULL);
	want(keyring_join("ocirt-test", true, &e) == 0); /* the one we are in */
}

/* As exec does while the container lives: its keyring is found by name, from outside. */
static void keyring_from_outside(void)
{
	int in[2], out[2];
	char byte;
	struct err e;

	want(pipe(in) == 0 && pipe(out) == 0);
	if (fork() == 0) {
		close(in[1]); /* or its end would never be seen */
		want(keyring_join("ocirt-outside", false, &e) == 0);
		want(write(out[1], "x", 1) == 1 && read(in[0], &byte, 1) >= 0);
		_exit(0);
	}
	close(out[1]); /* or we waited for ever where the other has failed */
	want(read(out[0], &byte, 1) == 1);
	want(keyring_join("ocirt-outside", false, &e) == 0);
	close(in[1]);
}

static void test_keyring_is_joined_by_name(void **state)
{
	(void)state;
	assert_int_equal(child_status(keyring_from_outside), 0);
}

static void test_keyring(void **state)
{
	(void)state;
	assert_int_equal(child_status(keyring), 0);
}

static void namespaced(void)
{
	int proc_fd;
	char now[16];
	struct err e;

	want(unshare(CLONE_NEWNET | CLONE_NEWNS) == 0);
	want(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	want(net_loopback_up(&e) == 0);
	proc_fd = proc();
	want(sysctl_write(proc_fd, "net/ipv4/ip_default_ttl", "77", &e) == 0);
	want(procfs_read(proc_fd, "sys/net/ipv4/ip_default_ttl", now, sizeof(now)) > 0 && strtol(now, NULL, 10) == 77);
	want(sysctl_write(proc_fd, "net/ipv4/ip_default_ttl", "abc", &e) == -1);
	want(strcmp(e.text, "write \"abc\" to sysctl net/ipv4/ip_default_ttl: Invalid argument") == 0);
	want(sysctl_write(proc_fd, "net/no/such", "1", &e) == -1 && e.sys == ENOENT);
	want(sysctl_write(proc_fd, "../../etc/passwd", "1", &e) == -1 && e.sys == EXDEV);
	/* a fake bound over the file is not written to */
	want(mount("/dev/null", "/proc/sys/net/ipv4/ip_default_ttl", NULL, MS_BIND, NULL) == 0);
	want(sysctl_write(proc_fd, "net/ipv4/ip_default_ttl", "78", &e) == -1 && e.sys == EXDEV);
}

static void test_sysctl_and_loopback(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(child_status(namespaced), 0);
}

static void test_procfs_is_told_from_others(void **state)
{
	auto_fd int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int sub = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int proc_fd = proc();

	(void)state;
	assert_int_equal(procfs_check(fd), -1);
	assert_int_equal(procfs_check(sub), -1);
	assert_int_equal(procfs_open(proc_fd, "self/cwd/etc/passwd", O_RDONLY), -1); /* magic link */
	assert_int_equal(procfs_open(proc_fd, "self/exe", O_RDONLY), -1);
	assert_int_equal(procfs_open(proc_fd, "../etc/passwd", O_RDONLY), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_is_parsed),
		cmocka_unit_test(test_status_that_lacks_a_line),
		cmocka_unit_test(test_own_status),
		cmocka_unit_test(test_each_difference_is_told),
		cmocka_unit_test(test_signals_are_reset),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_scheduling),
		cmocka_unit_test(test_oom_score_adj),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_groups_denied),
		cmocka_unit_test(test_keyring),
		cmocka_unit_test(test_keyring_is_joined_by_name),
		cmocka_unit_test(test_sysctl_and_loopback),
		cmocka_unit_test(test_procfs_is_told_from_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
