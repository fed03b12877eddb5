/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_features.c - the rows of the features document.
 */
#include "libocispec/oci_features.h"

#include "libocispec/arena.h"
#include "libocispec/oci_forms.h"
#include "libocispec/oci_types.h"

static const struct json_row cgroup_rows[] = {
#define T struct oci_features_cgroup
	OPT(bool, "v1", v1),           OPT(bool, "v2", v2),
	OPT(bool, "systemd", systemd), OPT(bool, "systemdUser", systemd_user),
	OPT(bool, "rdma", rdma),
#undef T
};
static JSON_TYPE(oci_features_cgroup, cgroup_rows);

static const struct json_row seccomp_rows[] = {
#define T struct oci_features_seccomp
	OPT(bool, "enabled", enabled),
	OPT_WORDS(oci_act, "actions", actions),
	OPT_WORDS(oci_cmp, "operators", operators),
	OPT_WORDS(oci_arch, "archs", archs),
	OPT_WORDS(oci_filter_flag, "knownFlags", known_flags),
	OPT_WORDS(oci_filter_flag, "supportedFlags", supported_flags),
#undef T
};
static JSON_TYPE(oci_features_seccomp, seccomp_rows);

static const struct json_row enabled_rows[] = {
#define T struct oci_features_enabled
	OPT(bool, "enabled", enabled),
#undef T
};
static JSON_TYPE(oci_features_enabled, enabled_rows);

static const struct json_row intel_rdt_rows[] = {
#define T struct oci_features_intel_rdt
	OPT(bool, "enabled", enabled),
	OPT(bool, "schemata", schemata),
	OPT(bool, "monitoring", monitoring),
#undef T
};
static JSON_TYPE(oci_features_intel_rdt, intel_rdt_rows);

static const struct json_row memory_policy_rows[] = {
#define T struct oci_features_memory_policy
	OPT_WORDS(oci_mpol, "modes", modes),
	OPT_WORDS(oci_mpol_flag, "flags", flags),
#undef T
};
static JSON_TYPE(oci_features_memory_policy, memory_policy_rows);

static const struct json_row mount_extensions_rows[] = {
#define T struct oci_features_mount_extensions
	OPT_OBJECT(oci_features_enabled, "idmap", idmap),
#undef T
};
static JSON_TYPE(oci_features_mount_extensions, mount_extensions_rows);

static const struct json_row linux_rows[] = {
#define T struct oci_features_linux
	OPT_WORDS(oci_ns, "namespaces", namespaces),
	OPT_STRS_FORM("capabilities", capabilities, &oci_form_capability),
	OPT_OBJECT(oci_features_cgroup, "cgroup", cgroup),
	OPT_OBJECT(oci_features_seccomp, "seccomp", seccomp),
	OPT_OBJECT(oci_features_enabled, "apparmor", apparmor),
	OPT_OBJECT(oci_features_enabled, "selinux", selinux),
	OPT_OBJECT(oci_features_intel_rdt, "intelRdt", intel_rdt),
	OPT_OBJECT(oci_features_memory_policy, "memoryPolicy", memory_policy),
	OPT_OBJECT(oci_features_mount_extensions, "mountExtensions", mount_extensions),
	OPT_OBJECT(oci_features_enabled, "netDevices", net_devices),
#undef T
};
static JSON_TYPE(oci_features_linux, linux_rows);

static const struct json_row features_rows[] = {
#define T struct oci_features
	REQ_FORM("ociVersionMin", oci_version_min, &oci_form_version),
	REQ_FORM("ociVersionMax", oci_version_max, &oci_form_version),
	OPT_STRS("hooks", hooks),
	OPT_STRS("mountOptions", mount_options),
	OPT_OBJECT(oci_features_linux, "linux", linux_),
	OPT_MAP("annotations", annotations),
	OPT_STRS("potentiallyUnsafeConfigAnnotations", potentially_unsafe_config_annotations),
#undef T
};
JSON_TYPE(oci_features, features_rows);

int oci_features_read(const struct json_text *in, struct arena *a, struct oci_features **out, struct json_error *e)
{
	*out = json_read(in, &oci_features_type, a, e);
	return *out ? 0 : -1;
}

char *oci_features_write(const struct oci_features *f, const char *indent, struct arena *a, size_t *len)
{
	return json_write(&oci_features_type, f, indent, a, len);
}
