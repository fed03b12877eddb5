/* SPDX-License-Identifier: Apache-2.0
 *
 * rootfs - the one way to reach, and to make, anything below a container's root
 *
 * What lies below the root is the image's and perhaps changes while we look at it: symlinks that lead to the host, directories
 * swapped for symlinks, an empty /dev that is a link to /etc. So nothing there is ever named by a path of the host:
 * - a path is resolved by openat2(2) with the root's fd as its root (RESOLVE_IN_ROOT: `..` and absolute symlinks stay inside) and
 *   without magic links; where the tree moves under it (EAGAIN, EXDEV) it is tried again, up to 128 times;
 * - what is missing is made with one component below an fd already resolved, never through a symlink and never truncating;
 * - callers work on the fd they get, and never use the path again.
 *
 * `root` is an O_PATH fd of the container's root. A path is taken from there whether or not it begins with a slash. New
 * directories are 0755 and files 0644, less the umask (the init stage works with umask 0).
 * Without openat2(2), Linux 5.6, kernel/rootfs_walk does the same by hand.
 */
#ifndef OCIRT_KERNEL_ROOTFS_H
#define OCIRT_KERNEL_ROOTFS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

/*
 * Opens what path leads to. flags as for open(2), mostly O_PATH (O_CLOEXEC is added); resolve: more RESOLVE_* flags, as
 * RESOLVE_NO_SYMLINKS. Returns an fd, or -1 with errno (ENOENT: it is missing, or a dangling symlink is on the way).
 */
int rootfs_open(int root, const char *path, int flags, uint64_t resolve) must_check;

/*
 * O_PATH fd of the directory at path, made with its parents when it is missing. Dangling symlinks on the way are followed (inside
 * the root) and what they point to is made.
 */
int rootfs_make_dir(int root, const char *path, struct err *e) must_check;

/* The same for an empty regular file. */
int rootfs_make_file(int root, const char *path, struct err *e) must_check;

/*
 * O_PATH fd of the directory that holds the last component of path, made when it is missing; name gets that component, which is
 * not looked at. A path without components, or one that ends in `..`, is refused.
 */
int rootfs_make_parent(int root, const char *path, char name[NAME_MAX + 1], struct err *e) must_check;

/*
 * Makes the symlink `name` in a directory. One that is there and says the same is fine, and so is anything else that the image
 * already has under that name when keep is true; otherwise it is replaced unless it is a directory.
 */
int rootfs_link(int dir, const char *name, const char *target, bool keep, struct err *e) must_check;

#endif
