/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_resources.c - the rows of linux.resources, in config.json or bare.
 *
 * Text: config-linux.md#control-groups.
 */
#include "libocispec/arena.h"
#include "libocispec/oci_config.h"
#include "libocispec/oci_forms.h"
#include "libocispec/oci_types.h"

static const struct json_row device_rule_rows[] = {
#define T struct oci_device_rule
	REQ(bool, "allow", allow), OPT_WORD(oci_devrule, "type", type), OPT(i64, "major", major),
	OPT(i64, "minor", minor),  OPT(str, "access", access),
#undef T
};
static JSON_TYPE(oci_device_rule, device_rule_rows);

static const struct json_row memory_rows[] = {
#define T struct oci_memory
	OPT(i64, "limit", limit),
	OPT(i64, "reservation", reservation),
	OPT(i64, "swap", swap),
	OPT(i64, "kernel", kernel),
	OPT(i64, "kernelTCP", kernel_tcp),
	OPT(u64, "swappiness", swappiness),
	OPT(bool, "disableOOMKiller", disable_oom_killer),
	OPT(bool, "useHierarchy", use_hierarchy),
	OPT(bool, "checkBeforeUpdate", check_before_update),
#undef T
};
static JSON_TYPE(oci_memory, memory_rows);

static const struct json_row cpu_rows[] = {
#define T struct oci_cpu
	OPT(u64, "shares", shares),
	OPT(i64, "quota", quota),
	OPT(u64, "burst", burst),
	OPT(u64, "period", period),
	OPT(i64, "realtimeRuntime", realtime_runtime),
	OPT(u64, "realtimePeriod", realtime_period),
	OPT(str, "cpus", cpus),
	OPT(str, "mems", mems),
	OPT(i64, "idle", idle),
#undef T
};
static JSON_TYPE(oci_cpu, cpu_rows);

static const struct json_row pids_rows[] = {
#define T struct oci_pids
	OPT(i64, "limit", limit),
#undef T
};
static JSON_TYPE(oci_pids, pids_rows);

static const struct json_row weight_device_rows[] = {
#define T struct oci_weight_device
	REQ(i64, "major", major),
	REQ(i64, "minor", minor),
	OPT(u16, "weight", weight),
	OPT(u16, "leafWeight", leaf_weight),
#undef T
};
static JSON_TYPE(oci_weight_device, weight_device_rows);

static const struct json_row throttle_device_rows[] = {
#define T struct oci_throttle_device
	REQ(i64, "major", major),
	REQ(i64, "minor", minor),
	OPT(u64, "rate", rate),
#undef T
};
static JSON_TYPE(oci_throttle_device, throttle_device_rows);

static const struct json_row block_io_rows[] = {
#define T struct oci_block_io
	OPT(u16, "weight", weight),
	OPT(u16, "leafWeight", leaf_weight),
	OPT_OBJECTS(oci_weight_device, "weightDevice", weight_device),
	OPT_OBJECTS(oci_throttle_device, "throttleReadBpsDevice", throttle_read_bps_device),
	OPT_OBJECTS(oci_throttle_device, "throttleWriteBpsDevice", throttle_write_bps_device),
	OPT_OBJECTS(oci_throttle_device, "throttleReadIOPSDevice", throttle_read_iops_device),
	OPT_OBJECTS(oci_throttle_device, "throttleWriteIOPSDevice", throttle_write_iops_device),
#undef T
};
static JSON_TYPE(oci_block_io, block_io_rows);

static const struct json_row hugepage_limit_rows[] = {
#define T struct oci_hugepage_limit
	REQ_FORM("pageSize", page_size, &oci_form_page_size),
	REQ(u64, "limit", limit),
#undef T
};
static JSON_TYPE(oci_hugepage_limit, hugepage_limit_rows);

static const struct json_row interface_priority_rows[] = {
#define T struct oci_interface_priority
	REQ(str, "name", name),
	REQ(u32, "priority", priority),
#undef T
};
static JSON_TYPE(oci_interface_priority, interface_priority_rows);

static const struct json_row network_rows[] = {
#define T struct oci_network
	OPT(u32, "classID", class_id),
	OPT_OBJECTS(oci_interface_priority, "priorities", priorities),
#undef T
};
static JSON_TYPE(oci_network, network_rows);

static const struct json_row rdma_rows[] = {
#define T struct oci_rdma
	OPT(u32, "hcaHandles", hca_handles),
	OPT(u32, "hcaObjects", hca_objects),
#undef T
};
static JSON_TYPE(oci_rdma, rdma_rows);

static const struct json_row resources_rows[] = {
#define T struct oci_resources
	OPT_OBJECTS(oci_device_rule, "devices", devices),
	OPT_OBJECT(oci_memory, "memory", memory),
	OPT_OBJECT(oci_cpu, "cpu", cpu),
	OPT_OBJECT(oci_pids, "pids", pids),
	OPT_OBJECT(oci_block_io, "blockIO", block_io),
	OPT_OBJECTS(oci_hugepage_limit, "hugepageLimits", hugepage_limits),
	OPT_OBJECT(oci_network, "network", network),
	OPT_NAMED(oci_rdma, "rdma", rdma),
	OPT_MAP("unified", unified),
#undef T
};
JSON_TYPE(oci_resources, resources_rows);

int oci_resources_read(const struct json_text *in, struct arena *a, struct oci_resources **out, struct json_error *e)
{
	*out = json_read(in, &oci_resources_type, a, e);
	return *out ? 0 : -1;
}
