/* SPDX-License-Identifier: Apache-2.0
 *
 * watch - a process that ends a program's group when we end before the program, by whatever
 */
#include "base/watch.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"

enum { WHOLE_GROUP = 1 << 2 }; /* PIDFD_SIGNAL_PROCESS_GROUP (6.9) */

static void end_group(int pidfd, pid_t leader)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, WHOLE_GROUP) < 0 && errno != ESRCH)
		(void)kill(-leader, SIGKILL); /* nobody is left to be told */
}

/* A session of its own: what is meant for our group must not end it. */
static void watch_main(int fd) __attribute__((noreturn));
static void watch_main(int fd)
{
	ssize_t n;
	pid_t leader;
	int pidfd;
	char byte;

	(void)setsid(); /* cannot fail in a fresh child */
	if (dup2(fd, 0) < 0 || fd_close_from(1) < 0 || read(0, &leader, sizeof(leader)) != sizeof(leader))
		_exit(0);
	pidfd = (int)syscall(SYS_pidfd_open, leader, 0);
	do
		n = read(0, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n <= 0) /* else a word: all is well */
		end_group(pidfd, leader);
	_exit(0);
}

int watch_begin(struct watch *w, struct err *e)
{
	int ends[2];
	long pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) /* a pipe would raise SIGPIPE */
		return err_sys(e, "make a socket");
	/* fork(2), but its end is told to nobody: there may be others who wait for any child of theirs */
	pid = syscall(SYS_clone, 0UL, NULL, NULL, NULL, NULL);
	if (pid == 0)
		watch_main(ends[0]);
	(void)close(ends[0]); /* nothing was written to it */
	w->fd = ends[1];
	if (pid < 0) {
		(void)err_sys(e, "fork"); /* -1 is what is returned */
		fd_drop(&w->fd);
		return -1;
	}
	w->pid = (pid_t)pid;
	return 0;
}

void watch_me(int fd)
{
	const pid_t self = getpid();

	(void)!send(fd, &self, sizeof(self), MSG_NOSIGNAL); /* fails when it was killed: then nobody watches */
}

void watch_end(struct watch *w)
{
	if (w->pid > 0) {
		if (kill(w->pid, SIGKILL) < 0)                   /* not reaped yet: the number is its own */
			(void)!send(w->fd, "", 1, MSG_NOSIGNAL); /* then by a word; gone is fine */
		while (waitpid(w->pid, NULL, __WALL) < 0 && errno == EINTR)
			;
		w->pid = 0;
	}
	fd_drop(&w->fd);
}
