/* SPDX-License-Identifier: Apache-2.0
 *
 * helper - what the parent does for the mounts of a container with a user namespace
 */
#include "life/helper.h"

#include <errno.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "base/path.h"
#include "kernel/mount.h"
#include "kernel/mount_idmap.h"
#include "kernel/ns.h"
#include "kernel/sys.h"

static int visit_source(const struct mount_op *op, int pidfd, struct err *e)
{
	auto_fd int fd = -1;
	struct ns_visit v;
	struct err back;

	if (ns_visit_mounts(pidfd, &v, e) < 0)
		return -1;
	fd = mount_source_open(op, false, e);
	if (ns_visit_end(&v, &back) < 0) {
		*e = back;
		return -1;
	}
	return steal_fd(&fd);
}

static bool has_flags(int fd)
{
	const unsigned long flags = ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC;
	struct statfs fs;

	return fstatfs(fd, &fs) < 0 || ((unsigned long)fs.f_flags & flags) != 0;
}

/*
 * A bind that leaves out the mounts below its source would uncover what they hide, which the container's mount namespace has no
 * right to; we have. But flags would not be locked then: it must have none.
 */
static int open_source(const struct plan *plan, const struct mount_op *op, int pidfd, struct err *e)
{
	auto_fd int fd = visit_source(op, pidfd, e);
	struct err ours;

	if (fd >= 0 || e->sys != EINVAL || op->recursive || path_is_below(op->source, plan->fs.root))
		return steal_fd(&fd);
	fd = mount_source_open(op, true, &ours);
	if (fd >= 0 && has_flags(fd))
		fd_drop(&fd);
	return steal_fd(&fd);
}

static int send_source(const struct plan *plan, const struct mount_op *op, const struct launch *l, struct err *e)
{
	auto_fd int fd = open_source(plan, op, l->pidfd, e);

	if (fd < 0)
		return -1;
	if (op->idmap.set && mount_idmap_apply(fd, &op->idmap, AT_FDCWD, e) < 0)
		return err_in(e, "bind %s", op->source);
	return sync_post(l->sock, SYNC_OPENED, NULL, 0, fd, e);
}

static int map_mount(const struct mount_op *op, const struct launch *l, int mounted, struct err *e)
{
	if (mount_idmap_apply(mounted, &op->idmap, AT_FDCWD, e) < 0)
		return err_in(e, "%s", op->fstype);
	return sync_post(l->sock, SYNC_IDMAPPED, NULL, 0, -1, e);
}

int helper_answer(const struct plan *plan, const struct launch *l, struct sync_msg *m, struct err *e)
{
	const struct mount_op *op;
	int r;

	if (m->payload.number < 0 || (size_t)m->payload.number >= plan->fs.n_mounts)
		return err_set(e, "the init stage asked for mount %d of %zu", m->payload.number, plan->fs.n_mounts);
	op = &plan->fs.mounts[m->payload.number];
	if (m->type == SYNC_SOURCE)
		r = op->kind == MOUNT_BIND ? send_source(plan, op, l, e)
		                           : err_set(e, "the init stage asked for a source of %s", op->dst);
	else
		r = m->fd >= 0 ? map_mount(op, l, m->fd, e)
		               : err_set(e, "the init stage sent no mount for %s", op->dst);
	if (r == 0)
		return 0;
	if (op->pointer != NULL)
		(void)err_at(e, "%s", op->pointer); /* returns -1, as the next */
	return err_in(e, "mount on %s", op->dst);
}
