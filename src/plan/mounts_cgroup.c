/* SPDX-License-Identifier: Apache-2.0
 *
 * mounts_cgroup - what a mount of type cgroup becomes in each layout of control groups
 *
 * cgroup v1 has no single tree: what config.json means by it is a directory with one mount a hierarchy, as the host has it. The
 * container's own group of each is bound there, which looks the same with a cgroup namespace and without, and gives it nothing
 * above its own group. config.md#mounts, cgroup_namespaces(7).
 */
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "kernel/sys_mount.h"
#include "plan/annotations.h"
#include "plan/mounts.h"

/* The container's own group in a hierarchy: the one that is made for it, else the one that it is started in. */
static const char *own_group(const struct plan *p, const struct cg_hier *h)
{
	const struct cg_place *place = p->cgroup.place != NULL ? p->cgroup.place : p->intent->place;

	for (size_t i = 0; place != NULL && i < place->n; i++)
		if (strcmp(place->dir[i].mount, h->mount) == 0)
			return place->dir[i].path;
	return h->self != NULL ? h->self : "";
}

int mounts_cgroup2_else(struct mounts *m, const char **path, struct err *e)
{
	const struct cg_layout *l = m->p->intent->facts.cgroups;
	bool own = plan_ns_own(&m->p->ns, CLONE_NEWCGROUP);

	for (size_t i = 0; l != NULL && i < l->n; i++) {
		const struct cg_hier *h = &l->hier[i];

		if (!h->unified)
			continue;
		*path = plan_string(m->a, e, "%s%s", h->mount, own ? own_group(m->p, h) : "");
		return *path == NULL ? -1 : 0;
	}
	return 0;
}

static int add_cgroup2(struct mounts *m, const struct mount_op *asked, struct err *e)
{
	struct mount_op *op = mounts_add(m, e);

	if (op == NULL)
		return -1;
	*op = *asked;
	op->fstype = "cgroup2";
	return mounts_cgroup2_else(m, &op->else_bind, e);
}

static int add_tmpfs(struct mounts *m, const struct mount_op *asked, struct err *e)
{
	static const char *const data[] = { "mode=755" };
	struct mount_op *op = mounts_add(m, e);
	const char **labelled;

	if (op == NULL)
		return -1;
	*op = *asked;
	op->fstype = op->source = "tmpfs";
	op->attr_set |= MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	op->late_ro = (op->flags & MS_RDONLY) != 0; /* mount points and links are made in it */
	op->data = data;
	op->n_data = 1;
	if (m->p->fs.mount_label == NULL)
		return 0;
	labelled = arena_alloc(m->a, 2 * sizeof(*labelled));
	if (labelled == NULL)
		return err_memory(e);
	labelled[0] = data[0];
	labelled[1] = mounts_label(m, e);
	op->data = labelled;
	op->n_data = 2;
	return labelled[1] == NULL ? -1 : 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* "cpu" -> "cpu,cpuacct" for each controller of a joined hierarchy. */
static int add_links(struct mounts *m, const struct mount_op *asked, const struct cg_hier *h, struct err *e)
{
	const char *name = base_name(h->mount), *at = h->controllers;
	struct plan_link *link;

	for (size_t n; *at != '\0'; at += n + (at[n] == ',')) {
		n = strcspn(at, ",");
		if (n == 0 || (strlen(name) == n && memcmp(name, at, n) == 0) || memchr(at, '=', n) != NULL)
			continue;
		link = mounts_add_link(m, e);
		if (link == NULL)
			return -1;
		*link = (struct plan_link){ .target = name, .keep = true };
		link->path = plan_string(m->a, e, "%s/%.*s", asked->dst, (int)n, at);
		if (link->path == NULL)
			return -1;
	}
	return 0;
}

static int add_hierarchy(struct mounts *m, const struct mount_op *asked, const struct cg_hier *h, struct err *e)
{
	struct mount_op *op = mounts_add(m, e);

	if (op == NULL)
		return -1;
	*op = *asked;
	op->kind = MOUNT_BIND;
	op->fstype = NULL;
	op->data = NULL;
	op->n_data = 0;
	op->real_dir = false;
	op->attr_set &= ~(uint64_t)MOUNT_ATTR__ATIME; /* the kernel keeps no access times there */
	op->dst = plan_string(m->a, e, "%s/%s", asked->dst, base_name(h->mount));
	op->source = plan_string(m->a, e, "%s%s", h->mount, own_group(m->p, h));
	if (op->dst == NULL || op->source == NULL)
		return -1;
	return h->unified ? 0 : add_links(m, asked, h, e);
}

int mounts_cgroup(struct mounts *m, const struct mount_op *asked, struct err *e)
{
	const struct cg_layout *l = m->p->intent->facts.cgroups;

	if (l == NULL || l->mode == CG_NONE || l->mode == CG_V2)
		return add_cgroup2(m, asked, e);
	if (asked->n_data > 0) /* here it is a tmpfs with binds: no cgroup file system would see it */
		return err_config(e, asked->pointer, "option \"%s\" is unknown for a cgroup mount on this host",
		                  asked->data[0]);
	if (add_tmpfs(m, asked, e) < 0)
		return -1;
	for (size_t i = 0; i < l->n; i++)
		if (add_hierarchy(m, asked, &l->hier[i], e) < 0)
			return -1;
	return 0;
}

static bool is_readonly(const struct mount_op *op)
{
	return (op->flags & MS_RDONLY) != 0 || ((op->attr_set | op->rattr_set) & MOUNT_ATTR_RDONLY) != 0;
}

/* The mount on /sys/fs/cgroup that lets the container write its group; NULL: none does. */
static const struct mount_op *writable_group(const struct plan *p)
{
	const struct mount_op *found = NULL;

	for (size_t i = 0; i < p->fs.n_mounts; i++) {
		const struct mount_op *op = &p->fs.mounts[i];

		if (strcmp(op->dst, "/sys/fs/cgroup") != 0)
			continue;
		if (is_readonly(op))
			found = NULL;
		else if (op->kind == MOUNT_NEW)
			found = op->fstype != NULL && strcmp(op->fstype, "cgroup2") == 0 ? op : NULL;
	}
	return found;
}

/* A leaf is for a payload that sees its own group of cgroup2 and may change it. */
static int no_leaf(const struct plan *p, struct err *e)
{
	const struct cg_layout *l = p->intent->facts.cgroups;

	if (l == NULL || l->mode != CG_V2 || p->cgroup.place == NULL)
		(void)err_kind(e, ERR_HOST, "needs control groups, of cgroup2 alone");
	else
		(void)err_kind(e, ERR_CONFIG,
		               "needs a new cgroup namespace, and cgroup mounted on /sys/fs/cgroup to write");
	return err_at(e, "/annotations/" ANNOTATION_LEAF);
}

int mounts_give_group(struct plan *p, struct err *e)
{
	const struct cg_layout *l = p->intent->facts.cgroups;
	bool own = l != NULL && l->mode == CG_V2 && (p->ns.make & CLONE_NEWCGROUP) != 0 && p->cgroup.place != NULL;
	const struct mount_op *op = own ? writable_group(p) : NULL;
	/* of a user namespace that is joined nobody has said the map */
	bool known = !plan_ns_own(&p->ns, CLONE_NEWUSER) || p->ns.uid_map.n > 0;

	if (op == NULL && p->asked.leaf != NULL)
		return no_leaf(p, e);
	if (op == NULL || !p->has_process || p->intent->facts.rootless || !known)
		return 0;
	p->cgroup.owner = plan_id_on_host(&p->ns.uid_map, p->process.uid);
	if (p->cgroup.owner != 0) /* root's it is in any case */
		p->cgroup.given = op->pointer;
	return 0;
}
