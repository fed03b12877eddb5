/* SPDX-License-Identifier: Apache-2.0
 *
 * facts - what the host and the caller can do, found before a plan is made
 */
#include "life/facts.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/num.h"
#include "kernel/caps.h"

bool facts_in_userns(void)
{
	uint64_t inside = 0, outside = 0, count = 0;
	const char *at;
	char text[128];

	if (file_peek_at(AT_FDCWD, "/proc/self/uid_map", text, sizeof(text)) < 0)
		return false;
	at = text;
	return !num_column(&at, UINT32_MAX, &inside) || !num_column(&at, UINT32_MAX, &outside) ||
	       !num_column(&at, UINT32_MAX, &count) || inside != 0 || outside != 0 || count != UINT32_MAX;
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
		.in_userns = facts_in_userns(),
		.apparmor = access("/sys/module/apparmor/parameters/enabled", R_OK) == 0 &&
		            access("/sys/kernel/security/apparmor", F_OK) == 0,
		.selinux = access("/sys/fs/selinux/enforce", F_OK) == 0,
		.last_cap = (uint32_t)last_cap,
		.cgroups = layout,
	};
	f->rootless = f->euid != 0 || f->in_userns;
	return 0;
}
