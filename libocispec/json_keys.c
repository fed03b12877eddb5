/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_keys.c - the keys already met in the objects that are open, to find one that comes twice.
 */
#include "libocispec/json_keys.h"

#include "libocispec/json.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, 64 bits, over the object and the key */
static uint64_t hash(const struct json_key *k)
{
	uint64_t h = 0xcbf29ce484222325u ^ k->object;

	for (uint32_t i = 0; i < k->len; i++)
		h = (h ^ (unsigned char)k->key[i]) * 0x100000001b3u;
	return h ^ (h >> 32);
}

static bool same(const struct json_key *a, const struct json_key *b)
{
	return a->object == b->object && a->len == b->len && memcmp(a->key, b->key, a->len) == 0;
}

/* The slot that holds KEY, or the free one where it belongs. */
static struct json_key *find(struct json_key *slot, size_t cap, const struct json_key *key)
{
	size_t i = hash(key) & (cap - 1);

	while (slot[i].key && !same(&slot[i], key))
		i = (i + 1) & (cap - 1);
	return &slot[i];
}

static bool is_open(uint32_t object, const uint32_t *open, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (open[i] == object)
			return true;
	return false;
}

/* A table that would be larger than this is refused: it is what many million keys in 16 MiB would need. */
enum { MAX_SLOTS = JSON_MAX_MEMORY / sizeof(struct json_key) };

/* A new table without the keys of closed objects, at most half full. */
static int rebuild(struct json_keys *k, const uint32_t *open, unsigned n)
{
	struct json_keys new = { .cap = 64 };
	size_t live = 0;

	for (size_t i = 0; i < k->cap; i++)
		live += k->slot[i].key && is_open(k->slot[i].object, open, n);
	while (new.cap < live * 2)
		new.cap *= 2;
	if (new.cap > MAX_SLOTS)
		return -1;
	new.slot = calloc(new.cap, sizeof(*new.slot));
	if (!new.slot)
		return -1;
	for (size_t i = 0; i < k->cap; i++)
		if (k->slot[i].key && is_open(k->slot[i].object, open, n))
			*find(new.slot, new.cap, &k->slot[i]) = k->slot[i];
	new.used = live;
	free(k->slot);
	*k = new;
	return 0;
}

int json_keys_add(struct json_keys *k, const struct json_key *key, const uint32_t *open, unsigned n)
{
	struct json_key *slot;

	if (k->used * 4 >= k->cap * 3 && rebuild(k, open, n) < 0)
		return -1;
	slot = find(k->slot, k->cap, key);
	if (slot->key)
		return 0;
	*slot = *key;
	k->used++;
	return 1;
}

void json_keys_free(struct json_keys *k)
{
	free(k->slot);
	*k = (struct json_keys){ 0 };
}
