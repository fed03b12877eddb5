/* SPDX-License-Identifier: Apache-2.0
 *
 * mount_op - all there is to say about one mount, in plain numbers and texts
 *
 * plan/mounts compiles it from config.json's words, once; kernel/mount.h carries it out. config.md#mounts, mount(2),
 * mount_setattr(2), mount(8).
 */
#ifndef OCIRT_KERNEL_MOUNT_OP_H
#define OCIRT_KERNEL_MOUNT_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "kernel/idmap.h"

/* As in user_namespaces(7): inside are the ids of the file system, outside those that they become. */
struct mount_idmap {
	bool set;
	bool recursive;
	const struct idmap_row *uids, *gids;
	size_t n_uids, n_gids;
	const char *userns; /* host path of a user namespace that has the maps, in place of rows; NULL */
};

enum { MOUNT_PROPAGATION_MAX = 4 };

enum mount_kind {
	MOUNT_NEW,    /* a new instance of fstype */
	MOUNT_BIND,   /* of source */
	MOUNT_CHANGE, /* `remount`, or only propagation words: changes what is mounted at dst */
};

struct mount_op {
	enum mount_kind kind;
	const char *dst;             /* in the container, absolute and cleaned: "/data" */
	const char *fstype;          /* "tmpfs"; NULL unless MOUNT_NEW */
	const char *source;          /* host path of a bind (absolute), else what the file system is told; NULL: none */
	unsigned long flags;         /* MS_* that words asked for; of a new instance those of the superblock too */
	uint64_t attr_set, attr_clr; /* MOUNT_ATTR_* of this mount */
	uint64_t attr_drop;          /* cleared too, but only where the flag is not locked (mount_namespaces(7)) */
	uint64_t rattr_set, rattr_clr;                    /* MOUNT_ATTR_* of it and all below it (the r* words) */
	unsigned long propagation[MOUNT_PROPAGATION_MAX]; /* MS_SHARED, ... [| MS_REC], in order */
	size_t n_propagation;
	const char *const *data; /* options of the file system itself, one by one: "size=65536k" */
	size_t n_data;
	bool recursive;                  /* rbind */
	bool reconfigure;                /* MOUNT_CHANGE: the superblock too (`remount` without `bind`) */
	bool tmpcopyup;                  /* a tmpfs starts with what the directory below it holds */
	bool copy_symlink;               /* a source that is a symlink is not bound but copied */
	bool src_nofollow, dst_nofollow; /* bind a symlink itself; mount on a symlink itself */
	bool real_dir;                   /* dst must be a directory reached without any symlink (/proc, /sys) */
	bool late_ro;                    /* read-only only once everything below it is made: mount_seal() */
	struct mount_idmap idmap;
	const char *label; /* SELinux, given to the root of a new instance that takes no context option; NULL: none */
	const char *else_bind; /* when a new instance is not allowed (EPERM, EBUSY): bind this host path instead */
	const char *pointer;   /* "/mounts/3"; NULL: not from config.json */
};

/*
 * What a user namespace has no right to do for itself; who has made it does it (life/helper.h). Both return as their twins in
 * mount.h and mount_idmap.h do.
 */
struct mount_help {
	int (*open)(void *ctx, const struct mount_op *op, struct err *e);             /* mount_source_open() */
	int (*map)(void *ctx, const struct mount_op *op, int mounted, struct err *e); /* mount_idmap_apply() */
	void *ctx;
	bool all; /* every source: what is in view is not what is meant */
};

/* What all mounts of one container share. */
struct mount_env {
	int root;                        /* O_PATH fd of the container's root, itself a mount */
	int proc;                        /* root of a procfs, AT_FDCWD: /proc */
	bool slave;                      /* sources are cut off: what is mounted on them, or taken away, stays here */
	bool old;                        /* mount(2) only: the kernel lacks the newer calls, or a filter forbids them */
	uint64_t root_inode, root_mount; /* which directory that is */
	int fresh; /* root of a tmpfs just mounted at fresh_dst: what is below it need not be looked up; -1 */
	const char *fresh_dst;
	const struct mount_help *help; /* NULL: everything is done here */
};

#endif
