/* SPDX-License-Identifier: Apache-2.0
 *
 * rdt - classes of service for caches and memory bandwidth, and monitoring groups: the resctrl file system
 *
 * Linux Documentation/filesystems/resctrl.rst; config-linux.md#intelrdt. Everything is relative to a descriptor of the file
 * system's root, so that a directory can stand in for it in a test.
 */
#ifndef OCIRT_KERNEL_RDT_H
#define OCIRT_KERNEL_RDT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

/* What is done with the class when it is there already, or is not. */
enum rdt_rule {
	RDT_MAKE,            /* it must not be there: it is made, and taken away with the container */
	RDT_MAKE_OR_COMPARE, /* one that is there must have the wanted schemata already */
	RDT_JOIN,            /* it must be there */
};

struct rdt_group {
	const char *clos; /* its directory; "/": the root, the default class */
	enum rdt_rule rule;
	const char *const *compared; /* schemata, one or more lines each, that one that is there must have */
	size_t n_compared;
	const char *const *schemata; /* schemata that are written in any case, after those */
	size_t n_schemata;
	const char *monitor; /* a monitoring group of that name in it; NULL: none */
};

/* Opens the resctrl file system, wherever it is mounted. ERR_HOST when it is not. */
int rdt_open(struct err *e) must_check;

/* Whether the rules let the group be made or joined; changes nothing. */
int rdt_check(int root, const struct rdt_group *g, struct err *e) must_check;

/* Makes what is missing and writes the schemata; *made: the class was not there. On failure what it made is gone again. */
int rdt_make(int root, const struct rdt_group *g, bool *made, struct err *e) must_check;

/* The schemata that the class has now, malloc'ed, without the end of the last line. NULL with *e filled. */
char *rdt_schemata(int root, const struct rdt_group *g, struct err *e) must_check;

/* Writes g->schemata to a class that is there. */
int rdt_change(int root, const struct rdt_group *g, struct err *e) must_check;

/* Moves a process, and with it its children to come, into class and monitoring group. */
int rdt_join(int root, const struct rdt_group *g, pid_t pid, struct err *e) must_check;

/* Takes the monitoring group away, and the class when the rule says that it was made for the container. Gone is fine. */
int rdt_remove(int root, const struct rdt_group *g, struct err *e) must_check;

#endif
