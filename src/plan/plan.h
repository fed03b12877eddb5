/* SPDX-License-Identifier: Apache-2.0
 *
 * plan - what will be done for a container, resolved from config.json before anything is done
 *
 * plan_build() is pure: (spec, facts about the host, options) -> plan. It opens and writes nothing, needs no root, and gives
 * the same plan for the same arguments; so the parent and the init stage each build it from the same bytes instead of sending
 * it, and golden tests hold it. All its memory is the arena's. Every operation keeps `pointer`, the place in config.json that
 * asked for it (NULL: a default of ours).
 *
 * One compiler a file (process, namespaces, mounts, devices, resources, security, hooks); each fills its part of struct plan
 * and refuses, with err_config(e, POINTER, ...), what the spec says must be refused.
 */
#ifndef OCIRT_PLAN_PLAN_H
#define OCIRT_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/err.h"
#include "cgroup/cgroup.h"
#include "kernel/affinity.h"
#include "kernel/idmap.h"
#include "kernel/mempolicy.h"
#include "kernel/mount_op.h"
#include "kernel/rdt.h"
#include "libocispec/arena.h"
#include "libocispec/oci_config.h"
#include "plan/finding.h"
#include "plan/intent.h"

/* --- namespaces ---------------------------------------------------------------------------------------------------- */

struct plan_join {
	int flag;         /* CLONE_NEW* */
	const char *name; /* "network" */
	const char *path; /* absolute */
	const char *pointer;
};

struct plan_id_map {
	const struct idmap_row *rows;
	size_t n;
};

struct plan_time_offset {
	bool set;
	int64_t secs;
	uint32_t nanosecs;
};

struct plan_namespaces {
	int make; /* CLONE_NEW* to make anew */
	struct plan_join join[8];
	size_t n_join;
	struct plan_id_map uid_map, gid_map; /* of a new user namespace */
	struct plan_time_offset monotonic, boottime;
	bool lo_up;        /* a new network namespace: its loopback is brought up */
	bool fork_in_init; /* pid joined, or user joined and pid made: the init stage has to fork once more */
	bool net_apart;    /* the network namespace is made by the runtime while the stage is at its first mounts */
};

/* --- file system --------------------------------------------------------------------------------------------------- */

struct plan_node {
	const char *path; /* in the container: "/dev/null" */
	mode_t mode;      /* S_IFCHR | 0666, ... */
	unsigned int major, minor;
	uint32_t uid, gid;
	bool has_mode, has_owner; /* fileMode; uid or gid: not defaults of ours */
	const char *pointer;
};

struct plan_link {
	const char *path;   /* "/dev/fd" */
	const char *target; /* "/proc/self/fd" */
	bool keep;          /* whatever the image has under that name already stays */
};

struct plan_path {
	const char *path;
	const char *pointer;
};

/* Where $NOTIFY_SOCKET of the container is, if there is to be one (sd_notify(3)): the same as with runc. */
#define PLAN_NOTIFY_DIR "/run/notify"
#define PLAN_NOTIFY_NAME "notify.sock"

struct plan_fs {
	const char *root; /* absolute host path of the root file system */
	bool root_readonly;
	unsigned long propagation; /* MS_PRIVATE, MS_SLAVE, ... | MS_REC: of the container's `/` at the end */
	const struct mount_op *mounts;
	size_t n_mounts;
	const struct plan_node *nodes; /* default devices, then linux.devices */
	size_t n_nodes;
	bool bind_nodes; /* mknod is not allowed (user namespace): bind the host's nodes */
	const struct plan_link *links;
	size_t n_links;
	const struct plan_path *masked;
	size_t n_masked;
	const struct plan_path *readonly;
	size_t n_readonly;
	bool no_pivot;           /* MS_MOVE and chroot instead of pivot_root */
	const char *mount_label; /* SELinux; NULL */
};

/* --- warnings ------------------------------------------------------------------------------------------------------ */

/* Something asked for that does nothing, for whoever runs the plan to tell. */
struct plan_warning {
	enum finding_id id; /* as which `check` tells it */
	const char *pointer;
	const char *text;
};

struct plan_warnings {
	struct plan_warning *item;
	size_t n;
};

/* --- process ------------------------------------------------------------------------------------------------------- */

struct plan_rlimit {
	int resource; /* RLIMIT_* */
	const char *name;
	struct rlimit value;
	const char *pointer;
};

struct plan_caps {
	bool set; /* process.capabilities is there; otherwise all sets are cleared */
	uint64_t bounding, effective, inheritable, permitted, ambient;
};

struct plan_scheduler {
	bool set;
	const char *name;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period; /* ns */
};

struct plan_process {
	const char *const *argv; /* NULL-terminated */
	size_t n_argv;
	const char *const *envp; /* NULL-terminated; HOME is added in the container when absent */
	size_t n_envp;
	bool has_home;
	const char *path_env; /* value of PATH to search the program with */
	const char *cwd;
	bool terminal;
	uint16_t rows, cols; /* console size; 0 = not given */
	uint32_t uid, gid;
	const uint32_t *groups;
	size_t n_groups;
	bool keep_groups; /* the caller's instead */
	mode_t umask;
	struct plan_caps caps;
	bool no_new_privs;
	bool has_oom_score_adj;
	int oom_score_adj;
	const struct plan_rlimit *rlimits;
	size_t n_rlimits;
	struct plan_scheduler scheduler;
	bool has_io_priority;
	int io_class, io_priority;
	bool has_personality;
	unsigned long personality;
	const struct affinity *cpus_initial, *cpus_final; /* execCPUAffinity, exec only; NULL: none */
	const char *apparmor_profile;                     /* NULL: none */
	const char *selinux_label;                        /* NULL: none */
	bool keyring;                                     /* join a session keyring named after the container */
	const char *pointer;                              /* "/process", or NULL for an exec's own file */
	struct plan_warnings warnings;                    /* of plan_process_build() only */
};

/* --- the rest ------------------------------------------------------------------------------------------------------ */

struct plan_sysctl {
	const char *key;  /* "net.ipv4.ip_forward" */
	const char *file; /* "net/ipv4/ip_forward" */
	const char *value;
	int ns; /* CLONE_NEW* of the namespace it belongs to */
	const char *pointer;
};

struct plan_netdev {
	const char *name;     /* on the host */
	const char *new_name; /* in the container, may be the same */
	const char *pointer;
};

struct plan_hook {
	const char *path;
	const char *const *argv; /* NULL-terminated */
	const char *const *envp; /* NULL-terminated, exactly what config.json gives */
	bool bare;               /* it gives none */
	int timeout_ms;          /* -1: none */
	const char *pointer;
};

enum plan_hook_point {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
	HOOK_POINTS,
};

struct plan_hooks {
	const struct plan_hook *hook;
	size_t n;
};

struct plan_cgroup {
	enum cg_manager manager;
	const struct cg_place *place; /* NULL: no control groups (disabled, or none on the host) */
	struct cg_settings settings;  /* limits and device rules, defaults included */
	const char *given; /* pointer of the mount that shows the group to its container, to write; NULL: none */
	uint32_t owner;    /* with it: the host's id of the user that the group is given to */
	struct plan_warnings warnings; /* of plan_resources_build() only */
};

/* linux.seccomp, held by the compiler in kernel/seccomp; NULL member in the plan: no filter. */
struct plan_seccomp;

/* What annotations named run.oci.* and org.ocirt.* ask for (annotations.c), but for the supplementary groups (plan_process). */
struct plan_asked {
	const char *hook_out; /* run.oci.hooks.stdout: file that hooks' output is appended to; NULL: kept for errors */
	const char *hook_err; /* run.oci.hooks.stderr */
	const char *
		mount_context; /* run.oci.mount_context_type: option that gives a mount its SELinux label; NULL: context */
	const char *seccomp_receiver; /* run.oci.seccomp.receiver: as listenerPath, which wins */
	const char *pidfd_receiver;   /* run.oci.pidfd_receiver: as --pidfd-socket */
	const char *subgroup; /* run.oci.systemd.subgroup: group below the container's that its processes are in */
	const char *delegate; /* run.oci.delegate-cgroup: another one below, given to the container's root */
	const char *leaf;     /* org.ocirt.cgroup-leaf: group below in which the process begins */
	const char *landlock; /* org.ocirt.landlock: rules, as of kernel/landlock.h */
	const char *clocks;   /* run.oci.timens_offset: "CLOCK SECS NANOSECS", a line each */
};

struct plan {
	const struct oci_config *spec;
	const struct intent *intent;
	struct plan_asked asked;
	struct plan_namespaces ns;
	struct plan_fs fs;
	struct plan_process process;
	bool has_process; /* config.json may leave it out: then only create works, start refuses */
	struct plan_cgroup cgroup;
	const struct plan_seccomp *seccomp;
	const struct rdt_group *rdt;           /* NULL: resctrl is left alone */
	const struct mempolicy *memory_policy; /* NULL: the caller's */
	const char *hostname, *domainname;     /* NULL: unchanged */
	const struct plan_sysctl *sysctls;
	size_t n_sysctls;
	const struct plan_netdev *netdevs;
	size_t n_netdevs;
	struct plan_hooks hooks[HOOK_POINTS];
	struct plan_warnings warnings;
};

/*
 * Builds the plan of a container. spec, intent and a live as long as the plan. Returns NULL with *e filled (ERR_CONFIG with a
 * pointer for a mistake in config.json).
 */
struct plan *plan_build(const struct oci_config *spec, const struct intent *intent, struct arena *a,
                        struct err *e) must_check;

/* Resolves a process object (exec's own, or config.json's) into *out; pointer is "/process" or "" for a file of its own. */
int plan_process_build(const struct oci_process *p, const struct intent *intent, const char *pointer, struct arena *a,
                       struct plan_process *out, struct err *e) must_check;

/* What a list of mounts is for, in a container that is there already. */
enum plan_live { PLAN_LIVE_ADD, PLAN_LIVE_REMOVE };

/*
 * Puts the mounts of a list in place of the plan's own, for a container whose plan it is; pointers are into the list. Refused is what
 * makes sense only while a container is made. Of mounts to be removed only the destination is looked at.
 */
int plan_mounts_live(struct plan *p, const struct oci_mounts *from, enum plan_live what, struct arena *a,
                     struct err *e) must_check;

/* The parts; each fills its member(s) of *p. Called by plan_build in this order. */
int plan_annotations(struct plan *p, struct arena *a, struct err *e) must_check;
int plan_namespaces(struct plan *p, struct arena *a, struct err *e) must_check;
int plan_process(struct plan *p, struct arena *a, struct err *e) must_check;
int plan_mounts(struct plan *p, struct arena *a, struct err *e) must_check;    /* root, mounts, masks, readonly */
int plan_devices(struct plan *p, struct arena *a, struct err *e) must_check;   /* nodes and links */
int plan_resources(struct plan *p, struct arena *a, struct err *e) must_check; /* cgroup: place, writes, device rules */
int plan_rdt(struct plan *p, struct arena *a, struct err *e) must_check;
int plan_memory_policy(struct plan *p, struct arena *a, struct err *e) must_check;
int plan_security(struct plan *p, struct arena *a, struct err *e) must_check; /* seccomp, sysctl, net devices */
int plan_hooks(struct plan *p, struct arena *a, struct err *e) must_check;

/* One more warning, of what has no effect; both texts are the arena's. */
int plan_warn(struct plan_warnings *w, struct arena *a, const char *pointer, const char *text,
              struct err *e) must_check;

/* Whether a namespace of that kind is joined by path; is the container's own, made or joined. */
bool plan_ns_joins(const struct plan_namespaces *ns, int flag);
bool plan_ns_own(const struct plan_namespaces *ns, int flag);

/* Whether an id of the container is in a row. */
bool plan_id_mapped(const struct plan_id_map *map, uint32_t id);

/* The host's number of an id of the container; what is not mapped stays. */
uint32_t plan_id_on_host(const struct plan_id_map *map, uint32_t id);

/* Checks and resolves id map rows; pointer is that of the array. */
int plan_id_map(const struct vec_oci_id_mapping *map, const char *pointer, struct arena *a, struct plan_id_map *out,
                struct err *e) must_check;

/*
 * Resolves a bare resources object (update). Fills the manager, the settings' writes and need, and the warnings of *out; place is the caller's, and
 * devices are left alone.
 */
int plan_resources_build(const struct oci_resources *r, const struct intent *intent, struct arena *a,
                         struct plan_cgroup *out, struct err *e) must_check;

#endif
