/* SPDX-License-Identifier: Apache-2.0
 *
 * watch - a process that ends a program's group when we end before the program, by whatever
 *
 * PR_SET_PDEATHSIG ends the program itself, but what it has started knows nothing of us. So somebody else waits for our end: a fork that
 * holds nothing but one end of a socket. From that it learns which group it is, and then, by the end of the stream, that we are gone.
 */
#ifndef OCIRT_BASE_WATCH_H
#define OCIRT_BASE_WATCH_H

#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

struct watch {
	pid_t pid; /* 0: none */
	int fd;    /* -1: none */
};

#define WATCH_NONE       \
	{                \
		.fd = -1 \
	}

/* Starts it, before there is anything to watch. */
int watch_begin(struct watch *w, struct err *e) must_check;

/* By the program's process, the leader of its group, before it executes; it has to close the descriptor. Async-signal-safe. */
void watch_me(int fd);

/* The program has ended, but was not waited for: nobody has its number yet. */
void watch_end(struct watch *w);

#endif
