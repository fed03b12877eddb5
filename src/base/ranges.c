/* SPDX-License-Identifier: Apache-2.0
 *
 * ranges - lists of small numbers such as "0-3,7": CPUs and memory nodes, as the kernel's cpuset files write them
 */
#include "base/ranges.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A place in a list. */
struct reader {
	const char *at;
};

static void skip_blanks(struct reader *r)
{
	r->at += strspn(r->at, " \t");
}

/* Digits, at least one; what does not fit in 64 bits is as high as can be. */
static bool read_number(struct reader *r, uint64_t *out)
{
	uint64_t v = 0;

	skip_blanks(r);
	if (*r->at < '0' || *r->at > '9')
		return false;
	for (; *r->at >= '0' && *r->at <= '9'; r->at++) {
		unsigned int digit = (unsigned int)(*r->at - '0');

		v = v > (UINT64_MAX - digit) / 10 ? UINT64_MAX : v * 10 + digit;
	}
	skip_blanks(r);
	*out = v;
	return true;
}

/* "3" or "0-3" */
static bool read_range(struct reader *r, uint64_t *from, uint64_t *to)
{
	if (!read_number(r, from))
		return false;
	*to = *from;
	if (*r->at != '-')
		return true;
	r->at++;
	return read_number(r, to);
}

static int add(unsigned long *set, uint64_t number)
{
	unsigned long bit = 1UL << number % RANGES_WORD_BITS, *word = &set[number / RANGES_WORD_BITS];
	int added = (*word & bit) == 0;

	*word |= bit;
	return added;
}

int ranges_read(const char *text, unsigned long *set, size_t bits, struct err *e)
{
	struct reader r = { .at = text };
	uint64_t from, to;
	int n = 0;

	for (;; r.at++) {
		skip_blanks(&r);
		if (*r.at != ',' && *r.at != '\0') {
			if (!read_range(&r, &from, &to) || (*r.at != ',' && *r.at != '\0'))
				return err_set(e, "\"%s\" is no list of numbers such as \"0-3,7\"", text);
			if (from > to)
				return err_set(e, "\"%s\": the range %llu-%llu runs backwards", text,
				               (unsigned long long)from, (unsigned long long)to);
			if (to >= bits)
				return err_set(e, "\"%s\": %llu is above %zu, the highest number possible", text,
				               (unsigned long long)to, bits - 1);
			for (uint64_t i = from; i <= to; i++)
				n += add(set, i);
		}
		if (*r.at == '\0')
			return n;
	}
}
