/* SPDX-License-Identifier: Apache-2.0
 *
 * walk - a group and all groups below it
 */
#include "cgroup/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

/* The sub-directories of one level: names one behind the other, each with its NUL. */
struct level {
	char *names;
	size_t len, next;
};

struct walk {
	const struct cg_visit *visit;
	struct level *level;
	size_t depth, room;
	int fd; /* of the directory of the last level */
};

static bool is_dir(int fd, const struct dirent *d)
{
	struct stat st;

	if (d->d_name[0] == '.' && (d->d_name[1] == '\0' || strcmp(d->d_name, "..") == 0))
		return false;
	if (d->d_type != DT_UNKNOWN)
		return d->d_type == DT_DIR;
	return fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int add_name(struct level *l, const char *name)
{
	size_t n = strlen(name) + 1;
	char *more = realloc(l->names, l->len + n);

	if (more == NULL)
		return -1;
	memcpy(more + l->len, name, n);
	l->names = more;
	l->len += n;
	return 0;
}

/* Lists the sub-directories of fd. A directory's link count is 2 without any, which spares reading all its files. */
static int list(int fd, struct level *l)
{
	auto_dir DIR *dir = NULL;
	struct stat st;
	int copy;

	if (fstat(fd, &st) < 0)
		return -1;
	if (st.st_nlink == 2)
		return 0;
	copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy < 0)
		return -1;
	dir = fdopendir(copy);
	if (dir == NULL) {
		(void)close(copy); /* the failure is told by errno */
		return -1;
	}
	for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir))
		if (is_dir(fd, d) && add_name(l, d->d_name) < 0)
			return -1;
	return 0;
}

/* Enters the directory of fd, which the walk takes over. */
static int push(struct walk *w, int fd)
{
	const struct cg_visit *v = w->visit;

	if (w->depth == w->room) {
		size_t room = w->room == 0 ? 16 : w->room * 2;
		struct level *more = realloc(w->level, room * sizeof(*more));

		if (more == NULL) {
			(void)close(fd); /* the failure is told by errno */
			return -1;
		}
		w->level = more;
		w->room = room;
	}
	w->level[w->depth++] = (struct level){ 0 };
	fd_drop(&w->fd);
	w->fd = fd;
	if (v->enter != NULL && v->enter(fd, v->arg) < 0)
		return -1;
	return list(fd, &w->level[w->depth - 1]);
}

/* Back to the parent. */
static int pop(struct walk *w)
{
	const struct cg_visit *v = w->visit;
	const struct level *up;
	int fd;

	free(w->level[--w->depth].names);
	if (w->depth == 0)
		return 0;
	fd = openat(w->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	fd_drop(&w->fd);
	w->fd = fd;
	up = &w->level[w->depth - 1];
	return v->leave != NULL ? v->leave(fd, up->names + up->next, v->arg) : 0;
}

/* Goes down into the next sub-directory of the last level, or up when there is none left. */
static int step(struct walk *w)
{
	struct level *l = &w->level[w->depth - 1];
	int fd;

	if (l->next == l->len) {
		if (pop(w) < 0)
			return -1;
		if (w->depth > 0) {
			l = &w->level[w->depth - 1];
			l->next += strlen(l->names + l->next) + 1;
		}
		return 0;
	}
	fd = openat(w->fd, l->names + l->next, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		return push(w, fd);
	if (errno != ENOENT && errno != ENODEV)
		return -1;
	l->next += strlen(l->names + l->next) + 1;
	return 0;
}

int cg_walk(const char *path, const struct cg_visit *visit)
{
	struct walk w = { .visit = visit, .fd = -1 };
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r, num;

	if (fd < 0)
		return -1;
	r = push(&w, fd);
	while (r >= 0 && w.depth > 0)
		r = step(&w);
	num = errno;
	while (w.depth > 0)
		free(w.level[--w.depth].names);
	free(w.level);
	fd_drop(&w.fd);
	errno = num;
	return r < 0 ? -1 : 0;
}
