/* SPDX-License-Identifier: Apache-2.0
 *
 * seccomp_cache - compiled filters, kept for the next container with the same profile
 *
 * Compiling the profile of an engine takes libseccomp several times as long as all else that a container costs; its result depends
 * on the rules and on the host only. A directory keeps results, one file each:
 *
 *	the name	a hash of the key
 *	header		lengths, a check sum of all that follows, which libseccomp it was (device, inode, size, times)
 *	key		what was compiled, whole: rules, architectures, actions with their data; kernel, machine, build of ocirt, and
 *			what the loader goes by (LD_LIBRARY_PATH, /etc/ld.so.cache)
 *	library		its path
 *	code		the instructions
 *
 * A file counts only when directory (0700) and file (0600, a regular one, one link) are the caller's own, when its length and check
 * sum are right, its key is the same byte for byte, and that library is still the one that is there. Otherwise it is removed and the
 * filter is compiled: what is wrong with the cache never is an error of a container. A file is written whole under another name
 * before it gets its own. At most SECCOMP_CACHE_MAX are kept; the ones least recently made go first.
 */
#ifndef OCIRT_KERNEL_SECCOMP_CACHE_H
#define OCIRT_KERNEL_SECCOMP_CACHE_H

#include "kernel/seccomp.h"

enum { SECCOMP_CACHE_MAX = 64 };

/* seccomp_program_make() by way of the cache in directory dir, which is made if its parent is there; NULL: no cache. */
struct seccomp_program *seccomp_program_get(const struct seccomp_filter *f, const char *dir, struct err *e) must_check;

/*
 * Removes what processes left that were killed while they wrote to the cache, after telling each path; dry: only tells. No cache, or
 * one that is not ours alone: nothing.
 */
int seccomp_cache_sweep(const char *dir, bool dry, int (*each)(void *ctx, const char *path, struct err *e), void *ctx,
                        struct err *e) must_check;

#endif
