/* SPDX-License-Identifier: Apache-2.0
 *
 * risks - what works and weakens a container, found in its configuration alone: one function and one row a rule
 */
#include "plan/risks.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "kernel/caps.h"
#include "plan/annotations.h"
#include "plan/pointer.h"
#include "plan/risks_mount.h"

static const struct oci_namespace *namespace_of(const struct oci_config *c, enum oci_ns type)
{
	for (size_t i = 0; c->linux_ != NULL && i < c->linux_->namespaces.n; i++)
		if (c->linux_->namespaces.items[i].type == type)
			return &c->linux_->namespaces.items[i];
	return NULL;
}

static bool has_userns(const struct oci_config *c)
{
	return namespace_of(c, OCI_NS_USER) != NULL;
}

static bool lists(const struct vec_str *v, const char *word)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcasecmp(v->items[i], word) == 0)
			return true;
	return false;
}

/* ---- who it is ---- */

static void root_user(const struct oci_config *c, struct findings *f)
{
	const struct oci_user *u = c->process != NULL ? c->process->user : NULL;

	if (c->process == NULL || has_userns(c) || (u != NULL && u->uid.set && u->uid.v != 0))
		return;
	finding_add(f, FINDING_IS_ROOT_USER, u != NULL && u->uid.set ? "/process/user/uid" : "/process",
	            "the program is root, and without a user namespace that is the host's root");
}

static void userns_root(const struct oci_config *c, struct findings *f)
{
	char pointer[48];

	for (size_t i = 0; has_userns(c) && i < c->linux_->uid_mappings.n; i++) {
		const struct oci_id_mapping *m = &c->linux_->uid_mappings.items[i];

		if (m->host_id != 0 || m->size == 0)
			continue;
		(void)snprintf(pointer, sizeof(pointer), "/linux/uidMappings/%zu", i); /* always fits */
		finding_add(f, FINDING_IS_USERNS_ROOT, pointer, "user %u of the container is the host's root",
		            m->container_id);
	}
}

/* ---- what it may ---- */

static const struct {
	const char *name, *why;
} dangerous[] = {
	{ "CAP_SYS_ADMIN", "mounts, namespaces, and most of what root may" },
	{ "CAP_SYS_MODULE", "code of its own in the kernel" },
	{ "CAP_SYS_RAWIO", "memory and disks of the host, raw" },
	{ "CAP_SYS_PTRACE", "other processes, those that exec brings in too" },
	{ "CAP_SYS_BOOT", "a reboot, another kernel" },
	{ "CAP_SYS_TIME", "the host's clock" },
	{ "CAP_SYSLOG", "the kernel's addresses" },
	{ "CAP_DAC_READ_SEARCH", "any file of a mounted file system, by its handle" },
	{ "CAP_MAC_ADMIN", "the rules that confine it" },
	{ "CAP_MAC_OVERRIDE", "past the rules that confine it" },
	{ "CAP_NET_ADMIN", "interfaces, routes and filters of its network" },
	{ "CAP_BPF", "programs in the kernel" },
	{ "CAP_PERFMON", "traces of the whole host" },
	{ "CAP_AUDIT_CONTROL", "what is audited" },
	{ "CAP_CHECKPOINT_RESTORE", "pids of its choice, other processes' mappings" },
};

static const struct {
	const char *name;
	size_t at;
} sets[] = {
	{ "bounding", offsetof(struct oci_capabilities, bounding) },
	{ "permitted", offsetof(struct oci_capabilities, permitted) },
	{ "effective", offsetof(struct oci_capabilities, effective) },
	{ "inheritable", offsetof(struct oci_capabilities, inheritable) },
	{ "ambient", offsetof(struct oci_capabilities, ambient) },
};

/* The first set that has it, by its place. */
static bool find_capability(const struct oci_capabilities *caps, const char *name, char pointer[80])
{
	for (size_t s = 0; s < array_len(sets); s++) {
		const struct vec_str *v = (const struct vec_str *)((const char *)caps + sets[s].at);

		for (size_t i = 0; i < v->n; i++) {
			if (strcasecmp(v->items[i], name) != 0)
				continue;
			(void)snprintf(pointer, 80, "/process/capabilities/%s/%zu", sets[s].name, i); /* always fits */
			return true;
		}
	}
	return false;
}

static void capability(const struct oci_config *c, struct findings *f)
{
	char pointer[80];

	if (c->process == NULL || c->process->capabilities == NULL || has_userns(c))
		return;
	for (size_t i = 0; i < array_len(dangerous); i++)
		if (find_capability(c->process->capabilities, dangerous[i].name, pointer))
			finding_add(f, FINDING_IS_CAPABILITY, pointer, "%s gives: %s", dangerous[i].name,
			            dangerous[i].why);
}

static void inheritable(const struct oci_config *c, struct findings *f)
{
	const struct oci_capabilities *caps = c->process != NULL ? c->process->capabilities : NULL;
	char pointer[80];

	for (size_t i = 0; caps != NULL && i < caps->inheritable.n; i++) {
		if (lists(&caps->ambient, caps->inheritable.items[i]))
			continue;
		(void)snprintf(pointer, sizeof(pointer), "/process/capabilities/inheritable/%zu", i); /* always fits */
		finding_add(f, FINDING_IS_INHERITABLE, pointer,
		            "%s can be gained through a file of the image that inherits it",
		            caps->inheritable.items[i]);
	}
}

static void new_privileges(const struct oci_config *c, struct findings *f)
{
	if (c->process == NULL || (c->process->no_new_privileges.set && c->process->no_new_privileges.v))
		return;
	finding_add(f, FINDING_IS_NEW_PRIVILEGES,
	            c->process->no_new_privileges.set ? "/process/noNewPrivileges" : "/process",
	            "noNewPrivileges is not true: setuid programs of the image give what the program has not");
}

static void seccomp(const struct oci_config *c, struct findings *f)
{
	const struct oci_seccomp *s = c->linux_ != NULL ? c->linux_->seccomp : NULL;

	if (s == NULL)
		finding_add(f, FINDING_IS_NO_SECCOMP, c->linux_ != NULL ? "/linux" : "",
		            "no seccomp filter: every system call of the kernel is in reach");
	else if (s->syscalls.n == 0 && (s->default_action == OCI_ACT_ALLOW || s->default_action == OCI_ACT_LOG))
		finding_add(f, FINDING_IS_OPEN_SECCOMP, "/linux/seccomp/defaultAction",
		            "the seccomp filter allows everything");
}

static bool is_empty(const char *text)
{
	return text == NULL || text[0] == '\0';
}

static void label(const struct oci_config *c, struct findings *f)
{
	const struct oci_process *p = c->process;

	if (p == NULL)
		return;
	if (p->apparmor_profile != NULL && strcmp(p->apparmor_profile, "unconfined") == 0)
		finding_add(f, FINDING_IS_UNCONFINED, "/process/apparmorProfile",
		            "AppArmor is told not to confine the program");
	else if (is_empty(p->apparmor_profile) && is_empty(p->selinux_label))
		finding_add(f, FINDING_IS_NO_LABEL, "/process", "neither an AppArmor profile nor an SELinux label");
}

static void oom(const struct oci_config *c, struct findings *f)
{
	if (c->process != NULL && c->process->oom_score_adj.set && c->process->oom_score_adj.v <= -900)
		finding_add(f, FINDING_IS_OOM, "/process/oomScoreAdj",
		            "when memory runs out, the host's own services go first");
}

/* ---- what it shares ---- */

static const struct {
	enum oci_ns type;
	const char *what;
} namespaces[] = {
	{ OCI_NS_MOUNT, "mounts are" },     { OCI_NS_PID, "processes are" }, { OCI_NS_NETWORK, "network is" },
	{ OCI_NS_IPC, "shared memory is" }, { OCI_NS_UTS, "names are" },     { OCI_NS_CGROUP, "control groups are" },
};

static void host_namespaces(const struct oci_config *c, struct findings *f)
{
	char pointer[48];

	for (size_t i = 0; i < array_len(namespaces); i++)
		if (namespace_of(c, namespaces[i].type) == NULL)
			finding_add(f, FINDING_IS_HOST_NAMESPACE,
			            c->linux_ != NULL && c->linux_->namespaces.set ? "/linux/namespaces" : "",
			            "no %s namespace: the host's %s shared",
			            json_word(&oci_ns_words, namespaces[i].type), namespaces[i].what);
	for (size_t i = 0; c->linux_ != NULL && i < c->linux_->namespaces.n; i++) {
		const struct oci_namespace *ns = &c->linux_->namespaces.items[i];

		if (ns->path == NULL ||
		    (strncmp(ns->path, "/proc/1/", 8) != 0 && strncmp(ns->path, "/proc/self/", 11) != 0))
			continue;
		(void)snprintf(pointer, sizeof(pointer), "/linux/namespaces/%zu", i); /* always fits */
		finding_add(f, FINDING_IS_HOST_NAMESPACE, pointer, "%s is the %s namespace of the host", ns->path,
		            json_word(&oci_ns_words, ns->type));
	}
}

/* Whether `unified` has the file, with a limit. */
static bool unified_limits(const struct oci_resources *r, const char *file)
{
	const char *value = map_str_get(&r->unified, file);

	return value != NULL && strcmp(value, "max") != 0;
}

/* -1 is none, and so is 0 bytes; of processes 0 is one. */
static bool limits_memory(const struct oci_resources *r)
{
	return (r->memory != NULL && r->memory->limit.v > 0) || unified_limits(r, "memory.max");
}

static bool limits_pids(const struct oci_resources *r)
{
	return (r->pids != NULL && r->pids->limit.set && r->pids->limit.v >= 0) || unified_limits(r, "pids.max");
}

static void limits(const struct oci_config *c, struct findings *f)
{
	const struct oci_resources *r = c->linux_ != NULL ? c->linux_->resources : NULL;
	const char *pointer = r != NULL ? "/linux/resources" : c->linux_ != NULL ? "/linux" : "";

	if (r == NULL || !limits_memory(r))
		finding_add(f, FINDING_IS_NO_LIMIT, pointer,
		            "no limit of memory: the container may use all of the host's");
	if (r == NULL || !limits_pids(r))
		finding_add(f, FINDING_IS_NO_LIMIT, pointer,
		            "no limit of processes: the container may use all of the host's");
}

static void hooks_of(const struct vec_oci_hook *v, const char *point, struct findings *f)
{
	char pointer[64];

	for (size_t i = 0; i < v->n; i++) {
		(void)snprintf(pointer, sizeof(pointer), "/hooks/%s/%zu", point, i); /* always fits */
		finding_add(f, FINDING_IS_HOOK, pointer, "%s is run with the rights of the runtime", v->items[i].path);
	}
}

/* startContainer runs in the container. */
static void hooks(const struct oci_config *c, struct findings *f)
{
	if (c->hooks == NULL)
		return;
	hooks_of(&c->hooks->prestart, "prestart", f);
	hooks_of(&c->hooks->create_runtime, "createRuntime", f);
	hooks_of(&c->hooks->create_container, "createContainer", f);
	hooks_of(&c->hooks->poststart, "poststart", f);
	hooks_of(&c->hooks->poststop, "poststop", f);
}

/* ---- devices ---- */

static bool is_any(const struct opt_i64 *v)
{
	return !v->set || v->v < 0;
}

/* Rules apply in order: one that denies all forgets what was allowed before. */
static void all_devices(const struct oci_config *c, struct findings *f)
{
	const struct oci_resources *r = c->linux_ != NULL ? c->linux_->resources : NULL;
	size_t allows = SIZE_MAX;
	char pointer[64];

	for (size_t i = 0; r != NULL && i < r->devices.n; i++) {
		const struct oci_device_rule *d = &r->devices.items[i];

		if (!is_any(&d->major) || !is_any(&d->minor))
			continue;
		if (!d->allow && (d->type == OCI_DEVRULE_UNSET || d->type == OCI_DEVRULE_ALL))
			allows = SIZE_MAX;
		else if (d->allow && (d->access == NULL || strpbrk(d->access, "rw") != NULL))
			allows = i;
	}
	if (allows == SIZE_MAX)
		return;
	(void)snprintf(pointer, sizeof(pointer), "/linux/resources/devices/%zu", allows); /* always fits */
	finding_add(f, FINDING_IS_ALL_DEVICES, pointer, "every device of the host may be opened, its disks too");
}

static const struct {
	int64_t major, minor;
	const char *what;
} devices[] = {
	{ 1, 1, "the host's memory" }, { 1, 2, "the kernel's memory" }, { 1, 4, "the host's ports" },
	{ 1, 11, "the kernel's log" }, { 10, 234, "the host's Btrfs" }, { 10, 237, "the host's loop devices" },
};

static void host_devices(const struct oci_config *c, struct findings *f)
{
	char pointer[48];

	for (size_t i = 0; c->linux_ != NULL && i < c->linux_->devices.n; i++) {
		const struct oci_device *d = &c->linux_->devices.items[i];
		const char *what = d->type == OCI_DEV_BLOCK ? "a disk of the host, past its file system" : NULL;

		for (size_t k = 0; k < array_len(devices) && d->type != OCI_DEV_BLOCK; k++)
			if (d->major.v == devices[k].major && d->minor.v == devices[k].minor)
				what = devices[k].what;
		if (what == NULL)
			continue;
		(void)snprintf(pointer, sizeof(pointer), "/linux/devices/%zu", i); /* always fits */
		finding_add(f, FINDING_IS_HOST_DEVICE, pointer, "%s is %s", d->path, what);
	}
}

/* ---- annotations ---- */

static void annotations(const struct oci_config *c, struct findings *f)
{
	struct err unused;
	const char *near, *pointer;

	for (size_t i = 0; i < c->annotations.n; i++) {
		if (!annotations_unknown(c->annotations.items[i].key, &near))
			continue;
		pointer = pointer_key(f->a, &unused, "/annotations", c->annotations.items[i].key);
		finding_add(f, FINDING_IS_UNKNOWN_ANNOTATION, pointer != NULL ? pointer : "/annotations",
		            near != NULL ? "no annotation of this runtime, did you mean \"%s\"?"
		                         : "no annotation of this runtime%s",
		            near != NULL ? near : "");
	}
}

/* ---- all of them ---- */

static void (*const rules[])(const struct oci_config *c, struct findings *f) = {
	root_user,     userns_root,     capability,    inheritable, new_privileges,   seccomp,      label,
	oom,           host_namespaces, limits,        hooks,       all_devices,      host_devices, risk_root,
	risk_unmasked, risk_relative,   risk_shadowed, risk_binds,  risk_propagation, risk_sys,     annotations,
};

void risks_find(const struct oci_config *spec, struct findings *f)
{
	for (size_t i = 0; i < array_len(rules); i++)
		rules[i](spec, f);
}
