/* SPDX-License-Identifier: Apache-2.0
 *
 * mount_target - the place in the container where a mount goes: found or made, and checked
 *
 * Refused are: the root itself; anything inside /proc but the few files that are commonly emulated (a mount over another part of
 * procfs could hide a mask or take a write meant for the kernel); what is no proc on /proc; a /proc or /sys that is a symlink.
 */
#ifndef OCIRT_KERNEL_MOUNT_TARGET_H
#define OCIRT_KERNEL_MOUNT_TARGET_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"
#include "kernel/mount_op.h"

struct mount_target {
	bool existed;  /* before we came */
	mode_t mode;   /* of what existed */
	char text[16]; /* "mode=0755" */
};

/* Whether something other than proc may be mounted on that path (cleaned); true for all outside of /proc. */
bool mount_target_allowed(const char *dst);

/* An fd of what is at op->dst. It must exist. */
int mount_target_find(const struct mount_op *op, const struct mount_env *env, struct mount_target *t,
                      struct err *e) must_check;

/* Whether op goes right below env's fresh tmpfs, by its words. */
bool mount_target_is_fresh(const struct mount_op *op, const struct mount_env *env);

/*
 * The same, but a missing one is made: a file for a source (tree) that is no directory, else a directory. Forgets env's fresh
 * tmpfs unless the target is a new entry of it.
 */
int mount_target_open(const struct mount_op *op, struct mount_env *env, int tree, struct mount_target *t,
                      struct err *e) must_check;

/* "mode=0755" when a tmpfs is to take over the mode of the directory it covers, NULL when it has its own. */
const char *mount_target_mode(const struct mount_op *op, struct mount_target *t);

/* Copies what is in the directory `to` into the tmpfs that covers it, where op asks for that (tmpcopyup); its own uid= and gid= stay. */
int mount_target_fill(const struct mount_op *op, const struct mount_target *t, int to, int mounted,
                      struct err *e) must_check;

/* Tells why the kernel did not let us mount tree on the target; errno as of the call. Returns -1. */
int mount_target_refused(const struct mount_op *op, int to, int tree, struct err *e);

#endif
