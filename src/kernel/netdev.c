/* SPDX-License-Identifier: Apache-2.0
 *
 * netdev - moves network devices from the caller's network namespace into another
 */
#include "kernel/netdev.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "kernel/ns.h"
#include "kernel/sys.h"

/* --- the two namespaces ---------------------------------------------------------------------------------------------- */

void netdev_way_end(struct netdev_way *w)
{
	netlink_close(&w->here);
	netlink_close(&w->there);
}

int netdev_way(int ns_fd, struct netdev_way *w, struct err *e)
{
	auto_fd int own = ns_open("/proc/self/ns/net", CLONE_NEWNET, e);
	struct err back;
	int r;

	if (own < 0)
		return -1;
	if (ns_is_own(ns_fd, CLONE_NEWNET))
		return err_kind(e, ERR_CONFIG, "the network namespace that is joined is the runtime's own");
	if (netlink_open(&w->here, e) < 0 || ns_join(ns_fd, CLONE_NEWNET, e) < 0)
		return -1;
	r = netlink_open(&w->there, e);
	if (ns_join(own, CLONE_NEWNET, &back) < 0) {
		*e = back;
		return err_in(e, "return");
	}
	w->ns_fd = ns_fd;
	return r;
}

/* --- devices --------------------------------------------------------------------------------------------------------- */

static int take_index(void *ctx, const struct nlmsghdr *m, struct err *e)
{
	const struct ifinfomsg *i = NLMSG_DATA(m);

	(void)e;
	if (m->nlmsg_type == RTM_NEWLINK && m->nlmsg_len >= NLMSG_LENGTH(sizeof(*i)))
		*(int *)ctx = i->ifi_index;
	return 0;
}

/* Its index. 0: there is no such device. */
static int find_device(struct netlink *n, const char *name, int *index, struct err *e)
{
	const struct ifinfomsg any = { .ifi_family = AF_UNSPEC };
	const uint32_t mask = RTEXT_FILTER_SKIP_STATS;
	const struct netlink_taker to = { .take = take_index, .ctx = index };
	struct netlink_request r;

	*index = 0;
	netlink_begin(&r, RTM_GETLINK, 0, &any, sizeof(any));
	netlink_put(&r, IFLA_IFNAME, name, strlen(name) + 1);
	netlink_put(&r, IFLA_EXT_MASK, &mask, sizeof(mask));
	if (netlink_talk(n, &r, &to, e) == 0 || e->sys == ENODEV)
		return 0;
	return err_in(e, "look for the network device %s", name);
}

/* What stands for a number in a name, NULL: nothing. */
static const char *number_in(const char *name)
{
	return strstr(name, "%d");
}

/* The first name of the pattern that is free there. */
static int choose_name(struct netlink *n, const char *pattern, char to[IFNAMSIZ], struct err *e)
{
	const char *at = number_in(pattern);
	int index;

	for (int i = 0;; i++) {
		int len = snprintf(to, IFNAMSIZ, "%.*s%d%s", (int)(at - pattern), pattern, i, at + 2);

		if (len >= IFNAMSIZ)
			return err_set(e, "no name like \"%s\" is free in the container's network namespace", pattern);
		if (find_device(n, to, &index, e) < 0)
			return -1;
		if (index == 0)
			return 0;
	}
}

static int clash(const char *new_name, struct err *e)
{
	return err_num(e, EEXIST, "the container's network namespace has a network device \"%s\" already", new_name);
}

int netdev_check(struct netdev_way *w, const char *name, const char *new_name, struct err *e)
{
	int index;

	if (find_device(&w->here, name, &index, e) < 0)
		return -1;
	if (index == 0)
		return err_num(e, ENODEV, "there is no network device \"%s\"", name);
	if (number_in(new_name) != NULL)
		return 0;
	if (find_device(&w->there, new_name, &index, e) < 0)
		return -1;
	return index != 0 ? clash(new_name, e) : 0;
}

/* --- addresses ------------------------------------------------------------------------------------------------------- */

/* What is kept: the messages that tell them, as they are. */
struct addresses {
	int index;
	struct buf messages;
};

/* Flags of more than eight bits come as an attribute. */
static uint32_t address_flags(const struct nlmsghdr *m)
{
	const struct rtattr *flags = netlink_find(m, sizeof(struct ifaddrmsg), IFA_FLAGS);
	uint32_t v = ((const struct ifaddrmsg *)NLMSG_DATA(m))->ifa_flags;

	if (flags != NULL && RTA_PAYLOAD(flags) >= sizeof(v))
		memcpy(&v, RTA_DATA(flags), sizeof(v));
	return v;
}

static int take_address(void *ctx, const struct nlmsghdr *m, struct err *e)
{
	static const char padding[NLMSG_ALIGNTO];
	const struct ifaddrmsg *a = NLMSG_DATA(m);
	struct addresses *to = ctx;

	if (m->nlmsg_type != RTM_NEWADDR || m->nlmsg_len < NLMSG_LENGTH(sizeof(*a)) || (int)a->ifa_index != to->index)
		return 0;
	if (a->ifa_scope != RT_SCOPE_UNIVERSE || (address_flags(m) & IFA_F_PERMANENT) == 0)
		return 0;
	buf_put(&to->messages, m, m->nlmsg_len);
	buf_put(&to->messages, padding, NLMSG_ALIGN(m->nlmsg_len) - m->nlmsg_len);
	return to->messages.failed ? err_memory(e) : 0;
}

static int read_addresses(struct netlink *n, struct addresses *to, struct err *e)
{
	const struct ifaddrmsg any = { .ifa_family = AF_UNSPEC };
	const struct netlink_taker taker = { .take = take_address, .ctx = to };
	struct netlink_request r;

	netlink_begin(&r, RTM_GETADDR, NLM_F_DUMP, &any, sizeof(any));
	return netlink_talk(n, &r, &taker, e) < 0 ? err_in(e, "read its addresses") : 0;
}

/* "eth0:1" of a device that is now called wan is "wan:1". */
static void put_label(struct netlink_request *r, const struct rtattr *label, const char *name, const char *new_name)
{
	const char *text = RTA_DATA(label);
	char renamed[IFNAMSIZ];
	size_t len = strlen(name);

	if (RTA_PAYLOAD(label) > IFNAMSIZ || strncmp(text, name, len) != 0)
		return;
	if (snprintf(renamed, sizeof(renamed), "%s%.*s", new_name, (int)(RTA_PAYLOAD(label) - len), text + len) <
	    IFNAMSIZ)
		netlink_put(r, IFA_LABEL, renamed, strlen(renamed) + 1);
}

/* The same address for another device: without what only tells how it was. */
static void again(const struct nlmsghdr *m, int index, const char *name, const char *new_name,
                  struct netlink_request *r)
{
	static const uint16_t kept[] = { IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST, IFA_RT_PRIORITY };
	const uint32_t flags = address_flags(m) & (IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR |
	                                           IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN);
	struct ifaddrmsg a = *(const struct ifaddrmsg *)NLMSG_DATA(m);
	const struct rtattr *label = netlink_find(m, sizeof(a), IFA_LABEL);

	a.ifa_index = (unsigned int)index;
	a.ifa_flags = (unsigned char)flags;
	netlink_begin(r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &a, sizeof(a));
	for (size_t i = 0; i < array_len(kept); i++) {
		const struct rtattr *attr = netlink_find(m, sizeof(a), kept[i]);

		if (attr != NULL)
			netlink_put(r, kept[i], RTA_DATA(attr), RTA_PAYLOAD(attr));
	}
	netlink_put(r, IFA_FLAGS, &flags, sizeof(flags));
	if (label != NULL)
		put_label(r, label, name, new_name);
}

/* --- the move -------------------------------------------------------------------------------------------------------- */

struct move {
	struct netdev_way *w;
	const char *name, *new_name;
	int index; /* there */
};

static int put_addresses(const struct move *v, const struct buf *messages, struct err *e)
{
	size_t len = messages->len;

	for (const struct nlmsghdr *m = (const void *)messages->data; NLMSG_OK(m, len); m = NLMSG_NEXT(m, len)) {
		struct netlink_request r;

		again(m, v->index, v->name, v->new_name, &r);
		if (netlink_talk(&v->w->there, &r, NULL, e) < 0)
			return err_in(e, "give it its addresses again");
	}
	return 0;
}

/* The kernel closes the device, moves it, and then renames it; a name that is in use there is no hindrance when the new is free. */
static int send_over(const struct move *v, int index, struct err *e)
{
	const struct ifinfomsg i = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	const uint32_t ns = (uint32_t)v->w->ns_fd;
	struct netlink_request r;

	netlink_begin(&r, RTM_NEWLINK, 0, &i, sizeof(i));
	netlink_put(&r, IFLA_NET_NS_FD, &ns, sizeof(ns));
	netlink_put(&r, IFLA_IFNAME, v->new_name, strlen(v->new_name) + 1);
	if (netlink_talk(&v->w->here, &r, NULL, e) == 0)
		return 0;
	return e->sys == EEXIST ? clash(v->new_name, e) : -1;
}

static int set_up(const struct move *v, struct err *e)
{
	const struct ifinfomsg i = {
		.ifi_family = AF_UNSPEC, .ifi_index = v->index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP
	};
	struct netlink_request r;

	netlink_begin(&r, RTM_NEWLINK, 0, &i, sizeof(i));
	return netlink_talk(&v->w->there, &r, NULL, e) < 0 ? err_in(e, "set it up") : 0;
}

static int move(struct move *v, struct buf *messages, struct err *e)
{
	struct addresses a = { 0 };
	int r;

	if (find_device(&v->w->here, v->name, &a.index, e) < 0)
		return -1;
	if (a.index == 0)
		return err_num(e, ENODEV, "it is gone");
	r = read_addresses(&v->w->here, &a, e);
	*messages = a.messages;
	if (r < 0 || send_over(v, a.index, e) < 0 || find_device(&v->w->there, v->new_name, &v->index, e) < 0)
		return -1;
	if (v->index == 0)
		return err_num(e, ENODEV, "it did not arrive as \"%s\"", v->new_name);
	return put_addresses(v, messages, e) < 0 ? -1 : set_up(v, e);
}

int netdev_move(struct netdev_way *w, const char *name, const char *new_name, struct err *e)
{
	auto_buf struct buf messages = { 0 };
	struct move v = { .w = w, .name = name, .new_name = new_name };
	char chosen[IFNAMSIZ];

	if (number_in(new_name) != NULL) {
		if (choose_name(&w->there, new_name, chosen, e) < 0)
			return -1;
		v.new_name = chosen;
	}
	return move(&v, &messages, e) < 0 ? err_in(e, "move the network device %s", name) : 0;
}
