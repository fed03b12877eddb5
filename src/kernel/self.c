/* SPDX-License-Identifier: Apache-2.0
 *
 * self - what a process is apart from its namespaces: limits, scheduling, ids
 */
#include "kernel/self.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/libc.h"
#include "kernel/procfs.h"

void self_reset_signals(uint64_t ignored)
{
	const sigset_t none = { 0 };

	for (int sig = 1; sig <= 64; sig++)
		if ((ignored & UINT64_C(1) << (sig - 1)) != 0)
			signal_default(sig);
	(void)signals_mask(SIG_SETMASK, &none, NULL); /* cannot fail with these arguments */
}

int self_set_rlimit(int resource, const char *name, const struct rlimit *value, struct err *e)
{
	struct rlimit now;

	if (prlimit(0, resource, value, NULL) == 0)
		return 0;
	if (errno == EPERM && prlimit(0, resource, NULL, &now) == 0 && value->rlim_max > now.rlim_max)
		return err_num(e, EPERM, "raise the hard %s from %llu to %llu (CAP_SYS_RESOURCE is missing)", name,
		               (unsigned long long)now.rlim_max, (unsigned long long)value->rlim_max);
	return err_sys(e, "set %s to %llu:%llu", name, (unsigned long long)value->rlim_cur,
	               (unsigned long long)value->rlim_max);
}

int self_set_oom_score_adj(int proc_fd, int value, struct err *e)
{
	static const char file[] = "self/oom_score_adj";
	char text[16], now[16];
	int n = snprintf(text, sizeof(text), "%d", value);
	int num;

	if (procfs_write(proc_fd, file, text, (size_t)n) == 0)
		return 0;
	num = errno;
	if (num == EACCES && procfs_read(proc_fd, file, now, sizeof(now)) > 0 && strncmp(now, text, (size_t)n) == 0 &&
	    now[n] == '\n')
		return 0;
	return err_num(e, num, "set oom_score_adj to %d", value);
}

/* The kernel's struct sched_attr (linux/sched/types.h); glibc has it from 2.41 on, so ours has another name. */
struct kernel_sched_attr {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};
_Static_assert(sizeof(struct kernel_sched_attr) == 56, "SCHED_ATTR_SIZE_VER1");

/* sched_setattr(2), "Errors"; what each means for a container. */
static const struct {
	int num;
	const char *why;
} refusals[] = {
	{ EPERM,
	  "CAP_SYS_NICE, or all CPUs for a deadline, or real time for the control group is missing: such a process "
	  "scheduler can't be used together with AllowedCPUs" },
	{ EBUSY, "the CPUs have no time left for it" },
	{ EOPNOTSUPP, "this kernel cannot clamp the utilization" },
};

int self_set_scheduler(const struct self_scheduler *s, struct err *e)
{
	struct kernel_sched_attr attr = {
		.size = sizeof(attr),
		.policy = s->policy,
		.flags = s->flags,
		.nice = s->nice,
		.priority = s->priority,
		.runtime = s->runtime,
		.deadline = s->deadline,
		.period = s->period,
	};

	if (syscall(SYS_sched_setattr, 0, &attr, 0) == 0)
		return 0;
	for (size_t i = 0; i < array_len(refusals); i++)
		if (refusals[i].num == errno)
			return err_sys(e, "set the scheduler %s (%s)", s->name, refusals[i].why);
	return err_sys(e, "set the scheduler %s", s->name);
}

int self_set_io_priority(int class, int level, struct err *e)
{
	enum {
		IOPRIO_WHO_PROCESS_ = 1,
		IOPRIO_CLASS_SHIFT_ = 13
	}; /* linux/ioprio.h, which older headers do not have */

	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS_, 0, class << IOPRIO_CLASS_SHIFT_ | level) < 0)
		return err_sys(e, "set I/O priority class %d, level %d", class, level);
	return 0;
}

int self_set_personality(unsigned long persona, struct err *e)
{
	if (personality(persona) < 0)
		return err_sys(e, "set personality %#lx", persona);
	return 0;
}

int self_set_groups(int proc_fd, const uint32_t *groups, size_t n, bool *denied, struct err *e)
{
	char policy[16] = "";
	int num;

	_Static_assert(sizeof(gid_t) == sizeof(uint32_t), "gid_t");
	*denied = false;
	if (sys_setgroups(n, groups) == 0)
		return 0;
	num = errno;
	if (num == EPERM && procfs_read(proc_fd, "self/setgroups", policy, sizeof(policy)) > 0 &&
	    strncmp(policy, "deny", 4) == 0) {
		*denied = true;
		if (n == 0)
			return 0;
		return err_set(e, "set %zu additional groups: the user namespace denies setgroups", n);
	}
	return err_num(e, num, "set %zu additional groups", n);
}

/* Pipes, sockets and terminals are made for a container; a file may be anybody's that the caller only lets it read. */
static bool is_given_away(int fd, uint32_t uid)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_uid == uid)
		return false;
	return S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || (S_ISCHR(st.st_mode) && isatty(fd));
}

int self_give_stdio(uint32_t uid, struct err *e)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (!is_given_away(fd, uid) || fchown(fd, uid, (gid_t)-1) == 0)
			continue;
		if (errno != EPERM && errno != EROFS && errno != EINVAL && errno != EACCES)
			return err_sys(e, "give standard descriptor %d to user %u", fd, uid);
	}
	return 0;
}

int self_set_ids(uint32_t uid, uint32_t gid, struct err *e)
{
	if (uid == UINT32_MAX || gid == UINT32_MAX)
		return err_set(e, "4294967295 is no user or group id");
	if (sys_setresgid(gid, gid, gid) < 0)
		return err_sys(e, "set group id %u", gid);
	if (sys_setresuid(uid, uid, uid) < 0)
		return err_sys(e, "set user id %u", uid);
	return 0;
}

int self_set_no_new_privs(struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, "set no_new_privs");
	return 0;
}
