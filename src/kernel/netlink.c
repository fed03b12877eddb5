/* SPDX-License-Identifier: Apache-2.0
 *
 * netlink - requests to the kernel's network configuration and their answers
 */
#include "kernel/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { ANSWER_MAX = 64 * 1024, ANSWER_SECONDS = 30 };

void netlink_close(struct netlink *n)
{
	fd_drop(&n->fd);
}

int netlink_open(struct netlink *n, struct err *e)
{
	const struct timeval limit = { .tv_sec = ANSWER_SECONDS };
	const int on = 1;
	auto_fd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return err_sys(e, "make a netlink socket");
	/* its explanations and short acknowledgements: kernels without them (before 4.12) answer all the same */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	*n = (struct netlink){ .fd = steal_fd(&fd) };
	return 0;
}

static void append(struct netlink_request *r, const void *data, size_t len)
{
	size_t end = r->len + NLMSG_ALIGN(len);

	if (end <= sizeof(r->u)) {
		memset(r->u.room + r->len, 0, NLMSG_ALIGN(len));
		memcpy(r->u.room + r->len, data, len);
	}
	r->len = end > sizeof(r->u) ? sizeof(r->u) + 1 : end;
}

void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, const void *fixed, size_t len)
{
	r->u.head = (struct nlmsghdr){ .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags };
	r->len = NLMSG_HDRLEN;
	append(r, fixed, len);
}

void netlink_put(struct netlink_request *r, uint16_t type, const void *data, size_t len)
{
	const struct rtattr head = { .rta_len = (unsigned short)RTA_LENGTH(len), .rta_type = type };

	append(r, &head, sizeof(head));
	append(r, data, len);
}

static const struct rtattr *find(const char *from, size_t len, uint16_t type)
{
	const struct rtattr *a = (const struct rtattr *)(const void *)from;

	for (; RTA_OK(a, len); a = RTA_NEXT(a, len))
		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return a;
	return NULL;
}

const struct rtattr *netlink_find(const struct nlmsghdr *m, size_t fixed, uint16_t type)
{
	size_t skip = NLMSG_SPACE(fixed);

	return m->nlmsg_len > skip ? find((const char *)m + skip, m->nlmsg_len - skip, type) : NULL;
}

/* An acknowledgement, or a refusal with what the kernel says about it (linux/netlink.h, enum nlmsgerr_attrs). */
static int take_verdict(const struct nlmsghdr *m, struct err *e)
{
	const struct nlmsgerr *v = NLMSG_DATA(m);
	const struct rtattr *why = NULL;

	if (m->nlmsg_len < NLMSG_LENGTH(sizeof(*v)))
		return err_set(e, "netlink: an answer that is cut");
	if (v->error == 0)
		return 0;
	if ((m->nlmsg_flags & NLM_F_ACK_TLVS) != 0 && (m->nlmsg_flags & NLM_F_CAPPED) != 0)
		why = netlink_find(m, sizeof(*v), NLMSGERR_ATTR_MSG);
	if (why == NULL)
		return err_num(e, -v->error, "netlink");
	return err_num(e, -v->error, "netlink: %.*s", (int)RTA_PAYLOAD(why), (const char *)RTA_DATA(why));
}

/* One answer: what to do with it. */
struct talk {
	uint32_t seq;
	bool done;
	const struct netlink_taker *to;
};

static int take_message(struct talk *t, const struct nlmsghdr *m, struct err *e)
{
	if (m->nlmsg_seq != t->seq)
		return 0; /* of a request that was given up */
	if (m->nlmsg_type == NLMSG_ERROR || m->nlmsg_type == NLMSG_DONE) {
		t->done = true;
		return m->nlmsg_type == NLMSG_ERROR ? take_verdict(m, e) : 0;
	}
	return t->to != NULL ? t->to->take(t->to->ctx, m, e) : 0;
}

static int receive(int fd, char *room, size_t *len, struct err *e)
{
	ssize_t n;

	do
		n = recv(fd, room, ANSWER_MAX, MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "netlink: receive");
	if (n > ANSWER_MAX)
		return err_set(e, "netlink: an answer of %zd bytes", n);
	*len = (size_t)n;
	return 0;
}

int netlink_talk(struct netlink *n, struct netlink_request *r, const struct netlink_taker *to, struct err *e)
{
	struct talk t = { .seq = ++n->seq, .to = to };
	auto_free char *room = malloc(ANSWER_MAX);
	size_t len = 0;

	if (room == NULL || r->len > sizeof(r->u))
		return err_num(e, ENOMEM, "netlink");
	r->u.head.nlmsg_len = (uint32_t)r->len;
	r->u.head.nlmsg_seq = t.seq;
	if ((r->u.head.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		r->u.head.nlmsg_flags |= NLM_F_ACK;
	if (send(n->fd, r->u.room, r->len, 0) < 0)
		return err_sys(e, "netlink: send");
	while (!t.done) {
		if (receive(n->fd, room, &len, e) < 0)
			return -1;
		for (const struct nlmsghdr *m = (void *)room; !t.done && NLMSG_OK(m, len); m = NLMSG_NEXT(m, len))
			if (take_message(&t, m, e) < 0)
				return -1;
	}
	return 0;
}
