/* SPDX-License-Identifier: Apache-2.0
 *
 * mounts - what the compilers of mounts share; everybody else includes plan/plan.h
 */
#ifndef OCIRT_PLAN_MOUNTS_H
#define OCIRT_PLAN_MOUNTS_H

#include <stddef.h>

#include "base/auto.h"
#include "kernel/mount_op.h"
#include "libocispec/arena.h"
#include "plan/plan.h"
#include "plan/pointer.h"

/* The lists as they grow in the arena. */
struct mounts {
	struct plan *p;
	struct arena *a;
	struct mount_op *ops;
	size_t n;
	struct plan_link *links;
	size_t n_links;
};

/* Appends one; the pointer is valid until the next is appended. NULL with *e filled. */
struct mount_op *mounts_add(struct mounts *m, struct err *e) must_check;
struct plan_link *mounts_add_link(struct mounts *m, struct err *e) must_check;

/* Compiles one entry and appends what it becomes; pointer is its place in its document. */
int mounts_one(struct mounts *m, const struct oci_mount *from, const char *pointer, struct err *e) must_check;

/* The same for one of which only the destination counts. */
int mounts_destination(struct mounts *m, const struct oci_mount *from, const char *pointer, struct err *e) must_check;

/* Whether a path is one of n. */
bool mounts_among(const struct plan_path *paths, size_t n, const char *path);

/* The option that gives a new file system the container's label, which there is; NULL with *e filled. */
const char *mounts_label(struct mounts *m, struct err *e) must_check;

/*
 * What a mount of type cgroup becomes. `asked` is complete but for its fstype. On cgroup2 it is one mount; on v1 a tmpfs with the
 * container's own group of every hierarchy bound in it, as if they were mounted there, and the links of joined controllers.
 */
int mounts_cgroup(struct mounts *m, const struct mount_op *asked, struct err *e) must_check;

/*
 * Whether the container's group is its user's, once all mounts are resolved: on cgroup2, in a cgroup namespace of its own, when
 * it is mounted on /sys/fs/cgroup for writing (config-linux.md#cgroup-ownership).
 */
int mounts_give_group(struct plan *p, struct err *e) must_check;

/* What takes the place of a new cgroup2 where the kernel does not allow one; NULL: nothing can. */
int mounts_cgroup2_else(struct mounts *m, const char **path, struct err *e) must_check;

/*
 * The mapping of an idmapped mount: its own, or the container's when it has none. Takes `idmap=uids=...;gids=...` of crun too, in
 * option (NULL: not there).
 */
int mounts_idmap(struct mounts *m, const struct oci_mount *from, const char *option, struct mount_op *op,
                 struct err *e) must_check;

#endif
