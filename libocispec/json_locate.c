/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_locate.c - JSON pointer to line and column: a second pass, made only when an error is told.
 *
 * The path is followed down one container at a time: only inside the innermost one that is on it (`on` levels
 * deep) are keys compared and items counted; whatever else is open is passed over.
 */
#include "libocispec/json_text.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

struct locator {
	const char *text; /* from where on it is looked at */
	yajl_handle yajl;
	const char *pointer;
	const char *rest;      /* what of it is not matched yet: "" or "/token..." */
	struct json_mark mark; /* the first item on the path; of its place the offset */
	size_t offset;         /* of the deepest value on the path so far */
	unsigned depth;        /* containers open */
	unsigned on;           /* of those, the ones on the path */
	size_t index;          /* the next item, when the innermost of those is an array */
	bool array;
	bool key; /* the last key was the token asked for */
	bool found;
};

/* Whether the first token of POINTER is KEY[LEN]; RFC 6901: "~1" is "/", "~0" is "~". */
static bool token_is(const char *pointer, const char *key, size_t len)
{
	const char *p = pointer + 1;

	for (size_t i = 0; i < len; i++, p++) {
		char c = *p;

		if (c == '/' || c == '\0')
			return false;
		if (c == '~' && (p[1] == '0' || p[1] == '1'))
			c = *++p == '0' ? '~' : '/';
		if (c != key[i])
			return false;
	}
	return *p == '/' || *p == '\0';
}

static bool token_is_index(const char *pointer, size_t index)
{
	const char *p = pointer + 1;
	size_t v = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9' && v <= index; p++)
		v = v * 10 + (size_t)(*p - '0');
	return (*p == '/' || *p == '\0') && v == index;
}

/* A value begins at OFFSET. Returns 0 when nothing more is to be learnt, the value that makes yajl stop. */
static int value(struct locator *l, size_t offset, bool container)
{
	bool match = l->depth == 0;

	if (l->depth > 0 && l->depth == l->on)
		match = l->array ? token_is_index(l->rest, l->index++) : l->key;
	if (match) {
		l->offset = offset;
		if (l->array && l->mark.pointer == NULL)
			l->mark = (struct json_mark){ .pointer = l->pointer,
				                      .len = (size_t)(l->rest - l->pointer),
				                      .index = l->index - 1,
				                      .place.offset = offset };
		if (l->depth > 0)
			l->rest += 1 + strcspn(l->rest + 1, "/");
		l->found = *l->rest == '\0';
		if (l->found || !container)
			return 0;
		l->on = l->depth + 1;
		l->index = 0;
	}
	l->key = false;
	l->depth += container;
	return 1;
}

static size_t consumed(const struct locator *l)
{
	return yajl_get_bytes_consumed(l->yajl);
}

static int on_null(void *ctx)
{
	return value(ctx, consumed(ctx) - strlen("null"), false);
}

static int on_bool(void *ctx, int v)
{
	return value(ctx, consumed(ctx) - strlen(v ? "true" : "false"), false);
}

static int on_number(void *ctx, const char *text, size_t len)
{
	(void)text; /* the first of an array may be in memory of yajl's */
	return value(ctx, consumed(ctx) - len, false);
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
	const struct locator *l = ctx;

	(void)text; /* what it says does not matter here */
	(void)len;
	return value(ctx, json_string_start(l->text, consumed(l) - 1), false);
}

static int on_key(void *ctx, const unsigned char *text, size_t len)
{
	struct locator *l = ctx;

	l->key = l->depth == l->on && token_is(l->rest, (const char *)text, len);
	return 1;
}

static int start(struct locator *l, bool array)
{
	unsigned on = l->on;
	int more = value(l, consumed(l) - 1, true);

	if (l->on != on)
		l->array = array;
	return more;
}

static int on_start_map(void *ctx)
{
	return start(ctx, false);
}

static int on_start_array(void *ctx)
{
	return start(ctx, true);
}

/* The end of the innermost container on the path: what is asked for is not in it. */
static int on_end(void *ctx)
{
	struct locator *l = ctx;

	return l->depth-- != l->on;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end,
};

/* Whether what POINTER names is in the array of the mark: it may be before its item all the same. */
static bool is_in(const struct json_mark *mark, const char *pointer)
{
	return mark->pointer != NULL && strncmp(pointer, mark->pointer, mark->len) == 0 && pointer[mark->len] == '/';
}

/* From the item of the mark, when there is one; *mark is the next one afterwards. As json_locate. */
static int search(const char *text, size_t len, const char *pointer, struct json_mark *mark, struct json_place *place)
{
	struct locator l = { .pointer = pointer, .rest = pointer };
	yajl_status status;

	*place = (struct json_place){ .line = 1, .column = 1 };
	l.yajl = yajl_alloc(&callbacks, NULL, &l);
	if (!l.yajl)
		return -1;
	if (mark->pointer != NULL) { /* to yajl the array begins with the item */
		(void)yajl_parse(l.yajl, (const unsigned char *)"[", 1);
		*place = mark->place;
		l.rest += mark->len;
		l.index = mark->index;
	}
	l.text = text + place->offset;
	status = yajl_parse(l.yajl, (const unsigned char *)l.text, len - place->offset);
	yajl_free(l.yajl);
	if (status == yajl_status_error)
		return -1;
	l.offset += place->offset;
	if (l.mark.pointer != NULL) {
		*place = json_place_on(text, *place, l.mark.place.offset + place->offset);
		l.mark.place = *place;
	}
	*mark = l.mark;
	*place = json_place_on(text, *place, l.offset);
	return l.found ? 0 : 1;
}

int json_locate_on(const char *text, size_t len, const char *pointer, struct json_mark *mark, struct json_place *place)
{
	if (is_in(mark, pointer) && search(text, len, pointer, mark, place) == 0)
		return 0;
	*mark = (struct json_mark){ 0 };
	return search(text, len, pointer, mark, place);
}

int json_locate(const char *text, size_t len, const char *pointer, struct json_place *place)
{
	struct json_mark mark = { 0 };

	return json_locate_on(text, len, pointer, &mark, place);
}
