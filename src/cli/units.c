/* SPDX-License-Identifier: Apache-2.0
 *
 * units - amounts with a unit, as runc's users write them
 */
#include "cli/units.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/words.h"

/* A number with at most one point; digits behind the ninth after it are dropped. */
struct decimal {
	uint64_t whole;
	uint64_t part, scale; /* part / scale < 1 */
};

static bool take_decimal(const char **text, struct decimal *d)
{
	const char *p = *text, *first = p;
	bool point = false;

	*d = (struct decimal){ .scale = 1 };
	for (; isdigit((unsigned char)*p) || (*p == '.' && !point); p++) {
		unsigned int digit = (unsigned int)(*p - '0');

		if (*p == '.')
			point = true;
		else if (point && d->scale < 1000000000) {
			d->part = d->part * 10 + digit;
			d->scale *= 10;
		} else if (!point && (__builtin_mul_overflow(d->whole, 10, &d->whole) ||
		                      __builtin_add_overflow(d->whole, digit, &d->whole)))
			return false;
	}
	*text = p;
	return p - first > (point ? 1 : 0);
}

/* Adds d * unit to *sum. */
static bool add(uint64_t *sum, const struct decimal *d, uint64_t unit)
{
	uint64_t whole, part = (uint64_t)((unsigned __int128)d->part * unit / d->scale);

	return !__builtin_mul_overflow(d->whole, unit, &whole) && !__builtin_add_overflow(*sum, whole, sum) &&
	       !__builtin_add_overflow(*sum, part, sum) && *sum <= INT64_MAX;
}

bool cli_size(const char *text, int64_t *bytes)
{
	static const char letters[] = "kmgtp";
	struct decimal d;
	uint64_t unit = 1, sum = 0;
	const char *letter;

	if (!take_decimal(&text, &d))
		return false;
	text += *text == ' ';
	letter = *text != '\0' ? strchr(letters, tolower((unsigned char)*text)) : NULL;
	if (letter != NULL) {
		unit <<= 10 * (letter - letters + 1);
		text++;
	}
	text += letter != NULL && (*text == 'i' || *text == 'I');
	text += *text == 'b' || *text == 'B';
	if (*text != '\0' || !add(&sum, &d, unit))
		return false;
	*bytes = (int64_t)sum;
	return true;
}

bool cli_duration(const char *text, uint64_t *ns)
{
	static const struct word units[] = {
		{ "ns", 1 },       { "us", 1000 },       { "\u00b5s", 1000 },     { "\u03bcs", 1000 },
		{ "ms", 1000000 }, { "s", 1000000000U }, { "m", 60000000000ULL }, { "h", 3600000000000ULL },
	};
	uint64_t sum = 0;

	if (strcmp(text, "0") == 0) {
		*ns = 0;
		return true;
	}
	do {
		const struct word *unit;
		struct decimal d;
		char name[8] = "";
		size_t n;

		if (!take_decimal(&text, &d))
			return false;
		n = strcspn(text, ".0123456789");
		if (n >= sizeof(name))
			return false;
		memcpy(name, text, n);
		unit = word_find(units, array_len(units), name);
		if (unit == NULL || !add(&sum, &d, unit->value))
			return false;
		text += n;
	} while (*text != '\0');
	*ns = sum;
	return true;
}
