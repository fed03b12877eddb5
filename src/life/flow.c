/* SPDX-License-Identifier: Apache-2.0
 *
 * flow - bytes on their way from one descriptor to another, never waiting for either
 */
#include "life/flow.h"

#include <errno.h>
#include <unistd.h>

/* What a pipe that poll(2) calls writable takes without waiting (pipe(7), PIPE_BUF). */
enum { WRITE_MAX = 4096 };

bool flow_wants_read(const struct flow *f)
{
	return f->from >= 0 && !f->ended && f->len == 0;
}

bool flow_wants_write(const struct flow *f)
{
	return f->to >= 0 && f->len > 0;
}

bool flow_read(struct flow *f)
{
	ssize_t n = read(f->from, f->data, FLOW_ROOM);

	f->hung = n < 0 && errno == EIO;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR && errno != EIO))
		f->ended = true;
	if (n <= 0)
		return false;
	f->last = f->data[n - 1];
	f->start = 0;
	f->len = f->broken ? 0 : (size_t)n;
	return true;
}

void flow_write(struct flow *f)
{
	ssize_t n = write(f->to, f->data + f->start, f->len < WRITE_MAX ? f->len : WRITE_MAX);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		/* EIO: a terminal that nobody has open at the moment; the next reader is not to get what was meant for another */
		f->broken = errno != EIO;
		f->len = 0;
		return;
	}
	f->start += (size_t)n;
	f->len -= (size_t)n;
}
