/* SPDX-License-Identifier: Apache-2.0
 *
 * buf - a growing text
 */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log_record.h"

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

/* Makes room for len more bytes and a NUL; false when memory ran out, now or before. */
static bool buf_grow(struct buf *b, size_t len)
{
	size_t room = b->room == 0 ? 256 : b->room;
	char *data;

	if (b->failed)
		return false;
	while (room - b->len <= len)
		room *= 2;
	if (room == b->room)
		return true;
	data = realloc(b->data, room);
	if (data == NULL) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->room = room;
	return true;
}

void buf_put(struct buf *b, const void *data, size_t len)
{
	if (!buf_grow(b, len))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0) {
		b->failed = true;
		return;
	}
	if (!buf_grow(b, (size_t)n))
		return;
	(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap); /* measured just before */
	b->len += (size_t)n;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void buf_put_plain(struct buf *b, const char *text)
{
	size_t room = 6 * strlen(text) + 10; /* all escapes, and what log_put_plain keeps free */

	if (!buf_grow(b, room))
		return;
	b->len += log_put_plain(b->data + b->len, room, text);
	b->data[b->len] = '\0';
}

const char *buf_text(const struct buf *b)
{
	if (b->failed)
		return NULL;
	return b->data == NULL ? "" : b->data;
}
