/* SPDX-License-Identifier: Apache-2.0
 *
 * notify - tells our caller's service manager that the container is ready: sd_notify(3)
 */
#include "life/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/log.h"
#include "plan/plan.h"

enum { MESSAGE_MAX = 4096, MESSAGES_MAX = 64, BARRIER_MS = 5000 };

/* Nobody is waited for on behalf of one who is not there: our environment is anybody's. */
const char *notify_wanted(void)
{
	const char *address = getenv("NOTIFY_SOCKET");
	struct stat st;

	if (address == NULL || (address[0] != '/' && address[0] != '@') || address[1] == '\0')
		return NULL;
	if (address[0] == '/' && (stat(address, &st) < 0 || !S_ISSOCK(st.st_mode)))
		return NULL;
	return address;
}

const char *notify_dir(const char *root, const char *id, struct arena *a)
{
	size_t size = strlen(root) + strlen(id) + sizeof("//notify");
	char *path = arena_alloc(a, size);

	if (path != NULL)
		(void)snprintf(path, size, "%s/%s/notify", root, id); /* fits */
	return path;
}

/* The container's processes, whoever they are, look for the socket in it. */
int notify_make_dir(const struct container *c, struct err *e)
{
	if (mkdirat(c->dir_fd, "notify", 0755) < 0 || fchmodat(c->dir_fd, "notify", 0755, 0) < 0)
		return err_sys(e, "make a directory for the notify socket");
	return 0;
}

int notify_open(const struct container *c, struct err *e)
{
	static const char name[] = "notify/" PLAN_NOTIFY_NAME;
	auto_fd int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/%s", c->dir_fd, name); /* always fits */
	if (unlinkat(c->dir_fd, name, 0) < 0 && errno != ENOENT)
		return err_sys(e, "remove an earlier notify socket");
	if (sock < 0 || bind(sock, (const struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    fchmodat(c->dir_fd, name, 0666, 0) < 0)
		return err_sys(e, "make the notify socket");
	return steal_fd(&sock);
}

bool notify_is_ready(const char *text, size_t len)
{
	static const char ready[] = "READY=1";

	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end != NULL ? (size_t)(end - text) : len;

		if (n == strlen(ready) && memcmp(text, ready, n) == 0)
			return true;
		n += end != NULL;
		text += n;
		len -= n;
	}
	return false;
}

bool notify_came(int sock)
{
	char text[MESSAGE_MAX];
	ssize_t n = 0;

	for (int i = 0; n >= 0 && i < MESSAGES_MAX; i++) {
		n = recv(sock, text, sizeof(text), MSG_DONTWAIT); /* descriptors that came along are dropped */
		if (n > 0 && notify_is_ready(text, (size_t)n))
			return true;
	}
	return false;
}

static int connect_abstract(const char *name, struct err *e)
{
	auto_fd int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = strlen(name);

	if (len >= sizeof(addr.sun_path))
		return err_num(e, ENAMETOOLONG, "socket %s", name);
	memcpy(addr.sun_path + 1, name + 1, len - 1);
	if (sock < 0 || connect(sock, (const struct sockaddr *)&addr,
	                        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		return err_sys(e, "connect to socket %s", name);
	return steal_fd(&sock);
}

/*
 * The manager finds out by our process whose message it is: we wait until it has read it (sd_notify_barrier(3)), which closes the
 * writing end of a pipe that it is sent.
 */
static int barrier(int sock, struct err *e)
{
	static const char word[] = "BARRIER=1";
	struct pollfd end = { .events = 0 };
	auto_fd int from = -1, to = -1;
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_sys(e, "pipe");
	from = pair[0];
	to = pair[1];
	end.fd = from;
	if (fd_send(sock, word, sizeof(word) - 1, to) < 0)
		return err_sys(e, "send %s", word);
	fd_drop(&to);
	(void)poll(&end, 1, BARRIER_MS); /* who does not know of barriers closes it, too, or is not waited for */
	return 0;
}

static int tell(const char *address, pid_t pid, struct err *e)
{
	auto_fd int sock = address[0] == '@' ? connect_abstract(address, e) : fd_connect_unix(address, SOCK_DGRAM, e);
	char text[48];
	int n = pid > 0 ? snprintf(text, sizeof(text), "READY=1\nMAINPID=%d\n", pid)
	                : snprintf(text, sizeof(text), "READY=1\n");

	if (sock < 0)
		return -1;
	if (fd_send(sock, text, (size_t)n, -1) < 0)
		return err_sys(e, "send READY=1");
	return pid > 0 ? barrier(sock, e) : 0; /* who stays need not wait */
}

void notify_tell(pid_t pid)
{
	const char *address = notify_wanted();
	struct err e;

	err_clear(&e);
	if (address != NULL && tell(address, pid, &e) < 0)
		log_warn("NOTIFY_SOCKET: %s", e.text);
}

int notify_wait(int sock, int pidfd, pid_t pid, struct err *e)
{
	struct pollfd p[2] = { { .fd = sock, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };

	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return err_sys(e, "wait until the container is ready");
		if ((p[0].revents & POLLIN) != 0 && notify_came(sock)) {
			notify_tell(pid);
			return 0;
		}
		if (p[0].revents == 0 && p[1].revents != 0) /* what it said before it ended counts */
			return 0;
	}
}
