/* SPDX-License-Identifier: Apache-2.0
 *
 * steps_ns - the steps that make and join namespaces and set what belongs to them
 */
#include "init/steps_ns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/libc.h"
#include "init/init.h"
#include "init/steps_self.h"
#include "init/sync.h"
#include "kernel/caps.h"
#include "kernel/guard.h"
#include "kernel/heir.h"
#include "kernel/idmap.h"
#include "kernel/net.h"
#include "kernel/ns.h"
#include "kernel/root.h"
#include "kernel/sys.h"

static int wait_go(struct init_ctx *c, struct err *e)
{
	struct sync_msg m;
	int r = sync_recv(c->sock, &m, e);

	if (r <= 0)
		return r < 0 ? -1 : err_set(e, "the runtime ended");
	fd_drop(&m.fd);
	if (m.type != SYNC_GO || m.len != sizeof(m.payload.go))
		return err_set(e, "received %s, expected GO", sync_name(m.type));
	c->host_pid = m.payload.go.pid;
	return 0;
}

static bool is_net_apart(const struct init_ctx *c)
{
	return c->mode == INIT_CREATE && c->plan->ns.net_apart;
}

int init_wait_go(void *ctx, struct err *e)
{
	return is_net_apart(ctx) ? 0 : wait_go(ctx, e);
}

int init_wait_go_late(void *ctx, struct err *e)
{
	return is_net_apart(ctx) ? wait_go(ctx, e) : 0;
}

int init_join_network(void *ctx, struct err *e)
{
	const struct init_ctx *c = ctx;
	auto_fd int fd = -1;

	if (!is_net_apart(c))
		return 0;
	if (sync_expect(c->sock, SYNC_NETWORK, &fd, e) < 0)
		return -1;
	return ns_join(fd, CLONE_NEWNET, e);
}

/* With a new user namespace the parent has joined them for us: we would have no right to. */
static bool parent_joined(const struct init_ctx *c)
{
	return (c->plan->ns.make & CLONE_NEWUSER) != 0;
}

/* In a joined user namespace we are nobody until we become its root. */
static int become_root(struct err *e)
{
	if (sys_setresgid(0, 0, 0) < 0 || sys_setresuid(0, 0, 0) < 0)
		return err_sys(e, "become root of the user namespace (is id 0 mapped?)");
	return 0;
}

/* config.json may have the maps beside the path, so that they can be told: then they must be those. */
static int check_maps(const struct init_ctx *c, struct err *e)
{
	const struct plan_namespaces *ns = &c->plan->ns;

	if (ns->uid_map.n > 0 && idmap_check(IDMAP_UID, ns->uid_map.rows, ns->uid_map.n, e) < 0)
		return err_at(e, "/linux/uidMappings");
	if (ns->gid_map.n > 0 && idmap_check(IDMAP_GID, ns->gid_map.rows, ns->gid_map.n, e) < 0)
		return err_at(e, "/linux/gidMappings");
	return 0;
}

static int join_user(const struct init_ctx *c, int fd, struct err *e)
{
	bool child = ns_is_child(fd); /* of another's child we see other ids than those that were written */

	if (ns_is_own(fd, CLONE_NEWUSER))
		return err_kind(e, ERR_CONFIG,
		                "it is the user namespace that we are in: without an entry it is the container's, too");
	if (ns_join(fd, CLONE_NEWUSER, e) < 0 || become_root(e) < 0)
		return -1;
	return child ? check_maps(c, e) : 0;
}

static int join_one(const struct init_ctx *c, const struct plan_join *join, int fd, struct err *e)
{
	if ((join->flag == CLONE_NEWUSER ? join_user(c, fd, e) : ns_join(fd, join->flag, e)) == 0)
		return 0;
	(void)err_at(e, "%s", join->pointer); /* -1 is what is returned */
	return err_in(e, "%s", join->path);
}

/* One round over all kinds in their order; what is joined is closed. `first`: the round before the user namespace is joined. */
static int join_round(const struct init_ctx *c, int *fds, bool first, struct err *e)
{
	const struct plan_namespaces *ns = &c->plan->ns;

	for (size_t k = 0; k < NS_KINDS; k++)
		for (size_t i = 0; i < ns->n_join; i++) {
			int flag = ns->join[i].flag;

			if (flag != ns_kinds[k].flag || fds[i] < 0 ||
			    (first && (flag == CLONE_NEWUSER || flag == CLONE_NEWNS)))
				continue;
			if (join_one(c, &ns->join[i], fds[i], e) == 0)
				fd_drop(&fds[i]);
			else if (!first || e->sys != EPERM)
				return -1;
		}
	return 0;
}

static int keep_offsets(struct init_ctx *c, struct err *e)
{
	const struct plan_namespaces *ns = &c->plan->ns;

	if ((ns->make & CLONE_NEWTIME) == 0 || !(ns->monotonic.set || ns->boottime.set))
		return 0;
	c->offsets_fd = ns_open_offsets(e);
	return c->offsets_fd < 0 ? -1 : 0;
}

static void drop_all(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fd_drop(&fds[i]);
}

/*
 * All are opened before the first is entered: afterwards their paths may lead elsewhere. Where a user namespace is among them, who
 * owns the others is not known: first with the rights of the runtime, then with those that the user namespace gives.
 */
int init_join(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	const struct plan_namespaces *ns = &c->plan->ns;
	int fds[array_len(ns->join)], r = 0;

	if (parent_joined(c))
		return 0;
	for (size_t i = 0; i < ns->n_join; i++) {
		fds[i] = ns_open(ns->join[i].path, ns->join[i].flag, e);
		if (fds[i] < 0) {
			drop_all(fds, i);
			return err_at(e, "%s", ns->join[i].pointer);
		}
	}
	if (plan_ns_joins(ns, CLONE_NEWUSER))
		r = keep_offsets(c, e) < 0 ? -1 : join_round(c, fds, true, e);
	if (r == 0)
		r = join_round(c, fds, false, e);
	drop_all(fds, ns->n_join);
	return r;
}

int init_unshare(void *ctx, struct err *e)
{
	const struct init_ctx *c = ctx;
	const struct plan_namespaces *ns = &c->plan->ns;
	int late = ns->make & CLONE_NEWCGROUP;

	/* clone3 made the others unless a user namespace had to be joined first */
	if (plan_ns_joins(ns, CLONE_NEWUSER))
		late = ns->make & ~(CLONE_NEWPID | CLONE_NEWTIME | CLONE_NEWUSER);
	return ns_make(late, e);
}

int init_clocks(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	const struct plan_namespaces *ns = &c->plan->ns;
	struct ns_clock clocks[2];
	size_t n = 0;

	if ((ns->make & CLONE_NEWTIME) == 0)
		return 0;
	if (ns->monotonic.set)
		clocks[n++] = (struct ns_clock){ "monotonic", ns->monotonic.secs, ns->monotonic.nanosecs };
	if (ns->boottime.set)
		clocks[n++] = (struct ns_clock){ "boottime", ns->boottime.secs, ns->boottime.nanosecs };
	if (ns_make_time(clocks, n, c->offsets_fd, e) < 0)
		return n > 0 ? err_at(e, "/linux/timeOffsets") : -1;
	fd_drop(&c->offsets_fd);
	return 0;
}

/* pid_namespaces(7): ENOMEM is also what the kernel says where the first process has ended. */
static int refuse_fork(const struct plan_namespaces *ns, struct err *e)
{
	(void)err_sys(e, "fork into the pid namespace"); /* -1 is what is returned */
	for (size_t i = 0; e->sys == ENOMEM && i < ns->n_join; i++)
		if (ns->join[i].flag == CLONE_NEWPID) {
			(void)err_num(e, ENOMEM,
			              "%s: nothing can be started in it any more (has its first process ended?)",
			              ns->join[i].path);
			return err_at(e, "%s", ns->join[i].pointer);
		}
	return -1;
}

static int begin_inside(struct init_ctx *c, struct err *e)
{
	if (guard_tie(e) < 0)
		return -1;
	return wait_go(c, e); /* it knows our pid */
}

/*
 * The child is our parent's child (CLONE_PARENT), born in the pid namespace; what we know of it, our parent gets with FORKED. We
 * must not be seen from inside before this: that is why the stage was executed outside.
 */
static int fork_into(struct init_ctx *c, int flags, struct err *e)
{
	auto_fd int pidfd = -1;
	struct clone_args args = { .flags = (uint64_t)flags | CLONE_PARENT | CLONE_PIDFD };
	int32_t pid;

	args.pidfd = (uint64_t)(uintptr_t)&pidfd;
	pid = sys_clone3(&args);
	if (pid < 0)
		return refuse_fork(&c->plan->ns, e);
	if (pid == 0) {
		(void)steal_fd(&pidfd); /* the parent's number, not ours */
		return begin_inside(c, e);
	}
	if (sync_send(c->sock, SYNC_FORKED, &pid, sizeof(pid), pidfd, e) < 0)
		_exit(1);
	_exit(0);
}

int init_fork(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;

	if (!c->plan->ns.fork_in_init)
		return 0;
	return fork_into(c, c->plan->ns.make & CLONE_NEWPID, e);
}

struct bequest {
	struct heir heir;
	int sock;
	struct err e;
};

static void tell_forked(struct heir *h, pid_t child)
{
	struct bequest *b = h->ctx;
	const int32_t pid = child;

	_exit(sync_send(b->sock, SYNC_FORKED, &pid, sizeof(pid), h->pidfd, &b->e) < 0);
}

/*
 * The same in our memory, without a copy of it. GO comes when the runtime has reaped the parent: the memory is the child's alone from
 * then on, and what it was left lives until execve(2).
 */
static int fork_as_heir(struct init_ctx *c, struct err *e)
{
	struct bequest *b = malloc(sizeof(*b));

	if (b == NULL)
		return fork_into(c, 0, e);
	b->sock = c->sock;
	b->heir.last = tell_forked;
	b->heir.ctx = b;
	if (heir_make(&b->heir, CLONE_PARENT | CLONE_PIDFD) == 0)
		return begin_inside(c, e);
	free(b);
	return fork_into(c, 0, e); /* or its error */
}

/* The namespaces of the container that are not the runtime's, made or joined. */
static int namespaces_of(const struct init_ctx *c)
{
	const struct plan_namespaces *ns = &c->plan->ns;
	int flags = ns->make;

	for (size_t i = 0; i < ns->n_join; i++)
		flags |= ns->join[i].flag;
	if (c->intent.restored)
		flags |= CLONE_NEWTIME; /* it is criu's: a process outside of it could not be checkpointed once more */
	return flags;
}

int init_join_container(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	int flags = namespaces_of(c);

	if (flags != 0 && ns_join_all(c->pidfd, flags, e) < 0)
		return -1;
	if ((flags & CLONE_NEWUSER) != 0 && become_root(e) < 0)
		return -1;
	fd_drop(&c->pidfd);
	return 0;
}

/* Without a procfs in the container we have to make one of its pid namespace, when we are in it. */
int init_join_pids(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	const uint64_t more = c->proc_fd < 0 ? CAPS_BIT(CAPS_SYS_ADMIN) : 0;
	int flags = namespaces_of(c);

	if ((flags & CLONE_NEWPID) != 0 && (flags & CLONE_NEWUSER) == 0 && init_self_shed(c, more, e) < 0)
		return -1;
	if ((flags & CLONE_NEWPID) != 0 && fork_as_heir(c, e) < 0)
		return -1;
	if (c->proc_fd < 0)
		c->proc_fd = root_procfs_made(); /* -1: who needs it tells */
	return 0;
}

int init_join_user(void *ctx, struct err *e)
{
	const struct init_ctx *c = ctx;

	if (!plan_ns_own(&c->plan->ns, CLONE_NEWUSER))
		return 0;
	return ns_join_all(c->pidfd, CLONE_NEWUSER, e) < 0 ? -1 : become_root(e);
}

int init_copy_mounts(void *ctx, struct err *e)
{
	const struct init_ctx *c = ctx;

	return plan_ns_own(&c->plan->ns, CLONE_NEWUSER) ? ns_make(CLONE_NEWNS, e) : 0;
}

int init_join_mounts(void *ctx, struct err *e)
{
	const struct init_ctx *c = ctx;

	return ns_join_all(c->pidfd, CLONE_NEWNS, e);
}

int init_net_devices(void *ctx, struct err *e)
{
	const struct init_ctx *c = ctx;

	if (c->plan->n_netdevs == 0)
		return 0;
	if (sync_send(c->sock, SYNC_NETDEVS, NULL, 0, -1, e) < 0)
		return -1;
	return sync_expect(c->sock, SYNC_MOVED, NULL, e);
}

int init_loopback(void *ctx, struct err *e)
{
	const struct init_ctx *c = ctx;

	return c->plan->ns.lo_up ? net_loopback_up(e) : 0;
}

int init_names(void *ctx, struct err *e)
{
	const struct init_ctx *c = ctx;
	const char *host = c->plan->hostname, *domain = c->plan->domainname;

	if ((host != NULL || domain != NULL) && init_self_check_own(c, CLONE_NEWUTS, e) < 0)
		return err_at(e, host != NULL ? "/hostname" : "/domainname");
	if (host != NULL && sethostname(host, strlen(host)) < 0) {
		(void)err_sys(e, "set the hostname \"%s\"", host); /* -1 is what is returned */
		return err_at(e, "/hostname");
	}
	if (domain != NULL && setdomainname(domain, strlen(domain)) < 0) {
		(void)err_sys(e, "set the domainname \"%s\"", domain); /* -1 is what is returned */
		return err_at(e, "/domainname");
	}
	return 0;
}
