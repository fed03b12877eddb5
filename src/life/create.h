/* SPDX-License-Identifier: Apache-2.0
 *
 * create - the parent's half of making a container: THE step table with its undo
 */
#ifndef OCIRT_LIFE_CREATE_H
#define OCIRT_LIFE_CREATE_H

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
	struct cg_layout layout;
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

/*
 * Does everything up to the point where the process is recorded and waits for COMMIT or START. On failure all is undone. The
 * caller ends it with creation_end() in any case.
 */
int creation_run(struct creation *cr, const struct life_globals *g, const struct create_options *o, bool start_now,
                 const struct creation_maker *maker, struct err *e) must_check;

/* The hooks prestart and createRuntime, in the runtime's namespaces; pid is the container's process. */
int creation_hooks(struct creation *cr, pid_t pid, struct err *e) must_check;

/* The container's terminal goes to the console socket, or is ours in the foreground. Takes *fd over. */
int creation_console(struct creation *cr, const char *name, int *fd, struct err *e) must_check;

/* In the foreground: stays with the container until its end, then deletes it. */
int creation_stay(struct creation *cr, int *exit_code, struct err *e) must_check;

/*
 * Takes the groups of a container away whose entry somebody took out of the state root. Not when there is a new one of that name:
 * they may be its own.
 */
int creation_clear_groups(struct creation *cr, struct err *e) must_check;

/* Closes and frees; takes nothing away. The result so far, or that the trace could not be written. */
int creation_end(struct creation *cr, int result, struct err *e) must_check;

/* Undoes a creation that ran to its end (run: START failed). */
void creation_undo(struct creation *cr);

#endif
