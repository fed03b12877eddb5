/* SPDX-License-Identifier: Apache-2.0
 *
 * filter - a container's seccomp filter, compiled by the runtime before a stage is there
 */
#ifndef OCIRT_LIFE_FILTER_H
#define OCIRT_LIFE_FILTER_H

#include "base/auto.h"
#include "base/err.h"
#include "kernel/seccomp.h"
#include "life/verbs.h"
#include "plan/plan.h"

/* *out is malloc'ed, NULL when the plan has no filter; out of the cache of compiled filters if it is there. */
int filter_make(const struct life_globals *g, const struct plan *plan, struct seccomp_program **out,
                struct err *e) must_check;

#endif
