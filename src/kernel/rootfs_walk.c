/* SPDX-License-Identifier: Apache-2.0
 *
 * rootfs_walk - a path resolved inside a root by hand, where openat2(2) is missing
 */
#include "kernel/rootfs_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/sys.h"

enum {
	DEPTH_MAX = 256, /* directories below one another, each an fd */
	LINKS_MAX = 40,  /* as path_resolution(7) */
};

struct walk {
	int root;
	int dirs[DEPTH_MAX]; /* the way from the root (not in here) to where we are */
	size_t n;
	char path[PATH_MAX]; /* what is left, symlinks expanded */
	int links;
	int flags;
	bool no_links;
};

static void go_up(struct walk *w, size_t to)
{
	while (w->n > to)
		(void)close(w->dirs[--w->n]);
}

static int here(const struct walk *w)
{
	return w->n > 0 ? w->dirs[w->n - 1] : w->root;
}

static int fail(int num)
{
	errno = num;
	return -1;
}

/* Takes the next component off the path. 1, 0 when there is none left, -1 with errno. */
static int take_component(struct walk *w, char name[NAME_MAX + 1])
{
	const char *p = w->path + strspn(w->path, "/");
	size_t n = strcspn(p, "/");

	if (n > NAME_MAX)
		return fail(ENAMETOOLONG);
	memcpy(name, p, n);
	name[n] = '\0';
	memmove(w->path, p + n, strlen(p + n) + 1);
	return n > 0;
}

/* The symlink's target comes in front of what is left. */
static int follow(struct walk *w, int link)
{
	char target[PATH_MAX], path[2 * PATH_MAX];
	ssize_t n = readlinkat(link, "", target, sizeof(target) - 1);
	int len;

	if (n <= 0)
		return n < 0 ? -1 : fail(ENOENT);
	if (w->no_links || ++w->links > LINKS_MAX)
		return fail(ELOOP);
	target[n] = '\0';
	len = snprintf(path, sizeof(path), "%s%s", target, w->path);
	if (len < 0 || (size_t)len >= sizeof(w->path))
		return fail(ENAMETOOLONG);
	memcpy(w->path, path, (size_t)len + 1);
	if (target[0] == '/')
		go_up(w, 0);
	return 0;
}

/* One component further down. 0, 1 with *found when that is where the path leads, -1 with errno. */
static int go_down(struct walk *w, const char *name, int *found)
{
	bool last = w->path[0] == '\0', slashes = !last && w->path[strspn(w->path, "/")] == '\0';
	auto_fd int fd = openat(here(w), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (S_ISLNK(st.st_mode) && !(last && (w->flags & O_NOFOLLOW) != 0))
		return follow(w, fd);
	if (last || slashes) {
		*found = openat(here(w), name, w->flags | O_NOFOLLOW | O_CLOEXEC | (slashes ? O_DIRECTORY : 0));
		return *found < 0 ? -1 : 1;
	}
	if (!S_ISDIR(st.st_mode))
		return fail(ENOTDIR);
	if (w->n == DEPTH_MAX)
		return fail(ELOOP);
	w->dirs[w->n++] = steal_fd(&fd);
	return 0;
}

static int walk(struct walk *w)
{
	char name[NAME_MAX + 1];
	int found = -1, r;

	for (;;) {
		r = take_component(w, name);
		if (r < 0)
			return -1;
		if (r == 0) /* the root, or a path that ended in `..` */
			return openat(here(w), ".", w->flags | O_CLOEXEC);
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			go_up(w, w->n > 0 ? w->n - 1 : 0);
			continue;
		}
		r = go_down(w, name, &found);
		if (r != 0)
			return r < 0 ? -1 : found;
	}
}

int rootfs_walk(int root, const char *path, int flags, uint64_t resolve)
{
	struct walk w = { .root = root, .flags = flags, .no_links = (resolve & RESOLVE_NO_SYMLINKS) != 0 };
	size_t len = strlen(path);
	int fd, num;

	if (len == 0 || len >= sizeof(w.path))
		return fail(len == 0 ? ENOENT : ENAMETOOLONG);
	memcpy(w.path, path, len + 1);
	fd = walk(&w);
	num = errno;
	go_up(&w, 0);
	errno = num;
	return fd;
}
