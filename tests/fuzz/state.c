/* SPDX-License-Identifier: Apache-2.0
 *
 * state - the state file of a container, cut, foreign or hostile: what it says is taken whole or not at all
 *
 * The first line has a check, which no mutation meets: the bytes are also taken as what follows a right line.
 */
#include <string.h>

#include "init/record.h"
#include "libocispec/oci_config.h"
#include "libocispec/oci_state.h"
#include "plan/intent.h"
#include "plan/plan.h"
#include "tests/fuzz/fuzz.h"

/* What was read is written and read again alike. */
static void intent_comes_back(const struct intent *in, struct arena *a)
{
	const char *first, *second;
	struct intent again;
	size_t len, len2;
	struct err e;

	require(intent_write(in, a, &first, &len, &e) == 0);
	require(intent_read(first, len, a, &again, &e) == 0);
	require(intent_write(&again, a, &second, &len2, &e) == 0);
	require(len == len2 && memcmp(first, second, len) == 0);
}

static void look(const struct record *r)
{
	const struct json_text in = { .text = r->config, .len = r->config_len };
	struct arena a = { 0 };
	struct oci_config *spec;
	struct json_error je;
	struct intent intent;
	struct err e;

	err_clear(&e);
	if (intent_read(r->intent, r->intent_len, &a, &intent, &e) == 0) {
		intent_comes_back(&intent, &a);
		if (oci_config_read(&in, &a, &spec, &je) == 0)
			(void)!plan_build(spec, &intent, &a, &e); /* either is fine */
	}
	arena_free(&a);
}

static void parse(const char *text, size_t len)
{
	struct record r;
	struct err e;

	if (record_parse(text, len, &r, &e) < 0)
		return;
	require(r.pid >= 0 && r.intent >= text && r.intent + r.intent_len <= text + len);
	require(r.config >= text && r.config + r.config_len <= text + len);
	look(&r);
}

/* The bytes up to the first newline are the intent, the rest is config.json. */
static void behind_a_right_line(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);
	struct record r = {
		.pid = 42, .start = 7, .intent = text, .intent_len = end != NULL ? (size_t)(end - text) : len
	};
	auto_buf struct buf file = { 0 };
	struct err e;

	r.config = end != NULL ? end + 1 : text + len;
	r.config_len = (size_t)(text + len - r.config);
	require(record_write(&r, &file, &e) == 0);
	parse(file.data, file.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	parse((const char *)data, size);
	behind_a_right_line((const char *)data, size);
	return 0;
}
