/* SPDX-License-Identifier: Apache-2.0
 *
 * mask - paths of the container that may not be seen, or not be written
 *
 * A masked file is covered by /dev/null, a masked directory by an empty read-only tmpfs; all share one of each. The null device
 * comes from the host's view and is checked to be one: the container's own could be a link to anything. It is mounted read-only,
 * so that nobody can chmod(2) the host's device through the mask. config-linux.md#masked-paths, #readonly-paths.
 *
 * Before pivot_root(2), while the host's /dev is in view. A path that is missing is skipped; any other failure is one.
 */
#ifndef OCIRT_KERNEL_MASK_H
#define OCIRT_KERNEL_MASK_H

#include "base/auto.h"
#include "base/err.h"
#include "kernel/mount.h"

struct mask {
	int null;          /* what files are covered with: first the host's device, then our first mount of it; -1 */
	int empty;         /* our first mount of the shared tmpfs; -1 */
	const char *label; /* SELinux context of the tmpfs; NULL */
};

#define MASK_NONE                       \
	{                               \
		.null = -1, .empty = -1 \
	}

/* Covers one path of the container. */
int mask_path(struct mask *m, const struct mount_env *env, const char *path, struct err *e) must_check;

/* Closes what was shared; the masks stay. */
void mask_end(struct mask *m);

/* Makes one path of the container read-only, with all that is mounted below it; its other flags stay. */
int mask_readonly(const struct mount_env *env, const char *path, struct err *e) must_check;

#endif
