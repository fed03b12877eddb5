/* SPDX-License-Identifier: Apache-2.0
 *
 * pointer - JSON pointers into config.json, as operations of a plan keep them (RFC 6901), and other texts of a plan
 */
#ifndef OCIRT_PLAN_POINTER_H
#define OCIRT_PLAN_POINTER_H

#include "base/auto.h"
#include "base/err.h"
#include "libocispec/arena.h"

/* A formatted text that lives in the arena; NULL with *e filled when memory ran out. */
const char *plan_string(struct arena *a, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4))) must_check;

/* BASE/KEY, with what RFC 6901 asks for in the key escaped. */
const char *pointer_key(struct arena *a, struct err *e, const char *base, const char *key) must_check;

#endif
