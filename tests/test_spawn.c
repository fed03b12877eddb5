/* SPDX-License-Identifier: Apache-2.0
 *
 * test_spawn - programs that end, fail, hang, flood and leave children behind
 */
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "tests/wrapper.h"

static const char *const path_env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

static int sh(const char *script, struct spawn s, struct spawn_result *r, struct err *e)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	s.path = "/bin/sh";
	s.argv = argv;
	s.envp = path_env;
	return spawn_run(&s, r, e);
}

/* Longer than any machine is busy. */
enum { LONG_S = 60 };

static const struct spawn plain = { .timeout_ms = LONG_S * 1000, .out_fd = -1, .err_fd = -1 };

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void test_ends_well(void **state)
{
	struct spawn_result r;
	struct err e;

	(void)state;
	assert_int_equal(sh("echo out; echo err >&2", plain, &r, &e), 0);
	assert_string_equal(r.out, "out\n");
	assert_string_equal(r.err, "err\n");
	assert_int_equal(r.status, 0);
}

static void test_without_argv_and_env(void **state)
{
	struct spawn s = plain;
	struct err e;

	(void)state;
	s.path = "/bin/true";
	assert_int_equal(spawn_run(&s, NULL, &e), 0);
}

static void test_exit_status_with_output(void **state)
{
	struct spawn_result r;
	struct err e;

	(void)state;
	assert_int_equal(sh("echo one; echo two; printf 'bad\\033' >&2; exit 3", plain, &r, &e), -1);
	assert_string_equal(e.text, "exit status 3, stdout: one\\ntwo, stderr: bad\\x1b");
	assert_int_equal(WEXITSTATUS(r.status), 3);
}

static void test_dies_of_a_signal(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(sh("kill -TERM $$", plain, NULL, &e), -1);
	assert_string_equal(e.text, "killed by signal 15 (terminated)");
	assert_int_equal(sh("kill -XCPU $$", plain, NULL, &e), -1);
	assert_string_equal(e.text, "killed by signal 24 (CPU time limit exceeded)");
}

/* A failure to execute is told through the memory that vfork(2) shares. */
static void needs_vfork(void)
{
	if (!under_valgrind())
		return;
	print_message("valgrind runs vfork as fork\n");
	skip();
}

static void test_missing_program(void **state)
{
	struct spawn s = plain;
	struct err e;

	(void)state;
	needs_vfork();
	s.path = "/nonexistent/program";
	assert_int_equal(spawn_run(&s, NULL, &e), -1);
	assert_string_equal(e.text, "exec /nonexistent/program: No such file or directory");
	assert_int_equal(e.sys, ENOENT);
}

/* It shares our memory, too: what it says is the error. */
static int refuse(void *arg, struct err *e)
{
	errno = EPERM;
	return err_sys(e, "%s", (const char *)arg);
}

static void test_last_act_that_fails_is_the_error(void **state)
{
	char what[] = "load the filter";
	struct spawn s = plain;
	struct err e;

	(void)state;
	needs_vfork();
	s.path = "/bin/true";
	s.last = refuse;
	s.last_arg = what;
	assert_int_equal(spawn_run(&s, NULL, &e), -1);
	assert_string_equal(e.text, "load the filter: Operation not permitted");
}

static void test_not_executable(void **state)
{
	struct spawn s = plain;
	struct err e;

	(void)state;
	needs_vfork();
	s.path = "/etc/passwd";
	assert_int_equal(spawn_run(&s, NULL, &e), -1);
	assert_int_equal(e.sys, EACCES);
}

/* 1 MB is far more than a pipe holds. */
static void test_large_input_is_all_read(void **state)
{
	enum { LEN = 1 << 20 };
	char *text = malloc(LEN);
	struct spawn s = plain;
	struct spawn_result r;
	struct err e;

	(void)state;
	memset(text, 'x', LEN);
	s.input = text;
	s.input_len = LEN;
	assert_int_equal(sh("wc -c", s, &r, &e), 0);
	assert_int_equal((int)strtol(r.out, NULL, 10), LEN);
	free(text);
}

static void test_input_that_nobody_reads(void **state)
{
	enum { LEN = 1 << 20 };
	char *text = calloc(1, LEN);
	struct spawn s = plain;
	struct err e;

	(void)state;
	s.input = text;
	s.input_len = LEN;
	assert_int_equal(sh("exec <&-; exit 0", s, NULL, &e), 0);
	free(text);
}

static void test_no_input_is_dev_null(void **state)
{
	struct spawn_result r;
	struct err e;

	(void)state;
	assert_int_equal(sh("readlink /proc/self/fd/0; cat", plain, &r, &e), 0);
	assert_string_equal(r.out, "/dev/null\n");
}

static void test_flood_is_cut_and_does_not_block(void **state)
{
	struct spawn_result r;
	struct err e;

	(void)state;
	assert_int_equal(sh("head -c 3000000 /dev/zero | tr '\\0' y; exit 0", plain, &r, &e), 0);
	assert_int_equal(strlen(r.out), SPAWN_OUTPUT_MAX - 1);
}

static void test_endless_flood_is_stopped_by_the_timeout(void **state)
{
	struct spawn s = plain;
	struct err e;

	(void)state;
	s.timeout_ms = 200;
	assert_int_equal(sh("exec yes", s, NULL, &e), -1);
	assert_non_null(strstr(e.text, "timed out after 200 ms and was killed"));
}

/* Dead is enough: who reaps an orphan, and when, is not ours. */
static bool is_dead(pid_t pid)
{
	char path[64], text[256] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return true;
	if (fgets(text, sizeof(text), f) == NULL)
		text[0] = '\0';
	fclose(f);
	return text[0] == '\0' || strstr(text, ") Z ") != NULL || strstr(text, ") X ") != NULL;
}

static bool dies(pid_t pid)
{
	const struct timespec tick = { .tv_nsec = 10000000 };

	for (double end = seconds() + LONG_S; !is_dead(pid) && seconds() < end;)
		nanosleep(&tick, NULL);
	return is_dead(pid);
}

static void test_timeout_kills_the_whole_group(void **state)
{
	struct spawn s = plain;
	struct spawn_result r = { .out = "" };
	struct err e;
	pid_t grandchild;

	(void)state;
	/* once more where it was too short for the shell to say anything */
	for (s.timeout_ms = 150; r.out[0] == '\0' && s.timeout_ms < LONG_S * 1000; s.timeout_ms *= 2) {
		double begin = seconds();

		assert_int_equal(sh("sleep 1000 & echo $!; wait", s, &r, &e), -1);
		assert_true(seconds() - begin < LONG_S);
	}
	grandchild = (int)strtol(r.out, NULL, 10);
	assert_true(grandchild > 1);
	assert_true(dies(grandchild));
}

/* We are killed while a watched one runs: what it has started goes, too. */
static void test_watched_group_ends_with_us(void **state)
{
	struct spawn s = plain;
	int ends[2];
	pid_t us, grandchild = 0;
	char text[32] = "";

	(void)state;
	assert_int_equal(pipe(ends), 0);
	us = fork();
	if (us == 0) {
		struct err e;

		s.watched = true;
		s.out_fd = ends[1];
		_exit(sh("sleep 1000 & echo $!; wait", s, NULL, &e) == 0);
	}
	close(ends[1]);
	assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
	grandchild = (pid_t)strtol(text, NULL, 10);
	assert_true(grandchild > 1);
	assert_false(is_dead(grandchild));
	assert_int_equal(kill(us, SIGKILL), 0);
	assert_int_equal(waitpid(us, NULL, 0), us);
	assert_true(dies(grandchild));
	close(ends[0]);
}

/* One that ends by itself may leave somebody behind, and no watcher is left either. */
static void test_watched_ends_well(void **state)
{
	struct spawn s = plain;
	struct spawn_result r;
	struct err e;
	pid_t grandchild;

	(void)state;
	s.watched = true;
	assert_int_equal(sh("sleep 1000 & echo $!", s, &r, &e), 0);
	grandchild = (pid_t)strtol(r.out, NULL, 10);
	assert_true(grandchild > 1);
	assert_false(is_dead(grandchild));
	assert_int_equal(kill(grandchild, SIGKILL), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
}

/* A grandchild keeps the output open: we are not to wait for it, which would be until the timeout. */
static void test_grandchild_with_our_pipes_does_not_hold_us(void **state)
{
	struct spawn_result r;
	struct err e;

	(void)state;
	assert_int_equal(sh("sleep 1000 & echo $!", plain, &r, &e), 0);
	assert_int_equal(kill((int)strtol(r.out, NULL, 10), SIGKILL), 0);
}

static void test_own_session(void **state)
{
	struct spawn_result r;
	struct err e;

	(void)state;
	assert_int_equal(sh("awk '{print ($1 == $6)}' /proc/$$/stat", plain, &r, &e), 0);
	assert_string_equal(r.out, "1\n");
}

static void test_no_descriptors_leak(void **state)
{
	int fd = open("/dev/null", O_RDONLY);
	int high = fcntl(fd, F_DUPFD, 100);
	struct spawn_result r;
	struct err e;

	(void)state;
	assert_true(high >= 100);
	assert_int_equal(sh("ls /proc/$$/fd | tr '\\n' ' '", plain, &r, &e), 0);
	assert_null(strstr(r.out, "100"));
	assert_true(strncmp(r.out, "0 1 2 ", 6) == 0);
	close(high);
	close(fd);
}

static void test_signals_are_fresh(void **state)
{
	struct sigaction ign = { .sa_handler = SIG_IGN }, old_term, old_chld;
	sigset_t usr1, old;
	struct spawn_result r;
	struct err e;

	(void)state;
	sigaction(SIGTERM, &ign, &old_term);
	sigaction(SIGCHLD, &ign, &old_chld);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &old);
	assert_int_equal(sh("grep -E 'Sig(Blk|Ign)' /proc/self/status | tr -d '\\n\\t '", plain, &r, &e), 0);
	sigprocmask(SIG_SETMASK, &old, NULL);
	sigaction(SIGTERM, &old_term, NULL);
	sigaction(SIGCHLD, &old_chld, NULL);
	assert_string_equal(r.out, "SigBlk:0000000000000000SigIgn:0000000000000000");
}

static void test_given_descriptors(void **state)
{
	int ends[2];
	struct spawn s = plain;
	struct spawn_result r;
	char text[16] = "";
	struct err e;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	s.out_fd = ends[1];
	s.err_fd = ends[1];
	assert_int_equal(sh("echo a; echo b >&2", s, &r, &e), 0);
	assert_int_equal(read(ends[0], text, sizeof(text) - 1), 4);
	assert_string_equal(text, "a\nb\n");
	assert_string_equal(r.out, "");
	close(ends[0]);
	close(ends[1]);
}

static void test_no_environment_but_what_is_given(void **state)
{
	const char *const argv[] = { "env", NULL };
	const char *const envp[] = { "A=1", NULL };
	struct spawn s = plain;
	struct spawn_result r;
	struct err e;

	(void)state;
	s.path = "/usr/bin/env";
	s.argv = argv;
	s.envp = envp;
	assert_int_equal(spawn_run(&s, &r, &e), 0);
	assert_string_equal(r.out, "A=1\n");
}

/* Engines call us with a PATH of their own, with an empty one, or with none. */
static void test_a_program_is_looked_for_in_path_or_where_systems_have_them(void **state)
{
	static const char *const paths[] = { "/nonexistent::/bin:/usr/bin", "", NULL };
	const char *given = getenv("PATH");
	char *was = given != NULL ? strdup(given) : NULL, to[PATH_MAX];
	struct err e;

	(void)state;
	for (size_t i = 0; i < array_len(paths); i++) {
		assert_int_equal(paths[i] != NULL ? setenv("PATH", paths[i], 1) : unsetenv("PATH"), 0);
		assert_int_equal(spawn_find("sh", to, &e), 0);
		assert_string_equal(strrchr(to, '/'), "/sh");
		assert_int_equal(access(to, X_OK), 0);
	}
	assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
	assert_int_equal(spawn_find("sh", to, &e), -1);
	assert_string_equal(e.text, "the program sh is not installed");
	assert_int_equal(e.kind, ERR_HOST);
	assert_int_equal(was != NULL ? setenv("PATH", was, 1) : unsetenv("PATH"), 0);
	free(was);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends_well),
		cmocka_unit_test(test_without_argv_and_env),
		cmocka_unit_test(test_exit_status_with_output),
		cmocka_unit_test(test_dies_of_a_signal),
		cmocka_unit_test(test_missing_program),
		cmocka_unit_test(test_not_executable),
		cmocka_unit_test(test_last_act_that_fails_is_the_error),
		cmocka_unit_test(test_large_input_is_all_read),
		cmocka_unit_test(test_input_that_nobody_reads),
		cmocka_unit_test(test_no_input_is_dev_null),
		cmocka_unit_test(test_flood_is_cut_and_does_not_block),
		cmocka_unit_test(test_endless_flood_is_stopped_by_the_timeout),
		cmocka_unit_test(test_timeout_kills_the_whole_group),
		cmocka_unit_test(test_watched_group_ends_with_us),
		cmocka_unit_test(test_watched_ends_well),
		cmocka_unit_test(test_grandchild_with_our_pipes_does_not_hold_us),
		cmocka_unit_test(test_own_session),
		cmocka_unit_test(test_no_descriptors_leak),
		cmocka_unit_test(test_signals_are_fresh),
		cmocka_unit_test(test_given_descriptors),
		cmocka_unit_test(test_no_environment_but_what_is_given),
		cmocka_unit_test(test_a_program_is_looked_for_in_path_or_where_systems_have_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
