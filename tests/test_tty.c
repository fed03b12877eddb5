/* SPDX-License-Identifier: Apache-2.0
 *
 * test_tty - terminals: only a real devpts is used, and our own is left as it was
 *
 * The proxy is tested for real: a child process has one pty as its own terminal (the user's) and shows there what a grandchild
 * does on another one (the container's).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "base/fd.h"
#include "kernel/sys.h"
#include "kernel/tty.h"
#include "life/console.h"

enum { DEADLINE_S = 60, SCREEN_ROOM = 1 << 16 };

/* --- what is opened in a root --------------------------------------------------------------------------------------- */

static int open_root(const char *path)
{
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* What was written to a terminal may come in pieces. */
static void expect_read(int fd, const char *text)
{
	char got[32] = "";
	size_t used = 0;

	while (used < strlen(text)) {
		ssize_t n = read(fd, got + used, strlen(text) - used);

		assert_true(n > 0);
		used += (size_t)n;
	}
	assert_string_equal(got, text);
}

static void test_a_pair_of_the_hosts_devpts(void **state)
{
	auto_fd int root = open_root("/");
	auto_tty_pair struct tty_pair p = TTY_PAIR_NONE;
	struct err e = { 0 };
	struct winsize size;
	struct termios t;

	(void)state;
	if (access("/dev/pts/ptmx", R_OK | W_OK) != 0) {
		print_message("/dev/pts/ptmx may not be opened\n");
		skip();
	}
	assert_int_equal(tty_open_pair(root, &p, &e), 0);
	assert_true(isatty(p.slave));
	assert_non_null(strstr(p.name, "/dev/pts/"));
	assert_int_equal(tcgetattr(p.slave, &t), 0);
	assert_int_equal(t.c_oflag & ONLCR, 0);
	assert_int_equal(write(p.slave, "a\nb", 3), 3);
	expect_read(p.master, "a\nb");
	assert_int_equal(tty_set_size(p.master, 24, 80, &e), 0);
	assert_int_equal(ioctl(p.slave, TIOCGWINSZ, &size), 0);
	assert_int_equal(size.ws_row, 24);
	assert_int_equal(size.ws_col, 80);
	assert_int_equal(fcntl(p.master, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(p.slave, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

struct root {
	char path[64];
	int fd;
};

static int make_root(void **state)
{
	struct root *r = calloc(1, sizeof(*r));
	char dir[96];

	(void)snprintf(r->path, sizeof(r->path), "/tmp/ocirt-tty-XXXXXX");
	if (mkdtemp(r->path) == NULL)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/dev", r->path);
	if (mkdir(dir, 0755) < 0)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/dev/pts", r->path);
	if (mkdir(dir, 0755) < 0)
		return -1;
	r->fd = open_root(r->path);
	*state = r;
	return r->fd < 0;
}

static int remove_root(void **state)
{
	struct root *r = *state;

	(void)unlinkat(r->fd, "dev/pts/ptmx", 0);
	(void)unlinkat(r->fd, "dev/pts", AT_REMOVEDIR);
	(void)unlinkat(r->fd, "dev", AT_REMOVEDIR);
	(void)close(r->fd);
	(void)rmdir(r->path);
	free(r);
	return 0;
}

static void expect_no_pair(int root, const char *why)
{
	struct tty_pair p = TTY_PAIR_NONE;
	struct err e = { 0 };

	assert_int_equal(tty_open_pair(root, &p, &e), -1);
	assert_non_null(strstr(e.text, why));
	assert_int_equal(p.master, -1);
	assert_int_equal(p.slave, -1);
}

static void test_a_root_without_devpts(void **state)
{
	expect_no_pair(((struct root *)*state)->fd, "No such file or directory");
}

static void test_a_file_in_place_of_ptmx(void **state)
{
	struct root *r = *state;
	int fd = openat(r->fd, "dev/pts/ptmx", O_WRONLY | O_CREAT, 0666);

	assert_true(fd >= 0);
	(void)close(fd);
	expect_no_pair(r->fd, "not on a devpts");
}

static void test_a_fifo_in_place_of_ptmx(void **state)
{
	struct root *r = *state;

	assert_int_equal(mkfifoat(r->fd, "dev/pts/ptmx", 0666), 0);
	expect_no_pair(r->fd, "not on a devpts");
}

static void test_a_symlink_to_the_hosts_ptmx(void **state)
{
	struct root *r = *state;

	assert_int_equal(symlinkat("/dev/pts/../ptmx", r->fd, "dev/pts/ptmx"), 0);
	expect_no_pair(r->fd, "No such file or directory");
}

/* --- the proxy ------------------------------------------------------------------------------------------------------- */

struct pty {
	int master, slave;
};

static struct pty new_pty(void)
{
	struct pty p = { .master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC) };

	assert_true(p.master >= 0);
	assert_int_equal(grantpt(p.master), 0);
	assert_int_equal(unlockpt(p.master), 0);
	p.slave = open(ptsname(p.master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(p.slave >= 0);
	return p;
}

/* What the container does, on descriptors 0 to 2; its result is the exit code. */
struct scene {
	int (*program)(void);
	bool terminal;
	int in, out; /* of the runtime; -1: its terminal */
};

static int program_on(const struct pty *inner, int (*program)(void))
{
	struct err e = { 0 };
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	if (inner->slave >= 0 && tty_become_stdio(inner->slave, &e) < 0)
		return 99;
	(void)close_range(3, ~0U, 0);
	return program();
}

/* The runtime: shows the program in the foreground. */
static int runtime(const struct scene *scene)
{
	auto_console struct console c = CONSOLE_NONE;
	struct pty inner = { -1, -1 };
	struct err e = { 0 };
	int status;
	pid_t pid;

	if (console_begin(&c, scene->terminal, &e) < 0)
		goto fail;
	if (scene->terminal) {
		inner = new_pty();
		if (tty_set_onlcr(inner.master, false, &e) < 0 || console_attach(&c, inner.master, &e) < 0)
			goto fail; /* before the program can say anything, as in life */
	}
	pid = fork();
	if (pid == 0)
		_exit(program_on(&inner, scene->program));
	(void)close(inner.slave);
	if (console_proxy(&c, pid, &status, &e) < 0)
		goto fail;
	return console_exit_code(status);
fail:
	(void)dprintf(STDERR_FILENO, "%s\n", e.text);
	return 98;
}

struct user {
	struct pty tty;
	pid_t runtime;
	char screen[SCREEN_ROOM];
	size_t len;
};

static void start(struct user *u, const struct scene *scene)
{
	struct err e = { 0 };

	u->tty = new_pty();
	assert_int_equal(tty_set_size(u->tty.master, 33, 99, &e), 0);
	u->runtime = fork();
	assert_true(u->runtime >= 0);
	if (u->runtime > 0)
		return;
	(void)alarm(DEADLINE_S);
	(void)setsid();
	if (tty_become_stdio(u->tty.slave, &e) < 0)
		_exit(97);
	if (scene->in >= 0)
		(void)dup2(scene->in, STDIN_FILENO);
	if (scene->out >= 0)
		(void)dup2(scene->out, STDOUT_FILENO);
	(void)close_range(3, ~0U, 0);
	_exit(runtime(scene));
}

/* Reads what is shown on fd until text is there. */
static void wait_for(struct user *u, int fd, const char *text)
{
	time_t deadline = time(NULL) + DEADLINE_S;

	while (strstr(u->screen, text) == NULL) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (time(NULL) > deadline)
			fail_msg("\"%s\" is not shown, but: \"%s\"", text, u->screen);
		if (poll(&p, 1, 100) <= 0)
			continue;
		n = read(fd, u->screen + u->len, sizeof(u->screen) - 1 - u->len);
		if (n <= 0)
			fail_msg("\"%s\" is not shown, but: \"%s\"", text, u->screen);
		u->len += (size_t)n;
		u->screen[u->len] = '\0';
	}
}

static void type(struct user *u, const char *text)
{
	assert_int_equal(write(u->tty.master, text, strlen(text)), strlen(text));
}

/* Waits for the runtime's end; our terminal has to be as it was. */
static int finish(struct user *u, const struct termios *before)
{
	struct termios after;
	int status;

	assert_int_equal(waitpid(u->runtime, &status, 0), u->runtime);
	assert_int_equal(tcgetattr(u->tty.slave, &after), 0);
	assert_int_equal(after.c_lflag, before->c_lflag);
	assert_int_equal(after.c_iflag, before->c_iflag);
	assert_int_equal(after.c_oflag, before->c_oflag);
	(void)close(u->tty.master);
	(void)close(u->tty.slave);
	return console_exit_code(status);
}

static struct termios modes(void)
{
	struct pty p = new_pty();
	struct termios t;

	assert_int_equal(tcgetattr(p.slave, &t), 0);
	(void)close(p.master);
	(void)close(p.slave);
	return t;
}

static int says_hello(void)
{
	(void)dprintf(STDOUT_FILENO, "one\ntwo\n");
	return 7;
}

static void test_output_and_exit_code(void **state)
{
	struct user *u = *state;
	struct termios before = modes();

	start(u, &(struct scene){ says_hello, true, -1, -1 });
	wait_for(u, u->tty.master, "one\r\ntwo\r\n");
	assert_int_equal(finish(u, &before), 7);
	assert_null(strstr(u->screen, "\r\r"));
}

static int tells_size_and_echoes(void)
{
	struct winsize size = { 0 };
	char line[64];
	ssize_t n;

	(void)ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	(void)dprintf(STDOUT_FILENO, "%ux%u\n", size.ws_row, size.ws_col);
	n = read(STDIN_FILENO, line, sizeof(line));
	(void)dprintf(STDOUT_FILENO, "got %.*s", (int)n, line);
	/* a new size comes by a signal, input by a read: either may be first */
	for (int i = 0; size.ws_row == 33 && i < DEADLINE_S * 100; i++) {
		(void)poll(NULL, 0, 10);
		(void)ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	}
	(void)dprintf(STDOUT_FILENO, "%ux%u\n", size.ws_row, size.ws_col);
	return 0;
}

static void test_input_and_window_size(void **state)
{
	struct user *u = *state;
	struct termios before = modes();
	struct err e = { 0 };

	start(u, &(struct scene){ tells_size_and_echoes, true, -1, -1 });
	wait_for(u, u->tty.master, "33x99");
	assert_int_equal(tty_set_size(u->tty.master, 44, 111, &e), 0);
	type(u, "word\r");
	wait_for(u, u->tty.master, "got word");
	wait_for(u, u->tty.master, "44x111");
	assert_int_equal(finish(u, &before), 0);
}

static void on_int(int sig)
{
	(void)sig;
	(void)!write(STDOUT_FILENO, "INT\n", 4);
	_exit(3);
}

static int waits_for_int(void)
{
	struct sigaction act = { .sa_handler = on_int };

	(void)sigaction(SIGINT, &act, NULL);
	(void)dprintf(STDOUT_FILENO, "ready\n");
	(void)sleep(DEADLINE_S);
	return 0;
}

static void test_control_c_goes_to_the_container(void **state)
{
	struct user *u = *state;
	struct termios before = modes();

	start(u, &(struct scene){ waits_for_int, true, -1, -1 });
	wait_for(u, u->tty.master, "ready");
	type(u, "\003");
	wait_for(u, u->tty.master, "INT");
	assert_int_equal(finish(u, &before), 3);
}

static int waits(void)
{
	(void)dprintf(STDOUT_FILENO, "ready\n");
	(void)sleep(DEADLINE_S);
	return 0;
}

static void test_signals_are_passed_on(void **state)
{
	struct user *u = *state;
	struct termios before = modes();

	start(u, &(struct scene){ waits, true, -1, -1 });
	wait_for(u, u->tty.master, "ready");
	assert_int_equal(kill(u->runtime, SIGTERM), 0);
	assert_int_equal(finish(u, &before), 128 + SIGTERM);
}

static void test_signals_are_passed_on_without_terminal(void **state)
{
	struct user *u = *state;
	struct termios before = modes();

	start(u, &(struct scene){ waits_for_int, false, -1, -1 });
	wait_for(u, u->tty.master, "ready");
	assert_int_equal(kill(u->runtime, SIGINT), 0);
	wait_for(u, u->tty.master, "INT");
	assert_int_equal(finish(u, &before), 3);
}

static int writes_much(void)
{
	for (int i = 0; i < 2000; i++)
		(void)dprintf(STDOUT_FILENO, "line %04d\n", i);
	return 0;
}

static void test_nothing_is_lost_at_the_end(void **state)
{
	struct user *u = *state;
	struct termios before = modes();

	start(u, &(struct scene){ writes_much, true, -1, -1 });
	wait_for(u, u->tty.master, "line 1999\r\n");
	assert_int_equal(u->len, 2000 * 11);
	assert_int_equal(finish(u, &before), 0);
}

static void test_a_pipe_gets_plain_newlines(void **state)
{
	struct user *u = *state;
	struct termios before = modes();
	int pair[2];

	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	start(u, &(struct scene){ says_hello, true, -1, pair[1] });
	(void)close(pair[1]);
	wait_for(u, pair[0], "one\ntwo\n");
	(void)close(pair[0]);
	assert_int_equal(finish(u, &before), 7);
}

static void test_a_reader_that_went_away_stops_nothing(void **state)
{
	struct user *u = *state;
	struct termios before = modes();
	int pair[2];

	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	start(u, &(struct scene){ writes_much, true, -1, pair[1] });
	(void)close(pair[1]);
	(void)close(pair[0]);
	assert_int_equal(finish(u, &before), 0);
}

static int reads_all(void)
{
	char line[64];
	ssize_t n;
	int total = 0;

	while ((n = read(STDIN_FILENO, line, sizeof(line))) > 0)
		total += (int)n;
	(void)dprintf(STDOUT_FILENO, "total %d\n", total);
	return 0;
}

static void test_the_end_of_a_pipe_is_the_end_of_input(void **state)
{
	static const char *const texts[] = { "", "line\n", "half", "line\nhalf" };

	for (size_t i = 0; i < array_len(texts); i++) {
		struct user *u = *state;
		struct termios before = modes();
		char expected[32];
		int pair[2];

		memset(u, 0, sizeof(*u));
		assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
		assert_int_equal(write(pair[1], texts[i], strlen(texts[i])), strlen(texts[i]));
		(void)close(pair[1]);
		start(u, &(struct scene){ reads_all, true, pair[0], -1 });
		(void)close(pair[0]);
		(void)snprintf(expected, sizeof(expected), "total %zu", strlen(texts[i]));
		wait_for(u, u->tty.master, expected);
		assert_int_equal(finish(u, &before), 0);
	}
}

static int closes_its_terminal_and_comes_back(void)
{
	(void)dprintf(STDOUT_FILENO, "before\n");
	for (int fd = 0; fd < 3; fd++)
		(void)close(fd);
	(void)poll(NULL, 0, 300);
	if (open("/dev/tty", O_RDWR) < 0)
		return 5;
	(void)dprintf(0, "after\n");
	return 0;
}

static void test_a_terminal_nobody_has_open_for_a_while(void **state)
{
	struct user *u = *state;
	struct termios before = modes();

	start(u, &(struct scene){ closes_its_terminal_and_comes_back, true, -1, -1 });
	wait_for(u, u->tty.master, "before");
	wait_for(u, u->tty.master, "after");
	assert_int_equal(finish(u, &before), 0);
}

static void test_no_terminal_at_all(void **state)
{
	struct user *u = *state;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), pair[2];

	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	u->runtime = fork();
	if (u->runtime == 0) {
		(void)setsid();
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(pair[1], STDOUT_FILENO);
		(void)dup2(pair[1], STDERR_FILENO);
		(void)close_range(3, ~0U, 0);
		_exit(runtime(&(struct scene){ says_hello, true, -1, -1 }));
	}
	(void)close(pair[1]);
	(void)close(null);
	wait_for(u, pair[0], "process.terminal is true, but here is no terminal");
	(void)close(pair[0]);
	assert_int_equal(waitpid(u->runtime, NULL, 0), u->runtime);
}

/* --- handing over ---------------------------------------------------------------------------------------------------- */

/* A path longer than sun_path; a name that alone fills it. */
static void test_one_message_with_one_descriptor(void **state)
{
	static const char *const names[] = {
		"short", "a-name-that-is-so-long-that-together-with-its-directory-it-does-not-fit-into-"
			 "sun-path-of-a-unix-socket-address-whose-room-is-108"
	};
	auto_fd int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct root *r = *state;

	for (size_t i = 0; i < array_len(names); i++) {
		struct sockaddr_un addr = { .sun_family = AF_UNIX };
		int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = -1, conn;
		char path[256], text[64];
		struct err e = { 0 };

		(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%.107s", names[i]);
		(void)snprintf(path, sizeof(path), "%s/%s%.107s", r->path, i > 0 ? "dev/pts/../pts/../pts/../../" : "",
		               names[i]);
		assert_int_equal(fchdir(r->fd), 0);
		assert_int_equal(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
		assert_int_equal(fchdir(here), 0);
		assert_int_equal(listen(listener, 1), 0);
		assert_int_equal(console_hand_over(path, "/dev/pts/0", STDIN_FILENO, &e), 0);
		conn = accept(listener, NULL, NULL);
		assert_int_equal(fd_recv(conn, text, sizeof(text), &fd), strlen("/dev/pts/0"));
		assert_memory_equal(text, "/dev/pts/0", strlen("/dev/pts/0"));
		assert_true(fd >= 0);
		assert_int_equal(fd_recv(conn, text, sizeof(text), NULL), 0);
		(void)close(fd);
		(void)close(conn);
		(void)close(listener);
		assert_int_equal(unlink(path), 0);
	}
}

static void test_what_cannot_work_is_refused(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(console_check(true, true, NULL, &e), -1);
	assert_int_equal(console_check(false, true, "/s", &e), -1);
	assert_int_equal(console_check(true, false, "/s", &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	assert_int_equal(console_check(true, true, "/s", &e), 0);
	assert_int_equal(console_check(true, false, NULL, &e), 0);
	assert_int_equal(console_check(false, true, NULL, &e), 0);
	assert_int_equal(console_check(false, false, NULL, &e), 0);
}

static int new_user(void **state)
{
	*state = calloc(1, sizeof(struct user));
	return *state == NULL;
}

static int drop_user(void **state)
{
	free(*state);
	return 0;
}

#define ROOT_TEST(f) cmocka_unit_test_setup_teardown(f, make_root, remove_root)
#define USER_TEST(f) cmocka_unit_test_setup_teardown(f, new_user, drop_user)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_pair_of_the_hosts_devpts),
		ROOT_TEST(test_a_root_without_devpts),
		ROOT_TEST(test_a_file_in_place_of_ptmx),
		ROOT_TEST(test_a_fifo_in_place_of_ptmx),
		ROOT_TEST(test_a_symlink_to_the_hosts_ptmx),
		USER_TEST(test_output_and_exit_code),
		USER_TEST(test_input_and_window_size),
		USER_TEST(test_control_c_goes_to_the_container),
		USER_TEST(test_signals_are_passed_on),
		USER_TEST(test_signals_are_passed_on_without_terminal),
		USER_TEST(test_nothing_is_lost_at_the_end),
		USER_TEST(test_a_pipe_gets_plain_newlines),
		USER_TEST(test_a_reader_that_went_away_stops_nothing),
		USER_TEST(test_the_end_of_a_pipe_is_the_end_of_input),
		USER_TEST(test_a_terminal_nobody_has_open_for_a_while),
		USER_TEST(test_no_terminal_at_all),
		ROOT_TEST(test_one_message_with_one_descriptor),
		cmocka_unit_test(test_what_cannot_work_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
