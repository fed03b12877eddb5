/* SPDX-License-Identifier: Apache-2.0
 *
 * mount_old - the same mounts made with mount(2)
 */
#include "kernel/mount_old.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "base/buf.h"
#include "base/fd.h"
#include "kernel/mount_new.h"
#include "kernel/mount_target.h"
#include "kernel/rootfs.h"
#include "kernel/sys_mount.h"

#ifndef ST_NOSYMFOLLOW
#define ST_NOSYMFOLLOW 0x2000
#endif
#ifndef ST_RELATIME
#define ST_RELATIME 4096
#endif

enum { VALUE_MAX = 255 }; /* of fsconfig(2) */

/* A flag as statfs(2) shows it, as mount(2) takes it and as mount_setattr(2) names it. */
static const struct {
	unsigned long shown, flag;
	uint64_t attr;
} flags_of[] = {
	{ ST_RDONLY, MS_RDONLY, MOUNT_ATTR_RDONLY },
	{ ST_NOSUID, MS_NOSUID, MOUNT_ATTR_NOSUID },
	{ ST_NODEV, MS_NODEV, MOUNT_ATTR_NODEV },
	{ ST_NOEXEC, MS_NOEXEC, MOUNT_ATTR_NOEXEC },
	{ ST_NODIRATIME, MS_NODIRATIME, MOUNT_ATTR_NODIRATIME },
	{ ST_NOSYMFOLLOW, MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW },
};

bool mount_old_needed(const struct mount_op *op)
{
	if (op->kind != MOUNT_NEW)
		return false;
	for (size_t i = 0; i < op->n_data; i++) {
		const char *value = strchr(op->data[i], '=');

		if (value != NULL && strlen(value + 1) > VALUE_MAX)
			return true;
	}
	return (op->flags & MS_I_VERSION) != 0 || (op->source != NULL && strlen(op->source) > VALUE_MAX);
}

/* A comma that is overlay's own has a backslash before it, which only overlay understands. */
static void put_escaped(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\\' && text[1] != '\0')
			buf_put(b, text++, 1);
		else if (*text == ',')
			buf_puts(b, "\\");
		buf_put(b, text, 1);
	}
}

/* The options in one text; a comma in an SELinux context is kept by quotes, which only those options understand. */
static void join_options(struct buf *b, const struct mount_op *op, const char *mode)
{
	if (mode != NULL)
		buf_puts(b, mode);
	for (size_t i = 0; i < op->n_data; i++) {
		const char *value = strchr(op->data[i], '=');
		size_t key = value != NULL ? (size_t)(value - op->data[i]) : 0;
		bool quote = key >= 7 && memcmp(value - 7, "context", 7) == 0 && strchr(value, ',') != NULL &&
		             value[1] != '"';

		if (b->len > 0)
			buf_puts(b, ",");
		if (quote)
			buf_printf(b, "%.*s=\"%s\"", (int)key, op->data[i], value + 1);
		else if (op->fstype != NULL && strcmp(op->fstype, "overlay") == 0)
			put_escaped(b, op->data[i]);
		else
			buf_puts(b, op->data[i]);
	}
}

static unsigned long shown_atime(unsigned long shown)
{
	if ((shown & ST_NOATIME) != 0)
		return MS_NOATIME;
	return (shown & ST_RELATIME) != 0 ? MS_RELATIME : MS_STRICTATIME;
}

static unsigned long asked_atime(uint64_t set)
{
	if ((set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_NOATIME)
		return MS_NOATIME;
	return (set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_STRICTATIME ? MS_STRICTATIME : MS_RELATIME;
}

int mount_old_flags(int at, uint64_t set, uint64_t clear, struct err *e)
{
	unsigned long flags = MS_BIND | MS_REMOUNT;
	char path[32];
	struct statfs now;

	if (fstatfs(at, &now) < 0)
		return err_sys(e, "statfs");
	for (size_t i = 0; i < array_len(flags_of); i++)
		if ((set & flags_of[i].attr) != 0 ||
		    (((unsigned long)now.f_flags & flags_of[i].shown) != 0 && (clear & flags_of[i].attr) == 0))
			flags |= flags_of[i].flag;
	flags |= (clear & MOUNT_ATTR__ATIME) != 0 ? asked_atime(set) : shown_atime((unsigned long)now.f_flags);
	if (mount(NULL, fd_path(at, path), "none", flags, NULL) < 0)
		return err_sys(e, "set the flags of the mount");
	return 0;
}

int mount_old_attrs(int at, const struct mount_op *op, struct err *e)
{
	bool own = op->kind != MOUNT_NEW && (op->attr_set | op->attr_clr | op->attr_drop) != 0;
	uint64_t unlocked = op->attr_clr | (op->attr_drop & MOUNT_ATTR_NOSYMFOLLOW);
	char path[32];

	if ((op->rattr_set | op->rattr_clr) != 0)
		return err_kind(e, ERR_HOST,
		                "options for a mount and those below it (r...) need mount_setattr(2), Linux 5.12");
	if (own && mount_old_flags(at, op->attr_set, op->attr_clr | op->attr_drop, e) < 0 &&
	    (op->attr_drop == 0 || e->sys != EPERM || mount_old_flags(at, op->attr_set, unlocked, e) < 0))
		return -1;
	for (size_t i = 0; i < op->n_propagation; i++)
		if (mount(NULL, fd_path(at, path), "none", op->propagation[i], NULL) < 0)
			return err_sys(e, "change the propagation of the mount");
	return 0;
}

int mount_old_reconfigure(const struct mount_op *op, int at, struct err *e)
{
	auto_buf struct buf options = { 0 };
	char path[32];

	join_options(&options, op, NULL);
	if (buf_text(&options) == NULL)
		return err_memory(e);
	if (mount(NULL, fd_path(at, path), "none", MS_REMOUNT | op->flags, buf_text(&options)) < 0)
		return err_sys(e, "remount %s with options \"%s\"", op->dst, buf_text(&options));
	for (size_t i = 0; i < op->n_propagation; i++)
		if (mount(NULL, fd_path(at, path), "none", op->propagation[i], NULL) < 0)
			return err_sys(e, "change the propagation of %s", op->dst);
	return 0;
}

/*
 * The root of what was just mounted over `to`: the path in the root leads there now, and may not have been swapped for another.
 * Both fds have the same path as the kernel shows it.
 */
static int reopen(const struct mount_op *op, const struct mount_env *env, int to, struct err *e)
{
	char name[32], was[PATH_MAX], is[PATH_MAX];
	auto_fd int fd = rootfs_open(env->root, op->dst, O_PATH | (op->dst_nofollow ? O_NOFOLLOW : 0), 0);
	ssize_t n, m;

	if (fd < 0)
		return err_sys(e, "open what was mounted on %s", op->dst);
	n = readlink(fd_path(to, name), was, sizeof(was));
	m = readlink(fd_path(fd, name), is, sizeof(is));
	if (n < 0 || n != m || memcmp(was, is, (size_t)n) != 0)
		return err_set(e, "%s was swapped while it was mounted on", op->dst);
	return steal_fd(&fd);
}

static int mount_one(const struct mount_op *op, int source, int to, const char *mode, struct err *e)
{
	auto_buf struct buf options = { 0 };
	char from[32], at[32];
	unsigned long flags = op->flags & ~(op->late_ro ? (unsigned long)MS_RDONLY : 0);

	if (op->kind == MOUNT_BIND) {
		flags = MS_BIND | (op->recursive ? MS_REC : 0);
		if (mount(fd_path(source, from), fd_path(to, at), "none", flags, NULL) < 0)
			return mount_target_refused(op, to, source, e);
		return 0;
	}
	join_options(&options, op, mode);
	if (buf_text(&options) == NULL)
		return err_memory(e);
	if (mount(op->source != NULL ? op->source : "none", fd_path(to, at), op->fstype, flags, buf_text(&options)) ==
	    0)
		return 0;
	if (errno == ENODEV)
		return err_sys(e, "the kernel has no file system \"%s\"", op->fstype);
	if (errno == ENOTDIR)
		return mount_target_refused(op, to, -1, e);
	return err_sys(e, "mount %s with options \"%s\"", op->fstype, buf_text(&options));
}

/* In place of a new sysfs or cgroup2; what lies below it cannot be made read-only here, so it is not bound. */
static int mount_else(const struct mount_op *op, int to, struct err *e)
{
	struct mount_op bind = { .kind = MOUNT_BIND, .dst = op->dst, .source = op->else_bind };
	auto_fd int source = open(op->else_bind, O_PATH | O_CLOEXEC);

	if (source < 0)
		return err_sys(e, "bind %s in place of a new %s", op->else_bind, op->fstype);
	return mount_one(&bind, source, to, NULL, e);
}

int mount_old_apply(const struct mount_op *op, struct mount_env *env, int *mounted, struct err *e)
{
	auto_fd int source = -1, to = -1, fd = -1;
	struct mount_target t;
	bool bound = false;

	if (op->idmap.set)
		return err_kind(e, ERR_HOST, "idmapped mounts need mount_setattr(2), Linux 5.12");
	if (op->kind == MOUNT_BIND) {
		source = open(op->source, O_PATH | O_CLOEXEC | (op->src_nofollow ? O_NOFOLLOW : 0));
		if (source < 0)
			return err_sys(e, "bind %s", op->source);
	}
	to = mount_target_open(op, env, source, &t, e);
	if (to < 0)
		return -1;
	if (mount_one(op, source, to, op->kind == MOUNT_NEW ? mount_target_mode(op, &t) : NULL, e) < 0) {
		if (op->else_bind == NULL || (e->sys != EPERM && e->sys != EBUSY) || mount_else(op, to, e) < 0)
			return -1;
		bound = true;
	}
	fd = reopen(op, env, to, e);
	if (fd < 0 || (bound && mount_old_flags(fd, op->attr_set, 0, e) < 0))
		return -1;
	if (mount_target_fill(op, &t, to, fd, e) < 0 || mount_new_label(fd, op, e) < 0 ||
	    mount_old_attrs(fd, op, e) < 0)
		return -1;
	if (mounted != NULL)
		*mounted = steal_fd(&fd);
	return 0;
}

/* What was mounted over `to`, by the path that the kernel shows for it; if somebody swaps that meanwhile, the two paths differ. */
static int reopen_shown(int to, struct err *e)
{
	char path[32], was[PATH_MAX], is[PATH_MAX];
	ssize_t n = readlink(fd_path(to, path), was, sizeof(was) - 1), m;
	auto_fd int fd = -1;

	if (n < 0)
		return err_sys(e, "readlink %s", path);
	was[n] = '\0';
	fd = open(was, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open what was mounted on %s", was);
	m = readlink(fd_path(fd, path), is, sizeof(is));
	if (n != m || memcmp(was, is, (size_t)n) != 0)
		return err_set(e, "%s was swapped while it was mounted on", was);
	return steal_fd(&fd);
}

int mount_old_bind_fd(int from, int to, uint64_t attr, bool recursive, int *mounted, struct err *e)
{
	char source[32], target[32];
	auto_fd int fd = -1;

	if (mount(fd_path(from, source), fd_path(to, target), "none", MS_BIND | (recursive ? MS_REC : 0), NULL) < 0)
		return err_sys(e, "bind");
	if (attr == 0 && mounted == NULL)
		return 0;
	fd = reopen_shown(to, e);
	if (fd < 0 || (attr != 0 && mount_old_flags(fd, attr, 0, e) < 0))
		return -1;
	if (mounted != NULL)
		*mounted = steal_fd(&fd);
	return 0;
}

int mount_old_on(const struct mount_op *op, int to, int *mounted, struct err *e)
{
	auto_fd int fd = -1;

	if (mount_one(op, -1, to, NULL, e) < 0)
		return -1;
	fd = reopen_shown(to, e);
	if (fd < 0 || mount_old_flags(fd, op->attr_set, 0, e) < 0)
		return -1;
	*mounted = steal_fd(&fd);
	return 0;
}
