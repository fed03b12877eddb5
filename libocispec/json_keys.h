/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_keys.h - the keys already met in the objects that are open, to find one that comes twice.
 *
 * Members that rows know are kept as bits (json_read.c); these are the free keys of maps and of members no row
 * knows. One open-addressing table serves all objects: a key belongs to the object's serial number, and those of
 * objects that are closed are dropped when the table is rebuilt. Zeroed memory is an empty table.
 */
#ifndef LIBOCISPEC_JSON_KEYS_H
#define LIBOCISPEC_JSON_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_key {
	const char *key; /* NULL: a free slot; belongs to the caller */
	uint32_t len;
	uint32_t object;
};

struct json_keys {
	struct json_key *slot;
	size_t cap; /* a power of two, or 0 */
	size_t used;
};

/*
 * Adds KEY[LEN] of OBJECT. Returns 1 when it is new, 0 when it was there, -1 when memory runs out.
 * OPEN[N] are the objects that are open, OBJECT among them.
 */
int json_keys_add(struct json_keys *k, const struct json_key *key, const uint32_t *open, unsigned n)
	__attribute__((warn_unused_result));

/*
 * Gives the table's memory back.
 */
void json_keys_free(struct json_keys *k);

#endif
