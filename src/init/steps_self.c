/* SPDX-License-Identifier: Apache-2.0
 *
 * steps_self - the steps that make the init stage into the program: where it is, who it is, what it may do
 */
#include "init/steps_self.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/log.h"
#include "init/init.h"
#include "init/program.h"
#include "init/self.h"
#include "init/steps_fs.h"
#include "init/warn.h"
#include "kernel/affinity.h"
#include "kernel/guard.h"
#include "kernel/keyring.h"
#include "kernel/lsm.h"
#include "kernel/mempolicy.h"
#include "kernel/rootfs.h"
#include "kernel/self.h"
#include "kernel/status.h"
#include "kernel/sys.h"
#include "kernel/sysctl.h"
#include "plan/security.h"

static const struct {
	const char *file, *name;
	int flag;
} named_ns[NAMED_NAMESPACES] = {
	{ "self/ns/net", "network", CLONE_NEWNET },
	{ "self/ns/ipc", "ipc", CLONE_NEWIPC },
	{ "self/ns/uts", "uts", CLONE_NEWUTS },
};

static struct init_self *self_of(struct init_ctx *c, struct err *e)
{
	if (c->self == NULL) {
		c->self = arena_alloc(c->arena, sizeof(*c->self));
		if (c->self == NULL)
			(void)err_memory(e); /* NULL is what is returned */
		else
			*c->self =
				(struct init_self){ .status_fd = -1, .bounding = caps_up_to(c->intent.facts.last_cap) };
	}
	return c->self;
}

const char *init_self_pointer(const struct plan_process *p)
{
	return p->pointer != NULL ? p->pointer : "";
}

/* ---- before anything is done ---- */

static struct ns_id ns_id(int proc_fd, const char *file)
{
	struct ns_id id = { .known = false };
	struct stat st;

	if (fstatat(proc_fd, file, &st, 0) == 0)
		id = (struct ns_id){ .known = true, .dev = st.st_dev, .ino = st.st_ino };
	return id;
}

/*
 * Only where sysctls or names meet a namespace that is joined by path: that path may be the host's. With a new user namespace the
 * parent has joined it for us already, and looked.
 */
static int note_namespaces(struct init_ctx *c, struct init_self *s, struct err *e)
{
	const struct plan *p = c->plan;
	bool writes = p->n_sysctls > 0 || p->hostname != NULL || p->domainname != NULL;

	if (!writes || p->ns.n_join == 0 || (p->ns.make & CLONE_NEWUSER) != 0)
		return 0;
	if (init_fs_proc(c, e) < 0)
		return -1;
	for (size_t i = 0; i < NAMED_NAMESPACES; i++)
		if (plan_ns_joins(&p->ns, named_ns[i].flag))
			s->runtime[i] = ns_id(c->proc_fd, named_ns[i].file);
	return 0;
}

int init_self_check_own(const struct init_ctx *c, int flag, struct err *e)
{
	for (size_t i = 0; i < NAMED_NAMESPACES; i++) {
		const struct ns_id *was = &c->self->runtime[i];
		struct ns_id is;

		if (named_ns[i].flag != flag || !was->known)
			continue;
		is = ns_id(c->proc_fd, named_ns[i].file);
		if (is.known && is.dev == was->dev && is.ino == was->ino)
			return err_kind(e, ERR_CONFIG,
			                "the host would change: the %s namespace that is joined is the runtime's own",
			                named_ns[i].name);
	}
	return 0;
}

int init_self_begin(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	struct init_self *s = self_of(c, e);

	return s == NULL ? -1 : note_namespaces(c, s, e);
}

/*
 * Our control groups narrow it. What the caller of the runtime was bound to is no business of the container's, unless an exec
 * said where it wants to begin (config.md#linux-process, execCPUAffinity: the kernel then decides).
 */
static int place_on_cpus(const struct init_ctx *c, struct err *e)
{
	const struct plan_process *p = c->process;
	bool exec = c->mode == INIT_EXEC && p != NULL;
	struct err ignored;

	if (exec && p->cpus_final != NULL)
		return affinity_set(p->cpus_final, e) < 0 ? err_at(e, "%s/execCPUAffinity/final", init_self_pointer(p))
		                                          : 0;
	if ((!exec || p->cpus_initial == NULL) && affinity_reset(&ignored) < 0)
		log_debug("%s: the caller's stays in force", ignored.text);
	return 0;
}

int init_self_early(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	const struct plan_process *p = c->process;

	if (place_on_cpus(c, e) < 0)
		return -1;
	if (p == NULL || !p->has_oom_score_adj)
		return 0;
	if (init_fs_proc(c, e) < 0)
		return -1;
	if (self_set_oom_score_adj(c->proc_fd, p->oom_score_adj, e) < 0)
		return err_at(e, "%s/oomScoreAdj", init_self_pointer(p));
	return 0;
}

/* With the rights of root, as engines expect. A directory that only the user may enter is left to init_self_cwd. */
int init_self_make_cwd(void *ctx, struct err *e)
{
	const struct init_ctx *c = ctx;
	auto_fd int fd = -1;

	if (c->process == NULL)
		return 0;
	fd = rootfs_open(c->root_fd, c->process->cwd, O_PATH | O_DIRECTORY, 0);
	if (fd >= 0 || errno != ENOENT)
		return 0;
	fd = rootfs_make_dir(c->root_fd, c->process->cwd, e);
	return fd < 0 ? err_at(e, "/process/cwd") : 0;
}

/* ---- in the container's root ---- */

int init_self_sysctls(void *ctx, struct err *e)
{
	const struct init_ctx *c = ctx;

	for (size_t i = 0; i < c->plan->n_sysctls; i++) {
		const struct plan_sysctl *s = &c->plan->sysctls[i];

		if (init_self_check_own(c, s->ns, e) < 0 || sysctl_write(c->proc_fd, s->file, s->value, e) < 0)
			return err_at(e, "%s", s->pointer);
	}
	return 0;
}

int init_self_keyring(void *ctx, struct err *e)
{
	const struct init_ctx *c = ctx;
	const struct plan_process *p = c->process;

	if (p == NULL || !p->keyring)
		return 0;
	if (p->selinux_label != NULL && lsm_selinux_keys(c->proc_fd, p->selinux_label, e) < 0)
		return err_at(e, "%s/selinuxLabel", init_self_pointer(p));
	if (keyring_join(c->intent.id, plan_ns_own(&c->plan->ns, CLONE_NEWUSER), e) < 0)
		return -1;
	return p->selinux_label != NULL ? lsm_selinux_keys(c->proc_fd, NULL, e) : 0;
}

int init_self_home(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	char home[PATH_MAX];

	if (c->process == NULL || c->process->has_home)
		return 0;
	if (program_home(c->root_fd, c->process->uid, home, e) < 0)
		return -1;
	c->self->home = arena_strndup(c->arena, home, strlen(home));
	return c->self->home == NULL ? err_memory(e) : 0;
}

/* The kernel says "(unreachable)..." for a directory outside of our root; libc's getcwd(3) would look for another way. */
static int check_inside(const char *cwd, struct err *e)
{
	char path[PATH_MAX];

	if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
		return err_sys(e, "where is the current directory %s", cwd);
	if (path[0] != '/')
		return err_set(e, "the current directory %s is outside of the container's root", cwd);
	return 0;
}

static int enter_cwd(const struct init_ctx *c)
{
	auto_fd int fd = rootfs_open(c->root_fd, c->process->cwd, O_PATH | O_DIRECTORY, 0);

	return fd < 0 || fchdir(fd) < 0 ? -1 : 0;
}

static int cwd_failed(const struct init_ctx *c, struct err *e)
{
	(void)err_sys(e, "chdir to cwd (\"%s\")", c->process->cwd); /* -1 is what is returned */
	return err_at(e, "%s/cwd", init_self_pointer(c->process));
}

int init_self_cwd(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;

	if (c->process == NULL)
		return 0;
	if (enter_cwd(c) < 0) {
		if (errno != EACCES && errno != EPERM)
			return cwd_failed(c, e);
		return 0; /* root of a user namespace may not: the user perhaps may (init_self_identity) */
	}
	c->self->cwd_entered = true;
	return check_inside(c->process->cwd, e);
}

/* ---- who the program is ---- */

/* What we can give of what is asked for, and a warning about what our caller lacks (config.md#linux-process: it is no failure). */
static void choose_caps(const struct init_ctx *c, const struct caps *have, struct caps *to)
{
	const struct plan_caps *asked = &c->process->caps;
	char text[CAPS_TEXT_MAX];
	uint64_t missing;
	struct err e;

	to->bounding = asked->bounding & have->bounding;
	to->permitted = asked->permitted & have->permitted;
	to->inheritable = asked->inheritable & (have->inheritable | to->bounding);
	to->effective = asked->effective & to->permitted;
	to->ambient = asked->ambient & to->permitted & to->inheritable;
	missing = (asked->bounding & ~to->bounding) | (asked->permitted & ~to->permitted) |
	          (asked->inheritable & ~to->inheritable);
	if (missing == 0)
		return;
	(void)err_set(&e, "ignoring unknown or unavailable capabilities: [%s]",
	              caps_text(missing, text)); /* -1 is no news */
	(void)err_at(&e, "%s/capabilities", init_self_pointer(c->process));
	init_warn(c, &e);
}

static int set_priorities(const struct init_ctx *c, struct err *e)
{
	const struct plan_process *p = c->process;
	const struct plan_scheduler *s = &p->scheduler;
	const struct self_scheduler scheduler = {
		.name = s->name,
		.policy = s->policy,
		.flags = s->flags,
		.nice = s->nice,
		.priority = s->priority,
		.runtime = s->runtime,
		.deadline = s->deadline,
		.period = s->period,
	};
	const char *pointer = init_self_pointer(p);

	if (s->set && self_set_scheduler(&scheduler, e) < 0)
		return err_at(e, "%s/scheduler", pointer);
	if (p->has_io_priority && self_set_io_priority(p->io_class, p->io_priority, e) < 0)
		return err_at(e, "%s/ioPriority", pointer);
	if (c->plan->process.has_personality && self_set_personality(c->plan->process.personality, e) < 0)
		return err_at(e, "/linux/personality");
	if (c->plan->memory_policy != NULL && mempolicy_set(c->plan->memory_policy, e) < 0)
		return err_at(e, "/linux/memoryPolicy");
	return 0;
}

/* Hard limits are raised while we may; all limits are set when nothing of ours needs more any longer (init_self_finish). */
static int raise_limits(const struct plan_process *p, struct err *e)
{
	for (size_t i = 0; i < p->n_rlimits; i++) {
		const struct plan_rlimit *r = &p->rlimits[i];
		struct rlimit now;

		if (prlimit(0, r->resource, NULL, &now) < 0 || now.rlim_max >= r->value.rlim_max)
			continue;
		now.rlim_max = r->value.rlim_max;
		if (self_set_rlimit(r->resource, r->name, &now, e) < 0)
			return err_at(e, "%s", r->pointer);
	}
	return 0;
}

/* A filter is loaded by who has no_new_privs or CAP_SYS_ADMIN; the second is then kept until it is. */
static uint64_t kept_for_filter(const struct init_ctx *c, const struct caps *have)
{
	if (c->filter == NULL || c->process->no_new_privs)
		return 0;
	return CAPS_BIT(CAPS_SYS_ADMIN) & have->permitted;
}

int init_self_shed(struct init_ctx *c, uint64_t more, struct err *e)
{
	/* terminal, working directory, ids, limits, priorities */
	const uint64_t steps = CAPS_BIT(CAPS_CHOWN) | CAPS_BIT(CAPS_DAC_OVERRIDE) | CAPS_BIT(CAPS_FOWNER) |
	                       CAPS_BIT(CAPS_SETGID) | CAPS_BIT(CAPS_SETUID) | CAPS_BIT(CAPS_SETPCAP) |
	                       CAPS_BIT(CAPS_SYS_NICE) | CAPS_BIT(CAPS_SYS_RESOURCE);
	const struct plan_process *p = c->process;
	struct caps have;

	if (p == NULL)
		return 0;
	if (caps_get(&have, e) < 0 || caps_drop_bounding(c->self->bounding & ~p->caps.bounding, e) < 0)
		return -1;
	c->self->bounding &= p->caps.bounding;
	have.permitted &= steps | more | p->caps.permitted | kept_for_filter(c, &have);
	have.effective = have.permitted;
	return caps_set(&have, e);
}

static int become(const struct init_ctx *c, struct init_self *s, struct err *e)
{
	const struct plan_process *p = c->process;

	if (self_give_stdio(p->uid, e) < 0 || caps_drop_bounding(s->bounding & ~s->final.bounding, e) < 0)
		return -1;
	if (p->uid != 0 && caps_keep(true, e) < 0)
		return -1;
	s->wanted.any_groups = p->keep_groups;
	if (!p->keep_groups && self_set_groups(c->proc_fd, p->groups, p->n_groups, &s->wanted.any_groups, e) < 0)
		return err_at(e, "%s/user/additionalGids", init_self_pointer(p));
	if (self_set_ids(p->uid, p->gid, e) < 0)
		return err_at(e, "%s/user", init_self_pointer(p));
	if (caps_set(&s->wanted.caps, e) < 0)
		return -1;
	/* without inheritable ones the kernel has emptied the ambient set already */
	return s->final.inheritable != 0 ? caps_set_ambient(s->final.ambient, e) : 0;
}

/* After the change: a signal at our parent's death is forgotten by the kernel then (prctl(2)), unless we have parted already. */
static int settle(const struct init_ctx *c, struct err *e)
{
	if (c->sock >= 0 && guard_tie(e) < 0)
		return -1;
	if (c->self->cwd_entered)
		return 0;
	return enter_cwd(c) < 0 ? cwd_failed(c, e) : check_inside(c->process->cwd, e);
}

int init_self_identity(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	const struct plan_process *p = c->process;
	struct init_self *s = c->self;
	struct caps have;
	uint64_t kept;

	if (p == NULL)
		return 0;
	s->status_fd = status_open(c->proc_fd, e);
	if (s->status_fd < 0 || caps_get(&have, e) < 0 ||
	    caps_get_bounding(&have, p->caps.bounding | p->caps.inheritable, e) < 0)
		return -1;
	choose_caps(c, &have, &s->final);
	kept = kept_for_filter(c, &have);
	s->wanted = (struct status_wanted){
		.uid = p->uid,
		.gid = p->gid,
		.groups = p->groups,
		.n_groups = p->n_groups,
		.caps = s->final,
		.no_new_privs = p->no_new_privs,
	};
	s->wanted.caps.permitted |= kept;
	s->wanted.caps.effective |= kept;
	(void)umask(p->umask); /* cannot fail */
	if (raise_limits(p, e) < 0 || set_priorities(c, e) < 0 || become(c, s, e) < 0)
		return -1;
	return settle(c, e);
}

void init_self_let_go(struct init_ctx *c)
{
	if (c->self->status_fd >= 0)
		fd_drop(&c->self->status_fd);
}

int init_self_take_back(struct init_ctx *c, struct err *e)
{
	if (c->process == NULL)
		return 0;
	c->self->status_fd = status_open(c->proc_fd, e);
	return c->self->status_fd < 0 ? -1 : 0;
}

int init_find_program(void *ctx, struct err *e)
{
	struct init_ctx *c = ctx;
	char path[PATH_MAX];

	if (c->process == NULL)
		return 0;
	if (program_find(c->process->argv[0], c->process->path_env, path, e) < 0)
		return err_at(e, "%s/args/0", init_self_pointer(c->process));
	c->program = arena_strndup(c->arena, path, strlen(path));
	return c->program == NULL ? err_memory(e) : 0;
}
