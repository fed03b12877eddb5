/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.c - any bytes at all, given to the reader: it accepts and writes them back alike, or says why not in one line; what is wrong
 * can be cut, and its place has a pointer.
 */
#include "tests/fuzz/fuzz.h"

#include "libocispec/arena.h"
#include "libocispec/json_cut.h"
#include "libocispec/json_row.h"
#include "libocispec/oci_config.h"
#include "libocispec/oci_features.h"
#include "libocispec/oci_state.h"

#include <stdlib.h>
#include <string.h>

/* What is written is read again and written alike, in both styles. */
static void comes_back(const struct json_type *type, const void *document, struct arena *a)
{
	struct json_text in = { 0 };
	struct json_error e;
	char *first;

	first = json_write(type, document, NULL, a, &in.len);
	in.text = first;
	document = json_read(&in, type, a, &e);
	require(document != NULL);
	in.text = json_write(type, document, "\t", a, &in.len);
	require(in.text != NULL);
	document = json_read(&in, type, a, &e);
	require(document != NULL && strcmp(json_write(type, document, NULL, a, NULL), first) == 0);
}

/* One line that says what was expected and found; the pointer in it is a place in the text. */
static void is_told(const struct json_text *in, const struct json_error *e)
{
	const char *pointer = strstr(e->text, ": /");
	struct json_place place;
	char copy[256];
	size_t len;

	require(strstr(e->text, " expected ") && strstr(e->text, ", found "));
	for (const char *p = e->text; *p; p++)
		require((unsigned char)*p >= 0x20);
	if (!pointer)
		return;
	len = strcspn(pointer + 2, ":");
	len = len < sizeof(copy) ? len : sizeof(copy) - 1;
	memcpy(copy, pointer + 2, len);
	copy[len] = '\0';
	(void)json_locate(in->text, in->len, copy, &place); /* the text may be no JSON behind it */
}

/* What is cut leaves the text as long as it was, and nothing that was right becomes wrong before that place. */
static void is_cut(const struct json_text *in, const struct json_error *e)
{
	size_t at = e->place.offset;
	char *copy = malloc(in->len + 1);
	char pointer[128];

	require(copy != NULL);
	memcpy(copy, in->text, in->len);
	(void)json_pointer_at(in->text, in->len, at, pointer, sizeof(pointer));
	require(strlen(pointer) < sizeof(pointer));
	if (json_cut(copy, in->len, at))
		for (size_t i = 0; i < in->len; i++)
			require(copy[i] == in->text[i] || copy[i] == ' ');
	free(copy);
}

static void note(void *ctx, const char *pointer, size_t key_end)
{
	*(size_t *)ctx += strlen(pointer) + key_end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct json_type *const types[] = {
		&oci_config_type, &oci_process_type, &oci_resources_type, &oci_state_type, &oci_features_type,
	};
	size_t noted = 0;
	struct json_text in = { .text = (const char *)data, .len = size, .unknown = note, .ctx = &noted };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct arena a = { 0 };
		struct json_error e;
		void *document = json_read(&in, types[i], &a, &e);

		if (document)
			comes_back(types[i], document, &a);
		else {
			is_told(&in, &e);
			is_cut(&in, &e);
		}
		arena_free(&a);
	}
	return 0;
}
