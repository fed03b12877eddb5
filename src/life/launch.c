/* SPDX-License-Identifier: Apache-2.0
 *
 * launch - from a runtime process to an init stage: clone3(2), and our unwritable clone in place of our program
 *
 * Runs on the parent's side; only stage_main() and what it calls run in the child. The child becomes the stage in place
 * (reexec_adopt), with what we know in its memory, or, where that is not possible, by execveat(2), and reads it again. In a new user namespace it is
 * always executed: its memory would belong to our user namespace otherwise, and with it most of /proc/self, which it writes to.
 */
#include "life/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/libc.h"
#include "base/log.h"
#include "cgroup/oom.h"
#include "init/stage.h"
#include "init/sync.h"
#include "kernel/affinity.h"
#include "kernel/idmap.h"
#include "kernel/ns.h"
#include "kernel/reexec.h"
#include "kernel/seccomp.h"
#include "kernel/sys.h"

/* clone3 makes these only where nothing has to be joined first; cgroup waits for GO, time for its offsets, network may be made apart. */
static int clone_flags(const struct launch *l)
{
	const struct plan_namespaces *ns = &l->plan->ns;
	int flags = ns->make & ~(CLONE_NEWCGROUP | CLONE_NEWTIME | (ns->net_apart ? CLONE_NEWNET : 0));

	if (l->mode != INIT_CREATE || plan_ns_joins(ns, CLONE_NEWUSER))
		return 0;
	return flags;
}

/* Joined namespaces that a new user namespace would have no right to join any more: the parent steps into them for a moment. */
struct visit {
	int back[NS_KINDS], flag[NS_KINDS];
	size_t n;
};

static bool has_visit(const struct launch *l)
{
	return l->mode == INIT_CREATE && (l->plan->ns.make & CLONE_NEWUSER) != 0 && l->plan->ns.n_join > 0;
}

/* What the stage cannot find out behind us: that a sysctl would be written in a namespace of ours (init_self_check_own()). */
static int check_sysctls(const struct plan *p, int fd, const struct plan_join *join, struct err *e)
{
	for (size_t i = 0; i < p->n_sysctls; i++)
		if (p->sysctls[i].ns == join->flag && ns_is_own(fd, join->flag))
			return err_config(e, p->sysctls[i].pointer,
			                  "the host would change: the %s namespace that is joined is the runtime's own",
			                  join->name);
	return 0;
}

static int visit_one(const struct plan *p, const struct plan_join *join, struct visit *v, struct err *e)
{
	char own[48];
	auto_fd int fd = ns_open(join->path, join->flag, e);

	if (fd < 0 || check_sysctls(p, fd, join, e) < 0)
		return -1;
	(void)snprintf(own, sizeof(own), "/proc/self/ns/%s", ns_of(join->flag)->file); /* always fits */
	v->back[v->n] = ns_open(own, join->flag, e);
	if (v->back[v->n] < 0 || ns_join(fd, join->flag, e) < 0)
		return -1;
	v->flag[v->n++] = join->flag;
	return 0;
}

static int visit_begin(const struct launch *l, struct visit *v, struct err *e)
{
	if (!has_visit(l))
		return 0;
	for (size_t i = 0; i < l->plan->ns.n_join; i++)
		if (visit_one(l->plan, &l->plan->ns.join[i], v, e) < 0)
			return err_at(e, "%s", l->plan->ns.join[i].pointer);
	return 0;
}

static int visit_end(struct visit *v, struct err *e)
{
	int r = 0;

	while (v->n > 0) {
		v->n--;
		if (ns_join(v->back[v->n], v->flag[v->n], e) < 0)
			r = err_in(e, "return");
		fd_drop(&v->back[v->n]);
	}
	return r;
}

/* What execveat needs; the numbers are those of the descriptors, known when it is executed. */
struct stage_args {
	int self, cgroup;
	bool maps, in_place;
	char numbers[LAUNCH_FDS][12];
	char log[24 + LOG_IDENT_MAX];
	char *argv[LAUNCH_FDS + 5];
	size_t n;
};

static void stage_args(const struct launch *l, struct stage_args *s)
{
	const struct log_sink log = log_get();
	size_t n = 0;

	s->maps = (clone_flags(l) & CLONE_NEWUSER) != 0;
	s->argv[n++] = (char *)"ocirt";
	s->argv[n++] = (char *)"init";
	s->argv[n++] = (char *)init_mode_words[l->mode];
	(void)snprintf(s->log, sizeof(s->log), "%d,%d,%s", (int)log_get_level(), (int)log.format,
	               log.ident); /* always fits */
	s->argv[n++] = s->log;
	for (size_t i = 0; i < LAUNCH_FDS; i++)
		s->argv[n++] = s->numbers[i];
	s->argv[n] = NULL;
	s->n = n;
}

/* The parent has written the maps: become root in the new user namespace, or execve(2) would drop all capabilities. */
static int become_mapped_root(int sock, struct err *e)
{
	if (sync_expect(sock, SYNC_MAPPED, NULL, e) < 0)
		return -1;
	if (sys_setresgid(0, 0, 0) < 0 || sys_setresuid(0, 0, 0) < 0)
		return err_sys(e, "become root of the new user namespace (is id 0 mapped?)");
	return 0;
}

/* Between the kept numbers everything else goes; kept must be in order. */
static int close_between(int first, const int *kept, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (kept[i] < first)
			continue;
		if (kept[i] > first && sys_close_range((unsigned)first, (unsigned)kept[i] - 1, 0) < 0)
			return -1;
		first = kept[i] + 1;
	}
	return sys_close_range((unsigned)first, UINT_MAX, 0);
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* What execve(2) would have closed: all but what the stage and its program are to have. */
static int close_others(const struct launch *l)
{
	int kept[LAUNCH_FDS], first = 3 + (int)l->keep;

	memcpy(kept, l->fds, sizeof(kept));
	kept[LAUNCH_RECORD] = kept[LAUNCH_PROCESS] = kept[LAUNCH_TRACE] = -1; /* it has what they say in memory */
	qsort(kept, LAUNCH_FDS, sizeof(kept[0]), by_number);
	for (int fd = 3; fd < first; fd++) { /* these are open already unless the caller had none by that number */
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && (flags & FD_CLOEXEC) != 0 &&
		    bsearch(&fd, kept, LAUNCH_FDS, sizeof(fd), by_number) == NULL)
			(void)close(fd); /* gone in any case */
	}
	return close_between(first, kept, LAUNCH_FDS);
}

/* Returns when this process cannot become the stage as it is. */
static void become_stage(const struct launch *l, struct stage_args *s)
{
	struct init_ctx c = *l->stage;
	struct arena arena = { 0 };

	if (!s->in_place || reexec_adopt(s->self) < 0 || close_others(l) < 0 || clearenv() != 0)
		return;
	c.sock = l->fds[LAUNCH_SOCK];
	c.start_sock = l->fds[LAUNCH_START];
	c.pidfd = l->fds[LAUNCH_PIDFD];
	c.log_fd = l->fds[LAUNCH_LOG];
	c.hook_output = (struct hook_output){ l->fds[LAUNCH_HOOK_OUT], l->fds[LAUNCH_HOOK_ERR] };
	c.arena = &arena;
	_exit(init_enter(&c)); /* nothing of our parent's is run or written at the end */
}

static int write_filter(const struct seccomp_program *p, int *fd, struct err *e)
{
	if (p == NULL)
		return 0;
	*fd = memfd_create("filter", 0);
	if (*fd < 0 || fd_write_all(*fd, p, sizeof(*p) + p->n * sizeof(p->code[0])) < 0)
		return err_sys(e, "hand on the seccomp filter");
	return 0;
}

/* An executed stage reads what a forked one has in memory. */
static int hand_on(const struct launch *l, struct stage_args *s, struct err *e)
{
	int fds[LAUNCH_FDS];

	memcpy(fds, l->fds, sizeof(fds));
	if (write_filter(l->stage->filter, &fds[LAUNCH_FILTER], e) < 0 ||
	    (l->write != NULL && l->write(l->write_ctx, fds, e) < 0))
		return -1;
	for (size_t i = 0; i < LAUNCH_FDS; i++) {
		if (fds[i] >= 0 && fd_set_cloexec(fds[i], false) < 0)
			return err_sys(e, "hand on descriptor %d", fds[i]);
		(void)snprintf(s->numbers[i], sizeof(s->numbers[i]), "%d", fds[i]); /* always fits */
	}
	return 0;
}

/* What must happen while our ids are still the host's. */
static void stage_main(const struct launch *l, struct stage_args *s) __attribute__((noreturn));
static void stage_main(const struct launch *l, struct stage_args *s)
{
	char *const env[] = { NULL };
	struct err e;

	err_clear(&e);
	(void)close(
		l->sock); /* the runtime's end: while we hold it, the runtime's death is not the end of the stream */
	/*
	 * The root is entered while our host ids still open its parents; the stage finds it as its current directory. When it cannot
	 * be, that is `/`, and the stage, which opens it again by path, tells why not.
	 */
	if (l->mode == INIT_CREATE && chdir(l->plan->fs.root) < 0 && chdir("/") < 0) {
		(void)err_sys(&e, "go to /"); /* the text is what counts */
		goto fail;
	}
	/* By itself: a lone thread joins without waiting, another's move waits for a grace period. */
	if (l->place != NULL && !l->outside && cg_attach_self(l->place, s->cgroup < 0, &e) < 0)
		goto fail;
	if (s->maps && become_mapped_root(l->fds[LAUNCH_SOCK], &e) < 0)
		goto fail;
	become_stage(l, s);
	if (hand_on(l, s, &e) < 0)
		goto fail;
	(void)sys_execveat(s->self, "", s->argv, env, AT_EMPTY_PATH);
	(void)err_sys(&e, "execute the init stage"); /* the text is what counts */
fail:
	sync_fail(l->fds[LAUNCH_SOCK], &e);
	_exit(1);
}

/* exec: processes of the container may have moved on, as with a manager of services inside; once. */
static bool go_to_init(struct launch *l, struct stage_args *s)
{
	int fd = l->init > 0 ? cg_open_unified_of(l->place, l->init) : -1;

	l->init = 0;
	if (fd < 0)
		return false;
	fd_drop(&s->cgroup);
	s->cgroup = fd;
	return true;
}

static int needs_user(struct err *e)
{
	const char *why = geteuid() != 0 ? "who is not root needs a user namespace among them"
	                                 : "CAP_SYS_ADMIN is missing, or a filter forbids it";

	(void)err_num(e, EPERM, "make new namespaces: %s", why); /* -1 is what is returned */
	return err_at(e, "/linux/namespaces");
}

static int clone_stage(struct launch *l, struct stage_args *s, struct err *e)
{
	struct clone_args args = { .flags = (uint64_t)clone_flags(l) | CLONE_PIDFD, .exit_signal = SIGCHLD };
	pid_t pid;

	args.pidfd = (uint64_t)(uintptr_t)&l->pidfd;
	if (s->cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)s->cgroup;
	}
	pid = sys_clone3(&args);
	if (pid < 0 && errno == EBUSY && go_to_init(l, s))
		return clone_stage(l, s, e);
	if (pid < 0 && s->cgroup >= 0 && (errno == E2BIG || errno == EINVAL || errno == EBUSY || errno == EOPNOTSUPP)) {
		/* before 5.7, or a group whose processes have moved to sub-groups: it joins as the others */
		fd_drop(&s->cgroup);
		return clone_stage(l, s, e);
	}
	if (pid < 0 && s->cgroup >= 0 && errno == EACCES && l->movable) {
		/* it takes the right to write to the group that is above both, as between a session and one's own manager */
		l->outside = true;
		fd_drop(&s->cgroup);
		return clone_stage(l, s, e);
	}
	if (pid == 0)
		stage_main(l, s);
	if (pid < 0 && errno == EPERM && args.flags > CLONE_PIDFD && (args.flags & CLONE_NEWUSER) == 0)
		return needs_user(e);
	if (pid < 0)
		return err_sys(e, "make the container's process (clone3 0x%llx)", (unsigned long long)args.flags);
	l->pid = pid;
	log_debug("nsexec container setup: clone3 flags 0x%llx, process %d", (unsigned long long)args.flags, pid);
	return 0;
}

/* A child has its parent's CPUs from its birth on, and may be born in its groups: so it is we who go there for a moment. */
static int clone_on_cpus(struct launch *l, struct stage_args *s, struct err *e)
{
	struct affinity ours;
	struct err back;
	int r;

	if (l->cpus == NULL)
		return clone_stage(l, s, e);
	if (affinity_get(&ours, e) < 0 || affinity_set(l->cpus, e) < 0)
		return err_in(e, "execCPUAffinity/initial");
	log_debug("nsexec: affinity: %#lx", l->cpus->set[0]);
	r = clone_stage(l, s, e);
	if (affinity_set(&ours, &back) == 0 || r < 0)
		return r;
	*e = back;
	return -1;
}

int launch_stage(struct launch *l, struct err *e)
{
	auto_fd int theirs = -1;
	struct visit visit = { .n = 0 };
	struct stage_args s;
	struct err back;
	int pair[2], r;

	l->self = reexec_open(e);
	if (l->self < 0 || sync_pair(pair, e) < 0)
		return -1;
	l->sock = pair[0];
	theirs = pair[1];
	l->fds[LAUNCH_SOCK] = theirs;
	stage_args(l, &s);
	s.self = l->self;
	s.in_place = !s.maps && reexec_prepare() == 0;
	s.cgroup = l->place != NULL ? cg_open_unified(l->place) : -1;
	if (s.cgroup < 0 && l->init > 0)
		(void)go_to_init(l, &s); /* its own group is gone; without that the stage tells */
	r = visit_begin(l, &visit, e);
	if (r == 0)
		r = clone_on_cpus(l, &s, e);
	l->fds[LAUNCH_SOCK] = -1;
	fd_drop(&s.cgroup);
	if (visit_end(&visit, &back) < 0 && r == 0) {
		*e = back;
		r = -1;
	}
	return r;
}

/* Both ends of a life: 1 there is something to read, 0 the stage has died and left nothing, -1 *e filled. */
static int await_word(const struct launch *l, struct err *e)
{
	struct pollfd p[2] = { { .fd = l->sock, .events = POLLIN }, { .fd = l->pidfd, .events = POLLIN } };
	int r;

	do
		r = poll(p, 2, -1);
	while (r < 0 && errno == EINTR);
	if (r > 0 && p[0].revents == 0) /* its last words may have come between the two looks */
		return poll(p, 1, 0) > 0 ? 1 : 0;
	return r < 0 ? err_sys(e, "wait for the init stage") : 1;
}

int launch_recv(struct launch *l, struct sync_msg *m, struct err *e)
{
	int r;

	fd_drop(&l->self); /* the end of a mount: the kernel waits for a grace period */
	r = await_word(l, e);
	if (r > 0)
		r = sync_recv(l->sock, m, e);
	if (r > 0 && m->type == SYNC_CREATED)
		log_debug("child process in init(): all is made, it waits");
	return r == 0 ? launch_died(l, e) : r;
}

static int write_map(pid_t pid, enum idmap_kind kind, const struct plan_id_map *map, struct err *e)
{
	return idmap_write(pid, kind, map->rows, map->n, e);
}

int launch_maps(struct launch *l, struct err *e)
{
	if ((clone_flags(l) & CLONE_NEWUSER) == 0)
		return 0;
	if (write_map(l->pid, IDMAP_UID, &l->plan->ns.uid_map, e) < 0)
		return err_at(e, "/linux/uidMappings");
	if (write_map(l->pid, IDMAP_GID, &l->plan->ns.gid_map, e) < 0)
		return err_at(e, "/linux/gidMappings");
	return sync_post(l->sock, SYNC_MAPPED, NULL, 0, -1, e);
}

int launch_network(struct launch *l, struct err *e)
{
	auto_fd int fd = ns_make_apart(CLONE_NEWNET, e);

	if (fd < 0)
		return e->sys == EPERM && geteuid() != 0 ? needs_user(e) : -1;
	return sync_post(l->sock, SYNC_NETWORK, NULL, 0, fd, e);
}

static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void launch_replace(struct launch *l, pid_t pid, int pidfd)
{
	reap(l->pid); /* it has nothing left to do but to end */
	fd_drop(&l->pidfd);
	l->pid = pid;
	l->pidfd = pidfd;
}

void launch_kill(struct launch *l)
{
	if (l->pid <= 0)
		return;
	(void)kill(l->pid, SIGKILL); /* gone is fine */
	reap(l->pid);
	l->pid = 0;
}

int launch_died(struct launch *l, struct err *e)
{
	int status = 0;

	if (l->pid <= 0)
		return err_set(e, "the init stage is gone");
	(void)kill(l->pid, SIGKILL); /* it may have closed its socket only */
	while (waitpid(l->pid, &status, 0) < 0 && errno == EINTR)
		;
	l->pid = 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && l->place != NULL && cg_oom_kills(l->place) > 0)
		return err_set(e, "the init stage was killed for want of memory (is the memory limit too low?)");
	if (WIFSIGNALED(status))
		return err_set(e, "the init stage was killed by signal %d", WTERMSIG(status));
	return err_set(e, "the init stage ended with exit code %d", WEXITSTATUS(status));
}

void launch_close(struct launch *l)
{
	fd_drop(&l->self);
	fd_drop(&l->pidfd);
	fd_drop(&l->sock);
}
