/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_reader.h - the state of one read, shared by json_read.c (reads) and json_tell.c (tells what went wrong).
 */
#ifndef LIBOCISPEC_JSON_READER_H
#define LIBOCISPEC_JSON_READER_H

#include "libocispec/json_keys.h"
#include "libocispec/json_row.h"

/* What stands in the text. */
enum json_found {
	JSON_FOUND_NULL,
	JSON_FOUND_BOOL,
	JSON_FOUND_NUMBER,
	JSON_FOUND_STRING,
	JSON_FOUND_OBJECT,
	JSON_FOUND_ARRAY,
};

/* One object or array that is open. */
struct json_frame {
	const struct json_type *type;  /* an object with rows; else NULL */
	const struct json_row *row;    /* a vector's row; NULL with NULL type: what is in here is skipped */
	const struct json_row *member; /* type: the row of `key`, NULL when no row knows it */
	char *base;                    /* the struct (type) or the vector (row) that is filled */
	char *items;                   /* the vector's items so far */
	size_t n;
	size_t cap;
	uint64_t seen;   /* type: the rows that were met */
	const char *key; /* the member at hand, NULL between members; in arrays always NULL */
	size_t key_len;
	size_t index; /* arrays: how many values have begun */
	size_t start; /* offset of the bracket */
	uint32_t serial;
	bool array;
};

struct json_reader {
	const struct json_text *in;
	const struct json_type *type;
	void *out;
	struct arena *a;
	struct json_error *e;
	struct yajl_handle_t *yajl;
	struct json_keys keys;
	uint32_t serials;
	unsigned depth;
	size_t good;    /* where the last token that was taken ends */
	bool after_key; /* that token was a key */
	bool failed;    /* *e is filled */
	struct json_frame frame[JSON_MAX_DEPTH];
};

/* A token: where it begins and what it is. Strings and numbers are text[len], for strings unescaped. */
struct json_token {
	enum json_found found;
	const char *text;
	size_t len;
};

/*
 * The offset at which the token that was just met begins.
 */
size_t json_token_start(const struct json_reader *r, const struct json_token *t);

/*
 * The JSON pointer of what is read now, written to the end of BUF[SIZE]; its beginning is cut when it is too long.
 */
const char *json_reader_pointer(const struct json_reader *r, char *buf, size_t size);

/*
 * Each fills the error, sets `failed` and returns 0, the value that makes yajl stop.
 */
/* T is not what the row ROW wants; ELEMENT: it is one item of the row's array or map. */
int json_tell_kind(struct json_reader *r, const struct json_row *row, bool element, const struct json_token *t);
int json_tell_range(struct json_reader *r, const struct json_range *range, const struct json_token *t);
int json_tell_word(struct json_reader *r, const struct json_words *words, const struct json_token *t);
/* EXPECTED is told as it is, what was found is T */
int json_tell_token(struct json_reader *r, const char *expected, const struct json_token *t);
/* a string as it is written in the text, from START on, escapes and all */
int json_tell_raw(struct json_reader *r, size_t start, const char *expected);
/* at OFFSET: both texts are told as they are */
int json_tell(struct json_reader *r, size_t offset, const char *expected, const char *found);
int json_tell_twice(struct json_reader *r, const struct json_token *key);
int json_tell_missing(struct json_reader *r, const char *key);
int json_tell_memory(struct json_reader *r);

/*
 * The text is no JSON: it ends too early, the byte at OFFSET may not be there at all, yajl stopped at OFFSET and
 * says WHY.
 */
int json_tell_end(struct json_reader *r);
int json_tell_byte(struct json_reader *r, size_t offset);
int json_tell_syntax(struct json_reader *r, size_t offset, const char *why);

#endif
