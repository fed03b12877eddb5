/* SPDX-License-Identifier: Apache-2.0
 *
 * agent - a seccomp agent for tests:  agent SOCKET DIR
 *
 * Listens at SOCKET. The Nth connection's text goes to DIR/state.N, the number of descriptors that came with it to DIR/fds.N,
 * what proc(5) tells of the first one to DIR/info.N, and the numbers of the calls it is asked about to DIR/calls.N. A text with
 * "errno=NUMBER" makes all of them fail with that errno; any other lets them go on. Ends with SIGTERM.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS = 64, FDS = 8 };

struct client {
	int listener, errnum, calls;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int make_file(const char *dir, const char *name, int n)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.%d", dir, name, n);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		die(path);
	return fd;
}

/* Reads to the end of the stream; the descriptors may only come with the first message. */
static int take_all(int conn, char *text, size_t room, int *fds)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(FDS * sizeof(int))];
	} control;
	size_t used = 0;
	int n_fds = 0;

	for (;;) {
		struct iovec iov = { text + used, room - used - 1 };
		struct msghdr msg = { .msg_iov = &iov,
			              .msg_iovlen = 1,
			              .msg_control = control.room,
			              .msg_controllen = sizeof(control.room) };
		ssize_t n = recvmsg(conn, &msg, MSG_CMSG_CLOEXEC);

		if (n < 0)
			die("recvmsg");
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c != NULL; c = CMSG_NXTHDR(&msg, c)) {
			size_t len = c->cmsg_len - CMSG_LEN(0);

			if (used > 0)
				n_fds += 100; /* too late */
			memcpy(fds + n_fds, CMSG_DATA(c), len);
			n_fds += (int)(len / sizeof(int));
		}
		if (n == 0)
			break;
		used += (size_t)n;
	}
	text[used] = '\0';
	return n_fds;
}

static void note_info(const char *dir, int n, int of)
{
	char path[64], text[1024];
	int from, to = make_file(dir, "info", n);
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", of);
	from = open(path, O_RDONLY | O_CLOEXEC);
	got = from >= 0 ? read(from, text, sizeof(text)) : -1;
	if (got > 0 && write(to, text, (size_t)got) < 0)
		die("write");
	close(from);
	close(to);
}

static void serve(int conn, const char *dir, int n, struct client *c)
{
	static char text[1 << 20];
	int fds[FDS + 200], n_fds = take_all(conn, text, sizeof(text), fds), fd = make_file(dir, "fds", n);
	const char *number = strstr(text, "errno=");

	dprintf(fd, "%d\n", n_fds);
	close(fd);
	c->listener = n_fds > 0 ? fds[0] : -1;
	note_info(dir, n, c->listener);
	c->errnum = number != NULL ? atoi(number + 6) : 0;
	c->calls = make_file(dir, "calls", n);
	fd = make_file(dir, "state", n);
	if (write(fd, text, strlen(text)) < 0)
		die("write");
	close(fd);
	close(conn);
}

static void answer(struct client *c)
{
	struct seccomp_notif_resp resp = { 0 };
	struct seccomp_notif req;

	memset(&req, 0, sizeof(req));
	if (ioctl(c->listener, SECCOMP_IOCTL_NOTIF_RECV, &req) < 0) {
		if (errno == ENOENT || errno == EINTR)
			return;     /* it was killed meanwhile */
		close(c->listener); /* it is no listener, but a pidfd */
		c->listener = -1;
		return;
	}
	dprintf(c->calls, "%d\n", req.data.nr);
	resp.id = req.id;
	resp.error = -c->errnum;
	resp.flags = c->errnum == 0 ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
	(void)ioctl(c->listener, SECCOMP_IOCTL_NOTIF_SEND, &resp); /* the same */
}

int main(int argc, char **argv)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), n = 0;
	struct client clients[CLIENTS];

	if (argc != 3 || sock < 0 || strlen(argv[1]) >= sizeof(addr.sun_path))
		return 2;
	strcpy(addr.sun_path, argv[1]);
	if (bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(sock, 16) < 0)
		die(argv[1]);
	for (;;) {
		struct pollfd p[CLIENTS + 1] = { { .fd = sock, .events = POLLIN } };

		for (int i = 0; i < n; i++)
			p[i + 1] = (struct pollfd){ .fd = clients[i].listener, .events = POLLIN };
		if (poll(p, (nfds_t)n + 1, -1) < 0)
			die("poll");
		for (int i = 0; i < n; i++) {
			if ((p[i + 1].revents & POLLIN) != 0)
				answer(&clients[i]);
			else if (p[i + 1].revents != 0) {
				close(clients[i].listener);
				clients[i].listener = -1;
			}
		}
		if (p[0].revents != 0 && n < CLIENTS) {
			int conn = accept4(sock, NULL, NULL, SOCK_CLOEXEC);

			if (conn < 0)
				die("accept");
			serve(conn, argv[2], n, &clients[n]);
			n++;
		}
	}
}
