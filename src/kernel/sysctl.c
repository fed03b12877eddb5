/* SPDX-License-Identifier: Apache-2.0
 *
 * sysctl - kernel parameters of the current namespaces
 */
#include "kernel/sysctl.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "kernel/procfs.h"

int sysctl_write(int proc_fd, const char *file, const char *value, struct err *e)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "sys/%s", file) >= sizeof(path))
		return err_num(e, ENAMETOOLONG, "write sysctl %s", file);
	/* a write of no bytes would change nothing and say nothing */
	if (procfs_write(proc_fd, path, value[0] == '\0' ? "\n" : value, value[0] == '\0' ? 1 : strlen(value)) < 0)
		return err_sys(e, "write \"%s\" to sysctl %s", value, file);
	return 0;
}
