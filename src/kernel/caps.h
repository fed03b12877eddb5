/* SPDX-License-Identifier: Apache-2.0
 *
 * caps - capabilities: their names, and the calling thread's five sets
 *
 * A set is a uint64_t with bit N for capability N. The order that works (capabilities(7), "Effect of user ID changes"):
 * caps_drop_bounding() while CAP_SETPCAP is held -> caps_keep() -> groups, gid, uid -> caps_set() -> caps_set_ambient().
 */
#ifndef OCIRT_KERNEL_CAPS_H
#define OCIRT_KERNEL_CAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

enum { CAPS_KNOWN = 41, CAPS_TEXT_MAX = 1024 };

/* linux/capability.h gives CAP_* numbers only; these are sets. */
enum caps_number {
#define CAPABILITY(name, number) CAPS_##name = number,
#include "kernel/caps.def"
#undef CAPABILITY
};
#define CAPS_BIT(number) (UINT64_C(1) << (number))

struct caps {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

/* The number of "CAP_CHOWN" in any case; -1 when there is none of that name. */
int caps_number(const char *name);

/* "CAP_CHOWN" of a number; NULL when we know none. */
const char *caps_name(unsigned int number);

/* The known name that a mistyped one is closest to; NULL when nothing is near. */
const char *caps_nearest(const char *name);

/* The set of the capabilities 0 .. last. */
uint64_t caps_up_to(unsigned int last);

/* "CAP_CHOWN CAP_KILL", in number order; to has room for CAPS_TEXT_MAX bytes. Returns to. */
const char *caps_text(uint64_t set, char to[CAPS_TEXT_MAX]);

/* Takes the members of `drop` out of the bounding set; needs CAP_SETPCAP unless they are gone already. */
int caps_drop_bounding(uint64_t drop, struct err *e) must_check;

/* Whether the permitted set survives a change away from uid 0 (PR_SET_KEEPCAPS); execve(2) clears it. */
int caps_keep(bool on, struct err *e) must_check;

/* Sets effective, permitted and inheritable of the calling thread (capset(2)). */
int caps_set(const struct caps *c, struct err *e) must_check;

/* Reads effective, permitted and inheritable of the calling thread (capget(2)); the others are left alone. */
int caps_get(struct caps *c, struct err *e) must_check;

/* The number of the highest one that this kernel knows. */
int caps_last(struct err *e) must_check;

/* Reads those of `among` that are in the bounding set of the calling thread (PR_CAPBSET_READ(2const)). */
int caps_get_bounding(struct caps *c, uint64_t among, struct err *e) must_check;

/* Makes the ambient set exactly `set`, which has to be in the permitted and the inheritable set. */
int caps_set_ambient(uint64_t set, struct err *e) must_check;

#endif
