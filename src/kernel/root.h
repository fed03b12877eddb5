/* SPDX-License-Identifier: Apache-2.0
 *
 * root - the container's root as a mount: put in place at first, entered at last
 *
 * A clone of the root directory, with all that is mounted below it, is mounted over itself: so that it is a mount point, and so
 * that no flag we change is the host's. Everything else of the container is mounted below that, and pivot_root(2) makes it `/`.
 * In the new mount namespace, before and after all other mounts. mount_namespaces(7), pivot_root(2).
 */
#ifndef OCIRT_KERNEL_ROOT_H
#define OCIRT_KERNEL_ROOT_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"

/*
 * Gives all mounts that came with the new mount namespace a propagation: MS_SLAVE or MS_PRIVATE; 0 leaves them. *old is set when
 * the kernel lacks the newer mount calls (or a filter forbids them), so that mount(2) has to do.
 */
int root_inherit(unsigned long propagation, bool *old, struct err *e) must_check;

/* O_PATH fd of the directory at path. */
int root_open(const char *path, struct err *e) must_check;

/*
 * The same for the root file system of a stage that was started in it (and at `/` when that could not be): behind directories that
 * our user namespace has no way through, it is the current directory.
 */
int root_find(const char *path, struct err *e) must_check;

/* Whether two fds are the same directory. */
bool root_same(int a, int b);

/*
 * Mounts the directory at the fd over itself; path is its name. isolate: what is around it may be shared with the host, so both the
 * mount that it lies on and the new one are cut off first. Returns an O_PATH fd of the new mount's root.
 */
int root_attach(const char *path, int at, bool isolate, bool old, struct err *e) must_check;

/*
 * Where the mount namespace is not ours alone: no mount of it changes, and nothing is mounted over. The directory at the fd root,
 * with all that is mounted below it, gets a second mount at place (an empty directory), with the propagation MS_SLAVE or MS_PRIVATE.
 * Returns an O_PATH fd of the new mount's root.
 */
int root_show(const char *path, int root, const char *place, unsigned long propagation, bool old,
              struct err *e) must_check;

/*
 * The same without a place: the second mount is attached nowhere, and goes with the last process whose root it is. -1 without *e
 * filled where the kernel cannot mount anything on such a one (before Linux 6.15).
 */
int root_float(const char *path, int root, unsigned long propagation, struct err *e);

/*
 * Takes away all that is mounted at the directory `name` in dir, and below, however busy it is. Nothing there is fine. What it was
 * cloned from stays as it is.
 */
int root_hide(int dir, const char *name, struct err *e) must_check;

/*
 * Makes the mount at the fd `/`, and takes all others away, without a trace on the host: they become slaves before. The working
 * directory is `/` afterwards.
 */
int root_pivot(int root, bool old, struct err *e) must_check;

/*
 * The same where `/` cannot be pivoted (a ramfs): moves the mount over `/` and changes the root directory. The other mounts stay
 * below it; those of proc and sysfs are taken away or covered first, since a full one of these, even out of reach, lets a nested
 * user namespace mount them without our masks. Where mounts are `shared` with the host, the one that becomes `/` is a copy, without
 * what is unbindable, and *root is that then; all others become slaves.
 */
int root_move(int *root, bool shared, struct err *e) must_check;

/* After root_pivot() or root_move(): changes the propagation of `/` to MS_SHARED, ... [| MS_REC]. */
int root_propagate(unsigned long propagation, bool old, struct err *e) must_check;

/* The procfs root at /proc, verified. O_PATH fd; -1 where there is none. */
int root_procfs_found(void);

/* A procfs root of our pid namespace that is mounted nowhere. O_PATH fd; -1 where that is not allowed: whoever needs it will tell. */
int root_procfs_made(void);

/* chroot(2) into the fd, and nothing else: the mount namespace is not ours alone. */
int root_chroot(int root, struct err *e) must_check;

#endif
