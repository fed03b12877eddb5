/* SPDX-License-Identifier: Apache-2.0
 *
 * io - files of one group's directory
 */
#include "cgroup/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"

/* Appends text at *n; false when it does not fit. memcpy, not snprintf: a process between clone and exec calls this too. */
static bool append(char to[PATH_MAX], size_t *n, const char *text)
{
	size_t len = strlen(text);

	if (*n + len >= PATH_MAX)
		return false;
	memcpy(to + *n, text, len + 1);
	*n += len;
	return true;
}

bool cg_path(const struct cg_dir *d, const char *file, char to[PATH_MAX])
{
	size_t n = 0;

	if (append(to, &n, d->mount) && append(to, &n, d->path) &&
	    (file == NULL || (append(to, &n, "/") && append(to, &n, file))))
		return true;
	errno = ENAMETOOLONG;
	return false;
}

static int open_file(const struct cg_dir *d, const char *file, int flags)
{
	char path[PATH_MAX];

	return cg_path(d, file, path) ? open(path, flags | O_CLOEXEC) : -1;
}

int cg_open(const struct cg_dir *d, const char *file, int flags, struct err *e)
{
	int fd = open_file(d, file, flags);

	return fd >= 0 ? fd : err_sys(e, "open %s%s/%s", d->mount, d->path, file);
}

ssize_t cg_peek(const struct cg_dir *d, const char *file, char *to, size_t room)
{
	auto_fd int fd = open_file(d, file, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = read(fd, to, room - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	n -= n > 0 && to[n - 1] == '\n';
	to[n] = '\0';
	return n;
}

char *cg_slurp(const struct cg_dir *d, const char *file)
{
	auto_fd int fd = open_file(d, file, O_RDONLY);
	char *text = NULL;
	size_t len;

	return fd >= 0 && fd_read_all(fd, CG_SLURP_MAX, &text, &len) == 0 ? text : NULL;
}

int cg_poke(const struct cg_dir *d, const char *file, const char *value)
{
	char path[PATH_MAX];

	return cg_path(d, file, path) ? file_poke_at(AT_FDCWD, path, value, strlen(value)) : -1;
}

const struct cg_dir *cg_v1_dir(const struct cg_place *p, const char *controller)
{
	for (size_t i = 0; i < p->n; i++)
		if (!p->dir[i].unified && cg_lists(p->dir[i].controllers, controller))
			return &p->dir[i];
	return NULL;
}

const struct cg_dir *cg_unified_dir(const struct cg_place *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->dir[i].unified)
			return &p->dir[i];
	return NULL;
}

const struct cg_dir *cg_dir_of(const struct cg_place *p, const char *controller)
{
	const struct cg_dir *d = cg_v1_dir(p, controller);

	return d != NULL ? d : cg_unified_dir(p);
}

const struct cg_dir *cg_main_dir(const struct cg_place *p)
{
	const struct cg_dir *d = cg_unified_dir(p);

	if (d == NULL)
		d = cg_v1_dir(p, "freezer");
	if (d == NULL && p->n > 0)
		d = &p->dir[0];
	return d;
}
