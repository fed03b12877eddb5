/* SPDX-License-Identifier: Apache-2.0
 *
 * layout - which control group hierarchies a host has, and where the caller is in them
 *
 * cg_detect and cg_find are declared in cgroup.h. Here is the detection with its view of the host given by the caller, so that
 * a test can show it any host.
 */
#ifndef OCIRT_CGROUP_LAYOUT_H
#define OCIRT_CGROUP_LAYOUT_H

#include "cgroup/cgroup.h"

/* What of a host is looked at. */
struct cg_view {
	const char *root;      /* "/sys/fs/cgroup" */
	const char *self;      /* "/proc/self/cgroup" */
	const char *mountinfo; /* "/proc/self/mountinfo" */
	/* whether a file system of that type is mounted there, statfs(2): 1, 0 (also where there is nothing), -1 with errno */
	int (*is_fs)(const char *path, long magic);
};

/* cg_detect for a view. */
int cg_detect_view(const struct cg_view *view, struct cg_layout *l, struct err *e) must_check;

#endif
