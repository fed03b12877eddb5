/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_oci_configs.c - whole documents: read, write, read again and nothing is lost.
 *
 * Two folders are not part of this project: $OCI_ENGINE_CONFIGS (config.json files as engines wrote them) and
 * $OCI_SCHEMA_DIR (the runtime-spec's schema with its test documents); by default they lie beside the sources.
 */
#include "libocispec/arena.h"
#include "libocispec/json_out.h"
#include "libocispec/json_row.h"
#include "libocispec/oci_config.h"
#include "libocispec/oci_features.h"
#include "libocispec/oci_state.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a document in which every member is filled ---- */

static uint64_t largest(const struct json_row *row)
{
	static const uint64_t by_kind[] = {
		[JSON_I32] = INT32_MAX,  [JSON_I64] = INT64_MAX,  [JSON_U16] = UINT16_MAX,
		[JSON_U32] = UINT32_MAX, [JSON_U64] = UINT64_MAX,
	};

	return row->u.range ? row->u.range->max : by_kind[row->kind];
}

/* A string that is everything the forms ask for, one after the other. */
static const char *some_string(const struct json_row *row)
{
	static const char *const candidates[] = { "1.3.0", "2MB", "MB:0=1", "CAP_SYS_ADMIN" };

	for (size_t i = 0; row->u.form && i < sizeof(candidates) / sizeof(candidates[0]); i++)
		if (row->u.form->ok(candidates[i], strlen(candidates[i])))
			return candidates[i];
	return row->u.form ? "0-3" : "\"\\\n\xc3\xa9";
}

static void fill(struct json_out *o, const char *key, const struct json_type *type);

static void fill_one(struct json_out *o, const char *key, const struct json_row *row, unsigned word)
{
	switch ((enum json_kind)row->kind) {
	case JSON_BOOL: json_out_bool(o, key, true); break;
	case JSON_I32:
	case JSON_I64:
	case JSON_U16:
	case JSON_U32:
	case JSON_U64: json_out_u64(o, key, largest(row)); break;
	case JSON_STR: json_out_str(o, key, some_string(row)); break;
	case JSON_WORD: json_out_str(o, key, json_word(row->u.words, word)); break;
	case JSON_OBJECT: fill(o, key, row->u.type); break;
	case JSON_SKIP: break;
	}
}

/* Every row of TYPE in its order, lists with two items or all words: the text that writing it must give back. */
static void fill(struct json_out *o, const char *key, const struct json_type *type)
{
	json_out_open(o, key, '{');
	for (unsigned i = 0; i < type->n; i++) {
		const struct json_row *row = &type->rows[i];
		unsigned items = row->kind == JSON_WORD ? row->u.words->n - 1 : 2;

		if (row->shape == JSON_ONE) {
			fill_one(o, row->key, row, row->kind == JSON_WORD ? items : 0);
			continue;
		}
		json_out_open(o, row->key, row->shape == JSON_NAMED ? '{' : '[');
		for (unsigned k = 1; k <= items; k++)
			fill_one(o, row->shape == JSON_NAMED ? (k == 1 ? "z" : "a/\"") : NULL, row, k);
		json_out_close(o, row->shape == JSON_NAMED ? '}' : ']');
	}
	json_out_close(o, '}');
}

static void never(void *ctx, const char *pointer, size_t key_end)
{
	(void)key_end;
	fail_msg("%s: the member %s is unknown", (const char *)ctx, pointer);
}

static void full_document_comes_back(void **state)
{
	const struct json_type *type = *state;
	struct arena a = { 0 };
	struct json_out o = { .a = &a };
	struct json_text in = { .unknown = never, .ctx = (char[]){ "full" } };
	struct json_error e;
	void *document;

	fill(&o, NULL, type);
	in.text = json_out_text(&o, &in.len);
	document = json_read(&in, type, &a, &e);
	if (!document)
		fail_msg("%s", e.text);
	assert_string_equal(json_write(type, document, NULL, &a, NULL), in.text);
	arena_free(&a);
}

/* ---- documents of others ---- */

/* Each unknown member counts: real engines write none. */
static void count(void *ctx, const char *pointer, size_t key_end)
{
	(void)key_end;
	print_message("# unknown: %s\n", pointer);
	++*(unsigned *)ctx;
}

static char *slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *text = malloc(1 << 20);

	if (!f || !text)
		fail_msg("cannot read %s", path);
	*len = fread(text, 1, 1 << 20, f);
	(void)fclose(f); /* was only read */
	return text;
}

/* Reads PATH and what was written from it, which must be the same in both styles. Returns what was wrong or NULL. */
static const char *round_trip(const char *path, const struct json_type *type, unsigned *unknown, struct arena *a)
{
	struct json_text in = { .name = strrchr(path, '/') + 1, .unknown = count, .ctx = unknown };
	char *text = slurp(path, &in.len);
	struct json_error *e = arena_alloc(a, sizeof(*e));
	void *first;
	char *written;

	in.text = text;
	first = json_read(&in, type, a, e);
	free(text);
	if (!first)
		return e->text;
	in.text = json_write(type, first, "    ", a, &in.len);
	first = json_read(&in, type, a, e);
	if (!first)
		return e->text;
	written = json_write(type, first, "    ", a, NULL);
	return strcmp(written, in.text) == 0 ? NULL : "what was written differs the second time";
}

static DIR *folder(char *path, size_t size, const char *variable, const char *by_default, const char *below)
{
	const char *top = getenv("OCIRT_SRCDIR");
	DIR *dir;

	if (getenv(variable))
		(void)snprintf(path, size, "%s%s", getenv(variable), below);
	else
		(void)snprintf(path, size, "%s/../shared/data/%s%s", top ? top : ".", by_default, below);
	dir = opendir(path);
	if (!dir) {
		print_message("%s is not there (set %s)\n", path, variable);
		skip();
	}
	return dir;
}

static void engines_configs_are_read_without_a_complaint(void **state)
{
	char dir_path[4096];
	DIR *dir = folder(dir_path, sizeof(dir_path), "OCI_ENGINE_CONFIGS", "engine-configs", "");
	unsigned unknown = 0;
	unsigned bad = 0;
	unsigned n = 0;

	(void)state; /* the callback's shape */
	for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
		struct arena a = { 0 };
		const char *error;
		char path[8192];

		if (!strstr(d->d_name, ".json"))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir_path, d->d_name);
		error = round_trip(path, &oci_config_type, &unknown, &a);
		if (error) {
			print_message("# %s: %s\n", d->d_name, error);
			bad++;
		}
		arena_free(&a);
		n++;
	}
	(void)closedir(dir); /* was only read */
	print_message("# %u documents\n", n);
	assert_int_equal(bad, 0);
	assert_int_equal(unknown, 0);
	assert_true(n > 0);
}

/* What the runtime-spec calls good we read, what it calls bad we refuse; but for these. */
static const struct {
	const char *file;
	const char *reason;
} exceptions[] = {
	{ "config/good/spec-example.json", "it says ociVersion 0.5.0-dev: another major version" },
	{ "config/good/zos-example.json", "it says ociVersion 0.5.0-dev: another major version" },
	{ "config/bad/freebsd-vnet-disable.json", "only the freebsd object is bad, and that is skipped" },
};

static bool expected_good(const char *path, bool good)
{
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
		if (strstr(path, exceptions[i].file))
			return !good;
	return good;
}

static unsigned published(const char *below, const struct json_type *type, bool good)
{
	char dir_path[4096];
	DIR *dir = folder(dir_path, sizeof(dir_path), "OCI_SCHEMA_DIR", "runtime-spec-1.3.0-schema", below);
	unsigned unknown = 0;
	unsigned bad = 0;

	for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
		struct arena a = { 0 };
		const char *error;
		char path[8192];

		if (!strstr(d->d_name, ".json"))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir_path, d->d_name);
		error = round_trip(path, type, &unknown, &a);
		if (!error != expected_good(path, good)) {
			print_message("# %s: %s\n", path, error ? error : "is accepted");
			bad++;
		}
		arena_free(&a);
	}
	(void)closedir(dir); /* was only read */
	return bad;
}

static void published_test_documents_are_judged_alike(void **state)
{
	(void)state;
	assert_int_equal(published("/test/config/good", &oci_config_type, true), 0);
	assert_int_equal(published("/test/config/bad", &oci_config_type, false), 0);
	assert_int_equal(published("/test/state/good", &oci_state_type, true), 0);
	assert_int_equal(published("/test/state/bad", &oci_state_type, false), 0);
	assert_int_equal(published("/test/features/good", &oci_features_type, true), 0);
	assert_int_equal(published("/test/features/bad", &oci_features_type, false), 0);
}

#define FULL(name)                                                                                   \
	{                                                                                            \
		"full_" #name, full_document_comes_back, NULL, NULL, (void *)(uintptr_t)&name##_type \
	}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FULL(oci_config),
		FULL(oci_process),
		FULL(oci_resources),
		FULL(oci_state),
		FULL(oci_container_process_state),
		FULL(oci_features),
		cmocka_unit_test(engines_configs_are_read_without_a_complaint),
		cmocka_unit_test(published_test_documents_are_judged_alike),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("oci_configs", tests, NULL, NULL);
}
