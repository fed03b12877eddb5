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
	const char *else_bind; /* when a new instance is not allowed (EPERM, EBUSY): bind this host path instead */
	const char *pointer;   /* "/mounts/3"; NULL: not from config.json */
};

/* What all mounts of one container share. */
struct mount_env {
	int root;                        /* O_PATH fd of the container's root, itself a mount */
	int proc;                        /* directory fd of a /proc that shows our own pid namespace; AT_FDCWD: /proc */
	bool old;                        /* mount(2) only: the kernel lacks the newer calls, or a filter forbids them */
	uint64_t root_inode, root_mount; /* which directory that is */
	int fresh; /* root of a tmpfs just mounted at fresh_dst: what is below it need not be looked up; -1 */
	const char *fresh_dst;
};

/* Fills *env for a root, which stays the caller's. */
int mount_env_init(struct mount_env *env, int root, bool old, struct err *e) must_check;

/* After the last mount: closes what was kept for the next one. */
void mount_env_end(struct mount_env *env);

/*
 * The source of a bind as a detached mount: a clone of op->source (with all below it when op->recursive), idmapped as asked. The
 * init stage does it just before the mount; the parent does it for what the stage may not reach from its user namespace, and then
 * asks for slave: what is mounted in the container is not to show up on the host. proc as in mount_env. Returns the fd.
 */
int mount_source_open(const struct mount_op *op, int proc, bool slave, struct err *e) must_check;

/*
 * Makes the mount. source: what mount_source_open() gave, -1: it is opened here. When mounted is not NULL it gets an O_PATH fd of
 * the new mount's root, or -1 when the op made none.
 */
int mount_op_apply(const struct mount_op *op, struct mount_env *env, int source, int *mounted,
                   struct err *e) must_check;

/* Makes a mount read-only, keeping its other flags. */
int mount_seal(int mounted, bool old, struct err *e) must_check;

/*
 * Binds what the fd `from` refers to on `to`, without what is mounted below it; the MOUNT_ATTR_* of attr are added to its flags.
 * mounted as above.
 */
int mount_bind_fd(int from, int to, uint64_t attr, bool old, int *mounted, struct err *e) must_check;

/* Changes the propagation of the mount at a directory fd (and path; NULL: itself) to MS_SHARED, ... [| MS_REC]. -1 with errno. */
int mount_propagate(int dirfd, const char *path, unsigned long propagation) must_check;

#endif
