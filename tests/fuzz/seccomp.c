/* SPDX-License-Identifier: Apache-2.0
 *
 * seccomp - linux.seccomp, through the plan and libseccomp to a program that the kernel would take
 *
 * The bytes are the value of linux.seccomp.
 */
#include "kernel/seccomp.h"
#include "plan/plan.h"
#include "plan/security.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/hosts.h"

/* As the kernel checks it (seccomp_check_filter): loads of words inside struct seccomp_data, jumps forwards and inside, an end. */
static void is_sound(const struct seccomp_program *p)
{
	require(p->n > 0 && p->n <= BPF_MAXINSNS);
	for (size_t i = 0; i < p->n; i++) {
		const struct sock_filter *f = &p->code[i];

		if (BPF_CLASS(f->code) == BPF_LD)
			require(f->k % 4 == 0 && f->k < sizeof(struct seccomp_data));
		if (BPF_CLASS(f->code) == BPF_JMP && BPF_OP(f->code) == BPF_JA)
			require(f->k < p->n - i - 1);
		else if (BPF_CLASS(f->code) == BPF_JMP)
			require(i + 1 + f->jt < p->n && i + 1 + f->jf < p->n);
	}
	require(BPF_CLASS(p->code[p->n - 1].code) == BPF_RET);
}

static void compile(const struct plan *p)
{
	struct seccomp_program *program;
	struct err e;

	if (p->seccomp == NULL)
		return;
	program = seccomp_program_make(&p->seccomp->filter, &e);
	if (program != NULL)
		is_sound(program);
	free(program);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char head[] = "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"seccomp\":";
	const struct intent intent = {
		.id = "c1", .bundle = "/b", .rootfs = "/b/r", .config_name = "c", .facts = host_facts[0]
	};
	struct json_text in = { .text = NULL };
	struct arena a = { 0 };
	struct oci_config *spec;
	struct json_error je;
	struct plan *p;
	struct err e;
	char *text = between(head, data, size, "}}", &in.len);

	in.text = text;
	if (oci_config_read(&in, &a, &spec, &je) == 0 && (p = plan_build(spec, &intent, &a, &e)) != NULL)
		compile(p);
	arena_free(&a);
	free(text);
	return 0;
}
