/* SPDX-License-Identifier: Apache-2.0
 *
 * netlink - requests to the kernel's network configuration and their answers
 *
 * rtnetlink(7), netlink(7). A socket belongs for good to the network namespace in which it was made.
 */
#ifndef OCIRT_KERNEL_NETLINK_H
#define OCIRT_KERNEL_NETLINK_H

#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

struct netlink {
	int fd; /* -1: closed */
	uint32_t seq;
};

#define NETLINK_NONE     \
	{                \
		.fd = -1 \
	}

/* A request that is being put together; what does not fit makes it fail when it is sent. */
struct netlink_request {
	union {
		struct nlmsghdr head;
		char room[2048];
	} u;
	size_t len; /* above sizeof(u): it did not fit */
};

/* May be called more than once. */
void netlink_close(struct netlink *n);
#define auto_netlink __attribute__((cleanup(netlink_close)))

/* A socket in the current network namespace. */
int netlink_open(struct netlink *n, struct err *e) must_check;

/* Begins a request: its type (RTM_*), flags besides NLM_F_REQUEST, and the fixed part. */
void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, const void *fixed, size_t len);

/* Adds an attribute (IFLA_*, IFA_*). */
void netlink_put(struct netlink_request *r, uint16_t type, const void *data, size_t len);

/* Is told each message of an answer; returns -1 with *e filled to fail the whole. */
struct netlink_taker {
	int (*take)(void *ctx, const struct nlmsghdr *answer, struct err *e);
	void *ctx;
};

/*
 * Sends the request and takes the whole answer: data messages (to, unless NULL) up to the end of a dump or the
 * acknowledgement. -1 with *e filled where the kernel refuses: its errno and, when it gives one, its own explanation.
 */
int netlink_talk(struct netlink *n, struct netlink_request *r, const struct netlink_taker *to,
                 struct err *e) must_check;

/* The attribute of that type behind the fixed part of `fixed` bytes, NULL when there is none. */
const struct rtattr *netlink_find(const struct nlmsghdr *m, size_t fixed, uint16_t type);

#endif
