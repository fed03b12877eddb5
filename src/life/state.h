/* SPDX-License-Identifier: Apache-2.0
 *
 * state - the state document of a container
 */
#ifndef OCIRT_LIFE_STATE_H
#define OCIRT_LIFE_STATE_H

#include "base/auto.h"
#include "base/err.h"
#include "libocispec/oci_state.h"
#include "life/store.h"

/* Fills *state of an opened entry; a broken one has its id, an empty bundle, and a status. Texts live as long as c's arena. */
int state_of(const struct container *c, struct arena *a, struct oci_state *state, struct err *e) must_check;

/* The name that /etc/passwd has for a user, "#UID" when it has none; in the arena, NULL: memory ran out. */
const char *state_owner(uint32_t uid, struct arena *a);

#endif
