/* SPDX-License-Identifier: Apache-2.0
 *
 * tree - making the directories of a container's groups, and taking away exactly what was made
 *
 * cgroups(7); cgroup-v1/cpusets.rst 2.1 (a cpuset without cpus and mems takes no tasks); cgroup-v2.rst "Controllers".
 */
#include "cgroup/tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup/io.h"
#include "cgroup/procs.h"

/* The group len bytes into the path of d; path is its backing. */
static struct cg_dir upper(const struct cg_dir *d, size_t len, char path[PATH_MAX])
{
	struct cg_dir up = *d;

	memcpy(path, d->path, len);
	path[len] = '\0';
	up.path = path;
	return up;
}

/* The length of the parent's part of the first len bytes of a group's path; 0: the root. */
static size_t parent_len(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

/* And the way back: of the next group on the way to the first len bytes. */
static size_t child_len(const char *path, size_t up, size_t len)
{
	const char *end = memchr(path + up + 1, '/', len - up - 1);

	return end != NULL ? (size_t)(end - path) : len;
}

/* --- cpuset, v1 ------------------------------------------------------------------------------------------------------ */

static int cpuset_read(const struct cg_dir *d, const char *file, char *to, size_t room, struct err *e)
{
	if (cg_peek(d, file, to, room) < 0)
		return err_sys(e, "read %s%s/%s", d->mount, d->path, file);
	return 0;
}

/* Copies one file from the group above; where that is empty too, from above it first. Groups made by hand may be so. */
static int cpuset_inherit(const struct cg_dir *d, size_t len, const char *file, struct err *e)
{
	char value[4096], path[PATH_MAX];
	size_t up = len;

	do {
		struct cg_dir dir;

		up = parent_len(d->path, up);
		dir = upper(d, up, path);
		if (cpuset_read(&dir, file, value, sizeof(value), e) < 0)
			return -1;
	} while (value[0] == '\0' && up > 0);
	while (up < len) {
		struct cg_dir dir;

		up = child_len(d->path, up, len);
		dir = upper(d, up, path);
		if (cg_poke(&dir, file, value) < 0)
			return err_sys(e, "write '%s' to %s%s/%s", value, dir.mount, dir.path, file);
	}
	return 0;
}

/* Of one that was there before only what is empty: whoever made it was killed, or left that to others. */
static int cpuset_fill(const struct cg_dir *d, size_t len, bool made, struct err *e)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	char value[4096];

	for (size_t i = 0; i < array_len(files); i++) {
		if (!made && cpuset_read(d, files[i], value, sizeof(value), e) < 0)
			return -1;
		if ((made || value[0] == '\0') && cpuset_inherit(d, len, files[i], e) < 0)
			return -1;
	}
	return 0;
}

/* --- directories ----------------------------------------------------------------------------------------------------- */

/* Makes the group len bytes into the path of d. 1 made, 0 was there, -1 errno. */
static int make_one(const struct cg_dir *d, size_t len)
{
	char path[PATH_MAX];
	struct cg_dir dir = upper(d, len, path);
	char file[PATH_MAX];
	struct stat st;

	if (!cg_path(&dir, NULL, file))
		return -1;
	if (mkdir(file, 0755) == 0)
		return 1;
	if (errno != EEXIST)
		return -1;
	if (stat(file, &st) == 0 && !S_ISDIR(st.st_mode)) /* "cgroup.procs" */
		errno = ENOTDIR;
	return errno == EEXIST ? 0 : -1;
}

/* Makes the directory and what is missing above it; *old is how much of its path was there. */
static int make_dir(const struct cg_dir *d, size_t *old, struct err *e)
{
	size_t whole = strlen(d->path), len = whole;
	bool cpuset = !d->unified && cg_lists(d->controllers, "cpuset");
	int r;

	*old = whole;
	while ((r = make_one(d, len)) < 0 && errno == ENOENT &&
	       parent_len(d->path, len) > 0) /* up to one whose parent is there */
		len = parent_len(d->path, len);
	if (r < 0)
		return err_sys(e, "make the cgroup %s%s", d->mount, d->path);
	if (r > 0)
		*old = parent_len(d->path, len);
	for (;;) {
		if (cpuset && (r > 0 || len == whole) && cpuset_fill(d, len, r > 0, e) < 0)
			return -1;
		if (len == whole)
			return 0;
		len += 1 + strcspn(d->path + len + 1, "/"); /* and down again */
		r = make_one(d, len);
		if (r < 0)
			return err_sys(e, "make the cgroup %s%s", d->mount, d->path);
		if (r > 0 && *old == whole)
			*old = parent_len(d->path, len);
	}
}

void cg_unmake(const struct cg_place *p, const struct cg_made *made)
{
	for (size_t i = made->n; i-- > 0;) {
		const struct cg_dir *d = &p->dir[i];

		for (size_t len = strlen(d->path); len > made->old_len[i]; len = parent_len(d->path, len)) {
			char path[PATH_MAX], file[PATH_MAX];
			struct cg_dir dir = upper(d, len, path);

			if (!cg_path(&dir, NULL, file) || (rmdir(file) < 0 && errno != ENOENT && errno != ENOTDIR))
				break; /* somebody uses it by now: theirs. What was never made is passed over */
		}
	}
}

/* --- controllers, cgroup2 -------------------------------------------------------------------------------------------- */

/* What is to be enabled: what is needed, and on a unified host all there is, for engines read usage from every group. */
struct wanted {
	const char *name[64];
	size_t len[64], n, n_need;
	int why[64];    /* errno of the last failure to enable it */
	size_t crowded; /* length of the path of a group with processes on the way, SIZE_MAX: none */
};

static void want(struct wanted *w, const char *name, size_t len)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->len[i] == len && memcmp(w->name[i], name, len) == 0)
			return;
	if (w->n == array_len(w->name))
		return; /* the kernel has a dozen */
	w->name[w->n] = name;
	w->why[w->n] = 0;
	w->len[w->n++] = len;
}

static void want_list(struct wanted *w, const char *list)
{
	while (*list != '\0') {
		size_t n = strcspn(list, ",");

		want(w, list, n);
		list += n + (list[n] == ',');
	}
}

/* Takes those out that the group has. */
static void drop_present(struct wanted *w, const char *controllers)
{
	size_t n = 0, n_need = 0;

	for (size_t i = 0; i < w->n; i++) {
		bool present = false;

		for (const char *s = controllers; *s != '\0'; s += strcspn(s, " "), s += *s == ' ')
			present |= strcspn(s, " ") == w->len[i] && memcmp(s, w->name[i], w->len[i]) == 0;
		if (present)
			continue;
		w->name[n] = w->name[i];
		w->why[n] = w->why[i];
		w->len[n++] = w->len[i];
		n_need += i < w->n_need;
	}
	w->n = n;
	w->n_need = n_need;
}

/*
 * Processes in a group that is not the hierarchy's root (which has no cgroup.type): domain controllers are refused there, and
 * the others make its children such that nobody can enter them. It is the root of a cgroup namespace, mostly.
 */
static bool is_crowded(const struct cg_dir *d)
{
	char text[32];

	return cg_peek(d, "cgroup.procs", text, sizeof(text)) > 0 && cg_peek(d, "cgroup.type", text, sizeof(text)) > 0;
}

/* Enables them for the children of one group: all by one write, else those that can be one by one. */
static void enable_below(const struct cg_dir *d, struct wanted *w)
{
	char line[2048];
	size_t n = 0;

	for (size_t i = 0; i < w->n && n < sizeof(line); i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s+%.*s", i > 0 ? " " : "", (int)w->len[i],
		                      w->name[i]);
	if (n < sizeof(line) && cg_poke(d, "cgroup.subtree_control", line) == 0)
		return;
	for (size_t i = 0; i < w->n; i++) {
		(void)snprintf(line, sizeof(line), "+%.*s", (int)w->len[i], w->name[i]); /* names are short */
		if (cg_poke(d, "cgroup.subtree_control", line) < 0)
			w->why[i] = errno; /* told if it is still missing in the end */
	}
}

static int read_missing(const struct cg_dir *d, struct wanted *w, struct err *e)
{
	char has[1024];

	if (cg_peek(d, "cgroup.controllers", has, sizeof(has)) < 0)
		return err_sys(e, "read %s%s/cgroup.controllers", d->mount, d->path);
	drop_present(w, has);
	return 0;
}

static int enable(const struct cg_dir *d, bool all, const char *const *need, size_t n_need, struct err *e)
{
	struct wanted w = { .crowded = SIZE_MAX };
	size_t whole = strlen(d->path);

	for (size_t i = 0; i < n_need; i++)
		want(&w, need[i], strlen(need[i]));
	w.n_need = w.n;
	if (all)
		want_list(&w, d->controllers);
	if (w.n == 0)
		return 0;
	if (read_missing(d, &w, e) < 0)
		return -1;
	if (w.n == 0)
		return 0;
	for (size_t len = 0; len < whole; len += 1 + strcspn(d->path + len + 1, "/")) {
		char path[PATH_MAX];
		struct cg_dir up = upper(d, len, path);

		if (is_crowded(&up))
			w.crowded = len;
		else
			enable_below(&up, &w);
	}
	if (w.n_need == 0)
		return 0;
	if (read_missing(d, &w, e) < 0)
		return -1;
	if (w.n_need == 0)
		return 0;
	if (w.crowded != SIZE_MAX)
		(void)err_num(e, EBUSY, "enable the controller %.*s in %s%.*s: that group has processes of its own",
		              (int)w.len[0], w.name[0], d->mount, (int)w.crowded, d->path);
	else if (w.why[0] != 0)
		(void)err_num(e, w.why[0], "enable the controller %.*s down to %s%s", (int)w.len[0], w.name[0],
		              d->mount, d->path);
	else
		(void)err_set(e, "the controller %.*s is not available in %s%s", (int)w.len[0], w.name[0], d->mount,
		              d->path);
	e->kind = ERR_HOST;
	return -1;
}

/* --- threads, cgroup2 ------------------------------------------------------------------------------------------------- */

/* What a threaded group can have; cgroup-v2.rst "Threads". The others count for whole processes. */
static bool is_threaded(const char *controller)
{
	static const char *const threaded[] = { "cpu", "cpuset", "perf_event", "pids" };

	for (size_t i = 0; i < array_len(threaded); i++)
		if (strcmp(threaded[i], controller) == 0)
			return true;
	return false;
}

static int refuse_domain(const struct cg_dir *d, const char *controller, struct err *e)
{
	(void)err_kind(e, ERR_CONFIG, "the cgroup %s%s is inside a threaded one, where the controller %s cannot be",
	               d->mount, d->path, controller); /* -1 is what is returned */
	return err_at(e, "/linux/cgroupsPath");
}

/*
 * Below a threaded group a new one is invalid until it is threaded, too. Only where somebody made the group above: below the
 * root there is none.
 */
static int join_threads(const struct cg_dir *d, size_t old, const char *const *need, size_t n_need, struct err *e)
{
	size_t whole = strlen(d->path);
	char type[32], path[PATH_MAX];

	if (old == 0 || old == whole || cg_peek(d, "cgroup.type", type, sizeof(type)) < 0 ||
	    strncmp(type, "domain invalid", strlen("domain invalid")) != 0)
		return 0;
	for (size_t i = 0; i < n_need; i++)
		if (!is_threaded(need[i]))
			return refuse_domain(d, need[i], e);
	for (size_t len = old; len < whole;) {
		struct cg_dir dir;

		len += 1 + strcspn(d->path + len + 1, "/");
		dir = upper(d, len, path);
		if (cg_poke(&dir, "cgroup.type", "threaded") < 0)
			return err_sys(e, "make %s%s threaded, as the cgroup above it is", dir.mount, dir.path);
	}
	return 0;
}

/* --- the whole ------------------------------------------------------------------------------------------------------- */

/* Refuses groups with somebody in them: a container shares its groups with nobody, and its end kills who is in them. */
static int check_free(const struct cg_place *p, struct err *e)
{
	auto_pid_list struct cg_pid_list l = { 0 };
	const struct cg_dir *lived_in = NULL;
	size_t most = 0;
	int frozen;

	for (size_t i = 0; i < p->n; i++) {
		if (cg_dir_pids(&p->dir[i], &l) < 0 && errno != ENOENT)
			return err_sys(e, "read the processes of the cgroup %s%s", p->dir[i].mount, p->dir[i].path);
		if (l.n > most) {
			most = l.n;
			lived_in = &p->dir[i];
		}
	}
	if (lived_in != NULL)
		return err_set(e, "container's cgroup is not empty: %zu process(es) found in %s%s", most,
		               lived_in->mount, lived_in->path);
	frozen = cg_frozen(p, e);
	return frozen > 0 ? err_set(e, "container's cgroup unexpectedly frozen") : frozen;
}

int cg_check(const struct cg_place *p, struct err *e)
{
	const struct cg_dir *d = cg_main_dir(p);
	char path[PATH_MAX];

	if (d == NULL || !cg_path(d, NULL, path) || (access(path, F_OK) < 0 && errno == ENOENT))
		return 0;
	return check_free(p, e);
}

static int make_all(const struct cg_place *p, struct cg_made *made, struct err *e)
{
	bool old = false;

	for (made->n = 0; made->n < p->n;) {
		size_t i = made->n++;

		if (make_dir(&p->dir[i], &made->old_len[i], e) < 0)
			return -1;
		old |= p->dir[i].path[made->old_len[i]] == '\0';
	}
	return old ? check_free(p, e) : 0;
}

static int set_up_unified(const struct cg_place *p, const struct cg_made *made, const char *const *need, size_t n_need,
                          struct err *e)
{
	const struct cg_dir *d = cg_unified_dir(p);

	if (d == NULL)
		return 0;
	if (join_threads(d, made->old_len[d - p->dir], need, n_need, e) < 0)
		return -1;
	return enable(d, p->n == 1, need, n_need, e);
}

int cg_make(const struct cg_place *p, const char *const *need, size_t n_need, struct cg_made *made, struct err *e)
{
	if (make_all(p, made, e) == 0 && set_up_unified(p, made, need, n_need, e) == 0)
		return 0;
	cg_unmake(p, made);
	return -1;
}

int cg_enable(const struct cg_place *p, const char *const *need, size_t n_need, struct err *e)
{
	const struct cg_dir *unified = cg_unified_dir(p);

	return unified == NULL ? 0 : enable(unified, false, need, n_need, e);
}

int cg_create(const struct cg_place *p, const char *const *need, size_t n_need, struct err *e)
{
	struct cg_made made;

	return cg_make(p, need, n_need, &made, e);
}
