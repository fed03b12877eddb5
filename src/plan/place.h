/* SPDX-License-Identifier: Apache-2.0
 *
 * place - where in config.json an error comes from
 */
#ifndef OCIRT_PLAN_PLACE_H
#define OCIRT_PLAN_PLACE_H

#include <stddef.h>

#include "base/err.h"
#include "libocispec/json.h"

/* Puts `NAME:LINE:COLUMN: POINTER: ` in front of an error that has a pointer and was not placed yet. Returns -1. */
int place_error(struct err *e, const char *name, const char *text, size_t len);

/* What the reader of a document found wrong with it, as ERR_CONFIG with its place. Returns -1. */
int place_json(const struct json_error *je, struct err *e);

#endif
