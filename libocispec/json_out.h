/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_out.h - JSON text, piece by piece, for what no rows describe (lists, events, plans, log lines).
 *
 *	struct json_out o = { .a = &arena, .indent = "  " };
 *	json_out_open(&o, NULL, '{');
 *	json_out_str(&o, "id", "c1");
 *	json_out_open(&o, "pids", '[');
 *	json_out_i64(&o, NULL, 42);
 *	json_out_close(&o, ']');
 *	json_out_close(&o, '}');
 *	text = json_out_text(&o, &len);
 *
 * KEY is the member's name inside an object and NULL inside an array or at the top. Memory comes from the arena;
 * when it runs out the pieces are swallowed and json_out_text() says so. Commas, indentation and escapes are
 * done here; a byte that is no UTF-8 becomes U+FFFD, so the text is valid whatever the strings hold.
 */
#ifndef LIBOCISPEC_JSON_OUT_H
#define LIBOCISPEC_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct json_type;

struct json_out {
	struct arena *a;
	const char *indent; /* one level; NULL: all on one line, no blanks */
	/* private */
	char *text;
	size_t len;
	size_t cap;
	unsigned depth;
	bool filled; /* the open array or object has something in it */
	bool failed;
};

/*
 * Begins an object (BRACKET '{') or an array ('[').
 */
void json_out_open(struct json_out *o, const char *key, char bracket);

/*
 * Ends the innermost object ('}') or array (']').
 */
void json_out_close(struct json_out *o, char bracket);

/*
 * One value. A NULL string is written as null.
 */
void json_out_str(struct json_out *o, const char *key, const char *v);
void json_out_i64(struct json_out *o, const char *key, int64_t v);
void json_out_u64(struct json_out *o, const char *key, uint64_t v);
void json_out_hundredths(struct json_out *o, const char *key, uint64_t v); /* 250 is written as 2.5 */
void json_out_bool(struct json_out *o, const char *key, bool v);
void json_out_null(struct json_out *o, const char *key);

/*
 * The object OBJ described by TYPE.
 */
void json_out_object(struct json_out *o, const char *key, const struct json_type *type, const void *obj);

/*
 * The text so far, NUL terminated, in the arena; its length in *LEN when LEN is not NULL. NULL when memory ran out.
 */
char *json_out_text(struct json_out *o, size_t *len) __attribute__((warn_unused_result));

#endif
