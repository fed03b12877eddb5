/* SPDX-License-Identifier: Apache-2.0
 *
 * guard - what ties processes of the runtime to each other and shields them: prctl(2)
 */
#include "kernel/guard.h"

#include <signal.h>
#include <sys/prctl.h>

int guard_stage(const char *name, struct err *e)
{
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NAME, name) < 0)
		return err_sys(e, "guard the stage");
	return guard_tie(e);
}

int guard_tie(struct err *e)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? err_sys(e, "tie our life to the runtime's") : 0;
}

int guard_part(struct err *e)
{
	return prctl(PR_SET_PDEATHSIG, 0) < 0 ? err_sys(e, "part from the runtime") : 0;
}

int guard_adopt(struct err *e)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ? err_sys(e, "become the subreaper of the container's orphans") : 0;
}
