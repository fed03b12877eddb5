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
	RULE_INSNS = 9,    /* the most one rule compiles to */
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

/* A jump out of the rule; where to is known at its end. 32-bit compare: the context's members are such. */
static void jump_next(struct cg_program *p, unsigned op, unsigned reg, uint32_t imm)
{
	emit(p,
	     (struct bpf_insn){ .code = (uint8_t)(BPF_JMP32 | op | BPF_K), .dst_reg = reg & 15, .imm = (int32_t)imm });
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

static void compile_rule(struct cg_program *p, const struct cg_device_rule *r)
{
	size_t first = p->n;

	if (r->type != 'a')
		jump_next(p, BPF_JNE, BPF_REG_2, r->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (r->major >= 0)
		jump_next(p, BPF_JNE, BPF_REG_4, (uint32_t)r->major);
	if (r->minor >= 0)
		jump_next(p, BPF_JNE, BPF_REG_5, (uint32_t)r->minor);
	if (r->allow) {
		alu(p, BPF_AND, BPF_REG_3, ~access_of(r));
		jump_next(p, BPF_JNE, BPF_REG_3, 0);
	} else {
		emit(p, (struct bpf_insn){
				.code = BPF_ALU | BPF_MOV | BPF_X, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_3 });
		alu(p, BPF_AND, BPF_REG_0, access_of(r));
		jump_next(p, BPF_JEQ, BPF_REG_0, 0);
	}
	leave(p, r->allow);
	for (size_t i = first; i < p->n; i++)
		if (BPF_CLASS(p->insn[i].code) == BPF_JMP32)
			p->insn[i].off = (int16_t)(p->n - i - 1);
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

int cg_bpf_compile(const struct cg_device_rule *rules, size_t n, struct cg_program *out, struct err *e)
{
	bool rest = false;

	out->n = 0;
	out->room = 8 + n * RULE_INSNS;
	out->insn = reallocarray(out->insn, out->room, sizeof(*out->insn));
	if (out->insn == NULL)
		return err_sys(e, "compile the device rules");
	compile_start(out);
	for (size_t i = n; i-- > 0;) {
		if (cg_device_is_all(&rules[i])) { /* all before it is undone */
			rest = rules[i].allow;
			break;
		}
		compile_rule(out, &rules[i]);
	}
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
