/* SPDX-License-Identifier: Apache-2.0
 *
 * num - numbers out of texts, strictly: digits only, the whole text, in range
 */
#include "base/num.h"

bool num_u64(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		unsigned int digit = (unsigned int)(*text - '0');

		if (digit > 9 || digit > max || v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
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
