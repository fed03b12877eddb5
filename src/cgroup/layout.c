/* SPDX-License-Identifier: Apache-2.0
 *
 * layout - which control group hierarchies a host has, and where the caller is in them
 *
 * A unified host has cgroup2 on /sys/fs/cgroup itself; others have a tmpfs there with one directory a v1 hierarchy, named as
 * its controllers are in /proc/self/cgroup ("name=x" is in x), and in the hybrid layout cgroup2 on `unified`. Only what is not
 * found that way is looked for in mountinfo. cgroups(7), proc_pid_cgroup(5), proc_pid_mountinfo(5).
 */
#include "cgroup/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/file.h"
#include "base/path.h"
#include "cgroup/pack.h"
#include "kernel/mountinfo.h"

enum { MOUNTINFO_MAX = 4 << 20 };

struct scan {
	const struct cg_view *view;
	struct cg_layout *l;
	struct pack pack;
	char **mountinfo; /* *mountinfo is read when first needed */
	struct err *e;
};

/* One line of /proc/self/cgroup, or what was found of it in mountinfo. */
struct found {
	const char *controllers, *self;
	char mount[PATH_MAX], root[PATH_MAX];
};

bool cg_lists(const char *controllers, const char *controller)
{
	size_t len = strlen(controller);

	for (const char *s = controllers; *s != '\0'; s += *s == ',') {
		size_t n = strcspn(s, ",");

		if (n == len && memcmp(s, controller, len) == 0)
			return true;
		s += n;
	}
	return false;
}

const struct cg_hier *cg_find(const struct cg_layout *l, const char *controller)
{
	const struct cg_hier *unified = NULL;

	for (size_t i = 0; i < l->n; i++) {
		if (!cg_lists(l->hier[i].controllers, controller))
			continue;
		if (!l->hier[i].unified)
			return &l->hier[i];
		unified = &l->hier[i];
	}
	return unified;
}

static int add(struct scan *s, const char *controllers, const char *mount, const char *self)
{
	struct cg_hier h;

	if (s->l->n == CG_HIER_MAX)
		return err_set(s->e, "more than %d control group hierarchies", CG_HIER_MAX);
	h.controllers = pack_text(&s->pack, controllers, strlen(controllers));
	h.mount = pack_text(&s->pack, mount, strlen(mount));
	h.self = pack_text(&s->pack, self, strlen(self));
	h.unified = false;
	if (h.controllers == NULL || h.mount == NULL || h.self == NULL)
		return err_set(s->e, "%s: the paths of this process are too long", s->view->self);
	s->l->hier[s->l->n++] = h;
	return 0;
}

/* The controllers a cgroup2 tree can hand out, comma separated; none when its file cannot be read. */
static int add_unified(struct scan *s, const char *mount, const char *self)
{
	char path[PATH_MAX], list[1024];
	ssize_t n;

	if ((size_t)snprintf(path, sizeof(path), "%s/cgroup.controllers", mount) >= sizeof(path))
		return err_num(s->e, ENAMETOOLONG, "%s", mount);
	n = file_peek_at(AT_FDCWD, path, list, sizeof(list));
	if (n < 0)
		n = 0;
	list[n] = '\0';
	list[strcspn(list, "\n")] = '\0';
	for (char *p = list; (p = strchr(p, ' ')) != NULL;)
		*p = ',';
	if (add(s, list, mount, self) < 0)
		return -1;
	s->l->hier[s->l->n - 1].unified = true;
	return 0;
}

/* Whether a mount is of a v1 hierarchy with exactly these controllers; its options list each of them. */
static bool is_of(const struct mountinfo_row *row, const char *controllers)
{
	if (strcmp(row->fstype, "cgroup") != 0)
		return false;
	for (const char *c = controllers; *c != '\0'; c += *c == ',') {
		char one[128];
		size_t n = strcspn(c, ",");

		if ((size_t)snprintf(one, sizeof(one), "%.*s", (int)n, c) >= sizeof(one) || !cg_lists(row->super, one))
			return false;
		c += n;
	}
	return true;
}

/* What of the hierarchy is mounted, and where: 1 when a line of mountinfo is of it, 0 not, -1 *e filled. */
static int take_mount(const char *line, size_t len, struct found *f, struct err *e)
{
	auto_free char *copy = strndup(line, len);
	struct mountinfo_row row;

	if (copy == NULL)
		return err_memory(e);
	return mountinfo_parse(copy, &row) && is_of(&row, f->controllers) &&
	       (size_t)snprintf(f->root, sizeof(f->root), "%s", row.root) < sizeof(f->root) &&
	       (size_t)snprintf(f->mount, sizeof(f->mount), "%s", row.point) < sizeof(f->mount);
}

/* 1 a file system of that type, 0 not, -1 *e filled: a hierarchy that cannot be looked at must not be left out. */
static int holds(const struct scan *s, const char *path, long magic)
{
	int r = s->view->is_fs(path, magic);

	return r < 0 ? err_sys(s->e, "look at %s", path) : r;
}

/* 1 found, 0 not mounted anywhere, -1 *e filled. */
static int look_up(struct scan *s, struct found *f)
{
	size_t len;

	if (*s->mountinfo == NULL &&
	    file_read_at(AT_FDCWD, s->view->mountinfo, MOUNTINFO_MAX, s->mountinfo, &len, s->e) < 0)
		return -1;
	for (const char *line = *s->mountinfo; *line != '\0';) {
		size_t n = strcspn(line, "\n");
		int r = take_mount(line, n, f, s->e);

		if (r > 0)
			r = holds(s, f->mount, CGROUP_SUPER_MAGIC);
		if (r != 0)
			return r;
		line += n + (line[n] == '\n');
	}
	return 0;
}

/* The caller's path below the mount: the kernel counts from the hierarchy's root, a bind mount may show less of it. */
static const char *self_below(const struct found *f)
{
	size_t n = strlen(f->root);

	if (strcmp(f->root, "/") == 0)
		return f->self;
	if (strncmp(f->self, f->root, n) == 0 && f->self[n] == '/')
		return f->self + n;
	return "/";
}

static bool exists_below(const char *mount, const char *self)
{
	char path[PATH_MAX];

	return (size_t)snprintf(path, sizeof(path), "%s%s", mount, self) < sizeof(path) && access(path, F_OK) == 0;
}

/* One v1 hierarchy of /proc/self/cgroup: under its own name below the root, else wherever it is mounted, else left out. */
static int add_v1(struct scan *s, const char *controllers, const char *self)
{
	const char *name = strncmp(controllers, "name=", 5) == 0 ? controllers + 5 : controllers;
	struct found f = { .controllers = controllers, .self = self, .root = "/" };
	int there;

	if ((size_t)snprintf(f.mount, sizeof(f.mount), "%s/%s", s->view->root, name) >= sizeof(f.mount))
		return err_num(s->e, ENAMETOOLONG, "%s/%s", s->view->root, name);
	there = holds(s, f.mount, CGROUP_SUPER_MAGIC);
	if (there < 0)
		return -1;
	if (there > 0 && (strcmp(self, "/") == 0 || exists_below(f.mount, self)))
		return add(s, controllers, f.mount, self);
	there = look_up(s, &f);
	if (there <= 0)
		return there;
	self = self_below(&f);
	return add(s, controllers, f.mount, exists_below(f.mount, self) ? self : "/");
}

static int add_line(struct scan *s, char *line)
{
	char *controllers = strchr(line, ':'), *path;
	char unified[PATH_MAX];
	const char *self;
	int there;

	path = controllers == NULL ? NULL : strchr(controllers + 1, ':');
	if (path == NULL)
		return err_set(s->e, "%s: a line without two colons: '%s'", s->view->self, line);
	*controllers++ = '\0';
	*path++ = '\0';
	self = *path != '/' || path_has_dotdot(path) ? "/" : path; /* outside of the cgroup namespace's root */
	if (*controllers != '\0')
		return s->l->mode == CG_V2 ? 0 : add_v1(s, controllers, self);
	if (s->l->mode == CG_V2)
		return add_unified(s, s->view->root, self);
	if ((size_t)snprintf(unified, sizeof(unified), "%s/unified", s->view->root) >= sizeof(unified))
		return 0;
	there = holds(s, unified, CGROUP2_SUPER_MAGIC);
	return there > 0 ? add_unified(s, unified, self) : there;
}

static int add_lines(struct scan *s)
{
	auto_free char *text = malloc(CG_TEXT_MAX);
	ssize_t n;

	if (text == NULL)
		return err_memory(s->e);
	n = file_peek_at(AT_FDCWD, s->view->self, text, CG_TEXT_MAX);
	if (n < 0)
		return err_sys(s->e, "read %s", s->view->self);
	if (n == CG_TEXT_MAX - 1)
		return err_set(s->e, "read %s: longer than %d bytes", s->view->self, CG_TEXT_MAX - 1);
	for (char *line = text, *next; *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next == '\n')
			*next++ = '\0';
		if (add_line(s, line) < 0)
			return -1;
	}
	return 0;
}

int cg_detect_view(const struct cg_view *view, struct cg_layout *l, struct err *e)
{
	auto_free char *mountinfo = NULL;
	struct scan s = { .view = view, .l = l, .pack = { l->text, sizeof(l->text) }, .mountinfo = &mountinfo, .e = e };
	int unified = holds(&s, view->root, CGROUP2_SUPER_MAGIC);

	l->n = 0;
	l->mode = unified > 0 ? CG_V2 : CG_NONE;
	if (unified < 0 || add_lines(&s) < 0)
		return -1;
	if (l->mode == CG_V2 || l->n == 0)
		return 0;
	l->mode = CG_V1;
	for (size_t i = 0; i < l->n; i++)
		if (l->hier[i].unified)
			l->mode = CG_HYBRID;
	return 0;
}

static int is_fs(const char *path, long magic)
{
	struct statfs st;

	if (statfs(path, &st) == 0)
		return (long)st.f_type == magic;
	return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -1;
}

int cg_detect(struct cg_layout *l, struct err *e)
{
	static const struct cg_view host = {
		.root = "/sys/fs/cgroup",
		.self = "/proc/self/cgroup",
		.mountinfo = "/proc/self/mountinfo",
		.is_fs = is_fs,
	};

	return cg_detect_view(&host, l, e);
}
