/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_text.h - JSON as bytes: UTF-8, places. For the engine's own files.
 *
 * Texts: RFC 3629 section 4 (which byte sequences are UTF-8), RFC 8259 section 7 (strings).
 */
#ifndef LIBOCISPEC_JSON_TEXT_H
#define LIBOCISPEC_JSON_TEXT_H

#include "libocispec/json.h"

/*
 * The length of the UTF-8 sequence at P, of which LEFT bytes are there: 1 to 4, or 0 when it is none.
 */
size_t json_utf8(const unsigned char *p, size_t left);

/*
 * The offset of the first byte of TEXT[LEN] that no JSON text may hold: one that is no UTF-8, or a control
 * character other than tab, newline and carriage return. LEN when there is none.
 */
size_t json_text_bad(const char *text, size_t len);

/*
 * Line and column of the byte at OFFSET.
 */
struct json_place json_place_at(const char *text, size_t offset);

/*
 * The same, counted from a place before it.
 */
struct json_place json_place_on(const char *text, struct json_place from, size_t offset);

/*
 * The offset of the quote that begins the string whose closing quote is at END.
 */
size_t json_string_start(const char *text, size_t end);

/*
 * How many letters must be put in, taken out, replaced or changed for their neighbour to make B of A[LEN], in whatever
 * case; UINT_MAX when B is too long to tell.
 */
unsigned json_distance(const char *a, size_t len, const char *b);

#endif
