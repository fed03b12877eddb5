/* SPDX-License-Identifier: Apache-2.0
 *
 * usage - what a container has used, as the JSON object that runc's `events` has for it
 */
#ifndef OCIRT_LIFE_USAGE_H
#define OCIRT_LIFE_USAGE_H

#include "cgroup/stats.h"
#include "libocispec/json_out.h"

/*
 * Writes the object. Engines read all numbers as unsigned 64-bit ones (cli-compat, events): none is below 0, no limit is the greatest.
 * What is 0 is left out where runc leaves it out.
 */
void usage_write(struct json_out *o, const char *key, const struct cg_stats *s);

#endif
