/* SPDX-License-Identifier: Apache-2.0
 *
 * notify - what a container says at its notify socket: of whatever comes, descriptors too, READY=1 alone is passed on, in our words
 *
 * Bytes as the datagrams of tests/fuzz/sync.c: a byte of length (times 20), a byte that tells how many descriptors come along, the bytes.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "life/notify.h"
#include "tests/fuzz/fuzz.h"

enum { FDS_MAX = 8, MESSAGES_MAX = 16, MESSAGE_MAX = 255 * 20, NOTICED_MAX = 4096 };

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 64; fd++)
		n += dup2(fd, fd) >= 0;
	return n;
}

static void say(int sock, const uint8_t *text, size_t len, size_t n)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int) * FDS_MAX)];
	} control = { .room = { 0 } };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)text, .iov_len = len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n > 0) { /* all of them standard input */
		control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int) * n),
			                         .cmsg_level = SOL_SOCKET,
			                         .cmsg_type = SCM_RIGHTS };
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * n);
	}
	require(sendmsg(sock, &m, MSG_DONTWAIT) == (ssize_t)len);
}

/* The same asked another way. */
static bool has_line(const uint8_t *text, size_t len)
{
	static const char line[] = "\nREADY=1\n";
	char all[MESSAGE_MAX + 2];

	all[0] = all[len + 1] = '\n';
	memcpy(all + 1, text, len);
	return memmem(all, len + 2, line, sizeof(line) - 1) != NULL;
}

/* What the manager gets for it is the same each time. */
static void pass_on(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int manager = socket(AF_UNIX, SOCK_DGRAM, 0);
	char got[256];
	ssize_t n;

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s/n.%d",
	               getenv("FUZZ_TMP") != NULL ? getenv("FUZZ_TMP") : "/tmp", getpid());
	(void)unlink(un.sun_path);
	require(bind(manager, (struct sockaddr *)&un, sizeof(un)) == 0 && setenv("NOTIFY_SOCKET", un.sun_path, 1) == 0);
	notify_tell(0);
	n = recv(manager, got, sizeof(got), MSG_DONTWAIT);
	require(n == 8 && memcmp(got, "READY=1\n", 8) == 0);
	(void)close(manager);
	(void)unlink(un.sun_path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *p = data, *end = data + size;
	int sock[2], before;

	require(socketpair(AF_UNIX, SOCK_DGRAM, 0, sock) == 0);
	before = count_fds();
	require(!notify_came(sock[1])); /* nothing waits, and nobody is waited for */
	for (int i = 0; i < MESSAGES_MAX && p + 2 < end; i++) {
		size_t len = (size_t)p[0] * 20, n = p[1] % FDS_MAX;
		bool ready;

		p += 2;
		len = len < (size_t)(end - p) ? len : (size_t)(end - p);
		say(sock[0], p, len, n);
		ready = notify_came(sock[1]);
		require(ready == has_line(p, len < NOTICED_MAX ? len : NOTICED_MAX));
		if (ready && i == 0)
			pass_on();
		p += len;
	}
	require(count_fds() == before);
	(void)close(sock[0]);
	(void)close(sock[1]);
	return 0;
}
