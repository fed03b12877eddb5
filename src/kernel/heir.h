/* SPDX-License-Identifier: Apache-2.0
 *
 * heir - a child that takes over its parent's memory, where the parent is to end
 *
 * What fork(2) costs is the copy of the memory's map, and then of each page that is written to. A parent that only ends need not have
 * one: the child goes on in the memory and on the stack, and the parent leaves on a small stack of its own.
 */
#ifndef OCIRT_KERNEL_HEIR_H
#define OCIRT_KERNEL_HEIR_H

#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "kernel/sys.h"

/* What the parent has yet to do. It stays where it is until the parent has ended: in memory that the child does not free or reuse. */
struct heir {
	void (*last)(struct heir *h, pid_t child); /* must not return, and leaves alone what the child uses */
	void *ctx;
	int pidfd; /* of the child, in the parent's table of descriptors: the number means nothing to the child */
	char stack[32768] __attribute__((aligned(16)));
};

/*
 * As clone3(2) with flags, without signal; CLONE_PIDFD fills h->pidfd. Returns 0 in the child and -1 with errno when there is none
 * (ENOSYS: not on this architecture, under sanitizers, or with a shadow stack); the parent does not return. Until the parent has ended the
 * child may not do what takes a memory of one's own: setns(2) into a user namespace, unshare(2) of one. It does not enter the time
 * namespace that was made for children.
 */
int heir_make(struct heir *h, uint64_t flags) must_check;

#endif
