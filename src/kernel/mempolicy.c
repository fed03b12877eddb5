/* SPDX-License-Identifier: Apache-2.0
 *
 * mempolicy - from which memory nodes a process gets its memory: set_mempolicy(2)
 */
#include "kernel/mempolicy.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

int mempolicy_set(const struct mempolicy *p, struct err *e)
{
	/* the kernel takes one bit less than it is told */
	unsigned long room = p->nodes != NULL ? MEMPOLICY_NODES_MAX + 1 : 0;
	int num;

	if (syscall(SYS_set_mempolicy, p->mode, p->nodes, room) == 0)
		return 0;
	num = errno;
	if (num == ENOSYS)
		(void)err_num(e, num, "this kernel was built without memory nodes (NUMA): set the memory policy %s",
		              p->name);
	else if (num == EINVAL)
		(void)err_num(
			e, num,
			"set the memory policy %s (a node that is not there or not allowed, or a kernel without this mode or flag)",
			p->name);
	else
		return err_num(e, num, "set the memory policy %s", p->name);
	e->kind = ERR_HOST;
	return -1;
}
