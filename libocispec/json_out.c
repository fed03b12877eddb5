/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_out.c - JSON text, piece by piece.
 */
#include "libocispec/json_out.h"

#include "libocispec/arena.h"
#include "libocispec/json_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Room for LEN more bytes and a NUL. */
static bool room(struct json_out *o, size_t len)
{
	size_t cap = o->cap ? o->cap : 1024;
	char *text;

	if (o->failed || len < o->cap - o->len)
		return !o->failed;
	while (cap - o->len <= len)
		cap *= 2;
	text = arena_grow(o->a, o->text, o->cap, cap);
	o->failed = !text;
	if (!text)
		return false;
	o->text = text;
	o->cap = cap;
	return true;
}

static void put(struct json_out *o, const char *text, size_t len)
{
	if (!room(o, len))
		return;
	memcpy(o->text + o->len, text, len);
	o->len += len;
}

static void new_line(struct json_out *o)
{
	put(o, "\n", 1);
	for (unsigned i = 0; i < o->depth; i++)
		put(o, o->indent, strlen(o->indent));
}

/* RFC 8259 section 7: quotes, backslashes and control characters are escaped; DEL and the C1 ones, too, for terminals' sake. */
static void escape(struct json_out *o, unsigned char c)
{
	static const char short_form[] = {
		['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
	};
	char buf[8];

	if (c < sizeof(short_form) && short_form[c])
		(void)snprintf(buf, sizeof(buf), "\\%c", short_form[c]);
	else
		(void)snprintf(buf, sizeof(buf), "\\u%04x", c);
	put(o, buf, strlen(buf));
}

static bool must_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

/* The character at P that is not plain; its length. C1 control characters, which are two bytes, are escaped as the others are. */
static size_t put_odd(struct json_out *o, const unsigned char *p, size_t left)
{
	size_t n = json_utf8(p, left);

	if (n == 1)
		escape(o, *p);
	else if (n == 2 && p[0] == 0xc2 && p[1] < 0xa0)
		escape(o, p[1]);
	else if (n > 0)
		put(o, (const char *)p, n);
	else
		put(o, "\xef\xbf\xbd", 3); /* U+FFFD */
	return n > 0 ? n : 1;
}

static void quoted(struct json_out *o, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t left = strlen(s);

	put(o, "\"", 1);
	while (left > 0) {
		size_t n = 0;

		while (n < left && p[n] < 0x80 && !must_escape(p[n]))
			n++;
		put(o, (const char *)p, n);
		if (n < left)
			n += put_odd(o, p + n, left - n);
		p += n;
		left -= n;
	}
	put(o, "\"", 1);
}

/* What comes before a value: comma, line, key. */
static void lead(struct json_out *o, const char *key)
{
	if (o->filled)
		put(o, ",", 1);
	if (o->indent && o->depth)
		new_line(o);
	o->filled = true;
	if (!key)
		return;
	quoted(o, key);
	put(o, ": ", o->indent ? 2 : 1);
}

void json_out_open(struct json_out *o, const char *key, char bracket)
{
	lead(o, key);
	put(o, &bracket, 1);
	o->depth++;
	o->filled = false;
}

void json_out_close(struct json_out *o, char bracket)
{
	o->depth--;
	if (o->indent && o->filled)
		new_line(o);
	put(o, &bracket, 1);
	o->filled = true;
}

void json_out_null(struct json_out *o, const char *key)
{
	lead(o, key);
	put(o, "null", 4);
}

void json_out_str(struct json_out *o, const char *key, const char *v)
{
	if (!v) {
		json_out_null(o, key);
		return;
	}
	lead(o, key);
	quoted(o, v);
}

void json_out_i64(struct json_out *o, const char *key, int64_t v)
{
	char buf[24];

	lead(o, key);
	put(o, buf, (size_t)snprintf(buf, sizeof(buf), "%" PRId64, v));
}

void json_out_u64(struct json_out *o, const char *key, uint64_t v)
{
	char buf[24];

	lead(o, key);
	put(o, buf, (size_t)snprintf(buf, sizeof(buf), "%" PRIu64, v));
}

void json_out_hundredths(struct json_out *o, const char *key, uint64_t v)
{
	const unsigned part = (unsigned)(v % 100);
	char buf[32];
	int len;

	if (part == 0) {
		json_out_u64(o, key, v / 100);
		return;
	}
	lead(o, key);
	len = part % 10 == 0 ? snprintf(buf, sizeof(buf), "%" PRIu64 ".%u", v / 100, part / 10)
	                     : snprintf(buf, sizeof(buf), "%" PRIu64 ".%02u", v / 100, part);
	put(o, buf, (size_t)len);
}

void json_out_bool(struct json_out *o, const char *key, bool v)
{
	lead(o, key);
	put(o, v ? "true" : "false", v ? 4 : 5);
}

char *json_out_text(struct json_out *o, size_t *len)
{
	if (!room(o, 0))
		return NULL;
	o->text[o->len] = '\0';
	if (len)
		*len = o->len;
	return o->text;
}
