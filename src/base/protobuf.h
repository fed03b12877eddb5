/* SPDX-License-Identifier: Apache-2.0
 *
 * protobuf - the wire format of protocol buffers: fields one after the other, each a number and a value
 *
 * As much of it as criu's messages need: varints (integers, booleans, enums; negative ones take ten bytes) and lengths (texts,
 * messages within a message). Other kinds are read over. https://protobuf.dev/programming-guides/encoding
 */
#ifndef OCIRT_BASE_PROTOBUF_H
#define OCIRT_BASE_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"

enum protobuf_wire { PROTOBUF_VARINT = 0, PROTOBUF_FIXED64 = 1, PROTOBUF_BYTES = 2, PROTOBUF_FIXED32 = 5 };

/* One field of a message; data points into it. */
struct protobuf_field {
	uint32_t number;
	enum protobuf_wire wire;
	uint64_t value;   /* PROTOBUF_VARINT */
	const char *data; /* PROTOBUF_BYTES; not NUL-terminated */
	size_t len;
};

/* Where a reader stands in a message. */
struct protobuf_reader {
	const char *at, *end;
};

/* Appends a field. */
void protobuf_put_int(struct buf *b, uint32_t number, int64_t value);
/* see protobuf_put_int */
void protobuf_put_bytes(struct buf *b, uint32_t number, const void *data, size_t len);
/* see protobuf_put_int */
void protobuf_put_text(struct buf *b, uint32_t number, const char *text);

/* The next field: 1; 0 at the end; -1 where the message is broken. */
int protobuf_next(struct protobuf_reader *r, struct protobuf_field *f) must_check;

#endif
