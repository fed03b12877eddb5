/* SPDX-License-Identifier: Apache-2.0
 *
 * wire - numbers and texts in a row, as one process of ours sends them to another on the same machine
 *
 * Written to a struct buf, read in the same order. Reading is total: from the first value on that does not fit the reader has failed, and
 * every value is 0, "" or empty; so a sequence of reads is checked once, at its end.
 */
#ifndef OCIRT_BASE_WIRE_H
#define OCIRT_BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

/* Appends a value; a text goes with its NUL, an error whole. */
void wire_put_u32(struct buf *b, uint32_t v);
/* see wire_put_u32 */
void wire_put_u64(struct buf *b, uint64_t v);
/* see wire_put_u32 */
void wire_put_bytes(struct buf *b, const void *data, size_t len);
/* see wire_put_u32 */
void wire_put_text(struct buf *b, const char *text);
/* see wire_put_u32 */
void wire_put_err(struct buf *b, const struct err *e);

/* Where a reader stands. */
struct wire {
	const char *at, *end;
	bool failed;
};

/* The next value. Bytes and texts point into what is read. */
uint32_t wire_u32(struct wire *w);
/* see wire_u32 */
uint64_t wire_u64(struct wire *w);
/* see wire_u32 */
const char *wire_bytes(struct wire *w, size_t *len);
/* see wire_u32 */
const char *wire_text(struct wire *w);
/* see wire_u32; its kind is one of the enum's */
void wire_err(struct wire *w, struct err *e);

/* A number of things that follow, each of at least so many bytes: what they need can be allocated. */
size_t wire_count(struct wire *w, size_t each);

enum { WIRE_FRAME_MAX = 64 << 20 }; /* no configuration makes as much */

/* Sends a frame over a stream socket: what it is, and its values. 0, or -1 with errno (EAGAIN: the socket's time-out). */
int wire_send(int sock, uint32_t what, const struct buf *values) must_check;

/* Receives one whole into values. 1; 0 at the end of the stream; -1 with errno (EPIPE: the end within a frame). */
int wire_recv(int sock, uint32_t *what, struct buf *values) must_check;

#endif
