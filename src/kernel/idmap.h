/* SPDX-License-Identifier: Apache-2.0
 *
 * idmap - the id maps of a new user namespace, written from outside
 *
 * user_namespaces(7), newuidmap(1). A map is one write(2) of at most 340 rows.
 */
#ifndef OCIRT_KERNEL_IDMAP_H
#define OCIRT_KERNEL_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

enum { IDMAP_ROWS_MAX = 340 /* UID_GID_MAP_MAX_EXTENTS of the kernel */ };

struct idmap_row {
	uint32_t inside, outside, count;
};

enum idmap_kind { IDMAP_UID, IDMAP_GID };

/* Writes a map to a file in a directory, and nothing else. 0, or -1 with errno. */
int idmap_poke(int dir, const char *path, const struct idmap_row *rows, size_t n) must_check;

/*
 * Writes one map of process pid. A caller without the right to do so itself goes through newuidmap or newgidmap; where those
 * are missing and the map is the caller's own single id, setgroups is denied first and the map written directly.
 */
int idmap_write(pid_t pid, enum idmap_kind kind, const struct idmap_row *rows, size_t n, struct err *e) must_check;

/*
 * Whether our own user namespace, whose parent is the one that the rows speak of, has this map and no other: 0. As the kernel
 * shows it, the rows' order may be another.
 */
int idmap_check(enum idmap_kind kind, const struct idmap_row *rows, size_t n, struct err *e) must_check;

#endif
