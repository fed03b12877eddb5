/* SPDX-License-Identifier: Apache-2.0
 *
 * sample - what a container uses at a moment, in few numbers: for people, where usage.h is for engines
 */
#ifndef OCIRT_LIFE_SAMPLE_H
#define OCIRT_LIFE_SAMPLE_H

#include "base/auto.h"
#include "base/err.h"
#include "libocispec/json_out.h"
#include "life/store.h"
#include "life/verbs.h"

/* Reads it from the container's groups; of one that has none all is 0. */
int sample_take(const struct container *c, struct usage_sample *s, struct err *e) must_check;

/* Its members into an open object: cpu, memory, swap where it is counted, pids, io, pressure. */
void sample_write(struct json_out *o, const struct usage_sample *s);

#endif
