/* SPDX-License-Identifier: Apache-2.0
 *
 * pid - processes told apart for good: a pid is one only together with its start time
 *
 * pidfd_open(2), proc_pid_stat(5).
 */
#ifndef OCIRT_KERNEL_PID_H
#define OCIRT_KERNEL_PID_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

struct pid_stat {
	char state;     /* field 3: R S D Z T X ... */
	uint64_t start; /* field 22: clock ticks since boot */
	char comm[64];  /* field 2 without its parentheses */
};

/* Reads /proc/PID/stat. 0, or -1 with errno (ENOENT or ESRCH: no such process). */
int pid_stat(pid_t pid, struct pid_stat *out) must_check;

/* The start time of the calling process. 0, or -1 with errno. */
int pid_self_start(uint64_t *start) must_check;

/* 1 when pid is the process that started then, and neither a zombie nor dead; 0 when not; -1 with errno when nobody can tell. */
int pid_alive(pid_t pid, uint64_t start) must_check;

/*
 * A pidfd of exactly that process: opened, then the start time is checked while the fd keeps the pid from being reused. -1
 * with errno ESRCH when it is gone, a zombie, or another.
 */
int pid_open(pid_t pid, uint64_t start) must_check;

/*
 * The same, or, where pidfd_open(2) is missing or a filter denies it, the process's directory in /proc: pid_wait, pid_signal and
 * ns_join_all take either; poll(2) takes the first only.
 */
int pid_hold(pid_t pid, uint64_t start) must_check;

/* Waits until the process that is held has ended; timeout_ms -1: for ever. 1 ended, 0 timed out, -1 with errno. */
int pid_wait(int held, int timeout_ms) must_check;

/*
 * Signals the process that is held, which is pid: where pidfd_send_signal(2) is missing or denied by its number, after a look whether it
 * is still there. 0, or -1 with errno (ESRCH: it is gone).
 */
int pid_signal(int held, pid_t pid, int sig);

/* The text of /proc/sys/kernel/random/boot_id, without newline. 0, or -1 with errno. */
int boot_id_read(char to[40]) must_check;

#endif
