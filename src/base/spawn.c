/* SPDX-License-Identifier: Apache-2.0
 *
 * spawn - run another program to its end (hooks, newuidmap), or beside us (criu)
 *
 * vfork(2): the child shares our memory until it executes, so it calls nothing but system calls, and a failure to execute is
 * told through that memory. All signals are blocked around it, so that no handler of ours ever runs in the child.
 * Input is a memory file, not a pipe: nothing has to be fed, so a child that never reads cannot block or SIGPIPE us.
 */
#include "base/spawn.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/libc.h"
#include "base/reason.h"
#include "base/watch.h"

enum { NO_PIDFD_TICK_MS = 10 }; /* kernels before 5.3: how often to look whether the child has ended */

/* What the child of vfork(2) needs, and what it has to say. */
struct child {
	const char *path;
	int program; /* above 0: instead of the path */
	char *const *argv;
	char *const *envp;
	int std[3];
	bool beside;     /* in our session, with descriptors of ours */
	const int *keep; /* which */
	size_t n_keep;
	pid_t parent;
	int (*last)(void *arg, struct err *e);
	void *last_arg;
	struct err *e;
	volatile int failed; /* errno of what could not be done before the program ran; -1: *e tells */
	int watch;           /* -1: not watched */
};

/* One of the child's outputs that is kept. */
struct capture {
	int fd; /* our end of the pipe, -1: not kept or ended */
	char *to;
	size_t used;
};

static int set_std(const int std[3])
{
	int high[3];

	for (int i = 0; i < 3; i++) { /* above 2 first: they may be each other's numbers */
		high[i] = fcntl(std[i], F_DUPFD_CLOEXEC, 3);
		if (high[i] < 0)
			return -1;
	}
	for (int i = 0; i < 3; i++)
		if (dup2(high[i], i) < 0)
			return -1;
	return 0;
}

/* Every signal as a fresh program expects it: default action, nothing blocked. */
static int reset_signals(void)
{
	const sigset_t none = { 0 };

	for (int sig = 1; sig <= SIGNAL_LAST; sig++)
		signal_default(sig);
	return signals_mask(SIG_SETMASK, &none, NULL);
}

/* A helper ends with us, whatever kills us: nobody else knows of it. What it starts itself is watched (watch.h) if asked for. */
static int tie(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -1;
	if (getppid() == parent)
		return 0;
	errno = ESRCH; /* we were killed before the call */
	return -1;
}

static int set_apart(const struct child *c)
{
	if (!c->beside) {
		if (setsid() < 0)
			return -1;
		if (c->watch >= 0)
			watch_me(c->watch);
		return fd_close_from(3);
	}
	if (c->program > 0)
		return fd_cloexec_from(3); /* it is one of them */
	for (size_t i = 0; i < c->n_keep; i++)
		if (fd_set_cloexec(c->keep[i], false) < 0)
			return -1;
	return 0;
}

__attribute__((noreturn, noinline)) static void run_child(struct child *c)
{
	if (tie(c->parent) < 0 || set_std(c->std) < 0 || reset_signals() < 0 || set_apart(c) < 0) {
		c->failed = errno;
		_exit(127);
	}
	if (c->last != NULL && c->last(c->last_arg, c->e) < 0) {
		c->failed = -1;
		_exit(127);
	}
	if (c->program > 0)
		(void)syscall(SYS_execveat, c->program, "", c->argv, c->envp, AT_EMPTY_PATH);
	else
		(void)execve(c->path, c->argv, c->envp); /* both return only when they failed */
	c->failed = errno;
	_exit(127);
}

static pid_t start_child(struct child *c)
{
	sigset_t all, old;
	pid_t pid;
	int num;

	signals_all(&all);
	if (signals_mask(SIG_SETMASK, &all, &old) < 0)
		return -1;
	pid = vfork();
	if (pid == 0)
		run_child(c);
	num = errno;
	(void)signals_mask(SIG_SETMASK, &old, NULL); /* cannot fail: it is the mask we had */
	errno = num;
	return pid;
}

static int open_input(const struct spawn *s)
{
	auto_fd int fd = -1;

	if (s->input == NULL)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || fd_write_all(fd, s->input, s->input_len) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	(void)fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE); /* only to be tidy */
	return steal_fd(&fd);
}

/* A pipe for one output: *child_end is the child's, c->fd ours, non-blocking. */
static int open_capture(int given, struct capture *c, int *child_end)
{
	int ends[2];

	if (given >= 0) {
		*child_end = fcntl(given, F_DUPFD_CLOEXEC, 3);
		return *child_end < 0 ? -1 : 0;
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	c->fd = ends[0];
	*child_end = ends[1];
	return fcntl(c->fd, F_SETFL, O_NONBLOCK);
}

/* Takes what is there; past the room it is read and dropped, so that the child never waits for us. */
static void drain(struct capture *c)
{
	char rest[4096];

	/* a child that floods is not followed for ever: the deadline is looked at in between */
	for (int i = 0; i < 16 && c->fd >= 0; i++) {
		size_t room = SPAWN_OUTPUT_MAX - 1 - c->used;
		ssize_t n = room > 0 ? read(c->fd, c->to + c->used, room) : read(c->fd, rest, sizeof(rest));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			fd_drop(&c->fd);
			return;
		}
		if (room > 0)
			c->used += (size_t)n;
		c->to[c->used] = '\0';
	}
}

/* How long poll(2) may sleep; *late when the deadline has passed. */
static int sleep_ms(int64_t deadline, bool ticking, bool *late)
{
	int64_t left = deadline < 0 ? INT_MAX : deadline - clock_ms();

	*late = left <= 0;
	if (left < 0)
		left = 0;
	if (ticking && left > NO_PIDFD_TICK_MS)
		left = NO_PIDFD_TICK_MS;
	return deadline < 0 && !ticking ? -1 : (int)left;
}

/* 1 when it has ended, -1 with errno. It is not reaped: its number stays its own. */
static int has_ended(pid_t pid)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return errno == EINTR ? 0 : -1;
	return info.si_pid == pid;
}

/* Waits until the child has ended, keeping its output. 1 ended, 0 the deadline passed, -1 with errno. */
static int attend(pid_t pid, struct capture out[2], int64_t deadline)
{
	auto_fd int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	for (;;) {
		struct pollfd p[3] = { { .fd = pidfd, .events = POLLIN },
			               { .fd = out[0].fd, .events = POLLIN },
			               { .fd = out[1].fd, .events = POLLIN } };
		bool late;
		int ended;
		int ms = sleep_ms(deadline, pidfd < 0, &late);

		if (poll(p, 3, ms) < 0 && errno != EINTR)
			return -1;
		drain(&out[0]);
		drain(&out[1]);
		ended = has_ended(pid);
		if (ended < 0)
			return -1;
		if (ended > 0)
			break;
		if (late)
			return 0;
	}
	drain(&out[0]); /* written between our last look and its end; a grandchild may still hold the pipe */
	drain(&out[1]);
	return 1;
}

static void reap(pid_t pid, bool alive, int *status)
{
	if (alive) {
		(void)kill(-pid, SIGKILL); /* setsid(2) made it the leader; ESRCH: nobody left */
		(void)kill(pid, SIGKILL);
	}
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
}

/* Output as one line of an error: no trailing newlines, control bytes written as C does. */
static void put_output(struct buf *b, const char *name, const char *text)
{
	size_t len = strlen(text);

	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	if (len == 0)
		return;
	buf_printf(b, ", %s: ", name);
	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)text[i];

		if (ch == '\n')
			buf_puts(b, "\\n");
		else if (ch < 0x20 || ch == 0x7f)
			buf_printf(b, "\\x%02x", ch);
		else
			buf_put(b, &text[i], 1);
	}
}

static int tell(struct err *e, const char *how, const struct spawn_result *r)
{
	auto_buf struct buf b = { 0 };

	buf_puts(&b, how);
	put_output(&b, "stdout", r->out);
	put_output(&b, "stderr", r->err);
	return err_set(e, "%s", buf_text(&b) != NULL ? buf_text(&b) : how);
}

/* In the middle of a line: the name begins small, but for "CPU time" and "I/O". */
static void tell_signal(int sig, char how[SPAWN_END_MAX])
{
	const char *name = words_of_signal(sig);
	char first = islower((unsigned char)name[1]) ? (char)tolower((unsigned char)name[0]) : name[0];

	(void)snprintf(how, SPAWN_END_MAX, "killed by signal %d (%c%s)", sig, first, name + 1);
}

void spawn_tell_end(int status, char to[SPAWN_END_MAX])
{
	if (WIFSIGNALED(status))
		tell_signal(WTERMSIG(status), to);
	else
		(void)snprintf(to, SPAWN_END_MAX, "exit status %d", WEXITSTATUS(status));
}

static int judge(const struct spawn *s, const struct spawn_result *r, int ended, struct err *e)
{
	char how[SPAWN_END_MAX];

	if (ended != 0 && WIFEXITED(r->status) && WEXITSTATUS(r->status) == 0)
		return 0;
	if (ended == 0)
		(void)snprintf(how, sizeof(how), "timed out after %d ms and was killed", s->timeout_ms);
	else
		spawn_tell_end(r->status, how);
	return tell(e, how, r);
}

static int start_or_tell(struct child *c, pid_t *pid, struct err *e)
{
	c->e = e;
	*pid = start_child(c);
	if (*pid < 0)
		return err_sys(e, "fork for %s", c->path);
	if (c->failed == 0)
		return 0;
	while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
		;
	return c->failed < 0 ? -1 : err_num(e, c->failed, "exec %s", c->path);
}

static int start(const struct spawn *s, struct capture out[2], int watch, pid_t *pid, struct err *e)
{
	auto_fd int in = open_input(s);
	auto_fd int child_out = -1;
	auto_fd int child_err = -1;
	const char *const only_path[] = { s->path, NULL };
	const char *const nothing[] = { NULL };
	struct child c = {
		.path = s->path,
		.argv = (char *const *)(s->argv != NULL ? s->argv : only_path),
		.envp = (char *const *)(s->envp != NULL ? s->envp : nothing),
		.parent = getpid(),
		.last = s->last,
		.last_arg = s->last_arg,
		.watch = watch,
	};

	if (in < 0)
		return err_sys(e, "prepare the input of %s", s->path);
	if (open_capture(s->out_fd, &out[0], &child_out) < 0 || open_capture(s->err_fd, &out[1], &child_err) < 0)
		return err_sys(e, "prepare the output of %s", s->path);
	c.std[0] = in;
	c.std[1] = child_out;
	c.std[2] = child_err;
	return start_or_tell(&c, pid, e);
}

/* A caller's caller may have left SIGCHLD ignored: then there would be nothing to wait for (waitpid(2), ECHILD). */
static void want_children(struct sigaction *old)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };

	if (sigaction(SIGCHLD, NULL, old) == 0 && (old->sa_handler == SIG_IGN || (old->sa_flags & SA_NOCLDWAIT) != 0))
		(void)sigaction(SIGCHLD, &dfl, NULL); /* cannot fail */
}

int spawn_run(const struct spawn *s, struct spawn_result *result, struct err *e)
{
	struct spawn_result r = { 0 };
	struct capture out[2] = { { .fd = -1, .to = r.out }, { .fd = -1, .to = r.err } };
	int64_t deadline = s->timeout_ms < 0 ? -1 : clock_ms() + s->timeout_ms;
	struct watch watch = WATCH_NONE;
	struct sigaction chld;
	pid_t pid = -1;
	int ended = -1;
	int ok;

	want_children(&chld);
	ok = s->watched && watch_begin(&watch, e) < 0 ? err_in(e, "watch over %s", s->path) : 0;
	if (ok == 0)
		ok = start(s, out, watch.fd, &pid, e);
	if (ok == 0) {
		ended = attend(pid, out, deadline);
		if (ended < 0)
			ok = err_sys(e, "wait for %s", s->path);
		watch_end(&watch);
		reap(pid, ended != 1, &r.status);
		if (ended >= 0)
			ok = judge(s, &r, ended, e);
	}
	watch_end(&watch);
	fd_drop(&out[0].fd);
	fd_drop(&out[1].fd);
	(void)sigaction(SIGCHLD, &chld, NULL); /* as it was */
	if (result != NULL)
		*result = r;
	return ok;
}

int spawn_beside(const struct spawn_beside *s, pid_t *pid, struct err *e)
{
	struct child c = {
		.path = s->path,
		.program = s->program,
		.argv = (char *const *)s->argv,
		.envp = environ,
		.std = { s->std[0], s->std[1], s->std[2] },
		.beside = true,
		.keep = s->keep,
		.n_keep = s->n_keep,
		.parent = getpid(),
		.watch = -1,
	};

	return start_or_tell(&c, pid, e);
}

int spawn_find(const char *name, char *to, struct err *e)
{
	const char *path = getenv("PATH");

	if (path == NULL || *path == '\0')
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; /* engines may call us without one */
	while (*path != '\0') {
		size_t len = strcspn(path, ":");
		int n = snprintf(to, PATH_MAX, "%.*s/%s", (int)len, path, name);

		if (len > 0 && n < PATH_MAX && access(to, X_OK) == 0)
			return 0;
		path += len + (path[len] == ':');
	}
	return err_kind(e, ERR_HOST, "the program %s is not installed", name);
}
