/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_linux.c - the rows of the linux object; its resources are in oci_resources.c, seccomp in oci_seccomp.c.
 *
 * Text: config-linux.md.
 */
#include "libocispec/oci_config.h"
#include "libocispec/oci_forms.h"
#include "libocispec/oci_types.h"

static const struct json_row id_mapping_rows[] = {
#define T struct oci_id_mapping
	REQ(u32, "containerID", container_id),
	REQ(u32, "hostID", host_id),
	REQ(u32, "size", size),
#undef T
};
JSON_TYPE(oci_id_mapping, id_mapping_rows);

static const struct json_row namespace_rows[] = {
#define T struct oci_namespace
	REQ_WORD(oci_ns, "type", type),
	OPT(str, "path", path),
#undef T
};
static JSON_TYPE(oci_namespace, namespace_rows);

static const struct json_row time_offset_rows[] = {
#define T struct oci_time_offset
	OPT(i64, "secs", secs),
	OPT(u32, "nanosecs", nanosecs),
#undef T
};
static JSON_TYPE(oci_time_offset, time_offset_rows);

/* The name of the clock is the key: of one that the kernel does not know no offset could be set. */
static const struct json_words clock_words = { "boottime\0monotonic", 3, "clock" };

static const struct json_row time_offsets_rows[] = {
#define T struct oci_time_offsets
	OPT_OBJECT(oci_time_offset, "boottime", boottime),
	OPT_OBJECT(oci_time_offset, "monotonic", monotonic),
#undef T
};
static JSON_TYPE_OF(oci_time_offsets, time_offsets_rows, &clock_words);

/* The schema says 0777, but Go's device lists carry st_mode whole, type bits and all. */
static const struct json_range file_mode_range = { 0, 0177777 };

static const struct json_row device_rows[] = {
#define T struct oci_device
	REQ(str, "path", path),
	REQ_WORD(oci_dev, "type", type),
	OPT(i64, "major", major),
	OPT(i64, "minor", minor),
	OPT_IN(u32, "fileMode", file_mode, &file_mode_range),
	OPT(u32, "uid", uid),
	OPT(u32, "gid", gid),
#undef T
};
static JSON_TYPE(oci_device, device_rows);

static const struct json_row net_device_rows[] = {
#define T struct oci_net_device
	OPT(str, "name", name),
#undef T
};
static JSON_TYPE(oci_net_device, net_device_rows);

static const struct json_row intel_rdt_rows[] = {
#define T struct oci_intel_rdt
	OPT(str, "closID", clos_id),
	OPT_STRS("schemata", schemata),
	OPT(str, "l3CacheSchema", l3_cache_schema),
	OPT_FORM("memBwSchema", mem_bw_schema, &oci_form_mem_bw_schema),
	OPT(bool, "enableMonitoring", enable_monitoring),
#undef T
};
static JSON_TYPE(oci_intel_rdt, intel_rdt_rows);

static const struct json_row memory_policy_rows[] = {
#define T struct oci_memory_policy
	OPT_WORD(oci_mpol, "mode", mode),
	OPT(str, "nodes", nodes),
	OPT_WORDS(oci_mpol_flag, "flags", flags),
#undef T
};
static JSON_TYPE(oci_memory_policy, memory_policy_rows);

static const struct json_row personality_rows[] = {
#define T struct oci_personality
	OPT_WORD(oci_per, "domain", domain),
	OPT_STRS("flags", flags),
#undef T
};
static JSON_TYPE(oci_personality, personality_rows);

static const struct json_row linux_rows[] = {
#define T struct oci_linux
	OPT_OBJECTS(oci_id_mapping, "uidMappings", uid_mappings),
	OPT_OBJECTS(oci_id_mapping, "gidMappings", gid_mappings),
	OPT_MAP("sysctl", sysctl),
	OPT_OBJECT(oci_resources, "resources", resources),
	OPT(str, "cgroupsPath", cgroups_path),
	OPT_OBJECTS(oci_namespace, "namespaces", namespaces),
	OPT_OBJECTS(oci_device, "devices", devices),
	OPT_NAMED(oci_net_device, "netDevices", net_devices),
	OPT_OBJECT(oci_seccomp, "seccomp", seccomp),
	OPT_WORD(oci_propagation, "rootfsPropagation", rootfs_propagation),
	OPT_STRS("maskedPaths", masked_paths),
	OPT_STRS("readonlyPaths", readonly_paths),
	OPT(str, "mountLabel", mount_label),
	OPT_OBJECT(oci_intel_rdt, "intelRdt", intel_rdt),
	OPT_OBJECT(oci_memory_policy, "memoryPolicy", memory_policy),
	OPT_OBJECT(oci_personality, "personality", personality),
	OPT_OBJECT(oci_time_offsets, "timeOffsets", time_offsets),
#undef T
};
JSON_TYPE(oci_linux, linux_rows);
