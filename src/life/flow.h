/* SPDX-License-Identifier: Apache-2.0
 *
 * flow - bytes on their way from one descriptor to another, never waiting for either
 */
#ifndef OCIRT_LIFE_FLOW_H
#define OCIRT_LIFE_FLOW_H

#include <stdbool.h>
#include <stddef.h>

enum { FLOW_ROOM = 8192 };

struct flow {
	int from, to;      /* not owned; -1: nothing comes, or goes, there */
	bool ended;        /* from has no more, for good */
	bool hung;         /* from is a terminal that nobody has open at the moment */
	bool broken;       /* nobody reads to any more: what comes is thrown away */
	char last;         /* the byte read last */
	size_t start, len; /* what waits in data */
	char *data;        /* FLOW_ROOM bytes, not owned */
};

/* Whether it wants to read from, or write to. */
bool flow_wants_read(const struct flow *f);
bool flow_wants_write(const struct flow *f);

/* Reads once, when nothing waits. True when something came. */
bool flow_read(struct flow *f);

/* Writes once what waits. */
void flow_write(struct flow *f);

#endif
