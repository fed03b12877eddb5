/* SPDX-License-Identifier: Apache-2.0
 *
 * protobuf - the wire format of protocol buffers: fields one after the other, each a number and a value
 */
#include "base/protobuf.h"

#include <stdbool.h>
#include <string.h>

enum { WIRE_BITS = 3, VARINT_BITS = 7, VARINT_MORE = 0x80, VARINT_MAX = 10 };

static void put_varint(struct buf *b, uint64_t v)
{
	unsigned char bytes[VARINT_MAX];
	size_t n = 0;

	for (; v >= VARINT_MORE; v >>= VARINT_BITS)
		bytes[n++] = (unsigned char)(v | VARINT_MORE);
	bytes[n++] = (unsigned char)v;
	buf_put(b, bytes, n);
}

static void put_key(struct buf *b, uint32_t number, enum protobuf_wire wire)
{
	put_varint(b, (uint64_t)number << WIRE_BITS | (uint64_t)wire);
}

void protobuf_put_int(struct buf *b, uint32_t number, int64_t value)
{
	put_key(b, number, PROTOBUF_VARINT);
	put_varint(b, (uint64_t)value);
}

void protobuf_put_bytes(struct buf *b, uint32_t number, const void *data, size_t len)
{
	put_key(b, number, PROTOBUF_BYTES);
	put_varint(b, len);
	buf_put(b, data, len);
}

void protobuf_put_text(struct buf *b, uint32_t number, const char *text)
{
	protobuf_put_bytes(b, number, text, strlen(text));
}

static int next_varint(struct protobuf_reader *r, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; r->at < r->end && shift < VARINT_MAX * VARINT_BITS; shift += VARINT_BITS) {
		unsigned char byte = (unsigned char)*r->at++;

		*v |= (uint64_t)(byte & (VARINT_MORE - 1)) << shift;
		if (byte < VARINT_MORE)
			return 0;
	}
	return -1;
}

static int skip(struct protobuf_reader *r, uint64_t n)
{
	if (n > (uint64_t)(r->end - r->at))
		return -1;
	r->at += n;
	return 0;
}

int protobuf_next(struct protobuf_reader *r, struct protobuf_field *f)
{
	uint64_t key;

	*f = (struct protobuf_field){ 0 };
	if (r->at == r->end)
		return 0;
	if (next_varint(r, &key) < 0 || key >> WIRE_BITS > UINT32_MAX)
		return -1;
	f->number = (uint32_t)(key >> WIRE_BITS);
	f->wire = (enum protobuf_wire)(key & ((1 << WIRE_BITS) - 1));
	switch (f->wire) {
	case PROTOBUF_VARINT: return next_varint(r, &f->value) < 0 ? -1 : 1;
	case PROTOBUF_FIXED64: return skip(r, sizeof(uint64_t)) < 0 ? -1 : 1;
	case PROTOBUF_FIXED32: return skip(r, sizeof(uint32_t)) < 0 ? -1 : 1;
	case PROTOBUF_BYTES:
		if (next_varint(r, &f->value) < 0)
			return -1;
		f->data = r->at;
		f->len = (size_t)f->value;
		return skip(r, f->value) < 0 ? -1 : 1;
	}
	return -1; /* groups, which nobody sends any more */
}
