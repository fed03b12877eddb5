/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_oci_schema.c - the rows against the JSON schema the runtime-spec publishes, member by member, both ways.
 *
 * The schema is not part of this project: its folder comes from $OCI_SCHEMA_DIR, or lies beside the sources. Every
 * difference is a row in the tables below, with its reason; one that is not listed fails, and so does a listed one
 * that is no difference any more.
 */
#include "libocispec/json_row.h"
#include "libocispec/oci_config.h"
#include "libocispec/oci_features.h"
#include "libocispec/oci_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <yajl/yajl_tree.h>

struct difference {
	const char *text;
	const char *reason;
};

static const struct difference config_differences[] = {
	{ "/ociVersion: a form", "config.md: SemVer 2.0.0; only major version 1 is this document" },
	{ "/process/rlimits/*/type: words instead of a pattern",
	  "config.md#posix-process: what cannot be mapped to the kernel's must be an error" },
	{ "/process/oomScoreAdj: -2147483648..2147483647 instead of any integer",
	  "Go's int; the kernel takes -1000..1000" },
	{ "/hooks/*/*/timeout: 1..2147483 instead of 1..", "seconds, as many milliseconds as poll(2) takes" },
	{ "/linux/rootfsPropagation: other words", "engines write the recursive words, and runc takes them" },
	{ "/linux/devices/*/type: words instead of a pattern", "the same four letters" },
	{ "/linux/devices/*/fileMode: 0..65535 instead of 0..511",
	  "Go's device lists carry st_mode whole: podman writes 8576, which is 020600" },
	{ "/linux/resources/pids/limit: optional",
	  "config-linux.md says OPTIONAL, and Go leaves it out when it is nil" },
	{ "/linux/resources/devices/*/type: words",
	  "config-linux.md: a, b or c; anything else would let no device through" },
	{ "/solaris: skipped", "another platform's" },
	{ "/windows: skipped", "another platform's" },
	{ "/vm: skipped", "another platform's" },
	{ "/zos: skipped", "another platform's" },
	{ "/freebsd: skipped", "another platform's" },
};

static const struct difference state_differences[] = {
	{ "/ociVersion: a form", "runtime.md: SemVer 2.0.0" },
	{ "/status: other words", "paused: runc says so, and engines understand it" },
	{ "/pid: 0..2147483647 instead of 0..", "pid_t" },
	{ "/rootfs: not in the schema", "runc's output has it" },
	{ "/created: not in the schema", "runc's output has it" },
	{ "/owner: not in the schema", "runc's output has it" },
};

static const struct difference features_differences[] = {
	{ "/ociVersionMin: a form", "features.md: a version of the runtime-spec, SemVer 2.0.0" },
	{ "/ociVersionMax: a form", "features.md: a version of the runtime-spec, SemVer 2.0.0" },
	{ "/linux/intelRdt/schemata: not in the schema", "features-linux.md has it" },
	{ "/linux/intelRdt/monitoring: not in the schema", "features-linux.md has it" },
	{ "/linux/memoryPolicy: not in the schema", "features-linux.md has it" },
};

/* ---- the schema's files ---- */

enum { MAX_FILES = 16, MAX_DIFFERENCES = 64 };

struct schema {
	char dir[4096];
	struct {
		char name[64];
		yajl_val tree;
	} file[MAX_FILES];
	size_t files;
	char found[MAX_DIFFERENCES][256];
	size_t n;
	size_t members; /* how many were compared */
};

/* Where a schema node stands: its file is needed for the references inside. */
struct node {
	yajl_val v;
	const char *file;
};

static yajl_val member(yajl_val v, const char *name)
{
	const char *path[] = { name, NULL };

	return v ? yajl_tree_get(v, path, yajl_t_any) : NULL;
}

static const char *string(yajl_val v, const char *name)
{
	return YAJL_GET_STRING(member(v, name));
}

static bool is_string(yajl_val v, const char *text)
{
	return YAJL_IS_STRING(v) && strcmp(v->u.string, text) == 0;
}

static yajl_val load(struct schema *s, const char *name, size_t len, const char **kept)
{
	static char text[1 << 20]; /* only while it is parsed */
	char path[8192];
	char error[200];
	size_t i = 0;
	FILE *f;

	while (i < s->files && (strlen(s->file[i].name) != len || strncmp(s->file[i].name, name, len) != 0))
		i++;
	if (i == s->files) {
		assert_true(i < MAX_FILES && len < sizeof(s->file[i].name));
		memcpy(s->file[i].name, name, len);
		(void)snprintf(path, sizeof(path), "%s/%s", s->dir, s->file[i].name);
		f = fopen(path, "r");
		if (!f)
			fail_msg("cannot open %s", path);
		text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
		(void)fclose(f); /* was only read */
		s->file[i].tree = yajl_tree_parse(text, error, sizeof(error));
		if (!s->file[i].tree)
			fail_msg("%s: %s", path, error);
		s->files++;
	}
	*kept = s->file[i].name;
	return s->file[i].tree;
}

/* "file.json#/a/b", "#/a/b" or, as one place has it, "#a/b" */
static struct node follow(struct schema *s, const char *ref, const char *file)
{
	const char *hash = strchr(ref, '#');
	struct node n;

	assert_non_null(hash);
	n.v = hash > ref ? load(s, ref, (size_t)(hash - ref), &n.file) : load(s, file, strlen(file), &n.file);
	for (const char *p = hash + 1; n.v && *p; p += strcspn(p, "/")) {
		char name[64] = "";

		p += *p == '/';
		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(p, "/"), p);
		n.v = member(n.v, name);
	}
	if (!n.v)
		fail_msg("%s in %s leads nowhere", ref, file);
	return n;
}

static struct node resolved(struct schema *s, struct node n)
{
	for (int i = 0; i < 10; i++) {
		const char *ref = string(n.v, "$ref");
		yajl_val any = member(n.v, "anyOf");

		if (ref)
			n = follow(s, ref, n.file);
		else if (YAJL_IS_ARRAY(any) && any->u.array.len == 1)
			n.v = any->u.array.values[0];
		else
			return n;
	}
	fail_msg("references in a circle");
	return n;
}

/* Calls itself for allOf: NAME in the properties of N. */
static bool property(struct schema *s, struct node n, const char *name, struct node *out)
{
	yajl_val all = member(n.v, "allOf");

	*out = (struct node){ member(member(n.v, "properties"), name), n.file };
	for (size_t i = 0; !out->v && all && i < all->u.array.len; i++)
		(void)property(s, resolved(s, (struct node){ all->u.array.values[i], n.file }), name, out);
	if (!out->v)
		return false;
	*out = resolved(s, *out);
	return true;
}

static bool required(struct schema *s, struct node n, const char *name)
{
	yajl_val list = member(n.v, "required");
	yajl_val all = member(n.v, "allOf");

	for (size_t i = 0; list && i < list->u.array.len; i++)
		if (is_string(list->u.array.values[i], name))
			return true;
	for (size_t i = 0; all && i < all->u.array.len; i++)
		if (required(s, resolved(s, (struct node){ all->u.array.values[i], n.file }), name))
			return true;
	return false;
}

/* ---- the comparison ---- */

static void __attribute__((format(printf, 3, 4))) differ(struct schema *s, const char *where, const char *format, ...)
{
	va_list args;
	int n;

	assert_true(s->n < MAX_DIFFERENCES);
	n = snprintf(s->found[s->n], sizeof(s->found[0]), "%s: ", where);
	va_start(args, format);
	(void)vsnprintf(s->found[s->n] + n, sizeof(s->found[0]) - (size_t)n, format, args);
	va_end(args);
	for (size_t i = 0; i < s->n; i++) /* the six kinds of hooks differ alike */
		if (strcmp(s->found[i], s->found[s->n]) == 0)
			return;
	s->n++;
}

static const char *number(yajl_val v, const char *name)
{
	yajl_val n = member(v, name);

	return YAJL_IS_NUMBER(n) ? YAJL_GET_NUMBER(n) : "";
}

static void compare_integer(struct schema *s, const struct json_row *row, struct node n, const char *where)
{
	static const struct json_range natural[] = {
		[JSON_I32] = { INT32_MIN, INT32_MAX }, [JSON_I64] = { INT64_MIN, INT64_MAX },
		[JSON_U16] = { 0, UINT16_MAX },        [JSON_U32] = { 0, UINT32_MAX },
		[JSON_U64] = { 0, UINT64_MAX },
	};
	const struct json_range *r = row->u.range ? row->u.range : &natural[row->kind];
	char ours[64];
	char theirs[64];

	(void)snprintf(ours, sizeof(ours), "%lld..%llu", (long long)r->min, (unsigned long long)r->max);
	(void)snprintf(theirs, sizeof(theirs), "%s..%s", number(n.v, "minimum"), number(n.v, "maximum"));
	if (strcmp(ours, theirs) != 0)
		differ(s, where, "%s instead of %s", ours, strcmp(theirs, "..") == 0 ? "any integer" : theirs);
}

static void compare_word(struct schema *s, const struct json_row *row, struct node n, const char *where)
{
	yajl_val list = member(n.v, "enum");
	bool same = list && list->u.array.len + 1 == row->u.words->n;

	for (size_t i = 0; list && i < list->u.array.len; i++) {
		const char *word = YAJL_GET_STRING(list->u.array.values[i]);

		assert_non_null(word);
		if (!json_word_value(row->u.words, word, strlen(word)))
			differ(s, where, "the word %s is unknown", word);
	}
	if (!list)
		differ(s, where, string(n.v, "pattern") ? "words instead of a pattern" : "words");
	else if (!same)
		differ(s, where, "other words");
}

/* The patterns of the schema and strings that tell ours from another one: accepted before the NULL, refused after. */
static const struct {
	const char *pattern;
	const char *examples[10];
} patterns[] = {
	{ "^[1-9][0-9]*[KMG]B$", { "1KB", "10MB", "1GB", NULL, "", "0KB", "KB", "1kB", "1K", "1KBx" } },
	{ "^[0-9, -]*$", { "", "0-3,7", " 1", NULL, "a", "0-3;", "1\t" } },
	{ "^MB:[^\\n]*$", { "MB:", "MB:0=10;1=20", NULL, "", "MB", "L3:1", "MB:\n", " MB:" } },
	{ "^CAP_[A-Z_]+$", { "CAP_X", "CAP_A_B", NULL, "", "CAP_", "CAP_x", "cap_X", "CAP_X1" } },
};

static void compare_form(struct schema *s, const struct json_form *form, const char *pattern, const char *where)
{
	size_t i = 0;
	bool ok = true;

	while (i < sizeof(patterns) / sizeof(patterns[0]) && strcmp(patterns[i].pattern, pattern) != 0)
		i++;
	if (i == sizeof(patterns) / sizeof(patterns[0])) {
		differ(s, where, "the pattern %s", pattern);
		return;
	}
	for (size_t k = 0; k < 10 && (ok || patterns[i].examples[k]); k++) {
		const char *example = patterns[i].examples[k];

		if (!example)
			ok = false;
		else if (form->ok(example, strlen(example)) != ok)
			differ(s, where, "\"%s\" is %s", example, ok ? "refused" : "accepted");
	}
}

static void compare_string(struct schema *s, const struct json_row *row, struct node n, const char *where)
{
	const char *pattern = string(n.v, "pattern");

	if (member(n.v, "enum"))
		differ(s, where, "no words");
	if (row->u.form && !pattern)
		differ(s, where, "a form");
	else if (pattern && !row->u.form)
		differ(s, where, "no form");
	else if (pattern)
		compare_form(s, row->u.form, pattern, where);
}

static void compare_object(struct schema *s, const struct json_type *type, struct node n, const char *where);

static const char *schema_type(enum json_kind kind)
{
	switch (kind) {
	case JSON_BOOL: return "boolean";
	case JSON_I32:
	case JSON_I64:
	case JSON_U16:
	case JSON_U32:
	case JSON_U64: return "integer";
	case JSON_STR:
	case JSON_WORD: return "string";
	case JSON_OBJECT:
	case JSON_SKIP: break;
	}
	return "object";
}

static bool is_a(struct schema *s, struct node n, const char *type, const char *where)
{
	const char *theirs = string(n.v, "type");

	/* a few objects are one by their properties only */
	if (!theirs && (member(n.v, "properties") || member(n.v, "allOf")))
		theirs = "object";
	if (theirs && strcmp(theirs, type) == 0)
		return true;
	differ(s, where, "%s instead of %s", type, theirs ? theirs : "anything");
	return false;
}

/* One value: a member, or an item of its array or map. */
static void compare_one(struct schema *s, const struct json_row *row, struct node n, const char *where)
{
	s->members++;
	if (!is_a(s, n, schema_type(row->kind), where))
		return;
	switch ((enum json_kind)row->kind) {
	case JSON_BOOL: break;
	case JSON_I32:
	case JSON_I64:
	case JSON_U16:
	case JSON_U32:
	case JSON_U64: compare_integer(s, row, n, where); break;
	case JSON_STR: compare_string(s, row, n, where); break;
	case JSON_WORD: compare_word(s, row, n, where); break;
	case JSON_OBJECT: compare_object(s, row->u.type, n, where); break;
	case JSON_SKIP: differ(s, where, "skipped"); break;
	}
}

static yajl_val free_keys(struct node n)
{
	yajl_val patterns_of = member(n.v, "patternProperties");
	yajl_val additional = member(n.v, "additionalProperties");

	return patterns_of ? member(patterns_of, ".{1,}") : additional;
}

static void compare_row(struct schema *s, const struct json_row *row, struct node n, const char *where)
{
	char item[300];

	(void)snprintf(item, sizeof(item), "%s/*", where);
	if (row->shape == JSON_ONE) {
		compare_one(s, row, n, where);
	} else if (row->shape == JSON_NAMED && is_a(s, n, "object", where)) {
		if (free_keys(n))
			compare_one(s, row, resolved(s, (struct node){ free_keys(n), n.file }), item);
		else
			differ(s, where, "free keys");
	} else if (row->shape == JSON_MANY && is_a(s, n, "array", where)) {
		compare_one(s, row, resolved(s, (struct node){ member(n.v, "items"), n.file }), item);
		if (!(row->flags & JSON_FILLED) != !member(n.v, "minItems"))
			differ(s, where, "may%s be empty", row->flags & JSON_FILLED ? " not" : "");
	}
}

/* Every property of N has a row. */
static void compare_back(struct schema *s, const struct json_type *type, struct node n, const char *where)
{
	yajl_val properties = member(n.v, "properties");
	yajl_val all = member(n.v, "allOf");

	for (size_t i = 0; properties && i < properties->u.object.len; i++) {
		const char *key = properties->u.object.keys[i];
		bool found = false;

		for (unsigned k = 0; k < type->n; k++)
			found = found || strcmp(type->rows[k].key, key) == 0;
		if (!found)
			differ(s, where, "%s has no row", key);
	}
	for (size_t i = 0; all && i < all->u.array.len; i++)
		compare_back(s, type, resolved(s, (struct node){ all->u.array.values[i], n.file }), where);
}

static void compare_object(struct schema *s, const struct json_type *type, struct node n, const char *where)
{
	compare_back(s, type, n, where);
	for (unsigned i = 0; i < type->n; i++) {
		const struct json_row *row = &type->rows[i];
		bool must = required(s, n, row->key);
		char path[256];
		struct node p;

		(void)snprintf(path, sizeof(path), "%s/%s", strncmp(where, "/hooks", 6) == 0 ? "/hooks/*/*" : where,
		               row->key);
		if (strcmp(where, "/hooks") == 0)
			(void)snprintf(path, sizeof(path), "/hooks/%s", row->key);
		if (!property(s, n, row->key, &p)) {
			differ(s, path, "not in the schema");
			continue;
		}
		if (must != ((row->flags & JSON_REQUIRED) != 0))
			differ(s, path, must ? "optional" : "required");
		compare_row(s, row, p, path);
	}
}

/* ---- the documents ---- */

static void find_schema(char *path, size_t size)
{
	const char *dir = getenv("OCI_SCHEMA_DIR");
	const char *top = getenv("OCIRT_SRCDIR");

	if (dir)
		(void)snprintf(path, size, "%s", dir);
	else
		(void)snprintf(path, size, "%s/../shared/data/runtime-spec-1.3.0-schema", top ? top : ".");
	if (access(path, R_OK) != 0) {
		print_message("the published schema is not in %s (set OCI_SCHEMA_DIR)\n", path);
		skip();
	}
}

static bool listed(const char *text, const struct difference *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].text, text) == 0)
			return true;
	return false;
}

static void check(const char *file, const struct json_type *type, const struct difference *list, size_t n)
{
	struct node top = { 0 };
	char dir[sizeof(((struct schema *)0)->dir)];
	struct schema *s;
	unsigned bad = 0;

	find_schema(dir, sizeof(dir));
	s = calloc(1, sizeof(*s));
	assert_non_null(s);
	memcpy(s->dir, dir, sizeof(dir));
	top.v = load(s, file, strlen(file), &top.file);
	compare_object(s, type, top, "");
	for (size_t i = 0; i < s->n; i++) {
		if (listed(s->found[i], list, n))
			continue;
		print_message("# %s is not listed\n", s->found[i]);
		bad++;
	}
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < s->n && strcmp(s->found[k], list[i].text) != 0)
			k++;
		if (k < s->n)
			continue;
		print_message("# %s is listed but is none\n", list[i].text);
		bad++;
	}
	print_message("# %s: %zu values compared, %zu differences\n", file, s->members, s->n);
	for (size_t i = 0; i < s->files; i++)
		yajl_tree_free(s->file[i].tree);
	free(s);
	assert_int_equal(bad, 0);
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void config_rows_are_the_published_schema(void **state)
{
	(void)state; /* the callback's shape */
	check("config-schema.json", &oci_config_type, config_differences, COUNT(config_differences));
}

static void state_rows_are_the_published_schema(void **state)
{
	(void)state;
	check("state-schema.json", &oci_state_type, state_differences, COUNT(state_differences));
}

static void features_rows_are_the_published_schema(void **state)
{
	(void)state;
	check("features-schema.json", &oci_features_type, features_differences, COUNT(features_differences));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_rows_are_the_published_schema),
		cmocka_unit_test(state_rows_are_the_published_schema),
		cmocka_unit_test(features_rows_are_the_published_schema),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("oci_schema", tests, NULL, NULL);
}
