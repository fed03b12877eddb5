/* SPDX-License-Identifier: Apache-2.0
 *
 * risks_kernel - what a configuration asks for that came to Linux late: one function and one row each
 */
#include <stdio.h>

#include "base/auto.h"
#include "kernel/mount_words.h"
#include "plan/risks.h"
#include "plan/risks_mount.h"

enum { POINTER_ROOM = 64 };

static bool time_namespace(const struct oci_config *c, char to[POINTER_ROOM])
{
	for (size_t i = 0; i < c->linux_->namespaces.n; i++) {
		if (c->linux_->namespaces.items[i].type != OCI_NS_TIME)
			continue;
		(void)snprintf(to, POINTER_ROOM, "/linux/namespaces/%zu", i); /* always fits */
		return true;
	}
	return false;
}

static bool listener(const struct oci_config *c, char to[POINTER_ROOM])
{
	(void)snprintf(to, POINTER_ROOM, "/linux/seccomp/listenerPath"); /* always fits */
	return c->linux_->seccomp != NULL && c->linux_->seccomp->listener_path != NULL;
}

static bool killable(const struct oci_config *c, char to[POINTER_ROOM])
{
	for (size_t i = 0; c->linux_->seccomp != NULL && i < c->linux_->seccomp->flags.n; i++) {
		if (c->linux_->seccomp->flags.items[i] != OCI_FILTER_FLAG_WAIT_KILLABLE_RECV)
			continue;
		(void)snprintf(to, POINTER_ROOM, "/linux/seccomp/flags/%zu", i); /* always fits */
		return true;
	}
	return false;
}

/* Recursive attributes ("rro") and id-mapped mounts both need mount_setattr(2). */
static bool needs_setattr(const struct oci_mount *m)
{
	size_t n;
	const struct mount_word *words = mount_words(&n);

	for (size_t i = 0; i < n; i++)
		if ((words[i].what == MOUNT_WORD_RSET || words[i].what == MOUNT_WORD_RCLEAR ||
		     words[i].what == MOUNT_WORD_IDMAP) &&
		    risk_has_option(m, words[i].name))
			return true;
	return m->uid_mappings.n > 0;
}

static bool mount_attributes(const struct oci_config *c, char to[POINTER_ROOM])
{
	for (size_t i = 0; i < c->mounts.n; i++) {
		if (!needs_setattr(&c->mounts.items[i]))
			continue;
		(void)snprintf(to, POINTER_ROOM, "/mounts/%zu", i); /* always fits */
		return true;
	}
	return false;
}

static const struct oci_cpu *cpu_of(const struct oci_config *c)
{
	return c->linux_->resources != NULL ? c->linux_->resources->cpu : NULL;
}

static bool burst(const struct oci_config *c, char to[POINTER_ROOM])
{
	(void)snprintf(to, POINTER_ROOM, "/linux/resources/cpu/burst"); /* always fits */
	return cpu_of(c) != NULL && cpu_of(c)->burst.set;
}

static bool idle(const struct oci_config *c, char to[POINTER_ROOM])
{
	(void)snprintf(to, POINTER_ROOM, "/linux/resources/cpu/idle"); /* always fits */
	return cpu_of(c) != NULL && cpu_of(c)->idle.set;
}

static bool has_policy(const struct oci_config *c, enum oci_mpol mode, char to[POINTER_ROOM])
{
	(void)snprintf(to, POINTER_ROOM, "/linux/memoryPolicy/mode"); /* always fits */
	return c->linux_->memory_policy != NULL && c->linux_->memory_policy->mode == mode;
}

static bool preferred_many(const struct oci_config *c, char to[POINTER_ROOM])
{
	return has_policy(c, OCI_MPOL_PREFERRED_MANY, to);
}

static bool weighted(const struct oci_config *c, char to[POINTER_ROOM])
{
	return has_policy(c, OCI_MPOL_WEIGHTED_INTERLEAVE, to);
}

#define RELEASE(major, minor) ((major) << 16 | (minor))

static const struct {
	unsigned int since;
	const char *what;
	bool (*asks)(const struct oci_config *c, char to[POINTER_ROOM]);
} needs[] = {
	{ RELEASE(5, 6), "time namespaces", time_namespace },
	{ RELEASE(5, 0), "seccomp listeners", listener },
	{ RELEASE(5, 19), "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", killable },
	{ RELEASE(5, 12), "recursive and id-mapped mount options", mount_attributes },
	{ RELEASE(5, 14), "bursts of CPU time", burst },
	{ RELEASE(5, 15), "idle control groups", idle },
	{ RELEASE(5, 15), "MPOL_PREFERRED_MANY", preferred_many },
	{ RELEASE(6, 9), "MPOL_WEIGHTED_INTERLEAVE", weighted },
};

void risks_find_kernel(const struct oci_config *spec, unsigned int release, struct findings *f)
{
	char pointer[POINTER_ROOM];

	for (size_t i = 0; spec->linux_ != NULL && i < array_len(needs); i++)
		if (release < needs[i].since && needs[i].asks(spec, pointer))
			finding_add(f, FINDING_IS_KERNEL, pointer, "%s came with Linux %u.%u, this is %u.%u",
			            needs[i].what, needs[i].since >> 16, needs[i].since & 0xffff, release >> 16,
			            release & 0xffff);
}
