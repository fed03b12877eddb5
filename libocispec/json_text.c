/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_text.c - JSON as bytes: UTF-8, places.
 */
#include "libocispec/json_text.h"

#include <string.h>

static bool tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* The second byte tells overlong forms, surrogates and what lies above U+10FFFF from the rest. */
static bool second_ok(unsigned char first, unsigned char second)
{
	unsigned char low = 0x80;
	unsigned char high = 0xbf;

	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	return second >= low && second <= high;
}

size_t json_utf8(const unsigned char *p, size_t left)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (n > left || (n > 1 && !second_ok(p[0], p[1])))
		return 0;
	for (size_t i = 2; i < n; i++)
		if (!tail(p[i]))
			return 0;
	return n;
}

/* Whether all of eight bytes are printable ASCII: none has its high bit set or is below 0x20. */
static bool plain(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return !((w | (w - 0x2020202020202020u)) & 0x8080808080808080u);
}

size_t json_text_bad(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0; i < len;) {
		size_t n;

		if (len - i >= 8 && plain(text + i)) {
			i += 8;
			continue;
		}
		n = json_utf8(p + i, len - i);
		if (n == 0 || (p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r'))
			return i;
		i += n;
	}
	return len;
}

struct json_place json_place_on(const char *text, struct json_place place, size_t offset)
{
	for (; place.offset < offset; place.offset++) {
		char c = text[place.offset];

		if (c == '\n') {
			place.line++;
			place.column = 1;
		} else if (!tail((unsigned char)c)) {
			place.column++;
		}
	}
	return place;
}

struct json_place json_place_at(const char *text, size_t offset)
{
	return json_place_on(text, (struct json_place){ .line = 1, .column = 1 }, offset);
}

/* A quote inside a string always follows a backslash, the one that begins it never does. */
size_t json_string_start(const char *text, size_t end)
{
	while (end > 0) {
		end--;
		if (text[end] == '"' && (end == 0 || text[end - 1] != '\\'))
			break;
	}
	return end;
}
