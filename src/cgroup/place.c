/* SPDX-License-Identifier: Apache-2.0
 *
 * place - where the groups of one container are: pure, from the layout, cgroupsPath and the id
 *
 * config-linux.md#cgroups-path. Declared in cgroup.h.
 */
#include "base/num.h"
#include "cgroup/cgroup.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "cgroup/pack.h"

static const char pointer[] = "/linux/cgroupsPath";

enum { FILE_ROOM = 64 }; /* what "/cgroup.subtree_control" and its like need behind a directory's path */

/* The path as asked for, cleaned: absolute, or to be joined with the caller's own group. */
static int check(const char *asked, char to[PATH_MAX], struct err *e)
{
	if (path_has_dotdot(asked))
		return err_config(e, pointer, "'%s' has a '..' component", asked);
	if (strchr(asked, '\n') != NULL)
		return err_config(e, pointer, "a control group's name cannot hold a newline");
	if (!path_clean(asked, to, PATH_MAX))
		return err_config(e, pointer, "longer than %d bytes", PATH_MAX);
	if (strcmp(to, "/") == 0)
		return err_config(e, pointer, "'%s' is the root group, which cannot be a container's own", asked);
	for (const char *s = to; *s != '\0'; s += strcspn(s, "/"))
		if (strcspn(++s, "/") > NAME_MAX)
			return err_config(e, pointer, "a component is longer than %d bytes", NAME_MAX);
	return 0;
}

/* Below the caller's own group on v1 hierarchies, below the root on a unified host, whose inner groups cannot have children. */
static const char *base_of(const struct cg_layout *l, const struct cg_hier *h, bool absolute)
{
	return absolute || l->mode == CG_V2 || strcmp(h->self, "/") == 0 ? "" : h->self;
}

static int add(struct cg_place *p, struct pack *pack, const struct cg_hier *h, const char *path)
{
	struct cg_dir *d = &p->dir[p->n];

	d->controllers = pack_text(pack, h->controllers, strlen(h->controllers));
	d->mount = pack_text(pack, h->mount, strlen(h->mount));
	/* one copy of a path that all hierarchies have */
	d->path = p->n > 0 && strcmp(p->dir[p->n - 1].path, path) == 0 ? p->dir[p->n - 1].path
	                                                               : pack_text(pack, path, strlen(path));
	d->unified = h->unified;
	if (d->controllers == NULL || d->mount == NULL || d->path == NULL)
		return -1;
	p->n++;
	return 0;
}

int cg_place(const struct cg_layout *l, const char *cgroups_path, const char *id, struct cg_place *p, struct err *e)
{
	const char *asked = cgroups_path == NULL || cgroups_path[0] == '\0' ? id : cgroups_path;
	struct pack pack = { p->text, sizeof(p->text) };
	char clean[PATH_MAX], path[2 * PATH_MAX];

	p->n = 0;
	if (check(asked, clean, e) < 0)
		return -1;
	for (size_t i = 0; i < l->n; i++) {
		const struct cg_hier *h = &l->hier[i];
		int n = snprintf(path, sizeof(path), "%s%s", base_of(l, h, asked[0] == '/'), clean);

		if (n < 0 || (size_t)n + strlen(h->mount) + FILE_ROOM > PATH_MAX || add(p, &pack, h, path) < 0)
			return err_config(e, pointer, "'%s' makes paths longer than the kernel takes", asked);
	}
	return 0;
}

/* --- systemd's ---------------------------------------------------------------------------------------------------------- */

/* Whether the name begins like a file of one of the kernel's controllers: "cpu.x" */
static bool is_like_a_file(const char *name)
{
	static const char controllers[] = " cpu cpuacct cpuset io blkio memory devices pids ";
	char word[16];
	int n = snprintf(word, sizeof(word), " %.*s ", (int)strcspn(name, "."), name);

	return n < (int)sizeof(word) && strstr(controllers, word) != NULL;
}

/* systemd puts a '_' before what the kernel could take for a file of its own; that is how our units are found again, too. */
static bool is_escaped(const char *name)
{
	return name[0] == '_' || name[0] == '.' || strncmp(name, "cgroup.", sizeof("cgroup.") - 1) == 0 ||
	       is_like_a_file(name);
}

/*
 * systemd.unit(5): a name's characters; a scope or slice has no '@'. "cpu.x.scope" is none, either: since version 254 its directory
 * has a '_', before it had none.
 */
static bool is_unit_name(const char *name)
{
	static const char most[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:-_.\\";
	size_t n = strspn(name, most);

	return n <= NAME_MAX && name[n] == '\0' && !(is_like_a_file(name) && strchr(name, '.') != strrchr(name, '.'));
}

/* Appends "/NAME" to what has a room of PATH_MAX. */
static bool go_down(char *path, const char *name)
{
	size_t n = strlen(path);
	int added = snprintf(path + n, PATH_MAX - n, "/%s%s", is_escaped(name) ? "_" : "", name);

	return added > 0 && (size_t)added < PATH_MAX - n;
}

static bool is_slice(const char *name)
{
	size_t n = strlen(name), suffix = sizeof(".slice") - 1;

	return n >= suffix && strcmp(name + n - suffix, ".slice") == 0;
}

/* "a-b.slice" -> "/a.slice/a-b.slice" behind what is in `to`; "-.slice" is the root. systemd.slice(5) */
static bool expand_slice(const char *slice, char to[PATH_MAX])
{
	size_t stem = strlen(slice) - (sizeof(".slice") - 1);
	char name[NAME_MAX + 1];

	if (!is_slice(slice) || stem == 0 || !is_unit_name(slice))
		return false;
	if (strcmp(slice, "-.slice") == 0)
		return true;
	if (slice[0] == '-' || slice[stem - 1] == '-' || strstr(slice, "--") != NULL)
		return false;
	for (size_t i = 1; i <= stem; i++) {
		if (i < stem && slice[i] != '-')
			continue;
		(void)snprintf(name, sizeof(name), "%.*s.slice", (int)i, slice);
		if (!go_down(to, name))
			return false;
	}
	return true;
}

/* The user whose slice the caller is in: inside of a user namespace our own uid says nothing. */
static unsigned long user_of(const struct cg_layout *l, uid_t uid)
{
	static const char slice[] = "/user.slice/user-";
	const char *at = NULL;
	uint64_t user;

	for (size_t i = 0; i < l->n && at == NULL; i++)
		if (strncmp(l->hier[i].self, slice, sizeof(slice) - 1) == 0)
			at = l->hier[i].self + sizeof(slice) - 1;
	return at != NULL && num_take(&at, 10, UINT32_MAX, &user) ? (uint32_t)user : uid;
}

/* What SLICE:PREFIX:NAME says, with what stands for nothing. */
struct unit_words {
	char slice[NAME_MAX + 1];
	const char *prefix, *name;
	int n_prefix;
};

static int read_words(const char *asked, const char *id, bool user, struct unit_words *w, struct err *e)
{
	const char *path = asked == NULL || asked[0] == '\0' ? ":ocirt:" : asked;
	size_t n_slice = strcspn(path, ":"), n;

	w->prefix = path + n_slice + (path[n_slice] == ':');
	n = strcspn(w->prefix, ":");
	if (w->prefix[n] != ':' || strpbrk(w->prefix + n + 1, ":/") != NULL)
		return err_config(e, pointer, "'%s' is not SLICE:PREFIX:NAME, as it has to be with systemd", path);
	w->n_prefix = (int)n;
	w->name = w->prefix[n + 1] != '\0' ? w->prefix + n + 1 : id;
	if (n_slice >= sizeof(w->slice))
		return err_config(e, pointer, "a component is longer than %d bytes", NAME_MAX);
	memcpy(w->slice, path, n_slice);
	w->slice[n_slice] = '\0';
	if (n_slice == 0)
		(void)snprintf(w->slice, sizeof(w->slice), "%s", user ? "user.slice" : "system.slice");
	return 0;
}

/* PREFIX-NAME.scope. A slice has no processes of its own, so runc, too, cannot start one that is named so. */
static int name_scope(const struct unit_words *w, char to[PATH_MAX], struct err *e)
{
	if (is_slice(w->name))
		return err_config(e, pointer, "'%s' would be a slice, which cannot hold a container's processes",
		                  w->name);
	if (snprintf(to, PATH_MAX, "%.*s%s%s.scope", w->n_prefix, w->prefix, w->n_prefix > 0 ? "-" : "", w->name) <
	            PATH_MAX &&
	    is_unit_name(to))
		return 0;
	return err_config(e, pointer, "'%.300s' is no name that a unit of each systemd can have", to);
}

int cg_systemd_place(const struct cg_layout *l, const char *cgroups_path, const char *id, const uid_t *user,
                     struct cg_place *p, struct err *e)
{
	const unsigned long uid = user != NULL ? user_of(l, *user) : 0;
	char path[PATH_MAX] = "", scope[PATH_MAX] = "";
	struct unit_words w = { .prefix = "", .name = id };

	if (read_words(cgroups_path, id, user != NULL, &w, e) < 0 || name_scope(&w, scope, e) < 0)
		return -1;
	if (user != NULL)
		(void)snprintf(path, sizeof(path), "/user.slice/user-%lu.slice/user@%lu.service", uid, uid);
	if (!expand_slice(w.slice, path))
		return err_config(e, pointer, "'%s' is no name of a slice", w.slice);
	if (!go_down(path, scope))
		return err_config(e, pointer, "'%.300s' makes a path longer than the kernel takes", scope);
	return cg_place(l, path, id, p, e);
}
