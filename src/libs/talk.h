/* SPDX-License-Identifier: Apache-2.0
 *
 * talk - what the verbs of ocirt-libs are given: one who asks
 */
#ifndef OCIRT_LIBS_TALK_H
#define OCIRT_LIBS_TALK_H

#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/wire.h"

struct libs_bus;

/* One who asks; zeroed is a new one. */
struct libs_talk {
	struct wire in; /* the arguments of this verb */
	struct buf out; /* what it returns */
	struct buf log; /* texts */
	uint32_t n_log;
	struct libs_bus *bus; /* kept from one verb to the next; NULL: none */
};

/* For the debug log of who asks. */
void libs_log(struct libs_talk *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The arguments are no such: the error of a verb. -1. */
int libs_garbled(struct err *e);

#endif
