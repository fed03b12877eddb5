/* SPDX-License-Identifier: Apache-2.0
 *
 * weight - cgroup v1's weights on cgroup2's scales
 */
#ifndef OCIRT_PLAN_WEIGHT_H
#define OCIRT_PLAN_WEIGHT_H

#include <stdint.h>

/*
 * cpu.weight (1 .. 10000) for cpu.shares (2 .. 262144; others are taken as the nearest): 10 to the power of
 * (l*l + 125*l) / 612 - 7/34 with l = log2(shares), rounded up. Its curve meets both ends and both defaults (1024 is 100).
 *
 * The straight line 1 + (shares - 2) * 9999 / 262142 of older runtimes makes 39 of the default 1024, so that a container had
 * less than its share beside everything outside of containers; runc 1.3.2 and crun 1.23 went over to this curve together.
 */
unsigned weight_of_cpu_shares(uint64_t shares);

/* io.weight (1 .. 10000) for blkio.weight (10 .. 1000): the straight line 1 + (weight - 10) * 9999 / 990. */
unsigned weight_of_blkio(unsigned weight);

#endif
