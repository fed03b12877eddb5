/* SPDX-License-Identifier: Apache-2.0
 *
 * status - who a process is in the kernel's own words: ids, capabilities, no_new_privs, seccomp
 *
 * Read from /proc/PID/status (proc_pid_status(5)). The init stage holds it against what was asked for just before it executes
 * the program, so that a call that silently did less can never start a weaker container.
 */
#ifndef OCIRT_KERNEL_STATUS_H
#define OCIRT_KERNEL_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "kernel/caps.h"

struct status {
	uint32_t uid[4], gid[4]; /* real, effective, saved, file system */
	uint32_t *groups;        /* malloc'ed */
	size_t n_groups;
	struct caps caps;
	uint64_t ignored; /* signals whose action is SIG_IGN: bit N - 1 for signal N */
	bool no_new_privs;
	int seccomp; /* 0 none, 1 strict, 2 filter */
};

/* Frees what it holds. */
void status_free(struct status *s);
#define auto_status __attribute__((cleanup(status_free)))

/* An fd of our own status, to be opened while a procfs is at hand and read later. -1 with *e filled. */
int status_open(int proc_fd, struct err *e) must_check;

/* Reads it anew through that fd. */
int status_read(int fd, struct status *out, struct err *e) must_check;

/* The file's text into *out; a line that is missing or no number is an error, but Seccomp and CapAmb (old kernels): 0. */
int status_parse(const char *text, struct status *out, struct err *e) must_check;

/* What has to be so before the program may run. */
struct status_wanted {
	uint32_t uid, gid;
	const uint32_t *groups;
	size_t n_groups;
	bool any_groups; /* setgroups(2) is denied: they are whatever they are */
	struct caps caps;
	bool no_new_privs;
};

/* Compares; -1 with *e saying what is not as it was set. */
int status_check(const struct status *is, const struct status_wanted *wanted, struct err *e) must_check;

#endif
