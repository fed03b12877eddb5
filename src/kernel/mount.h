/* SPDX-License-Identifier: Apache-2.0
 *
 * mount - one mount of a container, made and put in its place
 *
 * A struct mount_op says everything about one mount in plain numbers and texts (plan/mounts compiles it from config.json's
 * words, once). mount_op_apply() finds or makes the mount point inside the root, builds the mount detached (fsopen(2) and
 * fsconfig(2), or open_tree(2) for a bind), gives it its attributes while nobody can see it, and moves it to its place by
 * file descriptors; where the kernel lacks these calls it does the same with mount(2).
 *
 * Runs in the init stage, before pivot_root; mount_source_open() also in the parent. config.md#mounts, mount(2),
 * mount_setattr(2), mount(8).
 */
#ifndef OCIRT_KERNEL_MOUNT_H
#define OCIRT_KERNEL_MOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

/* A row of an id map, as in user_namespaces(7): ids of the file system on the left, ids they become on the right. */
struct mount_id_row {
	uint32_t inside, outside, count;
};

struct mount_idmap {
	bool set;
	bool recursive;
	const struct mount_id_row *uids, *gids;
	size_t n_uids, n_gids;
};

enum { MOUNT_PROPAGATION_MAX = 4 };

enum mount_kind {
	MOUNT_NEW,	/* a new instance of fstype */
	MOUNT_BIND,	/* of source */
	MOUNT_CHANGE,	/* `remount`, or only propagation words: changes what is mounted at dst */
};

struct mount_op {
	enum mount_kind kind;
	const char *dst;		/* in the container, absolute and cleaned: "/data" */
	const char *fstype;		/* "tmpfs"; NULL for MOUNT_BIND */
	const char *source;		/* host path of a bind (absolute), else what the file system is told; NULL: none */
	unsigned long flags;		/* MS_* of mount(2); for a new instance those of the superblock too */
	uint64_t attr_set, attr_clr;	/* MOUNT_ATTR_* of this mount */
	uint64_t rattr_set, rattr_clr;	/* MOUNT_ATTR_* of it and all below it (the r* words) */
	unsigned long propagation[MOUNT_PROPAGATION_MAX];	/* MS_SHARED, ... [| MS_REC], in order */
	size_t n_propagation;
	const char *const *data;	/* options of the file system itself, one by one: "size=65536k" */
	size_t n_data;
	bool recursive;			/* rbind */
	bool tmpcopyup;			/* a tmpfs starts with what the directory below it holds */
	bool copy_symlink;		/* a source that is a symlink is not bound but copied */
	bool src_nofollow, dst_nofollow;/* bind a symlink itself; mount on a symlink itself */
	bool real_dir;			/* /proc, /sys: dst must be a directory reached without any symlink */
	bool dev;			/* it is what the container has at /dev */
	bool late_ro;			/* read-only only after everything below it is made (mount_op_seal) */
	struct mount_idmap idmap;
	const char *else_bind;		/* when a new instance is not allowed (EPERM, EBUSY): bind this host path instead */
	const char *pointer;		/* "/mounts/3"; NULL: not from config.json */
};

#endif
