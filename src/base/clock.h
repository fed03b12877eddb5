/* SPDX-License-Identifier: Apache-2.0
 *
 * clock - deadlines of CLOCK_MONOTONIC
 */
#ifndef OCIRT_BASE_CLOCK_H
#define OCIRT_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

enum { CLOCK_SECOND = 1000000000 }; /* in nanoseconds */

/* Now, in nanoseconds. */
static inline uint64_t clock_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* this clock always is */
	return (uint64_t)t.tv_sec * CLOCK_SECOND + (uint64_t)t.tv_nsec;
}

/* Now, in milliseconds. */
static inline int64_t clock_ms(void)
{
	return (int64_t)(clock_ns() / 1000000);
}

/* Sleeps, less when a signal comes. */
static inline void clock_nap(int ms)
{
	(void)clock_nanosleep(CLOCK_MONOTONIC, 0,
	                      &(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L }, NULL);
}

#endif
