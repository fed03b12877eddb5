/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_read.c - text to structs in one pass: yajl's callbacks put every value where its row says.
 *
 * A document is an object, or, of a type that is a list (json_row.h), an array. The open objects and arrays are a stack of frames. A frame is one of three: an object with rows (type), the
 * items of a vector (row: an array, or an object with free keys), or something skipped (neither). yajl is told to
 * leave UTF-8 to us and gives numbers as text, since its own integers end at 2^63.
 */
#include "libocispec/arena.h"
#include "libocispec/json_reader.h"
#include "libocispec/json_text.h"

#include <setjmp.h>
#include <stddef.h>
#include <string.h>
#include <yajl/yajl_parse.h>

static struct json_frame *top(struct json_reader *r)
{
	return r->depth ? &r->frame[r->depth - 1] : NULL;
}

/* The object or array that a key or an end is in: yajl tells of neither outside of one. */
static struct json_frame *within(struct json_reader *r)
{
	return &r->frame[r->depth - 1];
}

/* What ROW wants to see; ELEMENT: as one item of its array or map. */
static enum json_found wanted(const struct json_row *row, bool element)
{
	static const uint8_t by_kind[] = {
		[JSON_BOOL] = JSON_FOUND_BOOL,   [JSON_I32] = JSON_FOUND_NUMBER,  [JSON_I64] = JSON_FOUND_NUMBER,
		[JSON_U16] = JSON_FOUND_NUMBER,  [JSON_U32] = JSON_FOUND_NUMBER,  [JSON_U64] = JSON_FOUND_NUMBER,
		[JSON_STR] = JSON_FOUND_STRING,  [JSON_WORD] = JSON_FOUND_STRING, [JSON_OBJECT] = JSON_FOUND_OBJECT,
		[JSON_SKIP] = JSON_FOUND_OBJECT,
	};

	if (!element && row->shape == JSON_MANY)
		return JSON_FOUND_ARRAY;
	if (!element && row->shape == JSON_NAMED)
		return JSON_FOUND_OBJECT;
	return by_kind[row->kind];
}

/* A new item in the vector of F; named ones begin with their key. NULL when memory runs out. */
static char *append(struct json_reader *r, struct json_frame *f)
{
	size_t size = json_item_size(f->row);
	char *item;

	if (f->n == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 4;
		char *items = arena_grow(r->a, f->items, f->n * size, cap * size);

		if (!items)
			return NULL;
		f->items = items;
		f->cap = cap;
	}
	item = f->items + f->n++ * size;
	if (f->row->shape == JSON_NAMED) {
		const char *key = arena_strndup(r->a, f->key, f->key_len);

		if (!key)
			return NULL;
		memcpy(item, &key, sizeof(key));
	}
	return item;
}

/* A token was taken. */
static void took(struct json_reader *r, bool key)
{
	r->good = yajl_get_bytes_consumed(r->yajl);
	r->after_key = key;
}

/* Where a value goes: the row that describes it and the memory. No row: it is skipped. */
struct slot {
	const struct json_row *row;
	char *at;
	bool element;
};

/* A value has come: finds its slot. Returns 0 when that failed. */
static int arrive(struct json_reader *r, const struct json_token *t, struct slot *s)
{
	struct json_frame *f = top(r);
	const struct json_row *row = f ? (f->type ? f->member : f->row) : NULL;
	bool element = f && !f->type;

	*s = (struct slot){ 0 };
	took(r, false);
	if (!f)
		return json_tell_token(r, json_type_text(r->type), t);
	f->index += f->array;
	if (!row)
		return 1;
	if (t->found != wanted(row, element)) {
		if (t->found == JSON_FOUND_NULL && !element && !(row->flags & JSON_REQUIRED))
			return 1;
		return json_tell_kind(r, row, element, t);
	}
	s->at = element ? append(r, f) : f->base + row->at;
	if (!s->at)
		return json_tell_memory(r);
	if (element && row->shape == JSON_NAMED && row->kind == JSON_STR)
		s->at += offsetof(struct key_value, value);
	s->row = row;
	s->element = element;
	return 1;
}

/* ---- scalars ---- */

static int on_null(void *ctx)
{
	struct slot s;

	return arrive(ctx, &(struct json_token){ .found = JSON_FOUND_NULL }, &s);
}

static int on_bool(void *ctx, int v)
{
	struct json_token t = { .found = JSON_FOUND_BOOL, .text = v ? "true" : "false", .len = v ? 4 : 5 };
	struct slot s;

	if (!arrive(ctx, &t, &s))
		return 0;
	if (s.row && (s.row->flags & JSON_REQUIRED))
		*(bool *)s.at = v;
	else if (s.row)
		*(struct opt_bool *)s.at = (struct opt_bool){ true, v };
	return 1;
}

/* The number T as sign and magnitude; false when it has a fraction or an exponent. More than 64 bits saturate. */
static bool integer(const struct json_token *t, bool *negative, uint64_t *v, bool *too_big)
{
	*negative = t->len && t->text[0] == '-';
	*v = 0;
	*too_big = false;
	for (size_t i = *negative; i < t->len; i++) {
		unsigned digit = (unsigned)t->text[i] - '0';

		if (digit > 9)
			return false;
		if (__builtin_mul_overflow(*v, 10, v) || __builtin_add_overflow(*v, digit, v))
			*too_big = true;
	}
	return true;
}

static const struct json_range *range_of(const struct json_row *row)
{
	static const struct json_range by_kind[] = {
		[JSON_I32] = { INT32_MIN, INT32_MAX }, [JSON_I64] = { INT64_MIN, INT64_MAX },
		[JSON_U16] = { 0, UINT16_MAX },        [JSON_U32] = { 0, UINT32_MAX },
		[JSON_U64] = { 0, UINT64_MAX },
	};

	return row->u.range ? row->u.range : &by_kind[row->kind];
}

static bool in_range(const struct json_range *range, bool negative, uint64_t v)
{
	if (negative && v)
		return range->min < 0 && v <= -(uint64_t)range->min;
	return (range->min <= 0 || v >= (uint64_t)range->min) && v <= range->max;
}

static void store(const struct slot *s, uint64_t v)
{
	bool plain = s->element || (s->row->flags & JSON_REQUIRED);

#define STORE(type, opt)                                                      \
	do {                                                                  \
		if (plain)                                                    \
			*(type *)s->at = (type)v;                             \
		else                                                          \
			*(struct opt *)s->at = (struct opt){ true, (type)v }; \
	} while (0)
	switch ((enum json_kind)s->row->kind) {
	case JSON_I32: STORE(int32_t, opt_i32); break;
	case JSON_I64: STORE(int64_t, opt_i64); break;
	case JSON_U16: STORE(uint16_t, opt_u16); break;
	case JSON_U32: STORE(uint32_t, opt_u32); break;
	case JSON_U64: STORE(uint64_t, opt_u64); break;
	case JSON_BOOL:
	case JSON_STR:
	case JSON_WORD:
	case JSON_OBJECT:
	case JSON_SKIP: break;
	}
#undef STORE
}

static int on_number(void *ctx, const char *text, size_t len)
{
	struct json_token t = { .found = JSON_FOUND_NUMBER, .text = text, .len = len };
	struct json_reader *r = ctx;
	bool negative;
	bool too_big;
	struct slot s;
	uint64_t v;

	if (!arrive(r, &t, &s))
		return 0;
	if (!s.row)
		return 1;
	if (!integer(&t, &negative, &v, &too_big))
		return json_tell_token(r, "an integer", &t);
	if (too_big || !in_range(range_of(s.row), negative, v))
		return json_tell_range(r, range_of(s.row), &t);
	store(&s, negative ? -v : v);
	return 1;
}

/* ---- strings ---- */

static bool in_text(const struct json_reader *r, const char *p)
{
	return (uintptr_t)p >= (uintptr_t)r->in->text && (uintptr_t)p - (uintptr_t)r->in->text < r->in->len;
}

/* The four hex digits at P, which yajl has checked. */
static unsigned hex4(const char *p)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++)
		v = v << 4 | ((unsigned)p[i] <= '9' ? (unsigned)p[i] - '0' : ((unsigned)p[i] | 0x20) - 'a' + 10);
	return v;
}

/* yajl unescapes a NUL and makes a '?' of half a surrogate pair. Both would change what the string says. */
static const char *bad_escape(const char *p, const char *end)
{
	unsigned c;

	for (; p < end; p++) {
		if (*p != '\\' || *++p != 'u')
			continue;
		c = hex4(p + 1);
		p += 4;
		if (c == 0)
			return "a string without a NUL";
		if ((c & 0xfc00) == 0xd800 && end - p > 6 && p[1] == '\\' && p[2] == 'u' &&
		    (hex4(p + 3) & 0xfc00) == 0xdc00)
			p += 6;
		else if ((c & 0xf800) == 0xd800)
			return "a string whose surrogates come in pairs";
	}
	return NULL;
}

/* Only a string with escapes is copied by yajl, so only that one is looked at again. */
static int check_escapes(struct json_reader *r, const struct json_token *t)
{
	size_t start;
	const char *expected;

	if (in_text(r, t->text))
		return 1;
	start = json_token_start(r, t);
	expected = bad_escape(r->in->text + start + 1, r->in->text + r->good - 1);
	return expected ? json_tell_raw(r, start, expected) : 1;
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
	struct json_token t = { .found = JSON_FOUND_STRING, .text = (const char *)text, .len = len };
	struct json_reader *r = ctx;
	const char *copy;
	uint32_t word;
	struct slot s;

	if (!arrive(r, &t, &s) || !check_escapes(r, &t))
		return 0;
	if (!s.row)
		return 1;
	if (s.row->kind == JSON_WORD) {
		word = json_word_value(s.row->u.words, t.text, len);
		memcpy(s.at, &word, sizeof(word));
		return word ? 1 : json_tell_word(r, s.row->u.words, &t);
	}
	copy = arena_strndup(r->a, t.text, len);
	if (!copy)
		return json_tell_memory(r);
	memcpy(s.at, &copy, sizeof(copy));
	if (s.row->u.form && !s.row->u.form->ok(copy, len))
		return json_tell_token(r, s.row->u.form->expected, &t);
	return 1;
}

/* ---- objects and arrays ---- */

static int push(struct json_reader *r, const struct json_frame *f)
{
	struct json_frame *new;

	if (r->depth == JSON_MAX_DEPTH)
		return json_tell(r, r->good - 1, "at most 64 levels of nesting", "one more");
	new = &r->frame[r->depth++];
	*new = *f;
	new->serial = ++r->serials;
	new->start = r->good - 1;
	return 1;
}
_Static_assert(JSON_MAX_DEPTH == 64, "the text above says 64");

/* The struct that the object in slot S fills: an item of a vector, or a new one its pointer member gets. */
static char *object_in(struct json_reader *r, const struct slot *s)
{
	char *object = s->at;

	if (s->element)
		return object;
	object = arena_alloc(r->a, s->row->u.type->size);
	memcpy(s->at, &object, sizeof(object));
	return object;
}

static int begin(struct json_reader *r, enum json_found found)
{
	struct json_frame f = { .array = found == JSON_FOUND_ARRAY };
	struct slot s;

	if (r->depth == 0 && found == (json_type_is_list(r->type) ? JSON_FOUND_ARRAY : JSON_FOUND_OBJECT)) {
		took(r, false);
		f.type = f.array ? NULL : r->type;
		f.row = f.array ? r->type->rows : NULL;
		f.base = f.array ? (char *)r->out + f.row->at : r->out;
		return push(r, &f);
	}
	if (!arrive(r, &(struct json_token){ .found = found }, &s))
		return 0;
	if (!s.row || s.row->kind == JSON_SKIP)
		return push(r, &f);
	if (s.element || s.row->shape == JSON_ONE) {
		f.type = s.row->u.type;
		f.base = object_in(r, &s);
	} else {
		f.row = s.row;
		f.base = s.at;
	}
	return f.base ? push(r, &f) : json_tell_memory(r);
}

static int on_start_map(void *ctx)
{
	return begin(ctx, JSON_FOUND_OBJECT);
}

static int on_start_array(void *ctx)
{
	return begin(ctx, JSON_FOUND_ARRAY);
}

/* A key that no row knows: it must still not come twice. Key text that yajl unescaped is kept. */
static int free_key(struct json_reader *r, struct json_frame *f, const struct json_token *t)
{
	uint32_t open[JSON_MAX_DEPTH];
	struct json_key key;
	int new;

	if (!in_text(r, f->key))
		f->key = arena_strndup(r->a, f->key, f->key_len);
	if (!f->key)
		return json_tell_memory(r);
	for (unsigned i = 0; i < r->depth; i++)
		open[i] = r->frame[i].serial;
	key = (struct json_key){ .key = f->key, .len = (uint32_t)f->key_len, .object = f->serial };
	new = json_keys_add(&r->keys, &key, open, r->depth);
	return new > 0 ? 1 : new < 0 ? json_tell_memory(r) : json_tell_twice(r, t);
}

/* The index of the row with KEY[LEN], or -1. Documents mostly come in one order: the row after the last is tried first. */
static int find_row(const struct json_frame *f, const char *key, size_t len)
{
	unsigned n = f->type->n;
	unsigned i = f->member ? (unsigned)(f->member - f->type->rows) + 1 : 0;

	for (unsigned tries = 0; tries < n; tries++, i++) {
		const struct json_row *row;

		i = i < n ? i : 0;
		row = &f->type->rows[i];
		if (row->len == len && memcmp(row->key, key, len) == 0)
			return (int)i;
	}
	return -1;
}

static void tell_unknown(struct json_reader *r)
{
	char buf[256];

	if (r->in->unknown)
		r->in->unknown(r->in->ctx, json_reader_pointer(r, buf, sizeof(buf)), r->good);
}

static int on_key(void *ctx, const unsigned char *text, size_t len)
{
	struct json_token t = { .found = JSON_FOUND_STRING, .text = (const char *)text, .len = len };
	struct json_reader *r = ctx;
	struct json_frame *f = within(r);
	int i = f->type ? find_row(f, t.text, len) : -1;

	took(r, true);
	f->key = t.text;
	f->key_len = len;
	if (!check_escapes(r, &t))
		return 0;
	if (i < 0) {
		f->member = NULL;
		if (!free_key(r, f, &t))
			return 0;
		if (f->type && f->type->keys)
			return json_tell_word(r, f->type->keys, &t);
		if (f->type)
			tell_unknown(r);
		return 1;
	}
	f->member = &f->type->rows[i];
	f->key = f->member->key;
	if (f->seen & (UINT64_C(1) << i))
		return json_tell_twice(r, &t);
	f->seen |= UINT64_C(1) << i;
	return 1;
}

static int end_object(struct json_reader *r, struct json_frame *f)
{
	f->key = NULL;
	for (unsigned i = 0; i < f->type->n; i++)
		if ((f->type->rows[i].flags & JSON_REQUIRED) && !(f->seen & (UINT64_C(1) << i)))
			return json_tell_missing(r, f->type->rows[i].key);
	return 1;
}

static int end_vector(struct json_reader *r, struct json_frame *f)
{
	struct json_vector v = { .items = f->items, .n = f->n, .set = true };

	f->key = NULL;
	f->index = 0;
	if (f->n == 0 && (f->row->flags & JSON_FILLED))
		return json_tell(r, f->start, "an array that is not empty", "[]");
	memcpy(f->base, &v, sizeof(v));
	return 1;
}

static int on_end(void *ctx)
{
	struct json_reader *r = ctx;
	struct json_frame *f = within(r);

	if ((f->type && !end_object(r, f)) || (f->row && !end_vector(r, f)))
		return 0;
	r->depth--;
	took(r, false);
	return 1;
}

/* ---- the whole text ---- */

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

/* yajl's word for what stopped it */
static int tell_yajl(struct json_reader *r)
{
	unsigned char *why;

	if (r->failed)
		return 0;
	why = yajl_get_error(r->yajl, 0, NULL, 0);
	if (!why)
		return json_tell_memory(r);
	json_tell_syntax(r, yajl_get_bytes_consumed(r->yajl), (const char *)why);
	yajl_free_error(r->yajl, why);
	return 0;
}

/*
 * Reads up to the first byte that no JSON text may hold, so that whatever is wrong before it is told first.
 * yajl_complete_parse() is not for us: it hands out a token that the end cuts from memory of its own. The object
 * must have ended by itself, and only blanks may follow; yajl does not see half a token there.
 */
static int parse(struct json_reader *r)
{
	size_t bad = json_text_bad(r->in->text, r->in->len);

	if (yajl_parse(r->yajl, (const unsigned char *)r->in->text, bad) != yajl_status_ok)
		return tell_yajl(r);
	if (bad < r->in->len)
		return json_tell_byte(r, bad);
	if (r->depth > 0 || r->serials == 0)
		return json_tell_end(r);
	for (size_t at = r->good; at < r->in->len; at++)
		if (!strchr(" \t\r\n", r->in->text[at]))
			return json_tell_syntax(r, at, "trailing garbage");
	return 1;
}

/* What can be refused without a look at the grammar. */
static int fits(struct json_reader *r)
{
	if (r->in->len > JSON_MAX_TEXT)
		return json_tell(r, SIZE_MAX, "at most 16 MiB of text", "more");
	if (r->in->len >= 3 && memcmp(r->in->text, "\xef\xbb\xbf", 3) == 0)
		return json_tell(r, 0, json_type_text(r->type), "a byte order mark");
	return 1;
}
_Static_assert(JSON_MAX_TEXT == 16 << 20, "the text above says 16 MiB");

/* --- yajl's memory ---------------------------------------------------------------------------------------------------- */

/* yajl uses what it is given without a look: where there is nothing to give, we jump out of it, and its arena goes as a whole. */
struct memory {
	struct arena arena;
	jmp_buf lack;
};

/* What stands in front of a piece, so that it can be moved. */
union head {
	size_t size;
	max_align_t align;
};

static void *take(void *ctx, size_t size)
{
	struct memory *m = ctx;
	union head *p = arena_alloc(&m->arena, sizeof(*p) + size);

	if (!p)
		longjmp(m->lack, 1);
	p->size = size;
	return p + 1;
}

static void drop(void *ctx, void *p)
{
	(void)ctx, (void)p; /* all at once, in the end */
}

static void *retake(void *ctx, void *p, size_t size)
{
	size_t old = p ? ((union head *)p - 1)->size : 0;
	void *bigger = take(ctx, size);

	if (old)
		memcpy(bigger, p, old < size ? old : size);
	return bigger;
}

/* Nothing here has a value that a jump would lose. */
static bool read_all(struct json_reader *r, struct memory *m)
{
	yajl_alloc_funcs funcs = { .malloc = take, .realloc = retake, .free = drop, .ctx = m };

	if (setjmp(m->lack) != 0)
		return json_tell_memory(r);
	r->yajl = yajl_alloc(&callbacks, &funcs, r);
	r->out = arena_alloc(r->a, r->type->size);
	if (!r->yajl || !r->out)
		return json_tell_memory(r);
	(void)yajl_config(r->yajl, yajl_dont_validate_strings, 1); /* fails for unknown options only */
	return parse(r);
}

void *json_read(const struct json_text *in, const struct json_type *type, struct arena *a, struct json_error *e)
{
	struct json_reader r = { .in = in, .type = type, .a = a, .e = e };
	struct memory m = { .arena = { .limit = JSON_MAX_MEMORY } };
	bool ok;

	*e = (struct json_error){ 0 };
	if (!a->limit)
		a->limit = JSON_MAX_MEMORY;
	ok = fits(&r) && read_all(&r, &m);
	arena_free(&m.arena);
	json_keys_free(&r.keys);
	return ok ? r.out : NULL;
}
