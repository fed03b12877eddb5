/* SPDX-License-Identifier: Apache-2.0
 *
 * buf - a growing text
 *
 * Zeroed is empty. Running out of memory makes it `failed`: later calls do nothing and buf_text returns NULL, so a
 * sequence of puts is checked once, at its end.
 */
#ifndef OCIRT_BASE_BUF_H
#define OCIRT_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* owned; NUL-terminated when not NULL */
	size_t len; /* bytes without the NUL */
	size_t room;
	bool failed;
};

/* Gives the memory back; b is empty afterwards. */
void buf_free(struct buf *b);
#define auto_buf __attribute__((cleanup(buf_free)))

/* Appends bytes, a text, a formatted text. */
void buf_put(struct buf *b, const void *data, size_t len);
/* see buf_put */
void buf_puts(struct buf *b, const char *text);
/* see buf_put */
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* see buf_put */
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Appends somebody else's text as a part of one line for people: log_put_plain. */
void buf_put_plain(struct buf *b, const char *text);

/* The text so far ("" when empty), NULL when memory ran out. Stays owned by b. */
const char *buf_text(const struct buf *b);

#endif
