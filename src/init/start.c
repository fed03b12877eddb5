/* SPDX-License-Identifier: Apache-2.0
 *
 * start - the steps in which the init stage and a runtime process wait for each other: hooks, created, start, terminal
 */
#include "init/start.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>

#include "base/libc.h"
#include "base/trace.h"
#include "init/exec.h"
#include "init/hookrun.h"
#include "init/init.h"
#include "init/self.h"
#include "init/steps_fs.h"
#include "init/steps_self.h"
#include "init/sync.h"
#include "kernel/guard.h"
#include "kernel/reexec.h"
#include "kernel/tty.h"

int init_runtime_hooks(void *ctx, struct err *e)
{
	const struct init_ctx *c = ctx;

	if (c->plan->hooks[HOOK_PRESTART].n == 0 && c->plan->hooks[HOOK_CREATE_RUNTIME].n == 0)
		return 0;
	if (sync_send(c->sock, SYNC_HOOKS, NULL, 0, -1, e) < 0)
		return -1;
	return sync_expect(c->sock, SYNC_HOOKED, NULL, e);
}

static int run_hooks(struct init_ctx *c, enum plan_hook_point point, int (*last)(void *arg, struct err *e),
                     struct err *e)
{
	struct hook_input input;

	if (c->plan->hooks[point].n == 0)
		return 0;
	if (hook_state(&c->intent, OCI_STATUS_CREATED, c->host_pid, c->arena, &input, e) < 0)
		return -1;
	input.output = &c->hook_output;
	input.last = last;
	input.last_arg = c;
	return hooks_run(&c->plan->hooks[point], point, &input, false, e);
}

int init_create_container_hooks(void *ctx, struct err *e)
{
	return run_hooks(ctx, HOOK_CREATE_CONTAINER, NULL, e);
}

/* Hooks that give no environment have that of the program, as runc's users know it (the specification leaves it open). */
static int lend_environment(struct init_ctx *c, struct plan_hooks *hooks, struct err *e)
{
	struct plan_hook *own = arena_alloc(c->arena, hooks->n * sizeof(*own) + 1);

	if (own == NULL)
		return err_memory(e);
	if (init_self_environment(c, e) < 0)
		return -1;
	for (size_t i = 0; i < hooks->n; i++) {
		own[i] = hooks->hook[i];
		if (own[i].bare)
			own[i].envp = c->self->env;
	}
	hooks->hook = own;
	return 0;
}

int init_start_container_hooks(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	struct plan_hooks *hooks = &c->plan->hooks[HOOK_START_CONTAINER];

	if (hooks->n > 0 && c->process != NULL && lend_environment(c, hooks, e) < 0)
		return -1;
	return run_hooks(c, HOOK_START_CONTAINER, init_self_confine, e);
}

/* A session of our own in any case: the caller's terminal must not be ours to push input into (TIOCSTI). */
static int lead_session(struct err *e)
{
	if (setsid() < 0 && errno != EPERM) /* EPERM: we lead one already */
		return err_sys(e, "start a session");
	return 0;
}

int init_terminal(void *ctx, struct err *e)
{
	auto_tty_pair struct tty_pair pair = TTY_PAIR_NONE;
	struct init_ctx *c = ctx;
	const struct plan_process *p = c->process;

	if (lead_session(e) < 0)
		return -1;
	if (p == NULL || !p->terminal)
		return 0;
	if (tty_open_pair(c->root_fd, &pair, e) < 0 || tty_chown(pair.slave, p->uid, e) < 0)
		return -1;
	if ((p->rows != 0 || p->cols != 0) && tty_set_size(pair.master, p->rows, p->cols, e) < 0)
		return -1;
	if (c->mode == INIT_CREATE && init_fs_console(c, pair.slave, e) < 0)
		return -1;
	if (sync_send(c->sock, SYNC_CONSOLE, pair.name, strlen(pair.name) + 1, pair.master, e) < 0)
		return -1;
	return tty_become_stdio(pair.slave, e);
}

/* One `ocirt start` that connected: 1 when it said START. One that was killed before is forgotten. */
static int serve(struct init_ctx *c, int conn, struct err *e)
{
	auto_fd int trace = -1;
	struct err ignored;
	int r = sync_expect(conn, SYNC_START, &trace, &ignored);

	if (r < 0) {
		(void)close(conn); /* the next one may do better */
		return 0;
	}
	c->start_conn = conn;
	fd_drop(&c->start_sock);
	if (trace >= 0 && trace_map(trace, &c->trace, e) < 0)
		return -1;
	return 1;
}

/* What accept4(2) fails with because of the caller or of the host's state, not of ours: nobody is left to be told, so we stay. */
static reexec_waits bool passes(int num)
{
	const struct timespec pause = { .tv_nsec = 10000000 };

	if (num == EINTR || num == ECONNABORTED)
		return true;
	if (num != ENOMEM && num != ENOBUFS && num != EMFILE && num != ENFILE && num != EPERM)
		return false;
	(void)nanosleep(&pause, NULL); /* early is fine */
	return true;
}

/*
 * As the first process of a pid namespace we get none of the signals that are not handled (pid_namespaces(7)); blocked ones we do get, and
 * end by them, as any other process would.
 */
static int watch_signals(int *fd, struct err *e)
{
	static const int no_end[] = { SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH };
	sigset_t set;

	signals_all(&set);
	for (size_t i = 0; i < array_len(no_end); i++)
		(void)sigdelset(&set, no_end[i]); /* cannot fail */
	if (signals_mask(SIG_BLOCK, &set, NULL) < 0)
		return err_sys(e, "block signals");
	*fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *fd < 0 ? err_sys(e, "watch signals") : 0;
}

static reexec_waits void end_by_signal(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) == sizeof(info))
		_exit(128 + (int)info.ssi_signo);
}

/* For a time that may be long: nothing is held open that the end of it can open again. */
static reexec_waits int wait_at_socket(struct init_ctx *c, int signals, struct err *e)
{
	init_self_let_go(c);
	reexec_shed();
	for (;;) {
		struct pollfd p[] = { { .fd = c->start_sock, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
		int conn, r;

		if (poll(p, array_len(p), -1) < 0 && !passes(errno))
			return err_sys(e, "wait at the start socket");
		end_by_signal(signals);
		conn = p[0].revents != 0 ? accept4(c->start_sock, NULL, NULL, SOCK_CLOEXEC) : -1;
		if (conn < 0 && (p[0].revents == 0 || passes(errno)))
			continue;
		if (conn < 0)
			return err_sys(e, "wait at the start socket");
		r = serve(c, conn, e);
		if (r != 0)
			return r < 0 ? -1 : init_self_take_back(c, e);
	}
}

/* What the runtime says of a container that is made. */
static own_frame int next_word(const struct init_ctx *c, enum sync_type *word, struct err *e)
{
	struct sync_msg m;
	int r = sync_recv(c->sock, &m, e);

	if (r <= 0)
		return r < 0 ? -1 : err_set(e, "the runtime ended before the container was recorded");
	fd_drop(&m.fd);
	*word = m.type;
	return 0;
}

int init_wait_start(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	auto_fd int signals = -1;
	enum sync_type word;

	if (c->start_sock >= 0 &&
	    watch_signals(&signals, e) < 0) /* what can fail does so before the container is there */
		return -1;
	/* From here on only the end of the socket tells that the runtime died: COMMIT may be its last act, read after its end. */
	if (guard_part(e) < 0 || sync_send(c->sock, SYNC_CREATED, NULL, 0, -1, e) < 0)
		return -1;
	if (next_word(c, &word, e) < 0)
		return -1;
	switch (word) {
	case SYNC_START: c->start_conn = steal_fd(&c->sock); return 0;
	case SYNC_COMMIT: fd_drop(&c->sock); return wait_at_socket(c, signals, e);
	case SYNC_NONE:
	case SYNC_MAPPED:
	case SYNC_SOURCE:
	case SYNC_OPENED:
	case SYNC_IDMAP:
	case SYNC_IDMAPPED:
	case SYNC_NETWORK:
	case SYNC_GO:
	case SYNC_FORKED:
	case SYNC_NETDEVS:
	case SYNC_MOVED:
	case SYNC_CONSOLE:
	case SYNC_HOOKS:
	case SYNC_HOOKED:
	case SYNC_SECCOMP:
	case SYNC_CREATED:
	case SYNC_EXECING:
	case SYNC_FAILED:
	case SYNC_TYPES: break;
	}
	return err_set(e, "received %s, expected COMMIT or START", sync_name(word));
}

int init_execute(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;

	if (c->process == NULL)
		return err_kind(e, ERR_CONFIG, "config.json has no process to start");
	/* Told before the filter is in force: it may forbid the sending. What fails after it is told in words all the same (fd_send: by write(2)). */
	if (sync_send(c->start_conn, SYNC_EXECING, NULL, 0, -1, e) < 0)
		return -1;
	if (init_self_finish(c, e) < 0)
		return -1;
	return init_self_exec(c, e);
}
