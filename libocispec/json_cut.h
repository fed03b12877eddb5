/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_cut.h - a text as bytes that keep their places: which value stands where, and a text without one of its values.
 *
 * For whoever wants all mistakes of a document, not only the first: what is wrong is cut, and the rest is read again.
 */
#ifndef LIBOCISPEC_JSON_CUT_H
#define LIBOCISPEC_JSON_CUT_H

#include "libocispec/json.h"

/*
 * Overwrites with blanks the value that begins at AT in TEXT[LEN], or whose key does, with its key and one comma beside it. Line
 * ends stay, so every other value keeps its place; items behind it in its array move up by one. Returns false, and changes
 * nothing, when that is no value or the whole document. The text up to AT must be JSON.
 */
bool json_cut(char *text, size_t len, size_t at);

/*
 * The JSON pointer of the value that begins at AT in TEXT[LEN], or whose key does, written to BUF[SIZE] and returned; of the
 * innermost object or array around AT when nothing begins there. "" is the document, and what does not fit into BUF.
 */
const char *json_pointer_at(const char *text, size_t len, size_t at, char *buf, size_t size);

#endif
