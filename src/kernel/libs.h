/* SPDX-License-Identifier: Apache-2.0
 *
 * libs - what shared libraries do for us, in a process of its own: ocirt-libs
 *
 * ocirt loads no library. The program that does (src/libs/) is a part of our own file: a copy in a sealed memory file is executed when
 * it is asked for, in our root and with our environment, and is spoken to over a socket (libs/verbs.h). It ends with the socket, and with
 * us whatever kills us. Where everything is linked statically (OCIRT_STATIC) libs_direct.c takes its place: no process.
 */
#ifndef OCIRT_KERNEL_LIBS_H
#define OCIRT_KERNEL_LIBS_H

#include <sys/types.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/wire.h"
#include "libs/verbs.h"

struct libs_talk;

/* One that runs, or LIBS_NONE. */
struct libs {
	const char *what; /* it is for: "libseccomp" */
	int sock;
	pid_t pid;
	struct buf reply;
	struct libs_talk *own; /* where it is no process */
};
#define LIBS_NONE          \
	{                  \
		.sock = -1 \
	}

/* Starts it. ERR_HOST when it cannot be executed. */
int libs_open(struct libs *l, const char *what, struct err *e) must_check;

/*
 * Has a verb done with its arguments. *reply is what it returned, until the next call, also when it failed; nothing when it was not asked,
 * or is gone: then *e says how it ended. It is waited for two minutes.
 */
int libs_call(struct libs *l, enum libs_verb verb, const struct buf *request, struct wire *reply,
              struct err *e) must_check;

/* Ends it and waits until it has. */
void libs_close(struct libs *l);
#define auto_libs __attribute__((cleanup(libs_close)))

/* What is common to the two: takes a reply apart, after its debug records were told. 0, or -1 with the error that it carries. */
int libs_take(const char *what, bool failed, const struct buf *from, struct wire *reply, struct err *e) must_check;

#endif
