/* SPDX-License-Identifier: Apache-2.0
 *
 * reason - why the kernel refused, and by which signal somebody ended, in the words that everybody knows
 *
 * All words lie in one object behind each other, and two bytes a number tell where: pointers would have to be relocated.
 */
#include "base/reason.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"

static const struct words {
	char none;
#define ERROR(num, text) char error_##num[sizeof(text)];
#define SIGNAL(sig, text) char signal_##sig[sizeof(text)];
#include "base/reason.def"
#undef ERROR
#undef SIGNAL
} words = {
#define ERROR(num, text) .error_##num = text,
#define SIGNAL(sig, text) .signal_##sig = text,
#include "base/reason.def"
#undef ERROR
#undef SIGNAL
};

static const uint16_t errors[] = {
#define ERROR(num, text) [num] = offsetof(struct words, error_##num),
#include "base/reason.def"
#undef ERROR
};

static const uint16_t signals[] = {
#define SIGNAL(sig, text) [sig] = offsetof(struct words, signal_##sig),
#include "base/reason.def"
#undef SIGNAL
};

/* NULL: no such row. */
static const char *row(const uint16_t *at, size_t n, int i)
{
	return i < 0 || (size_t)i >= n || at[i] == 0 ? NULL : (const char *)&words + at[i];
}

static const char *put(char room[REASON_ROOM], const char *what, int num)
{
	(void)snprintf(room, REASON_ROOM, "%s %d", what, num); /* always fits */
	return room;
}

const char *reason_of_error(int num, char room[REASON_ROOM])
{
	const char *text = num == 0 ? "Success" : row(errors, array_len(errors), num);

	return text != NULL ? text : put(room, "Unknown error", num);
}

const char *reason_of_signal(int sig, char room[REASON_ROOM])
{
	enum { FIRST = 34, LAST = 64 }; /* of the real-time ones that libc leaves to programs, as glibc counts */
	const char *text = row(signals, array_len(signals), sig);

	if (text != NULL)
		return text;
	if (sig < FIRST || sig > LAST)
		return put(room, "Unknown signal", sig);
	return put(room, "Real-time signal", sig - FIRST);
}
