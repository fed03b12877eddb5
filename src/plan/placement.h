/* SPDX-License-Identifier: Apache-2.0
 *
 * placement - on which CPUs a process runs and from which memory nodes it gets its memory
 */
#ifndef OCIRT_PLAN_PLACEMENT_H
#define OCIRT_PLAN_PLACEMENT_H

#include "kernel/affinity.h"
#include "plan/plan.h"

/* Resolves one list of CPUs that stands at pointer; *out is NULL when there is none or an empty one. */
int plan_cpus(const char *list, const char *pointer, struct arena *a, const struct affinity **out,
              struct err *e) must_check;

#endif
