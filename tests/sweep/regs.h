/* SPDX-License-Identifier: Apache-2.0
 *
 * regs - the registers of a stopped tracee, a few lines an architecture
 */
#ifndef OCIRT_SWEEP_REGS_H
#define OCIRT_SWEEP_REGS_H

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>

#if defined(__x86_64__)

enum { REGS_HAVE_BREAKPOINTS = 1 };

/* At the entry of a call: it will not be made. */
static inline void regs_skip_call(pid_t pid)
{
	(void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L);
}

/* At its end: what it returns. */
static inline void regs_set_result(pid_t pid, long value)
{
	(void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), value);
}

/* At its entry: its first argument is 0; what it was. */
static inline long regs_clear_argument(pid_t pid)
{
	long was = ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user_regs_struct, rdi), 0);

	(void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rdi), 0L);
	return was;
}

/* At its end: whoever called it relies on that. */
static inline void regs_restore_argument(pid_t pid, long was)
{
	(void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rdi), was);
}

#elif defined(__aarch64__)

enum { REGS_HAVE_BREAKPOINTS = 0 };

/* see above */
static inline void regs_skip_call(pid_t pid)
{
	int none = -1;
	struct iovec iov = { &none, sizeof(none) };

	(void)ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &iov);
}

/* see above */
static inline void regs_set_result(pid_t pid, long value)
{
	struct user_regs_struct regs;
	struct iovec iov = { &regs, sizeof(regs) };

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov) < 0)
		return;
	regs.regs[0] = (uint64_t)value;
	(void)ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &iov);
}

/* see above: it is in the register of the result, so that there is nothing to restore */
static inline long regs_clear_argument(pid_t pid)
{
	regs_set_result(pid, 0);
	return 0;
}

/* see above */
static inline void regs_restore_argument(pid_t pid, long was)
{
	(void)pid, (void)was;
}

#else
#error "the sweep knows x86_64 and aarch64 only"
#endif

#endif
