/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_cut.c - which value stands where, and a text without one of its values.
 *
 * A scan of its own that trusts the text to be JSON as far as it goes, and reads nothing behind its end when it is not.
 */
#include "libocispec/json_cut.h"

#include "libocispec/json_text.h"

#include <stdio.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_blanks(const char *text, size_t len, size_t at)
{
	while (at < len && is_blank(text[at]))
		at++;
	return at;
}

/* The first byte behind the string whose quote is at AT. */
static size_t string_end(const char *text, size_t len, size_t at)
{
	for (at++; at < len && text[at] != '"'; at++)
		if (text[at] == '\\')
			at++;
	return at < len ? at + 1 : len;
}

static bool opens(char c)
{
	return c == '{' || c == '[';
}

static bool closes(char c)
{
	return c == '}' || c == ']';
}

/* The first byte behind the value that begins at AT. */
static size_t value_end(const char *text, size_t len, size_t at)
{
	size_t depth = 0;

	while (at < len) {
		char c = text[at];

		if (c == '"') {
			at = string_end(text, len, at);
		} else if (opens(c) || closes(c)) {
			if (closes(c) && depth == 0)
				return at;
			depth += opens(c) ? 1 : -(size_t)1;
			at++;
		} else if (depth == 0 && (c == ',' || c == ':' || is_blank(c))) {
			return at;
		} else {
			at++;
			continue;
		}
		if (depth == 0)
			return at;
	}
	return len;
}

/* ---- which value ---- */

/* One object or array around the byte that is looked for. */
struct level {
	bool array;
	size_t index;
	size_t key, key_end; /* inside its quotes */
};

struct scan {
	const char *text;
	size_t len;
	struct level level[JSON_MAX_DEPTH];
	size_t depth;
};

/* Takes the token at AT; returns the first byte behind it. Commas count the items. */
static size_t step(struct scan *s, size_t at)
{
	struct level *l = s->depth > 0 ? &s->level[s->depth - 1] : NULL;
	char c = s->text[at];
	size_t end;

	if (opens(c) && s->depth < JSON_MAX_DEPTH)
		s->level[s->depth++] = (struct level){ .array = c == '[' };
	if (closes(c) && s->depth > 0)
		s->depth--;
	if (c == ',' && l != NULL) {
		l->index++;
		l->key = l->key_end = 0;
	}
	if (c != '"')
		return at + 1;
	end = string_end(s->text, s->len, at);
	if (l != NULL && !l->array && l->key_end == 0) {
		l->key = at + 1;
		l->key_end = end - 1;
	}
	return end;
}

/* RFC 6901: "~" and "/" inside a key are "~0" and "~1". */
static bool put_key(const struct scan *s, const struct level *l, char *buf, size_t size, size_t *at)
{
	for (size_t i = l->key; i < l->key_end; i++) {
		const char *c = s->text[i] == '~' ? "~0" : s->text[i] == '/' ? "~1" : NULL;
		int n = c != NULL ? snprintf(buf + *at, size - *at, "%s", c)
		                  : snprintf(buf + *at, size - *at, "%c", s->text[i]);

		*at += (size_t)n;
		if (*at >= size)
			return false;
	}
	return true;
}

static bool put_level(const struct scan *s, const struct level *l, char *buf, size_t size, size_t *at)
{
	if (l->array)
		*at += (size_t)snprintf(buf + *at, size - *at, "/%zu", l->index);
	else if (l->key_end > 0)
		*at += (size_t)snprintf(buf + *at, size - *at, "/");
	if (*at >= size)
		return false;
	return l->array || put_key(s, l, buf, size, at);
}

const char *json_pointer_at(const char *text, size_t len, size_t at, char *buf, size_t size)
{
	struct scan s = { .text = text, .len = len };
	size_t used = 0;

	for (size_t i = 0; i < at && i < len;)
		i = step(&s, i);
	if (at < len && text[at] == '"')
		(void)step(&s, at); /* it may be the key of what is meant */
	buf[0] = '\0';
	for (size_t i = 0; i < s.depth; i++) {
		if (put_level(&s, &s.level[i], buf, size, &used))
			continue;
		buf[0] = '\0';
		break;
	}
	return buf;
}

/* ---- without it ---- */

/* The last byte before AT that is no blank; LEN when there is none. */
static size_t before(const char *text, size_t len, size_t at)
{
	while (at > 0)
		if (!is_blank(text[--at]))
			return at;
	return len;
}

/* From the key on, when the value at AT is a member's. */
static size_t with_key(const char *text, size_t len, size_t at)
{
	size_t colon = before(text, len, at), quote;

	if (colon == len || text[colon] != ':')
		return at;
	quote = before(text, len, colon);
	return quote != len && text[quote] == '"' ? json_string_start(text, quote) : at;
}

/* With one comma, so that what is left is still a list. */
static void with_comma(const char *text, size_t len, size_t *from, size_t *to)
{
	size_t next = skip_blanks(text, len, *to), last = before(text, len, *from);

	if (next < len && text[next] == ',')
		*to = next + 1;
	else if (last != len && text[last] == ',')
		*from = last;
}

bool json_cut(char *text, size_t len, size_t at)
{
	size_t from, to, next;

	if (at >= len || closes(text[at]) || strchr(",:", text[at]) != NULL)
		return false;
	to = value_end(text, len, at);
	next = skip_blanks(text, len, to);
	if (text[at] == '"' && next < len && text[next] == ':') { /* it is a key */
		from = at;
		to = value_end(text, len, skip_blanks(text, len, next + 1));
	} else {
		from = with_key(text, len, at);
	}
	if (before(text, len, from) == len)
		return false;
	with_comma(text, len, &from, &to);
	for (size_t i = from; i < to; i++)
		if (!is_blank(text[i]))
			text[i] = ' ';
	return true;
}
