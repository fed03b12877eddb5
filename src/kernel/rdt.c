/* SPDX-License-Identifier: Apache-2.0
 *
 * rdt - classes of service for caches and memory bandwidth, and monitoring groups: the resctrl file system
 */
#include "kernel/rdt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/file.h"
#include "kernel/mountinfo.h"

enum {
	RESCTRL_MAGIC = 0x7655821, /* linux/magic.h: RDTGROUP_SUPER_MAGIC */
	SCHEMATA_MAX = 16 * 1024,
	NAME_ROOM = 600,
};

/* --- the file system ------------------------------------------------------------------------------------------------- */

static int open_at(const char *path)
{
	auto_fd int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != RESCTRL_MAGIC)
		return -1;
	return steal_fd(&fd);
}

static int open_mounted(void *ctx, const struct mountinfo_row *row, struct err *e)
{
	int fd = strcmp(row->fstype, "resctrl") == 0 ? open_at(row->point) : -1;

	(void)ctx, (void)e;
	return fd >= 0 ? fd : 0; /* those below 3 are open, always */
}

int rdt_open(struct err *e)
{
	int fd = open_at("/sys/fs/resctrl");

	if (fd < 0)
		fd = mountinfo_each(0, open_mounted, NULL, e);
	if (fd <= 0)
		return err_kind(
			e, ERR_HOST,
			"no resctrl file system is mounted (mount -t resctrl resctrl /sys/fs/resctrl; the CPU and the kernel must have it)");
	return fd;
}

static bool is_root(const struct rdt_group *g)
{
	return strcmp(g->clos, "/") == 0;
}

/* The class's directory relative to the root. */
static const char *dir_of(const struct rdt_group *g)
{
	return is_root(g) ? "." : g->clos;
}

/* -1 with errno. */
static int open_class(int root, const struct rdt_group *g)
{
	return openat(root, dir_of(g), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* The kernel's own words about the last failure, "" when it has none. */
static void last_status(int root, char to[256])
{
	ssize_t n = file_peek_at(root, "info/last_cmd_status", to, 256);

	to[n < 0 ? 0 : n] = '\0';
	to[strcspn(to, "\n")] = '\0';
	if (strcmp(to, "ok") == 0)
		to[0] = '\0';
}

/* Fails with errno. */
static int refused(int root, const char *what, const char *on, struct err *e)
{
	char status[256];
	int num = errno;

	last_status(root, status);
	if (status[0] == '\0')
		(void)err_num(e, num, "resctrl: %s %s", what, on); /* -1 is what is returned */
	else
		(void)err_num(e, num, "resctrl: %s %s (%s)", what, on, status);
	e->kind = ERR_HOST;
	return -1;
}

/* --- schemata -------------------------------------------------------------------------------------------------------- */

/* "L3:0=ff;1=f": each line a resource, with a value for some domains. */
struct word {
	const char *at;
	size_t len;
};

/* The word up to one of the stops, without blanks around it; *p is behind the stop, but never behind the end of the line. */
static struct word take(const char **p, const char *stops)
{
	struct word w = { .at = *p + strspn(*p, " \t") };

	w.len = strcspn(w.at, stops);
	*p = w.at + w.len;
	if (**p != '\0' && **p != '\n')
		(*p)++;
	while (w.len > 0 && (w.at[w.len - 1] == ' ' || w.at[w.len - 1] == '\t'))
		w.len--;
	return w;
}

static bool same(struct word a, struct word b)
{
	return a.len == b.len && strncasecmp(a.at, b.at, a.len) == 0;
}

/* Numbers; the kernel writes masks and percentages without zeros in front. */
static bool same_number(struct word a, struct word b)
{
	for (; a.len > 1 && a.at[0] == '0'; a.len--)
		a.at++;
	for (; b.len > 1 && b.at[0] == '0'; b.len--)
		b.at++;
	return same(a, b);
}

static const char *next_line(const char *p)
{
	p += strcspn(p, "\n");
	return *p == '\n' ? p + 1 : p;
}

static bool has_value(const char *text, struct word resource, struct word domain, struct word value)
{
	for (const char *p = text; *p != '\0'; p = next_line(p)) {
		if (!same(take(&p, ":\n"), resource))
			continue;
		while (*p != '\0' && *p != '\n') {
			bool found = same_number(take(&p, "=;\n"), domain);
			struct word v = take(&p, ";\n");

			if (found)
				return same_number(v, value);
		}
	}
	return false;
}

/* Whether all that is wanted stands in the text, which may say more. */
static bool agrees(const char *text, const char *wanted)
{
	for (const char *p = wanted; *p != '\0'; p = next_line(p)) {
		struct word resource = take(&p, ":\n");

		while (*p != '\0' && *p != '\n') {
			struct word domain = take(&p, "=;\n"), value = take(&p, ";\n");

			if (!has_value(text, resource, domain, value))
				return false;
		}
	}
	return true;
}

static int compare(int dir, const struct rdt_group *g, struct err *e)
{
	char text[SCHEMATA_MAX];

	if (g->n_compared == 0)
		return 0;
	if (file_peek_at(dir, "schemata", text, sizeof(text)) < 0)
		return err_sys(e, "resctrl: read the schemata of CLOS \"%s\"", g->clos);
	for (size_t i = 0; i < g->n_compared; i++)
		if (!agrees(text, g->compared[i]))
			return err_set(e, "resctrl: CLOS \"%s\" exists and its schemata are not \"%s\"", g->clos,
			               g->compared[i]);
	return 0;
}

static int write_lines(int root, int dir, const char *const *lines, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		char text[SCHEMATA_MAX];
		int len = snprintf(text, sizeof(text), "%s\n", lines[i]);

		if ((size_t)len >= sizeof(text))
			return err_num(e, E2BIG, "resctrl: schemata of %d bytes", len);
		if (file_poke_at(dir, "schemata", text, (size_t)len) < 0)
			return refused(root, "write schemata", lines[i], e);
	}
	return 0;
}

/* --- groups ---------------------------------------------------------------------------------------------------------- */

/* "mon_groups/ID" */
static bool monitor_path(const struct rdt_group *g, char to[NAME_ROOM])
{
	return snprintf(to, NAME_ROOM, "mon_groups/%s", g->monitor) < NAME_ROOM;
}

/* One that is there is somebody else's: `delete` would take it away. */
static int check_monitor(int dir, const struct rdt_group *g, struct err *e)
{
	char path[NAME_ROOM];
	struct stat st;

	if (g->monitor == NULL)
		return 0;
	if (!monitor_path(g, path))
		return err_num(e, ENAMETOOLONG, "resctrl: monitoring group %s", g->monitor);
	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return err_num(e, EEXIST, "resctrl: CLOS \"%s\" has a monitoring group \"%s\" already", g->clos,
		               g->monitor);
	return 0;
}

int rdt_check(int root, const struct rdt_group *g, struct err *e)
{
	auto_fd int dir = open_class(root, g);

	if (dir < 0 && errno != ENOENT)
		return err_sys(e, "resctrl: open CLOS \"%s\"", g->clos);
	if (dir < 0 && g->rule == RDT_JOIN)
		return err_num(e, ENOENT, "resctrl: there is no CLOS \"%s\", and no schemata to make it with", g->clos);
	if (dir >= 0 && g->rule == RDT_MAKE)
		return err_num(e, EEXIST, "resctrl: a CLOS \"%s\", as the container is called, exists already",
		               g->clos);
	if (dir >= 0 && (compare(dir, g, e) < 0 || check_monitor(dir, g, e) < 0))
		return -1;
	return 0;
}

static int make_monitor(int root, int dir, const struct rdt_group *g, struct err *e)
{
	char path[NAME_ROOM];

	if (g->monitor == NULL)
		return 0;
	if (!monitor_path(g, path))
		return err_num(e, ENAMETOOLONG, "resctrl: monitoring group %s", g->monitor);
	return mkdirat(dir, path, 0755) < 0 ? refused(root, "make the monitoring group", path, e) : 0;
}

/* In the specification's order: L3, memory bandwidth, then the lines of schemata. */
static int fill(int root, const struct rdt_group *g, bool made, struct err *e)
{
	auto_fd int dir = open_class(root, g);

	if (dir < 0)
		return err_sys(e, "resctrl: open CLOS \"%s\"", g->clos);
	if (!made && compare(dir, g, e) < 0)
		return -1;
	if (made && write_lines(root, dir, g->compared, g->n_compared, e) < 0)
		return -1;
	if (write_lines(root, dir, g->schemata, g->n_schemata, e) < 0)
		return -1;
	return make_monitor(root, dir, g, e);
}

int rdt_make(int root, const struct rdt_group *g, bool *made, struct err *e)
{
	*made = false;
	if (g->rule != RDT_JOIN && !is_root(g)) {
		*made = mkdirat(root, g->clos, 0755) == 0;
		if (!*made && (errno != EEXIST || g->rule == RDT_MAKE))
			return refused(root, "make CLOS", g->clos, e);
	}
	if (fill(root, g, *made, e) == 0)
		return 0;
	if (*made)
		(void)unlinkat(root, g->clos, AT_REMOVEDIR); /* the first failure is the one to tell */
	return -1;
}

char *rdt_schemata(int root, const struct rdt_group *g, struct err *e)
{
	auto_fd int dir = open_class(root, g);
	char text[SCHEMATA_MAX], *copy;

	if (dir < 0 || file_peek_at(dir, "schemata", text, sizeof(text)) < 0) {
		(void)err_sys(e, "resctrl: read the schemata of CLOS \"%s\"", g->clos); /* NULL is what is returned */
		return NULL;
	}
	if (text[0] != '\0' && text[strlen(text) - 1] == '\n')
		text[strlen(text) - 1] = '\0';
	copy = strdup(text);
	if (copy == NULL)
		(void)err_memory(e); /* as above */
	return copy;
}

int rdt_change(int root, const struct rdt_group *g, struct err *e)
{
	auto_fd int dir = open_class(root, g);

	if (dir < 0)
		return err_sys(e, "resctrl: open CLOS \"%s\"", g->clos);
	return write_lines(root, dir, g->schemata, g->n_schemata, e);
}

int rdt_join(int root, const struct rdt_group *g, pid_t pid, struct err *e)
{
	auto_fd int dir = open_class(root, g);
	char path[NAME_ROOM + 8], text[16];
	size_t len = (size_t)snprintf(text, sizeof(text), "%d\n", pid); /* always fits */

	if (dir < 0)
		return err_sys(e, "resctrl: open CLOS \"%s\"", g->clos);
	if (file_poke_at(dir, "tasks", text, len) < 0)
		return refused(root, "move the process into CLOS", g->clos, e);
	if (g->monitor == NULL)
		return 0;
	(void)snprintf(path, sizeof(path), "mon_groups/%s/tasks", g->monitor); /* as long as the one that was made */
	return file_poke_at(dir, path, text, len) < 0 ? refused(root, "move the process into", path, e) : 0;
}

int rdt_remove(int root, const struct rdt_group *g, struct err *e)
{
	auto_fd int dir = open_class(root, g);
	char path[NAME_ROOM];

	if (dir < 0)
		return errno == ENOENT ? 0 : err_sys(e, "resctrl: open CLOS \"%s\"", g->clos);
	if (g->monitor != NULL && monitor_path(g, path) && unlinkat(dir, path, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_sys(e, "resctrl: remove the monitoring group %s", path);
	if (g->rule == RDT_MAKE && unlinkat(root, g->clos, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_sys(e, "resctrl: remove CLOS \"%s\"", g->clos);
	return 0;
}
