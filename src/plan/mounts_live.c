/* SPDX-License-Identifier: Apache-2.0
 *
 * mounts_live - a list of mounts for a container that is there already
 *
 * The entries are those of config.json and mean the same. But who makes them is in none of the container's namespaces but the mount
 * namespace: a file system that shows one of the others would show the host's, and the path of a device would be the container's to
 * choose. And what changes a mount that is there could not be undone.
 */
#include <string.h>

#include "kernel/mount_target.h"
#include "plan/mounts.h"

static int check_add(const struct mount_op *op, const struct oci_mount *from, struct err *e)
{
	if (op->kind == MOUNT_CHANGE)
		return err_config(e, op->pointer, "it changes what is mounted there: only new mounts can be added");
	if (op->copy_symlink)
		return err_config(e, op->pointer, "copy-symlink is for a container that is being made");
	if (op->kind == MOUNT_BIND)
		return 0;
	if (strcmp(from->type, "tmpfs") != 0)
		return err_config(e, op->pointer, "a new %s: only binds and tmpfs can be added", from->type);
	return op->idmap.set ? err_config(e, op->pointer, "idmap can be added with a bind only") : 0;
}

/* What hides or protects a part of the container is mounted there, too. */
static int check_remove(const struct plan_fs *fs, const struct mount_op *op, struct err *e)
{
	if (!mount_target_allowed(op->dst) || mounts_among(fs->masked, fs->n_masked, op->dst) ||
	    mounts_among(fs->readonly, fs->n_readonly, op->dst))
		return err_config(e, op->pointer, "what is mounted on %s protects the container: it stays", op->dst);
	return 0;
}

static int live_one(struct mounts *m, const struct oci_mount *from, enum plan_live what, const char *pointer,
                    struct err *e)
{
	size_t first = m->n;

	if (what == PLAN_LIVE_REMOVE)
		return mounts_destination(m, from, pointer, e) < 0 ? -1 : check_remove(&m->p->fs, &m->ops[first], e);
	if (mounts_one(m, from, pointer, e) < 0)
		return -1;
	for (size_t i = first; i < m->n; i++)
		if (check_add(&m->ops[i], from, e) < 0)
			return -1;
	return 0;
}

int plan_mounts_live(struct plan *p, const struct oci_mounts *from, enum plan_live what, struct arena *a, struct err *e)
{
	struct mounts m = { .p = p, .a = a };

	for (size_t i = 0; i < from->mounts.n; i++) {
		const char *pointer = plan_string(a, e, "/%zu", i);

		if (pointer == NULL || live_one(&m, &from->mounts.items[i], what, pointer, e) < 0)
			return -1;
	}
	p->fs.mounts = m.ops;
	p->fs.n_mounts = m.n;
	return 0;
}
