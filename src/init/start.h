/* SPDX-License-Identifier: Apache-2.0
 *
 * start - the steps in which the init stage and a runtime process wait for each other: hooks, created, start, terminal
 *
 * All take a struct init_ctx *.
 */
#ifndef OCIRT_INIT_START_H
#define OCIRT_INIT_START_H

#include "base/err.h"

/* Lets the parent run prestart and createRuntime hooks, if there are any. */
int init_runtime_hooks(void *ctx, struct err *e);

/* createContainer hooks: paths of the host, run in the container's namespaces. */
int init_create_container_hooks(void *ctx, struct err *e);

/* Makes the terminal, sends its master to the parent, makes it our 0, 1, 2. */
int init_terminal(void *ctx, struct err *e);

/* Says CREATED; after COMMIT waits at the start socket for START, or gets START at once (run, exec). */
int init_wait_start(void *ctx, struct err *e);

/* startContainer hooks: paths of the container, run as the program will run. */
int init_start_container_hooks(void *ctx, struct err *e);

/* The rest that must be last (seccomp, no_new_privs, descriptors), EXECING, execve(2). Returns only on failure. */
int init_execute(void *ctx, struct err *e);

#endif
