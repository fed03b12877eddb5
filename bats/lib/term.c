/* SPDX-License-Identifier: Apache-2.0
 *
 * term - a user at a terminal, for the tests:  term run STEP... -- PROGRAM [ARG...]  |  term recv SOCKET STEP...
 *
 * `run` gives PROGRAM a new terminal (33 rows, 99 columns) as standard input, output, error and controlling terminal; its exit
 * code is PROGRAM's, 128 + signal when one killed it. `recv` listens at the unix socket SOCKET (made here; once it is there a file
 * SOCKET.ready says so), accepts one connection, takes the one message with the one descriptor that must come, and plays on that.
 * Steps, one after the other, each with a deadline of 20 seconds:
 *
 *	see:TEXT	wait until TEXT was shown (after what the see before it found)
 *	type:TEXT	type; \r, \n and ^C (as \003) are understood
 *	size:ROWSxCOLS	resize
 *	kill:NUMBER	signal PROGRAM
 *
 * Then everything that is still shown is read to the end. What was shown goes to standard output; the modes of the terminal
 * before and after, when they differ, as a line "modes changed". A step that cannot be done ends with exit code 99.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { DEADLINE_S = 20, SCREEN_MAX = 1 << 20, FAILED = 99 };

struct term {
	int fd;
	pid_t pid; /* -1: none */
	char *screen;
	size_t len, seen;
};

static _Noreturn void fail(const char *what, const char *detail)
{
	(void)fprintf(stderr, "term: %s%s%s\n", what, *detail != '\0' ? ": " : "", detail);
	exit(FAILED);
}

/* Reads what is shown, waiting at most ms. 0 at the end. */
static int look(struct term *t, int ms)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, ms) <= 0)
		return 1;
	if (t->len + 1 >= SCREEN_MAX)
		fail("too much is shown", "");
	n = read(t->fd, t->screen + t->len, SCREEN_MAX - 1 - t->len);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 1;
	if (n <= 0)
		return 0;
	t->len += (size_t)n;
	t->screen[t->len] = '\0';
	return 1;
}

static void see(struct term *t, const char *text)
{
	time_t deadline = time(NULL) + DEADLINE_S;
	const char *at;

	while ((at = strstr(t->screen + t->seen, text)) == NULL) {
		if (!look(t, 100) && strstr(t->screen + t->seen, text) == NULL)
			fail("the end came, not shown", text);
		if (time(NULL) > deadline)
			fail("not shown", text);
	}
	t->seen = (size_t)(at - t->screen) + strlen(text);
}

static void type(struct term *t, const char *text)
{
	char out[1024];
	size_t n = 0;

	for (; *text != '\0' && n < sizeof(out); text++) {
		if (strncmp(text, "\\r", 2) == 0 || strncmp(text, "\\n", 2) == 0) {
			out[n++] = text[1] == 'r' ? '\r' : '\n';
			text++;
		} else if (strncmp(text, "\\003", 4) == 0) {
			out[n++] = 3;
			text += 3;
		} else {
			out[n++] = *text;
		}
	}
	if (write(t->fd, out, n) != (ssize_t)n)
		fail("type", strerror(errno));
}

static void resize(struct term *t, const char *text)
{
	struct winsize size = { 0 };

	if (sscanf(text, "%hux%hu", &size.ws_row, &size.ws_col) != 2 || ioctl(t->fd, TIOCSWINSZ, &size) < 0)
		fail("size", text);
}

static void play(struct term *t, char *const *steps)
{
	for (; *steps != NULL; steps++) {
		const char *text = strchr(*steps, ':');

		if (text == NULL)
			fail("no step", *steps);
		text++;
		if (strncmp(*steps, "see:", 4) == 0)
			see(t, text);
		else if (strncmp(*steps, "type:", 5) == 0)
			type(t, text);
		else if (strncmp(*steps, "size:", 5) == 0)
			resize(t, text);
		else if (strncmp(*steps, "kill:", 5) != 0 || t->pid <= 0 ||
		         kill(t->pid, (int)strtol(text, NULL, 10)) < 0)
			fail("cannot do", *steps);
	}
}

/* To the end of what is shown: of the terminal, or DEADLINE_S after the last step. */
static void watch(struct term *t)
{
	time_t deadline = time(NULL) + DEADLINE_S;

	while (look(t, 100))
		if (time(NULL) > deadline)
			fail("no end", "");
}

static void show(const struct term *t)
{
	(void)fwrite(t->screen, 1, t->len, stdout);
	(void)fflush(stdout);
}

static int ended(struct term *t, int *status)
{
	return waitpid(t->pid, status, WNOHANG) == t->pid;
}

/* The slave stays open here so that its modes can be compared; so PROGRAM's end is the end of what is shown. */
static int run(char *const *steps, char *const *program)
{
	struct term t = { .fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), .screen = calloc(1, SCREEN_MAX) };
	struct termios before, after;
	int slave, status, left = DEADLINE_S * 50;

	if (t.fd < 0 || grantpt(t.fd) < 0 || unlockpt(t.fd) < 0)
		fail("open a terminal", strerror(errno));
	slave = open(ptsname(t.fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
	resize(&t, "33x99");
	(void)tcgetattr(slave, &before);
	t.pid = fork();
	if (t.pid == 0) {
		(void)setsid();
		(void)ioctl(slave, TIOCSCTTY, 0);
		for (int fd = 0; fd < 3; fd++)
			(void)dup2(slave, fd);
		(void)execvp(program[0], program);
		_exit(FAILED);
	}
	play(&t, steps);
	while (!ended(&t, &status))
		if (!look(&t, 20) || --left == 0)
			fail("no end", program[0]);
	(void)look(&t, 0);
	(void)tcgetattr(slave, &after);
	show(&t);
	if (before.c_lflag != after.c_lflag || before.c_iflag != after.c_iflag || before.c_oflag != after.c_oflag)
		(void)printf("modes changed\n");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int take_fd(int conn)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(4 * sizeof(int))];
	} control;
	char text[4096];
	struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) - 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof(control.room)
	};
	ssize_t n = recvmsg(conn, &msg, 0);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	int fd;

	if (c == NULL || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int)))
		fail("one message with one descriptor has to come", "");
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	text[n] = '\0';
	(void)fprintf(stderr, "name %s\n", text);
	if (recv(conn, text, 1, 0) != 0)
		fail("more than one message came", "");
	return fd;
}

static int receive(const char *path, char *const *steps)
{
	struct term t = { .pid = -1, .screen = calloc(1, SCREEN_MAX) };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char ready[256];
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), conn;

	(void)snprintf(ready, sizeof(ready), "%s.ready", path);
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(listener, 1) < 0)
		fail(path, strerror(errno));
	(void)close(open(ready, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	(void)alarm(2 * DEADLINE_S);
	conn = accept(listener, NULL, NULL);
	if (conn < 0)
		fail("accept", strerror(errno));
	t.fd = take_fd(conn);
	play(&t, steps);
	watch(&t);
	show(&t);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "recv") == 0)
		return receive(argv[2], argv + 3);
	for (int i = 2; i + 1 < argc; i++)
		if (strcmp(argv[i], "--") == 0) {
			argv[i] = NULL;
			return run(argv + 2, argv + i + 1);
		}
	fail("term run STEP... -- PROGRAM [ARG...] | term recv SOCKET STEP...", "");
}
