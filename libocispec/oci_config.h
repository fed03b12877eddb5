/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_config.h - config.json of the OCI runtime-spec 1.3.0 as C structs, in the order of the text.
 *
 * Members are the JSON keys in snake_case. Required scalars are plain, optional ones opt_*; objects are pointers,
 * NULL when absent; words are enums, 0 (OCI_*_UNSET) when absent. See json.h for what absent and empty mean.
 * What a value means (a path that must be absolute, args that must not be empty) is not checked here but where
 * the plan is made; type, range, words, required members and the schema's patterns are.
 * solaris, windows, vm, zos and freebsd must be objects and are otherwise skipped.
 *
 * Texts: config.md, config-linux.md of https://github.com/opencontainers/runtime-spec/tree/v1.3.0
 */
#ifndef LIBOCISPEC_OCI_CONFIG_H
#define LIBOCISPEC_OCI_CONFIG_H

#include "libocispec/json.h"

#define OCI_VERSION "1.3.0"     /* the text these structs follow */
#define OCI_VERSION_MIN "1.0.0" /* the oldest that reads the same way */

/* ---- words ---- */

#define OCI_NS_WORDS(X)              \
	X(OCI_NS_MOUNT, "mount")     \
	X(OCI_NS_PID, "pid")         \
	X(OCI_NS_NETWORK, "network") \
	X(OCI_NS_UTS, "uts")         \
	X(OCI_NS_IPC, "ipc")         \
	X(OCI_NS_USER, "user")       \
	X(OCI_NS_CGROUP, "cgroup")   \
	X(OCI_NS_TIME, "time")
JSON_WORDS(oci_ns, OCI_NS);

/* config-linux.md#devices: a device node's type */
#define OCI_DEV_WORDS(X)           \
	X(OCI_DEV_CHAR, "c")       \
	X(OCI_DEV_BLOCK, "b")      \
	X(OCI_DEV_UNBUFFERED, "u") \
	X(OCI_DEV_FIFO, "p")
JSON_WORDS(oci_dev, OCI_DEV);

/* config-linux.md#allowed-device-list: a device rule's type; absent is the same as "a" */
#define OCI_DEVRULE_WORDS(X)     \
	X(OCI_DEVRULE_ALL, "a")  \
	X(OCI_DEVRULE_CHAR, "c") \
	X(OCI_DEVRULE_BLOCK, "b")
JSON_WORDS(oci_devrule, OCI_DEVRULE);

/* The text knows the first four; engines also write the recursive ones. */
#define OCI_PROPAGATION_WORDS(X)                    \
	X(OCI_PROPAGATION_PRIVATE, "private")       \
	X(OCI_PROPAGATION_SHARED, "shared")         \
	X(OCI_PROPAGATION_SLAVE, "slave")           \
	X(OCI_PROPAGATION_UNBINDABLE, "unbindable") \
	X(OCI_PROPAGATION_RPRIVATE, "rprivate")     \
	X(OCI_PROPAGATION_RSHARED, "rshared")       \
	X(OCI_PROPAGATION_RSLAVE, "rslave")         \
	X(OCI_PROPAGATION_RUNBINDABLE, "runbindable")
JSON_WORDS(oci_propagation, OCI_PROPAGATION);

#define OCI_RLIMIT_WORDS(X)                           \
	X(OCI_RLIMIT_AS, "RLIMIT_AS")                 \
	X(OCI_RLIMIT_CORE, "RLIMIT_CORE")             \
	X(OCI_RLIMIT_CPU, "RLIMIT_CPU")               \
	X(OCI_RLIMIT_DATA, "RLIMIT_DATA")             \
	X(OCI_RLIMIT_FSIZE, "RLIMIT_FSIZE")           \
	X(OCI_RLIMIT_LOCKS, "RLIMIT_LOCKS")           \
	X(OCI_RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK")       \
	X(OCI_RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE")     \
	X(OCI_RLIMIT_NICE, "RLIMIT_NICE")             \
	X(OCI_RLIMIT_NOFILE, "RLIMIT_NOFILE")         \
	X(OCI_RLIMIT_NPROC, "RLIMIT_NPROC")           \
	X(OCI_RLIMIT_RSS, "RLIMIT_RSS")               \
	X(OCI_RLIMIT_RTPRIO, "RLIMIT_RTPRIO")         \
	X(OCI_RLIMIT_RTTIME, "RLIMIT_RTTIME")         \
	X(OCI_RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING") \
	X(OCI_RLIMIT_STACK, "RLIMIT_STACK")
JSON_WORDS(oci_rlimit_type, OCI_RLIMIT);

#define OCI_IOPRIO_WORDS(X)                 \
	X(OCI_IOPRIO_RT, "IOPRIO_CLASS_RT") \
	X(OCI_IOPRIO_BE, "IOPRIO_CLASS_BE") \
	X(OCI_IOPRIO_IDLE, "IOPRIO_CLASS_IDLE")
JSON_WORDS(oci_ioprio, OCI_IOPRIO);

#define OCI_SCHED_WORDS(X)                \
	X(OCI_SCHED_OTHER, "SCHED_OTHER") \
	X(OCI_SCHED_FIFO, "SCHED_FIFO")   \
	X(OCI_SCHED_RR, "SCHED_RR")       \
	X(OCI_SCHED_BATCH, "SCHED_BATCH") \
	X(OCI_SCHED_ISO, "SCHED_ISO")     \
	X(OCI_SCHED_IDLE, "SCHED_IDLE")   \
	X(OCI_SCHED_DEADLINE, "SCHED_DEADLINE")
JSON_WORDS(oci_sched, OCI_SCHED);

#define OCI_SCHED_FLAG_WORDS(X)                                       \
	X(OCI_SCHED_FLAG_RESET_ON_FORK, "SCHED_FLAG_RESET_ON_FORK")   \
	X(OCI_SCHED_FLAG_RECLAIM, "SCHED_FLAG_RECLAIM")               \
	X(OCI_SCHED_FLAG_DL_OVERRUN, "SCHED_FLAG_DL_OVERRUN")         \
	X(OCI_SCHED_FLAG_KEEP_POLICY, "SCHED_FLAG_KEEP_POLICY")       \
	X(OCI_SCHED_FLAG_KEEP_PARAMS, "SCHED_FLAG_KEEP_PARAMS")       \
	X(OCI_SCHED_FLAG_UTIL_CLAMP_MIN, "SCHED_FLAG_UTIL_CLAMP_MIN") \
	X(OCI_SCHED_FLAG_UTIL_CLAMP_MAX, "SCHED_FLAG_UTIL_CLAMP_MAX")
JSON_WORDS(oci_sched_flag, OCI_SCHED_FLAG);

#define OCI_PER_WORDS(X)          \
	X(OCI_PER_LINUX, "LINUX") \
	X(OCI_PER_LINUX32, "LINUX32")
JSON_WORDS(oci_per, OCI_PER);

#define OCI_MPOL_WORDS(X)                                           \
	X(OCI_MPOL_DEFAULT, "MPOL_DEFAULT")                         \
	X(OCI_MPOL_BIND, "MPOL_BIND")                               \
	X(OCI_MPOL_INTERLEAVE, "MPOL_INTERLEAVE")                   \
	X(OCI_MPOL_WEIGHTED_INTERLEAVE, "MPOL_WEIGHTED_INTERLEAVE") \
	X(OCI_MPOL_PREFERRED, "MPOL_PREFERRED")                     \
	X(OCI_MPOL_PREFERRED_MANY, "MPOL_PREFERRED_MANY")           \
	X(OCI_MPOL_LOCAL, "MPOL_LOCAL")
JSON_WORDS(oci_mpol, OCI_MPOL);

#define OCI_MPOL_FLAG_WORDS(X)                                   \
	X(OCI_MPOL_FLAG_NUMA_BALANCING, "MPOL_F_NUMA_BALANCING") \
	X(OCI_MPOL_FLAG_RELATIVE_NODES, "MPOL_F_RELATIVE_NODES") \
	X(OCI_MPOL_FLAG_STATIC_NODES, "MPOL_F_STATIC_NODES")
JSON_WORDS(oci_mpol_flag, OCI_MPOL_FLAG);

#define OCI_ACT_WORDS(X)                                 \
	X(OCI_ACT_KILL, "SCMP_ACT_KILL")                 \
	X(OCI_ACT_KILL_PROCESS, "SCMP_ACT_KILL_PROCESS") \
	X(OCI_ACT_KILL_THREAD, "SCMP_ACT_KILL_THREAD")   \
	X(OCI_ACT_TRAP, "SCMP_ACT_TRAP")                 \
	X(OCI_ACT_ERRNO, "SCMP_ACT_ERRNO")               \
	X(OCI_ACT_TRACE, "SCMP_ACT_TRACE")               \
	X(OCI_ACT_ALLOW, "SCMP_ACT_ALLOW")               \
	X(OCI_ACT_LOG, "SCMP_ACT_LOG")                   \
	X(OCI_ACT_NOTIFY, "SCMP_ACT_NOTIFY")
JSON_WORDS(oci_act, OCI_ACT);

#define OCI_CMP_WORDS(X)             \
	X(OCI_CMP_NE, "SCMP_CMP_NE") \
	X(OCI_CMP_LT, "SCMP_CMP_LT") \
	X(OCI_CMP_LE, "SCMP_CMP_LE") \
	X(OCI_CMP_EQ, "SCMP_CMP_EQ") \
	X(OCI_CMP_GE, "SCMP_CMP_GE") \
	X(OCI_CMP_GT, "SCMP_CMP_GT") \
	X(OCI_CMP_MASKED_EQ, "SCMP_CMP_MASKED_EQ")
JSON_WORDS(oci_cmp, OCI_CMP);

#define OCI_FILTER_FLAG_WORDS(X)                                        \
	X(OCI_FILTER_FLAG_TSYNC, "SECCOMP_FILTER_FLAG_TSYNC")           \
	X(OCI_FILTER_FLAG_LOG, "SECCOMP_FILTER_FLAG_LOG")               \
	X(OCI_FILTER_FLAG_SPEC_ALLOW, "SECCOMP_FILTER_FLAG_SPEC_ALLOW") \
	X(OCI_FILTER_FLAG_WAIT_KILLABLE_RECV, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")
JSON_WORDS(oci_filter_flag, OCI_FILTER_FLAG);

#define OCI_ARCH_WORDS(X)                                \
	X(OCI_ARCH_X86, "SCMP_ARCH_X86")                 \
	X(OCI_ARCH_X86_64, "SCMP_ARCH_X86_64")           \
	X(OCI_ARCH_X32, "SCMP_ARCH_X32")                 \
	X(OCI_ARCH_ARM, "SCMP_ARCH_ARM")                 \
	X(OCI_ARCH_AARCH64, "SCMP_ARCH_AARCH64")         \
	X(OCI_ARCH_LOONGARCH64, "SCMP_ARCH_LOONGARCH64") \
	X(OCI_ARCH_M68K, "SCMP_ARCH_M68K")               \
	X(OCI_ARCH_MIPS, "SCMP_ARCH_MIPS")               \
	X(OCI_ARCH_MIPS64, "SCMP_ARCH_MIPS64")           \
	X(OCI_ARCH_MIPS64N32, "SCMP_ARCH_MIPS64N32")     \
	X(OCI_ARCH_MIPSEL, "SCMP_ARCH_MIPSEL")           \
	X(OCI_ARCH_MIPSEL64, "SCMP_ARCH_MIPSEL64")       \
	X(OCI_ARCH_MIPSEL64N32, "SCMP_ARCH_MIPSEL64N32") \
	X(OCI_ARCH_PPC, "SCMP_ARCH_PPC")                 \
	X(OCI_ARCH_PPC64, "SCMP_ARCH_PPC64")             \
	X(OCI_ARCH_PPC64LE, "SCMP_ARCH_PPC64LE")         \
	X(OCI_ARCH_S390, "SCMP_ARCH_S390")               \
	X(OCI_ARCH_S390X, "SCMP_ARCH_S390X")             \
	X(OCI_ARCH_SH, "SCMP_ARCH_SH")                   \
	X(OCI_ARCH_SHEB, "SCMP_ARCH_SHEB")               \
	X(OCI_ARCH_PARISC, "SCMP_ARCH_PARISC")           \
	X(OCI_ARCH_PARISC64, "SCMP_ARCH_PARISC64")       \
	X(OCI_ARCH_RISCV64, "SCMP_ARCH_RISCV64")
JSON_WORDS(oci_arch, OCI_ARCH);

/* ---- shared ---- */

struct oci_id_mapping { /* config-linux.md#user-namespace-mappings */
	uint32_t container_id;
	uint32_t host_id;
	uint32_t size;
};
JSON_VEC(oci_id_mapping, struct oci_id_mapping);

/* ---- config.md ---- */

struct oci_root {
	const char *path;
	struct opt_bool readonly;
};

struct oci_mount {
	const char *destination;
	const char *type;
	const char *source;
	struct vec_str options;
	struct vec_oci_id_mapping uid_mappings;
	struct vec_oci_id_mapping gid_mappings;
};
JSON_VEC(oci_mount, struct oci_mount);

/* An array of them, a document of its own. */
struct oci_mounts {
	struct vec_oci_mount mounts;
};

struct oci_console_size { /* characters */
	uint64_t height;
	uint64_t width;
};

struct oci_user {
	struct opt_u32 uid;
	struct opt_u32 gid;
	struct opt_u32 umask;
	struct vec_u32 additional_gids;
	const char *username; /* windows */
};

struct oci_capabilities { /* names are kept as written: an unknown one is a warning, not an error */
	struct vec_str bounding;
	struct vec_str effective;
	struct vec_str inheritable;
	struct vec_str permitted;
	struct vec_str ambient;
};

struct oci_rlimit {
	enum oci_rlimit_type type;
	uint64_t soft;
	uint64_t hard;
};
JSON_VEC(oci_rlimit, struct oci_rlimit);

struct oci_scheduler { /* sched_setattr(2) */
	enum oci_sched policy;
	struct opt_i32 nice;
	struct opt_i32 priority;
	struct vec_oci_sched_flag flags;
	struct opt_u64 runtime; /* nanoseconds, as the next two */
	struct opt_u64 deadline;
	struct opt_u64 period;
};

struct oci_io_priority { /* ioprio_set(2) */
	enum oci_ioprio class;
	struct opt_i32 priority;
};

struct oci_cpu_affinity { /* lists such as "0-3,7" */
	const char *initial;
	const char *final;
};

struct oci_process {
	struct opt_bool terminal;
	struct oci_console_size *console_size;
	struct oci_user *user;
	struct vec_str args;
	const char *command_line; /* windows */
	struct vec_str env;
	const char *cwd;
	struct oci_capabilities *capabilities;
	struct vec_oci_rlimit rlimits;
	struct opt_bool no_new_privileges;
	const char *apparmor_profile;
	struct opt_i32 oom_score_adj;
	struct oci_scheduler *scheduler;
	const char *selinux_label;
	struct oci_io_priority *io_priority;
	struct oci_cpu_affinity *exec_cpu_affinity;
};

struct oci_hook {
	const char *path;
	struct vec_str args;
	struct vec_str env;
	struct opt_i64 timeout; /* seconds: 1 to 2147483 */
};
JSON_VEC(oci_hook, struct oci_hook);

struct oci_hooks {
	struct vec_oci_hook prestart;
	struct vec_oci_hook create_runtime;
	struct vec_oci_hook create_container;
	struct vec_oci_hook start_container;
	struct vec_oci_hook poststart;
	struct vec_oci_hook poststop;
};

/* ---- config-linux.md ---- */

struct oci_namespace {
	enum oci_ns type;
	const char *path;
};
JSON_VEC(oci_namespace, struct oci_namespace);

struct oci_time_offset {
	struct opt_i64 secs;
	struct opt_u32 nanosecs;
};

struct oci_time_offsets {
	struct oci_time_offset *boottime;
	struct oci_time_offset *monotonic;
};

struct oci_device {
	enum oci_dev type;
	const char *path;
	struct opt_i64 major;
	struct opt_i64 minor;
	struct opt_u32 file_mode; /* engines also write the type bits: mask with 07777 */
	struct opt_u32 uid;
	struct opt_u32 gid;
};
JSON_VEC(oci_device, struct oci_device);

struct oci_net_device {
	const char *key;  /* its name on the host */
	const char *name; /* its name in the container; NULL: the same */
};
JSON_VEC(oci_net_device, struct oci_net_device);

struct oci_device_rule { /* linux.resources.devices */
	bool allow;
	enum oci_devrule type;
	struct opt_i64 major;
	struct opt_i64 minor;
	const char *access; /* letters out of "rwm" */
};
JSON_VEC(oci_device_rule, struct oci_device_rule);

struct oci_memory { /* bytes; -1 is no limit */
	struct opt_i64 limit;
	struct opt_i64 reservation;
	struct opt_i64 swap; /* memory + swap */
	struct opt_i64 kernel;
	struct opt_i64 kernel_tcp;
	struct opt_u64 swappiness; /* percent */
	struct opt_bool disable_oom_killer;
	struct opt_bool use_hierarchy;
	struct opt_bool check_before_update;
};

struct oci_cpu { /* microseconds where it is a time */
	struct opt_u64 shares;
	struct opt_i64 quota;
	struct opt_u64 burst;
	struct opt_u64 period;
	struct opt_i64 realtime_runtime;
	struct opt_u64 realtime_period;
	const char *cpus;
	const char *mems;
	struct opt_i64 idle;
};

struct oci_pids {
	struct opt_i64 limit; /* -1 is no limit; 0 is a limit */
};

struct oci_weight_device {
	int64_t major;
	int64_t minor;
	struct opt_u16 weight;
	struct opt_u16 leaf_weight;
};
JSON_VEC(oci_weight_device, struct oci_weight_device);

struct oci_throttle_device {
	int64_t major;
	int64_t minor;
	struct opt_u64 rate; /* bytes or operations a second */
};
JSON_VEC(oci_throttle_device, struct oci_throttle_device);

struct oci_block_io {
	struct opt_u16 weight;
	struct opt_u16 leaf_weight;
	struct vec_oci_weight_device weight_device;
	struct vec_oci_throttle_device throttle_read_bps_device;
	struct vec_oci_throttle_device throttle_write_bps_device;
	struct vec_oci_throttle_device throttle_read_iops_device;
	struct vec_oci_throttle_device throttle_write_iops_device;
};

struct oci_hugepage_limit {
	const char *page_size; /* "2MB" */
	uint64_t limit;        /* bytes */
};
JSON_VEC(oci_hugepage_limit, struct oci_hugepage_limit);

struct oci_interface_priority {
	const char *name;
	uint32_t priority;
};
JSON_VEC(oci_interface_priority, struct oci_interface_priority);

struct oci_network {
	struct opt_u32 class_id;
	struct vec_oci_interface_priority priorities;
};

struct oci_rdma {
	const char *key; /* the device, "mlx5_1" */
	struct opt_u32 hca_handles;
	struct opt_u32 hca_objects;
};
JSON_VEC(oci_rdma, struct oci_rdma);

struct oci_resources {
	struct map_str unified;
	struct vec_oci_device_rule devices;
	struct oci_memory *memory;
	struct oci_cpu *cpu;
	struct oci_pids *pids;
	struct oci_block_io *block_io;
	struct vec_oci_hugepage_limit hugepage_limits;
	struct oci_network *network;
	struct vec_oci_rdma rdma;
};

struct oci_intel_rdt {
	const char *clos_id;
	struct vec_str schemata;
	const char *l3_cache_schema;
	const char *mem_bw_schema;
	struct opt_bool enable_monitoring;
};

struct oci_memory_policy { /* set_mempolicy(2) */
	enum oci_mpol mode;
	const char *nodes;
	struct vec_oci_mpol_flag flags;
};

struct oci_personality { /* personality(2) */
	enum oci_per domain;
	struct vec_str flags;
};

struct oci_seccomp_arg {
	uint32_t index;
	uint64_t value;
	struct opt_u64 value_two;
	enum oci_cmp op;
};
JSON_VEC(oci_seccomp_arg, struct oci_seccomp_arg);

struct oci_syscall {
	struct vec_str names;
	enum oci_act action;
	struct opt_u32 errno_ret;
	struct vec_oci_seccomp_arg args;
};
JSON_VEC(oci_syscall, struct oci_syscall);

struct oci_seccomp {
	enum oci_act default_action;
	struct opt_u32 default_errno_ret;
	struct vec_oci_arch architectures;
	struct vec_oci_filter_flag flags;
	const char *listener_path;
	const char *listener_metadata;
	struct vec_oci_syscall syscalls;
};

struct oci_linux {
	struct vec_oci_namespace namespaces;
	struct vec_oci_id_mapping uid_mappings;
	struct vec_oci_id_mapping gid_mappings;
	struct oci_time_offsets *time_offsets;
	struct vec_oci_device devices;
	struct vec_oci_net_device net_devices;
	const char *cgroups_path;
	struct oci_resources *resources;
	struct oci_intel_rdt *intel_rdt;
	struct oci_memory_policy *memory_policy;
	struct map_str sysctl;
	struct oci_seccomp *seccomp;
	enum oci_propagation rootfs_propagation;
	struct vec_str masked_paths;
	struct vec_str readonly_paths;
	const char *mount_label;
	struct oci_personality *personality;
};

/* ---- the document ---- */

struct oci_config {
	const char *oci_version;
	struct oci_root *root;
	struct vec_oci_mount mounts;
	struct oci_process *process;
	const char *hostname;
	const char *domainname;
	struct oci_linux *linux_; /* gnu17 compilers define the bare word as 1 */
	struct oci_hooks *hooks;
	struct map_str annotations;
};

extern const struct json_type oci_config_type;
extern const struct json_type oci_process_type;
extern const struct json_type oci_resources_type;

/*
 * Reads a whole config.json. *OUT lives in A. An ociVersion that is no SemVer 2.0.0 version, or is of another
 * major version than 1, is refused. Returns 0, or -1 with *E filled.
 */
int oci_config_read(const struct json_text *in, struct arena *a, struct oci_config **out, struct json_error *e)
	__attribute__((warn_unused_result));

/*
 * Reads a bare process object, as `exec --process FILE` gives it. Otherwise as oci_config_read().
 */
int oci_process_read(const struct json_text *in, struct arena *a, struct oci_process **out, struct json_error *e)
	__attribute__((warn_unused_result));

/*
 * Reads a bare linux.resources object, as `update --resources FILE` gives it. Otherwise as oci_config_read().
 */
int oci_resources_read(const struct json_text *in, struct arena *a, struct oci_resources **out, struct json_error *e)
	__attribute__((warn_unused_result));

/*
 * Reads a bare array of mounts, as `mounts add CONTAINER FILE` gives it. Otherwise as oci_config_read().
 */
int oci_mounts_read(const struct json_text *in, struct arena *a, struct oci_mounts **out, struct json_error *e)
	__attribute__((warn_unused_result));

#endif
