/* SPDX-License-Identifier: Apache-2.0
 *
 * self - what the steps of steps_self.c and exec.c keep between them
 */
#ifndef OCIRT_INIT_SELF_H
#define OCIRT_INIT_SELF_H

#include <stdbool.h>
#include <sys/types.h>

#include "kernel/gate.h"
#include "kernel/status.h"

/* A namespace as a file: which one it is. */
struct ns_id {
	bool known;
	dev_t dev;
	ino_t ino;
};

enum { NAMED_NAMESPACES = 3 }; /* those that sysctls and names belong to: network, ipc, uts */

struct init_self {
	/* where we came from; known only where a namespace of that kind is joined */
	struct ns_id runtime[NAMED_NAMESPACES];
	const char *home; /* value for HOME, NULL: the environment has one */
	const char **env; /* of the program, whole */
	bool cwd_entered;
	int status_fd;
	struct status_wanted wanted;
	struct gate gate;  /* with a filter that has a listener */
	uint64_t bounding; /* no capability that is not in it is in the bounding set */
	struct caps final; /* of the program; wanted.caps may have one more until the filter is loaded */
};

struct plan_process;

/* Where in config.json the program stands: "/process", or "" for an exec's own document. */
const char *init_self_pointer(const struct plan_process *p);

#endif
