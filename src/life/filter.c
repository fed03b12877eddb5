/* SPDX-License-Identifier: Apache-2.0
 *
 * filter - a container's seccomp filter, compiled by the runtime before a stage is there
 */
#include "life/filter.h"

#include "kernel/seccomp_cache.h"
#include "plan/security.h"

int filter_make(const struct life_globals *g, const struct plan *plan, struct seccomp_program **out, struct err *e)
{
	*out = NULL;
	if (plan->seccomp == NULL)
		return 0;
	*out = seccomp_program_get(&plan->seccomp->filter, g->cache, e);
	return *out == NULL ? err_at(e, "/linux/seccomp") : 0;
}
