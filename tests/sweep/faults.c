/* SPDX-License-Identifier: Apache-2.0
 *
 * faults - which errors are plausible for which system call
 *
 * Plausible is what its man page lists and a sick host does: no memory, no space, no descriptors, a bad disk, a policy that says no,
 * a signal. A call with an empty list cannot fail (getpid), or fails by ending us (exit), or its failure is what is asked for
 * (faccessat).
 */
#include "tests/sweep/faults.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

struct row {
	const char *name;
	long nr;
	int errnos[FAULTS_MAX];
};

#define ROW(name, ...)              \
	{                           \
#name, SYS_##name,  \
		{                   \
			__VA_ARGS__ \
		}                   \
	}

static const struct row rows[] = {
	/* files */
	ROW(openat, ENOMEM, EMFILE, EIO, EPERM, EINTR),
	ROW(openat2, ENOMEM, EMFILE, EIO, EPERM, EAGAIN),
	ROW(read, EIO, EINTR, ENOMEM),
	ROW(pread64, EIO, EINTR, ENOMEM),
	ROW(write, EIO, ENOSPC, EINTR, EPERM, ENOMEM),
	ROW(pwrite64, EIO, ENOSPC, EINTR),
	ROW(writev, EIO, ENOSPC, EINTR),
	ROW(close, EIO, EINTR),
	ROW(close_range, ENOMEM),
	ROW(lseek, EIO),
	ROW(ftruncate, EIO, ENOSPC, EINTR),
	ROW(fallocate, EIO, ENOSPC, EINTR),
	ROW(fstat, EIO, ENOMEM),
	ROW(newfstatat, EIO, ENOMEM),
	ROW(statx, EIO, ENOMEM),
	ROW(fstatfs, EIO, ENOMEM),
	ROW(statfs, EIO, ENOMEM),
	ROW(faccessat, EIO, ENOMEM),
	ROW(faccessat2, EIO, ENOMEM),
	ROW(readlinkat, EIO, ENOMEM),
	ROW(getdents64, EIO, ENOMEM),
	ROW(getcwd, ENOMEM),
	ROW(chdir, EIO, ENOMEM, EPERM),
	ROW(fchdir, EIO, ENOMEM, EPERM),
	ROW(mkdirat, ENOSPC, EIO, ENOMEM, EPERM),
	ROW(mknodat, ENOSPC, EIO, ENOMEM), /* EPERM: the host's node is bound instead, on purpose */
	ROW(symlinkat, ENOSPC, EIO, ENOMEM, EPERM),
	ROW(linkat, ENOSPC, EIO, ENOMEM, EPERM),
	ROW(unlinkat, EIO, ENOMEM, EPERM),
	ROW(renameat, ENOSPC, EIO, ENOMEM, EPERM),
	ROW(renameat2, ENOSPC, EIO, ENOMEM, EPERM),
	ROW(fchmod, EIO, EPERM),
	ROW(fchmodat, EIO, EPERM),
	ROW(fchown, EIO, EPERM),
	ROW(fchownat, EIO, EPERM),
	ROW(utimensat, EIO, EPERM),
	ROW(fgetxattr, EIO, ENOMEM),
	ROW(flistxattr, EIO, ENOMEM),
	ROW(fsetxattr, EIO, ENOSPC),
	ROW(umask, 0),
	ROW(flock, EINTR, ENOMEM),
	ROW(fcntl, EMFILE, ENOMEM, EPERM),
	ROW(dup, EMFILE),
	ROW(dup3, EMFILE, EINTR),
	ROW(pipe2, EMFILE, ENOMEM),
	ROW(ioctl, EIO, EPERM, EINTR),
	ROW(sendfile, EIO, ENOMEM, EINTR),
	ROW(copy_file_range, EIO, ENOSPC, ENOMEM),
	ROW(memfd_create, EMFILE, ENOMEM, EPERM),
	ROW(inotify_init1, EMFILE, ENOMEM),
	ROW(eventfd2, EMFILE, ENOMEM),
	ROW(epoll_create1, EMFILE, ENOMEM),
	/* mounts and namespaces */
	ROW(mount, ENOMEM, EPERM, EIO),
	ROW(umount2, ENOMEM, EPERM),
	ROW(pivot_root, EPERM, ENOMEM),
	ROW(chroot, EPERM, ENOMEM),
	ROW(open_tree, EMFILE, ENOMEM, EPERM),
	ROW(move_mount, ENOMEM, EPERM),
	ROW(fsopen, EMFILE, ENOMEM, EPERM),
	ROW(fsconfig, ENOMEM, EPERM, EIO),
	ROW(fsmount, EMFILE, ENOMEM, EPERM),
	ROW(fspick, EMFILE, ENOMEM, EPERM),
	ROW(mount_setattr, ENOMEM, EPERM),
	ROW(setns, ENOMEM, EPERM),
	ROW(unshare, ENOMEM, EPERM),
	ROW(sethostname, EPERM),
	ROW(setdomainname, EPERM),
	/* processes */
	ROW(clone, EAGAIN, ENOMEM, EPERM),
	ROW(clone3, EAGAIN, ENOMEM, EPERM),
	ROW(execveat, ENOMEM, EPERM, EIO),
	ROW(execve, ENOMEM, EPERM, EIO),
	ROW(wait4, EINTR),
	ROW(waitid, EINTR),
	ROW(kill, EPERM),
	ROW(pidfd_open, EMFILE, ENOMEM),
	ROW(pidfd_send_signal, EPERM),
	ROW(prctl, EPERM),
	ROW(prlimit64, EPERM),
	ROW(setsid, 0), /* EPERM only for a leader */
	ROW(setuid, EAGAIN, EPERM),
	ROW(setresuid, EAGAIN, EPERM),
	ROW(setresgid, EPERM),
	ROW(setgroups, ENOMEM, EPERM),
	ROW(setfsuid, 0),
	ROW(setfsgid, 0),
	ROW(capget, EPERM),
	ROW(capset, EPERM),
	ROW(seccomp, ENOMEM, EPERM),
	ROW(bpf, ENOMEM, EPERM, EMFILE),
	ROW(keyctl, ENOMEM, EPERM),
	ROW(add_key, ENOMEM, EPERM),
	ROW(personality, EPERM),
	ROW(sched_setaffinity, EPERM),
	ROW(sched_getaffinity, 0),
	ROW(sched_setattr, EPERM),
	ROW(ioprio_set, EPERM),
	ROW(set_mempolicy, ENOMEM, EPERM),
	/* sockets */
	ROW(socket, EMFILE, ENOMEM),
	ROW(socketpair, EMFILE, ENOMEM),
	ROW(bind, ENOMEM, EIO),
	ROW(listen, ENOMEM),
	ROW(connect, EINTR, ENOMEM, EPERM),
	ROW(accept4, EMFILE, ENOMEM, EINTR),
	ROW(sendmsg, EINTR, ENOMEM),
	ROW(recvmsg, EINTR, ENOMEM),
	ROW(sendto, EINTR, ENOMEM),
	ROW(recvfrom, EINTR, ENOMEM),
	ROW(shutdown, ENOMEM),
	ROW(setsockopt, ENOMEM, EPERM),
	ROW(getsockopt, ENOMEM),
	ROW(getsockname, ENOMEM),
	/* memory */
	ROW(mmap, ENOMEM, EPERM),
	ROW(mremap, ENOMEM),
	ROW(mprotect, ENOMEM),
	ROW(munmap, ENOMEM),
	ROW(madvise, ENOMEM),
	ROW(brk, ENOMEM),
	/* waiting, time, signals */
	ROW(ppoll, EINTR, ENOMEM),
	ROW(pselect6, EINTR, ENOMEM),
	ROW(nanosleep, EINTR),
	ROW(clock_nanosleep, EINTR),
	ROW(signalfd4, EMFILE, ENOMEM),
	ROW(timerfd_create, EMFILE, ENOMEM),
	ROW(rt_sigtimedwait, EINTR, EAGAIN),
	ROW(futex, EINTR, EAGAIN),
	ROW(getrandom, EINTR, EAGAIN),
	ROW(clock_gettime, 0),
	ROW(rt_sigaction, 0),
	ROW(rt_sigprocmask, 0),
	ROW(rt_sigreturn, 0),
	ROW(sigaltstack, 0),
	/* cannot fail */
	ROW(restart_syscall, 0),
	ROW(getpid, 0),
	ROW(getppid, 0),
	ROW(gettid, 0),
	ROW(getuid, 0),
	ROW(geteuid, 0),
	ROW(getgid, 0),
	ROW(getegid, 0),
	ROW(getresuid, 0),
	ROW(getresgid, 0),
	ROW(getgroups, 0),
	ROW(uname, 0),
	ROW(sysinfo, 0),
	ROW(set_tid_address, 0),
	ROW(set_robust_list, 0),
	ROW(rseq, 0),
	ROW(exit, 0),
	ROW(exit_group, 0),
#ifdef SYS_open /* calls that newer architectures have not */
	ROW(open, ENOMEM, EMFILE, EIO, EPERM, EINTR),
	ROW(stat, EIO, ENOMEM),
	ROW(lstat, EIO, ENOMEM),
	ROW(access, EIO, ENOMEM),
	ROW(readlink, EIO, ENOMEM),
	ROW(mkdir, ENOSPC, EIO, ENOMEM, EPERM),
	ROW(mknod, ENOSPC, EIO, ENOMEM),
	ROW(symlink, ENOSPC, EIO, ENOMEM, EPERM),
	ROW(link, ENOSPC, EIO, ENOMEM, EPERM),
	ROW(rmdir, EIO, ENOMEM, EPERM),
	ROW(unlink, EIO, ENOMEM, EPERM),
	ROW(rename, ENOSPC, EIO, ENOMEM, EPERM),
	ROW(chmod, EIO, EPERM),
	ROW(chown, EIO, EPERM),
	ROW(lchown, EIO, EPERM),
	ROW(dup2, EMFILE, EINTR),
	ROW(pipe, EMFILE, ENOMEM),
	ROW(poll, EINTR, ENOMEM),
	ROW(select, EINTR, ENOMEM),
	ROW(fork, EAGAIN, ENOMEM),
	ROW(vfork, EAGAIN, ENOMEM),
	ROW(arch_prctl, 0),
	ROW(getpgrp, 0),
	ROW(time, 0),
	ROW(alarm, 0),
#endif
};

static const struct row *find(long nr)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].nr == nr)
			return &rows[i];
	return NULL;
}

const char *fault_call_name(long nr)
{
	static char number[24];
	const struct row *r = find(nr);

	if (r != NULL)
		return r->name;
	(void)snprintf(number, sizeof(number), "call %ld", nr);
	return number;
}

int faults_of(long nr, int errnos[FAULTS_MAX])
{
	const struct row *r = find(nr);
	int n = 0;

	if (r == NULL)
		return -1;
	while (n < FAULTS_MAX && r->errnos[n] != 0) {
		errnos[n] = r->errnos[n];
		n++;
	}
	return n;
}
