/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_write.c - structs to text: walks the same rows that reading uses.
 *
 * Absent members are left out; what is required is written even when it is zero, but a required string, word or
 * object that nobody filled is left out, too: the text stays valid JSON, and a reader will say what is missing.
 */
#include "libocispec/arena.h"
#include "libocispec/json_out.h"
#include "libocispec/json_row.h"

#include <string.h>

static const void *pointer_at(const char *at)
{
	const void *p;

	memcpy(&p, at, sizeof(p));
	return p;
}

/* Each shows one integer of its kind; plain: as required members and items are kept. */
static bool integer_at(const struct json_row *row, const char *at, bool plain, int64_t *v)
{
	bool set = true;

#define FETCH(type, opt)                                                                 \
	do {                                                                             \
		set = plain || ((const struct opt *)at)->set;                            \
		*v = (int64_t)(plain ? *(const type *)at : ((const struct opt *)at)->v); \
	} while (0)
	switch ((enum json_kind)row->kind) {
	case JSON_BOOL: FETCH(bool, opt_bool); break;
	case JSON_I32: FETCH(int32_t, opt_i32); break;
	case JSON_I64: FETCH(int64_t, opt_i64); break;
	case JSON_U16: FETCH(uint16_t, opt_u16); break;
	case JSON_U32: FETCH(uint32_t, opt_u32); break;
	case JSON_U64: FETCH(uint64_t, opt_u64); break;
	case JSON_STR:
	case JSON_WORD:
	case JSON_OBJECT:
	case JSON_SKIP: set = false; break;
	}
#undef FETCH
	return set;
}

static void write_scalar(struct json_out *o, const char *key, const struct json_row *row, const char *at, bool plain)
{
	int64_t v;

	if (!integer_at(row, at, plain, &v))
		return;
	if (row->kind == JSON_BOOL)
		json_out_bool(o, key, v != 0);
	else if (row->kind == JSON_U64)
		json_out_u64(o, key, (uint64_t)v);
	else
		json_out_i64(o, key, v);
}

static void write_string(struct json_out *o, const char *key, const char *text)
{
	if (text)
		json_out_str(o, key, text);
}

static const char *word_at(const struct json_row *row, const char *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return json_word(row->u.words, v);
}

/* One value, be it the member itself or an item of it. */
static void write_one(struct json_out *o, const char *key, const struct json_row *row, const char *at, bool item)
{
	const void *object;

	switch ((enum json_kind)row->kind) {
	case JSON_STR: write_string(o, key, pointer_at(at)); break;
	case JSON_WORD: write_string(o, key, word_at(row, at)); break;
	case JSON_OBJECT:
		object = item ? at : pointer_at(at);
		if (object)
			json_out_object(o, key, row->u.type, object);
		break;
	case JSON_BOOL:
	case JSON_I32:
	case JSON_I64:
	case JSON_U16:
	case JSON_U32:
	case JSON_U64: write_scalar(o, key, row, at, item || (row->flags & JSON_REQUIRED)); break;
	case JSON_SKIP: break;
	}
}

static void write_vector(struct json_out *o, const struct json_row *row, const char *at)
{
	bool named = row->shape == JSON_NAMED;
	size_t size = json_item_size(row);
	struct json_vector v;

	memcpy(&v, at, sizeof(v));
	if (!v.n && !v.set && !(row->flags & JSON_REQUIRED))
		return;
	json_out_open(o, row->key, named ? '{' : '[');
	for (size_t i = 0; i < v.n; i++) {
		const char *item = v.items + i * size;
		const char *value = named && row->kind == JSON_STR ? item + offsetof(struct key_value, value) : item;

		write_one(o, named ? pointer_at(item) : NULL, row, value, true);
	}
	json_out_close(o, named ? '}' : ']');
}

void json_out_object(struct json_out *o, const char *key, const struct json_type *type, const void *obj)
{
	json_out_open(o, key, '{');
	for (unsigned i = 0; i < type->n; i++) {
		const struct json_row *row = &type->rows[i];

		if (row->shape == JSON_ONE)
			write_one(o, row->key, row, (const char *)obj + row->at, false);
		else
			write_vector(o, row, (const char *)obj + row->at);
	}
	json_out_close(o, '}');
}

char *json_write(const struct json_type *type, const void *obj, const char *indent, struct arena *a, size_t *len)
{
	struct json_out o = { .a = a, .indent = indent };

	json_out_object(&o, NULL, type, obj);
	return json_out_text(&o, len);
}
