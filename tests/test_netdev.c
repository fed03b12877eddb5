/* SPDX-License-Identifier: Apache-2.0
 *
 * test_netdev - netlink requests and answers, and what is told of network devices in two namespaces; bats/net-devices moves some
 */
#include "kernel/netdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/in_child.h"

static void test_a_request_is_aligned(void **state)
{
	const struct ifinfomsg fixed = { .ifi_index = 7 };
	struct netlink_request r;
	const struct rtattr *a;

	(void)state;
	netlink_begin(&r, RTM_NEWLINK, NLM_F_CREATE, &fixed, sizeof(fixed));
	netlink_put(&r, IFLA_IFNAME, "eth0", 5);
	netlink_put(&r, IFLA_MTU, &(uint32_t){ 1400 }, 4);
	assert_int_equal(r.len, NLMSG_HDRLEN + sizeof(fixed) + 12 + 8);
	r.u.head.nlmsg_len = (uint32_t)r.len;
	assert_int_equal(r.u.head.nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE);
	a = netlink_find(&r.u.head, sizeof(fixed), IFLA_MTU);
	assert_non_null(a);
	assert_int_equal(RTA_PAYLOAD(a), 4);
	assert_string_equal(RTA_DATA(netlink_find(&r.u.head, sizeof(fixed), IFLA_IFNAME)), "eth0");
	assert_null(netlink_find(&r.u.head, sizeof(fixed), IFLA_ADDRESS));
}

static void test_what_does_not_fit_is_not_sent(void **state)
{
	static const char much[1500];
	const struct ifinfomsg fixed = { .ifi_index = 7 };
	auto_netlink struct netlink n = NETLINK_NONE;
	struct netlink_request r;
	struct err e;

	(void)state;
	netlink_begin(&r, RTM_NEWLINK, 0, &fixed, sizeof(fixed));
	netlink_put(&r, IFLA_IFALIAS, much, sizeof(much));
	netlink_put(&r, IFLA_IFALIAS, much, sizeof(much));
	netlink_put(&r, IFLA_IFNAME, "x", 2);
	assert_int_equal(netlink_talk(&n, &r, NULL, &e), -1);
	assert_int_equal(e.sys, ENOMEM);
}

static int count(void *ctx, const struct nlmsghdr *m, struct err *e)
{
	(void)e;
	*(int *)ctx += m->nlmsg_type == RTM_NEWLINK;
	return 0;
}

static void test_a_dump_and_a_refusal(void **state)
{
	const struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC };
	auto_netlink struct netlink n = NETLINK_NONE;
	struct netlink_request r;
	int links = 0;
	const struct netlink_taker to = { .take = count, .ctx = &links };
	struct err e;

	(void)state;
	assert_int_equal(netlink_open(&n, &e), 0);
	netlink_begin(&r, RTM_GETLINK, NLM_F_DUMP, &fixed, sizeof(fixed));
	assert_int_equal(netlink_talk(&n, &r, &to, &e), 0);
	assert_true(links > 0);
	netlink_begin(&r, RTM_GETLINK, 0, &fixed, sizeof(fixed));
	netlink_put(&r, IFLA_IFNAME, "no-such-device", 15);
	assert_int_equal(netlink_talk(&n, &r, NULL, &e), -1);
	assert_int_equal(e.sys, ENODEV);
}

/* ---- two namespaces; in a child, so that the test stays where it is ---- */

static void look_across(void)
{
	auto_netdev_way struct netdev_way w = NETDEV_WAY_NONE, none = NETDEV_WAY_NONE;
	struct err e;
	int fd;

	want(unshare(CLONE_NEWNET) == 0);
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	want(netdev_way(fd, &none, &e) == -1 && e.kind == ERR_CONFIG);
	want(strcmp(e.text, "the network namespace that is joined is the runtime's own") == 0);
	want(unshare(CLONE_NEWNET) == 0 && netdev_way(fd, &w, &e) == 0);
	want(netdev_check(&w, "nope", "x", &e) == -1 && e.sys == ENODEV);
	want(strcmp(e.text, "there is no network device \"nope\": No such device") == 0);
	want(netdev_check(&w, "lo", "lo", &e) == -1 && e.sys == EEXIST);
	want(strstr(e.text, "has a network device \"lo\" already") != NULL);
	want(netdev_check(&w, "lo", "x", &e) == 0 && netdev_check(&w, "lo", "lo%d", &e) == 0);
	want(netdev_move(&w, "lo", "x", &e) == -1 && strstr(e.text, "move the network device lo: netlink") != NULL);
	want(netdev_move(&w, "nope", "x", &e) == -1 && e.sys == ENODEV);
	close(fd);
}

static void test_two_namespaces(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("needs root\n");
		skip();
	}
	assert_int_equal(child_status(look_across), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_request_is_aligned),
		cmocka_unit_test(test_what_does_not_fit_is_not_sent),
		cmocka_unit_test(test_a_dump_and_a_refusal),
		cmocka_unit_test(test_two_namespaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
