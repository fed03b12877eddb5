/* SPDX-License-Identifier: Apache-2.0
 *
 * timeline - `--trace FILE`: what was recorded of both processes as Chrome trace events, or for "-" as a summary of one screen
 *
 * The format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU, complete events ("X"), which
 * Perfetto and chrome://tracing open.
 */
#ifndef OCIRT_LIFE_TIMELINE_H
#define OCIRT_LIFE_TIMELINE_H

#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/trace.h"

struct timeline {
	struct trace *trace; /* NULL: nobody asked */
	int fd;              /* of its memory; -1 */
	const char *file, *verb;
	int out;     /* what file names; -1: standard output */
	pid_t stage; /* as we see it; 0: unknown */
};

#define TIMELINE_NONE               \
	{                           \
		.fd = -1, .out = -1 \
	}

/* Opens the file, so that a wrong name fails before anything is done. file NULL: nothing is recorded. */
int timeline_begin(struct timeline *t, const char *verb, const char *file, struct err *e) must_check;

/*
 * Writes it, also after a failure, and ends it. A result of -1 stays -1 with *e as it is; otherwise what is returned tells whether it
 * could be written.
 */
int timeline_end(struct timeline *t, int result, struct err *e) must_check;

#endif
