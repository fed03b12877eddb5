/* SPDX-License-Identifier: Apache-2.0
 *
 * bpf - device rules as a program of BPF_PROG_TYPE_CGROUP_DEVICE
 *
 * The kernel asks the program at every open and mknod of a device in the group; 1 lets it pass. bpf(2), linux/bpf.h struct
 * bpf_cgroup_dev_ctx, Documentation/bpf/standardization/instruction-set.rst.
 */
#ifndef OCIRT_CGROUP_BPF_H
#define OCIRT_CGROUP_BPF_H

#include <linux/bpf.h>
#include <stddef.h>

#include "cgroup/cgroup.h"

struct cg_program {
	struct bpf_insn *insn;
	size_t n, room;
};

/* Frees the instructions; the program is then empty. */
void cg_program_free(struct cg_program *p);
#define auto_program __attribute__((cleanup(cg_program_free)))

/* Compiles the rules; what none of them allows is denied. Pure. */
int cg_bpf_compile(const struct cg_device_rule *rules, size_t n, struct cg_program *out, struct err *e) must_check;

/*
 * Attaches the program of the rules to a cgroup2 directory, beside what others attached (all must let pass); one of ours is
 * replaced in one step.
 */
int cg_bpf_attach(int cgroup_fd, const struct cg_device_rule *rules, size_t n, struct err *e) must_check;

#endif
