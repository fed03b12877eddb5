/* SPDX-License-Identifier: Apache-2.0
 *
 * resctrl - the class of service and monitoring group of a container, where config.json asks for one
 *
 * Each takes NULL for a container without, and then does nothing.
 */
#ifndef OCIRT_LIFE_RESCTRL_H
#define OCIRT_LIFE_RESCTRL_H

#include "kernel/rdt.h"

/* Before the group is recorded: a host that has none, and a group that is somebody else's, are refused. */
int resctrl_check(const struct rdt_group *g, struct err *e) must_check;

/* see kernel/rdt.h */
int resctrl_make(const struct rdt_group *g, bool *made, struct err *e) must_check;

/* see kernel/rdt.h */
int resctrl_join(const struct rdt_group *g, pid_t pid, struct err *e) must_check;

/* Of a recorded group. Where resctrl is not mounted any more there is nothing to remove. */
int resctrl_remove(const struct rdt_group *g, struct err *e) must_check;

#endif
