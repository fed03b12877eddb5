/* SPDX-License-Identifier: Apache-2.0
 *
 * stamp - the time of day as RFC 3339 text, UTC
 */
#include "base/stamp.h"

#include <stdio.h>
#include <time.h>

enum { DAY = 86400, ERA_DAYS = 146097 /* 400 years */ };

struct date {
	int64_t year;
	int month, day;
};

/* Days since 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in March. */
static struct date date_of(int64_t days)
{
	int64_t z = days + 719468; /* since 0000-03-01 */
	int64_t era = (z >= 0 ? z : z - ERA_DAYS + 1) / ERA_DAYS;
	int64_t doe = z - era * ERA_DAYS;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (int)((5 * doy + 2) / 153);
	struct date d = { .day = (int)(doy - (153 * mp + 2) / 5) + 1, .month = mp < 10 ? mp + 3 : mp - 9 };

	d.year = yoe + era * 400 + (d.month <= 2);
	return d;
}

void stamp_text(int64_t seconds, int32_t nanoseconds, char to[STAMP_ROOM])
{
	int64_t days = seconds / DAY - (seconds % DAY < 0);
	int second = (int)(seconds - days * DAY);
	struct date d = date_of(days);

	(void)snprintf(to, STAMP_ROOM, "%04lld-%02d-%02dT%02d:%02d:%02d.%09dZ", (long long)d.year, d.month, d.day,
	               second / 3600, second / 60 % 60, second % 60, nanoseconds); /* fits for a million years */
}

void stamp_now(char to[STAMP_ROOM])
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
	stamp_text(now.tv_sec, (int32_t)now.tv_nsec, to);
}
