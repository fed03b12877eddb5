/* SPDX-License-Identifier: Apache-2.0
 *
 * helper - what the parent does for the mounts of a container with a user namespace
 *
 * The container's root is nobody on the host: it may not enter the directories that volumes lie in, and gives no map to files
 * that are not its own. The stage asks (SOURCE, IDMAP: init/sync.def), the parent answers with a detached mount.
 */
#ifndef OCIRT_LIFE_HELPER_H
#define OCIRT_LIFE_HELPER_H

#include "base/auto.h"
#include "base/err.h"
#include "init/sync.h"
#include "life/launch.h"
#include "plan/plan.h"

/*
 * Answers SOURCE and IDMAP. A source is opened in the stage's own mount namespace: it shows what the container's earlier mounts
 * brought there, and the flags that the host's mounts have are locked, as mount_namespaces(7) wants it for a copy that a less
 * privileged namespace gets.
 */
int helper_answer(const struct plan *plan, const struct launch *l, struct sync_msg *m, struct err *e) must_check;

#endif
