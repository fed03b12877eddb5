/* SPDX-License-Identifier: Apache-2.0
 *
 * ns - namespaces: their names, joining, clock offsets
 */
#include "kernel/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "kernel/sys.h"

enum { OWN_PATH_MAX = 32 };

const struct ns_kind
	ns_kinds[NS_KINDS] = {
		{ CLONE_NEWUSER, "user", "user" },
		{ CLONE_NEWPID, "pid", "pid" },
		{ CLONE_NEWNET, "network", "net" },
		{ CLONE_NEWIPC, "ipc", "ipc" },
		{ CLONE_NEWUTS, "uts", "uts" },
		{ CLONE_NEWCGROUP, "cgroup", "cgroup" },
		{ CLONE_NEWTIME, "time", "time" },
		{ CLONE_NEWNS, "mount", "mnt" }, /* last: paths of the others are the caller's */
	};

const struct ns_kind *ns_of(int flag)
{
	for (size_t i = 0; i < NS_KINDS; i++)
		if (ns_kinds[i].flag == flag)
			return &ns_kinds[i];
	return NULL;
}

/* The kernel may know kinds that we do not. */
static const char *name_of(int flag)
{
	const struct ns_kind *kind = ns_of(flag);

	return kind != NULL ? kind->name : "different";
}

static void own_path(int flag, char path[OWN_PATH_MAX])
{
	const struct ns_kind *kind = ns_of(flag);

	(void)snprintf(path, OWN_PATH_MAX, "/proc/self/ns/%s", kind != NULL ? kind->file : ""); /* always fits */
}

int ns_open(const char *path, int flag, struct err *e)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int type;

	if (fd < 0)
		return err_sys(e, "open namespace %s", path);
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0)
		return err_set(e, "%s is not a namespace", path);
	if (type != flag)
		return err_set(e, "%s is a %s namespace, not a %s namespace", path, name_of(type), name_of(flag));
	return steal_fd(&fd);
}

bool ns_is_own(int fd, int flag)
{
	struct stat is, own;
	char path[OWN_PATH_MAX];

	own_path(flag, path);
	return fstat(fd, &is) == 0 && stat(path, &own) == 0 && is.st_dev == own.st_dev && is.st_ino == own.st_ino;
}

bool ns_is_child(int fd)
{
	auto_fd int parent = ioctl(fd, NS_GET_PARENT);

	return parent >= 0 && ns_is_own(parent, CLONE_NEWUSER);
}

int ns_join(int fd, int flag, struct err *e)
{
	const struct ns_kind *kind = ns_of(flag);

	if (setns(fd, flag) < 0)
		return err_sys(e, "join the %s namespace", kind != NULL ? kind->name : "container's");
	return 0;
}

/* Those of a directory in /proc are joined by their files, which are opened before the first takes us elsewhere. */
static int join_by_files(int dir, int flags)
{
	int fds[NS_KINDS], r = 0;

	for (size_t i = 0; i < NS_KINDS; i++) {
		char path[OWN_PATH_MAX];

		fds[i] = -1;
		if ((flags & ns_kinds[i].flag) == 0)
			continue;
		(void)snprintf(path, sizeof(path), "ns/%s", ns_kinds[i].file); /* always fits */
		fds[i] = openat(dir, path, O_RDONLY | O_CLOEXEC);
		r = fds[i] < 0 ? -1 : r;
	}
	for (size_t i = 0; i < NS_KINDS; i++) {
		if (r == 0 && fds[i] >= 0)
			r = setns(fds[i], ns_kinds[i].flag);
		fd_drop(&fds[i]);
	}
	return r;
}

/* EINVAL is what setns(2) says to a descriptor that is neither a pidfd nor a namespace. */
static int join(int held, int flags)
{
	int r = setns(held, flags);

	return r < 0 && errno == EINVAL ? join_by_files(held, flags) : r;
}

int ns_join_all(int held, int flags, struct err *e)
{
	if (join(held, flags) < 0)
		return err_sys(e, "join the namespaces of the container's process");
	return 0;
}

static void visit_drop(struct ns_visit *v)
{
	fd_drop(&v->mounts);
	fd_drop(&v->root);
	fd_drop(&v->cwd);
}

int ns_visit_mounts(int held, struct ns_visit *v, struct err *e)
{
	v->mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	v->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	v->cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (v->mounts >= 0 && v->root >= 0 && v->cwd >= 0 && join(held, CLONE_NEWNS) == 0)
		return 0;
	(void)err_sys(e, "visit the container's mount namespace"); /* -1 is what is returned */
	visit_drop(v);
	return -1;
}

int ns_visit_end(struct ns_visit *v, struct err *e)
{
	int r = 0;

	if (setns(v->mounts, CLONE_NEWNS) < 0 || fchdir(v->root) < 0 || chroot(".") < 0 || fchdir(v->cwd) < 0)
		r = err_sys(e, "return from the container's mount namespace");
	visit_drop(v);
	return r;
}

int ns_make_apart(int flag, struct err *e)
{
	auto_fd int ours = -1, made = -1;
	char path[OWN_PATH_MAX];

	own_path(flag, path);
	ours = ns_open(path, flag, e);
	if (ours < 0 || ns_make(flag, e) < 0)
		return -1;
	made = ns_open(path, flag, e);
	if (ns_join(ours, flag, e) < 0)
		return -1;
	return steal_fd(&made);
}

int ns_make(int flags, struct err *e)
{
	if (flags != 0 && unshare(flags) < 0)
		return err_sys(e, "make new namespaces (unshare 0x%x)", (unsigned int)flags);
	return 0;
}

int ns_open_offsets(struct err *e)
{
	int fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);

	return fd < 0 ? err_sys(e, "open /proc/self/timens_offsets") : fd;
}

static int write_offsets(int to, const struct ns_clock *clocks, size_t n, struct err *e)
{
	auto_fd int own = to < 0 ? ns_open_offsets(e) : -1;
	auto_buf struct buf text = { 0 };

	if (to < 0 && own < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "%s %lld %u\n", clocks[i].clock, (long long)clocks[i].secs, clocks[i].nanosecs);
	if (buf_text(&text) == NULL)
		return err_num(e, ENOMEM, "set clock offsets");
	if (write(to < 0 ? own : to, text.data, text.len) == (ssize_t)text.len)
		return 0;
	if (errno == ERANGE)
		return err_sys(e, "with these offsets a clock would be before its zero, or centuries ahead");
	return err_sys(e, "write clock offsets to /proc/self/timens_offsets");
}

int ns_make_time(const struct ns_clock *clocks, size_t n, int offsets, struct err *e)
{
	auto_fd int fd = -1;

	if (unshare(CLONE_NEWTIME) < 0)
		return errno == EINVAL ? err_kind(e, ERR_HOST, "this kernel has no time namespaces")
		                       : err_sys(e, "make a time namespace");
	if (n > 0 && write_offsets(offsets, clocks, n, e) < 0)
		return -1;
	fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open /proc/self/ns/time_for_children");
	return ns_join(fd, CLONE_NEWTIME, e);
}
