/* SPDX-License-Identifier: Apache-2.0
 *
 * device_rules - linux.resources.devices with what every container may use
 *
 * config-linux.md#allowed-device-list, #default-devices.
 */
#include "plan/device_rules.h"

#include <string.h>

enum { NUMBER_MAX = 0x7fffffff }; /* a device's numbers have 12 and 20 bits; more can be asked for but is never met */

#define ANY (-1)
#define RULE(allowed, kind, maj, min, ...)                                                      \
	{                                                                                       \
		.allow = (allowed), .type = (kind), .major = (maj), .minor = (min), __VA_ARGS__ \
	}
#define RWM .r = true, .w = true, .m = true

static const struct cg_device_rule deny_all = RULE(false, 'a', ANY, ANY, RWM);

/*
 * Behind the configured rules, as runc has it, so that a config that denies everything still gets a usable /dev. A node is no
 * device: making one is allowed, opening it is not. The console is a pty of the container's own devpts.
 */
static const struct cg_device_rule defaults[] = {
	RULE(true, 'c', ANY, ANY, .m = true), RULE(true, 'b', ANY, ANY, .m = true),
	RULE(true, 'c', 1, 3, RWM),     /* /dev/null */
	RULE(true, 'c', 1, 5, RWM),     /* /dev/zero */
	RULE(true, 'c', 1, 7, RWM),     /* /dev/full */
	RULE(true, 'c', 1, 8, RWM),     /* /dev/random */
	RULE(true, 'c', 1, 9, RWM),     /* /dev/urandom */
	RULE(true, 'c', 5, 0, RWM),     /* /dev/tty */
	RULE(true, 'c', 5, 1, RWM),     /* /dev/console */
	RULE(true, 'c', 5, 2, RWM),     /* /dev/ptmx */
	RULE(true, 'c', 136, ANY, RWM), /* /dev/pts/N */
};

static const char type_of[] = {
	[OCI_DEVRULE_UNSET] = 'a',
	[OCI_DEVRULE_ALL] = 'a',
	[OCI_DEVRULE_CHAR] = 'c',
	[OCI_DEVRULE_BLOCK] = 'b',
};
_Static_assert(sizeof(type_of) == OCI_DEVRULE_COUNT, "every word has its letter");

/* A mistake in a member of rule i. */
#define refuse(e, pointer, i, member, ...) \
	(err_kind(e, ERR_CONFIG, __VA_ARGS__), err_at(e, "%s/%zu" member, pointer, i))

static int64_t number(const struct opt_i64 *n)
{
	return n->set ? n->v : ANY;
}

static int build_one(const struct oci_device_rule *in, const char *pointer, size_t i, struct cg_device_rule *out,
                     struct err *e)
{
	if (in->access == NULL || in->access[0] == '\0')
		return refuse(e, pointer, i, "", "access is empty: a rule is about some of r, w and m");
	if (in->access[strspn(in->access, "rwm")] != '\0')
		return refuse(e, pointer, i, "/access", "\"%s\": access is some of r, w and m", in->access);
	if (number(&in->major) < ANY || number(&in->major) > NUMBER_MAX)
		return refuse(e, pointer, i, "/major", "%lld is no device number", (long long)in->major.v);
	if (number(&in->minor) < ANY || number(&in->minor) > NUMBER_MAX)
		return refuse(e, pointer, i, "/minor", "%lld is no device number", (long long)in->minor.v);
	*out = (struct cg_device_rule){ .allow = in->allow,
		                        .type = type_of[in->type],
		                        .major = number(&in->major),
		                        .minor = number(&in->minor),
		                        .r = strchr(in->access, 'r') != NULL,
		                        .w = strchr(in->access, 'w') != NULL,
		                        .m = strchr(in->access, 'm') != NULL };
	return 0;
}

static bool is_all(const struct cg_device_rule *r)
{
	return r->type == 'a' && r->major == ANY && r->minor == ANY && r->r && r->w && r->m;
}

int device_rules_build(const struct vec_oci_device_rule *in, const char *pointer, struct arena *a,
                       struct cg_settings *out, struct err *e)
{
	struct cg_device_rule *rules = arena_alloc(a, (1 + in->n + array_len(defaults)) * sizeof(*rules));
	bool allow_all = false;
	size_t n = 0;

	if (rules == NULL)
		return err_memory(e);
	rules[n++] = deny_all;
	for (size_t i = 0; i < in->n; i++) {
		if (build_one(&in->items[i], pointer, i, &rules[n], e) < 0)
			return -1;
		allow_all = is_all(&rules[n]) ? rules[n].allow : allow_all;
		n++;
	}
	if (!allow_all) { /* a privileged container has them all, but for what it denies by name */
		memcpy(rules + n, defaults, sizeof(defaults));
		n += array_len(defaults);
	}
	out->devices = rules;
	out->n_devices = n;
	return 0;
}
