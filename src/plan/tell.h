/* SPDX-License-Identifier: Apache-2.0
 *
 * tell - a plan in words: one line for everything that would be done, in the order in which it would be
 *
 * Pure, as the plan is. Each line keeps the JSON pointer of who asked for it, so that print.h can say where that stands.
 */
#ifndef OCIRT_PLAN_TELL_H
#define OCIRT_PLAN_TELL_H

#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"
#include "libocispec/arena.h"
#include "plan/plan.h"

struct plan_line {
	const char *step;    /* as the step tables of create and of the init stage say: "mounts" */
	const char *text;    /* "mount tmpfs on /dev: nosuid, mode=755" */
	const char *pointer; /* "/mounts/1"; NULL: nobody asked, it is a default */
};

struct plan_lines {
	struct plan_line *line;
	size_t n;
};

/* All of it; memory is the arena's. */
int plan_tell(const struct plan *p, struct arena *a, struct plan_lines *out, struct err *e) must_check;

#endif
