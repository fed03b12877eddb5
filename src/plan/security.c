/* SPDX-License-Identifier: Apache-2.0
 *
 * security - system call filter, sysctls and network devices
 *
 * config-linux.md#seccomp, #sysctl, #network-devices.
 */
#include "plan/security.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <string.h>

#include "base/path.h"
#include "kernel/sys.h"
#include "plan/annotations.h"
#include "plan/plan.h"
#include "plan/pointer.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* --- seccomp --------------------------------------------------------------------------------------------------------- */

/* SECCOMP_RET_* of each word; SCMP_ACT_KILL is the older name of SCMP_ACT_KILL_THREAD. */
static const uint32_t action_of[] = {
	[OCI_ACT_KILL] = SECCOMP_RET_KILL_THREAD,
	[OCI_ACT_KILL_PROCESS] = SECCOMP_RET_KILL_PROCESS,
	[OCI_ACT_KILL_THREAD] = SECCOMP_RET_KILL_THREAD,
	[OCI_ACT_TRAP] = SECCOMP_RET_TRAP,
	[OCI_ACT_ERRNO] = SECCOMP_RET_ERRNO,
	[OCI_ACT_TRACE] = SECCOMP_RET_TRACE,
	[OCI_ACT_ALLOW] = SECCOMP_RET_ALLOW,
	[OCI_ACT_LOG] = SECCOMP_RET_LOG,
	[OCI_ACT_NOTIFY] = SECCOMP_RET_USER_NOTIF,
};
_Static_assert(array_len(action_of) == OCI_ACT_COUNT, "every word has its action");

static const unsigned int filter_flags[] = {
	[OCI_FILTER_FLAG_TSYNC] = SECCOMP_FILTER_FLAG_TSYNC,
	[OCI_FILTER_FLAG_LOG] = SECCOMP_FILTER_FLAG_LOG,
	[OCI_FILTER_FLAG_SPEC_ALLOW] = SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	[OCI_FILTER_FLAG_WAIT_KILLABLE_RECV] = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
};
_Static_assert(array_len(filter_flags) == OCI_FILTER_FLAG_COUNT, "every word has its flag");

_Static_assert((int)OCI_CMP_NE == SECCOMP_OP_NE && (int)OCI_CMP_LT == SECCOMP_OP_LT &&
                       (int)OCI_CMP_LE == SECCOMP_OP_LE && (int)OCI_CMP_EQ == SECCOMP_OP_EQ &&
                       (int)OCI_CMP_GE == SECCOMP_OP_GE && (int)OCI_CMP_GT == SECCOMP_OP_GT &&
                       (int)OCI_CMP_MASKED_EQ == SECCOMP_OP_MASKED_EQ,
               "both in the specification's order");

/* An action with its number: an errno for ERRNO, a message for a tracer for TRACE; for others there must be none. */
static int plan_action(enum oci_act act, const struct opt_u32 *number, const char *pointer, uint32_t *out,
                       struct err *e)
{
	uint32_t max = act == OCI_ACT_ERRNO ? SECCOMP_ERRNO_MAX : SECCOMP_DATA_MAX;

	*out = action_of[act];
	if (act != OCI_ACT_ERRNO && act != OCI_ACT_TRACE) {
		if (number->set)
			return err_config(e, pointer, "%s takes no errno", json_word(&oci_act_words, act));
		return 0;
	}
	if (number->set && number->v > max)
		return err_config(e, pointer, "%u is above %u, the highest for %s", number->v, max,
		                  json_word(&oci_act_words, act));
	*out |= number->set ? number->v : EPERM;
	return 0;
}

static int plan_conditions(const struct oci_syscall *in, struct seccomp_rule *out, struct arena *a, struct err *e)
{
	struct seccomp_condition *c = arena_alloc(a, in->args.n * sizeof(*c) + 1);

	if (c == NULL)
		return err_memory(e);
	for (size_t i = 0; i < in->args.n; i++) {
		const struct oci_seccomp_arg *arg = &in->args.items[i];

		if (arg->index >= SECCOMP_ARGS)
			return err_config(e, out->pointer, "argument %u in args/%zu: a system call has 0 to %d",
			                  arg->index, i, SECCOMP_ARGS - 1);
		c[i] = (struct seccomp_condition){
			.index = arg->index,
			.op = (enum seccomp_op)arg->op,
			.value = arg->value,
			.value_two = arg->value_two.v,
		};
	}
	out->conditions = c;
	out->n_conditions = in->args.n;
	return 0;
}

static int plan_rule(struct plan_seccomp *s, const struct oci_syscall *in, struct seccomp_rule *out, struct arena *a,
                     struct err *e)
{
	for (size_t i = 0; i < in->names.n; i++)
		if (in->names.items[i][0] == '\0')
			return err_config(e, out->pointer, "an empty name in names/%zu", i);
	if (plan_action(in->action, &in->errno_ret, out->pointer, &out->action, e) < 0)
		return -1;
	if (in->action == OCI_ACT_NOTIFY)
		s->notifies = true;
	out->names = in->names.items;
	out->n_names = in->names.n;
	return plan_conditions(in, out, a, e);
}

static int plan_rules(struct plan_seccomp *s, const struct oci_seccomp *in, struct arena *a, struct err *e)
{
	struct seccomp_rule *rules = arena_alloc(a, in->syscalls.n * sizeof(*rules) + 1);

	if (rules == NULL)
		return err_memory(e);
	for (size_t i = 0; i < in->syscalls.n; i++) {
		rules[i].pointer = plan_string(a, e, "/linux/seccomp/syscalls/%zu", i);
		if (rules[i].pointer == NULL || plan_rule(s, &in->syscalls.items[i], &rules[i], a, e) < 0)
			return -1;
	}
	s->filter.rules = rules;
	s->filter.n_rules = in->syscalls.n;
	return 0;
}

static int plan_archs(struct plan_seccomp *s, const struct oci_seccomp *in, struct arena *a, struct err *e)
{
	const char **archs = arena_alloc(a, in->architectures.n * sizeof(*archs) + 1);

	if (archs == NULL)
		return err_memory(e);
	for (size_t i = 0; i < in->architectures.n; i++)
		archs[i] = json_word(&oci_arch_words, in->architectures.items[i]);
	s->filter.archs = archs;
	s->filter.n_archs = in->architectures.n;
	return 0;
}

/* Nobody asked for any: without SPEC_ALLOW every container would pay for mitigations that its filter does not need. */
static void plan_flags(struct plan_seccomp *s, const struct oci_seccomp *in)
{
	if (!in->flags.set) {
		s->filter.flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
		s->filter.flags_implied = true;
	}
	for (size_t i = 0; i < in->flags.n; i++)
		s->filter.flags |= filter_flags[in->flags.items[i]];
}

struct listener_of listener_of(const struct oci_config *spec, const struct intent *intent)
{
	const char *path = spec->linux_->seccomp->listener_path;

	if (path != NULL && path[0] != '\0')
		return (struct listener_of){ path, "/linux/seccomp/listenerPath" };
	path = annotations_text(&spec->annotations, "run.oci.seccomp.receiver");
	if (path != NULL)
		return (struct listener_of){ path, "/annotations/run.oci.seccomp.receiver" };
	return (struct listener_of){ intent->seccomp_receiver, NULL };
}

static int plan_listener(const struct plan *p, struct plan_seccomp *s, const struct oci_seccomp *in, struct err *e)
{
	const struct listener_of l = listener_of(p->spec, p->intent);

	if (l.path != NULL && l.path[0] != '/')
		return l.pointer != NULL ? err_config(e, l.pointer, "\"%s\" is not an absolute path", l.path)
		                         : err_kind(e, ERR_USAGE,
		                                    "RUN_OCI_SECCOMP_RECEIVER: \"%s\" is not an absolute path", l.path);
	s->listener_path = l.path;
	s->listener_pointer = l.pointer;
	if (in->listener_metadata != NULL && in->listener_metadata[0] != '\0') {
		if (s->listener_path == NULL)
			return err_config(e, "/linux/seccomp/listenerMetadata",
			                  "listenerMetadata without a listenerPath");
		s->listener_metadata = in->listener_metadata;
	}
	if (s->notifies && s->listener_path == NULL)
		return err_config(e, "/linux/seccomp", "SCMP_ACT_NOTIFY needs a listenerPath");
	return 0;
}

static int plan_seccomp(struct plan *p, const struct oci_seccomp *in, struct arena *a, struct err *e)
{
	struct plan_seccomp *s = arena_alloc(a, sizeof(*s));

	if (s == NULL)
		return err_memory(e);
	if (in->default_action == OCI_ACT_NOTIFY)
		return err_config(e, "/linux/seccomp/defaultAction", "SCMP_ACT_NOTIFY cannot be the default action");
	if (plan_action(in->default_action, &in->default_errno_ret, "/linux/seccomp/defaultErrnoRet",
	                &s->filter.default_action, e) < 0)
		return -1;
	if (plan_rules(s, in, a, e) < 0 || plan_archs(s, in, a, e) < 0 || plan_listener(p, s, in, e) < 0)
		return -1;
	plan_flags(s, in);
	p->seccomp = s;
	return 0;
}

/* --- sysctls --------------------------------------------------------------------------------------------------------- */

/* What belongs to a namespace: whole trees end in a slash. Everything else would change the host. */
static const struct {
	const char *file;
	int flag;
	const char *name;
} namespaced[] = {
	{ "net/", CLONE_NEWNET, "a network" },
	{ "fs/mqueue/", CLONE_NEWIPC, "an ipc" },
	{ "kernel/msgmax", CLONE_NEWIPC, "an ipc" },
	{ "kernel/msgmnb", CLONE_NEWIPC, "an ipc" },
	{ "kernel/msgmni", CLONE_NEWIPC, "an ipc" },
	{ "kernel/msg_next_id", CLONE_NEWIPC, "an ipc" },
	{ "kernel/auto_msgmni", CLONE_NEWIPC, "an ipc" },
	{ "kernel/sem", CLONE_NEWIPC, "an ipc" },
	{ "kernel/sem_next_id", CLONE_NEWIPC, "an ipc" },
	{ "kernel/shmall", CLONE_NEWIPC, "an ipc" },
	{ "kernel/shmmax", CLONE_NEWIPC, "an ipc" },
	{ "kernel/shmmni", CLONE_NEWIPC, "an ipc" },
	{ "kernel/shm_next_id", CLONE_NEWIPC, "an ipc" },
	{ "kernel/shm_rmid_forced", CLONE_NEWIPC, "an ipc" },
	{ "kernel/domainname", CLONE_NEWUTS, "a uts" },
	{ "user/", CLONE_NEWUSER, "a user" },
};

/*
 * sysctl.d(5): the first separator decides. After a dot, dots separate and slashes stand for dots; after a slash it is a path
 * already (so that a device called eth0.100 can be named).
 */
static const char *sysctl_file(const char *key, struct arena *a)
{
	char *file = arena_strndup(a, key, strlen(key));
	size_t first = strcspn(key, "./");

	if (file == NULL || key[first] != '.')
		return file;
	for (char *c = file; *c != '\0'; c++)
		*c = (char)(*c == '.' ? '/' : *c == '/' ? '.' : *c);
	return file;
}

/* No empty component, none that is `.` or `..`, not absolute. */
static bool is_plain_path(const char *file)
{
	char clean[PATH_MAX];

	return file[0] != '/' && file[0] != '\0' && path_clean(file, clean, sizeof(clean)) &&
	       strcmp(clean + 1, file) == 0;
}

static int check_sysctl(const struct plan *p, struct plan_sysctl *s, struct err *e)
{
	if (!is_plain_path(s->file))
		return err_config(e, s->pointer, "\"%s\" is no name of a sysctl", s->key);
	if (strcmp(s->file, "kernel/hostname") == 0)
		return err_config(e, s->pointer, "the sysctl kernel.hostname is set by \"hostname\"");
	if (strcmp(s->file, "kernel/domainname") == 0 && p->domainname != NULL)
		return err_config(e, s->pointer, "the sysctl kernel.domainname is set by \"domainname\" already");
	for (size_t i = 0; i < array_len(namespaced); i++) {
		size_t len = strlen(namespaced[i].file);
		bool tree = namespaced[i].file[len - 1] == '/';

		if (tree ? strncmp(s->file, namespaced[i].file, len) != 0 : strcmp(s->file, namespaced[i].file) != 0)
			continue;
		s->ns = namespaced[i].flag;
		if (plan_ns_own(&p->ns, s->ns))
			return 0;
		return err_config(e, s->pointer, "sysctl \"%s\" needs %s namespace of the container's own", s->key,
		                  namespaced[i].name);
	}
	return err_config(e, s->pointer, "sysctl \"%s\" is not in a separate kernel namespace", s->key);
}

/* In the other spelling: the reader has seen that no key is there twice. */
static int check_twice(const struct plan_sysctl *list, size_t i, struct err *e)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(list[i].file, list[j].file) == 0)
			return err_config(e, list[i].pointer, "sysctl \"%s\" is \"%s\" in another spelling",
			                  list[i].key, list[j].key);
	return 0;
}

static int plan_sysctls(struct plan *p, const struct map_str *in, struct arena *a, struct err *e)
{
	struct plan_sysctl *list = arena_alloc(a, in->n * sizeof(*list) + 1);

	if (list == NULL)
		return err_memory(e);
	for (size_t i = 0; i < in->n; i++) {
		list[i] = (struct plan_sysctl){
			.key = in->items[i].key,
			.file = sysctl_file(in->items[i].key, a),
			.value = in->items[i].value,
			.pointer = pointer_key(a, e, "/linux/sysctl", in->items[i].key),
		};
		if (list[i].file == NULL || list[i].pointer == NULL)
			return err_memory(e);
		if (check_sysctl(p, &list[i], e) < 0 || check_twice(list, i, e) < 0)
			return -1;
	}
	p->sysctls = list;
	p->n_sysctls = in->n;
	return 0;
}

/* --- network devices ------------------------------------------------------------------------------------------------- */

/* dev_valid_name() in the kernel's net/core/dev.c. */
static bool is_device_name(const char *name)
{
	return name[0] != '\0' && strlen(name) < IFNAMSIZ && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       strpbrk(name, "/: \t\n\v\f\r") == NULL;
}

/* A number chosen by whoever moves it, at one place: dev_prep_valid_name() in the same file. */
static bool is_new_name(const char *name)
{
	const char *percent = strchr(name, '%');

	return is_device_name(name) && (percent == NULL || (percent[1] == 'd' && strchr(percent + 1, '%') == NULL));
}

static int plan_netdev(struct plan *p, size_t i, struct plan_netdev *list, struct arena *a, struct err *e)
{
	const struct oci_net_device *in = &p->spec->linux_->net_devices.items[i];
	struct plan_netdev *out = &list[i];

	*out = (struct plan_netdev){
		.name = in->key,
		.new_name = in->name != NULL && in->name[0] != '\0' ? in->name : in->key,
		.pointer = pointer_key(a, e, "/linux/netDevices", in->key),
	};
	if (out->pointer == NULL)
		return -1;
	if (!is_device_name(out->name) || !is_new_name(out->new_name))
		return err_config(e, out->pointer, "\"%s\" is no name of a network device",
		                  is_device_name(out->name) ? out->new_name : out->name);
	for (size_t k = 0; k < i; k++)
		if (strcmp(list[k].new_name, out->new_name) == 0 && strchr(out->new_name, '%') == NULL)
			return err_config(e, out->pointer, "two network devices would be called \"%s\"", out->new_name);
	return 0;
}

static int plan_netdevs(struct plan *p, struct arena *a, struct err *e)
{
	const struct vec_oci_net_device *in = &p->spec->linux_->net_devices;
	struct plan_netdev *list;

	if (in->n == 0)
		return 0;
	if (!plan_ns_own(&p->ns, CLONE_NEWNET))
		return err_config(e, "/linux/netDevices",
		                  "network devices need a network namespace of the container's own");
	list = arena_alloc(a, in->n * sizeof(*list));
	if (list == NULL)
		return err_memory(e);
	for (size_t i = 0; i < in->n; i++)
		if (plan_netdev(p, i, list, a, e) < 0)
			return -1;
	p->netdevs = list;
	p->n_netdevs = in->n;
	return 0;
}

/* --- all of it ------------------------------------------------------------------------------------------------------- */

int plan_security(struct plan *p, struct arena *a, struct err *e)
{
	const struct oci_linux *l = p->spec->linux_;

	if (l == NULL)
		return 0;
	if (l->seccomp != NULL && plan_seccomp(p, l->seccomp, a, e) < 0)
		return -1;
	if (plan_sysctls(p, &l->sysctl, a, e) < 0)
		return -1;
	return plan_netdevs(p, a, e);
}
