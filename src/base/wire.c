/* SPDX-License-Identifier: Apache-2.0
 *
 * wire - numbers and texts in a row, as one process of ours sends them to another on the same machine
 */
#include "base/wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

struct head {
	uint32_t what, len;
};

void wire_put_u32(struct buf *b, uint32_t v)
{
	buf_put(b, &v, sizeof(v));
}

void wire_put_u64(struct buf *b, uint64_t v)
{
	buf_put(b, &v, sizeof(v));
}

void wire_put_bytes(struct buf *b, const void *data, size_t len)
{
	wire_put_u32(b, (uint32_t)len);
	if (len > 0)
		buf_put(b, data, len);
}

void wire_put_text(struct buf *b, const char *text)
{
	wire_put_bytes(b, text, strlen(text) + 1);
}

void wire_put_err(struct buf *b, const struct err *e)
{
	const uint32_t numbers[] = { e->kind, (uint32_t)e->sys, e->placed, e->line, (uint32_t)e->exit_code };

	buf_put(b, numbers, sizeof(numbers));
	wire_put_text(b, e->pointer);
	wire_put_text(b, e->text);
}

/* The next len bytes; NULL when there are not as many. */
static const char *take(struct wire *w, size_t len)
{
	const char *at = w->at;

	if (w->failed || len > (size_t)(w->end - at)) {
		w->failed = true;
		return NULL;
	}
	w->at += len;
	return at;
}

uint32_t wire_u32(struct wire *w)
{
	const char *at = take(w, sizeof(uint32_t));
	uint32_t v = 0;

	if (at != NULL)
		memcpy(&v, at, sizeof(v));
	return v;
}

uint64_t wire_u64(struct wire *w)
{
	const char *at = take(w, sizeof(uint64_t));
	uint64_t v = 0;

	if (at != NULL)
		memcpy(&v, at, sizeof(v));
	return v;
}

const char *wire_bytes(struct wire *w, size_t *len)
{
	const char *at;

	*len = wire_u32(w);
	at = take(w, *len);
	if (at != NULL)
		return at;
	*len = 0;
	return "";
}

const char *wire_text(struct wire *w)
{
	size_t len;
	const char *at = wire_bytes(w, &len);

	if (len > 0 && strnlen(at, len) == len - 1)
		return at;
	w->failed = true;
	return "";
}

size_t wire_count(struct wire *w, size_t each)
{
	size_t n = wire_u32(w);

	if (n <= (size_t)(w->end - w->at) / each)
		return n;
	w->failed = true;
	return 0;
}

void wire_err(struct wire *w, struct err *e)
{
	uint32_t kind;

	err_clear(e);
	kind = wire_u32(w);
	e->kind = kind <= ERR_HOOK ? (enum err_kind)kind : ERR_OTHER;
	e->sys = (int)wire_u32(w);
	e->placed = wire_u32(w) != 0;
	e->line = wire_u32(w);
	e->exit_code = (int)wire_u32(w);
	(void)snprintf(e->pointer, sizeof(e->pointer), "%s", wire_text(w)); /* no longer than it was there */
	(void)snprintf(e->text, sizeof(e->text), "%s", wire_text(w));
}

int wire_send(int sock, uint32_t what, const struct buf *values)
{
	const struct head head = { .what = what, .len = (uint32_t)values->len };
	auto_buf struct buf frame = { 0 };

	if (values->len > WIRE_FRAME_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	buf_put(&frame, &head, sizeof(head));
	buf_put(&frame, buf_text(values), values->len);
	if (buf_text(&frame) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	return fd_send(sock, frame.data, frame.len, -1);
}

/* Exactly so many bytes: 1; 0 when the stream ends instead of the first. */
static int recv_all(int sock, void *data, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = fd_recv(sock, (char *)data + got, len - got, NULL);

		if (n < 0)
			return -1;
		if (n == 0 && got == 0)
			return 0;
		if (n == 0) {
			errno = EPIPE;
			return -1;
		}
		got += (size_t)n;
	}
	return 1;
}

int wire_recv(int sock, uint32_t *what, struct buf *values)
{
	struct head head;
	char piece[4096];
	int r = recv_all(sock, &head, sizeof(head));

	if (r <= 0)
		return r;
	if (head.len > WIRE_FRAME_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	for (size_t left = head.len; left > 0;) { /* memory is taken as bytes come, not as they are announced */
		size_t n = left < sizeof(piece) ? left : sizeof(piece);

		r = recv_all(sock, piece, n);
		if (r == 0)
			errno = EPIPE;
		if (r <= 0)
			return -1;
		buf_put(values, piece, n);
		left -= n;
	}
	if (buf_text(values) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	*what = head.what;
	return 1;
}
