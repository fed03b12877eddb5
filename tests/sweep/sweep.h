/* SPDX-License-Identifier: Apache-2.0
 *
 * sweep - one command of the runtime, hit at every point in turn: what its parts share
 */
#ifndef OCIRT_SWEEP_SWEEP_H
#define OCIRT_SWEEP_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tests/sweep/look.h"
#include "tests/sweep/place.h"
#include "tests/sweep/run.h"
#include "tests/sweep/trace.h"

enum { STEPS_MAX = 8, BAD_TEXT_MAX = 8192 };

struct steps {
	struct run_words at[STEPS_MAX];
	size_t n;
};

/* What `state` says. */
struct said {
	char status[32]; /* "" when there is no such container */
	pid_t pid;
};

/* How a pass looks that nothing happened to. */
struct reference {
	int status; /* of wait */
	struct said said;
	char out[RUN_TEXT_MAX];
	char look[LOOK_TEXT_MAX], look_other[LOOK_TEXT_MAX];
	char traces[1024]; /* of its hooks */
};

struct sweep {
	const char *ocirt, *root, *bundle, *id, *pid_file, *traces;
	struct run_words command;
	struct steps before, after; /* what goes ahead, and what has to work after a success */
	bool makes;                 /* a command that fails leaves nothing */
	struct place place;
	struct reference reference;
};

/* One point and what happens there. */
struct point {
	enum trace_role role;
	unsigned n;
	enum trace_act act;
	int num;
	long nr;
};

/* The words of a command: the runtime, its state root, then line. */
void sweep_words(const struct sweep *s, struct run_words *w, const char *line);

/* What `state` says now; false when it does not end well, or says something that it never should: why tells. */
bool sweep_ask(const struct sweep *s, struct said *said, char *why, size_t room);

/* Everything a success promises, as one look: `after` is run first. false: one of those failed, why tells. */
bool sweep_look(const struct sweep *s, const char *out, struct reference *to, char *why, size_t room);

/* Runs the command with that point, judges what came of it, takes everything away. bad is "" when all is well. */
void sweep_point(struct sweep *s, const struct point *p, bool *fired, char bad[BAD_TEXT_MAX],
                 struct run_output *output);

/* Waits until the container's own process has settled after `before`; its pid, 0 when there is none. Ends the program if not. */
pid_t sweep_before(const struct sweep *s);

/* delete --force */
void sweep_delete(const struct sweep *s, struct run_output *o);

#endif
