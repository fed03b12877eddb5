/* SPDX-License-Identifier: Apache-2.0
 *
 * init - the re-exec'd stage: from a clone of the runtime to the container's program
 *
 * It is started by life/launch.c from an unwritable clone of our own binary, in the new namespaces that clone3(2) made, and
 * ends in execve(2) of the program or in a FAILED message. It trusts its parent and config.json's words only as far as the plan
 * checked them; it trusts nothing below the container's root.
 */
#ifndef OCIRT_INIT_INIT_H
#define OCIRT_INIT_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "init/hookrun.h"
#include "libocispec/arena.h"
#include "plan/intent.h"
#include "plan/plan.h"

enum init_mode {
	INIT_CREATE, /* the first process of a container */
	INIT_EXEC,   /* one more process in a running container */
	INIT_MOUNT,  /* no process: one who mounts in a container that is there */
	INIT_UNMOUNT,
};

/* As its arguments say. */
extern const char *const init_mode_words[];

/* The stage's name in /proc/PID/comm, by which a waiting container is known (life/store.c). */
#define STAGE_NAME "ocirt:init"

struct seccomp_program;
struct trace;

/* No descriptor yet. */
#define INIT_CTX_NONE                                                                                            \
	.sock = -1, .start_sock = -1, .start_conn = -1, .log_fd = -1, .pidfd = -1, .root_fd = -1, .proc_fd = -1, \
	.offsets_fd = -1, .hook_output = HOOK_OUTPUT_NONE

/* Everything the steps share. Each fd is -1 until its step has it. */
struct init_ctx {
	enum init_mode mode;
	int sock;       /* to the parent; -1 after COMMIT */
	int start_sock; /* listening; -1: START comes over sock (run, exec) */
	int start_conn; /* the `ocirt start` that is served */
	int log_fd;
	struct hook_output hook_output; /* create: of hooks in the container; handed down */
	struct arena *arena;
	const char *config_text; /* config.json as its copy in the state directory has it */
	size_t config_len;
	struct intent intent;
	struct plan *plan;
	const struct plan_process *process; /* the plan's, or exec's own; NULL: config.json has none */
	pid_t host_pid;                     /* our pid as the parent sees it */
	int pidfd;                          /* exec: the container's init */
	int offsets_fd;                     /* of our clocks, opened while we may; -1 */
	pid_t container_pid;                /* exec: the same, as the runtime sees it */

	/* the file system steps */
	int root_fd;        /* O_PATH of the container's root */
	int proc_fd;        /* a procfs of our own, for /proc/self/... ; see kernel/proc rules in steps_fs.h */
	int *sources;       /* of what is mounted later, detached, by the plan's mounts; -1: none */
	struct init_fs *fs; /* what the file system steps keep between them; steps_fs.c's own */

	/* the self steps */
	struct init_self *self;         /* what they keep between them; steps_self.c's own */
	struct trace *trace;            /* what --trace records into; NULL: nothing */
	struct seccomp_program *filter; /* compiled early, loaded late; NULL: none */
	const char *program;            /* the file to execute, as found in the root */
};

#endif
