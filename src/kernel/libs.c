/* SPDX-License-Identifier: Apache-2.0
 *
 * libs - what shared libraries do for us, in a process of its own: ocirt-libs
 */
#include "kernel/libs.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/spawn.h"
#include "kernel/libs_blob.h"
#include "kernel/reexec.h"

enum { ANSWER_SECONDS = 120 };

static const char name[] = "ocirt-libs";

static int open_program(struct err *e)
{
	auto_fd int fd = reexec_memory_file(name);

	if (fd < 0 || fd_write_all(fd, libs_blob, libs_blob_size) < 0 || reexec_seal(fd) < 0)
		return err_sys(e, "make a memory file of it");
	return steal_fd(&fd);
}

/* Our end and its own; whoever waits at ours does not wait for ever. */
static int make_sockets(int sock[2], struct err *e)
{
	const struct timeval most = { .tv_sec = ANSWER_SECONDS };

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock) < 0)
		return err_sys(e, "make a pair of sockets");
	if (setsockopt(sock[0], SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most)) < 0 ||
	    setsockopt(sock[0], SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most)) < 0)
		return err_sys(e, "bound the time that a socket waits");
	return 0;
}

static int start(struct libs *l, struct err *e)
{
	const char *const argv[] = { name, NULL };
	auto_fd int program = open_program(e);
	int sock[2] = { -1, -1 }, r;

	if (program < 0)
		return -1;
	r = make_sockets(sock, e);
	if (r == 0)
		r = spawn_beside(&(struct spawn_beside){ .path = name,
		                                         .program = program,
		                                         .argv = argv,
		                                         .std = { sock[1], STDERR_FILENO, STDERR_FILENO } },
		                 &l->pid, e);
	fd_drop(&sock[1]);
	l->sock = sock[0];
	return r;
}

int libs_open(struct libs *l, const char *what, struct err *e)
{
	*l = (struct libs){ .what = what, .sock = -1 };
	if (start(l, e) == 0)
		return 0;
	fd_drop(&l->sock);
	l->pid = 0;
	(void)err_in(e, "what needs %s cannot be started", what);
	e->kind = ERR_HOST;
	e->sys = 0; /* it is the helper's, not that of what is done with it */
	return -1;
}

static int end(struct libs *l)
{
	int status = 0;

	fd_drop(&l->sock);
	while (l->pid > 0 && waitpid(l->pid, &status, 0) < 0 && errno == EINTR)
		;
	l->pid = 0;
	return status;
}

/* It does not answer: it has ended, or is ended now. */
static int lost(struct libs *l, bool late, struct err *e)
{
	char how[SPAWN_END_MAX];

	(void)kill(l->pid, SIGKILL); /* changes nothing about one that has ended */
	spawn_tell_end(end(l), how);
	if (late)
		return err_kind(e, ERR_HOST, "what needs %s does not answer within %d s", l->what, ANSWER_SECONDS);
	return err_kind(e, ERR_HOST, "what needs %s has ended: %s", l->what, how);
}

int libs_call(struct libs *l, enum libs_verb verb, const struct buf *request, struct wire *reply, struct err *e)
{
	uint32_t failed;
	int r;

	*reply = (struct wire){ .failed = true };
	buf_free(&l->reply);
	if (request->failed)
		return err_memory(e);
	if (l->pid == 0)
		return err_kind(e, ERR_HOST, "what needs %s is gone", l->what);
	r = wire_send(l->sock, verb, request) < 0 ? -1 : wire_recv(l->sock, &failed, &l->reply);
	if (r <= 0)
		return lost(l, r < 0 && errno == EAGAIN, e);
	return libs_take(l->what, failed != 0, &l->reply, reply, e);
}

void libs_close(struct libs *l)
{
	(void)end(l);
	buf_free(&l->reply);
}
