/* SPDX-License-Identifier: Apache-2.0
 *
 * facts - what the host and the caller can do, found before a plan is made
 */
#ifndef OCIRT_LIFE_FACTS_H
#define OCIRT_LIFE_FACTS_H

#include "base/auto.h"
#include "base/err.h"
#include "cgroup/cgroup.h"
#include "plan/intent.h"

/* Fills *f; *layout is filled for f->cgroups and has to live as long. With CG_MANAGER_DISABLED no layout is looked for. */
int facts_find(struct facts *f, struct cg_layout *layout, enum cg_manager manager, struct err *e) must_check;

/* Whether our user namespace is not the initial one, which maps all ids to themselves in one row: "0 0 4294967295". */
bool facts_in_userns(void);

#endif
