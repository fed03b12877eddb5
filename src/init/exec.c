/* SPDX-License-Identifier: Apache-2.0
 *
 * exec - the last moments of the init stage: labels, the comparison, the filter, execve(2)
 */
#include "init/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "init/init.h"
#include "init/program.h"
#include "init/self.h"
#include "init/sync.h"
#include "kernel/gate.h"
#include "kernel/landlock.h"
#include "kernel/lsm.h"
#include "kernel/seccomp.h"
#include "kernel/self.h"
#include "kernel/status.h"
#include "plan/annotations.h"

/* By the rules of config.json; before it is time, only whether that can be done. */
static int confine_files(const struct init_ctx *c, bool now, struct err *e)
{
	const char *rules = c->plan->asked.landlock;
	auto_fd int set = -1;

	if (rules == NULL)
		return 0;
	set = landlock_make(rules, e);
	if (set < 0 || (now && landlock_enforce(set, e) < 0))
		return err_at(e, "/annotations/" ANNOTATION_LANDLOCK);
	return 0;
}

int init_self_labels(void *ctx, struct err *e)
{
	const struct init_ctx *c = ctx;
	const struct plan_process *p = c->process;

	if (p == NULL)
		return 0;
	if (p->apparmor_profile != NULL && lsm_apparmor_exec(c->proc_fd, p->apparmor_profile, e) < 0)
		return err_at(e, "%s/apparmorProfile", init_self_pointer(p));
	if (p->selinux_label != NULL && lsm_selinux_exec(c->proc_fd, p->selinux_label, e) < 0)
		return err_at(e, "%s/selinuxLabel", init_self_pointer(p));
	return confine_files(c, false, e);
}

/* The signals belong here since it is the same reading that tells which of them the caller had ignored. */
static int compare(const struct init_self *s, struct err *e)
{
	auto_status struct status is = { 0 };

	if (status_read(s->status_fd, &is, e) < 0)
		return -1;
	self_reset_signals(is.ignored);
	return status_check(&is, &s->wanted, e);
}

/*
 * Keeps the preserved descriptors and start_conn, which tells of a failure, and closes all others: execve(2) closes them too, but
 * only after it has gone along a path that may lead through /proc/self/fd. Ours among the preserved numbers are close-on-exec.
 */
static int close_ours(struct init_ctx *c, struct err *e)
{
	int keep = 3 + (int)(c->intent.preserve_fds + c->intent.listen_fds);

	log_use(&(struct log_sink){ .fd = -1 });
	if (c->start_conn >= 0 && c->start_conn != keep) {
		if (dup3(c->start_conn, keep, O_CLOEXEC) < 0)
			return err_sys(e, "move the connection to the runtime to descriptor %d", keep);
		c->start_conn = keep;
	}
	for (int fd = 3; fd < keep; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && (flags & FD_CLOEXEC) != 0)
			(void)close(fd); /* gone in any case */
	}
	if (fd_close_from(c->start_conn >= 0 ? keep + 1 : keep) < 0)
		return err_sys(e, "close the runtime's descriptors");
	c->sock = c->start_sock = c->log_fd = c->pidfd = c->root_fd = c->proc_fd = c->offsets_fd = -1;
	c->self->status_fd = -1;
	return 0;
}

static int set_limits(const struct plan_process *p, struct err *e)
{
	for (size_t i = 0; i < p->n_rlimits; i++)
		if (self_set_rlimit(p->rlimits[i].resource, p->rlimits[i].name, &p->rlimits[i].value, e) < 0)
			return err_at(e, "%s", p->rlimits[i].pointer);
	return 0;
}

/* "NAME=value" in the arena. */
static const char *word(struct arena *a, const char *name, const char *value)
{
	size_t n = strlen(name), v = strlen(value);
	char *text = arena_alloc(a, n + v + 2);

	if (text == NULL)
		return NULL;
	memcpy(text, name, n);
	text[n] = '=';
	memcpy(text + n + 1, value, v);
	return text;
}

static bool has_word(const struct plan_process *p, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < p->n_envp; i++)
		if (strncmp(p->envp[i], name, len) == 0 && p->envp[i][len] == '=')
			return true;
	return false;
}

/* The plan's words, HOME when they have none, and who the passed sockets are for (sd_listen_fds(3)). */
static const char **environment(const struct init_ctx *c)
{
	const struct plan_process *p = c->process;
	const char **env = arena_alloc(c->arena, (p->n_envp + 3) * sizeof(*env));
	const char *home = c->self->home;
	char pid[16];
	size_t n = 0;

	if (env == NULL)
		return NULL;
	for (size_t i = 0; i < p->n_envp; i++)
		env[n++] = p->envp[i];
	if (home != NULL && (env[n++] = word(c->arena, "HOME", home)) == NULL)
		return NULL;
	(void)snprintf(pid, sizeof(pid), "%d", getpid()); /* always fits */
	if (has_word(p, "LISTEN_FDS") && !has_word(p, "LISTEN_PID") &&
	    (env[n++] = word(c->arena, "LISTEN_PID", pid)) == NULL)
		return NULL;
	return env;
}

int init_self_environment(struct init_ctx *c, struct err *e)
{
	c->self->env = environment(c);
	return c->self->env == NULL ? err_memory(e) : 0;
}

/* Before our descriptors are closed: whoever lets us run fetches the listener of the filter and gives it to an agent. */
static int offer_listener(const struct init_ctx *c, struct err *e)
{
	auto_fd int fd = -1;

	if (c->filter == NULL || !c->filter->listener)
		return 0;
	if (gate_make(&c->self->gate, &fd, e) < 0)
		return -1;
	return sync_send(c->start_conn, SYNC_SECCOMP, NULL, 0, fd, e);
}

/*
 * From the filter on as few system calls as can be: it may know none of them. With a listener none at all until the agent has it:
 * nobody would answer.
 */
static int load_filter(const struct init_ctx *c, struct err *e)
{
	struct init_self *s = c->self;
	int listener;

	if (c->filter == NULL)
		return 0;
	if (seccomp_program_load(c->filter, &listener, e) < 0)
		return err_at(e, "/linux/seccomp");
	if (listener >= 0) {
		gate_show(&s->gate, listener);
		if (!gate_wait(&s->gate))
			__builtin_trap(); /* the runtime was killed; there may be no other way to end */
	}
	if (s->wanted.caps.permitted == s->final.permitted && s->wanted.caps.effective == s->final.effective)
		return 0;
	return caps_set(&s->final, e);
}

int init_self_confine(void *ctx, struct err *e)
{
	const struct init_ctx *c = ctx;
	int none;

	if (c->process == NULL || c->filter == NULL || c->filter->listener)
		return 0;
	if (c->process->no_new_privs && self_set_no_new_privs(e) < 0)
		return -1;
	return seccomp_program_load(c->filter, &none, e) < 0 ? err_at(e, "/linux/seccomp") : 0;
}

int init_self_finish(struct init_ctx *c, struct err *e)
{
	if (init_self_environment(c, e) < 0)
		return -1;
	if (c->process->no_new_privs && self_set_no_new_privs(e) < 0)
		return -1;
	if (offer_listener(c, e) < 0 || compare(c->self, e) < 0 || close_ours(c, e) < 0 ||
	    confine_files(c, true, e) < 0 || set_limits(c->process, e) < 0)
		return -1;
	return load_filter(c, e);
}

int init_self_exec(struct init_ctx *c, struct err *e)
{
	char *const *argv = (char *const *)c->process->argv;

	(void)execve(c->program, argv, (char *const *)c->self->env); /* returns only when it failed */
	(void)program_failed(argv[0], errno, e);
	return err_at(e, "%s/args/0", init_self_pointer(c->process));
}
