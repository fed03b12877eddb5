/* SPDX-License-Identifier: Apache-2.0
 *
 * step - a long sequence written as a table
 *
 * One runner gives the order, the step's name in every error, and undo backwards on failure.
 */
#ifndef OCIRT_BASE_STEP_H
#define OCIRT_BASE_STEP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"

struct step {
	const char *name;              /* as errors tell it; NULL: errors pass as they are */
	bool (*when)(const void *ctx); /* NULL: always */
	int (*run)(void *ctx, struct err *e);
	void (*undo)(void *ctx); /* NULL: nothing to undo; must cope with a step half done */
	const char *label;       /* as a timeline tells it: the name of run */
};

/* A row: name, when, run, undo, and what forces it to stand here in the order, which is for the reader. */
#define STEP(name_, when_, run_, undo_, why_)                                                    \
	{                                                                                        \
		.name = (name_), .when = (when_), .run = (run_), .undo = (undo_), .label = #run_ \
	}

/* Told around every step, for a timeline; any member may be NULL. */
struct step_watch {
	void (*begin)(void *arg, const struct step *s);
	void (*end)(void *arg, const struct step *s, bool failed);
	void *arg;
};

/*
 * Runs n steps in order. When one fails, *e says `NAME: ...`, its own undo and those of all steps before it run backwards,
 * and -1 is returned. watch may be NULL.
 */
int step_run(const struct step *steps, size_t n, void *ctx, const struct step_watch *watch, struct err *e) must_check;

/* Runs the undo of all n steps backwards, as after a failure of the last. */
void step_undo(const struct step *steps, size_t n, void *ctx);

#endif
