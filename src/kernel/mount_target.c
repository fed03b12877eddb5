/* SPDX-License-Identifier: Apache-2.0
 *
 * mount_target - the place in the container where a mount goes: found or made, and checked
 */
#include "kernel/mount_target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "kernel/copyup.h"
#include "kernel/rootfs.h"
#include "kernel/sys_mount.h"

/* What lxcfs and the like emulate; the same list as runc's. */
static const char *const emulated[] = {
	"/proc/cpuinfo",
	"/proc/diskstats",
	"/proc/loadavg",
	"/proc/meminfo",
	"/proc/slabinfo",
	"/proc/stat",
	"/proc/swaps",
	"/proc/uptime",
	"/proc/sys/kernel/ns_last_pid",
	"/proc/sys/crypto/fips_enabled",
};

bool mount_target_allowed(const char *dst)
{
	if (strncmp(dst, "/proc", 5) != 0 || (dst[5] != '\0' && dst[5] != '/'))
		return true;
	for (size_t i = 0; i < array_len(emulated); i++)
		if (strcmp(dst, emulated[i]) == 0)
			return true;
	return false;
}

static bool is_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

static const char *what_of(const struct mount_op *op)
{
	return op->fstype != NULL ? op->fstype : op->source;
}

static int not_ordinary(const struct mount_op *op, struct err *e)
{
	return err_set(e, "filesystem \"%s\" must be mounted on ordinary directory, which %s is not", what_of(op),
	               op->dst);
}

/* A procfs is the only thing that /proc may get, and nothing goes into a procfs, whatever symlink leads there. */
static int check_proc(const struct mount_op *op, int to, int tree, struct err *e)
{
	if (strcmp(op->dst, "/proc") == 0) {
		if (op->kind == MOUNT_BIND && !is_procfs(tree))
			return err_set(e, "%s cannot be mounted on /proc: it is no procfs", op->source);
		return 0;
	}
	if (strncmp(op->dst, "/proc/", 6) == 0 ? !mount_target_allowed(op->dst) : is_procfs(to))
		return err_set(e, "%s cannot be mounted on: it is inside /proc", op->dst);
	return 0;
}

/* Which one it is, and that it is not the root. */
static int look_at(int fd, const struct mount_op *op, const struct mount_env *env, struct mount_target *t,
                   struct err *e)
{
	struct statx st;

	if (sys_statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MODE | STATX_INO | STATX_MNT_ID, &st) < 0)
		return err_sys(e, "stat %s in the container's root", op->dst);
	if (st.stx_ino == env->root_inode && st.stx_mnt_id == env->root_mount)
		return err_set(e, "%s is the container's root itself: nothing can be mounted on that", op->dst);
	if (op->real_dir && !S_ISDIR(st.stx_mode))
		return not_ordinary(op, e);
	t->existed = true;
	t->mode = st.stx_mode;
	return 0;
}

static int open_existing(const struct mount_op *op, const struct mount_env *env)
{
	return rootfs_open(env->root, op->dst, O_PATH | (op->dst_nofollow ? O_NOFOLLOW : 0),
	                   op->real_dir ? RESOLVE_NO_SYMLINKS : 0);
}

static int not_opened(const struct mount_op *op, struct err *e)
{
	if (op->real_dir && errno == ELOOP)
		return not_ordinary(op, e);
	return err_sys(e, "look up %s in the container's root", op->dst);
}

int mount_target_find(const struct mount_op *op, const struct mount_env *env, struct mount_target *t, struct err *e)
{
	auto_fd int fd = open_existing(op, env);

	*t = (struct mount_target){ 0 };
	if (fd < 0)
		return not_opened(op, e);
	return look_at(fd, op, env, t, e) < 0 ? -1 : steal_fd(&fd);
}

static bool is_file(int tree)
{
	struct stat st;

	return tree >= 0 && fstat(tree, &st) == 0 && !S_ISDIR(st.st_mode);
}

/* What rootfs makes may be reached through symlinks in its parents, which is no ordinary directory for a real_dir. */
static int make(const struct mount_op *op, const struct mount_env *env, int tree, struct err *e)
{
	auto_fd int fd =
		is_file(tree) ? rootfs_make_file(env->root, op->dst, e) : rootfs_make_dir(env->root, op->dst, e);

	if (fd < 0 || !op->real_dir)
		return steal_fd(&fd);
	fd_drop(&fd);
	fd = open_existing(op, env);
	return fd < 0 ? not_opened(op, e) : steal_fd(&fd);
}

/* The name of dst directly below dir, NULL for any other dst. */
static const char *child_of(const char *dst, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(dst, dir, n) == 0 && dst[n] == '/' && strchr(dst + n + 1, '/') == NULL ? dst + n + 1 : NULL;
}

bool mount_target_is_fresh(const struct mount_op *op, const struct mount_env *env)
{
	return env->fresh >= 0 && !op->real_dir && child_of(op->dst, env->fresh_dst) != NULL;
}

/* A new entry of the tmpfs that was mounted just before. -1 without an error: it is none. */
static int make_fresh(const struct mount_op *op, struct mount_env *env, int tree)
{
	const char *name = mount_target_is_fresh(op, env) ? child_of(op->dst, env->fresh_dst) : NULL;

	if (name != NULL && !is_file(tree) && mkdirat(env->fresh, name, 0755) == 0)
		return openat(env->fresh, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* what comes now may cover it, by whatever way it is reached */
	fd_drop(&env->fresh);
	return -1;
}

int mount_target_open(const struct mount_op *op, struct mount_env *env, int tree, struct mount_target *t, struct err *e)
{
	auto_fd int fd = make_fresh(op, env, tree);

	*t = (struct mount_target){ 0 };
	if (fd >= 0)
		return steal_fd(&fd);
	fd = open_existing(op, env);
	if (fd < 0 && errno != ENOENT)
		return not_opened(op, e);
	if (fd >= 0) {
		if (look_at(fd, op, env, t, e) < 0)
			return -1;
	} else {
		fd = make(op, env, tree, e);
		if (fd < 0)
			return -1;
	}
	return check_proc(op, fd, tree, e) < 0 ? -1 : steal_fd(&fd);
}

static bool has_option(const struct mount_op *op, const char *key)
{
	for (size_t i = 0; i < op->n_data; i++)
		if (strncmp(op->data[i], key, strlen(key)) == 0)
			return true;
	return false;
}

const char *mount_target_mode(const struct mount_op *op, struct mount_target *t)
{
	if (!t->existed || strcmp(op->fstype, "tmpfs") != 0 || has_option(op, "mode="))
		return NULL;
	(void)snprintf(t->text, sizeof(t->text), "mode=%04o", t->mode & 07777); /* always fits */
	return t->text;
}

int mount_target_fill(const struct mount_op *op, const struct mount_target *t, int to, int mounted, struct err *e)
{
	if (!op->tmpcopyup || !t->existed)
		return 0;
	return copyup(to, mounted, !has_option(op, "uid="), !has_option(op, "gid="), e);
}

/* What is there where a directory, or a file, was needed. */
static const char *kind_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISLNK(st.st_mode))
		return "symlink";
	return is_file(fd) ? "file" : "directory";
}

int mount_target_refused(const struct mount_op *op, int to, int tree, struct err *e)
{
	int num = errno;
	bool mismatch = num == ENOTDIR || num == EINVAL; /* of mount(2), of move_mount(2) */

	if (mismatch && is_file(tree) != is_file(to))
		return err_num(e, ENOTDIR, "%s is a %s, but %s in the container is a %s", what_of(op), kind_of(tree),
		               op->dst, kind_of(to));
	return err_num(e, num, "put %s in its place", what_of(op));
}
