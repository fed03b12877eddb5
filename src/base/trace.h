/* SPDX-License-Identifier: Apache-2.0
 *
 * trace - when each step of two processes began and ended, in memory that both have
 *
 * One process makes it (trace_new), the other has inherited the mapping or maps the descriptor (trace_map). Whoever has NULL
 * instead records nothing and pays nothing. Times are of CLOCK_REALTIME: a time namespace does not move it.
 */
#ifndef OCIRT_BASE_TRACE_H
#define OCIRT_BASE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/step.h"

enum trace_side { TRACE_RUNTIME, TRACE_STAGE, TRACE_SIDES };
enum { TRACE_MAX = 256, TRACE_NAME = 48 };

struct trace_span {
	uint64_t begin, end; /* nanoseconds; end 0: not ended, nor is it when a process became another program in it */
	uint32_t side;       /* enum trace_side */
	uint32_t failed;
	char name[TRACE_NAME];
};

struct trace;

/* A new one; *fd (close-on-exec) is for trace_map() of another process. */
int trace_new(struct trace **t, int *fd, struct err *e) must_check;

/* Maps what another process made; the descriptor stays the caller's. */
int trace_map(int fd, struct trace **t, struct err *e) must_check;

/* Gives the mapping back. */
void trace_drop(struct trace *t);

/* A span begins; NULL when nothing is recorded, or no more fits. */
struct trace_span *trace_begin(struct trace *t, enum trace_side side, const char *name);

/* It ends; NULL is fine. */
void trace_end(struct trace_span *s, bool failed);

/* A copy of what was recorded so far, whole and checked, in the order of their beginnings; what has not ended ends with the next of
 * its side, or now. How many. */
size_t trace_take(const struct trace *t, struct trace_span to[TRACE_MAX]);

/* Records the steps of a table: give &w->watch to step_run(). *trace is looked at before each step: it may come later. */
struct trace_watch {
	struct trace *const *trace;
	enum trace_side side;
	struct trace_span *now;
	struct step_watch watch;
};
void trace_watch(struct trace_watch *w, struct trace *const *trace, enum trace_side side);

#endif
