/* SPDX-License-Identifier: Apache-2.0
 *
 * mountinfo - the mounts of a process, line by line: proc_pid_mountinfo(5)
 */
#ifndef OCIRT_KERNEL_MOUNTINFO_H
#define OCIRT_KERNEL_MOUNTINFO_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

/* One mount; the texts are without escapes and last until the next one is told. */
struct mountinfo_row {
	int id;
	const char *root;    /* what of its file system it shows */
	const char *point;   /* where, from that process's root */
	const char *fstype;  /* "tmpfs" */
	const char *source;  /* "/dev/sda1", "none"; "" */
	const char *options; /* of the mount: "rw,nosuid" */
	const char *super;   /* of its file system: "rw,cpu,cpuacct" */
};

/* Takes one line apart, in place. False: it is none of mountinfo. */
bool mountinfo_parse(char *line, struct mountinfo_row *row);

/* Tells every mount of process pid (0: ours) in the kernel's order; what each returns other than 0 ends it and is returned. */
int mountinfo_each(pid_t pid, int (*each)(void *ctx, const struct mountinfo_row *row, struct err *e), void *ctx,
                   struct err *e) must_check;

#endif
