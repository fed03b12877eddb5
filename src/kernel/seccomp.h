/* SPDX-License-Identifier: Apache-2.0
 *
 * seccomp - system call filters: from rules to a program, and the program into the kernel
 *
 * Two halves, since the first needs the host's file system and the second must come last:
 *
 *	seccomp_program_make()	by the runtime: ocirt-libs (kernel/libs.h) loads libseccomp out of the root we trust, never the
 *				container's; its result is plain memory.
 *	seccomp_program_load()	by the stage, late: one seccomp(2), no library, no file.
 *
 * Actions are the kernel's SECCOMP_RET_* with their data in the low 16 bits. seccomp(2), seccomp_rule_add(3).
 */
#ifndef OCIRT_KERNEL_SECCOMP_H
#define OCIRT_KERNEL_SECCOMP_H

#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

enum { SECCOMP_ARGS = 6, SECCOMP_ERRNO_MAX = 4095, SECCOMP_DATA_MAX = 0xffff };

/* The numbers are those of libseccomp's enum scmp_compare. */
enum seccomp_op {
	SECCOMP_OP_NE = 1,
	SECCOMP_OP_LT,
	SECCOMP_OP_LE,
	SECCOMP_OP_EQ,
	SECCOMP_OP_GE,
	SECCOMP_OP_GT,
	SECCOMP_OP_MASKED_EQ, /* (argument & value) == value_two */
};

struct seccomp_condition {
	unsigned int index; /* 0 .. 5 */
	enum seccomp_op op;
	uint64_t value, value_two;
};

/* The action for some system calls when all conditions hold; conditions on the same argument are alternatives. */
struct seccomp_rule {
	const char *const *names;
	size_t n_names;
	uint32_t action;
	const struct seccomp_condition *conditions;
	size_t n_conditions;
	const char *pointer; /* in config.json */
};

struct seccomp_filter {
	uint32_t default_action;
	const char *const *archs; /* "SCMP_ARCH_X86", ...; our own is always added */
	size_t n_archs;
	const struct seccomp_rule *rules;
	size_t n_rules;
	unsigned int flags; /* SECCOMP_FILTER_FLAG_* */
	bool flags_implied; /* nobody asked for the flags: a kernel that does not know them may do without */
};

struct seccomp_program {
	unsigned int flags;
	bool flags_implied;
	bool listener; /* has SECCOMP_RET_USER_NOTIF: loading it gives a listener */
	size_t n;
	struct sock_filter code[];
};

/*
 * Compiles. Names that libseccomp does not know are left out (debug log): no kernel we run on has them by that name, or the
 * default action is what they get. With a default action that refuses, numbers above the highest one named in the rules, on
 * each architecture, give ENOSYS: they are newer than the profile, and libc falls back on ENOSYS but not on EPERM.
 * A malloc'ed program, or NULL with *e filled.
 */
struct seccomp_program *seccomp_program_make(const struct seccomp_filter *f, struct err *e) must_check;

/* The rules and actions as LIBS_SECCOMP_COMPILE takes them (libs/verbs.h): no two filters look alike. */
void seccomp_filter_put(struct buf *b, const struct seccomp_filter *f);

/* The same; the path of the library that did it is put into library ("" when it cannot be told). */
struct seccomp_program *seccomp_program_compile(const struct seccomp_filter *f, char library[PATH_MAX],
                                                struct err *e) must_check;

/* Room for n instructions, with all that is not compiled: flags, listener. NULL: no memory. */
struct seccomp_program *seccomp_program_new(const struct seccomp_filter *f, size_t n) must_check;

/*
 * Loads it for the calling thread, which has no_new_privs or CAP_SYS_ADMIN. *listener is the new listener's fd (O_CLOEXEC)
 * where the program has one, else -1.
 */
int seccomp_program_load(const struct seccomp_program *p, int *listener, struct err *e) must_check;

/* The version of the libseccomp that would be used; false when there is none. */
bool seccomp_library_version(unsigned int version[3]);

/*
 * Calls tell(ctx, I, NEAR) for each of n names that libseccomp has for no system call, in their order: names[I], and the most similar one
 * that it has, or NULL. For none where there is no libseccomp. seccomp_syscall_resolve_name(3).
 */
void seccomp_find_unknown(const char *const *names, size_t n, void (*tell)(void *ctx, size_t index, const char *near),
                          void *ctx);

#endif
