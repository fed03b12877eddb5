/* SPDX-License-Identifier: Apache-2.0
 *
 * weight - cgroup v1's weights on cgroup2's scales
 *
 * The curve is computed here, not by libm, which would be one more library to load in every run.
 */
#include "plan/weight.h"

enum { SHARES_MIN = 2, SHARES_MAX = 262144, TERMS = 24 };

static const double ln_2 = 0.693147180559945309417;
static const double ln_10 = 2.302585092994045684018;

/* x >= 1: the power of two in it, and 2 artanh((m - 1) / (m + 1)) for the rest m in [1, 2). */
static double log_2(uint64_t x)
{
	int whole = 63 - __builtin_clzll(x);
	double m = (double)x / (double)(1ULL << whole), z = (m - 1) / (m + 1), power = z, sum = 0;

	for (int i = 0; i < TERMS; i++, power *= z * z)
		sum += power / (2 * i + 1);
	return whole + 2 * sum / ln_2;
}

/* e to the power of x >= 0: a power of two, and the series for the rest below ln 2. */
static double e_to(double x)
{
	unsigned whole = (unsigned)(x / ln_2);
	double rest = x - whole * ln_2, term = 1, sum = 0;

	for (int i = 1; i <= TERMS; i++) {
		sum += term;
		term *= rest / i;
	}
	return sum * (double)(1ULL << whole);
}

unsigned weight_of_cpu_shares(uint64_t shares)
{
	double l, weight;
	unsigned whole;

	if (shares <= SHARES_MIN)
		return 1;
	if (shares >= SHARES_MAX)
		return 10000;
	l = log_2(shares);
	weight = e_to(((l * l + 125 * l) / 612 - 7.0 / 34) * ln_10) - 1e-9; /* what is a whole number stays one */
	whole = (unsigned)weight;
	return weight > whole ? whole + 1 : whole;
}

unsigned weight_of_blkio(unsigned weight)
{
	return 1 + (weight - 10) * 9999 / 990;
}
