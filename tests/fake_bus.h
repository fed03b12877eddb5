/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_bus - a libsystemd and a manager of units that are not there, for tests of what is said to them
 *
 * ocirt-libs is in the test itself (src/kernel/libs_direct.c), no process.
 * The program is linked with --wrap for dlopen, dlsym, dlclose, dlerror, clock_gettime and clock_nanosleep: libsystemd.so.0 is the
 * table in fake_bus.c, and whoever waits finds the clock moved on at once.
 */
#ifndef OCIRT_TESTS_FAKE_BUS_H
#define OCIRT_TESTS_FAKE_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* How it behaves, and what came of it; zeroed it answers to everything. */
struct fake_bus {
	const char *no_library; /* dlerror(3)'s words when it cannot be loaded */
	const char *no_symbol;  /* "sd_bus_wait" */
	const char *refused;    /* a method that is refused: */
	const char *error_name, *error_text;
	int error;          /* an errno */
	unsigned refusals;  /* how many times still */
	const char *result; /* of every job, NULL "done" */
	const char *version;
	int open;                 /* an errno */
	int process;              /* an errno once connected */
	uint32_t process_of_unit; /* 0: no unit has one */
	bool mute;                /* nothing ever comes: no greeting */
	bool jobs_hang;           /* no job ever ends */
	unsigned late;            /* how often one has to wait for the greeting */
	int fails_at;             /* the n-th call that makes a message says ENOMEM; counted down, 0 none */
	bool user;                /* which bus was opened */
	int messages;             /* alive: 0 at the end */
	int buses;                /* likewise */
	int libraries;            /* likewise */
	struct buf said;          /* a line for each call: METHOD 'text' 1 [('NAME' <s 'text'>)] */
};

extern struct fake_bus fake;

/* As new; the memory of what was said is given back. */
void fake_bus_reset(void);

/* How much was taken of it and is kept still, which is told; then as new. */
int fake_bus_end(void);

/* What was said, "( '" and the like drawn together; in static memory. */
const char *fake_bus_said(void);

#endif
