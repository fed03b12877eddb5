/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_row.h - the description language: one row a member of a JSON object.
 *
 * A row says its key, its kind, where the value lives in the struct, whether it is required, its range or words.
 * The same rows read (json_read.c), write (json_write.c) and are walked by a test that holds them against the
 * published schema. The macros refuse to compile when a member's C type is not the one its kind needs.
 * Included by the files that hold rows and by the engine, not by users of the structs.
 */
#ifndef LIBOCISPEC_JSON_ROW_H
#define LIBOCISPEC_JSON_ROW_H

#include "libocispec/json.h"

enum json_kind {
	JSON_BOOL,
	JSON_I32,
	JSON_I64,
	JSON_U16,
	JSON_U32,
	JSON_U64,
	JSON_STR,
	JSON_WORD,
	JSON_OBJECT,
	JSON_SKIP, /* an object of another platform: must be one, is not looked into */
};

enum json_shape {
	JSON_ONE,   /* the value itself */
	JSON_MANY,  /* an array of them, a vec_* member */
	JSON_NAMED, /* an object with free keys: a vector of structs whose first member is `key` */
};

enum json_flag {
	JSON_REQUIRED = 1, /* must be there and not be null; a scalar's member is plain, not opt_* */
	JSON_FILLED = 2,   /* an array must not be empty */
};

/* The range of an integer where it is narrower than that of its C type. */
struct json_range {
	int64_t min;
	uint64_t max;
};

/* A string's form: `ok` says whether it holds, `expected` is for the error. */
struct json_form {
	const char *expected;
	bool (*ok)(const char *text, size_t len);
};

struct json_row {
	const char *key;
	union { /* by kind; NULL where nothing more is asked */
		const struct json_type *type;
		const struct json_words *words;
		const struct json_range *range;
		const struct json_form *form;
	} u;
	uint16_t at; /* offset of the member */
	uint8_t len; /* of the key */
	uint8_t kind;
	uint8_t shape;
	uint8_t flags;
};

/* What every vec_* and map_str is, but for the type of items; copied in and out, never pointed to. */
struct json_vector {
	char *items;
	size_t n;
	bool set;
};
_Static_assert(sizeof(struct json_vector) == sizeof(struct vec_str) &&
                       sizeof(struct json_vector) == sizeof(struct map_str) &&
                       offsetof(struct json_vector, set) == offsetof(struct vec_str, set) &&
                       offsetof(struct json_vector, set) == offsetof(struct map_str, set),
               "a vector is a vector");

struct json_type {
	const struct json_row *rows;
	uint16_t n; /* at most 64 */
	uint16_t size;
	const struct json_words
		*keys; /* the keys of its rows, where a member that no row knows is refused; NULL: it is skipped */
};

/*
 * A type of a single row without a key is a document that is an array itself; the row's vector gets its items. It can be read only.
 */
static inline bool json_type_is_list(const struct json_type *type)
{
	return type->n == 1 && type->rows[0].len == 0;
}

/*
 * What errors call a document of that type.
 */
static inline const char *json_type_text(const struct json_type *type)
{
	return json_type_is_list(type) ? "an array" : "an object";
}

/*
 * The size in bytes of one item of the vector that ROW describes.
 */
size_t json_item_size(const struct json_row *row);

/* The rows of a struct are written between `#define T struct foo` and `#undef T`, then JSON_TYPE(foo, foo_rows).
 * JSON_AT is the member's offset; it fails to compile when the member's type is not C. */
#define JSON_AT(m, C) (offsetof(T, m) + 0 * sizeof(char[_Generic(&((T *)0)->m, C * : 1)]))
#define JSON_ROW(k, m, C, kind_, shape_, flags_, more)                                                 \
	{                                                                                              \
		.key = (k), .u = { more }, .at = JSON_AT(m, C), .len = sizeof(k) - 1, .kind = (kind_), \
		.shape = JSON_##shape_, .flags = (flags_)                                              \
	}

/* the scalar kinds as rows write them; their C types, optional and required */
#define JSON_IS_bool JSON_BOOL
#define JSON_IS_i32 JSON_I32
#define JSON_IS_i64 JSON_I64
#define JSON_IS_u16 JSON_U16
#define JSON_IS_u32 JSON_U32
#define JSON_IS_u64 JSON_U64
#define JSON_IS_str JSON_STR
#define JSON_OPT_bool struct opt_bool
#define JSON_OPT_i32 struct opt_i32
#define JSON_OPT_i64 struct opt_i64
#define JSON_OPT_u16 struct opt_u16
#define JSON_OPT_u32 struct opt_u32
#define JSON_OPT_u64 struct opt_u64
#define JSON_OPT_str const char *
#define JSON_REQ_bool bool
#define JSON_REQ_i32 int32_t
#define JSON_REQ_i64 int64_t
#define JSON_REQ_u32 uint32_t
#define JSON_REQ_u64 uint64_t
#define JSON_REQ_str const char *

/* a scalar; an integer with a struct json_range; a string with a struct json_form */
#define OPT(what, k, m) JSON_ROW(k, m, JSON_OPT_##what, JSON_IS_##what, ONE, 0, .type = NULL)
#define REQ(what, k, m) JSON_ROW(k, m, JSON_REQ_##what, JSON_IS_##what, ONE, JSON_REQUIRED, .type = NULL)
#define OPT_IN(what, k, m, r) JSON_ROW(k, m, JSON_OPT_##what, JSON_IS_##what, ONE, 0, .range = (r))
#define OPT_FORM(k, m, f) JSON_ROW(k, m, const char *, JSON_STR, ONE, 0, .form = (f))
#define REQ_FORM(k, m, f) JSON_ROW(k, m, const char *, JSON_STR, ONE, JSON_REQUIRED, .form = (f))
/* a word out of NAME_words, an enum NAME member */
#define OPT_WORD(name, k, m) JSON_ROW(k, m, enum name, JSON_WORD, ONE, 0, .words = &name##_words)
#define REQ_WORD(name, k, m) JSON_ROW(k, m, enum name, JSON_WORD, ONE, JSON_REQUIRED, .words = &name##_words)
/* an object of struct NAME, a pointer member */
#define OPT_OBJECT(name, k, m) JSON_ROW(k, m, struct name *, JSON_OBJECT, ONE, 0, .type = &name##_type)
#define REQ_OBJECT(name, k, m) JSON_ROW(k, m, struct name *, JSON_OBJECT, ONE, JSON_REQUIRED, .type = &name##_type)
/* arrays */
#define OPT_STRS(k, m) JSON_ROW(k, m, struct vec_str, JSON_STR, MANY, 0, .type = NULL)
#define OPT_STRS_FORM(k, m, f) JSON_ROW(k, m, struct vec_str, JSON_STR, MANY, 0, .form = (f))
#define REQ_STRS(k, m, flags_) JSON_ROW(k, m, struct vec_str, JSON_STR, MANY, JSON_REQUIRED | (flags_), .type = NULL)
#define OPT_U32S(k, m) JSON_ROW(k, m, struct vec_u32, JSON_U32, MANY, 0, .type = NULL)
#define OPT_WORDS(name, k, m) JSON_ROW(k, m, struct vec_##name, JSON_WORD, MANY, 0, .words = &name##_words)
#define OPT_OBJECTS(name, k, m) JSON_ROW(k, m, struct vec_##name, JSON_OBJECT, MANY, 0, .type = &name##_type)
/* objects with free keys */
#define OPT_MAP(k, m) JSON_ROW(k, m, struct map_str, JSON_STR, NAMED, 0, .type = NULL)
#define OPT_NAMED(name, k, m) \
	JSON_ROW(k, m, struct vec_##name, JSON_OBJECT, NAMED, JSON_KEY_IS_FIRST(name), .type = &name##_type)
#define JSON_KEY_IS_FIRST(name) (0 * sizeof(char[offsetof(struct name, key) == 0 ? 1 : -1]))
/* another platform's object */
#define SKIPPED(k)                                                  \
	{                                                           \
		.key = (k), .len = sizeof(k) - 1, .kind = JSON_SKIP \
	}

#define JSON_TYPE(name, table) JSON_TYPE_OF(name, table, NULL)
/* The same, where the keys name something that must be known. */
#define JSON_TYPE_OF(name, table, keys)                                                                              \
	const struct json_type name##_type = { table, sizeof(table) / sizeof(table[0]), sizeof(struct name), keys }; \
	_Static_assert(sizeof(table) / sizeof(table[0]) <= 64, "json_read keeps what it has seen in 64 bits")

/* the table of a word list written as NAME_WORDS(X); entry 0 is no word */
#define JSON_WORD_TEXT(id, text) text "\0"
#define JSON_WORD_TABLE(name, PREFIX)                                     \
	static const char name##_text[] = PREFIX##_WORDS(JSON_WORD_TEXT); \
	const struct json_words name##_words = { name##_text, PREFIX##_COUNT, NULL }
/* The same, with what such a word is. */
#define JSON_WORD_TABLE_OF(name, PREFIX, what)                            \
	static const char name##_text[] = PREFIX##_WORDS(JSON_WORD_TEXT); \
	const struct json_words name##_words = { name##_text, PREFIX##_COUNT, what }

#endif
