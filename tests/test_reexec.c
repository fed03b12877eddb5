/* SPDX-License-Identifier: Apache-2.0
 *
 * test_reexec - our own program as a file that nobody can write to; heirs; processes told apart by their start time
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/fd.h"
#include "kernel/heir.h"
#include "kernel/ns.h"
#include "kernel/pid.h"
#include "kernel/reexec.h"
#include "kernel/sys.h"

/* Executes the file with one argument; our main() then ends with 42. */
static int run(int fd)
{
	char *const argv[] = { (char *)"test_reexec", (char *)"child", NULL }, *const env[] = { NULL };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		(void)sys_execveat(fd, "", argv, env, AT_EMPTY_PATH);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void assert_unwritable(int fd)
{
	char path[32];

	assert_int_equal(open(fd_path(fd, path), O_WRONLY), -1);
	assert_true(errno == EROFS || errno == ETXTBSY || errno == EPERM);
	assert_int_equal(open(path, O_RDWR | O_TRUNC), -1);
}

static void test_a_read_only_clone_runs_and_cannot_be_written(void **state)
{
	auto_fd int fd = reexec_clone_mount();

	(void)state;
	if (fd < 0 && errno == EPERM)
		skip(); /* SKIP: open_tree(2) needs CAP_SYS_ADMIN */
	assert_true(fd >= 0);
	assert_unwritable(fd);
	assert_int_equal(run(fd), 42);
}

static void test_a_sealed_copy_runs_and_cannot_be_written(void **state)
{
	auto_fd int fd = reexec_sealed_copy();

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(run(fd), 42);
}

static int written = 1;

/* In the child: 42 when it is the same program, and nothing of it leads to our file. */
static int adopted(int fd, const struct stat *ours)
{
	char line[1024];
	struct stat st;
	FILE *maps;

	written = 2;
	if (reexec_prepare() < 0 || reexec_adopt(fd) < 0)
		return errno == ENOSYS || errno == EPERM || errno == EINVAL ? 77 : 1;
	if (written != 2 || open("/proc/self/exe", O_WRONLY) >= 0 || stat("/proc/self/exe", &st) < 0)
		return 2;
	written = 3; /* it is to be written to as before */
	maps = fopen("/proc/self/maps", "re");
	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
		unsigned long inode = 0;

		if (sscanf(line, "%*s %*s %*s %*s %lu", &inode) == 1 && inode == ours->st_ino &&
		    strstr(line, " rw") != NULL)
			return 3;
	}
	return maps != NULL && written == 3 ? 42 : 4;
}

static void test_a_fork_becomes_the_clone_in_place(void **state)
{
	auto_fd int fd = reexec_clone_mount();
	struct stat ours;
	int status = 0;
	pid_t pid;

	(void)state;
	if (fd < 0 && errno == EPERM)
		skip(); /* SKIP: open_tree(2) needs CAP_SYS_ADMIN */
	assert_true(fd >= 0);
	assert_int_equal(stat("/proc/self/exe", &ours), 0);
	pid = fork();
	if (pid == 0)
		_exit(adopted(fd, &ours));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip(); /* SKIP: no CONFIG_CHECKPOINT_RESTORE, or a sanitizer's build: the stage is executed there */
	assert_int_equal(WEXITSTATUS(status), 42);
}

/* Slowly, and on as much of a stack as there is. */
static void write_below(struct heir *h, pid_t child)
{
	volatile char room[sizeof(h->stack) / 2];
	struct timespec while_ = { .tv_nsec = 1000 };

	for (size_t i = 0; i < sizeof(room); i++) {
		room[i] = 1;
		if (i % 256 == 0)
			(void)nanosleep(&while_, NULL);
	}
	_exit(child > 0 && h->pidfd >= 0 && *(int *)h->ctx == 5 && room[0] == 1 ? 43 : 1);
}

static own_frame int deep(int frames)
{
	volatile char room[64] = { 1 };

	return frames > 0 ? room[0] + deep(frames - 1) : 0;
}

/* 44 in the heir, 43 in who leaves, 77 when neither is possible here. */
static int leave(struct heir *h)
{
	static int left = 5; /* not on the stack: that is the heir's */
	int kept = 5;

	h->last = write_below;
	h->ctx = &left;
	if (heir_make(h, CLONE_PARENT | CLONE_PIDFD) < 0)
		return errno == ENOSYS ? 77 : 1;
	return deep(400) == 400 && kept == 5 && fcntl(h->pidfd, F_GETFD) < 0 ? 44 : 1;
}

static int exit_code_of(pid_t pid)
{
	int status = 0;

	assert_true(waitpid(pid, &status, 0) > 0);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_an_heir_goes_on_where_its_parent_leaves(void **state)
{
	static struct heir h;
	pid_t pid = fork();
	int code;

	(void)state;
	if (pid == 0)
		_exit(leave(&h));
	code = exit_code_of(pid);
	if (code == 77)
		skip(); /* SKIP: only x86-64 has it, and no sanitizer's build */
	assert_int_equal(code, 43);
	assert_int_equal(exit_code_of(-1), 44);
}

static void test_a_reused_pid_is_not_opened(void **state)
{
	struct pid_stat st;
	int fd;

	(void)state;
	assert_int_equal(pid_stat(getpid(), &st), 0);
	assert_string_equal(st.comm, "test_reexec");
	fd = pid_open(getpid(), st.start);
	assert_true(fd >= 0);
	assert_int_equal(pid_wait(fd, 0), 0);
	(void)close(fd);
	assert_int_equal(pid_open(getpid(), st.start + 1), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(pid_alive(0, 0), 0);
}

static void test_a_zombie_is_dead(void **state)
{
	struct pid_stat st;
	siginfo_t info;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(pid_stat(pid, &st), 0);
	assert_int_equal(st.state, 'Z');
	assert_int_equal(pid_alive(pid, st.start), 0);
	assert_int_equal(pid_open(pid, st.start), -1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_a_namespace_file_is_checked_for_its_kind(void **state)
{
	struct err e;
	int fd = ns_open("/proc/self/ns/net", CLONE_NEWNET, &e);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(ns_open("/proc/self/ns/net", CLONE_NEWPID, &e), -1);
	assert_string_equal(e.text, "/proc/self/ns/net is a network namespace, not a pid namespace");
	assert_int_equal(ns_open("/etc/passwd", CLONE_NEWPID, &e), -1);
	assert_string_equal(e.text, "/etc/passwd is not a namespace");
	assert_int_equal(ns_open("/nope", CLONE_NEWPID, &e), -1);
	assert_string_equal(e.text, "open namespace /nope: No such file or directory");
}

/* At another place of the stack each time. */
static own_frame int shed_below(int frames)
{
	volatile char room[16] = { 7 };

	if (frames > 0)
		return shed_below(frames - 1) == 7 ? room[0] : 0;
	reexec_shed();
	return room[0];
}

/* That begins at a page, and its own frame may lie on two. */
static void test_what_a_wait_gives_back_is_not_in_use(void **state)
{
	(void)state;
	for (int frames = 0; frames < 256; frames++)
		assert_int_equal(shed_below(frames), 7);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_read_only_clone_runs_and_cannot_be_written),
		cmocka_unit_test(test_what_a_wait_gives_back_is_not_in_use),
		cmocka_unit_test(test_a_sealed_copy_runs_and_cannot_be_written),
		cmocka_unit_test(test_a_fork_becomes_the_clone_in_place),
		cmocka_unit_test(test_an_heir_goes_on_where_its_parent_leaves),
		cmocka_unit_test(test_a_reused_pid_is_not_opened),
		cmocka_unit_test(test_a_zombie_is_dead),
		cmocka_unit_test(test_a_namespace_file_is_checked_for_its_kind),
	};

	if (argc == 2 && strcmp(argv[1], "child") == 0)
		return 42;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
