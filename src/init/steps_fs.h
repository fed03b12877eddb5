/* SPDX-License-Identifier: Apache-2.0
 *
 * steps_fs - the steps that make a container's file system and enter it
 *
 * In this order: init_fs_begin, [joining], init_fs_prepare, init_fs_mounts, init_fs_devices, [terminal: init_fs_console], [hooks],
 * init_fs_protect, init_fs_pivot; an exec has init_fs_seek, [joining], init_fs_enter; what is mounted later has init_fs_root in place of
 * the last (steps_live.h). From init_fs_prepare on ctx->root_fd is the container's root, and whatever
 * lies below it is reached through it only (kernel/rootfs.h). ctx->proc_fd is a verified procfs (kernel/procfs.h) from
 * init_fs_proc on: the host's, which shows us under "self" in whatever pid namespace we are and has the sysctls of whatever
 * namespaces we are in. An exec, which may be watched from inside, changes it for one of the container's own in init_fs_enter.
 *
 * Where the mount namespace is not the container's alone (none is listed, or one is joined), what is mounted there stays as it is:
 * the root gets a second mount in the container's state directory, the container's mounts are made below that, and it is entered
 * by chroot(2). Whoever deletes the container takes that mount away, and with it all others (life/store.h). A namespace that is
 * joined and does not have that directory gets no mount at all: the root's is attached nowhere then.
 */
#ifndef OCIRT_INIT_STEPS_FS_H
#define OCIRT_INIT_STEPS_FS_H

#include <stdbool.h>

#include "base/err.h"
#include "kernel/mount_op.h"

struct init_ctx;

/* All but the last three take a struct init_ctx *. */

/* Opens /proc and checks that it is a procfs; again is fine. Whoever writes below /proc/self before init_fs_prepare calls it. */
int init_fs_proc(void *ctx, struct err *e);

/* First of all: opens what may be out of reach once namespaces are joined. */
int init_fs_begin(void *ctx, struct err *e);

/* Cuts the inherited mounts off from the host and puts the root in place. */
int init_fs_prepare(void *ctx, struct err *e);

/*
 * The mounts of config.json in their order. While the runtime is still at work: the first of them, as far as they need no network
 * namespace; then as far as they have to do with no device, as its rules are being written. At last all that are left.
 */
int init_fs_first_mounts(void *ctx, struct err *e);
int init_fs_kernel_mounts(void *ctx, struct err *e);
int init_fs_mounts(void *ctx, struct err *e);

/* Device nodes, default links. */
int init_fs_devices(void *ctx, struct err *e);

/* Masked and read-only paths, read-only mounts and root: the last before the root is entered. */
int init_fs_protect(void *ctx, struct err *e);

/* Makes the root `/` and gives it its propagation. */
int init_fs_pivot(void *ctx, struct err *e);

/* exec, before joining: opens the container's root, if it is not that of its mount namespace. */
int init_fs_seek(void *ctx, struct err *e);

/* After joining: enters or opens the container's root, and nothing else. */
int init_fs_root(void *ctx, struct err *e);

/* exec, after joining: enters or opens the container's root, and opens its own procfs. */
int init_fs_enter(void *ctx, struct err *e);

/*
 * Whether what the container's root has no right to do, or no way to, is to be asked of the parent; then how, in *help, whose mounts
 * are those of the plan.
 */
bool init_fs_helper(struct init_ctx *ctx, struct mount_help *help);

/* Adds to an error the place that asked for it (pointer, NULL: a default of ours) and for what. Returns -1. */
int init_fs_blame(const char *pointer, const char *what, const char *path, struct err *e);

/* Binds the terminal's slave on /dev/console. */
int init_fs_console(struct init_ctx *ctx, int slave, struct err *e);

#endif
