/* SPDX-License-Identifier: Apache-2.0
 *
 * criu - a conversation with the criu program: `criu swrk FD`, one request, what it asks meanwhile, one answer
 *
 * The messages are those of criu's images/rpc.proto, written and read by tables of their field numbers. Descriptors named in a
 * request (images, work, status) are ours: criu opens them through /proc; only what the restored processes inherit is passed on.
 * https://criu.org/RPC, criu(8).
 */
#ifndef OCIRT_LIFE_CRIU_H
#define OCIRT_LIFE_CRIU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "libocispec/arena.h"

/* criu_req_type */
enum criu_act {
	CRIU_DUMP = 1,
	CRIU_RESTORE = 2,
	CRIU_PRE_DUMP = 4,
	CRIU_NOTIFY = 6,
	CRIU_FEATURE_CHECK = 9,
	CRIU_VERSION = 10,
};

/* How groups are treated (criu_cg_mode); the default is soft where that is possible (criu_groups). */
enum criu_cgroups {
	CRIU_CGROUPS_DEFAULT,
	CRIU_CGROUPS_SOFT,
	CRIU_CGROUPS_FULL,
	CRIU_CGROUPS_STRICT,
	CRIU_CGROUPS_IGNORE
};

/* criu_network_lock_method; 0: criu's choice */
enum criu_lock { CRIU_LOCK_IPTABLES = 1, CRIU_LOCK_NFTABLES = 2, CRIU_LOCK_SKIP = 3 };

/* A key with what belongs to it: a path (value) or a descriptor of ours. */
struct criu_pair {
	const char *key, *value;
	int fd;
};

struct criu_pairs {
	struct criu_pair *items; /* in an arena */
	size_t n;
};

/* criu_opts; zeroed asks for nothing, but descriptors, for which -1 does. cgroups_mode: enum criu_cgroups. */
struct criu_options {
	int images_fd, work_fd, status_fd;
	unsigned int pid, log_level, empty_ns, cgroups_mode, network_lock, page_port;
	const char *log_file, *root, *parent_images, *freeze_cgroup, *config_file, *lsm_profile, *lsm_mount_context;
	const char *page_address; /* of a page server; NULL: none */
	bool leave_running, ext_unix_sk, tcp_established, tcp_close, tcp_skip_in_flight, evasive_devices, shell_job;
	bool file_locks, notify_scripts, track_mem, auto_dedup, link_remap, restore_sibling, lazy_pages,
		orphan_pts_master;
	bool auto_ext_mounts, ext_sharing,
		ext_masters;          /* mounts of the host's that nobody named: criu finds them there */
	struct criu_pairs external;   /* key: "net[4026531840]:name" */
	struct criu_pairs ext_mounts; /* key: mount point in the container, value: what stands for it */
	struct criu_pairs inherit;    /* key: "pipe:[1234]", fd: in its place */
	struct criu_pairs cg_roots;   /* key: controllers, value: path below their mount */
	struct criu_pairs join;       /* key: "ipc", value: path of the namespace */
};

#define CRIU_OPTIONS_NONE                                                       \
	{                                                                       \
		.images_fd = -1, .work_fd = -1, .status_fd = -1, .log_level = 4 \
	}

/* What criu may say while it works. */
struct criu_events {
	/* script: "setup-namespaces", "post-restore", "orphan-pts-master" (fd: the terminal), ...; pid: of the container's root. */
	int (*notify)(void *ctx, const char *script, pid_t pid, int *fd, struct err *e);
	void *ctx;
};

/* criu_resp */
struct criu_answer {
	bool success;
	pid_t pid;                  /* restore: the container's first process */
	bool mem_track, lazy_pages; /* feature check */
	unsigned int version;       /* 100 * major + minor */
};

struct criu {
	const char *program; /* its path */
	pid_t pid;           /* 0: none runs */
	int sock;
};

#define CRIU_NONE          \
	{                  \
		.sock = -1 \
	}

/* Adds to a list. */
int criu_add(struct criu_pairs *list, struct arena *a, struct criu_pair pair, struct err *e) must_check;

/* The bytes of a request. */
void criu_request(struct buf *to, enum criu_act act, const struct criu_options *o);

/* The least criu that knows all that is asked for, as 100 * major + minor, 0: any; *what is the option that wants it. */
unsigned int criu_wants(const struct criu_options *o, const char **what);

/* Reads an answer or what is asked in between: its type, or -1 when it is none. script has room for 64 bytes. */
int criu_parse(const char *data, size_t len, struct criu_answer *out, char script[64]) must_check;

/*
 * Starts `program swrk` with the given standard descriptors; those of keep are in it under our numbers. The caller may move it
 * to other control groups before it asks: restored processes begin where it is.
 */
int criu_start(struct criu *c, const char *program, const int std[3], const struct criu_pairs *keep,
               struct err *e) must_check;

/* One request, answered. -1: the conversation broke, a notification failed, or criu said no. The process ends in any case. */
int criu_ask(struct criu *c, enum criu_act act, const struct criu_options *o, const struct criu_events *ev,
             struct criu_answer *out, struct err *e) must_check;

/* Ends it, if it still runs. */
void criu_end(struct criu *c);
#define auto_criu __attribute__((cleanup(criu_end)))

/* Refuses a criu that is too old for what is asked for. */
int criu_check_version(const char *program, const struct criu_options *o, struct err *e) must_check;

/*
 * After a failure: adds the first error that criu noted in its log (in the directory dir_fd, named path for people; NULL: none) and, where it
 * cannot work on this host at all, what `criu check` says. Returns -1.
 */
int criu_explain(const char *program, int dir_fd, const char *path, const char *log, struct err *e);

#endif
