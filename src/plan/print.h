/* SPDX-License-Identifier: Apache-2.0
 *
 * print - a plan as a text for people and as JSON for programs, with the places in config.json that asked for each step
 */
#ifndef OCIRT_PLAN_PRINT_H
#define OCIRT_PLAN_PRINT_H

#include <stddef.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "libocispec/arena.h"
#include "plan/plan.h"

/* The document that the plan was made from: places are looked up in it. */
struct plan_source {
	const char *name; /* "config.json" */
	const char *text;
	size_t len;
};

/* `NUMBER  STEP  WHAT  PLACE POINTER`, one line each; a step that nobody asked for says "default". Warnings after them, with "-" for a number and "warning" for a step. */
int plan_print_text(const struct plan *p, const struct plan_source *s, struct arena *a, struct buf *out,
                    struct err *e) must_check;

/*
 * {"bundle", "config", "rootfs", "steps": [{"step", "what", "default" | "pointer", "line", "column"}], "warnings": the same};
 * the text in the arena.
 */
int plan_print_json(const struct plan *p, const struct plan_source *s, struct arena *a, const char **text,
                    struct err *e) must_check;

#endif
