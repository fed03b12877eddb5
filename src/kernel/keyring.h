/* SPDX-License-Identifier: Apache-2.0
 *
 * keyring - a session keyring of the container's own
 *
 * Without one the container's processes would share (and could read and fill) the session keyring of who called us.
 * session-keyring(7), keyctl(2).
 */
#ifndef OCIRT_KERNEL_KEYRING_H
#define OCIRT_KERNEL_KEYRING_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"

/*
 * Makes the session keyring "_ses.ID", or joins it when it exists (exec), and lets its owner search it: others too when in a
 * user namespace, where the container's users are not its owner. A kernel without keyrings is no error. A keyring of that
 * name that is someone else's is refused.
 */
int keyring_join(const char *id, bool others_search, struct err *e) must_check;

#endif
