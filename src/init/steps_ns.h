/* SPDX-License-Identifier: Apache-2.0
 *
 * steps_ns - the steps that make and join namespaces and set what belongs to them
 */
#ifndef OCIRT_INIT_STEPS_NS_H
#define OCIRT_INIT_STEPS_NS_H

#include "base/err.h"

/* All take a struct init_ctx *. */

/* Waits until the parent has put us into our control groups; notes our host pid. */
int init_wait_go(void *ctx, struct err *e);

/* The same where a network namespace is made apart: there is nothing to wait for before. init_wait_go() does nothing then. */
int init_wait_go_late(void *ctx, struct err *e);

/* Joins the network namespace that was made apart. */
int init_join_network(void *ctx, struct err *e);

/* setns(2) to every namespace that config.json names by path, the user namespace first. */
int init_join(void *ctx, struct err *e);

/* unshare(2) what clone3(2) could not make at once (what had to wait for a joined user namespace, cgroup, time). */
int init_unshare(void *ctx, struct err *e);

/* Forks into the joined pid namespace; the child goes on as our parent's child, we end. */
int init_fork(void *ctx, struct err *e);

/* exec: joins all namespaces of the container's init at once through its pidfd. */
int init_join_container(void *ctx, struct err *e);

/*
 * The last of it: our child is in the container's pid namespace, and can be seen from inside. Who has CAP_SYS_PTRACE there, and our user
 * namespace, can trace it: what it does not need any more is given up before.
 */
int init_join_pids(void *ctx, struct err *e);

/*
 * What is mounted later, in this order: joins the user namespace of the container's init, if it has its own; makes a copy of the
 * runtime's mount namespace for it, in which the flags of all mounts are locked; joins the container's mount namespace.
 */
int init_join_user(void *ctx, struct err *e);
int init_copy_mounts(void *ctx, struct err *e);
int init_join_mounts(void *ctx, struct err *e);

/* Makes and enters a time namespace with its clock offsets. */
int init_clocks(void *ctx, struct err *e);

/* Lets the parent move network devices in, if there are any. */
int init_net_devices(void *ctx, struct err *e);

/* Brings lo of a new network namespace up. */
int init_loopback(void *ctx, struct err *e);
/* hostname and domainname */
int init_names(void *ctx, struct err *e);

#endif
