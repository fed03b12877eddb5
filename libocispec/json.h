/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - what a JSON document is to C: value types, words, places, errors, reading and writing.
 *
 * A document is a tree of plain structs; its memory, strings included, belongs to one arena. Zeroed memory is
 * the empty document: an opt_* that is not set, a NULL string, a NULL object pointer, a vector with no items
 * and `set` false are all "the member is absent". An empty array or string stays visible: `set` is true with
 * n == 0, or the string is "". A member that is `null` counts as absent, since Go writes its nil values so.
 *
 * What a document may hold is described by rows (json_row.h); the same rows read and write it.
 *
 * Texts: RFC 8259 (JSON), RFC 6901 (JSON pointer), RFC 3629 (UTF-8).
 */
#ifndef LIBOCISPEC_JSON_H
#define LIBOCISPEC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Bounds: a text above JSON_MAX_TEXT bytes, a nesting above JSON_MAX_DEPTH or a document that needs more than
 * JSON_MAX_MEMORY bytes of structs is refused with an error of its own. Real configs: 20 KB, 8 levels, 60 KB. */
enum {
	JSON_MAX_TEXT = 16 << 20,
	JSON_MAX_MEMORY = 64 << 20,
	JSON_MAX_DEPTH = 64,
};

/* ---- values ---- */

struct opt_bool {
	bool set;
	bool v;
};
struct opt_i32 {
	bool set;
	int32_t v;
};
struct opt_i64 {
	bool set;
	int64_t v;
};
struct opt_u16 {
	bool set;
	uint16_t v;
};
struct opt_u32 {
	bool set;
	uint32_t v;
};
struct opt_u64 {
	bool set;
	uint64_t v;
};

/* An array: vec_NAME. All have the layout of struct vec_str; `set` tells an empty array from an absent one. */
#define JSON_VEC(name, T)   \
	struct vec_##name { \
		T *items;   \
		size_t n;   \
		bool set;   \
	}
JSON_VEC(str, const char *);
JSON_VEC(u32, uint32_t);

/* A constant table as one of them, for a document that is only written. */
#define JSON_ALL(table)                                                                      \
	{                                                                                    \
		.items = (void *)(table), .n = sizeof(table) / sizeof(*(table)), .set = true \
	}

/* An object with free keys and string values (annotations, sysctl, ...), in document order. */
struct key_value {
	const char *key;
	const char *value;
};
struct map_str {
	struct key_value *items;
	size_t n;
	bool set;
};

/*
 * The value of KEY in M, or NULL. Keys are unique in a document that was read.
 */
const char *map_str_get(const struct map_str *m, const char *key);

/* ---- words ---- */

/* A closed list of words; the C enum value is the index, index 0 is no word (the member is absent). */
struct json_words {
	const char *text; /* the words from 1 on, each with its NUL: nothing to relocate */
	unsigned n;       /* including index 0 */
	const char *what; /* told of a word that is none of them: "memory policy"; may be NULL */
};

/*
 * The word for enum value V, or NULL when V is 0 or outside the list.
 */
const char *json_word(const struct json_words *w, unsigned v);

/*
 * The enum value of the word TEXT[LEN], or 0 when it is not in the list.
 */
unsigned json_word_value(const struct json_words *w, const char *text, size_t len);

/* A word list is written once, as X(ENUMERATOR, "word") lines: OCI_NS_WORDS makes enum oci_ns here and the
 * table oci_ns_words in the source file. */
#define JSON_ENUMERATOR(id, text) id,
#define JSON_WORDS(name, PREFIX)                                                      \
	enum name { PREFIX##_UNSET, PREFIX##_WORDS(JSON_ENUMERATOR) PREFIX##_COUNT }; \
	JSON_VEC(name, enum name);                                                    \
	extern const struct json_words name##_words

/* ---- reading ---- */

/* Where a value stands in the text: both count from 1, columns are characters. */
struct json_place {
	unsigned line;
	unsigned column;
	size_t offset; /* bytes from the beginning of the text */
};

/* What went wrong, as one line: "config.json:LINE:COLUMN: /json/pointer: expected X, found Y". */
struct json_error {
	struct json_place place; /* zero when no place is to blame (out of memory) */
	bool memory;             /* there was not enough of it: the document may be right */
	bool syntax;             /* the text is no JSON from that place on */
	const char *missing;     /* the required member that the object at the place lacks */
	unsigned what;           /* where in `text` it says what was expected, behind place and pointer */
	char text[1024];
};

/* A text to read. `name` is what errors call it (NULL: "config.json"). `unknown`, when not NULL, is told the
 * JSON pointer of every member that no row knows, and the offset behind its key; such members are otherwise skipped. */
struct json_text {
	const char *name;
	const char *text;
	size_t len;
	void (*unknown)(void *ctx, const char *pointer, size_t key_end);
	void *ctx;
};

struct json_type;

/*
 * Reads IN, one JSON object (of a list: one array) described by TYPE. Returns its struct, which lives in A with everything it points to, or
 * NULL with *E filled. What was taken from A before an error stays there until arena_free(); a limit A does not have
 * yet is set to JSON_MAX_MEMORY. The typed readers (oci_config_read, ...) are to be preferred.
 */
void *json_read(const struct json_text *in, const struct json_type *type, struct arena *a, struct json_error *e)
	__attribute__((warn_unused_result));

/*
 * The member that is known at the place of POINTER, a member that is not, in a document described by TYPE, and whose name comes near;
 * NULL when none does.
 */
const char *json_known_near(const struct json_type *type, const char *pointer);

/*
 * Finds the value at the JSON pointer POINTER ("/mounts/3") in TEXT[LEN]: a second pass, made only when an error
 * is told. Returns 0 when it is there, 1 when not: *PLACE is then that of its nearest existing parent. Returns -1
 * when TEXT is no JSON; *PLACE is then line 1, column 1.
 */
int json_locate(const char *text, size_t len, const char *pointer, struct json_place *place);

/* The outermost item of an array that was met on the way to a place. All zero: none yet. */
struct json_mark {
	const char *pointer; /* what was looked for, the caller's; NULL: none */
	size_t len;          /* how much of it names the array */
	size_t index;
	struct json_place place;
};

/*
 * The same, for whoever looks for many places in one text, best in their order: what is in the array of *MARK, at its item or behind it,
 * is looked for from that item on. *MARK is then the item on the way to this place, and keeps POINTER.
 */
int json_locate_on(const char *text, size_t len, const char *pointer, struct json_mark *mark, struct json_place *place);

/* ---- writing ---- */

/*
 * The text of the object OBJ described by TYPE, NUL terminated, in A; its length in *LEN when LEN is not NULL.
 * INDENT is what one level is indented by; NULL writes it all on one line. Absent members are left out.
 * The text is always valid JSON: a byte that is no UTF-8 becomes U+FFFD. Returns NULL when memory runs out.
 */
char *json_write(const struct json_type *type, const void *obj, const char *indent, struct arena *a, size_t *len)
	__attribute__((warn_unused_result));

#endif
