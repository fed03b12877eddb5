/* SPDX-License-Identifier: Apache-2.0
 *
 * creation - what the steps of create share, in whichever file they are, and those who make the process otherwise
 */
#ifndef OCIRT_LIFE_CREATION_H
#define OCIRT_LIFE_CREATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/stamp.h"
#include "init/hookrun.h"
#include "life/console.h"
#include "life/launch.h"
#include "life/store.h"
#include "life/timeline.h"
#include "life/verbs.h"
#include "plan/plan.h"

struct creation;

/* Who makes the container's process, if not an init stage of ours. */
struct creation_maker {
	/* Starts somebody (l.pid, l.pidfd) that is moved to the container's groups. */
	int (*launch)(struct creation *cr, void *ctx, struct err *e);
	/* Has the process made: l.pid, l.pidfd. On failure none is left. */
	int (*serve)(struct creation *cr, void *ctx, struct err *e);
	void *ctx;
	bool notify; /* the container has a directory for $NOTIFY_SOCKET, whatever is in our environment now */
};

/* Everything the steps share. */
struct creation {
	const struct life_globals *g;
	const struct create_options *o;
	const struct creation_maker *maker; /* NULL: an init stage */
	bool start_now;                     /* run: no start socket, START follows at once */
	bool foreground;                    /* run without --detach: a terminal stays with us */
	struct arena arena;
	const char *bundle; /* absolute */
	char created[STAMP_ROOM], boot_id[40];
	char *config_text; /* malloc'ed */
	size_t config_len;
	struct oci_config *spec;
	struct cg_layout *layout;
	struct intent intent;
	struct plan *plan;
	struct seccomp_program *filter; /* malloc'ed; NULL: none */
	struct init_ctx stage;
	struct timeline line; /* --trace */
	struct container c;
	struct launch l;
	int start_sock;
	struct hook_output hook_output; /* for hooks in the container */
	struct console console;         /* in the foreground */
	bool groups_begun, hooks_begun;
	bool class_begun, class_made; /* of resctrl: it was not there before */
};

/* A step: writes the intent; once more where what will be made has changed. Takes a struct creation *. */
int creation_record_intent(void *ctx, struct err *e) must_check;

/* The hooks prestart and createRuntime, in the runtime's namespaces; pid is the container's process. */
int creation_hooks(struct creation *cr, pid_t pid, struct err *e) must_check;

/* The container's terminal goes to the console socket, or is ours in the foreground. Takes *fd over. */
int creation_console(struct creation *cr, const char *name, int *fd, struct err *e) must_check;

#endif
