/* SPDX-License-Identifier: Apache-2.0
 *
 * place - where the groups of one container are: pure, from the layout, cgroupsPath and the id
 *
 * config-linux.md#cgroups-path. Declared in cgroup.h.
 */
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
