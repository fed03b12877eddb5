/* SPDX-License-Identifier: Apache-2.0
 *
 * plan - the property: any configuration is refused with a position, or yields a plan that prints, on every kind of host
 */
#include <string.h>

#include "base/buf.h"
#include "libocispec/json_out.h"
#include "plan/place.h"
#include "plan/print.h"
#include "plan/risks.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/hosts.h"

/* A refusal says something, in one line, about something that has a place. */
static void is_placed(const struct plan_source *s, const struct err *e)
{
	struct json_place place;

	require(e->text[0] != '\0' && e->pointer[0] == '/');
	require(json_locate(s->text, s->len, e->pointer, &place) >= 0);
	require(place.line >= 1 && place.column >= 1);
	for (const char *p = e->text; *p; p++)
		require((unsigned char)*p >= 0x20);
}

static void prints(const struct plan *p, const struct plan_source *s, struct arena *a)
{
	auto_buf struct buf out = { 0 };
	const char *json;
	struct err e;

	require(plan_print_text(p, s, a, &out, &e) == 0 && out.len > 0);
	require(plan_print_json(p, s, a, &json, &e) == 0);
	require(json[0] == '{' && json[strlen(json) - 1] == '}');
}

static void audits(const struct oci_config *spec, struct arena *a)
{
	struct findings f = { .a = a };
	auto_buf struct buf out = { 0 };

	risks_find(spec, &f);
	risks_find_kernel(spec, 0, &f);
	findings_sort(&f);
	findings_print_text(&f, "config.json", &out);
	require(findings_print_json(&f, "/b", "config.json") != NULL);
}

static void one_host(const struct json_text *in, int host)
{
	const struct plan_source s = { .name = "config.json", .text = in->text, .len = in->len };
	struct intent intent = { .id = "c1",
		                 .bundle = "/b",
		                 .rootfs = "/b/rootfs",
		                 .config_name = "config.json",
		                 .manager = managers[host],
		                 .facts = host_facts[host] };
	struct arena a = { 0 };
	struct oci_config *spec;
	struct json_error je;
	struct plan *p;
	struct err e;

	err_clear(&e);
	if (oci_config_read(in, &a, &spec, &je) == 0) {
		intent.annotations = spec->annotations;
		p = plan_build(spec, &intent, &a, &e);
		if (p != NULL)
			prints(p, &s, &a);
		else
			is_placed(&s, &e);
		audits(spec, &a);
	} else {
		require(je.memory || je.place.line >= 1);
	}
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct json_text in = { .text = (const char *)data, .len = size };

	for (int host = 0; host < HOSTS; host++)
		one_host(&in, host);
	return 0;
}
