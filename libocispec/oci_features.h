/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_features.h - what a runtime can do, as `ocirt features` prints it.
 *
 * Texts: features.md, features-linux.md of the runtime-spec 1.3.0. An absent member means "unknown", an empty
 * array "none". intelRdt.schemata, intelRdt.monitoring and memoryPolicy are in the text but not in its schema.
 */
#ifndef LIBOCISPEC_OCI_FEATURES_H
#define LIBOCISPEC_OCI_FEATURES_H

#include "libocispec/oci_config.h"

struct oci_features_cgroup {
	struct opt_bool v1;
	struct opt_bool v2;
	struct opt_bool systemd;
	struct opt_bool systemd_user;
	struct opt_bool rdma;
};

struct oci_features_seccomp {
	struct opt_bool enabled;
	struct vec_oci_act actions;
	struct vec_oci_cmp operators;
	struct vec_oci_arch archs;
	struct vec_oci_filter_flag known_flags;
	struct vec_oci_filter_flag supported_flags;
};

struct oci_features_enabled { /* apparmor, selinux, mountExtensions.idmap, netDevices */
	struct opt_bool enabled;
};

struct oci_features_intel_rdt {
	struct opt_bool enabled;
	struct opt_bool schemata;
	struct opt_bool monitoring;
};

struct oci_features_memory_policy {
	struct vec_oci_mpol modes;
	struct vec_oci_mpol_flag flags;
};

struct oci_features_mount_extensions {
	struct oci_features_enabled *idmap;
};

struct oci_features_linux {
	struct vec_oci_ns namespaces;
	struct vec_str capabilities;
	struct oci_features_cgroup *cgroup;
	struct oci_features_seccomp *seccomp;
	struct oci_features_enabled *apparmor;
	struct oci_features_enabled *selinux;
	struct oci_features_intel_rdt *intel_rdt;
	struct oci_features_memory_policy *memory_policy;
	struct oci_features_mount_extensions *mount_extensions;
	struct oci_features_enabled *net_devices;
};

struct oci_features {
	const char *oci_version_min;
	const char *oci_version_max;
	struct vec_str hooks;
	struct vec_str mount_options;
	struct oci_features_linux *linux_;
	struct map_str annotations;
	struct vec_str potentially_unsafe_config_annotations;
};

extern const struct json_type oci_features_type;

/*
 * Reads a features document. *OUT lives in A. Returns 0, or -1 with *E filled.
 */
int oci_features_read(const struct json_text *in, struct arena *a, struct oci_features **out, struct json_error *e)
	__attribute__((warn_unused_result));

/*
 * The text of F, NUL terminated, in A; its length in *LEN when LEN is not NULL. INDENT as in json_write().
 * Returns NULL when memory runs out.
 */
char *oci_features_write(const struct oci_features *f, const char *indent, struct arena *a, size_t *len)
	__attribute__((warn_unused_result));

#endif
