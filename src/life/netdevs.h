/* SPDX-License-Identifier: Apache-2.0
 *
 * netdevs - moves the network devices of linux.netDevices into a container that is being created
 */
#ifndef OCIRT_LIFE_NETDEVS_H
#define OCIRT_LIFE_NETDEVS_H

#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"
#include "plan/plan.h"

/*
 * All of them into the network namespace of pid, the init stage. That each is there and its new name free is looked at before
 * the first is moved.
 */
int netdevs_move(const struct plan *p, pid_t pid, struct err *e) must_check;

#endif
