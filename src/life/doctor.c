/* SPDX-License-Identifier: Apache-2.0
 *
 * doctor - what this host and user can do, asked of the kernel by doing it where that changes nothing
 *
 * One row of the table a question. A probe says how bad the answer is and what was found; what mends it is in its row. The last one
 * enters a user namespace of its own, so nothing may come after it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/file.h"
#include "base/num.h"
#include "base/passwd.h"
#include "base/reason.h"
#include "base/spawn.h"
#include "cgroup/bus.h"
#include "kernel/caps.h"
#include "kernel/landlock.h"
#include "kernel/ns.h"
#include "kernel/probe.h"
#include "kernel/seccomp.h"
#include "life/facts.h"
#include "life/state.h"
#include "life/verbs.h"

struct doctor {
	const struct life_globals *g;
	struct arena *a;
	struct facts f;
	struct cg_layout layout;
};

/* ---- the kernel ---- */

static enum doctor_verdict kernel(struct doctor *d, struct buf *out)
{
	struct utsname u = { .release = "" };

	(void)d;
	(void)uname(&u); /* cannot fail */
	buf_printf(out, "%s %s %s", u.sysname, u.release, u.machine);
	return DOCTOR_OK;
}

static enum doctor_verdict calls(struct doctor *d, struct buf *out)
{
	(void)d;
	probe_calls(out);
	if (out->len > 0)
		return DOCTOR_LIMITED;
	buf_puts(out, "all that are used are there");
	return DOCTOR_OK;
}

static enum doctor_verdict namespaces(struct doctor *d, struct buf *out)
{
	enum doctor_verdict v = DOCTOR_OK;
	char path[48];

	(void)d;
	for (const struct ns_kind *k = ns_kinds; k < ns_kinds + NS_KINDS; k++) {
		bool there;

		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", k->file); /* always fits */
		there = access(path, F_OK) == 0;
		buf_printf(out, "%s%s%s", out->len > 0 ? ", " : "", there ? "" : "no ", k->name);
		if (!there && (k->flag == CLONE_NEWNS || k->flag == CLONE_NEWPID))
			v = DOCTOR_BROKEN;
		else if (!there && v == DOCTOR_OK)
			v = DOCTOR_LIMITED;
	}
	return v;
}

/* Whether a file of the kernel has a word of its own. */
static bool has_word(const char *file, const char *word)
{
	char text[4096], *rest = text;

	if (file_peek_at(AT_FDCWD, file, text, sizeof(text)) < 0)
		return false;
	for (char *w; (w = strsep(&rest, " ,\t\n")) != NULL;)
		if (strcmp(w, word) == 0)
			return true;
	return false;
}

static enum doctor_verdict overlay(struct doctor *d, struct buf *out)
{
	bool there = has_word("/proc/filesystems", "overlay");

	(void)d;
	buf_puts(out, there ? "the file system is there" : "the file system is not there, or its module is not loaded");
	return there ? DOCTOR_OK : DOCTOR_LIMITED;
}

static enum doctor_verdict rights(struct doctor *d, struct buf *out)
{
	struct caps c = { 0 };
	struct err ignored;
	bool admin = caps_get(&c, &ignored) == 0 && (c.effective & CAPS_BIT(CAP_SYS_ADMIN)) != 0;

	buf_printf(out, "user %u%s, %s CAP_SYS_ADMIN", d->f.euid, d->f.in_userns ? " of a user namespace" : "",
	           admin ? "with" : "without");
	return admin || d->f.euid != 0 ? DOCTOR_OK : DOCTOR_LIMITED;
}

static enum doctor_verdict state_root(struct doctor *d, struct buf *out)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s", d->g->root);
	while (access(path, F_OK) < 0 && errno == ENOENT && strrchr(path, '/') != path)
		*strrchr(path, '/') = '\0';
	if (access(path, F_OK) < 0 && errno == ENOENT)
		(void)snprintf(path, sizeof(path), "/");
	if (access(path, W_OK | X_OK) == 0) {
		buf_printf(out, "%s can be used", d->g->root);
		return DOCTOR_OK;
	}
	buf_printf(out, "%s: %s", path, words_of_error(errno));
	return DOCTOR_BROKEN;
}

/* ---- control groups ---- */

static enum doctor_verdict layout(struct doctor *d, struct buf *out)
{
	static const char *const words[] = { [CG_NONE] = "no control groups are mounted at /sys/fs/cgroup",
		                             [CG_V1] = "version 1",
		                             [CG_HYBRID] = "version 1, with a cgroup2 tree beside it",
		                             [CG_V2] = "cgroup2 alone (unified)" };

	buf_puts(out, words[d->layout.mode]);
	return d->layout.mode == CG_NONE ? DOCTOR_LIMITED : DOCTOR_OK;
}

/* Where the groups of this caller begin: of a user on cgroup2 what its manager was given, else where it is itself. */
static const char *own_group(const struct doctor *d, const struct cg_hier *h, char to[PATH_MAX])
{
	struct cg_dir dir = { .mount = h->mount, .path = d->f.rootless ? h->self : "" };

	if (h->unified && d->f.euid != 0 &&
	    snprintf(to, PATH_MAX, "%s/user.slice/user-%u.slice/user@%u.service", h->mount, d->f.euid, d->f.euid) > 0 &&
	    access(to, F_OK) == 0)
		return to;
	(void)snprintf(to, PATH_MAX, "%s%s", dir.mount, dir.path); /* cut: is not there */
	return to;
}

static bool has_controller(const struct doctor *d, const char *controller)
{
	char dir[PATH_MAX], path[PATH_MAX + 32];

	for (const struct cg_hier *h = d->layout.hier; h < d->layout.hier + d->layout.n; h++) {
		if (!h->unified && cg_lists(h->controllers, controller))
			return true;
		(void)snprintf(path, sizeof(path), "%s/cgroup.controllers", own_group(d, h, dir)); /* fits */
		if (h->unified && has_word(path, controller))
			return true;
	}
	return false;
}

static enum doctor_verdict controllers(struct doctor *d, struct buf *out)
{
	static const char *const wanted[] = { "cpu", "cpuset", "memory", "pids", "io", "hugetlb", "rdma" };
	enum doctor_verdict v = DOCTOR_OK;

	for (size_t i = 0; i < array_len(wanted); i++) {
		bool there = has_controller(d, wanted[i]) || (i == 4 && has_controller(d, "blkio"));

		buf_printf(out, "%s%s%s", i > 0 ? ", " : "", there ? "" : "no ", wanted[i]);
		if (!there && i < 4)
			v = DOCTOR_LIMITED;
	}
	return v;
}

static enum doctor_verdict delegation(struct doctor *d, struct buf *out)
{
	char dir[PATH_MAX];
	size_t good = 0;

	for (const struct cg_hier *h = d->layout.hier; h < d->layout.hier + d->layout.n; h++) {
		bool ours = access(own_group(d, h, dir), W_OK) == 0;

		good += ours;
		if (!ours)
			buf_printf(out, "%s%s", out->len > 0 ? ", " : "may not make groups in ", dir);
	}
	if (out->len == 0)
		buf_printf(out, "groups can be made in %zu hierarch%s", good, good == 1 ? "y" : "ies");
	return good == d->layout.n && good > 0 ? DOCTOR_OK : DOCTOR_LIMITED;
}

static enum doctor_verdict systemd(struct doctor *d, struct buf *out)
{
	auto_bus struct bus b = { 0 };
	struct err why;

	if (bus_open(&b, d->f.rootless, &why) == 0) {
		buf_printf(out, "the %s manager answers", d->f.rootless ? "user's" : "system's");
		return DOCTOR_OK;
	}
	buf_puts(out, why.text);
	return DOCTOR_ABSENT;
}

/* ---- users ---- */

/* NAME:FIRST:COUNT or UID:FIRST:COUNT (subuid(5)): how many ids a line gives to the caller. */
static uint64_t ids_of(const char *line, const char *name, uint32_t uid)
{
	const size_t len = strlen(line);
	char who[256], first[24], count[24];
	uint64_t from, n;
	uint32_t id;

	if (!passwd_field(line, len, 0, who, sizeof(who)) || !passwd_field(line, len, 1, first, sizeof(first)) ||
	    !passwd_field(line, len, 2, count, sizeof(count)) || !num_u64(first, UINT32_MAX, &from) ||
	    !num_u64(count, UINT32_MAX, &n))
		return 0;
	return (name != NULL && strcmp(who, name) == 0) || (num_u32(who, &id) && id == uid) ? n : 0;
}

/* How many ids a file gives to the caller. */
static uint64_t count_ids(const struct doctor *d, const char *file)
{
	const char *name = state_owner(d->f.euid, d->a);
	auto_free char *text = NULL;
	uint64_t sum = 0;
	struct err ignored;
	char *rest = NULL;
	size_t len;

	if (file_read_at(AT_FDCWD, file, PASSWD_MAX, &text, &len, &ignored) == 0)
		rest = text;
	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
		sum += ids_of(line, name, d->f.euid);
	return sum;
}

static enum doctor_verdict subids(struct doctor *d, struct buf *out)
{
	static const char *const files[] = { "/etc/subuid", "/etc/subgid" };
	enum doctor_verdict v = DOCTOR_OK;

	for (size_t i = 0; i < array_len(files); i++) {
		uint64_t n = count_ids(d, files[i]);

		buf_printf(out, "%s%s: %llu ids", i > 0 ? ", " : "", files[i], (unsigned long long)n);
		if (n < 65536)
			v = d->f.euid != 0 ? DOCTOR_LIMITED : DOCTOR_ABSENT;
	}
	return v;
}

/* Programs that others need: all must be in PATH. */
static enum doctor_verdict find(struct buf *out, const char *const *names, size_t n, enum doctor_verdict bad)
{
	enum doctor_verdict v = DOCTOR_OK;
	char path[PATH_MAX];
	struct err why;

	for (size_t i = 0; i < n; i++) {
		bool there = spawn_find(names[i], path, &why) == 0;

		buf_printf(out, "%s%s", i > 0 ? ", " : "", there ? path : why.text);
		v = there ? v : bad;
	}
	return v;
}

static enum doctor_verdict idmap_tools(struct doctor *d, struct buf *out)
{
	static const char *const names[] = { "newuidmap", "newgidmap" };

	return find(out, names, 2, d->f.euid != 0 ? DOCTOR_LIMITED : DOCTOR_ABSENT);
}

static enum doctor_verdict criu(struct doctor *d, struct buf *out)
{
	static const char *const names[] = { "criu" };

	(void)d;
	return find(out, names, 1, DOCTOR_ABSENT);
}

/* ---- what protects ---- */

static enum doctor_verdict seccomp(struct doctor *d, struct buf *out)
{
	unsigned int v[3];
	bool kernel_has = access("/proc/sys/kernel/seccomp/actions_avail", F_OK) == 0;

	(void)d;
	if (!kernel_has) {
		buf_puts(out, "the kernel has no filters");
		return DOCTOR_LIMITED;
	}
	if (!seccomp_library_version(v)) {
		buf_puts(out, "libseccomp is not there: a config.json with a profile is refused");
		return DOCTOR_LIMITED;
	}
	buf_printf(out, "libseccomp %u.%u.%u%s", v[0], v[1], v[2],
	           has_word("/proc/sys/kernel/seccomp/actions_avail", "user_notif") ? "" : ", no listeners");
	return DOCTOR_OK;
}

static enum doctor_verdict lsms(struct doctor *d, struct buf *out)
{
	int abi = landlock_abi();
	char text[256];

	buf_printf(out, "AppArmor %s, SELinux %s, ", d->f.apparmor ? "on" : "off", d->f.selinux ? "on" : "off");
	if (abi > 0)
		buf_printf(out, "Landlock version %d", abi);
	else
		buf_puts(out, "Landlock off");
	if (file_peek_at(AT_FDCWD, "/sys/kernel/security/lsm", text, sizeof(text)) > 0)
		buf_printf(out, " (active: %s)", text);
	return d->f.apparmor || d->f.selinux || abi > 0 ? DOCTOR_OK : DOCTOR_ABSENT;
}

/* The caller's rights in a new user namespace count as well: some LSMs give one that is of no use. */
static enum doctor_verdict user_namespaces(struct doctor *d, struct buf *out)
{
	struct err why;

	if (ns_make(CLONE_NEWUSER, &why) < 0 || ns_make(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS, &why) < 0) {
		buf_puts(out, why.text);
		return d->f.rootless ? DOCTOR_BROKEN : DOCTOR_LIMITED;
	}
	buf_puts(out, "can be made and used");
	return DOCTOR_OK;
}

static const struct {
	const char *name;
	enum doctor_verdict (*run)(struct doctor *d, struct buf *out); /* what was found goes to *out */
	const char *mend;
} rows[] = {
	{ "kernel", kernel, NULL },
	{ "system-calls", calls,
	  "a newer kernel; or, in a container, a seccomp profile that knows these calls. They are done without, slower" },
	{ "namespaces", namespaces, "a kernel built with CONFIG_NAMESPACES and one CONFIG_*_NS for each" },
	{ "overlay", overlay, "modprobe overlay" },
	{ "rights", rights,
	  "run as root with all capabilities (of a container: --privileged), or as another user, rootless" },
	{ "state-root", state_root,
	  "--root DIR, or XDG_RUNTIME_DIR set to a directory of this user (loginctl enable-linger)" },
	{ "cgroup-layout", layout, "mount -t cgroup2 none /sys/fs/cgroup; until then limits are refused" },
	{ "controllers", controllers,
	  "kernel parameters (cgroup_enable=memory); of a user: Delegate=cpu cpuset io memory pids in "
	  "/etc/systemd/system/user@.service.d/delegate.conf, then log in anew" },
	{ "delegation", delegation,
	  "of a user: use --systemd-cgroup, or start ocirt in a unit with Delegate=yes; in a container: mount /sys/fs/cgroup writable" },
	{ "systemd", systemd,
	  "only needed for --systemd-cgroup: install libsystemd and log in so that a manager runs (loginctl enable-linger)" },
	{ "subids", subids,
	  "only needed by users: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER" },
	{ "newuidmap", idmap_tools, "only needed by users: install uidmap (Debian) or shadow-utils" },
	{ "criu", criu, "only needed for checkpoint and restore: install criu" },
	{ "seccomp", seccomp, "a kernel with CONFIG_SECCOMP_FILTER, and install libseccomp2 (libseccomp)" },
	{ "lsm", lsms,
	  "only needed for profiles and labels: a kernel parameter lsm= that names apparmor, selinux or landlock" },
	{ "user-namespaces", user_namespaces,
	  "sysctl user.max_user_namespaces=15000, kernel.unprivileged_userns_clone=1 (Debian), "
	  "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)" },
};

int life_doctor(const struct life_globals *g, struct arena *a, struct doctor_report *out, struct err *e)
{
	struct doctor *d = arena_alloc(a, sizeof(*d));

	*out = (struct doctor_report){ .items = arena_alloc(a, sizeof(rows) / sizeof(rows[0]) * sizeof(*out->items)) };
	if (d == NULL || out->items == NULL)
		return err_memory(e);
	d->g = g;
	d->a = a;
	if (facts_find(&d->f, &d->layout, CG_MANAGER_CGROUPFS, e) < 0)
		return -1;
	for (size_t i = 0; i < array_len(rows); i++) {
		auto_buf struct buf text = { 0 };
		struct doctor_item *item = &out->items[out->n++];

		item->name = rows[i].name;
		item->verdict = rows[i].run(d, &text);
		item->mend = item->verdict != DOCTOR_OK ? rows[i].mend : NULL;
		item->found = buf_text(&text) != NULL ? arena_strndup(a, text.data, text.len) : NULL;
		if (item->found == NULL)
			return err_memory(e);
		if (item->verdict > out->worst)
			out->worst = item->verdict;
	}
	return 0;
}
