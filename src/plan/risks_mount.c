/* SPDX-License-Identifier: Apache-2.0
 *
 * risks_mount - risks of the root, the mounts, and of what is hidden of them; rows of plan/risks.c
 */
#include "plan/risks_mount.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "plan/defaults.h"

bool risk_has_option(const struct oci_mount *m, const char *word)
{
	const size_t len = strlen(word);

	for (size_t i = 0; i < m->options.n; i++)
		for (const char *at = m->options.items[i], *end; *at != '\0'; at = end + (*end == ',')) {
			end = at + strcspn(at, ",");
			if (strncmp(at, word, len) == 0 && (at + len == end || at[len] == '='))
				return true;
		}
	return false;
}

static bool is_readonly(const struct oci_mount *m)
{
	return risk_has_option(m, "ro") || risk_has_option(m, "rro");
}

static bool is_bind(const struct oci_mount *m)
{
	return risk_has_option(m, "bind") || risk_has_option(m, "rbind") ||
	       (m->type != NULL && strcmp(m->type, "bind") == 0);
}

static bool is_type(const struct oci_mount *m, const char *type)
{
	return m->type != NULL && strcmp(m->type, type) == 0 && !is_bind(m);
}

static const char *at(char pointer[48], size_t i)
{
	(void)snprintf(pointer, 48, "/mounts/%zu", i); /* always fits */
	return pointer;
}

void risk_root(const struct oci_config *c, struct findings *f)
{
	if (c->root != NULL && !(c->root->readonly.set && c->root->readonly.v))
		finding_add(f, FINDING_IS_WRITABLE_ROOT, "/root", "the root file system may be written");
}

/* ---- what is hidden ---- */

static bool covers(const struct vec_str *list, const char *path)
{
	char clean[PATH_MAX];

	for (size_t i = 0; i < list->n; i++)
		if (path_join("/", list->items[i], clean, sizeof(clean)) && path_is_below(path, clean))
			return true;
	return false;
}

/* Whether the file system that has the path is mounted at all. */
static bool is_there(const struct oci_config *c, const char *path)
{
	const char *type = strncmp(path, "/proc/", 6) == 0 ? "proc" : "sysfs";

	for (size_t i = 0; i < c->mounts.n; i++)
		if (is_type(&c->mounts.items[i], type))
			return true;
	return false;
}

static void tell_bare(const struct oci_config *c, const char *const *paths, bool masks, struct findings *f)
{
	static const struct vec_str none = { 0 };
	const struct vec_str *masked = c->linux_ != NULL ? &c->linux_->masked_paths : &none;
	const struct vec_str *readonly = c->linux_ != NULL && !masks ? &c->linux_->readonly_paths : &none;
	char text[1024];
	size_t len = 0;

	for (; *paths != NULL; paths++)
		if (is_there(c, *paths) && !covers(masked, *paths) && !covers(readonly, *paths) && len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len > 0 ? ", " : "", *paths);
	if (len == 0)
		return;
	if (masks)
		finding_add(f, FINDING_IS_UNMASKED,
		            masked->set         ? "/linux/maskedPaths"
		            : c->linux_ != NULL ? "/linux"
		                                : "",
		            "not masked: %s", text);
	else
		finding_add(f, FINDING_IS_WRITABLE_PROC,
		            readonly->set       ? "/linux/readonlyPaths"
		            : c->linux_ != NULL ? "/linux"
		                                : "",
		            "neither read-only nor masked: %s", text);
}

void risk_unmasked(const struct oci_config *c, struct findings *f)
{
	tell_bare(c, plan_default_masked, true, f);
	tell_bare(c, plan_default_readonly, false, f);
}

/* ---- mounts ---- */

void risk_relative(const struct oci_config *c, struct findings *f)
{
	char pointer[64];

	for (size_t i = 0; i < c->mounts.n; i++) {
		if (c->mounts.items[i].destination[0] == '/')
			continue;
		(void)snprintf(pointer, sizeof(pointer), "/mounts/%zu/destination", i); /* always fits */
		finding_add(f, FINDING_IS_RELATIVE, pointer,
		            "\"%s\" is not absolute, as the specification wants it: it is taken from / on",
		            c->mounts.items[i].destination);
	}
}

/* One that is longer than any path is below nothing, and nothing is below it. NULL: out of memory. */
static const char *clean_destination(const struct oci_mount *m, struct arena *a)
{
	char clean[PATH_MAX];
	const char *path = path_join("/", m->destination, clean, sizeof(clean)) ? clean : "too long";

	return arena_strndup(a, path, strlen(path));
}

void risk_shadowed(const struct oci_config *c, struct findings *f)
{
	const char **paths = arena_alloc(f->a, c->mounts.n * sizeof(*paths) + 1);
	char pointer[48];

	for (size_t i = c->mounts.n; i-- > 0;) {
		if (paths == NULL || (paths[i] = clean_destination(&c->mounts.items[i], f->a)) == NULL) {
			f->lost = true;
			return;
		}
		for (size_t k = i + 1; k < c->mounts.n; k++) {
			if (!path_is_below(paths[i], paths[k]) || risk_has_option(&c->mounts.items[k], "remount"))
				continue;
			finding_add(f, FINDING_IS_SHADOWED, at(pointer, i),
			            "%s is hidden by /mounts/%zu, which is mounted on %s later",
			            c->mounts.items[i].destination, k, c->mounts.items[k].destination);
			break;
		}
	}
}

/* Of the host: the path itself; with `below` what lies below it, too. */
static const struct {
	const char *path;
	bool below;
	const char *why;
} sensitive[] = {
	{ "/", false, "all files of the host" },
	{ "/etc", false, "the host's configuration and secrets" },
	{ "/root", true, "the home of the host's root" },
	{ "/home", false, "the homes of the host's users" },
	{ "/boot", true, "the host's kernels" },
	{ "/dev", false, "the host's devices" },
	{ "/proc", true, "the host's processes" },
	{ "/sys", false, "the host's devices and control groups" },
	{ "/sys/fs/cgroup", true, "the host's control groups" },
	{ "/sys/kernel", true, "the kernel's insides" },
	{ "/run", false, "the sockets of the host's services" },
	{ "/var/run", false, "the sockets of the host's services" },
	{ "/var", false, "the data of the host's services" },
	{ "/var/log", false, "the host's logs" },
	{ "/usr", false, "the host's programs" },
	{ "/lib/modules", true, "the host's kernel modules" },
	{ "/run/docker.sock", false, "a socket that gives the host away" },
	{ "/var/run/docker.sock", false, "a socket that gives the host away" },
	{ "/run/containerd", true, "a socket that gives the host away" },
	{ "/run/crio", true, "a socket that gives the host away" },
	{ "/run/podman", true, "a socket that gives the host away" },
	{ "/run/systemd/private", false, "a socket that gives the host away" },
	{ "/run/dbus", true, "the host's bus" },
	{ "/var/lib/docker", false, "all images and containers of the host" },
	{ "/var/lib/containers", false, "all images and containers of the host" },
	{ "/var/lib/containerd", false, "all images and containers of the host" },
	{ "/var/lib/kubelet", false, "the secrets of all pods" },
	{ "/etc/shadow", false, "the host's passwords" },
	{ "/etc/kubernetes", true, "the cluster's keys" },
};

const char *risk_why_sensitive(const char *path, bool itself)
{
	for (size_t i = 0; i < array_len(sensitive); i++)
		if (strcmp(path, sensitive[i].path) == 0 ||
		    (!itself && sensitive[i].below && path_is_below(path, sensitive[i].path)))
			return sensitive[i].why;
	return NULL;
}

void risk_binds(const struct oci_config *c, struct findings *f)
{
	char source[PATH_MAX], pointer[48];

	for (size_t i = 0; i < c->mounts.n; i++) {
		const struct oci_mount *m = &c->mounts.items[i];
		const char *why;

		if (!is_bind(m) || m->source == NULL || m->source[0] != '/' ||
		    !path_join("/", m->source, source, sizeof(source)))
			continue;
		why = risk_why_sensitive(source, false);
		if (why != NULL)
			finding_add(f, FINDING_IS_SENSITIVE_BIND, at(pointer, i), "%s of the host: %s", m->source, why);
		if (!is_readonly(m))
			finding_add(f, FINDING_IS_WRITABLE_BIND, at(pointer, i),
			            "%s of the host may be written through %s", m->source, m->destination);
		else if (risk_has_option(m, "rbind") && !risk_has_option(m, "rro"))
			finding_add(f, FINDING_IS_WRITABLE_BIND, at(pointer, i),
			            "what is mounted below %s may be written: ro is for %s alone, rro for all",
			            m->source, m->source);
	}
}

void risk_propagation(const struct oci_config *c, struct findings *f)
{
	char pointer[48];

	if (c->linux_ != NULL && (c->linux_->rootfs_propagation == OCI_PROPAGATION_SHARED ||
	                          c->linux_->rootfs_propagation == OCI_PROPAGATION_RSHARED))
		finding_add(f, FINDING_IS_PROPAGATION, "/linux/rootfsPropagation",
		            "mounts that the container makes come out to the host");
	for (size_t i = 0; i < c->mounts.n; i++)
		if (risk_has_option(&c->mounts.items[i], "shared") || risk_has_option(&c->mounts.items[i], "rshared"))
			finding_add(f, FINDING_IS_PROPAGATION, at(pointer, i),
			            "mounts that the container makes in %s come out to the host",
			            c->mounts.items[i].destination);
}

void risk_sys(const struct oci_config *c, struct findings *f)
{
	char pointer[48];

	for (size_t i = 0; i < c->mounts.n; i++) {
		const struct oci_mount *m = &c->mounts.items[i];

		if (is_readonly(m))
			continue;
		if (is_type(m, "sysfs"))
			finding_add(f, FINDING_IS_WRITABLE_SYS, at(pointer, i), "%s may be written: it is the host's",
			            m->destination);
		else if (is_type(m, "cgroup") || is_type(m, "cgroup2"))
			finding_add(f, FINDING_IS_WRITABLE_SYS, at(pointer, i),
			            "the container may change its own limits through %s", m->destination);
	}
}
