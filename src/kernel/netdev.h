/* SPDX-License-Identifier: Apache-2.0
 *
 * netdev - moves network devices from the caller's network namespace into another
 *
 * config-linux.md#network-devices: a device keeps what the kernel keeps (MTU, hardware address, ...), gets a new name, its permanent
 * global addresses again, which the kernel takes away, and is set up. It is never moved back: network_namespaces(7) tells what
 * becomes of it.
 */
#ifndef OCIRT_KERNEL_NETDEV_H
#define OCIRT_KERNEL_NETDEV_H

#include "base/auto.h"
#include "base/err.h"
#include "kernel/netlink.h"

struct netdev_way {
	struct netlink here, there; /* a socket in each */
	int ns_fd;                  /* the other namespace; not owned */
};

#define NETDEV_WAY_NONE                                                  \
	{                                                                \
		.here = NETLINK_NONE, .there = NETLINK_NONE, .ns_fd = -1 \
	}

/* Closes the sockets. */
void netdev_way_end(struct netdev_way *w);
#define auto_netdev_way __attribute__((cleanup(netdev_way_end)))

/* Enters the namespace for a moment to make a socket there. That it is our own is ERR_CONFIG. */
int netdev_way(int ns_fd, struct netdev_way *w, struct err *e) must_check;

/*
 * Whether the device is there and its new name is free on the other side. A new name with "%d" stands for the first free number;
 * nothing else in it may be a `%`.
 */
int netdev_check(struct netdev_way *w, const char *name, const char *new_name, struct err *e) must_check;

/* Moves it, names it, gives it its addresses, sets it up. */
int netdev_move(struct netdev_way *w, const char *name, const char *new_name, struct err *e) must_check;

#endif
