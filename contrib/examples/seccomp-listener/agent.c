/* SPDX-License-Identifier: Apache-2.0
 *
 * agent - answers the mkdir(2) calls of one container:  agent SOCKET DIRECTORY
 *
 * The runtime connects to SOCKET and sends one message: a text (the state of the container, as JSON, with listenerMetadata) and with it
 * the listener, a descriptor. From it come the calls (seccomp_unotify(2)); each thread that makes one waits for the answer. The directory
 * /wish is made, by us, in DIRECTORY; all others fail with EPERM. Nothing is ever allowed to "go on": between our look at the name
 * and the kernel's own the program could have changed it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 1) < 0)
		die(path);
	return fd;
}

/* The descriptor that comes with the runtime's message; the text is not looked at here. */
static int take_listener(int conn)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	char text[65536];
	struct iovec iov = { text, sizeof(text) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof(control.room)
	};
	const struct cmsghdr *c;
	int fd;

	if (recvmsg(conn, &msg, MSG_CMSG_CLOEXEC) < 0 || (c = CMSG_FIRSTHDR(&msg)) == NULL ||
	    c->cmsg_type != SCM_RIGHTS)
		die("no listener came");
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* The text at an address of the program. It may end while we read: who uses what was read asks SECCOMP_IOCTL_NOTIF_ID_VALID. */
static void read_name(int listener, const struct seccomp_notif *call, char *name, size_t room)
{
	unsigned long address = call->data.args[call->data.nr == SYS_mkdirat ? 1 : 0];
	char path[64];
	ssize_t n;
	int mem;

	snprintf(path, sizeof(path), "/proc/%u/mem", call->pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	n = mem < 0 ? -1 : pread(mem, name, room - 1, (off_t)address);
	if (n < 0 || ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->id) < 0)
		n = 0;
	name[n] = '\0';
	if (mem >= 0)
		close(mem);
}

static void answer(int listener, const struct seccomp_notif *call, int dir)
{
	struct seccomp_notif_resp resp = { .id = call->id, .error = -EPERM };
	char name[256];

	read_name(listener, call, name, sizeof(name));
	if (strcmp(name, "/wish") == 0)
		resp.error = mkdirat(dir, "wish", 0755) < 0 ? -errno : 0;
	printf("agent: mkdir %s: %s\n", name, resp.error == 0 ? "made" : strerror(-resp.error));
	fflush(stdout);
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp) < 0 && errno != ENOENT)
		die("answer");
}

int main(int argc, char **argv)
{
	struct seccomp_notif call;
	int dir, listener;

	if (argc != 3)
		return 2;
	dir = open(argv[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		die(argv[2]);
	listener = take_listener(accept(listen_at(argv[1]), NULL, NULL));
	for (;;) {
		memset(&call, 0, sizeof(call));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) == 0)
			answer(listener, &call, dir);
		else if (errno != EINTR)
			return errno == ENOENT ? 0 : 1; /* all that had the filter have ended */
	}
}
