/* SPDX-License-Identifier: Apache-2.0
 *
 * hosts - some hosts that plans are made for
 */
#ifndef OCIRT_TESTS_FUZZ_HOSTS_H
#define OCIRT_TESTS_FUZZ_HOSTS_H

#include "plan/intent.h"

enum { HOSTS = 4 };

static const struct cg_layout layouts[HOSTS] = {
	{ .mode = CG_V2,
	  .n = 1,
	  .hier = { { "cpuset,cpu,io,memory,hugetlb,pids,rdma", "/sys/fs/cgroup", "/user.slice", true } } },
	{ .mode = CG_HYBRID,
	  .n = 4,
	  .hier = { { "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/a", false },
	            { "memory", "/sys/fs/cgroup/memory", "/a", false },
	            { "devices", "/sys/fs/cgroup/devices", "/", false },
	            { "", "/sys/fs/cgroup/unified", "/a/b", true } } },
	{ .mode = CG_V1,
	  .n = 3,
	  .hier = { { "cpuset", "/sys/fs/cgroup/cpuset", "/", false },
	            { "blkio", "/sys/fs/cgroup/blkio", "/", false },
	            { "pids", "/sys/fs/cgroup/pids", "/", false } } },
	{ .mode = CG_NONE },
};

static const struct facts host_facts[HOSTS] = {
	{ .last_cap = 40, .apparmor = true, .selinux = true, .cgroups = &layouts[0] },
	{ .last_cap = 30, .in_userns = true, .rootless = true, .cgroups = &layouts[1] },
	{ .last_cap = 63, .cgroups = &layouts[2] },
	{ .euid = 1000, .rootless = true, .last_cap = 40, .cgroups = &layouts[3] },
};

static const enum cg_manager managers[HOSTS] = { CG_MANAGER_SYSTEMD, CG_MANAGER_CGROUPFS, CG_MANAGER_CGROUPFS,
	                                         CG_MANAGER_DISABLED };

#endif
