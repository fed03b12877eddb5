/* SPDX-License-Identifier: Apache-2.0
 *
 * mount - one mount of a container, made and put in its place
 *
 * mount_op_apply() finds or makes the mount point inside the root, builds the mount detached (fsopen(2) and fsconfig(2), or
 * open_tree(2) for a bind), gives it its attributes while nobody can see it, and moves it to its place by file descriptors; where
 * the kernel lacks these calls it does the same with mount(2).
 *
 * Runs in the init stage, before pivot_root, or, for a container that is there, in one that joins it (init/steps_live.h);
 * mount_source_open() also in the parent, which does it for a stage in a user namespace (struct mount_help).
 */
#ifndef OCIRT_KERNEL_MOUNT_H
#define OCIRT_KERNEL_MOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "kernel/mount_op.h"

/* Fills *env for a root, which stays the caller's. */
int mount_env_init(struct mount_env *env, int root, bool old, struct err *e) must_check;

/* After the last mount: closes what was kept for the next one. */
void mount_env_end(struct mount_env *env);

/*
 * The source of a bind as a detached mount: a clone of op->source, with all below it when op->recursive. slave: what is mounted on
 * it afterwards is not to show up where it comes from. Returns the fd.
 */
int mount_source_open(const struct mount_op *op, bool slave, struct err *e) must_check;

/* The same with its map, by whoever can (env's help); of env only help, proc and slave are looked at. */
int mount_source(const struct mount_op *op, const struct mount_env *env, struct err *e) must_check;

/*
 * Makes the mount. When mounted is not NULL it gets an O_PATH fd of the new mount's root, or -1 when the op made none.
 */
int mount_op_apply(const struct mount_op *op, struct mount_env *env, int *mounted, struct err *e) must_check;

/* Makes a mount read-only, keeping its other flags. */
int mount_seal(int mounted, bool old, struct err *e) must_check;

/*
 * Binds what the fd `from` refers to on `to`, without what is mounted below it; the MOUNT_ATTR_* of attr are added to its flags.
 * mounted as above.
 */
int mount_bind_fd(int from, int to, uint64_t attr, bool old, int *mounted, struct err *e) must_check;

/*
 * Takes a mount of our mount namespace away, with all below it, however busy it is and whatever its path leads to by now. proc: the root
 * of a procfs we are seen in; the working directory is there afterwards. -1 with errno.
 */
int mount_detach(int mounted, int proc) must_check;

#endif
