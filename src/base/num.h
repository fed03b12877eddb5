/* SPDX-License-Identifier: Apache-2.0
 *
 * num - numbers out of texts, strictly: digits only, the whole text, in range
 *
 * A leading blank, sign (but for num_i64's minus), trailing byte or value out of range is refused. ids are never looked up
 * as names and (uid_t)-1 is never accepted: it means "leave unchanged" to setresuid(2). Texts that hold more than a number are
 * taken to pieces (num_take, num_column). Not by scanf(3) and strtol(3): they take signs and blanks, and say nothing of what is too much.
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

/*
 * The number that *at begins with; *at is behind its digits afterwards, and what follows is the caller's to judge. base is 8, 10, 16 or 0: as
 * C writes them, "31", "037", "0x1f". false leaves both alone: no digit, or more than max.
 */
bool num_take(const char **at, unsigned int base, uint64_t max, uint64_t *out);

/* The same, decimal, of the next column of a line: blanks and tabs before it are passed over. */
bool num_column(const char **at, uint64_t max, uint64_t *out);

/* "-1.5", "2", "3e8", the whole text: exact to 15 digits and 22 places. No words, and nothing that a double cannot hold. */
bool num_decimal(const char *text, double *out);

#endif
