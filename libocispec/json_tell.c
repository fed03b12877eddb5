/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_tell.c - what went wrong while reading, in one line: "config.json:3:9: /root/path: expected X, found Y".
 */
#include "libocispec/json_reader.h"
#include "libocispec/json_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text built piece by piece; what does not fit is cut. */
struct line {
	char *text;
	size_t size;
	size_t len;
};

static void __attribute__((format(printf, 2, 3))) add(struct line *l, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(l->text + l->len, l->size - l->len, format, args);
	va_end(args);
	if (n > 0)
		l->len = l->len + (size_t)n < l->size ? l->len + (size_t)n : l->size - 1;
}

/* TEXT[LEN] as it would stand in JSON, cut after some 60 bytes. */
static void add_quoted(struct line *l, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n;

	add(l, "\"");
	for (size_t i = 0; i < len; i += n) {
		n = json_utf8(p + i, len - i);
		if (i >= 60) {
			add(l, "\"...");
			return;
		}
		if (n == 0 || p[i] < 0x20 || p[i] == 0x7f)
			add(l, "\\u%04x", p[i]);
		else
			add(l, "%s%.*s", p[i] == '"' || p[i] == '\\' ? "\\" : "", (int)n, text + i);
		n = n ? n : 1;
	}
	add(l, "\"");
}

static void add_found(struct line *l, const struct json_token *t)
{
	switch (t->found) {
	case JSON_FOUND_NULL: add(l, "null"); break;
	case JSON_FOUND_BOOL: add(l, "%s", t->text); break;
	case JSON_FOUND_NUMBER:
		add(l, "%.*s%s", t->len > 60 ? 60 : (int)t->len, t->text, t->len > 60 ? "..." : "");
		break;
	case JSON_FOUND_STRING: add_quoted(l, t->text, t->len); break;
	case JSON_FOUND_OBJECT: add(l, "an object"); break;
	case JSON_FOUND_ARRAY: add(l, "an array"); break;
	}
}

size_t json_token_start(const struct json_reader *r, const struct json_token *t)
{
	size_t end = r->good;

	switch (t->found) {
	case JSON_FOUND_NUMBER: return (size_t)(t->text - r->in->text);
	case JSON_FOUND_STRING: return json_string_start(r->in->text, end - 1);
	case JSON_FOUND_NULL: return end - strlen("null");
	case JSON_FOUND_BOOL: return end - t->len;
	case JSON_FOUND_OBJECT:
	case JSON_FOUND_ARRAY: break;
	}
	return end - 1;
}

/* ---- pointers ---- */

/* Puts TEXT[LEN] before what BUF holds from *AT on; false when there is no room. */
static bool prepend(char *buf, size_t *at, const char *text, size_t len)
{
	if (len > *at)
		return false;
	*at -= len;
	memcpy(buf + *at, text, len);
	return true;
}

/* RFC 6901: "~" and "/" inside a key are "~0" and "~1". Control characters would break the line. */
static bool prepend_key(char *buf, size_t *at, const char *key, size_t len)
{
	while (len > 0) {
		char c = key[--len];
		char escaped[2] = { '~', c == '~' ? '0' : '1' };
		bool ok = c == '~' || c == '/' ? prepend(buf, at, escaped, 2)
		                               : prepend(buf, at, (unsigned char)c < 0x20 ? "?" : &c, 1);

		if (!ok)
			return false;
	}
	return prepend(buf, at, "/", 1);
}

static bool prepend_frame(char *buf, size_t *at, const struct json_frame *f)
{
	char number[24];

	if (f->key)
		return prepend_key(buf, at, f->key, f->key_len);
	if (!f->index)
		return true;
	return prepend(buf, at, number, (size_t)snprintf(number, sizeof(number), "/%zu", f->index - 1));
}

const char *json_reader_pointer(const struct json_reader *r, char *buf, size_t size)
{
	size_t at = size - 1;

	buf[at] = '\0';
	for (unsigned i = r->depth; i > 0; i--) {
		if (!prepend_frame(buf, &at, &r->frame[i - 1])) {
			while (((unsigned char)buf[at] & 0xc0) == 0x80)
				at++;
			at = at > 3 ? at : 3;
			memcpy(buf + at - 3, "...", 3);
			return buf + at - 3;
		}
	}
	return buf + at;
}

/* ---- the line ---- */

int json_tell(struct json_reader *r, size_t offset, const char *expected, const char *found)
{
	struct line l = { .text = r->e->text, .size = sizeof(r->e->text) };
	char buf[256];
	const char *pointer = json_reader_pointer(r, buf, sizeof(buf));

	r->failed = true;
	add(&l, "%s:", r->in->name ? r->in->name : "config.json");
	if (offset != SIZE_MAX) {
		r->e->place = json_place_at(r->in->text, offset);
		add(&l, "%u:%u:", r->e->place.line, r->e->place.column);
	}
	if (*pointer)
		add(&l, " %s:", pointer);
	r->e->what = (unsigned)l.len + 1;
	add(&l, " expected %s, found %s", expected, found);
	return 0;
}

int json_tell_token(struct json_reader *r, const char *expected, const struct json_token *t)
{
	char buf[512];
	struct line found = { .text = buf, .size = sizeof(buf) };

	add_found(&found, t);
	return json_tell(r, json_token_start(r, t), expected, buf);
}

int json_tell_raw(struct json_reader *r, size_t start, const char *expected)
{
	size_t len = r->good - start;
	size_t cut;
	char found[96];

	for (cut = len < 60 ? len : 60; cut < len && ((unsigned char)r->in->text[start + cut] & 0xc0) == 0x80;)
		cut--;
	(void)snprintf(found, sizeof(found), "%.*s%s", (int)cut, r->in->text + start, cut < len ? "..." : "");
	return json_tell(r, start, expected, found);
}

int json_tell_kind(struct json_reader *r, const struct json_row *row, bool element, const struct json_token *t)
{
	static const struct {
		const char *one;
		const char *many;
		const char *named;
	} text[] = {
		[JSON_BOOL] = { "true or false", "an array of true or false", NULL },
		[JSON_I32] = { "an integer", "an array of integers", NULL },
		[JSON_I64] = { "an integer", "an array of integers", NULL },
		[JSON_U16] = { "an integer", "an array of integers", NULL },
		[JSON_U32] = { "an integer", "an array of integers", NULL },
		[JSON_U64] = { "an integer", "an array of integers", NULL },
		[JSON_STR] = { "a string", "an array of strings", "an object of strings" },
		[JSON_WORD] = { "a string", "an array of strings", NULL },
		[JSON_OBJECT] = { "an object", "an array of objects", "an object of objects" },
		[JSON_SKIP] = { "an object", NULL, NULL },
	};
	unsigned shape = element ? JSON_ONE : row->shape;
	const char *expected = shape == JSON_MANY    ? text[row->kind].many
	                       : shape == JSON_NAMED ? text[row->kind].named
	                                             : text[row->kind].one;

	return json_tell_token(r, expected, t);
}

int json_tell_range(struct json_reader *r, const struct json_range *range, const struct json_token *t)
{
	char expected[96];

	(void)snprintf(expected, sizeof(expected), "an integer from %" PRId64 " to %" PRIu64, range->min, range->max);
	return json_tell_token(r, expected, t);
}

/*
 * The word T was probably meant to be, or NULL: at most two letters differ, in a short word at most one in three; else the first that
 * it is a part of, as of RLIMIT_NOFILE and network.
 */
static const char *nearest(const struct json_words *words, const struct json_token *t)
{
	unsigned least = t->len >= 6 ? 3 : (unsigned)t->len / 3 + 1;
	const char *found = NULL;
	char part[64];

	if (t->len >= sizeof(part))
		return NULL;
	(void)snprintf(part, sizeof(part), "%.*s", (int)t->len, t->text); /* fits */
	for (unsigned v = 1; v < words->n; v++) {
		const char *word = json_word(words, v);
		unsigned d = json_distance(t->text, t->len, word);

		if (d >= least && (found != NULL || t->len < 3 || strcasestr(word, part) == NULL))
			continue;
		least = d < least ? d : least;
		found = word;
	}
	return found;
}

int json_tell_word(struct json_reader *r, const struct json_words *words, const struct json_token *t)
{
	const char *meant = nearest(words, t);
	char expected[640];
	char found[512];
	struct line e = { .text = expected, .size = sizeof(expected) };
	struct line f = { .text = found, .size = sizeof(found) };

	for (unsigned v = 1; v < words->n; v++)
		add(&e, "%s%s", v == 1 ? "" : v + 1 < words->n ? ", " : " or ", json_word(words, v));
	add_found(&f, t);
	if (words->what)
		add(&f, ": invalid %s", words->what);
	if (meant)
		add(&f, ", did you mean \"%s\"?", meant);
	return json_tell(r, json_token_start(r, t), expected, found);
}

int json_tell_twice(struct json_reader *r, const struct json_token *key)
{
	return json_tell(r, json_token_start(r, key), "each member once", "it again");
}

int json_tell_missing(struct json_reader *r, const char *key)
{
	char expected[96];

	(void)snprintf(expected, sizeof(expected), "the member \"%s\"", key);
	r->e->missing = key;
	return json_tell(r, r->frame[r->depth - 1].start, expected, "none");
}

/* Both a full arena and an exhausted machine end here; the place tells them apart well enough. */
int json_tell_memory(struct json_reader *r)
{
	r->e->memory = true;
	return json_tell(r, r->yajl ? r->good : SIZE_MAX, "a document that fits into 64 MiB of memory",
	                 "a larger one, or no memory");
}
_Static_assert(JSON_MAX_MEMORY == 64 << 20, "the text above says 64 MiB");

/* ---- the grammar ---- */

/* Where the byte to blame is, seen from yajl's offset, which is not the same for all of its errors. */
enum blame {
	BLAME_AT,     /* there */
	BLAME_BEFORE, /* just before it */
	BLAME_WORD,   /* at the beginning of the word before it */
	BLAME_NEXT,   /* at the token after the last one that was taken */
	BLAME_VALUE,  /* the same, but a comma or colon in between was right */
};

/* yajl's texts, and what they mean in ours; the first that is part of its text counts. */
static const struct {
	const char *yajl;
	const char *expected;
	enum blame blame;
} grammar[] = {
	{ "trailing garbage", "the end of the text", BLAME_NEXT },
	{ "invalid object key", "a key in double quotes", BLAME_VALUE },
	{ "separated by a colon", "':' after the key", BLAME_NEXT },
	{ "I expect ',' or '}'", "',' or '}'", BLAME_NEXT },
	{ "I expect ',' or ']'", "',' or ']'", BLAME_NEXT },
	{ "unallowed token", "a value", BLAME_VALUE },
	{ "(non-hex)", "four hex digits after \\u", BLAME_AT },
	{ "character which it may not", "one of \"\\/bfnrtu after \\", BLAME_AT },
	{ "invalid character inside string", "an escape such as \\n for a control character", BLAME_AT },
	{ "after the decimal point", "a digit after the decimal point", BLAME_AT },
	{ "after the exponent", "a digit in the exponent", BLAME_AT },
	{ "after the minus", "a digit after the minus", BLAME_AT },
	{ "invalid string", "true, false or null", BLAME_WORD },
	{ "probable comment", "no comments", BLAME_AT },
	{ "", "a value or a key in double quotes", BLAME_BEFORE },
};

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t skip_blanks(const struct json_text *in, size_t at)
{
	while (at < in->len && in->text[at] && strchr(" \t\n\v\f\r", in->text[at]))
		at++;
	return at;
}

static size_t to_blame(const struct json_reader *r, size_t offset, enum blame blame)
{
	const char *text = r->in->text;
	size_t next = skip_blanks(r->in, r->good);

	switch (blame) {
	case BLAME_AT: return offset;
	case BLAME_BEFORE: return offset ? offset - 1 : 0;
	case BLAME_WORD:
		while (offset > 0 && letter(text[offset - 1]))
			offset--;
		return offset;
	case BLAME_NEXT: return next;
	case BLAME_VALUE: break;
	}
	if (next < r->in->len && strchr(",:", text[next]) && r->good && !strchr("[{", text[r->good - 1]))
		next = skip_blanks(r->in, next + 1);
	return next;
}

/* What stands at OFFSET: a string, a word or number, a character, a byte, or nothing any more. */
static void add_text(struct line *l, const struct json_text *in, size_t offset)
{
	const char *p = in->text + offset;
	size_t left = in->len - offset;
	size_t n = 0;

	if (left == 0) {
		add(l, in->len ? "the end of the text" : "an empty text");
		return;
	}
	while (n < left && n < 60 && (letter(p[n]) || (p[n] && strchr("0123456789+-._", p[n]))))
		n++;
	if (n == 0)
		n = json_utf8((const unsigned char *)p, left);
	if (n == 0 || (unsigned char)*p < 0x20 || *p == 0x7f)
		add(l, "the byte 0x%02x", (unsigned char)*p);
	else if (*p == '"')
		add(l, "a string");
	else
		add(l, "'%.*s'", (int)n, p);
}

/* No value is at hand unless its key was the last that was taken. */
static void settle(struct json_reader *r)
{
	struct json_frame *f = r->depth ? &r->frame[r->depth - 1] : NULL;

	if (!f)
		return;
	f->index = 0;
	if (!r->after_key)
		f->key = NULL;
}

int json_tell_end(struct json_reader *r)
{
	struct line l = { .text = (char[64]){ 0 }, .size = 64 };
	size_t at =
		r->depth ? r->in->len : skip_blanks(r->in, r->good); /* a lone number or half a word was not taken */

	settle(r);
	r->e->syntax = true;
	add_text(&l, r->in, at);
	return json_tell(r, at, r->depth ? "more" : json_type_text(r->type), l.text);
}

int json_tell_byte(struct json_reader *r, size_t offset)
{
	bool control = (unsigned char)r->in->text[offset] < 0x20;
	char found[32];

	settle(r);
	r->e->syntax = true;
	(void)snprintf(found, sizeof(found), "the byte 0x%02x", (unsigned char)r->in->text[offset]);
	return json_tell(r, offset, control ? "an escape such as \\u0001 for a control character" : "UTF-8", found);
}

int json_tell_syntax(struct json_reader *r, size_t offset, const char *why)
{
	char found[96];
	struct line l = { .text = found, .size = sizeof(found) };
	size_t i = 0;

	while (!strstr(why, grammar[i].yajl))
		i++;
	settle(r);
	r->e->syntax = true;
	offset = to_blame(r, offset, grammar[i].blame);
	add_text(&l, r->in, offset);
	return json_tell(r, offset, grammar[i].expected, found);
}
