/* SPDX-License-Identifier: Apache-2.0
 *
 * rootfs - the one way to reach, and to make, anything below a container's root
 */
#include "kernel/rootfs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/rootfs_walk.h"
#include "kernel/sys.h"

enum {
	TRIES_MAX = 128, /* a swapping loop beats 32 tries in some percent of the cases */
	LINKS_MAX = 40,  /* as path_resolution(7) */
};

int rootfs_open(int root, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
	};

	for (int i = 0; i < TRIES_MAX; i++) {
		int fd = sys_openat2(root, path, &how);

		if (fd < 0 && (errno == ENOSYS || errno == EPERM))
			return rootfs_walk(root, path, flags, resolve);
		if (fd >= 0 || (errno != EAGAIN && errno != EXDEV && errno != EINTR))
			return fd;
	}
	return -1;
}

/* What is being made: the path as it is known by now (symlinks that dangle are expanded), and where its missing part begins. */
struct making {
	int root;
	const char *asked; /* as the caller named it, for errors */
	char path[PATH_MAX];
	size_t have; /* bytes of path that exist */
	int dir;     /* O_PATH of them */
};

/* Finds the longest part of the path that exists, cutting components off its end. */
static int find_existing(struct making *m, struct err *e)
{
	char part[PATH_MAX];

	m->have = strlen(m->path);
	memcpy(part, m->path, m->have + 1);
	for (;;) {
		fd_drop(&m->dir);
		m->dir = rootfs_open(m->root, m->have == 0 ? "." : part, O_PATH, 0);
		if (m->dir >= 0)
			return 0;
		if (errno != ENOENT || m->have == 0)
			return err_sys(e, "look up %s in the container's root", m->asked);
		while (m->have > 0 && part[m->have - 1] != '/')
			m->have--;
		while (m->have > 0 && part[m->have - 1] == '/')
			m->have--;
		part[m->have] = '\0';
	}
}

/* The next missing component of m->path from *at on; false when there is none. */
static bool next_component(const struct making *m, size_t *at, char name[NAME_MAX + 1], bool *last)
{
	const char *p = m->path + *at;
	size_t n;

	p += strspn(p, "/");
	n = strcspn(p, "/");
	if (n == 0 || n > NAME_MAX)
		return false;
	memcpy(name, p, n);
	name[n] = '\0';
	*at = (size_t)(p + n - m->path);
	*last = p[n + strspn(p + n, "/")] == '\0';
	return true;
}

/*
 * `name` (which ends at byte `at`) is there although what it leads to is not: when it is a symlink, its target takes its place
 * in the path. 1 when so, 0 when it is no symlink.
 */
static own_frame int expand_link(struct making *m, const char *name, size_t at, struct err *e)
{
	char target[PATH_MAX], path[2 * PATH_MAX];
	ssize_t n = readlinkat(m->dir, name, target, sizeof(target) - 1);
	size_t before = at - strlen(name);
	int len;

	if (n < 0 && errno == EINVAL)
		return 0;
	if (n < 0)
		return err_sys(e, "readlink %s on the way to %s in the container's root", name, m->asked);
	target[n] = '\0';
	if (target[0] == '/')
		len = snprintf(path, sizeof(path), "%s%s", target, m->path + at);
	else
		len = snprintf(path, sizeof(path), "%.*s%s%s", (int)before, m->path, target, m->path + at);
	if (len < 0 || (size_t)len >= sizeof(m->path))
		return err_num(e, ENAMETOOLONG, "follow the symlinks of %s in the container's root", m->asked);
	memcpy(m->path, path, (size_t)len + 1);
	return 1;
}

/* Makes one component and steps into it. 0, 1 when the path has to be looked up again instead, -1 with *e filled. */
static int make_component(struct making *m, const char *name, size_t at, bool file, struct err *e)
{
	int fd, made;

	/* what stands before it is there by now: the kernel tells where that leads */
	if (strcmp(name, "..") == 0 || strcmp(name, ".") == 0)
		return 1;
	if (file) {
		fd = openat(m->dir, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		made = fd;
	} else {
		made = mkdirat(m->dir, name, 0755);
	}
	if (made < 0 && errno != EEXIST)
		return err_sys(e, "make %s%s in the container's root", m->asked, file ? "" : " (a directory)");
	if (made < 0) {
		int expanded = expand_link(m, name, at, e);

		if (expanded != 0)
			return expanded;
	}
	if (!file || made < 0)
		fd = openat(m->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | (file ? 0 : O_DIRECTORY));
	if (fd < 0)
		return err_sys(e, "open %s in the container's root", m->asked);
	fd_drop(&m->dir);
	m->dir = fd;
	return 0;
}

static int make_rest(struct making *m, bool file, struct err *e)
{
	char name[NAME_MAX + 1];
	size_t at = m->have;
	bool last;

	while (next_component(m, &at, name, &last)) {
		int r = make_component(m, name, at, file && last, e);

		if (r != 0)
			return r;
	}
	if (m->path[at + strspn(m->path + at, "/")] != '\0')
		return err_num(e, ENAMETOOLONG, "make %s in the container's root", m->asked);
	return 0;
}

static int make(int root, const char *path, bool file, struct err *e)
{
	struct making m = { .root = root, .asked = path, .dir = -1 };
	size_t len = strlen(path);

	if (len >= sizeof(m.path))
		return err_num(e, ENAMETOOLONG, "make %s in the container's root", path);
	memcpy(m.path, path, len + 1);
	for (int links = 0; links < LINKS_MAX; links++) {
		int r = find_existing(&m, e);

		if (r == 0)
			r = make_rest(&m, file, e);
		if (r == 0)
			return m.dir;
		if (r < 0)
			break;
		if (links == LINKS_MAX - 1)
			(void)err_num(e, ELOOP, "make %s in the container's root", path); /* -1 is returned below */
	}
	fd_drop(&m.dir);
	return -1;
}

int rootfs_make_dir(int root, const char *path, struct err *e)
{
	return make(root, path, false, e);
}

int rootfs_make_file(int root, const char *path, struct err *e)
{
	return make(root, path, true, e);
}

int rootfs_make_parent(int root, const char *path, char name[NAME_MAX + 1], struct err *e)
{
	char dir[PATH_MAX];
	size_t end = strlen(path), n;
	int fd;

	while (end > 0 && path[end - 1] == '/')
		end--;
	n = end;
	while (n > 0 && path[n - 1] != '/')
		n--;
	if (end == n || end - n > NAME_MAX || n >= sizeof(dir) || (end - n == 2 && memcmp(path + n, "..", 2) == 0))
		return err_num(e, EINVAL, "%s is no name for a file in the container's root", path);
	memcpy(name, path + n, end - n);
	name[end - n] = '\0';
	memcpy(dir, path, n);
	dir[n] = '\0';
	fd = rootfs_open(root, n == 0 ? "." : dir, O_PATH | O_DIRECTORY, 0);
	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return err_sys(e, "open the directory of %s in the container's root", path);
	return rootfs_make_dir(root, dir, e);
}

int rootfs_link(int dir, const char *name, const char *target, bool keep, struct err *e)
{
	char now[PATH_MAX];
	ssize_t n;

	if (symlinkat(target, dir, name) == 0)
		return 0;
	if (errno != EEXIST)
		return err_sys(e, "symlink %s -> %s in the container's root", name, target);
	n = readlinkat(dir, name, now, sizeof(now) - 1);
	if (keep || (n >= 0 && strlen(target) == (size_t)n && memcmp(now, target, (size_t)n) == 0))
		return 0;
	if (unlinkat(dir, name, 0) < 0)
		return err_sys(e, "unlink %s in the container's root to make it a symlink to %s", name, target);
	if (symlinkat(target, dir, name) < 0)
		return err_sys(e, "symlink %s -> %s in the container's root", name, target);
	return 0;
}
