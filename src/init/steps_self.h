/* SPDX-License-Identifier: Apache-2.0
 *
 * steps_self - the steps that make the init stage into the program: where it is, who it is, what it may do
 *
 * Their order, and what each needs:
 *
 *	init_self_begin			the host's /proc
 *	init_self_early			the host's /proc
 *	init_self_make_cwd		a root that is not read-only yet
 *	--- the container's root is `/` from here on ---
 *	init_self_sysctls		rights over the container's namespaces, proc_fd with its sys
 *	init_self_keyring
 *	init_self_home			/etc/passwd
 *	init_self_cwd			the rights of root, if they help
 *	init_self_identity		all rights; afterwards the ids are the program's, and so are the capabilities, but for the
 *					CAP_SYS_ADMIN that a filter without no_new_privs will take
 *	init_find_program		the program's ids
 *	--- created, started: exec.h ---
 *
 * An exec has the same steps, without make_cwd and sysctls, and init_self_shed early.
 */
#ifndef OCIRT_INIT_STEPS_SELF_H
#define OCIRT_INIT_STEPS_SELF_H

#include <stdint.h>

#include "base/err.h"

struct init_ctx;

/* Notes which namespaces are the runtime's. */
int init_self_begin(void *ctx, struct err *e);

/* Refuses (ERR_CONFIG) when the namespace of that kind (CLONE_NEWNET, NEWIPC, NEWUTS) was joined and is the runtime's own after all. */
int init_self_check_own(const struct init_ctx *c, int flag, struct err *e);

/* oom_score_adj. */
int init_self_early(void *ctx, struct err *e);

/*
 * Gives up, also for whatever is executed, the capabilities that neither the program nor the steps before it need; `more` are kept. A
 * filter that is to be loaded without no_new_privs needs CAP_SYS_ADMIN until then.
 */
int init_self_shed(struct init_ctx *c, uint64_t more, struct err *e);

/* Makes the current directory of the process when it is missing. */
int init_self_make_cwd(void *ctx, struct err *e);

/* Writes the sysctls, unless a namespace they belong to is the runtime's own after all. */
int init_self_sysctls(void *ctx, struct err *e);

/* A session keyring of the container's. */
int init_self_keyring(void *ctx, struct err *e);

/* Finds HOME when the environment has none. */
int init_self_home(void *ctx, struct err *e);

/* Enters the current directory and makes sure that it lies in the root (CVE-2024-21626). */
int init_self_cwd(void *ctx, struct err *e);

/* Priorities, bounding set, groups, ids, capabilities. */
int init_self_identity(void *ctx, struct err *e);

/* Closes what need not be open while somebody else's `start` is waited for; opens it again. */
void init_self_let_go(struct init_ctx *c);
int init_self_take_back(struct init_ctx *c, struct err *e);

/* Resolves the first argument to a file: ctx->program. */
int init_find_program(void *ctx, struct err *e);

#endif
