/* SPDX-License-Identifier: Apache-2.0
 *
 * test_device_rules - what rules about devices become: v1's list, cgroup2's program; both mean what the rules mean
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/buf.h"
#include "cgroup/bpf.h"
#include "cgroup/rules.h"

static struct cg_device_rule rule(bool allow, char type, int64_t major, int64_t minor, const char *access)
{
	return (struct cg_device_rule){ .allow = allow,
		                        .type = type,
		                        .major = major,
		                        .minor = minor,
		                        .r = strchr(access, 'r') != NULL,
		                        .w = strchr(access, 'w') != NULL,
		                        .m = strchr(access, 'm') != NULL };
}

/* "-a *:* rwm +c 1:3 rw": rules in one line. */
static size_t parse_rules(const char *text, struct cg_device_rule *to)
{
	size_t n = 0;

	for (char sign, type, major[16], minor[16], access[8]; *text != '\0'; n++) {
		int used;

		assert_int_equal(sscanf(text, " %c%c %15[^:]:%15s %7s%n", &sign, &type, major, minor, access, &used),
		                 5);
		to[n] = rule(sign == '+', type, major[0] == '*' ? -1 : strtol(major, NULL, 10),
		             minor[0] == '*' ? -1 : strtol(minor, NULL, 10), access);
		text += used;
	}
	return n;
}

static void test_rules_become_a_stance_and_exceptions(void **state)
{
	static const struct {
		const char *rules, *list;
	} cases[] = {
		{ "", "-" },
		{ "-a *:* rwm", "-" },
		{ "+a *:* rwm", "+" },
		{ "-a *:* rwm +c 10:229 rwm +b 8:20 rw +c 1:3 r +c 1:3 wm", "-,c 10:229 rwm,b 8:20 rw,c 1:3 rwm" },
		{ "+c 1:3 rwm -a *:* rwm +c 1:5 r", "-,c 1:5 r" },
		{ "+c 1:3 rwm +c 1:5 rwm -c 1:* w", "-,c 1:3 rm,c 1:5 rm" },
		{ "+c 1:3 rwm -a 1:3 rwm", "-" },
		{ "+a *:* m", "-,b *:* m,c *:* m" },
		{ "+c *:* m -c 1:5 rw", "-,c *:* m" },
		{ "+a *:* rwm -c 1:5 rw -b *:* w", "+,c 1:5 rw,b *:* w" },
		{ "+a *:* rwm -c 1:5 rw +c 1:* r", "+,c 1:5 w" },
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		auto_device_list struct cg_device_list l = { 0 };
		auto_buf struct buf b = { 0 };
		struct cg_device_rule r[16];
		size_t n = parse_rules(cases[i].rules, r);
		struct err e;

		assert_int_equal(cg_devices_resolve(r, n, &l, &e), 0);
		buf_puts(&b, l.allow_all ? "+" : "-");
		for (size_t j = 0; j < l.n; j++) {
			char text[64];

			assert_int_equal(l.row[j].allow, !l.allow_all);
			buf_printf(&b, ",%s", cg_device_text(&l.row[j], text));
		}
		assert_string_equal(buf_text(&b), cases[i].list);
	}
}

static void test_a_hole_in_a_wider_rule_is_refused_on_v1(void **state)
{
	static const struct {
		const char *rules, *text;
	} cases[] = {
		{ "+c 1:* rwm -c 1:5 w", "cgroup v1 cannot deny 'c 1:5 w' out of the wider rule 'c 1:* rwm'" },
		{ "+a *:* rwm -c 1:* rwm +c 1:5 r",
		  "cgroup v1 cannot allow 'c 1:5 r' out of the wider rule 'c 1:* rwm'" },
		{ "+c 1:* r -c *:5 r", "cgroup v1 cannot deny 'c *:5 r' out of the wider rule 'c 1:* r'" },
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		auto_device_list struct cg_device_list l = { 0 };
		struct cg_device_rule r[16];
		size_t n = parse_rules(cases[i].rules, r);
		struct err e;

		assert_int_equal(cg_devices_resolve(r, n, &l, &e), -1);
		assert_int_equal(e.kind, ERR_HOST);
		assert_string_equal(e.text, cases[i].text);
	}
}

/* What the kernel would make of a program: the few instructions that cg_bpf_compile uses. */
static uint32_t interpret(const struct cg_program *p, const uint32_t ctx[3])
{
	uint32_t r[11] = { 0 };

	for (size_t pc = 0; pc < p->n; pc++) {
		const struct bpf_insn *i = &p->insn[pc];
		uint32_t *dst = &r[i->dst_reg], imm = (uint32_t)i->imm;

		switch (i->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			assert_int_equal(i->src_reg, BPF_REG_1);
			assert_true(i->off % 4 == 0 && i->off <= 8);
			*dst = ctx[i->off / 4];
			break;
		case BPF_ALU | BPF_MOV | BPF_X: *dst = r[i->src_reg]; break;
		case BPF_ALU | BPF_MOV | BPF_K: *dst = imm; break;
		case BPF_ALU | BPF_AND | BPF_K: *dst &= imm; break;
		case BPF_ALU | BPF_RSH | BPF_K: *dst >>= imm; break;
		case BPF_ALU | BPF_LSH | BPF_X: *dst <<= r[i->src_reg] & 31; break;
		case BPF_JMP32 | BPF_JGT | BPF_K: pc += *dst > imm ? (size_t)i->off : 0; break;
		case BPF_JMP32 | BPF_JNE | BPF_K: pc += *dst != imm ? (size_t)i->off : 0; break;
		case BPF_JMP32 | BPF_JEQ | BPF_K: pc += *dst == imm ? (size_t)i->off : 0; break;
		case BPF_JMP | BPF_EXIT: return r[0];
		default: fail_msg("instruction %#x", i->code);
		}
	}
	fail_msg("ran off the end");
	return 2;
}

/* The meaning of the rules, as plainly as can be said. */
static bool allowed(const struct cg_device_rule *rules, size_t n, char type, const int64_t number[2], char access)
{
	bool allow = false;

	for (size_t i = 0; i < n; i++) {
		const struct cg_device_rule *r = &rules[i];

		if ((r->type == 'a' || r->type == type) && (r->major < 0 || r->major == number[0]) &&
		    (r->minor < 0 || r->minor == number[1]) &&
		    (access == 'r'   ? r->r
		     : access == 'w' ? r->w
		                     : r->m))
			allow = r->allow;
	}
	return allow;
}

static void check_program(const struct cg_device_rule *rules, size_t n)
{
	static const int64_t numbers[][2] = { { 1, 3 },  { 1, 5 },  { 5, 3 },  { 5, 5 },         { 5, 0 },
		                              { 5, 31 }, { 5, 32 }, { 5, 37 }, { 4294967295, 3 } };
	auto_program struct cg_program p = { 0 };
	struct err e;

	assert_int_equal(cg_bpf_compile(rules, n, &p, &e), 0);
	assert_true(p.n <= p.room);
	for (int type = 0; type < 2; type++)
		for (size_t k = 0; k < array_len(numbers); k++)
			for (uint32_t access = 1; access < 8; access++) {
				const uint32_t ctx[3] = { access << 16 | (type == 0 ? BPF_DEVCG_DEV_BLOCK
					                                            : BPF_DEVCG_DEV_CHAR),
					                  (uint32_t)numbers[k][0], (uint32_t)numbers[k][1] };
				char t = type == 0 ? 'b' : 'c';
				bool want = true;

				want &= (access & BPF_DEVCG_ACC_MKNOD) == 0 || allowed(rules, n, t, numbers[k], 'm');
				want &= (access & BPF_DEVCG_ACC_READ) == 0 || allowed(rules, n, t, numbers[k], 'r');
				want &= (access & BPF_DEVCG_ACC_WRITE) == 0 || allowed(rules, n, t, numbers[k], 'w');
				assert_int_equal(interpret(&p, ctx), want);
			}
}

/* What it costs the kernel to verify grows with them. */
static void test_the_default_devices_take_few_branches(void **state)
{
	auto_program struct cg_program p = { 0 };
	struct cg_device_rule r[16];
	size_t branches = 0;
	struct err e;

	(void)state;
	assert_int_equal(
		cg_bpf_compile(r,
	                       parse_rules("-a *:* rwm +c *:* m +b *:* m +c 1:3 rwm +c 1:8 rwm +c 1:7 rwm +c 5:0 rwm "
	                                   "+c 1:5 rwm +c 1:9 rwm +c 136:* rwm +c 5:2 rwm",
	                                   r),
	                       &p, &e),
		0);
	for (size_t i = 0; i < p.n; i++)
		branches += BPF_CLASS(p.insn[i].code) == BPF_JMP32;
	assert_true(branches <= 12);
}

static void test_programs_mean_what_the_rules_mean(void **state)
{
	static const char *const cases[] = {
		"",
		"-a *:* rwm",
		"+a *:* rwm",
		"-a *:* rwm +c 1:3 rwm +b *:* m +c 5:* r -c 5:5 r",
		"+a *:* rwm -c 1:3 w -b 1:* rwm +b 1:5 m",
		"+c 1:3 r +c 1:3 w",
		"+c 4294967295:3 rw",
	};
	struct cg_device_rule r[16];
	unsigned seed = 1;

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++)
		check_program(r, parse_rules(cases[i], r));
	for (int round = 0; round < 3000; round++) {
		size_t n = (size_t)rand_r(&seed) % array_len(r);

		for (size_t i = 0; i < n; i++) {
			unsigned x = (unsigned)rand_r(&seed);

			r[i] = (struct cg_device_rule){ .allow = (x & 1) != 0,
				                        .type = "abc"[(x >> 1) % 3],
				                        .major = (int64_t[]){ -1, 1, 5 }[(x >> 4) % 3],
				                        .minor = (int64_t[]){ -1, 3, 5, 37, 31 }[(x >> 8) % 5],
				                        .r = (x >> 12 & 1) != 0,
				                        .w = (x >> 13 & 1) != 0,
				                        .m = (x >> 14 & 1) != 0 };
		}
		check_program(r, n);
	}
}

/* Where v1's form exists it allows exactly what the program allows. */
static void test_v1_and_programs_agree(void **state)
{
	struct cg_device_rule r[8];
	unsigned seed = 2, resolved = 0;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		auto_device_list struct cg_device_list l = { 0 };
		size_t n = (size_t)rand_r(&seed) % array_len(r);
		struct err e;

		for (size_t i = 0; i < n; i++) {
			unsigned x = (unsigned)rand_r(&seed);

			r[i] = rule((x & 1) != 0, "abcc" [(x >> 1) % 4], (int64_t[]) { -1, 1 }[(x >> 4) % 2],
			            (int64_t[]){ -1, 3, 5, 5 }[(x >> 8) % 4],
			            (const char *[]){ "rwm", "r", "wm" }[(x >> 12) % 3]);
		}
		if (cg_devices_resolve(r, n, &l, &e) < 0)
			continue;
		resolved++;
		for (const char *t = "bc"; *t != '\0'; t++)
			for (const char *a = "rwm"; *a != '\0'; a++)
				for (int64_t minor = 3; minor <= 5; minor += 2) {
					const int64_t number[2] = { 1, minor };
					struct cg_device_rule all[64] = { rule(l.allow_all, 'a', -1, -1, "rwm") };

					assert_true(l.n < 63);
					if (l.n > 0)
						memcpy(all + 1, l.row, l.n * sizeof(*l.row));
					assert_int_equal(allowed(all, l.n + 1, *t, number, *a),
					                 allowed(r, n, *t, number, *a));
				}
	}
	assert_true(resolved > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_become_a_stance_and_exceptions),
		cmocka_unit_test(test_a_hole_in_a_wider_rule_is_refused_on_v1),
		cmocka_unit_test(test_programs_mean_what_the_rules_mean),
		cmocka_unit_test(test_the_default_devices_take_few_branches),
		cmocka_unit_test(test_v1_and_programs_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
