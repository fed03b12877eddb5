/* SPDX-License-Identifier: Apache-2.0
 *
 * intent - the inputs of plan_build besides config.json: who asked for what, and the facts of the host
 *
 * It is written to the state directory, whole and once, before the first side effect of `create` (so that whatever a SIGKILL
 * leaves can be found), is read by every later verb, and is what the init stage builds its own copy of the plan from.
 */
#ifndef OCIRT_PLAN_INTENT_H
#define OCIRT_PLAN_INTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "cgroup/cgroup.h"
#include "kernel/rdt.h"
#include "libocispec/arena.h"
#include "libocispec/json.h"

/* What this host and caller can do; found once by life/facts.c, never by plan/. */
struct facts {
	uint32_t euid;
	bool in_userns;         /* our user namespace does not map all ids, or is not the initial one */
	bool rootless;          /* euid != 0, or root of a user namespace that is not the initial one */
	bool apparmor, selinux; /* active LSMs */
	uint32_t last_cap;      /* /proc/sys/kernel/cap_last_cap */
	const struct cg_layout *cgroups;
};

struct intent {
	const char *id;
	const char *bundle;         /* absolute, cleaned */
	const char *rootfs;         /* absolute path of root.path, for `state` */
	struct map_str annotations; /* config.json's, for `state` and hooks */
	bool shares_pids;           /* no pid namespace was made for it: others live on when its first process dies */
	bool restored;              /* by criu, which makes a time namespace whatever config.json says */
	bool poststop;              /* config.json has poststop hooks: delete reads it once more */
	const char *config_name;    /* file in the bundle, "config.json" */
	const char *created;        /* RFC 3339, UTC */
	uint32_t owner;             /* uid of the caller */
	bool no_pivot;
	bool no_new_keyring;
	uint32_t preserve_fds;
	uint32_t listen_fds;
	enum cg_manager manager;
	const char *seccomp_receiver; /* $RUN_OCI_SECCOMP_RECEIVER; NULL: none */
	const char *notify_dir; /* host directory of the socket for its $NOTIFY_SOCKET (life/notify.h); NULL: none */
	const char *console_socket; /* NULL: none; only its presence matters to the plan */
	bool detached;              /* create, or run --detach */
	struct facts facts;
	/* Creator, to tell a create that is under way from one that died. */
	int32_t creator_pid;
	uint64_t creator_start; /* field 22 of /proc/PID/stat */
	const char *boot_id;
	const char *root_place;       /* where the root is mounted when no mount namespace is made; NULL: over itself */
	const struct rdt_group *rdt;  /* the same in resctrl: its name, monitoring group and rule; NULL: none */
	const struct cg_place *place; /* the groups to be made, recorded so that they can be taken away; NULL: none */
};

/* The intent as JSON text in the arena. */
int intent_write(const struct intent *in, struct arena *a, const char **text, size_t *len, struct err *e) must_check;

/* Reads it back; everything lives in the arena. */
int intent_read(const char *text, size_t len, struct arena *a, struct intent *out, struct err *e) must_check;

#endif
