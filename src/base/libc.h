/* SPDX-License-Identifier: Apache-2.0
 *
 * libc - where C libraries differ: what one lacks, keeps for itself or does its own way
 *
 * The program is linked to glibc (2.34 and newer) or to musl (1.2.3 and newer) and does the same with either. Where they do not, the
 * kernel is asked itself. Words of errors and signals: base/reason.h.
 */
#ifndef OCIRT_BASE_LIBC_H
#define OCIRT_BASE_LIBC_H

#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* close_range(2); musl does not have it */
static inline int sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
#ifdef __GLIBC__
	return close_range(first, last, (int)flags);
#else
	return (int)syscall(SYS_close_range, first, last, flags);
#endif
}

/*
 * Ids of the calling thread, as the kernel has them. A libc sees to all threads of a process: musl with four more calls each, which a
 * child of vfork(2) or clone3(2) may not make either.
 */
#ifdef SYS_setresuid32
enum { SYS_SETRESUID = SYS_setresuid32, SYS_SETRESGID = SYS_setresgid32, SYS_SETGROUPS = SYS_setgroups32 };
#else
enum { SYS_SETRESUID = SYS_setresuid, SYS_SETRESGID = SYS_setresgid, SYS_SETGROUPS = SYS_setgroups };
#endif

/* setresuid(2) */
static inline int sys_setresuid(uid_t real, uid_t effective, uid_t saved)
{
	return (int)syscall(SYS_SETRESUID, real, effective, saved);
}

/* setresgid(2) */
static inline int sys_setresgid(gid_t real, gid_t effective, gid_t saved)
{
	return (int)syscall(SYS_SETRESGID, real, effective, saved);
}

/* setgroups(2) */
static inline int sys_setgroups(size_t n, const gid_t *groups)
{
	return (int)syscall(SYS_SETGROUPS, n, groups);
}

/*
 * Signals are the kernel's: 1 to 64. A libc keeps some for its threads, glibc 32 and 33, musl 34 as well, and neither sets, masks nor
 * tells them; but anybody may send them, or have left them ignored (programs that GNU make starts). Here are no threads.
 */
enum { SIGNAL_LAST = _NSIG - 1, SIGNAL_BYTES = _NSIG / 8 };

/* Every signal. */
static inline void signals_all(sigset_t *set)
{
	memset(set, 0xff, sizeof(*set));
}

/* sigprocmask(2) of every signal; only the kernel's part of *old is filled, and means something to this function alone. */
static inline int signals_mask(int how, const sigset_t *set, sigset_t *old)
{
	return (int)syscall(SYS_rt_sigprocmask, how, set, old, SIGNAL_BYTES);
}

/* Gives a signal its default action, any but KILL and STOP, which have no other. Async-signal-safe. */
static inline void signal_default(int sig)
{
	static const unsigned long dfl[8] = {
		0
	}; /* the kernel's struct sigaction: SIG_DFL, no flags, nothing masked */

	(void)syscall(SYS_rt_sigaction, sig, dfl, NULL, SIGNAL_BYTES);
}

/* From here on freed memory is kept: the end of the process gives back all at once, and sooner. Ours (src/own/heap.c) does so anyway. */
static inline void heap_keep(void)
{
#ifdef __GLIBC__
	(void)mallopt(M_TRIM_THRESHOLD, INT_MAX); /* best effort */
#endif
}

#ifndef __GLIBC__
/* Of src/own/libc.c; musl's own allocator gives back pages by itself. */
int malloc_trim(size_t pad) __attribute__((weak));
#endif

/* Gives back what is free now. */
static inline void heap_trim(void)
{
#ifndef __GLIBC__
	if (malloc_trim == NULL)
		return;
#endif
	(void)malloc_trim(0); /* best effort */
}

#endif
