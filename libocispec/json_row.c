/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_row.c - what follows from a row alone.
 */
#include "libocispec/json_row.h"

_Static_assert(sizeof(enum json_kind) == sizeof(uint32_t), "words are kept as 32 bits");

size_t json_item_size(const struct json_row *row)
{
	if (row->kind == JSON_OBJECT)
		return row->u.type->size;
	if (row->shape == JSON_NAMED)
		return sizeof(struct key_value);
	return row->kind == JSON_STR ? sizeof(const char *) : sizeof(uint32_t);
}
