/* SPDX-License-Identifier: Apache-2.0
 *
 * verbs - what can be done to a container: one function a verb, one options struct where a verb has options
 *
 * The seam between the command line and the life of a container: cli/ fills these structs from its option tables, life/ does
 * the work, one verb a file. All texts are the caller's and must outlive the call. Zeroed options are the defaults. Paths may be
 * relative to the current directory; a verb makes those it records absolute. Every verb returns 0, or -1 with *e filled; none
 * prints. What a verb hands back lives in the arena it was given.
 */
#ifndef OCIRT_LIFE_VERBS_H
#define OCIRT_LIFE_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"
#include "cgroup/cgroup.h"
#include "libocispec/arena.h"
#include "libocispec/json.h"
#include "libocispec/oci_config.h"
#include "libocispec/oci_features.h"
#include "libocispec/oci_state.h"
#include "plan/finding.h"

/* --rootless: whether cgroup failures may be passed over; "auto" looks at the user and the user namespace. */
enum life_rootless { LIFE_ROOTLESS_AUTO, LIFE_ROOTLESS_TRUE, LIFE_ROOTLESS_FALSE };

struct life_globals {
	const char *root; /* state root, absolute: "/run/ocirt"; made 0700 when the first container is created */
	bool root_asked;  /* by the caller */
	const char
		*cache; /* compiled seccomp filters: "/run/ocirt-cache" (kernel/seccomp_cache.h); NULL: none are kept */
	enum cg_manager manager; /* for new containers; later verbs take it from the intent */
	enum life_rootless rootless;
	bool debug;
};

struct create_options { /* create, run */
	const char *id;
	const char *bundle;         /* NULL: the current directory */
	const char *config_name;    /* NULL: "config.json"; relative to the bundle */
	const char *console_socket; /* NULL: none */
	const char *pidfd_socket;   /* NULL: none */
	const char *pid_file;       /* NULL: none */
	const char *trace; /* file for the timeline of all steps, "-": a summary on standard output; NULL: none */
	unsigned int preserve_fds; /* descriptors after 2 (and LISTEN_FDS) that the container keeps */
	bool no_pivot;
	bool no_new_keyring;
	bool no_subreaper; /* run: do not become the subreaper of the container's orphans */
	bool detach;       /* run */
	bool keep;         /* run: do not delete when it ends */
};

struct exec_options {
	const char *id;
	const char *process_file; /* NULL: config.json's process changed by the members below */
	const char *console_socket;
	const char *pidfd_socket;
	const char *pid_file;
	const char *trace; /* as in create_options */
	const char *cwd;
	const char *user; /* "UID[:GID]" */
	const char *apparmor;
	const char *label;              /* SELinux */
	struct vec_str cgroups;         /* "[CONTROLLER:]PATH" below the container's own group */
	struct oci_resources *limits;   /* of a new group of that one name, for this exec alone; NULL: none */
	struct vec_str env;             /* "NAME=VALUE", added last */
	struct vec_str caps;            /* "CAP_NET_ADMIN", any case, with or without CAP_ */
	struct vec_str additional_gids; /* digits; one word may hold several, comma separated */
	struct vec_str argv;            /* the program and its words; empty with process_file */
	unsigned int preserve_fds;
	struct opt_bool tty; /* set: overrides process.terminal */
	bool detach;
	bool no_new_privs;
	bool ignore_paused;
};

/* What checkpoint and restore share: where the images are, and how criu(8) treats what is special. */
struct criu_choices {
	const char *image_path;    /* NULL: "checkpoint" */
	const char *work_path;     /* of the logs; NULL: image_path */
	struct vec_str empty_ns;   /* "network": made anew, empty, not what it was */
	unsigned int cgroups;      /* enum criu_cgroups (life/criu.h) */
	unsigned int network_lock; /* criu_network_lock_method; 0: criu's choice */
	bool tcp_established, ext_unix_sk, shell_job, file_locks, lazy_pages, auto_dedup;
};

struct checkpoint_options {
	struct criu_choices criu;
	const char *id;
	const char *parent_path; /* of an earlier pre-dump, relative to image_path; NULL: none */
	const char *page_server; /* "ADDRESS:PORT"; NULL: none */
	unsigned int status_fd;  /* told when the pages are served; 0: none */
	bool leave_running, pre_dump, tcp_skip_in_flight, link_remap;
};

struct restore_options {
	struct criu_choices criu;
	struct create_options create; /* id, bundle, console_socket, pid_file, detach, ... */
	const char *lsm_profile, *lsm_mount_context;
	bool tcp_close;
};

/* Writes the processes of a running or paused container to files; unless they are left running, the container is deleted. */
int life_checkpoint(const struct life_globals *g, const struct checkpoint_options *o, struct err *e) must_check;

/* Makes a container out of such files and its bundle; *exit_code as in life_run. */
int life_restore(const struct life_globals *g, const struct restore_options *o, int *exit_code,
                 struct err *e) must_check;

/* Creates a container and leaves it waiting for life_start. */
int life_create(const struct life_globals *g, const struct create_options *o, struct err *e) must_check;

/*
 * Creates and starts. In the foreground waits for it, forwards signals, and puts its exit code (128 + signal when killed) into
 * *exit_code; detached, *exit_code is 0.
 */
int life_run(const struct life_globals *g, const struct create_options *o, int *exit_code, struct err *e) must_check;

struct start_options {
	const char *id;
	const char *trace; /* as in create_options */
};

/* Lets a created container run its program. */
int life_start(const struct life_globals *g, const struct start_options *o, struct err *e) must_check;

/* Signals the init process (sig 0: only asks), or everything in the container's groups with all. */
int life_kill(const struct life_globals *g, const char *id, int sig, bool all, struct err *e) must_check;

/* Takes away what a created (killed first) or stopped container holds; force: in any status, and nothing there is fine. */
int life_delete(const struct life_globals *g, const char *id, bool force, struct err *e) must_check;

/* Runs one more process in a container; *exit_code as in life_run. */
int life_exec(const struct life_globals *g, const struct exec_options *o, int *exit_code, struct err *e) must_check;

/* Freezes, thaws. */
int life_pause(const struct life_globals *g, const char *id, struct err *e) must_check;
int life_resume(const struct life_globals *g, const char *id, struct err *e) must_check;

/* Limits to be changed, and the file they were read from. */
struct update_request {
	struct oci_resources *resources; /* what is absent or 0 stays; devices are left alone */
	const char *name;                /* NULL: from no file */
	const char *text;                /* in the arena: to tell the line of a mistake */
	size_t len;
	const char *l3_cache_schema; /* Intel RDT, written to the container's class of service; NULL: stays */
	const char *mem_bw_schema;
};

/* Reads a linux.resources object from a file or, for "-", from standard input: resources, name, text, len. Errors say where. */
int life_update_read(const char *file, struct arena *a, struct update_request *out, struct err *e) must_check;

/*
 * Changes the limits of a created, running or paused container; the resources are filled up with what belongs together. When one
 * is refused all stay as they were. A mistake in the resources notes the pointer.
 */
int life_update(const struct life_globals *g, const char *id, const struct update_request *u, struct arena *a,
                struct err *e) must_check;

struct mounts_options {
	const char *id;
	const char *file; /* a JSON array of mounts as in config.json; "-": standard input */
	bool remove;      /* take away what is mounted at their destinations */
};

/*
 * Mounts in, or unmounts from, the mount namespace of a created, running or paused container: all of the list, or nothing. Errors say
 * where in the file.
 */
int life_mounts(const struct life_globals *g, const struct mounts_options *o, struct err *e) must_check;

/* The state document: rootfs and bundle absolute, owner filled, pid 0 when stopped. */
int life_state(const struct life_globals *g, const char *id, struct arena *a, struct oci_state **state,
               struct err *e) must_check;

/* Where events go: put is given each as one line of JSON without its end. */
struct event_sink {
	int (*put)(void *ctx, const char *line, struct err *e);
	void *ctx;
};

struct events_options {
	bool once;            /* what it has used so far, then done */
	uint64_t interval_ns; /* of the statistics otherwise; not 0 */
};

/*
 * Tells what a created, running or paused container uses, in runc's words, each interval, and each time that the kernel killed for
 * want of memory; returns when the container has ended.
 */
int life_events(const struct life_globals *g, const char *id, const struct events_options *o,
                const struct event_sink *sink, struct err *e) must_check;

/* --- told by life/list.c, ps.c, spec.c, features.c ------------------------------------------------------------------- */

struct life_list {
	struct oci_state *items; /* by id; one that cannot be read has only its id, status unset */
	size_t n, room;
};

/* All containers of the state root, broken ones too; a root that is not there has none. ids_only: nothing of them is read. */
int life_list(const struct life_globals *g, bool ids_only, struct arena *a, struct life_list *out,
              struct err *e) must_check;

/*
 * Leaves those in the list whose id an extended regular expression (regex(7)) is found in. ERR_USAGE for what is no regular
 * expression.
 */
int life_list_fitting(struct life_list *list, const char *pattern, struct err *e) must_check;

struct life_pids {
	pid_t *items; /* in ascending order */
	size_t n;
};

/* The processes of a container, by their numbers on the host. */
int life_ps(const struct life_globals *g, const char *id, struct arena *a, struct life_pids *out,
            struct err *e) must_check;

/*
 * The same as ps(1) tells it: runs `ps ARGS` (NULL-terminated; NULL: "-ef"), keeps the header and the container's rows.
 */
int life_ps_table(const struct life_globals *g, const char *id, const char *const *args, struct arena *a,
                  const char **text, struct err *e) must_check;

/* What was found, and what became of it; from GC_KEPT on it is still there. */
enum gc_kind {
	GC_STATE,  /* a state directory */
	GC_CGROUP, /* a control group */
	GC_SCOPE,  /* one of systemd's */
	GC_MOUNT,
	GC_FILTER, /* a half-written one of the cache */
	GC_KEPT,   /* dead, and not safe to take */
	GC_FAILED, /* could not be looked at or taken */
};

struct gc_item {
	struct gc_item *next;
	enum gc_kind kind;
	const char *id; /* of the container; NULL: of none */
	const char *path, *why;
};

struct gc_result {
	struct gc_item *first, *last;
	size_t failed; /* items of GC_FAILED */
};

struct gc_options {
	bool dry_run;      /* nothing is taken */
	bool keep_stopped; /* nor are containers that stopped since the boot */
};

/* Takes away what commands left that were killed: whatever the dead entries of the state root name, and half-written filters. */
int life_gc(const struct life_globals *g, const struct gc_options *o, struct arena *a, struct gc_result *out,
            struct err *e) must_check;

/* How bad an answer is. */
enum doctor_verdict {
	DOCTOR_OK,
	DOCTOR_ABSENT,  /* not there, and only few miss it */
	DOCTOR_LIMITED, /* something usual cannot be done */
	DOCTOR_BROKEN,  /* no container can be run */
};

struct doctor_item {
	const char *name;
	enum doctor_verdict verdict;
	const char *found, *mend; /* mend: NULL when it is OK */
};

struct doctor_report {
	struct doctor_item *items;
	size_t n;
	enum doctor_verdict worst;
};

/* What this host and user can do. Afterwards the caller is in namespaces of its own: it prints, and ends. */
int life_doctor(const struct life_globals *g, struct arena *a, struct doctor_report *out, struct err *e) must_check;

/* What a container uses at a moment. Amounts in bytes, pressure in hundredths of a percent of the last ten seconds. */
enum usage_what { USAGE_CPU, USAGE_MEMORY, USAGE_IO, USAGE_WHATS };
#define USAGE_NO_LIMIT UINT64_MAX

struct usage_sample {
	uint64_t cpu_ns, throttled_ns;
	uint64_t memory, memory_limit, pids, pids_limit;
	uint64_t swap, swap_limit; /* USAGE_NO_LIMIT: the kernel does not tell */
	uint64_t read, written;
	struct usage_pressure {
		bool set;
		uint64_t some, full, stalled_us;
	} pressure[USAGE_WHATS];
};

struct top_row {
	const char *id;
	enum oci_status status;
	struct usage_sample now;
	uint64_t at_ns;              /* of the monotonic clock */
	uint64_t cpu, read, written; /* since the look before: hundredths of a percent of a CPU, bytes a second */
};

struct top_options {
	const char *const *ids; /* n_ids 0: all that use something */
	size_t n_ids;
	uint64_t interval_ns; /* not 0 */
	uint64_t count;       /* 0: without end */
};

struct top_sink {
	int (*put)(void *ctx, const struct top_row *rows, size_t n, struct err *e);
	void *ctx;
};

/* Tells what containers use, each interval; returns after `count`, or when all that were named have ended. */
int life_top(const struct life_globals *g, const struct top_options *o, const struct top_sink *sink,
             struct err *e) must_check;

struct inspection {
	const char *text; /* one JSON object, of len bytes; one thing a line unless json was asked for */
	size_t len;
	const char *plan; /* as life_plan tells it; NULL: what is recorded is broken */
};

/* All that can be seen of a container from outside. */
int life_inspect(const struct life_globals *g, const char *id, bool json, struct arena *a, struct inspection *out,
                 struct err *e) must_check;

struct spec_options {
	const char *bundle; /* where it is written; NULL: the current directory */
	const char *file;   /* its name; NULL: config.json */
	bool rootless;      /* for the calling user: a user namespace of one id, no resources, the host's /sys */
};

/* Writes a first config.json; one that exists is refused. */
int life_spec(const struct spec_options *o, struct err *e) must_check;

struct features_options {
	const char *version, *commit; /* of this build, for the annotations */
};

/* What this build can do, whatever the host: features.md of the runtime-spec. */
int life_features(const struct features_options *o, struct arena *a, struct oci_features *out,
                  struct err *e) must_check;

struct plan_options {
	const char *bundle;      /* NULL: the current directory */
	const char *config_name; /* NULL: "config.json" */
	bool json;               /* instead of the text for people */
};

/* What life_create would do with that bundle, in words (plan/print.h). Nothing is changed; any user may ask. */
int life_plan(const struct life_globals *g, const struct plan_options *o, struct arena *a, const char **text,
              struct err *e) must_check;

struct check_options {
	const char *bundle;      /* NULL: the current directory */
	const char *config_name; /* NULL: "config.json" */
	bool host;               /* also what this host cannot do */
};

struct check_result {
	struct findings found;
	const char *bundle, *config_name;
};

/*
 * All that is wrong or risky in a bundle, sorted by place, in the arena. Fails only when it cannot be looked at. Nothing is changed;
 * any user may ask.
 */
int life_check(const struct life_globals *g, const struct check_options *o, struct arena *a, struct check_result *r,
               struct err *e) must_check;

#endif
