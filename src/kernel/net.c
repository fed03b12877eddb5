/* SPDX-License-Identifier: Apache-2.0
 *
 * net - what a new network namespace needs
 */
#include "kernel/net.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int net_loopback_up(struct err *e)
{
	/* Any family takes the ioctl; AF_UNIX is in every kernel. The flags that are not ours to set stay as they are. */
	auto_fd int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	if (sock < 0)
		return err_sys(e, "make a socket to bring lo up");
	if (ioctl(sock, SIOCSIFFLAGS, &req) < 0)
		return err_sys(e, "bring the interface lo up");
	return 0;
}
