/* SPDX-License-Identifier: Apache-2.0
 *
 * stamp - the time of day as RFC 3339 text, UTC
 *
 * By hand: gmtime(3) and strftime(3) would read the host's time zone files, which a container start need not wait for.
 */
#ifndef OCIRT_BASE_STAMP_H
#define OCIRT_BASE_STAMP_H

#include <stdint.h>

enum { STAMP_ROOM = 96 }; /* more than any number of that type could take */

/* Now, with nanoseconds: "2026-01-31T23:59:59.000000001Z". */
void stamp_now(char to[STAMP_ROOM]);

/* The same of a time since the epoch. */
void stamp_text(int64_t seconds, int32_t nanoseconds, char to[STAMP_ROOM]);

#endif
