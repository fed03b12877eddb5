/* SPDX-License-Identifier: Apache-2.0
 *
 * sockets - console and agent sockets: whatever their path and the message are, one message with one descriptor comes out, or an
 * error; and a peer that sends what it likes, descriptors too, fills neither memory nor our descriptors
 *
 * The bytes up to the first newline are the name of the socket, the rest is the message.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "life/console.h"
#include "tests/fuzz/fuzz.h"

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Listens at a path of our own, whatever the name is that is then connected to. */
static void hand_over(const char *name, const char *message)
{
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)], got[4096];
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM, 0), peer, fd = -1;
	struct err e;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/s.%d", getenv("FUZZ_TMP") != NULL ? getenv("FUZZ_TMP") : "/tmp",
	               getpid());
	(void)unlink(path);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	require(bind(sock, (struct sockaddr *)&un, sizeof(un)) == 0 && listen(sock, 4) == 0);
	if (name[0] != '/' && console_hand_over(name, message, STDIN_FILENO, &e) < 0)
		require(e.text[0] != '\0');
	if (console_hand_over(path, message, STDIN_FILENO, &e) == 0) {
		peer = accept(sock, NULL, NULL);
		n = fd_recv(peer, got, sizeof(got), &fd);
		require(n >= 0 && (size_t)n <= strlen(message) + 1 &&
		        memcmp(got, message, (size_t)n < strlen(message) ? (size_t)n : strlen(message)) == 0);
		require(message[0] == '\0' || fd >= 0);
		(void)close(peer);
	}
	if (fd >= 0)
		(void)close(fd);
	(void)close(sock);
	(void)unlink(path);
}

/* As many descriptors as the first byte says, beside the bytes. */
static void hostile_peer(const uint8_t *data, size_t size)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int) * 32)];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data, .iov_len = size };
	int sock[2], fds[32] = { 0 }, fd = -1, n = data[0] % 32, before;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	char got[512];

	require(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sock) == 0);
	if (n > 0) {
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)n);
		control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int) * (size_t)n),
			                         .cmsg_level = SOL_SOCKET,
			                         .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.head), fds, sizeof(int) * (size_t)n);
	}
	before = count_fds();
	if (sendmsg(sock[0], &m, MSG_DONTWAIT) >= 0)
		(void)!fd_recv(sock[1], got, sizeof(got), &fd);
	if (fd >= 0)
		(void)close(fd);
	require(count_fds() == before);
	(void)close(sock[0]);
	(void)close(sock[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[512] = "", message[2048] = "";
	const uint8_t *end = memchr(data, '\n', size);
	size_t n = end != NULL ? (size_t)(end - data) : 0, rest = end != NULL ? size - n - 1 : size;

	memcpy(name, data, n < sizeof(name) ? n : sizeof(name) - 1);
	memcpy(message, data + size - rest, rest < sizeof(message) ? rest : sizeof(message) - 1);
	hand_over(name, message);
	if (size > 0)
		hostile_peer(data, size);
	return 0;
}
