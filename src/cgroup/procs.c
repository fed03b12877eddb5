/* SPDX-License-Identifier: Apache-2.0
 *
 * procs - the processes of groups: who is in, moving in, signalling one directory's
 *
 * cgroups(7); cgroup-v1/cgroups.rst 2.2; cgroup-v2.rst "Processes"; pidfd_open(2).
 */
#include "cgroup/procs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/num.h"
#include "cgroup/io.h"
#include "cgroup/walk.h"
#include "kernel/pid.h"
#include "kernel/sys.h"

enum {
	PROCS_MAX = 64 << 20, /* bytes of one cgroup.procs: more than pid_max processes */
	BATCH = 64,           /* pidfds held at a time */
};

void cg_pid_list_free(struct cg_pid_list *l)
{
	free(l->pid);
	*l = (struct cg_pid_list){ 0 };
}

static int add_pid(struct cg_pid_list *l, pid_t pid)
{
	if (l->n == l->room) {
		size_t room = l->room == 0 ? 64 : l->room * 2;
		pid_t *more = realloc(l->pid, room * sizeof(*more));

		if (more == NULL)
			return -1;
		l->pid = more;
		l->room = room;
	}
	l->pid[l->n++] = pid;
	return 0;
}

static int by_pid(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

/* Ascending, each once: v1 promises neither. */
static void tidy(struct cg_pid_list *l)
{
	size_t n = 0;

	if (l->n == 0)
		return;
	qsort(l->pid, l->n, sizeof(*l->pid), by_pid);
	for (size_t i = 0; i < l->n; i++)
		if (n == 0 || l->pid[n - 1] != l->pid[i])
			l->pid[n++] = l->pid[i];
	l->n = n;
}

static bool has(const struct cg_pid_list *l, pid_t pid)
{
	return l->n > 0 && bsearch(&pid, l->pid, l->n, sizeof(pid), by_pid) != NULL;
}

/* The process of a thread, 0 when it is gone. proc(5), Tgid. */
static pid_t process_of(pid_t tid)
{
	static const char key[] = "\nTgid:";
	char path[32], text[512];
	const char *at;
	uint64_t pid;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", tid); /* always fits */
	if (file_peek_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return 0;
	at = strstr(text, key);
	if (at == NULL)
		return 0;
	at += strlen(key);
	return num_column(&at, INT32_MAX, &pid) ? (pid_t)pid : 0;
}

/* A number a line. 0 is a process outside of our pid namespace: nothing we could name. */
static int take_pids(struct cg_pid_list *l, const char *text, bool threads)
{
	for (const char *s = text; *s != '\0';) {
		uint64_t number;
		pid_t pid;

		if (!num_take(&s, 10, INT32_MAX, &number))
			break;
		pid = threads && number > 0 ? process_of((pid_t)number) : (pid_t)number;
		if (pid > 0 && add_pid(l, pid) < 0)
			return -1;
		s += strspn(s, "\n");
	}
	return 0;
}

/* Reads one cgroup.procs. A threaded group has none (EOPNOTSUPP), but its threads. ENODEV: just removed. */
static int read_procs(int dirfd, void *arg)
{
	static const char *const files[] = { "cgroup.procs", "cgroup.threads" };

	for (size_t i = 0; i < array_len(files); i++) {
		auto_fd int fd = openat(dirfd, files[i], O_RDONLY | O_CLOEXEC);
		auto_free char *text = NULL;
		size_t len;

		if (fd < 0)
			return errno == ENOENT || errno == ENODEV ? 0 : -1;
		if (fd_read_all(fd, PROCS_MAX, &text, &len) == 0)
			return take_pids(arg, text, i > 0);
		if (errno != EOPNOTSUPP)
			return errno == ENODEV ? 0 : -1;
	}
	return 0;
}

int cg_dir_pids(const struct cg_dir *d, struct cg_pid_list *l)
{
	char path[PATH_MAX];

	l->n = 0;
	if (!cg_path(d, NULL, path) || cg_walk(path, &(struct cg_visit){ .enter = read_procs, .arg = l }) < 0)
		return -1;
	tidy(l);
	return 0;
}

int cg_pids(const struct cg_place *p, pid_t **pids, size_t *n, struct err *e)
{
	const struct cg_dir *main_dir = cg_main_dir(p);
	struct cg_pid_list l = { 0 };

	*pids = NULL;
	*n = 0;
	if (main_dir == NULL)
		return 0;
	for (size_t i = 0; i <= p->n; i++) { /* the best one, and when it is gone any other */
		const struct cg_dir *d = i == 0 ? main_dir : &p->dir[i - 1];

		if (cg_dir_pids(d, &l) == 0) {
			*pids = l.pid;
			*n = l.n;
			return 0;
		}
		if (errno != ENOENT) {
			(void)err_sys(e, "read the processes of the cgroup %s%s", d->mount, d->path);
			cg_pid_list_free(&l);
			return -1;
		}
	}
	cg_pid_list_free(&l);
	return 0;
}

/* What cgroup2 means by EOPNOTSUPP and EBUSY is in the types and controllers of the groups around. */
static int refused(const struct cg_dir *d, pid_t pid, struct err *e)
{
	int num = errno;
	char type[32];

	if (d->unified && num == EOPNOTSUPP && cg_peek(d, "cgroup.type", type, sizeof(type)) > 0)
		return err_num(e, num, "adding pid %d to cgroups %s%s, which is of type '%s'", pid, d->mount, d->path,
		               type);
	if (d->unified && num == EBUSY)
		return err_num(e, num, "adding pid %d to cgroups %s%s: it has sub-groups with controllers", pid,
		               d->mount, d->path);
	return err_num(e, num, "adding pid %d to cgroups %s%s", pid, d->mount, d->path);
}

int cg_attach(const struct cg_place *p, pid_t pid, struct err *e)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", pid); /* a pid has at most 10 digits */
	for (size_t i = 0; i < p->n; i++) /* back to back: the first waits for a grace period, the others ride on it */
		if (cg_poke(&p->dir[i], "cgroup.procs", text) < 0)
			return refused(&p->dir[i], pid, e);
	return 0;
}

int cg_attach_self(const struct cg_place *p, bool unified, struct err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct cg_dir *d = &p->dir[i];

		if (d->unified && !unified)
			continue;
		if (cg_poke(d, d->unified ? "cgroup.procs" : "tasks", "0") < 0)
			return refused(d, getpid(), e);
	}
	return 0;
}

int cg_open_unified(const struct cg_place *p)
{
	const struct cg_dir *d = cg_unified_dir(p);
	char path[PATH_MAX];

	if (d == NULL || !cg_path(d, NULL, path))
		return -1;
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Sends to a process known by its pidfd, or by its pid alone where there are none. */
static int send_to(int pidfd, pid_t pid, int sig, struct err *e)
{
	int r = pidfd >= 0 ? pid_signal(pidfd, pid, sig) : kill(pid, sig);

	if (r < 0 && errno != ESRCH)
		return err_sys(e, "send signal %d to process %d", sig, pid);
	return 0;
}

/* Pins a process by *fd; where there are no pidfds (before 5.3, or a filter denies them) that is -1. 1 it is there, 0 it is gone, -1 *e filled. */
static int pin(pid_t pid, int *fd, struct err *e)
{
	*fd = sys_pidfd_open(pid);
	if (*fd >= 0 || errno == ENOSYS || errno == EPERM)
		return 1;
	if (errno == ESRCH || errno == EINVAL) /* EINVAL before 6.15, while others are in its session */
		return 0;
	return err_sys(e, "open process %d", pid);
}

/* Signals those of pid[n] that are in the group now; the pidfds, opened before we look, pin who is meant. */
static int signal_batch(const struct cg_dir *d, const pid_t *pid, size_t n, int sig, struct err *e)
{
	auto_pid_list struct cg_pid_list now = { 0 };
	int fd[BATCH], there[BATCH], r = 0;

	for (size_t i = 0; i < n; i++) {
		there[i] = pin(pid[i], &fd[i], e);
		if (there[i] < 0)
			r = -1;
	}
	if (r == 0 && cg_dir_pids(d, &now) < 0 && errno != ENOENT)
		r = err_sys(e, "read the processes of the cgroup %s%s", d->mount, d->path);
	for (size_t i = 0; i < n; i++) {
		if (r == 0 && there[i] > 0 && has(&now, pid[i]))
			r = send_to(fd[i], pid[i], sig, e);
		fd_drop(&fd[i]);
	}
	return r;
}

int cg_dir_signal(const struct cg_dir *d, int sig, struct cg_pid_list *done, size_t *fresh, struct err *e)
{
	auto_pid_list struct cg_pid_list l = { 0 };
	size_t n = 0;

	*fresh = 0;
	if (cg_dir_pids(d, &l) < 0)
		return errno == ENOENT ? 0 : err_sys(e, "read the processes of the cgroup %s%s", d->mount, d->path);
	for (size_t i = 0; i < l.n; i++)
		if (!has(done, l.pid[i]))
			l.pid[n++] = l.pid[i];
	for (size_t i = 0; i < n; i += BATCH)
		if (signal_batch(d, l.pid + i, n - i < BATCH ? n - i : BATCH, sig, e) < 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		if (add_pid(done, l.pid[i]) < 0)
			return err_sys(e, "remember signalled processes");
	tidy(done);
	*fresh = n;
	return 0;
}
