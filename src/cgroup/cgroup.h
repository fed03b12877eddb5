/* SPDX-License-Identifier: Apache-2.0
 *
 * cgroup - one container's control groups in whatever layout the host has
 *
 * Usage: cg_detect() once -> cg_place() gives the directories (pure) -> they are recorded in the intent -> cg_create() makes
 * them -> cg_write_all() sets limits -> cg_attach() (or clone3's CLONE_INTO_CGROUP with cg_open_unified) -> ... -> cg_remove().
 * A layout is data: tests give one whose roots are below a temporary directory. cgroups(7), cgroup-v2.rst, cgroup-v1/.
 */
#ifndef OCIRT_CGROUP_CGROUP_H
#define OCIRT_CGROUP_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

enum cg_mode {
	CG_NONE,   /* no cgroup file system in view */
	CG_V1,     /* v1 hierarchies only */
	CG_HYBRID, /* v1 hierarchies and a cgroup2 tree beside them */
	CG_V2,     /* unified */
};

enum cg_manager { CG_MANAGER_CGROUPFS, CG_MANAGER_SYSTEMD, CG_MANAGER_DISABLED };

/* One mounted hierarchy. */
struct cg_hier {
	const char *
		controllers; /* v1, as in /proc/self/cgroup: "cpu,cpuacct", "name=systemd"; cgroup2: what its root has, "cpu,io" */
	const char *mount; /* where it is mounted: "/sys/fs/cgroup/memory" */
	const char *self;  /* the caller's own path below the mount: "/user.slice" */
	bool unified;      /* cgroup2 */
};

enum { CG_HIER_MAX = 24, CG_TEXT_MAX = 8192 };

struct cg_layout {
	enum cg_mode mode;
	size_t n;
	struct cg_hier hier[CG_HIER_MAX];
	char text[CG_TEXT_MAX]; /* backing of the names above; a layout must not be copied by value */
};

/*
 * Finds out what is mounted at /sys/fs/cgroup (statfs magic) and where the caller is (/proc/self/cgroup). A host without
 * cgroups is CG_NONE, not an error. Cheap: a unified host costs one statfs and two small reads, a v1 hierarchy one statfs;
 * /proc/self/mountinfo is read only when a hierarchy is not mounted under its own name there. cgroups(7).
 */
int cg_detect(struct cg_layout *l, struct err *e) must_check;

/* The hierarchy that has a controller ("memory"), NULL when none: v1 first, then the cgroup2 tree if it lists it. */
const struct cg_hier *cg_find(const struct cg_layout *l, const char *controller);

/* Whether a comma separated list of controllers has one. */
bool cg_lists(const char *controllers, const char *controller);

/* The directories of one container, one in each hierarchy of the layout that is used. */
struct cg_place {
	size_t n;
	struct cg_dir {
		const char *controllers; /* of its hierarchy */
		const char *mount;       /* of its hierarchy */
		const char *path;        /* below the mount: "/libpod/abc" */
		bool unified;
	} dir[CG_HIER_MAX];
	char text[CG_TEXT_MAX]; /* backing; a place must not be copied by value */
};

/*
 * Pure. cgroups_path is config.json's (NULL or "" = none): absolute = below each mount; relative or none = below the
 * caller's own group on v1 and below the root on v2, default name the id. A `..` component, the root group itself and a path
 * too long for the kernel are refused (ERR_CONFIG at /linux/cgroupsPath).
 */
int cg_place(const struct cg_layout *l, const char *cgroups_path, const char *id, struct cg_place *p,
             struct err *e) must_check;

/*
 * The same for a container whose groups systemd makes: cgroups_path is "SLICE:PREFIX:NAME", each may be empty (system.slice or
 * the user's user.slice, no prefix, the id); the scope is PREFIX-NAME.scope, without a path at all ocirt-ID.scope. user: NULL for the
 * system's manager; else a user's own, who is the one whose slice the caller is in, else *user. Other paths are refused (ERR_CONFIG),
 * as are names that no unit can have, and a NAME of a slice. A directory of systemd's has '_' before what is like a kernel file's name.
 */
int cg_systemd_place(const struct cg_layout *l, const char *cgroups_path, const char *id, const uid_t *user,
                     struct cg_place *p, struct err *e) must_check;

/* One value for one file; what plan/resources compiles. */
struct cg_write {
	const char *controller; /* "memory"; on v2 the one that must be enabled; "cgroup" for core files of cgroup2 */
	const char *file;       /* "memory.max", one component */
	const char *value;
	const char *alt_file; /* written instead where the kernel has no `file`; NULL: none */
	const char *alt_value;
	const char *usage; /* file with what is used of it now ("memory.current"), to explain a refusal; NULL: none */
	const char *usage2, *sum; /* checked likewise: the most of usage and of a second file together; NULL: nothing */
	const char *pointer;      /* who asked for it: "/linux/resources/memory/limit" */
	const char *property;     /* of a systemd unit; NULL: none */
	unsigned knot;    /* neighbours of one number > 0 bound each other: an EINVAL is tried again after the others */
	bool check_usage; /* refused by us when less than what is used now (checkBeforeUpdate) */
	bool optional;    /* a kernel without the file is fine */
};

/* One rule for devices, in order; type 'a', 'b', 'c'; major/minor -1 = any; access some of r w m. The last one that fits wins. */
struct cg_device_rule {
	int64_t major, minor;
	bool allow;
	char type;
	bool r, w, m;
};

/* A unit's property that config.json names itself, its value in GVariant's text form. */
struct cg_asked {
	const char *name, *value;
	const char *pointer; /* who asked for it */
};

/* All that is set in a group; zeroed sets nothing. Nothing in it is owned. */
struct cg_settings {
	const char *const *need; /* controllers that cgroup2 must enable down to the group */
	size_t n_need;
	const struct cg_write *writes;
	size_t n_writes;
	const struct cg_device_rule *devices; /* n 0: devices are left alone */
	size_t n_devices;
	const struct cg_asked *asked; /* systemd's alone */
	size_t n_asked;
	bool fresh; /* of a group that nobody uses yet: nothing is put back when one of them is refused */
};

/*
 * Refuses, before anything is recorded or done, a group that cg_create would refuse: one with processes in it or frozen. One
 * system call when it is not there yet.
 */
int cg_check(const struct cg_place *p, struct err *e) must_check;

/*
 * Makes the directories (0755, parents too) and on v2 enables the controllers named by need[] down the tree. A directory that
 * exists and has processes in it, or is frozen, is refused. On failure everything it made is taken away again.
 */
int cg_create(const struct cg_place *p, const char *const *need, size_t n_need, struct err *e) must_check;

/* Enables controllers of cgroup2 down to a group that is there; fine when there is no cgroup2 tree or nothing is needed. */
int cg_enable(const struct cg_place *p, const char *const *need, size_t n_need, struct err *e) must_check;

/* Writes the values in order; an error names file, value, controller missing or the kernel's reason, and notes the pointer. */
int cg_write_all(const struct cg_place *p, const struct cg_write *w, size_t n, struct err *e) must_check;

/* What belongs to a change besides the files; NULL: nothing. */
struct cg_also {
	int (*act)(void *arg, struct err *e);
	void *arg;
};

/*
 * The same for a group in use: when a value is refused, or what belongs to it fails afterwards, all that the files said before
 * is written again, so that the old limits stay. What cannot be put back is told as a warning.
 */
int cg_change(const struct cg_place *p, const struct cg_write *w, size_t n, const struct cg_also *also,
              struct err *e) must_check;

/* v1: devices.deny a, then the rules; v2: compiles and attaches a BPF program (replacing ours atomically on update). */
int cg_set_devices(const struct cg_place *p, const struct cg_device_rule *rules, size_t n, struct err *e) must_check;

/* Moves a process into every directory. The first write waits for an RCU grace period (ms): prefer the two below. */
int cg_attach(const struct cg_place *p, pid_t pid, struct err *e) must_check;

/*
 * Moves the calling, single-threaded process into every v1 directory and, if asked, the cgroup2 one. A lone thread moving itself
 * by `tasks` needs no lock in the kernel, so this takes microseconds; join before a cgroup namespace is made and before ids change.
 */
int cg_attach_self(const struct cg_place *p, bool unified, struct err *e) must_check;

/* O_PATH fd of the cgroup2 directory for CLONE_INTO_CGROUP (in the hybrid layout too), -1 when there is none. */
int cg_open_unified(const struct cg_place *p);

/*
 * The place of an exec: `words` of --cgroup are PATH (below every group of p) or CONTROLLER[,...]:PATH, n of them. *to uses p's memory.
 * Refused: a `..`, an unknown controller, one that is named twice, a group that is not there.
 */
int cg_sub_place(const struct cg_place *p, const char *const *words, size_t n, struct cg_place *to,
                 struct err *e) must_check;

/* Names the group of that path ("a/b") below every group of p: *to is its place, in p's memory. Nothing is made. */
int cg_sub_name(const struct cg_place *p, const char *path, struct cg_place *to, struct err *e) must_check;

/*
 * A group of cgroup2 gives controllers to groups below it only while no process is in it itself: moves those that are to one below
 * (cgroup-v2.rst, "No Internal Process Constraint"). Nothing to do where nobody is in it, or there is no cgroup2.
 */
int cg_make_room(const struct cg_place *p, struct err *e) must_check;

/* Makes a group of that path ("a/b") below every group of p; *to is its place, in p's memory. */
int cg_sub_make(const struct cg_place *p, const char *path, struct cg_place *to, struct err *e) must_check;

/*
 * Makes a group that is nobody else's while the descriptor that is returned, the caller's, is open: by flock(2) on its directory. One
 * that is empty is taken as it is. -1: it is another's, or processes are in it; then nothing of it was touched. *made: none of its
 * directories was there.
 */
int cg_claim(const struct cg_place *p, bool *made, struct err *e) must_check;

/* Gives the cgroup2 directory and the files that the kernel names for it (/sys/kernel/cgroup/delegate) to a user of the host. */
int cg_give(const struct cg_place *p, uid_t uid, gid_t gid, struct err *e) must_check;

/* The same fd of the cgroup2 group that a process is in now, -1 when that cannot be seen. */
int cg_open_unified_of(const struct cg_place *p, pid_t pid);

/* Freezes or thaws and waits until it is so, at most timeout_ms. */
int cg_freeze(const struct cg_place *p, bool frozen, int timeout_ms, struct err *e) must_check;

/* 1 when it is frozen, 0 when not (a missing group or freezer is not), -1 *e filled. */
int cg_frozen(const struct cg_place *p, struct err *e) must_check;

/* All pids, sub-groups too, each once: malloc'ed *pids of *n. A missing group has none. */
int cg_pids(const struct cg_place *p, pid_t **pids, size_t *n, struct err *e) must_check;

/*
 * Signals every process in it and its sub-groups; SIGKILL by cgroup.kill where there is one, else freeze, signal, thaw; loops
 * until a pass finds nothing new. 0 also when there was nobody.
 */
int cg_kill(const struct cg_place *p, int sig, struct err *e) must_check;

/*
 * Kills what is left, waits (bounded by timeout_ms) until each group is empty and removes the directories, sub-groups first.
 * Parents stay, for others may use them by now. A missing directory is fine. -1 names the first that could not be removed.
 */
int cg_remove(const struct cg_place *p, int timeout_ms, struct err *e) must_check;

/* How a manager of groups does the acts that differ between managers; p is NULL for CG_MANAGER_DISABLED. */
struct cg_driver {
	const char *name; /* as --cgroup-manager says it: "cgroupfs", "systemd", "disabled" */
	bool born_inside; /* the process joins by itself (cg_open_unified, cg_attach_self); false: `join` moves it */
	/* Before there is a process: makes the groups and sets them up; undone on failure. */
	int (*prepare)(const struct cg_place *p, const struct cg_settings *s, struct err *e);
	/* Once there is one and it waits: moves it, if not born_inside. */
	int (*join)(const struct cg_place *p, pid_t pid, const struct cg_settings *s, struct err *e);
	/* Moves one more process into a group in use where we may not; NULL: nobody else can. */
	int (*adopt)(const struct cg_place *p, pid_t pid, struct err *e);
	/* Changes the settings of a group in use; when one of them is refused the old ones stay. */
	int (*apply)(const struct cg_place *p, const struct cg_settings *s, struct err *e);
	int (*remove)(const struct cg_place *p, int timeout_ms, struct err *e);
};

/* The driver of a manager. */
const struct cg_driver *cg_driver_of(enum cg_manager manager);

#endif
