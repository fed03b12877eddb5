/* SPDX-License-Identifier: Apache-2.0
 *
 * dev - device nodes of a container, and its console
 *
 * Made with mknodat(2) below a directory fd already resolved in the root; where that is not allowed (a user namespace, a device
 * rule) the host's node of the same numbers is bound instead. A file that is there already must be that very device
 * (config-linux.md#devices). The umask must be 0.
 */
#ifndef OCIRT_KERNEL_DEV_H
#define OCIRT_KERNEL_DEV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

struct dev_node {
	const char *path; /* in the container, for errors; and where the host is asked for it first */
	mode_t mode;      /* S_IFCHR | 0666 */
	unsigned int major, minor;
	uint32_t uid, gid;
	bool bind; /* do not even try mknod(2) */
	struct stat *
		bound; /* gets what the container sees of the host's node where that is bound: mode and owner are the host's */
};

/* Whether an fd (O_PATH will do) is a device of that type and those numbers. */
bool dev_is(int fd, mode_t type, unsigned int major, unsigned int minor);

/* Makes the node `name` in the directory. old: bind with mount(2). */
int dev_make(int dir, const char *name, const struct dev_node *node, bool old, struct err *e) must_check;

/* Binds the terminal slave on `console` in the container's /dev; the file there is made, and may not be a symlink. */
int dev_console(int dir, int slave, bool old, struct err *e) must_check;

#endif
