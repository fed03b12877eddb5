/* SPDX-License-Identifier: Apache-2.0
 *
 * bus - what is done by libsystemd: calls of systemd's manager over D-Bus
 *
 * libsystemd.so.0 is loaded by dlopen(3) with the connection, of which one who asks has one. Every wait is bounded.
 */
#ifndef OCIRT_LIBS_BUS_H
#define OCIRT_LIBS_BUS_H

#include "libs/talk.h"

/* The verbs LIBS_BUS_*. ERR_HOST without libsystemd or a bus, or when systemd refuses. */
int libs_bus_open(struct libs_talk *t, struct err *e) must_check;
/* see libs_bus_open */
int libs_bus_send(struct libs_talk *t, struct err *e) must_check;
/* see libs_bus_open */
int libs_bus_job(struct libs_talk *t, struct err *e) must_check;
/* see libs_bus_open */
int libs_bus_process(struct libs_talk *t, struct err *e) must_check;
/* see libs_bus_open */
int libs_bus_version(struct libs_talk *t, struct err *e) must_check;

/* Ends the connection, if there is one. */
void libs_bus_end(struct libs_talk *t);

#endif
