/* SPDX-License-Identifier: Apache-2.0
 *
 * inspect - all that can be seen of a container from outside, as one JSON object
 *
 * What was asked for is read from the state, what is so from the kernel: proc(5), the files of its control groups. A process that ends
 * meanwhile might be another one by then, so what was read of it counts only if it is still there at the end.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "cgroup/io.h"
#include "kernel/mountinfo.h"
#include "kernel/ns.h"
#include "kernel/pid.h"
#include "kernel/status.h"
#include "libocispec/json_out.h"
#include "life/guest.h"
#include "life/life.h"
#include "life/sample.h"
#include "life/state.h"
#include "life/verbs.h"
#include "plan/print.h"

struct inspector {
	const struct container *c;
	struct arena *a;
	struct json_out o;
};

/* ---- the process ---- */

static void put_namespaces(struct inspector *x)
{
	char path[48];
	struct stat st, ours;

	json_out_open(&x->o, "namespaces", '{');
	for (const struct ns_kind *k = ns_kinds; k < ns_kinds + NS_KINDS; k++) {
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", x->c->pid, k->file); /* always fits */
		if (stat(path, &st) < 0)
			continue; /* this kernel has none of that kind, or we may not look */
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", k->file);
		json_out_open(&x->o, k->name, '{');
		json_out_u64(&x->o, "inode", st.st_ino);
		json_out_bool(&x->o, "host",
		              stat(path, &ours) == 0 && ours.st_ino == st.st_ino && ours.st_dev == st.st_dev);
		json_out_close(&x->o, '}');
	}
	json_out_close(&x->o, '}');
}

static void put_caps(struct inspector *x, const struct caps *c)
{
	const struct {
		const char *name;
		uint64_t set;
	} sets[] = { { "bounding", c->bounding },
		     { "effective", c->effective },
		     { "permitted", c->permitted },
		     { "inheritable", c->inheritable },
		     { "ambient", c->ambient } };

	json_out_open(&x->o, "capabilities", '{');
	for (size_t i = 0; i < array_len(sets); i++) {
		json_out_open(&x->o, sets[i].name, '[');
		for (unsigned int n = 0; n < CAPS_KNOWN; n++)
			if ((sets[i].set & CAPS_BIT(n)) != 0)
				json_out_str(&x->o, NULL, caps_name(n));
		json_out_close(&x->o, ']');
	}
	json_out_close(&x->o, '}');
}

/* proc_pid_attr(5); where no such module is active there is none, or nobody may read it. */
static void put_label(struct inspector *x)
{
	char path[48], text[4096];

	(void)snprintf(path, sizeof(path), "/proc/%d/attr/current", x->c->pid); /* always fits */
	if (file_peek_at(AT_FDCWD, path, text, sizeof(text)) > 0)
		json_out_str(&x->o, "label", text);
	else
		json_out_null(&x->o, "label");
}

static int put_process(struct inspector *x, struct err *e)
{
	static const char *const modes[] = { "disabled", "strict", "filter" };
	auto_status struct status s = { 0 };
	auto_free char *text = NULL;
	char path[32];
	size_t len;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", x->c->pid); /* always fits */
	if (file_read_at(AT_FDCWD, path, 1 << 20, &text, &len, e) < 0 || status_parse(text, &s, e) < 0)
		return -1;
	json_out_open(&x->o, "process", '{');
	json_out_u64(&x->o, "uid", s.uid[1]);
	json_out_u64(&x->o, "gid", s.gid[1]);
	json_out_bool(&x->o, "noNewPrivileges", s.no_new_privs);
	json_out_str(&x->o, "seccomp", s.seccomp >= 0 && s.seccomp < 3 ? modes[s.seccomp] : NULL);
	put_label(x);
	put_caps(x, &s.caps);
	json_out_close(&x->o, '}');
	return 0;
}

static int put_mount(void *ctx, const struct mountinfo_row *row, struct err *e)
{
	struct inspector *x = ctx;

	(void)e;
	json_out_open(&x->o, NULL, '{');
	json_out_str(&x->o, "destination", row->point);
	json_out_str(&x->o, "type", row->fstype);
	json_out_str(&x->o, "source", row->source);
	if (strcmp(row->root, "/") != 0)
		json_out_str(&x->o, "root", row->root);
	json_out_str(&x->o, "options", row->options);
	json_out_close(&x->o, '}');
	return 0;
}

static int put_mounts(struct inspector *x, struct err *e)
{
	json_out_open(&x->o, "mounts", '[');
	if (mountinfo_each(x->c->pid, put_mount, x, e) < 0)
		return -1;
	json_out_close(&x->o, ']');
	return 0;
}

/* ---- control groups ---- */

static void put_groups(struct inspector *x, const struct cg_place *p)
{
	char path[PATH_MAX];

	json_out_str(&x->o, "cgroupManager", cg_driver_of(x->c->intent.manager)->name);
	json_out_open(&x->o, "cgroups", '[');
	for (size_t i = 0; p != NULL && i < p->n; i++) {
		json_out_open(&x->o, NULL, '{');
		json_out_str(&x->o, "controllers", p->dir[i].unified ? "cgroup2" : p->dir[i].controllers);
		json_out_str(&x->o, "path", cg_path(&p->dir[i], NULL, path) ? path : NULL);
		json_out_close(&x->o, '}');
	}
	json_out_close(&x->o, ']');
}

/* In the kernel's own words: what of these is there is told as it is. */
static void put_limits(struct inspector *x, const struct cg_place *p)
{
	static const struct {
		const char *controller, *file;
	} files[] = {
		{ "cpu", "cpu.max" },
		{ "cpu", "cpu.weight" },
		{ "cpu", "cpu.cfs_quota_us" },
		{ "cpu", "cpu.cfs_period_us" },
		{ "cpu", "cpu.shares" },
		{ "cpuset", "cpuset.cpus" },
		{ "cpuset", "cpuset.mems" },
		{ "memory", "memory.max" },
		{ "memory", "memory.high" },
		{ "memory", "memory.low" },
		{ "memory", "memory.swap.max" },
		{ "memory", "memory.limit_in_bytes" },
		{ "memory", "memory.soft_limit_in_bytes" },
		{ "memory", "memory.memsw.limit_in_bytes" },
		{ "pids", "pids.max" },
		{ "io", "io.max" },
		{ "io", "io.weight" },
		{ "blkio", "blkio.weight" },
	};
	char text[1024];

	json_out_open(&x->o, "limits", '{');
	for (size_t i = 0; p != NULL && i < array_len(files); i++) {
		const struct cg_dir *d = cg_dir_of(p, files[i].controller);

		if (d != NULL && cg_peek(d, files[i].file, text, sizeof(text)) > 0)
			json_out_str(&x->o, files[i].file, text);
	}
	json_out_close(&x->o, '}');
}

static int put_usage(struct inspector *x, struct err *e)
{
	struct usage_sample s;

	if (sample_take(x->c, &s, e) < 0)
		return -1;
	json_out_open(&x->o, "usage", '{');
	sample_write(&x->o, &s);
	json_out_close(&x->o, '}');
	return 0;
}

/* ---- all of it ---- */

static int put_live(struct inspector *x, struct err *e)
{
	put_namespaces(x);
	return put_process(x, e) < 0 || put_mounts(x, e) < 0 ? -1 : 0;
}

/* 1: its process has ended while it was looked at, and what was written is of no use. */
static int put_all(struct inspector *x, struct err *e)
{
	const struct container *c = x->c;
	struct oci_state s;
	bool alive;

	if (state_of(c, x->a, &s, e) < 0)
		return -1;
	alive = s.pid.v > 0;
	json_out_open(&x->o, NULL, '{');
	json_out_object(&x->o, "state", &oci_state_type, &s);
	if (c->lost || !c->has_intent)
		json_out_str(&x->o, "broken", c->intent_error);
	if (alive && put_live(x, e) < 0)
		return pid_alive(c->pid, c->start) == 0 ? 1 : -1;
	if (c->has_intent) {
		put_groups(x, c->intent.place);
		put_limits(x, c->intent.place);
		if (put_usage(x, e) < 0)
			return -1;
	}
	json_out_close(&x->o, '}');
	return alive && pid_alive(c->pid, c->start) == 0;
}

/* The plan that it was made by, made once more. */
static int tell_plan(const struct container *c, bool json, struct arena *a, const char **text, struct err *e)
{
	struct guest g = GUEST_OF(c, a);
	struct plan_source source = { .name = c->intent.config_name };
	auto_buf struct buf out = { 0 };
	int r;

	g.intent = c->intent;
	r = guest_read(&g, e);
	source.text = g.config_text;
	source.len = g.config_len;
	if (r == 0)
		r = json ? plan_print_json(g.plan, &source, a, text, e) : plan_print_text(g.plan, &source, a, &out, e);
	if (r == 0 && !json)
		*text = arena_strndup(a, out.data, out.len);
	guest_end(&g);
	return r < 0 || *text != NULL ? r : err_memory(e);
}

int life_inspect(const struct life_globals *g, const char *id, bool json, struct arena *a, struct inspection *out,
                 struct err *e)
{
	auto_container struct container c = CONTAINER_NONE;
	struct inspector x = { .c = &c, .a = a };
	int r;

	*out = (struct inspection){ 0 };
	if (store_open(g->root, id, a, &c, e) < 0)
		return -1;
	do {
		x.o = (struct json_out){ .a = a, .indent = json ? NULL : "  " };
		r = put_all(&x, e);
	} while (r > 0);
	if (r < 0 || (c.has_intent && !c.lost && tell_plan(&c, json, a, &out->plan, e) < 0))
		return -1;
	out->text = json_out_text(&x.o, &out->len);
	return out->text != NULL ? 0 : err_memory(e);
}
