/* SPDX-License-Identifier: Apache-2.0
 *
 * devices - the rules of linux.resources.devices, compiled for v1 and cgroup2: no rule that denies is lost
 *
 * The bytes are an array of rules.
 */
#include "cgroup/bpf.h"
#include "cgroup/rules.h"
#include "libocispec/oci_config.h"
#include "plan/device_rules.h"
#include "tests/fuzz/fuzz.h"

/* What the rules say of reading one device: the last that fits wins, and nothing fits at first. */
static bool may_read(const struct cg_settings *s, char type, int64_t major, int64_t minor)
{
	bool allow = false;

	for (size_t i = 0; i < s->n_devices; i++) {
		const struct cg_device_rule *r = &s->devices[i];

		if (r->r && (r->type == 'a' || r->type == type) && (r->major < 0 || r->major == major) &&
		    (r->minor < 0 || r->minor == minor))
			allow = r->allow;
	}
	return allow;
}

/* The same of v1's form: a stance, and rows that deviate from it. */
static bool list_reads(const struct cg_device_list *l, char type, int64_t major, int64_t minor)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct cg_device_rule *r = &l->row[i];

		if (r->r && r->type == type && (r->major < 0 || r->major == major) &&
		    (r->minor < 0 || r->minor == minor))
			return !l->allow_all;
	}
	return l->allow_all;
}

static void compare(const struct cg_settings *s)
{
	static const int64_t numbers[] = { 0, 1, 3, 5, 8, 200, 4095 };
	auto_device_list struct cg_device_list list = { 0 };
	auto_program struct cg_program program = { 0 };
	struct err e;

	if (cg_devices_resolve(s->devices, s->n_devices, &list, &e) == 0)
		for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
			for (size_t k = 0; k < sizeof(numbers) / sizeof(*numbers); k++)
				for (const char *type = "bc"; *type; type++)
					require(list_reads(&list, *type, numbers[i], numbers[k]) ==
					        may_read(s, *type, numbers[i], numbers[k]));
	if (cg_bpf_compile(s->devices, s->n_devices, &program, &e) == 0)
		require(program.n > 1 && program.insn[program.n - 1].code == (BPF_JMP | BPF_EXIT));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_text in = { .text = NULL };
	struct cg_settings s = { 0 };
	struct arena a = { 0 };
	struct oci_resources *r;
	struct json_error je;
	struct err e;
	char *text = between("{\"devices\":", data, size, "}", &in.len);

	in.text = text;
	if (oci_resources_read(&in, &a, &r, &je) == 0 && device_rules_build(&r->devices, "/devices", &a, &s, &e) == 0)
		compare(&s);
	arena_free(&a);
	free(text);
	return 0;
}
