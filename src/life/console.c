/* SPDX-License-Identifier: Apache-2.0
 *
 * console - who holds the container's terminal: a socket's owner, or we ourselves in the foreground
 */
#include "life/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/libc.h"
#include "kernel/sys.h"
#include "kernel/tty.h"
#include "life/flow.h"
#include "life/notify.h"

int console_check(bool terminal, bool detach, const char *socket, struct err *e)
{
	if (terminal && detach && socket == NULL)
		return err_kind(e, ERR_USAGE,
		                "process.terminal is true and nobody would hold it: give --console-socket");
	if (socket != NULL && !terminal)
		return err_kind(e, ERR_USAGE, "--console-socket is given, but process.terminal is not true");
	if (socket != NULL && !detach)
		return err_kind(e, ERR_USAGE,
		                "--console-socket needs --detach: in the foreground the terminal is ours");
	return 0;
}

int console_hand_over(const char *socket, const char *name, int fd, struct err *e)
{
	auto_fd int sock = fd_connect_unix(socket, SOCK_STREAM, e);

	if (sock < 0)
		return -1;
	return fd_send(sock, name, strlen(name), fd) < 0 ? err_sys(e, "send to %s", socket) : 0;
}

/*
 * Not held back: those that say that we ourselves are broken (SIGSEGV and the like), and those by which a shell stops a background
 * process that uses the terminal. SIGPIPE is held back and forgotten.
 */
static void held_signals(sigset_t *set)
{
	static const int ours[] = {
		SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGTTIN, SIGTTOU, SIGURG
	};

	signals_all(set);
	for (size_t i = 0; i < array_len(ours); i++)
		(void)sigdelset(set, ours[i]); /* cannot fail */
}

int console_begin(struct console *c, bool terminal, struct err *e)
{
	sigset_t held;

	if (terminal) {
		c->own = tty_find_own();
		if (c->own < 0)
			return err_sys(e, "process.terminal is true, but here is no terminal: "
			                  "not on standard input, output or error, and /dev/tty");
	}
	held_signals(&held);
	if (signals_mask(SIG_BLOCK, &held, &c->old_mask) < 0)
		return err_sys(e, "hold back signals");
	c->masked = true;
	c->signals = signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
	return c->signals < 0 ? err_sys(e, "signalfd") : 0;
}

static int make_raw(struct console *c, struct err *e)
{
	if (!isatty(STDIN_FILENO) || c->raw)
		return 0;
	if (tty_raw(STDIN_FILENO, &c->saved, e) < 0)
		return -1;
	c->raw = true;
	return 0;
}

int console_attach(struct console *c, int master, struct err *e)
{
	c->master = master;
	if (fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return err_sys(e, "make the terminal not wait");
	if (tty_copy_size(c->own, master, e) < 0 || make_raw(c, e) < 0)
		return -1;
	/* Ours shows bytes as they are now, so that the container's has to turn newlines. A file or pipe gets them plain. */
	return c->raw && isatty(STDOUT_FILENO) ? tty_set_onlcr(master, true, e) : 0;
}

/* One run of console_proxy. */
struct proxy {
	struct console *c;
	pid_t pid;
	bool ended; /* pid is reaped, its status known */
	bool leave; /* a signal came after that: do not wait for a slow reader any more */
	int status;
	bool told_end; /* the end of our input went to the container */
	struct flow in, out;
};

enum {
	HUNG_MS = 100,
	REST_MAX = 1 << 20, /* more than a terminal holds */
};

static int reap(struct proxy *p, struct err *e)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0 || (pid < 0 && errno == EINTR))
		if (pid == p->pid) {
			p->ended = true;
			p->status = status;
		}
	if (pid < 0 && errno == ECHILD && !p->ended)
		return err_set(e, "process %d is not ours to wait for", (int)p->pid);
	return 0;
}

/* After a stop our shell may have changed our terminal's modes and size. */
static int again(struct proxy *p, struct err *e)
{
	if (p->c->master < 0)
		return 0;
	if (p->c->raw) {
		struct termios ignored;

		if (tty_raw(STDIN_FILENO, &ignored, e) < 0)
			return -1;
	}
	return tty_copy_size(p->c->own, p->c->master, e);
}

static int one_signal(struct proxy *p, int sig, struct err *e)
{
	if (sig == SIGCHLD)
		return reap(p, e);
	if (sig == SIGPIPE)
		return 0;
	if (sig == SIGWINCH && p->c->master >= 0)
		return tty_copy_size(p->c->own, p->c->master, e);
	if (sig == SIGCONT && again(p, e) < 0)
		return -1;
	if (p->ended)
		p->leave = true;
	else
		(void)kill(p->pid, sig); /* a child not reaped yet: the number is its own */
	return 0;
}

static int take_signals(struct proxy *p, struct err *e)
{
	struct signalfd_siginfo info;

	while (read(p->c->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (one_signal(p, (int)info.ssi_signo, e) < 0)
			return -1;
	return 0;
}

/* Input that is no terminal has an end, and a program that reads a terminal knows it by a byte; after half a line by two. */
static void tell_end(struct proxy *p)
{
	unsigned char byte = tty_eof_byte(p->c->master);
	bool half = p->in.last != '\0' && p->in.last != '\n';

	if (!p->in.ended || p->in.len > 0 || p->told_end || p->c->raw)
		return;
	p->told_end = true;
	if (byte == 0)
		return;
	p->in.data[0] = p->in.data[1] = (char)byte;
	p->in.start = 0;
	p->in.len = half ? 2 : 1;
}

static short wanted(bool read, bool write)
{
	return (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0));
}

static void heed_notify(struct proxy *p)
{
	if (p->c->notify < 0 || !notify_came(p->c->notify))
		return;
	notify_tell(0);
	fd_drop(&p->c->notify);
}

/* Waits for something to do, does it. */
static int turn(struct proxy *p, struct err *e)
{
	struct pollfd fds[] = {
		{ .fd = p->c->signals, .events = POLLIN },
		{ .fd = p->ended ? -1 : p->in.from, .events = wanted(flow_wants_read(&p->in), false) },
		{ .fd = p->c->master,
		  .events = wanted(flow_wants_read(&p->out) && !p->out.hung, flow_wants_write(&p->in)) },
		{ .fd = p->out.to, .events = wanted(false, flow_wants_write(&p->out)) },
		{ .fd = p->c->notify, .events = POLLIN },
	};

	for (size_t i = 1; i < array_len(fds); i++)
		if (fds[i].events == 0)
			fds[i].fd = -1; /* or its POLLHUP would keep us awake */
	if (poll(fds, array_len(fds), p->out.hung ? HUNG_MS : -1) < 0 && errno != EINTR)
		return err_sys(e, "wait for the container");
	if ((fds[0].revents & POLLIN) != 0 && take_signals(p, e) < 0)
		return -1;
	if (fds[1].revents != 0 && flow_wants_read(&p->in) && !flow_read(&p->in) && p->in.hung)
		p->in.ended = true;
	if (fds[2].revents != 0 && flow_wants_write(&p->in))
		flow_write(&p->in);
	if ((fds[2].revents != 0 || p->out.hung) && flow_wants_read(&p->out))
		(void)flow_read(&p->out); /* what happened is in the flow */
	if (fds[3].revents != 0 && flow_wants_write(&p->out))
		flow_write(&p->out);
	if ((fds[4].revents & POLLIN) != 0)
		heed_notify(p);
	tell_end(p);
	return 0;
}

/* The process has ended: what lies in the terminal is shown, but nobody else who has it open is waited for. */
static int rest(struct proxy *p, struct err *e)
{
	size_t total = 0;

	p->in.from = -1;
	p->in.len = 0;
	while (!p->leave && total < REST_MAX) {
		if (p->out.len == 0 && !flow_read(&p->out))
			return 0;
		p->out.hung = false;
		total += p->out.len;
		if (p->out.len > 0 && turn(p, e) < 0)
			return -1;
	}
	return 0;
}

static int relay(struct proxy *p, struct err *e)
{
	while (!p->ended)
		if (turn(p, e) < 0)
			return -1;
	heed_notify(p); /* what it said before it ended counts */
	return p->c->master >= 0 ? rest(p, e) : 0;
}

int console_proxy(struct console *c, pid_t pid, int *status, struct err *e)
{
	struct proxy p = { .c = c, .pid = pid, .in = { .from = -1, .to = -1 }, .out = { .from = -1, .to = -1 } };
	auto_free char *room = NULL;
	auto_fd int in = -1, out = -1;

	if (c->master >= 0) {
		room = malloc(2 * (size_t)FLOW_ROOM);
		if (room == NULL)
			return err_memory(e);
		p.in.data = room;
		p.out.data = room + FLOW_ROOM;
		in = tty_reopen(STDIN_FILENO, O_RDONLY);
		out = tty_reopen(STDOUT_FILENO, O_WRONLY);
		if (in < 0 || out < 0)
			return err_sys(e, "copy standard input and output");
		p.in.from = in;
		p.out.to = out;
		p.in.to = p.out.from = c->master;
	}
	if (reap(&p, e) < 0 || relay(&p, e) < 0)
		return -1;
	*status = p.status;
	return 0;
}

/* What still waits would be delivered, and could end us, as soon as the mask is gone. */
static void drop_signals(int fd)
{
	struct signalfd_siginfo info;

	while (fd >= 0 && read(fd, &info, sizeof(info)) > 0)
		;
}

/* SIGTTOU would stop us if we were in the background by now. */
static void end_raw(struct console *c)
{
	sigset_t ttou;

	(void)sigemptyset(&ttou); /* as the next two: valid arguments */
	(void)sigaddset(&ttou, SIGTTOU);
	(void)signals_mask(SIG_BLOCK, &ttou, NULL);
	tty_restore(STDIN_FILENO, &c->saved);
	c->raw = false;
}

void console_end(struct console *c)
{
	if (c->raw)
		end_raw(c);
	drop_signals(c->signals);
	if (c->masked)
		(void)signals_mask(SIG_SETMASK, &c->old_mask, NULL); /* it was a valid mask */
	c->masked = false;
	fd_drop(&c->master);
	fd_drop(&c->notify);
	fd_drop(&c->signals);
	fd_drop(&c->own);
}

int console_exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
