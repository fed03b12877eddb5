/* SPDX-License-Identifier: Apache-2.0
 *
 * num - numbers out of texts, strictly: digits only, the whole text, in range
 */
#include "base/num.h"

#include <float.h>
#include <string.h>

/* 99: none of any base */
static unsigned int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10 : 99;
}

bool num_take(const char **at, unsigned int base, uint64_t max, uint64_t *out)
{
	const char *s = *at;
	uint64_t v = 0;

	if (base == 0) {
		bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && digit_of(s[2]) < 16;

		base = hex ? 16 : s[0] == '0' ? 8 : 10;
		s += hex ? 2 : 0;
	}
	if (digit_of(*s) >= base)
		return false;
	for (unsigned int digit; (digit = digit_of(*s)) < base; s++) {
		if (digit > max || v > (max - digit) / base)
			return false;
		v = v * base + digit;
	}
	*at = s;
	*out = v;
	return true;
}

bool num_column(const char **at, uint64_t max, uint64_t *out)
{
	const char *s = *at + strspn(*at, " \t");

	if (!num_take(&s, 10, max, out))
		return false;
	*at = s;
	return true;
}

bool num_u64(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t v;

	if (!num_take(&text, 10, max, &v) || *text != '\0')
		return false;
	*out = v;
	return true;
}

bool num_u32(const char *text, uint32_t *out)
{
	uint64_t v;

	if (!num_u64(text, UINT32_MAX, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

bool num_i64(const char *text, int64_t min, int64_t max, int64_t *out)
{
	bool minus = *text == '-';
	uint64_t v;
	int64_t r;

	if (!num_u64(text + minus, (uint64_t)INT64_MAX + minus, &v))
		return false;
	r = (int64_t)(minus ? 0 - v : v);
	if (r < min || r > max)
		return false;
	*out = r;
	return true;
}

bool num_id(const char *text, uint32_t *out)
{
	uint64_t v;

	if (!num_u64(text, UINT32_MAX - 1, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

/* Digits and a point among them, as a whole number and the places of its power of ten; of more than 19 digits the rest only counts. */
static bool take_digits(const char **at, uint64_t *number, int *places)
{
	const char *s = *at;
	bool any = false, point = false;

	for (; *s == '.' || digit_of(*s) < 10; s++) {
		if (*s == '.') {
			if (point)
				return false;
			point = true;
			continue;
		}
		any = true;
		if (*number <= (UINT64_MAX - 9) / 10) {
			*number = *number * 10 + digit_of(*s);
			*places -= point;
		} else {
			*places += !point;
		}
	}
	*at = s;
	return any;
}

/* 10 to the power of n; as far as 22 it is exact. */
static double power(int n)
{
	double v = 1;

	for (; n > 0; n--)
		v *= 10;
	return v;
}

bool num_decimal(const char *text, double *out)
{
	enum { FAR = 300 }; /* 10 to that power is a double still */
	const bool minus = *text == '-';
	uint64_t number = 0, exponent = 0;
	int places = 0;
	double v;

	text += minus;
	if (!take_digits(&text, &number, &places))
		return false;
	if (*text == 'e' || *text == 'E') {
		const bool down = *++text == '-';

		text += down || *text == '+';
		if (!num_take(&text, 10, FAR, &exponent))
			return false;
		places += down ? -(int)exponent : (int)exponent;
	}
	if (*text != '\0' || places > FAR || places < -FAR)
		return false;
	v = places < 0 ? (double)number / power(-places) : (double)number * power(places);
	if (v > DBL_MAX)
		return false;
	*out = minus ? -v : v;
	return true;
}
