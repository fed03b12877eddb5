/* SPDX-License-Identifier: Apache-2.0
 *
 * bpf - device rules as a program of BPF_PROG_TYPE_CGROUP_DEVICE
 *
 * From the last rule to the first, as the last that fits wins:
 *
 *	r2 type, r3 asked access that is not decided yet, r4 major, r5 minor
 *	rule: not its type, major or minor -> next rule
 *	      allow: take its access out of r3; nothing left -> return 1
 *	      deny:  any of its access in r3 -> return 0
 *	end:  return 0
 *
 * What the kernel takes to verify a program is most of what the devices of a container cost, and grows with its branches: rules
 * that allow are sorted, so that one test of type and major serves all of them, and several minors are one test of a word.
 */
#include "cgroup/bpf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup/rules.h"

static const char prog_name[] = "ocirt_devices"; /* how we know ours again; at most 15 bytes */

enum {
	RULE_INSNS = 12,   /* the most one rule compiles to */
	PROGRAMS_MAX = 64, /* the kernel's own bound for one group */
};

void cg_program_free(struct cg_program *p)
{
	free(p->insn);
	*p = (struct cg_program){ 0 };
}

/* --- compiling ------------------------------------------------------------------------------------------------------- */

static void emit(struct cg_program *p, struct bpf_insn insn)
{
	p->insn[p->n++] = insn;
}

static void alu(struct cg_program *p, unsigned op, unsigned dst, int imm)
{
	emit(p, (struct bpf_insn){ .code = (uint8_t)(BPF_ALU | op | BPF_K), .dst_reg = dst & 15, .imm = imm });
}

static void load(struct cg_program *p, unsigned dst, size_t offset)
{
	emit(p, (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_W,
	                           .dst_reg = dst & 15,
	                           .src_reg = BPF_REG_1,
	                           .off = (int16_t)offset });
}

/* What a jump leaves when its test fails: noted in its offset until the end of that is known. */
enum level { LEVEL_RULE = -1, LEVEL_MAJOR = -2, LEVEL_TYPE = -3 };

/* 32-bit compare: the context's members are such. */
static void jump(struct cg_program *p, enum level out_of, unsigned op, unsigned reg, uint32_t imm)
{
	emit(p, (struct bpf_insn){ .code = (uint8_t)(BPF_JMP32 | op | BPF_K),
	                           .dst_reg = reg & 15,
	                           .off = (int16_t)out_of,
	                           .imm = (int32_t)imm });
}

/* Here ends what began at first. */
static void settle(struct cg_program *p, size_t first, enum level level)
{
	for (size_t i = first; i < p->n; i++)
		if (BPF_CLASS(p->insn[i].code) == BPF_JMP32 && p->insn[i].off == (int16_t)level)
			p->insn[i].off = (int16_t)(p->n - i - 1);
}

static void leave(struct cg_program *p, bool allow)
{
	alu(p, BPF_MOV, BPF_REG_0, allow);
	emit(p, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
}

static int access_of(const struct cg_device_rule *r)
{
	return (r->m ? BPF_DEVCG_ACC_MKNOD : 0) | (r->r ? BPF_DEVCG_ACC_READ : 0) | (r->w ? BPF_DEVCG_ACC_WRITE : 0);
}

static void test_type(struct cg_program *p, enum level out_of, char type)
{
	if (type != 'a')
		jump(p, out_of, BPF_JNE, BPF_REG_2, type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
}

static void compile_deny(struct cg_program *p, const struct cg_device_rule *r)
{
	size_t first = p->n;

	test_type(p, LEVEL_RULE, r->type);
	if (r->major >= 0)
		jump(p, LEVEL_RULE, BPF_JNE, BPF_REG_4, (uint32_t)r->major);
	if (r->minor >= 0)
		jump(p, LEVEL_RULE, BPF_JNE, BPF_REG_5, (uint32_t)r->minor);
	emit(p, (struct bpf_insn){ .code = BPF_ALU | BPF_MOV | BPF_X, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_3 });
	alu(p, BPF_AND, BPF_REG_0, access_of(r));
	jump(p, LEVEL_RULE, BPF_JEQ, BPF_REG_0, 0);
	leave(p, false);
	settle(p, first, LEVEL_RULE);
}

/* The device is right: what was asked for is decided unless more than the rule's access was. */
static void grant(struct cg_program *p, const struct cg_device_rule *r)
{
	if (!(r->r && r->w && r->m)) {
		alu(p, BPF_AND, BPF_REG_3, ~access_of(r));
		jump(p, LEVEL_RULE, BPF_JNE, BPF_REG_3, 0);
	}
	leave(p, true);
}

/* Several small minors of one major are looked up in a word. */
static void test_minors(struct cg_program *p, uint32_t set)
{
	jump(p, LEVEL_RULE, BPF_JGT, BPF_REG_5, 31);
	alu(p, BPF_MOV, BPF_REG_0, 1);
	emit(p, (struct bpf_insn){ .code = BPF_ALU | BPF_LSH | BPF_X, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_5 });
	alu(p, BPF_AND, BPF_REG_0, (int)set);
	jump(p, LEVEL_RULE, BPF_JEQ, BPF_REG_0, 0);
}

static bool same_major(const struct cg_device_rule *a, const struct cg_device_rule *b)
{
	return a->type == b->type && access_of(a) == access_of(b) && a->major == b->major;
}

/* The first of rules that differ in the minor only, the smallest first (-1 is all of them), and those it takes along. */
static size_t compile_minor(struct cg_program *p, const struct cg_device_rule *r, size_t n)
{
	size_t first = p->n, small = 0;
	uint32_t set = 0;

	while (small < n && r[small].minor >= 0 && r[small].minor < 32)
		set |= 1U << r[small++].minor;
	if (small > 1)
		test_minors(p, set);
	else if (r[0].minor >= 0)
		jump(p, LEVEL_RULE, BPF_JNE, BPF_REG_5, (uint32_t)r[0].minor);
	grant(p, r);
	settle(p, first, LEVEL_RULE);
	if (r[0].minor < 0)
		return n;
	return small > 1 ? small : 1;
}

static void compile_major(struct cg_program *p, const struct cg_device_rule *r, size_t n)
{
	size_t first = p->n;

	if (r[0].major >= 0)
		jump(p, LEVEL_MAJOR, BPF_JNE, BPF_REG_4, (uint32_t)r[0].major);
	for (size_t i = 0; i < n;)
		i += compile_minor(p, r + i, n - i);
	settle(p, first, LEVEL_MAJOR);
}

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_device(const void *x, const void *y)
{
	const struct cg_device_rule *a = x, *b = y;
	int r = b->type - a->type; /* characters first: they are asked for most */

	r = r != 0 ? r : access_of(b) - access_of(a);
	r = r != 0 ? r : compare_numbers(a->major, b->major);
	return r != 0 ? r : compare_numbers(a->minor, b->minor);
}

/* Rules that allow and stand side by side may be tried in any order: in this one they share their tests. */
static void compile_allows(struct cg_program *p, struct cg_device_rule *r, size_t n)
{
	size_t i = 0;

	qsort(r, n, sizeof(*r), by_device);
	while (i < n) {
		size_t first = p->n;
		char type = r[i].type;

		test_type(p, LEVEL_TYPE, type);
		while (i < n && r[i].type == type) {
			size_t at = i;

			while (i < n && same_major(&r[i], &r[at]))
				i++;
			compile_major(p, r + at, i - at);
		}
		settle(p, first, LEVEL_TYPE);
	}
}

static void compile_start(struct cg_program *p)
{
	load(p, BPF_REG_2, offsetof(struct bpf_cgroup_dev_ctx, access_type)); /* access << 16 | type */
	emit(p, (struct bpf_insn){ .code = BPF_ALU | BPF_MOV | BPF_X, .dst_reg = BPF_REG_3, .src_reg = BPF_REG_2 });
	alu(p, BPF_AND, BPF_REG_2, 0xffff);
	alu(p, BPF_RSH, BPF_REG_3, 16);
	load(p, BPF_REG_4, offsetof(struct bpf_cgroup_dev_ctx, major));
	load(p, BPF_REG_5, offsetof(struct bpf_cgroup_dev_ctx, minor));
}

static int reserve(struct cg_program *p, size_t n, struct err *e)
{
	p->n = 0;
	p->room = 8 + n * RULE_INSNS;
	p->insn = reallocarray(p->insn, p->room, sizeof(*p->insn));
	return p->insn == NULL ? err_sys(e, "compile the device rules") : 0;
}

int cg_bpf_compile(const struct cg_device_rule *rules, size_t n, struct cg_program *out, struct err *e)
{
	auto_free struct cg_device_rule *run = calloc(n + 1, sizeof(*run));
	bool rest = false;

	if (run == NULL || reserve(out, n, e) < 0)
		return err_sys(e, "compile the device rules");
	compile_start(out);
	while (n > 0 && !cg_device_is_all(&rules[n - 1])) {
		size_t k = 0;

		while (n > 0 && rules[n - 1].allow && !cg_device_is_all(&rules[n - 1]))
			run[k++] = rules[--n];
		if (k > 0)
			compile_allows(out, run, k);
		else
			compile_deny(out, &rules[--n]);
	}
	if (n > 0) /* one for all: whatever was before it is undone */
		rest = rules[n - 1].allow;
	leave(out, rest);
	return 0;
}

/* --- attaching ------------------------------------------------------------------------------------------------------- */

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int load_program(const struct cg_program *p, struct err *e)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.expected_attach_type = BPF_CGROUP_DEVICE,
		.insns = (uintptr_t)p->insn,
		.insn_cnt = (uint32_t)p->n,
		.license = (uintptr_t) "Apache-2.0",
	};
	int fd;

	memcpy(attr.prog_name, prog_name, sizeof(prog_name));
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0 && errno == EINVAL)
		return err_kind(e, ERR_HOST, "the kernel takes no device programs (CONFIG_CGROUP_BPF)");
	return fd < 0 ? err_sys(e, "load a device program of %zu instructions", p->n) : fd;
}

/* The fd of a program if it is one of ours, else -1. */
static int open_ours(uint32_t id)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { .prog_id = id };
	auto_fd int fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr);

	if (fd < 0)
		return -1;
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0 || strcmp(info.name, prog_name) != 0)
		return -1;
	return steal_fd(&fd);
}

/* The programs of ours that are attached: their fds, at most max of them. */
static size_t find_ours(int cgroup_fd, int *fds, size_t max)
{
	uint32_t ids[PROGRAMS_MAX] = { 0 };
	union bpf_attr attr = { .query = { .target_fd = (uint32_t)cgroup_fd,
		                           .attach_type = BPF_CGROUP_DEVICE,
		                           .prog_ids = (uintptr_t)ids,
		                           .prog_cnt = PROGRAMS_MAX } };
	size_t n = 0;

	if (bpf(BPF_PROG_QUERY, &attr) < 0)
		return 0; /* kernels without the query: ours are then added to, which only restricts */
	for (uint32_t i = 0; i < attr.query.prog_cnt && n < max; i++) {
		fds[n] = open_ours(ids[i]);
		n += fds[n] >= 0;
	}
	return n;
}

static int attach(int cgroup_fd, int prog_fd, int replaced_fd)
{
	union bpf_attr attr = { .target_fd = (uint32_t)cgroup_fd,
		                .attach_bpf_fd = (uint32_t)prog_fd,
		                .attach_type = BPF_CGROUP_DEVICE,
		                .attach_flags = BPF_F_ALLOW_MULTI };

	if (replaced_fd >= 0) {
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (uint32_t)replaced_fd;
	}
	return bpf(BPF_PROG_ATTACH, &attr);
}

static int detach(int cgroup_fd, int prog_fd)
{
	union bpf_attr attr = { .target_fd = (uint32_t)cgroup_fd,
		                .attach_bpf_fd = (uint32_t)prog_fd,
		                .attach_type = BPF_CGROUP_DEVICE };

	return bpf(BPF_PROG_DETACH, &attr);
}

/* Puts the new one in place of the first of ours; the others, left by something that was killed, go after it is in force. */
static int swap(int cgroup_fd, int prog_fd, const int *old, size_t n, struct err *e)
{
	size_t next = 0;

	if (n > 0 && attach(cgroup_fd, prog_fd, old[0]) == 0)
		next = 1;
	else if (attach(cgroup_fd, prog_fd, -1) < 0) /* none yet, or a kernel before 5.6 that cannot replace */
		return err_sys(e, "attach the device program");
	for (; next < n; next++)
		if (detach(cgroup_fd, old[next]) < 0)
			return err_sys(e, "detach the old device program");
	return 0;
}

int cg_bpf_attach(int cgroup_fd, const struct cg_device_rule *rules, size_t n, struct err *e)
{
	auto_program struct cg_program p = { 0 };
	auto_fd int fd = -1;
	int old[PROGRAMS_MAX], r;
	size_t n_old;

	if (cg_bpf_compile(rules, n, &p, e) < 0)
		return -1;
	fd = load_program(&p, e);
	if (fd < 0)
		return -1;
	n_old = find_ours(cgroup_fd, old, PROGRAMS_MAX);
	r = swap(cgroup_fd, fd, old, n_old, e);
	for (size_t i = 0; i < n_old; i++)
		fd_drop(&old[i]);
	return r;
}
