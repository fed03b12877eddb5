/* SPDX-License-Identifier: Apache-2.0
 *
 * check - all that is wrong or risky in a bundle, told and not run
 *
 * The reader and the plan each stop at the first mistake. So what a mistake blames is cut out of a copy of the text, which keeps
 * all other values in their places, and the rest is read and planned again, until nothing is wrong with it; what risks it then
 * has is found in what is left. Without --host the plan is made for a host that has everything.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/file.h"
#include "base/num.h"
#include "base/path.h"
#include "base/reason.h"
#include "kernel/rootfs.h"
#include "kernel/seccomp.h"
#include "libocispec/json_cut.h"
#include "libocispec/json_text.h"
#include "life/facts.h"
#include "life/verbs.h"
#include "plan/plan.h"
#include "plan/risks.h"
#include "plan/risks_mount.h"

enum { MAX_MISTAKES = 200, MAX_INSERTED = 8 };

struct audit {
	const struct check_options *o;
	struct arena *a;  /* of what is found */
	struct arena doc; /* of the reading at hand */
	char bundle[PATH_MAX], rootfs[PATH_MAX], path[PATH_MAX];
	const char *name;
	char *text, *work; /* malloc'ed: as it is, and what is not wrong of it */
	size_t len, work_len;
	size_t brace; /* where the document begins */
	struct insertion {
		size_t at, len;
	} inserted[MAX_INSERTED]; /* bytes of `work` that are not in `text` */
	size_t n_inserted;
	struct vec_str gone;   /* pointers of what was cut */
	struct json_mark mark; /* in `work`, of a rule's finding */
	bool no_bundle;        /* where the root or the program is, is not known */
	struct oci_config *spec;
	struct intent intent;
	struct cg_layout layout, best; /* of this host, and one that has everything */
	struct findings found;
	struct vec_str unknown;
	size_t unknown_at[MAX_MISTAKES]; /* their values, in `work` */
	bool told_unknown;
};

/* ---- places ---- */

static size_t in_text(const struct audit *x, size_t at)
{
	size_t more = 0;

	for (size_t i = 0; i < x->n_inserted; i++)
		more += x->inserted[i].at < at ? x->inserted[i].len : 0;
	return at - more;
}

static void tell(struct audit *x, enum finding_id id, const char *pointer, const struct json_place *place,
                 const char *text)
{
	size_t n = x->found.n;

	finding_add(&x->found, id, pointer, "%s", text);
	if (x->found.n > n)
		x->found.item[n].place = *place;
}

/* A finding about what stands at an offset of `work`. */
static void tell_at(struct audit *x, enum finding_id id, size_t at, const char *text)
{
	struct json_place place;
	char pointer[1024];

	at = in_text(x, at);
	place = json_place_at(x->text, at < x->len ? at : x->len);
	tell(x, id, json_pointer_at(x->text, x->len, at, pointer, sizeof(pointer)), &place, text);
}

/* What was found by a rule, which knows pointers into `work` only. */
static void tell_found(struct audit *x, enum finding_id id, const char *pointer, const char *text)
{
	struct json_place place;
	bool whole = json_locate_on(x->work, x->work_len, pointer, &x->mark, &place) == 0;

	if (whole && x->gone.n == 0 && x->n_inserted == 0)
		tell(x, id, pointer, &place, text);
	else
		tell_at(x, id, place.offset, text);
}

static void place_all(struct audit *x, const struct findings *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		tell_found(x, rules->item[i].id, rules->item[i].pointer, rules->item[i].text);
}

/* ---- reading ---- */

/* By the place, for its pointer may be cut: the value behind the key. */
static void note_unknown(void *ctx, const char *pointer, size_t key_end)
{
	struct audit *x = ctx;

	if (x->unknown.n == MAX_MISTAKES)
		return;
	x->unknown_at[x->unknown.n] = key_end + strspn(x->work + key_end, " \t\r\n:");
	x->unknown.items[x->unknown.n] = arena_strndup(x->a, pointer, strlen(pointer));
	x->unknown.n += x->unknown.items[x->unknown.n] != NULL;
}

static void tell_unknown(struct audit *x)
{
	char text[512];

	for (size_t i = 0; !x->told_unknown && i < x->unknown.n; i++) {
		const char *near = json_known_near(&oci_config_type, x->unknown.items[i]);

		(void)snprintf(text, sizeof(text),
		               near != NULL ? "no member of the specification, did you mean \"%s\"?"
		                            : "no member of the specification%s",
		               near != NULL ? near : ""); /* a cut name is still told */
		tell_at(x, FINDING_IS_UNKNOWN, x->unknown_at[i], text);
	}
	x->told_unknown = true;
}

/* Members that are required of what is worth a look even so, and what is read in their place. */
static const struct {
	const char *key, *member;
} fillers[] = {
	{ "ociVersion", "\"ociVersion\":\"" OCI_VERSION "\"" },
	{ "cwd", "\"cwd\":\"/\"" },
	{ "path", "\"path\":\"/\"" },
	{ "root", "\"root\":{\"path\":\"/\",\"readonly\":true}" },
	{ "args", "\"args\":[\"program\"]" },
};

/* Puts the member into the object that begins at AT. */
static bool insert(struct audit *x, size_t at, const char *member)
{
	size_t len = strlen(member) + 1, next = at + 1 + strspn(x->work + at + 1, " \t\r\n");
	char *work = x->n_inserted < MAX_INSERTED ? realloc(x->work, x->work_len + len + 1) : NULL;

	if (work == NULL)
		return false;
	memmove(work + at + 1 + len, work + at + 1, x->work_len - at);
	memcpy(work + at + 1, member, len - 1);
	work[at + len] = work[next + len] == '}' ? ' ' : ',';
	x->work = work;
	x->work_len += len;
	for (size_t i = 0; i < x->n_inserted; i++)
		x->inserted[i].at += x->inserted[i].at > at ? len : 0;
	x->inserted[x->n_inserted++] = (struct insertion){ at, len };
	return true;
}

static bool fill(struct audit *x, size_t at, const char *key)
{
	for (size_t i = 0; i < array_len(fillers); i++) {
		if (strcmp(key, fillers[i].key) != 0)
			continue;
		x->no_bundle = x->no_bundle || i > 1;
		return insert(x, at, fillers[i].member);
	}
	return false;
}

/* What is cut is not there afterwards by our own doing. */
static bool cut(struct audit *x, size_t at)
{
	char pointer[1024];

	(void)json_pointer_at(x->work, x->work_len, at, pointer, sizeof(pointer));
	if (at == x->brace || !json_cut(x->work, x->work_len, at))
		return false;
	if (x->gone.n < MAX_MISTAKES)
		x->gone.items[x->gone.n++] = arena_strndup(x->a, pointer, strlen(pointer));
	return true;
}

static bool is_gone(const struct audit *x, size_t at, const char *key)
{
	char pointer[1024], full[1200];

	(void)snprintf(full, sizeof(full), "%s/%s", json_pointer_at(x->work, x->work_len, at, pointer, sizeof(pointer)),
	               key);
	for (size_t i = 0; i < x->gone.n; i++)
		if (x->gone.items[i] != NULL && strcmp(x->gone.items[i], full) == 0)
			return true;
	return false;
}

/* One reading of what is left; tells a mistake and cuts it. 1: it was read, 0: try again, -1: there is no going on. */
static int read_once(struct audit *x)
{
	struct json_text in = {
		.name = x->name, .text = x->work, .len = x->work_len, .unknown = note_unknown, .ctx = x
	};
	struct json_error je;
	size_t at;

	arena_free(&x->doc);
	x->doc = (struct arena){ 0 };
	x->unknown.n = 0;
	x->mark.pointer = NULL; /* something was cut */
	x->spec = NULL;
	if (oci_config_read(&in, &x->doc, &x->spec, &je) == 0) {
		tell_unknown(x);
		return 1;
	}
	at = je.place.offset;
	if (je.missing == NULL || !is_gone(x, at, je.missing))
		tell_at(x, je.syntax ? FINDING_IS_SYNTAX : FINDING_IS_VALUE, at, je.text + je.what);
	if (je.syntax || je.memory)
		return -1;
	return (je.missing != NULL && fill(x, at, je.missing)) || cut(x, at) ? 0 : -1;
}

static bool read_rest(struct audit *x)
{
	int r = 0;

	for (int i = 0; r == 0 && i < MAX_MISTAKES; i++)
		r = read_once(x);
	return r > 0;
}

/* ---- planning ---- */

static void tell_warnings(struct audit *x, const struct plan *p)
{
	for (size_t i = 0; i < p->warnings.n; i++)
		tell_found(x, p->warnings.item[i].id, p->warnings.item[i].pointer, p->warnings.item[i].text);
}

/*
 * Whether what a refusal blames could be cut, or, when it is a member that is missing, be put there; else the object that lacks it
 * is cut, unless that is half of the document.
 */
static bool mend(struct audit *x, size_t at, bool whole, const char *blamed)
{
	char pointer[1024];

	if (whole)
		return cut(x, at);
	if (fill(x, at, strrchr(blamed, '/') + 1))
		return true;
	(void)json_pointer_at(x->work, x->work_len, at, pointer, sizeof(pointer));
	return pointer[0] != '\0' && strchr(pointer + 1, '/') != NULL && cut(x, at);
}

static void tell_refusal(struct audit *x, enum finding_id id, size_t at, bool whole, const struct err *e)
{
	char text[ERR_TEXT_MAX + ERR_POINTER_MAX + 4];

	(void)snprintf(text, sizeof(text), "%s: %s", e->pointer, e->text); /* always fits */
	tell_at(x, id, at, whole || e->pointer[0] == '\0' ? e->text : text);
}

/* What cgroup v2 has nothing like, v1 may have: whether the best host was not yet asked with it. */
static bool try_v1(struct audit *x)
{
	if (x->best.mode == CG_HYBRID)
		return false;
	x->best.mode = CG_HYBRID;
	x->best.hier[x->best.n++] =
		(struct cg_hier){ .controllers = "cpuset,cpu,cpuacct,blkio,memory,devices,freezer,net_cls,net_prio",
		                  .mount = "/sys/fs/cgroup/v1",
		                  .self = "/" };
	return true;
}

/* One plan of what is left. As read_once. */
static int plan_once(struct audit *x, bool host)
{
	struct json_place place;
	struct plan *p;
	struct err e;
	bool whole, gone;
	size_t at;

	if (!read_rest(x))
		return -1;
	err_clear(&e);
	x->intent.annotations = x->spec->annotations;
	p = plan_build(x->spec, &x->intent, &x->doc, &e);
	if (p != NULL) {
		if (host || !x->o->host)
			tell_warnings(x, p);
		return 1;
	}
	if (!host && e.kind == ERR_HOST && try_v1(x))
		return 0;
	whole = json_locate(x->work, x->work_len, e.pointer, &place) == 0;
	at = place.offset;
	gone = !whole && is_gone(x, at, strrchr(e.pointer, '/') + 1);
	if (!gone && (host || e.kind != ERR_HOST))
		tell_refusal(x, host ? FINDING_IS_HOST : FINDING_IS_SPEC, at, whole, &e);
	return e.pointer[0] != '\0' && mend(x, at, whole, e.pointer) ? 0 : -1;
}

static void plan_rest(struct audit *x, bool host)
{
	int r = 0;

	for (int i = 0; r == 0 && i < MAX_MISTAKES; i++)
		r = plan_once(x, host);
}

/* A host that has everything. */
static void best_facts(struct audit *x)
{
	x->best.mode = CG_V2;
	x->best.n = 1;
	x->best.hier[0] = (struct cg_hier){ .controllers = "cpuset,cpu,io,memory,hugetlb,pids,rdma,misc,dmem",
		                            .mount = "/sys/fs/cgroup",
		                            .self = "/",
		                            .unified = true };
	x->intent.facts =
		(struct facts){ .apparmor = true, .selinux = true, .last_cap = CAP_LAST_CAP, .cgroups = &x->best };
}

/* ---- the bundle ---- */

/* What lies below a mount is not in the root. */
static bool is_mounted(const struct audit *x, const char *path)
{
	char clean[PATH_MAX], dst[PATH_MAX];

	if (!path_join(x->spec->process->cwd, path, clean, sizeof(clean)))
		return true;
	for (size_t i = 0; i < x->spec->mounts.n; i++)
		if (path_join("/", x->spec->mounts.items[i].destination, dst, sizeof(dst)) && path_is_below(clean, dst))
			return true;
	return false;
}

static bool is_in_root(const struct audit *x, int root, const char *dir, size_t len, const char *name)
{
	char path[PATH_MAX];
	auto_fd int fd = -1;
	int n = len > 0 ? snprintf(path, sizeof(path), "%.*s/%s", (int)len, dir, name)
	                : snprintf(path, sizeof(path), "%s", name);

	if (n < 0 || n >= (int)sizeof(path) || is_mounted(x, path))
		return true; /* nobody can tell */
	fd = rootfs_open(root, path, O_PATH, 0);
	return fd >= 0;
}

static const char *path_variable(const struct oci_process *p)
{
	const char *path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

	for (size_t i = 0; i < p->env.n; i++)
		if (strncmp(p->env.items[i], "PATH=", 5) == 0)
			path = p->env.items[i] + 5;
	return path;
}

static bool has_program(const struct audit *x, int root, const char *name)
{
	const char *path = path_variable(x->spec->process);

	if (strchr(name, '/') != NULL)
		return name[0] != '/' || is_in_root(x, root, "", 0, name);
	for (;; path++) {
		size_t len = strcspn(path, ":");

		if (is_in_root(x, root, path, len, name))
			return true;
		path += len;
		if (*path == '\0')
			return false;
	}
}

static bool wants_source(const struct oci_mount *m)
{
	bool bind = m->type != NULL && strcmp(m->type, "bind") == 0;

	for (size_t i = 0; i < m->options.n; i++)
		bind = bind || strcmp(m->options.items[i], "bind") == 0 || strcmp(m->options.items[i], "rbind") == 0;
	return bind && m->source != NULL;
}

/* Links, and dots, lead out of the bundle to wherever they like. `itself` as of risk_why_sensitive. */
static void tell_outside(struct audit *x, const char *pointer, const char *path, bool itself, struct findings *f)
{
	char bundle[PATH_MAX], real[PATH_MAX];
	const char *why;

	if (!path_join(x->bundle, path, x->path, sizeof(x->path)) || file_real(x->path, real) < 0 ||
	    file_real(x->bundle, bundle) < 0)
		return;
	why = risk_why_sensitive(real, itself);
	if (why != NULL && !path_is_below(real, bundle))
		finding_add(f, FINDING_IS_SENSITIVE_BIND, pointer, "%s is %s of the host: %s", path, real, why);
}

static void check_bundle(struct audit *x, struct findings *f)
{
	const struct oci_process *p = x->spec->process;
	auto_fd int root = -1;
	char pointer[48];

	for (size_t i = 0; i < x->spec->mounts.n; i++) {
		const struct oci_mount *m = &x->spec->mounts.items[i];

		(void)snprintf(pointer, sizeof(pointer), "/mounts/%zu", i); /* always fits */
		if (wants_source(m) && m->source[0] != '/') /* the others are told from config.json alone */
			tell_outside(x, pointer, m->source, false, f);
	}
	if (x->no_bundle || x->spec->root == NULL ||
	    !path_join(x->bundle, x->spec->root->path, x->rootfs, sizeof(x->rootfs)))
		return;
	tell_outside(x, "/root/path", x->spec->root->path, true, f);
	root = open(x->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) {
		finding_add(f, FINDING_IS_ROOTFS, "/root/path", "%s: %s", x->rootfs, words_of_error(errno));
		return;
	}
	if (p != NULL && p->args.n > 0 && !has_program(x, root, p->args.items[0]))
		finding_add(f, FINDING_IS_PROGRAM, "/process/args/0", "\"%s\" is not in the root file system",
		            p->args.items[0]);
}

/* ---- the host ---- */

static void check_sources(struct audit *x, struct findings *f)
{
	char pointer[48];

	for (size_t i = 0; i < x->spec->mounts.n; i++) {
		const struct oci_mount *m = &x->spec->mounts.items[i];

		if (!wants_source(m) || !path_join(x->bundle, m->source, x->path, sizeof(x->path)) ||
		    faccessat(AT_FDCWD, x->path, F_OK, 0) == 0)
			continue;
		(void)snprintf(pointer, sizeof(pointer), "/mounts/%zu", i); /* always fits */
		finding_add(f, FINDING_IS_SOURCE, pointer, "%s: %s", x->path, words_of_error(errno));
	}
}

static void check_namespaces(struct audit *x, struct findings *f)
{
	static const char *const files[] = {
		[OCI_NS_MOUNT] = "mnt", [OCI_NS_PID] = "pid",   [OCI_NS_NETWORK] = "net",   [OCI_NS_UTS] = "uts",
		[OCI_NS_IPC] = "ipc",   [OCI_NS_USER] = "user", [OCI_NS_CGROUP] = "cgroup", [OCI_NS_TIME] = "time"
	};
	char pointer[48], path[32];

	for (size_t i = 0; x->spec->linux_ != NULL && i < x->spec->linux_->namespaces.n; i++) {
		enum oci_ns type = x->spec->linux_->namespaces.items[i].type;

		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", files[type]); /* always fits */
		if (access(path, F_OK) == 0)
			continue;
		(void)snprintf(pointer, sizeof(pointer), "/linux/namespaces/%zu", i); /* always fits */
		finding_add(f, FINDING_IS_KERNEL, pointer, "this kernel has no %s namespaces",
		            json_word(&oci_ns_words, type));
	}
}

struct call_names {
	struct findings *f;
	const struct oci_seccomp *s;
};

/* i: among the names of all rules */
static void tell_call(void *ctx, size_t i, const char *near)
{
	const struct call_names *c = ctx;
	const struct vec_str *names;
	char pointer[80];
	size_t rule = 0;

	for (; i >= c->s->syscalls.items[rule].names.n; rule++)
		i -= c->s->syscalls.items[rule].names.n;
	names = &c->s->syscalls.items[rule].names;
	(void)snprintf(pointer, sizeof(pointer), "/linux/seccomp/syscalls/%zu/names/%zu", rule, i); /* always fits */
	finding_add(c->f, FINDING_IS_UNKNOWN_CALL, pointer,
	            near != NULL ? "libseccomp knows no system call \"%s\", did you mean \"%s\"?"
	                         : "libseccomp knows no system call \"%s\"%s",
	            names->items[i], near != NULL ? near : "");
}

static void check_calls(const struct audit *x, struct findings *f)
{
	const struct oci_seccomp *s = x->spec->linux_ != NULL ? x->spec->linux_->seccomp : NULL;
	struct call_names c = { f, s };
	auto_free const char **names = NULL;
	size_t n = 0, at = 0;

	for (size_t i = 0; s != NULL && i < s->syscalls.n; i++)
		n += s->syscalls.items[i].names.n;
	names = calloc(n + 1, sizeof(*names));
	if (names == NULL || n == 0)
		return;
	for (size_t i = 0; i < s->syscalls.n; i++)
		for (size_t k = 0; k < s->syscalls.items[i].names.n; k++)
			names[at++] = s->syscalls.items[i].names.items[k];
	seccomp_find_unknown(names, n, tell_call, &c);
}

/* 6 << 16 | 1 of "6.1.0-18-amd64", 0 when it does not look like that. */
static unsigned int kernel_version(void)
{
	uint64_t major, minor;
	struct utsname u;
	const char *at = u.release;

	if (uname(&u) < 0 || !num_take(&at, 10, UINT16_MAX, &major) || *at++ != '.' ||
	    !num_take(&at, 10, UINT16_MAX, &minor))
		return 0;
	return (unsigned int)(major << 16 | minor);
}

static void check_host(struct audit *x, struct findings *f)
{
	unsigned int version = kernel_version();

	if (version != 0)
		risks_find_kernel(x->spec, version, f);
	check_namespaces(x, f);
	check_sources(x, f);
	check_calls(x, f);
}

/* ---- all of it ---- */

static int begin(struct audit *x, struct err *e)
{
	const char *bundle = x->o->bundle != NULL ? x->o->bundle : ".";

	x->name = x->o->config_name != NULL ? x->o->config_name : "config.json";
	if (getcwd(x->path, sizeof(x->path)) == NULL)
		return err_sys(e, "find the current directory");
	if (!path_join(x->path, bundle, x->bundle, sizeof(x->bundle)) ||
	    !path_join(x->bundle, x->name, x->path, sizeof(x->path)))
		return err_num(e, ENAMETOOLONG, "bundle %s", bundle);
	if (file_read_at(AT_FDCWD, x->path, JSON_MAX_TEXT, &x->text, &x->len, e) < 0)
		return -1;
	x->work = malloc(x->len + 1);
	x->unknown.items = arena_alloc(x->a, MAX_MISTAKES * sizeof(*x->unknown.items));
	x->gone.items = arena_alloc(x->a, MAX_MISTAKES * sizeof(*x->gone.items));
	if (x->work == NULL || x->unknown.items == NULL || x->gone.items == NULL)
		return err_memory(e);
	memcpy(x->work, x->text, x->len);
	x->work[x->len] = '\0';
	x->work_len = x->len;
	x->brace = strspn(x->text, " \t\r\n");
	x->found.a = x->a;
	x->intent =
		(struct intent){ .id = "CONTAINER", .bundle = x->bundle, .rootfs = x->bundle, .config_name = x->name };
	return 0;
}

static int look(struct audit *x, const struct life_globals *g, struct err *e)
{
	struct findings rules = { .a = x->a };

	best_facts(x);
	plan_rest(x, false);
	if (x->spec != NULL && x->o->host) {
		x->intent.manager = g->manager;
		if (facts_find(&x->intent.facts, &x->layout, g->manager, e) < 0)
			return -1;
		plan_rest(x, true);
	}
	if (x->spec != NULL) {
		risks_find(x->spec, &rules);
		check_bundle(x, &rules);
		if (x->o->host)
			check_host(x, &rules);
		place_all(x, &rules);
	}
	findings_sort(&x->found);
	return x->found.lost || rules.lost ? err_memory(e) : 0;
}

int life_check(const struct life_globals *g, const struct check_options *o, struct arena *a, struct check_result *r,
               struct err *e)
{
	struct audit *x = arena_alloc(a, sizeof(*x));
	int status;

	if (x == NULL)
		return err_memory(e);
	x->o = o;
	x->a = a;
	status = begin(x, e) < 0 || look(x, g, e) < 0 ? -1 : 0;
	if (status == 0) {
		r->found = x->found;
		r->bundle = x->bundle;
		r->config_name = x->name;
	}
	arena_free(&x->doc);
	free(x->text);
	free(x->work);
	return status;
}
