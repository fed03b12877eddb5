/* SPDX-License-Identifier: Apache-2.0
 *
 * tree - making the directories of a container's groups, and taking away exactly what was made
 *
 * cg_create and cg_check are declared in cgroup.h.
 */
#ifndef OCIRT_CGROUP_TREE_H
#define OCIRT_CGROUP_TREE_H

#include "cgroup/cgroup.h"

/* What cg_make made: for each directory the length of the part of its path that was there before; whole = nothing was made. */
struct cg_made {
	size_t n; /* directories looked at so far */
	size_t old_len[CG_HIER_MAX];
};

/* cg_create that remembers what it made; on failure it is taken away again. */
int cg_make(const struct cg_place *p, const char *const *need, size_t n_need, struct cg_made *made,
            struct err *e) must_check;

/* Takes away what was made, as far as nobody uses it by now. */
void cg_unmake(const struct cg_place *p, const struct cg_made *made);

#endif
