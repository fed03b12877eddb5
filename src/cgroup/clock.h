/* SPDX-License-Identifier: Apache-2.0
 *
 * clock - deadlines in milliseconds of CLOCK_MONOTONIC
 */
#ifndef OCIRT_CGROUP_CLOCK_H
#define OCIRT_CGROUP_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Now. */
static inline int64_t clock_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* this clock always is */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Sleeps, less when a signal comes. */
static inline void clock_nap(int ms)
{
	(void)clock_nanosleep(CLOCK_MONOTONIC, 0,
	                      &(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L }, NULL);
}

#endif
