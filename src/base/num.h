/* SPDX-License-Identifier: Apache-2.0
 *
 * num - numbers out of texts, strictly: digits only, the whole text, in range
 *
 * A leading blank, sign (but for num_i64's minus), trailing byte or value out of range is refused. ids are never looked up
 * as names and (uid_t)-1 is never accepted: it means "leave unchanged" to setresuid(2).
 */
#ifndef OCIRT_BASE_NUM_H
#define OCIRT_BASE_NUM_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits only. false leaves *out alone. */
bool num_u64(const char *text, uint64_t max, uint64_t *out);
bool num_u32(const char *text, uint32_t *out);

/* The same with an optional leading minus. */
bool num_i64(const char *text, int64_t min, int64_t max, int64_t *out);

/* A uid or gid: 0 .. 4294967294. */
bool num_id(const char *text, uint32_t *out);

#endif
