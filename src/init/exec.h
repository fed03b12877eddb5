/* SPDX-License-Identifier: Apache-2.0
 *
 * exec - the last moments of the init stage: labels, the comparison, the filter, execve(2)
 *
 * After the steps of steps_self.h. Once the filter is in force there are no more system calls but execve(2), and capset(2) where
 * a filter without no_new_privs had to be loaded with CAP_SYS_ADMIN: it may know none of them. Where it puts calls to an agent,
 * these two come after the agent has the listener (kernel/gate.h).
 */
#ifndef OCIRT_INIT_EXEC_H
#define OCIRT_INIT_EXEC_H

#include "base/err.h"

struct init_ctx;

/*
 * The labels of the program to come. It is execve(2) that takes them, and a fork keeps them: hooks of start run under them, too,
 * as they do with runc.
 */
int init_self_labels(void *ctx, struct err *e);

/*
 * Sets no_new_privs, reads back who we are and compares, resets signals; then no descriptor of ours is left but
 * start_conn (moved, close-on-exec), the limits hold and the filter is in force.
 */
int init_self_finish(struct init_ctx *ctx, struct err *e);

/*
 * What a hook of start has of init_self_finish(), in the process that becomes the hook: no_new_privs and the filter, but for one that
 * asks an agent, whose listener is the program's alone. So ours is last of all and need not know what it takes to run hooks.
 */
int init_self_confine(void *ctx, struct err *e);

/* Executes the program. Returns only when that failed. */
int init_self_exec(struct init_ctx *ctx, struct err *e);

/* Puts together the environment of the program: self->env. */
int init_self_environment(struct init_ctx *c, struct err *e);

#endif
