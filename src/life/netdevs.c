/* SPDX-License-Identifier: Apache-2.0
 *
 * netdevs - moves the network devices of linux.netDevices into a container that is being created
 */
#include "life/netdevs.h"

#include <stdio.h>

#include "kernel/netdev.h"
#include "kernel/ns.h"
#include "kernel/sys.h"

int netdevs_move(const struct plan *p, pid_t pid, struct err *e)
{
	static int (*const acts[])(struct netdev_way * w, const char *name, const char *new_name,
	                           struct err *e) = { netdev_check, netdev_move };
	auto_netdev_way struct netdev_way w = NETDEV_WAY_NONE;
	char path[40];
	auto_fd int ns = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", pid); /* always fits */
	ns = ns_open(path, CLONE_NEWNET, e);
	if (ns < 0)
		return -1;
	if (netdev_way(ns, &w, e) < 0)
		return err_at(e, "/linux/netDevices");
	for (size_t k = 0; k < array_len(acts); k++)
		for (size_t i = 0; i < p->n_netdevs; i++)
			if (acts[k](&w, p->netdevs[i].name, p->netdevs[i].new_name, e) < 0)
				return err_at(e, "%s", p->netdevs[i].pointer);
	return 0;
}
