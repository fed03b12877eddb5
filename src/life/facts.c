/* SPDX-License-Identifier: Apache-2.0
 *
 * facts - what the host and the caller can do, found before a plan is made
 */
#include "life/facts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "kernel/caps.h"

/* The initial user namespace maps all ids in one row. */
static bool in_child_userns(void)
{
	char text[128];
	unsigned long long inside, outside, count;
	char *end = NULL;

	if (file_peek_at(AT_FDCWD, "/proc/self/uid_map", text, sizeof(text)) < 0)
		return false;
	inside = strtoull(text, &end, 10);
	outside = strtoull(end, &end, 10);
	count = strtoull(end, &end, 10);
	return inside != 0 || outside != 0 || count != 4294967295ULL;
}

int facts_find(struct facts *f, struct cg_layout *layout, enum cg_manager manager, struct err *e)
{
	int last_cap = caps_last(e);

	layout->n = 0;
	layout->mode = CG_NONE;
	if (last_cap < 0)
		return -1;
	if (manager != CG_MANAGER_DISABLED && cg_detect(layout, e) < 0)
		return -1;
	*f = (struct facts){
		.euid = geteuid(),
		.in_userns = in_child_userns(),
		.apparmor = access("/sys/module/apparmor/parameters/enabled", R_OK) == 0 &&
		            access("/sys/kernel/security/apparmor", F_OK) == 0,
		.selinux = access("/sys/fs/selinux/enforce", F_OK) == 0,
		.last_cap = (uint32_t)last_cap,
		.cgroups = layout,
	};
	f->rootless = f->euid != 0 || f->in_userns;
	return 0;
}
