/* SPDX-License-Identifier: Apache-2.0
 *
 * steps_live - the steps that mount, and unmount, in a container that is there
 *
 * In this order: init_fs_proc, init_fs_seek, [joining the user namespace], init_live_sources, [joining the mount namespace],
 * init_fs_root, init_live_add; or init_live_remove in place of the last, without sources. What is to be done is plan->fs.mounts. All of
 * it is done, or nothing: who fails undoes what was done, and neither the runtime's death nor a signal ends us halfway. The container
 * runs meanwhile and may change what it can reach: its paths are resolved by kernel/rootfs.h, once, and then are descriptors.
 */
#ifndef OCIRT_INIT_STEPS_LIVE_H
#define OCIRT_INIT_STEPS_LIVE_H

#include "base/err.h"

/* All take a struct init_ctx *. */

/* Clones the sources of all binds, with their maps, in the runtime's mount namespace or a copy of it. */
int init_live_sources(void *ctx, struct err *e);

/* Puts every mount in its place. */
int init_live_add(void *ctx, struct err *e);

/* Takes away what is mounted at every destination, the last of the list first, however busy it is. */
int init_live_remove(void *ctx, struct err *e);

/* Tells the parent, and ends. */
int init_live_end(void *ctx, struct err *e);

#endif
