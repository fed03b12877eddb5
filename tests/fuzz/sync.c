/* SPDX-License-Identifier: Apache-2.0
 *
 * sync - messages between a runtime process and the init stage, and to whoever waits at the start socket, from a hostile peer
 *
 * A message is a byte of length (times 20), a byte whose low bit says that a descriptor comes along, and the bytes.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/sync.h"
#include "tests/fuzz/fuzz.h"

static const uint8_t *send_one(int sock, const uint8_t *p, const uint8_t *end)
{
	size_t len = (size_t)p[0] * 20;
	int fd = (p[1] & 1) ? STDIN_FILENO : -1;

	p += 2;
	len = len < (size_t)(end - p) ? len : (size_t)(end - p);
	(void)!fd_send(sock, p, len, fd); /* a full socket is the peer's own fault */
	return p + len;
}

static void receive_all(int sock)
{
	struct sync_msg m;
	struct err e;
	int r;

	do {
		err_clear(&e);
		r = sync_recv(sock, &m, &e);
		if (r == 1) {
			require(sync_name(m.type) != NULL && m.len <= sizeof(m.payload));
			require(m.len == sizeof(m.payload.text) ||
			        memchr(m.payload.text, '\0', sizeof(m.payload.text)) != NULL);
			if (m.fd >= 0)
				(void)close(m.fd);
		} else if (r < 0) {
			require(e.text[0] != '\0' || e.placed);
			require(memchr(e.text, '\0', sizeof(e.text)) && memchr(e.pointer, '\0', sizeof(e.pointer)));
		}
	} while (r != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *p = data, *end = data + size;
	int sock[2];
	struct err e;

	require(sync_pair(sock, &e) == 0);
	for (int n = 0; n < 8 && p + 2 < end; n++)
		p = send_one(sock[0], p, end);
	(void)close(sock[0]);
	receive_all(sock[1]);
	(void)close(sock[1]);
	return 0;
}
