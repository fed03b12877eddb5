/* SPDX-License-Identifier: Apache-2.0
 *
 * affinity - on which CPUs the calling thread may run: sched_setaffinity(2)
 */
#include "kernel/affinity.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The raw calls: libc's are bound to the size of cpu_set_t. The kernel ignores bits above its own number of CPUs. */
int affinity_get(struct affinity *out, struct err *e)
{
	memset(out, 0, sizeof(*out));
	if (syscall(SYS_sched_getaffinity, 0, sizeof(out->set), out->set) < 0)
		return err_sys(e, "read the CPU affinity");
	return 0;
}

int affinity_set(const struct affinity *a, struct err *e)
{
	if (syscall(SYS_sched_setaffinity, 0, sizeof(a->set), a->set) == 0)
		return 0;
	if (errno == EINVAL)
		return err_sys(e, "set the CPU affinity (none of these CPUs is there and allowed)");
	return err_sys(e, "set the CPU affinity");
}

int affinity_reset(struct err *e)
{
	struct affinity all;

	memset(&all, 0xff, sizeof(all));
	return affinity_set(&all, e);
}
