/* SPDX-License-Identifier: Apache-2.0
 *
 * walk - a group and all groups below it
 *
 * A container may nest groups as deep as it likes: the walk keeps one descriptor open at a time and its place on the heap.
 */
#ifndef OCIRT_CGROUP_WALK_H
#define OCIRT_CGROUP_WALK_H

#include "base/auto.h"

struct cg_visit {
	int (*enter)(int fd, void *arg); /* parents first; NULL: nothing */
	int (*leave)(int parent_fd, const char *name,
	             void *arg); /* each below the top, children first; NULL: nothing */
	void *arg;
};

/*
 * Visits the directory at path and all below it; those that vanish meanwhile are passed over. Stops at the first callback that
 * returns less than 0. 0, or -1 with errno (ENOENT: no such directory).
 */
int cg_walk(const char *path, const struct cg_visit *visit) must_check;

#endif
