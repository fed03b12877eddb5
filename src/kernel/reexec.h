/* SPDX-License-Identifier: Apache-2.0
 *
 * reexec - our own program as a file that nobody can write to
 *
 * A container may get hold of /proc/PID/exe of whatever we run inside it. So the init stage is not executed from our file but
 * from a clone that cannot be written: a read-only mount of it that belongs to no mount namespace (open_tree(2); once its
 * descriptor is closed nobody can reach the mount to change it back), or, where that is not allowed, a sealed memory file.
 */
#ifndef OCIRT_KERNEL_REEXEC_H
#define OCIRT_KERNEL_REEXEC_H

#include "base/auto.h"
#include "base/err.h"

/* A descriptor (close-on-exec) for execveat(fd, "", AT_EMPTY_PATH). -1 with *e filled. */
int reexec_open(struct err *e) must_check;

/*
 * The same for a process that is forked only, without the price of an execve(2), in two halves. Before the fork: what was written to
 * of the program becomes memory of no file, which parent and child then share. -1 with errno where it cannot be done: reexec_adopt()
 * will fail, too.
 */
int reexec_prepare(void) must_check;

/*
 * After it: every other page of the program is mapped again from fd, and fd's file becomes /proc/PID/exe (prctl(2), PR_SET_MM_MAP). From
 * then on nothing of the process leads to our own file. What else execve(2) does is the caller's: descriptors, environment, memory
 * that was inherited. -1 with errno where the kernel or the build cannot do it (CONFIG_CHECKPOINT_RESTORE, CAP_SYS_ADMIN,
 * sanitizers): execveat(2) of fd is still possible.
 */
int reexec_adopt(int fd) must_check;

/*
 * For what runs during the wait that reexec_shed() begins. The kernel maps some pages around each that is touched: these functions are
 * linked beside each other and the calls to libc.
 */
#define reexec_waits __attribute__((cold, noinline))

/*
 * Before a long wait: the pages of the program and of its libraries that were read from their files, free memory of the heap, and what
 * the stack was at its deepest go back to the kernel. The few that waiting and waking touch come again by themselves.
 */
reexec_waits void reexec_shed(void);

/* An empty memory file that may be executed, and an end to writing to one. -1 with errno. memfd_create(2). */
int reexec_memory_file(const char *name) must_check;
/* see reexec_memory_file */
int reexec_seal(int fd) must_check;

/* The two ways, for tests. -1 with errno. */
int reexec_clone_mount(void) must_check;
int reexec_sealed_copy(void) must_check;

#endif
