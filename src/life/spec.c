/* SPDX-License-Identifier: Apache-2.0
 *
 * spec - a first config.json: a shell on a read-only root, with few rights
 *
 * Its words are those that people know from other runtimes' `spec`, so that what edits theirs (sed, jq) edits ours.
 */
#include "life/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "libocispec/oci_config.h"
#include "plan/defaults.h"

static const char *const args[] = { "sh" };
static const char *const env[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm" };
static const char *const caps[] = { "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" };
static const struct oci_rlimit rlimits[] = { { .type = OCI_RLIMIT_NOFILE, .soft = 1024, .hard = 1024 } };

static const char *const proc_options[] = { "nosuid", "noexec", "nodev" };
static const char *const dev_options[] = { "nosuid", "strictatime", "mode=755", "size=65536k" };
static const char *const pts_options[] = { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" };
static const char *const pts_options_rootless[] = { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620" };
static const char *const shm_options[] = { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" };
static const char *const mqueue_options[] = { "nosuid", "noexec", "nodev" };
static const char *const sys_options[] = { "nosuid", "noexec", "nodev", "ro" };
static const char *const sys_options_rootless[] = { "rbind", "nosuid", "noexec", "nodev", "ro" };
static const char *const cgroup_options[] = { "nosuid", "noexec", "nodev", "relatime", "ro" };

#define MOUNT(dst, fstype, src, opts)                                                              \
	{                                                                                          \
		.destination = (dst), .type = (fstype), .source = (src), .options = JSON_ALL(opts) \
	}

static const struct oci_mount mounts[] = {
	MOUNT("/proc", "proc", "proc", proc_options),
	MOUNT("/dev", "tmpfs", "tmpfs", dev_options),
	MOUNT("/dev/pts", "devpts", "devpts", pts_options),
	MOUNT("/dev/shm", "tmpfs", "shm", shm_options),
	MOUNT("/dev/mqueue", "mqueue", "mqueue", mqueue_options),
	MOUNT("/sys", "sysfs", "sysfs", sys_options),
	MOUNT("/sys/fs/cgroup", "cgroup", "cgroup", cgroup_options),
};

/* Group 5 is not mapped there, and a new sysfs needs a network namespace of one's own. */
static const struct oci_mount mounts_rootless[] = {
	MOUNT("/proc", "proc", "proc", proc_options),
	MOUNT("/dev", "tmpfs", "tmpfs", dev_options),
	MOUNT("/dev/pts", "devpts", "devpts", pts_options_rootless),
	MOUNT("/dev/shm", "tmpfs", "shm", shm_options),
	MOUNT("/dev/mqueue", "mqueue", "mqueue", mqueue_options),
	MOUNT("/sys", "none", "/sys", sys_options_rootless),
	MOUNT("/sys/fs/cgroup", "cgroup", "cgroup", cgroup_options),
};

static const struct oci_namespace namespaces[] = {
	{ .type = OCI_NS_PID }, { .type = OCI_NS_NETWORK }, { .type = OCI_NS_IPC },
	{ .type = OCI_NS_UTS }, { .type = OCI_NS_MOUNT },   { .type = OCI_NS_CGROUP },
};

static const struct oci_namespace namespaces_rootless[] = {
	{ .type = OCI_NS_PID },   { .type = OCI_NS_IPC },  { .type = OCI_NS_UTS },
	{ .type = OCI_NS_MOUNT }, { .type = OCI_NS_USER }, { .type = OCI_NS_CGROUP },
};

/* Behind the default masks, the meters of this host's own processors, one path each: they tell of its other work. */
#define THERMAL "/sys/devices/system/cpu/cpu%u/thermal_throttle"
enum { MAX_CPUS = 1024 };

static const struct oci_device_rule device_rules[] = { { .allow = false, .access = "rwm" } };

/* The defaults and `more` room behind them. -1: out of memory. */
static int list_of(const char *const *defaults, size_t more, struct arena *a, struct vec_str *v)
{
	size_t n = 0;

	while (defaults[n] != NULL)
		n++;
	*v = (struct vec_str){ .items = arena_alloc(a, (n + more) * sizeof(*v->items)), .n = n, .set = true };
	if (v->items == NULL)
		return -1;
	memcpy(v->items, defaults, n * sizeof(*defaults));
	return 0;
}

/* The default masks and, where this host has them, the meters. -1: out of memory. */
static int all_masked(struct arena *a, struct vec_str *v)
{
	char path[sizeof(THERMAL) + 10];

	if (list_of(plan_default_masked, MAX_CPUS, a, v) < 0)
		return -1;
	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++) {
		(void)snprintf(path, sizeof(path), THERMAL, cpu); /* always fits */
		if (access(path, F_OK) < 0)
			break;
		v->items[v->n] = arena_strndup(a, path, strlen(path));
		if (v->items[v->n++] == NULL)
			return -1;
	}
	return 0;
}

/* Whether the host has cgroup2, alone or beside version 1. */
static bool has_unified_tree(void)
{
	return access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0 ||
	       access("/sys/fs/cgroup/unified/cgroup.controllers", F_OK) == 0 || access("/sys/fs/cgroup", F_OK) != 0;
}

/* The text of the document, in the arena. */
static char *spec_text(bool rootless, struct arena *a, size_t *len)
{
	struct oci_id_mapping uids[] = { { .host_id = geteuid(), .size = 1 } },
			      gids[] = { { .host_id = getegid(), .size = 1 } };
	struct oci_user user = { .uid = { true, 0 }, .gid = { true, 0 } };
	struct oci_capabilities capabilities = { .bounding = JSON_ALL(caps),
		                                 .effective = JSON_ALL(caps),
		                                 .permitted = JSON_ALL(caps) };
	struct oci_process process = { .terminal = { true, true },
		                       .user = &user,
		                       .args = JSON_ALL(args),
		                       .env = JSON_ALL(env),
		                       .cwd = "/",
		                       .capabilities = &capabilities,
		                       .rlimits = JSON_ALL(rlimits),
		                       .no_new_privileges = { true, true } };
	struct oci_root root = { .path = "rootfs", .readonly = { true, true } };
	struct oci_resources resources = { .devices = JSON_ALL(device_rules) };
	struct oci_linux linux_part = { .resources = &resources, .namespaces = JSON_ALL(namespaces) };
	struct oci_config config = { .oci_version = OCI_VERSION,
		                     .process = &process,
		                     .root = &root,
		                     .hostname = "ocirt",
		                     .mounts = JSON_ALL(mounts),
		                     .linux_ = &linux_part };

	if (all_masked(a, &linux_part.masked_paths) < 0 ||
	    list_of(plan_default_readonly, 0, a, &linux_part.readonly_paths) < 0)
		return NULL;
	if (rootless) {
		config.mounts = (struct vec_oci_mount)JSON_ALL(mounts_rootless);
		linux_part.resources = NULL;
		linux_part.namespaces = (struct vec_oci_namespace)JSON_ALL(namespaces_rootless);
		linux_part.uid_mappings = (struct vec_oci_id_mapping)JSON_ALL(uids);
		linux_part.gid_mappings = (struct vec_oci_id_mapping)JSON_ALL(gids);
	}
	if (!has_unified_tree())
		linux_part.namespaces.n--; /* the last of each list; tools for version 1 add one of their own */
	return json_write(&oci_config_type, &config, "\t", a, len);
}

static int write_new(const char *bundle, const char *name, const char *text, size_t len, struct err *e)
{
	auto_fd int dir = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;

	if (dir < 0)
		return err_sys(e, "open bundle %s", bundle);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST)
		return err_kind(e, ERR_EXISTS, "%s exists in %s: remove it first", name, bundle);
	if (fd < 0)
		return err_sys(e, "make %s in %s", name, bundle);
	if (fd_write_all(fd, text, len) == 0 && fd_write_all(fd, "\n", 1) == 0)
		return 0;
	(void)err_sys(e, "write %s in %s", name, bundle);
	(void)unlinkat(dir, name, 0); /* half of it helps nobody */
	return -1;
}

int life_spec(const struct spec_options *o, struct err *e)
{
	struct arena a = { 0 };
	size_t len;
	char *text = spec_text(o->rootless, &a, &len);
	int r = text == NULL ? err_memory(e)
	                     : write_new(o->bundle != NULL ? o->bundle : ".", o->file != NULL ? o->file : "config.json",
	                                 text, len, e);

	arena_free(&a);
	return r;
}
