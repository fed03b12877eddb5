/* SPDX-License-Identifier: Apache-2.0
 *
 * units - amounts with a unit, as runc's users write them
 */
#ifndef OCIRT_CLI_UNITS_H
#define OCIRT_CLI_UNITS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Bytes: "512", "50M", "1.5g", "64 KiB", "2GB": powers of 1024 whatever follows the letter (k m g t p, either case). False, and
 * *bytes left alone, for anything else and for what 63 bits do not hold.
 */
bool cli_size(const char *text, int64_t *bytes);

/*
 * Nanoseconds of a duration as Go writes it: "5s", "100ms", "1m30s", "1.5h", "250us", "0". False, and *ns left alone, for anything
 * else, a negative one, and what 63 bits do not hold.
 */
bool cli_duration(const char *text, uint64_t *ns);

#endif
