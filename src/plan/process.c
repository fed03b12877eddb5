/* SPDX-License-Identifier: Apache-2.0
 *
 * process - the program: its words, its place, its user and rights, its limits and priorities
 *
 * config.md#process, #linux-process, #user; config-linux.md#personality. The same for config.json's process and an exec's own.
 */
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>

#include "base/words.h"
#include "kernel/caps.h"
#include "kernel/sys.h"
#include "plan/annotations.h"
#include "plan/env.h"
#include "plan/placement.h"
#include "plan/plan.h"
#include "plan/pointer.h"

/* execvp(3) looks here when there is no PATH. */
static const char default_path[] = "/bin:/usr/bin";

/* One compilation: what all parts need. */
struct job {
	const struct oci_process *in;
	const struct intent *intent;
	const char *pointer; /* of the process object */
	struct arena *a;
	struct plan_process *out;
};

/* A mistake at the pointer of the process object and what follows it. */
#define refuse(j, e, at, ...) (err_kind(e, ERR_CONFIG, __VA_ARGS__), err_at(e, "%s" at, (j)->pointer))
#define refuse_host(j, e, at, ...) (err_kind(e, ERR_HOST, __VA_ARGS__), err_at(e, "%s" at, (j)->pointer))
#define refuse_item(j, e, at, i, ...) (err_kind(e, ERR_CONFIG, __VA_ARGS__), err_at(e, "%s" at "/%zu", (j)->pointer, i))

static int plan_words(const struct job *j, struct err *e)
{
	const struct vec_str *args = &j->in->args;
	const char **argv;

	if (args->n == 0)
		return refuse(j, e, "/args", "args must not be empty");
	argv = arena_alloc(j->a, (args->n + 1) * sizeof(*argv));
	if (argv == NULL)
		return err_memory(e);
	for (size_t i = 0; i < args->n; i++)
		argv[i] = args->items[i];
	j->out->argv = argv;
	j->out->n_argv = args->n;
	return 0;
}

/* Sockets are handed to the container of a create only; there it is told how many (sd_listen_fds(3), LISTEN_PID: init). */
static int add_listen_fds(const struct job *j, struct env *env, struct err *e)
{
	char word[32];
	const char *kept;
	int n;

	if (j->intent->listen_fds == 0 || j->pointer[0] == '\0')
		return 0;
	n = snprintf(word, sizeof(word), "LISTEN_FDS=%u", j->intent->listen_fds);
	kept = arena_strndup(j->a, word, (size_t)n);
	if (kept == NULL)
		return err_memory(e);
	env_add(env, kept);
	return 0;
}

/* As for sockets; whatever config.json says, it is our caller that waits for READY=1. */
static void set_notify_socket(const struct job *j, struct env *env)
{
	if (j->intent->notify_dir != NULL && j->pointer[0] != '\0')
		env_set(env, "NOTIFY_SOCKET=" PLAN_NOTIFY_DIR "/" PLAN_NOTIFY_NAME);
}

static int plan_env(const struct job *j, struct err *e)
{
	char at[ERR_POINTER_MAX];
	struct env env;

	(void)snprintf(at, sizeof(at), "%s/env", j->pointer); /* the pointer is "/process" or "" */
	if (env_build(&j->in->env, at, j->a, &env, e) < 0 || add_listen_fds(j, &env, e) < 0)
		return -1;
	set_notify_socket(j, &env);
	j->out->envp = env.words;
	j->out->n_envp = env.n;
	j->out->has_home = env.home != NULL;
	j->out->path_env = env.path != NULL ? env.path : default_path;
	return 0;
}

static int plan_cwd(const struct job *j, struct err *e)
{
	if (j->in->cwd[0] != '/')
		return refuse(j, e, "/cwd", "cwd must be an absolute path, \"%s\" is not", j->in->cwd);
	j->out->cwd = j->in->cwd;
	return 0;
}

static int plan_terminal(const struct job *j, struct err *e)
{
	const struct oci_console_size *size = j->in->console_size;

	j->out->terminal = j->in->terminal.v;
	if (!j->out->terminal || size == NULL)
		return 0;
	if (size->height > UINT16_MAX || size->width > UINT16_MAX)
		return refuse(j, e, "/consoleSize", "a terminal of more than %d rows or columns", UINT16_MAX);
	j->out->rows = (uint16_t)size->height;
	j->out->cols = (uint16_t)size->width;
	return 0;
}

/* (uid_t)-1 is no id: setresuid(2) takes it for "leave it", which would be root. */
static int plan_user(const struct job *j, struct err *e)
{
	static const struct oci_user root;
	const struct oci_user *u = j->in->user != NULL ? j->in->user : &root;

	if (u->uid.v == UINT32_MAX)
		return refuse(j, e, "/user/uid", "4294967295 is no user id");
	if (u->gid.v == UINT32_MAX)
		return refuse(j, e, "/user/gid", "4294967295 is no group id");
	for (size_t i = 0; i < u->additional_gids.n; i++)
		if (u->additional_gids.items[i] == UINT32_MAX)
			return refuse_item(j, e, "/user/additionalGids", i, "4294967295 is no group id");
	if (u->umask.v > 0777)
		return refuse(j, e, "/user/umask", "umask %u is above 511 (octal 777)", u->umask.v);
	j->out->uid = u->uid.v;
	j->out->gid = u->gid.v;
	j->out->groups = u->additional_gids.items;
	j->out->n_groups = u->additional_gids.n;
	j->out->keep_groups = annotations_keep_groups(&j->intent->annotations);
	j->out->umask = u->umask.set ? (mode_t)u->umask.v : 0022;
	return 0;
}

/* --- capabilities ---------------------------------------------------------------------------------------------------- */

/* What has the form of a name may be a capability of a kernel to come (config.md#linux-process: a warning, no failure). */
static bool may_be_cap(const char *name)
{
	size_t len = strlen(name);

	return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == len && len > 4 && caps_nearest(name) == NULL;
}

#define LEFT_OUT "ignoring unknown or unavailable capabilities: "
#define CANNOT "can't raise "

/* Once, at the first set that has the name. */
static int warn_unknown(const struct job *j, const char *set, size_t i, const char *name, struct err *e)
{
	struct plan_warnings *w = &j->out->warnings;
	const char *text = plan_string(j->a, e, LEFT_OUT "[%s]", name), *at;

	if (text == NULL)
		return -1;
	for (size_t k = 0; k < w->n; k++)
		if (strcmp(w->item[k].text, text) == 0)
			return 0;
	at = plan_string(j->a, e, "%s/capabilities/%s/%zu", j->pointer, set, i);
	if (plan_warn(w, j->a, at, text, e) < 0)
		return -1;
	w->item[w->n - 1].id = FINDING_IS_UNKNOWN_CAPABILITY;
	return 0;
}

static int unknown_cap(const struct job *j, const char *set, size_t i, const char *name, struct err *e)
{
	if (may_be_cap(name))
		return warn_unknown(j, set, i, name, e);
	(void)err_kind(e, ERR_CONFIG, "\"%s\" is no capability", name);
	(void)word_hint(e, caps_nearest(name)); /* -1 is what is returned */
	return err_at(e, "%s/capabilities/%s/%zu", j->pointer, set, i);
}

static int read_set(const struct job *j, const char *name, const struct vec_str *from, uint64_t *to, struct err *e)
{
	for (size_t i = 0; i < from->n; i++) {
		int number = caps_number(from->items[i]);

		if (number >= 0)
			*to |= CAPS_BIT(number);
		else if (unknown_cap(j, name, i, from->items[i], e) < 0)
			return -1;
	}
	return 0;
}

static int warn_caps(const struct job *j, const char *set, const char *before, uint64_t caps, const char *after,
                     struct err *e)
{
	const char *at = caps == 0 ? NULL : plan_string(j->a, e, "%s/capabilities%s", j->pointer, set);
	char names[CAPS_TEXT_MAX];

	if (caps == 0)
		return 0;
	return plan_warn(&j->out->warnings, j->a, at,
	                 plan_string(j->a, e, "%s%s%s", before, caps_text(caps, names), after), e);
}

/*
 * What this kernel does not have, or what capset(2) and prctl(2) would refuse in these sets, is left out: the specification wants
 * a warning for it and no failure.
 */
static int leave_out(const struct job *j, struct plan_caps *c, uint64_t known, struct err *e)
{
	uint64_t all = c->bounding | c->effective | c->inheritable | c->permitted | c->ambient;
	uint64_t effective = c->effective, ambient = c->ambient;

	c->bounding &= known;
	c->permitted &= known;
	c->inheritable &= known;
	c->effective &= c->permitted;
	c->ambient &= c->permitted & c->inheritable;
	if (warn_caps(j, "", LEFT_OUT "[", all & ~known, "]", e) < 0 ||
	    warn_caps(j, "/effective", CANNOT "effective capability ", effective & known & ~c->effective,
	              ": not permitted", e) < 0)
		return -1;
	return warn_caps(j, "/ambient", CANNOT "ambient capability ", ambient & known & ~c->ambient,
	                 ": not both permitted and inheritable", e);
}

static int plan_caps(const struct job *j, struct err *e)
{
	const struct oci_capabilities *in = j->in->capabilities;
	struct plan_caps *c = &j->out->caps;

	if (in == NULL)
		return 0;
	c->set = true;
	if (read_set(j, "bounding", &in->bounding, &c->bounding, e) < 0 ||
	    read_set(j, "effective", &in->effective, &c->effective, e) < 0 ||
	    read_set(j, "inheritable", &in->inheritable, &c->inheritable, e) < 0 ||
	    read_set(j, "permitted", &in->permitted, &c->permitted, e) < 0 ||
	    read_set(j, "ambient", &in->ambient, &c->ambient, e) < 0)
		return -1;
	return leave_out(j, c, caps_up_to(j->intent->facts.last_cap), e);
}

/* --- limits and priorities ------------------------------------------------------------------------------------------- */

static const int resource_of[] = {
	[OCI_RLIMIT_AS] = RLIMIT_AS,
	[OCI_RLIMIT_CORE] = RLIMIT_CORE,
	[OCI_RLIMIT_CPU] = RLIMIT_CPU,
	[OCI_RLIMIT_DATA] = RLIMIT_DATA,
	[OCI_RLIMIT_FSIZE] = RLIMIT_FSIZE,
	[OCI_RLIMIT_LOCKS] = RLIMIT_LOCKS,
	[OCI_RLIMIT_MEMLOCK] = RLIMIT_MEMLOCK,
	[OCI_RLIMIT_MSGQUEUE] = RLIMIT_MSGQUEUE,
	[OCI_RLIMIT_NICE] = RLIMIT_NICE,
	[OCI_RLIMIT_NOFILE] = RLIMIT_NOFILE,
	[OCI_RLIMIT_NPROC] = RLIMIT_NPROC,
	[OCI_RLIMIT_RSS] = RLIMIT_RSS,
	[OCI_RLIMIT_RTPRIO] = RLIMIT_RTPRIO,
	[OCI_RLIMIT_RTTIME] = RLIMIT_RTTIME,
	[OCI_RLIMIT_SIGPENDING] = RLIMIT_SIGPENDING,
	[OCI_RLIMIT_STACK] = RLIMIT_STACK,
};
_Static_assert(array_len(resource_of) == OCI_RLIMIT_COUNT, "every word has its RLIMIT_*");

static int plan_rlimit(const struct job *j, size_t i, struct plan_rlimit *out, struct err *e)
{
	const struct oci_rlimit *r = &j->in->rlimits.items[i];
	const char *name = json_word(&oci_rlimit_type_words, r->type);

	for (size_t k = 0; k < i; k++)
		if (j->in->rlimits.items[k].type == r->type)
			return refuse_item(j, e, "/rlimits", i, "%s is listed twice", name);
	if (r->soft > r->hard)
		return refuse_item(j, e, "/rlimits", i, "the soft %s %llu is above the hard one, %llu", name,
		                   (unsigned long long)r->soft, (unsigned long long)r->hard);
	*out = (struct plan_rlimit){
		.resource = resource_of[r->type],
		.name = name,
		.value = { .rlim_cur = r->soft, .rlim_max = r->hard },
		.pointer = plan_string(j->a, e, "%s/rlimits/%zu", j->pointer, i),
	};
	return out->pointer == NULL ? -1 : 0;
}

static int plan_rlimits(const struct job *j, struct err *e)
{
	size_t n = j->in->rlimits.n;
	struct plan_rlimit *limits = arena_alloc(j->a, n * sizeof(*limits) + 1);

	if (limits == NULL)
		return err_memory(e);
	for (size_t i = 0; i < n; i++)
		if (plan_rlimit(j, i, &limits[i], e) < 0)
			return -1;
	j->out->rlimits = limits;
	j->out->n_rlimits = n;
	return 0;
}

static int plan_oom(const struct job *j, struct err *e)
{
	if (!j->in->oom_score_adj.set)
		return 0;
	if (j->in->oom_score_adj.v < -1000 || j->in->oom_score_adj.v > 1000)
		return refuse(j, e, "/oomScoreAdj", "oomScoreAdj %d is not in -1000 .. 1000", j->in->oom_score_adj.v);
	j->out->has_oom_score_adj = true;
	j->out->oom_score_adj = j->in->oom_score_adj.v;
	return 0;
}

/* sched(7) and <linux/sched.h>; the kernel keeps a number for SCHED_ISO that no kernel has ever had a policy for. */
static const struct {
	uint32_t policy;
	bool nice, priority, deadline;
} policies[] = {
	[OCI_SCHED_OTHER] = { .policy = 0, .nice = true },
	[OCI_SCHED_FIFO] = { .policy = 1, .priority = true },
	[OCI_SCHED_RR] = { .policy = 2, .priority = true },
	[OCI_SCHED_BATCH] = { .policy = 3, .nice = true },
	[OCI_SCHED_ISO] = { .policy = 4 },
	[OCI_SCHED_IDLE] = { .policy = 5, .nice = true },
	[OCI_SCHED_DEADLINE] = { .policy = 6, .deadline = true },
};
_Static_assert(array_len(policies) == OCI_SCHED_COUNT, "every word has its policy");

static const uint64_t scheduler_flags[] = {
	[OCI_SCHED_FLAG_RESET_ON_FORK] = 0x01,  [OCI_SCHED_FLAG_RECLAIM] = 0x02,
	[OCI_SCHED_FLAG_DL_OVERRUN] = 0x04,     [OCI_SCHED_FLAG_KEEP_POLICY] = 0x08,
	[OCI_SCHED_FLAG_KEEP_PARAMS] = 0x10,    [OCI_SCHED_FLAG_UTIL_CLAMP_MIN] = 0x20,
	[OCI_SCHED_FLAG_UTIL_CLAMP_MAX] = 0x40,
};
_Static_assert(array_len(scheduler_flags) == OCI_SCHED_FLAG_COUNT, "every word has its flag");

/* What sched_setattr(2) takes: __checkparam_dl() in the kernel's sched/deadline.c. */
enum { DEADLINE_RUNTIME_MIN = 1024 };

static int check_deadline(const struct job *j, const struct oci_scheduler *s, struct err *e)
{
	if (s->runtime.v == 0 || s->runtime.v > s->deadline.v || (s->period.v != 0 && s->deadline.v > s->period.v))
		return refuse(j, e, "/scheduler", "SCHED_DEADLINE needs 0 < runtime <= deadline <= period");
	if (s->runtime.v < DEADLINE_RUNTIME_MIN)
		return refuse(j, e, "/scheduler/runtime", "a runtime of %llu ns is below the least possible, %d",
		              (unsigned long long)s->runtime.v, DEADLINE_RUNTIME_MIN);
	if (s->deadline.v > INT64_MAX)
		return refuse(j, e, "/scheduler/deadline", "a deadline of more than %lld ns", (long long)INT64_MAX);
	if (s->period.v > INT64_MAX)
		return refuse(j, e, "/scheduler/period", "a period of more than %lld ns", (long long)INT64_MAX);
	return 0;
}

/* The kernel takes these for any policy, and then does nothing. */
static int check_flags(const struct job *j, const struct oci_scheduler *s, struct err *e)
{
	for (size_t i = 0; i < s->flags.n; i++) {
		enum oci_sched_flag flag = s->flags.items[i];

		if (flag == OCI_SCHED_FLAG_RECLAIM || flag == OCI_SCHED_FLAG_DL_OVERRUN)
			return refuse_item(j, e, "/scheduler/flags", i, "%s is for SCHED_DEADLINE only",
			                   json_word(&oci_sched_flag_words, flag));
	}
	return 0;
}

static int check_scheduler(const struct job *j, const struct oci_scheduler *s, struct err *e)
{
	const char *name = json_word(&oci_sched_words, s->policy);
	bool deadline = policies[s->policy].deadline;

	if (s->policy == OCI_SCHED_ISO)
		return refuse_host(j, e, "/scheduler/policy", "no Linux kernel has the policy SCHED_ISO");
	if (s->nice.v < -20 || s->nice.v > 19)
		return refuse(j, e, "/scheduler/nice", "nice %d is not in -20 .. 19", s->nice.v);
	if (s->nice.v != 0 && !policies[s->policy].nice &&
	    !deadline) /* engines give both, and the kernel passes over it */
		return refuse(j, e, "/scheduler/nice", "nice means nothing with %s", name);
	if (policies[s->policy].priority && (s->priority.v < 1 || s->priority.v > 99))
		return refuse(j, e, "/scheduler/priority", "priority %d of %s is not in 1 .. 99", s->priority.v, name);
	if (s->priority.v != 0 && !policies[s->policy].priority)
		return refuse(j, e, "/scheduler/priority", "priority is for SCHED_FIFO and SCHED_RR only");
	if (!deadline && (s->runtime.v != 0 || s->deadline.v != 0 || s->period.v != 0))
		return refuse(j, e, "/scheduler", "runtime, deadline and period are for SCHED_DEADLINE only");
	return deadline ? check_deadline(j, s, e) : check_flags(j, s, e);
}

static int plan_scheduling(const struct job *j, struct err *e)
{
	const struct oci_scheduler *s = j->in->scheduler;

	if (s == NULL)
		return 0;
	if (check_scheduler(j, s, e) < 0)
		return -1;
	j->out->scheduler = (struct plan_scheduler){
		.set = true,
		.name = json_word(&oci_sched_words, s->policy),
		.policy = policies[s->policy].policy,
		.nice = s->nice.v,
		.priority = (uint32_t)s->priority.v,
		.runtime = s->runtime.v,
		.deadline = s->deadline.v,
		.period = s->period.v,
	};
	for (size_t i = 0; i < s->flags.n; i++)
		j->out->scheduler.flags |= scheduler_flags[s->flags.items[i]];
	return 0;
}

/* ioprio_set(2): the classes' numbers are their order here. */
_Static_assert(OCI_IOPRIO_RT == 1 && OCI_IOPRIO_BE == 2 && OCI_IOPRIO_IDLE == 3, "IOPRIO_CLASS_*");

static int plan_io_priority(const struct job *j, struct err *e)
{
	const struct oci_io_priority *io = j->in->io_priority;

	if (io == NULL)
		return 0;
	if (io->priority.v < 0 || io->priority.v > 7)
		return refuse(j, e, "/ioPriority/priority", "priority %d is not in 0 .. 7", io->priority.v);
	j->out->has_io_priority = true;
	j->out->io_class = (int)io->class;
	j->out->io_priority = io->class == OCI_IOPRIO_IDLE ? 0 : io->priority.v;
	return 0;
}

/* For exec only, but checked wherever it stands. */
static int plan_affinity(const struct job *j, struct err *e)
{
	const struct oci_cpu_affinity *in = j->in->exec_cpu_affinity;
	char at[ERR_POINTER_MAX];

	if (in == NULL)
		return 0;
	(void)snprintf(at, sizeof(at), "%s/execCPUAffinity/initial", j->pointer); /* the pointer is "/process" or "" */
	if (plan_cpus(in->initial, at, j->a, &j->out->cpus_initial, e) < 0)
		return -1;
	(void)snprintf(at, sizeof(at), "%s/execCPUAffinity/final", j->pointer);
	return plan_cpus(in->final, at, j->a, &j->out->cpus_final, e);
}

/* --- labels ---------------------------------------------------------------------------------------------------------- */

/* A label that nothing would enforce is refused: the container would be weaker than asked for. */
static int plan_labels(const struct job *j, struct err *e)
{
	const char *profile = j->in->apparmor_profile, *label = j->in->selinux_label;

	if (profile != NULL && profile[0] != '\0') {
		if (j->intent->facts.apparmor)
			j->out->apparmor_profile = profile;
		else if (strcmp(profile, "unconfined") != 0)
			return refuse_host(
				j, e, "/apparmorProfile",
				"AppArmor is not active on this host, so the profile \"%s\" cannot be applied",
				profile);
	}
	if (label != NULL && label[0] != '\0') {
		if (!j->intent->facts.selinux)
			return refuse_host(j, e, "/selinuxLabel",
			                   "SELinux is not active on this host, so the label \"%s\" cannot be applied",
			                   label);
		j->out->selinux_label = label;
	}
	return 0;
}

/* --- all of it ------------------------------------------------------------------------------------------------------- */

int plan_process_build(const struct oci_process *p, const struct intent *intent, const char *pointer, struct arena *a,
                       struct plan_process *out, struct err *e)
{
	static int (*const parts[])(const struct job *j, struct err *e) = {
		plan_words,   plan_env, plan_cwd,        plan_terminal,    plan_user,     plan_caps,
		plan_rlimits, plan_oom, plan_scheduling, plan_io_priority, plan_affinity, plan_labels,
	};
	const struct job j = { .in = p, .intent = intent, .pointer = pointer, .a = a, .out = out };

	*out = (struct plan_process){
		.pointer = pointer[0] != '\0' ? pointer : NULL,
		.no_new_privs = p->no_new_privileges.v,
		.keyring = !intent->no_new_keyring,
	};
	for (size_t i = 0; i < array_len(parts); i++)
		if (parts[i](&j, e) < 0)
			return -1;
	return 0;
}

static const struct idmap_row *row_of(const struct plan_id_map *map, uint32_t id)
{
	for (size_t i = 0; i < map->n; i++)
		if (id >= map->rows[i].inside && id - map->rows[i].inside < map->rows[i].count)
			return &map->rows[i];
	return NULL;
}

bool plan_id_mapped(const struct plan_id_map *map, uint32_t id)
{
	return row_of(map, id) != NULL;
}

uint32_t plan_id_on_host(const struct plan_id_map *map, uint32_t id)
{
	const struct idmap_row *row = row_of(map, id);

	return row != NULL ? row->outside + (id - row->inside) : id;
}

/* In words, instead of the EINVAL of setresuid(2) much later. */
static int check_mapped(const struct plan *p, struct err *e)
{
	const struct plan_process *to = &p->process;

	if ((p->ns.make & CLONE_NEWUSER) == 0)
		return 0;
	if (!plan_id_mapped(&p->ns.uid_map, to->uid))
		return err_config(e, "/process/user/uid", "uid %u is not in /linux/uidMappings", to->uid);
	if (!plan_id_mapped(&p->ns.gid_map, to->gid))
		return err_config(e, "/process/user/gid", "gid %u is not in /linux/gidMappings", to->gid);
	for (size_t i = 0; i < to->n_groups; i++)
		if (!plan_id_mapped(&p->ns.gid_map, to->groups[i])) {
			(void)err_kind(e, ERR_CONFIG, "gid %u is not in /linux/gidMappings", to->groups[i]);
			return err_at(e, "/process/user/additionalGids/%zu", i);
		}
	return 0;
}

static int plan_personality(struct plan *p, struct err *e)
{
	const struct oci_personality *in = p->spec->linux_ != NULL ? p->spec->linux_->personality : NULL;

	if (in == NULL)
		return 0;
	if (in->flags.n > 0)
		return err_config(e, "/linux/personality/flags/0",
		                  "the flag \"%s\": the specification has no flags yet", in->flags.items[0]);
	if (in->domain == OCI_PER_UNSET)
		return err_config(e, "/linux/personality", "its domain is required");
	p->process.has_personality = true;
	p->process.personality = in->domain == OCI_PER_LINUX32 ? PER_LINUX32 : PER_LINUX;
	return 0;
}

int plan_process(struct plan *p, struct arena *a, struct err *e)
{
	p->has_process = p->spec->process != NULL;
	if (p->has_process) {
		if (plan_process_build(p->spec->process, p->intent, "/process", a, &p->process, e) < 0 ||
		    check_mapped(p, e) < 0)
			return -1;
		p->warnings = p->process.warnings; /* the first that has any */
	}
	return plan_personality(p, e);
}
