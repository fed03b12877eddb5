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

#include "base/buf.h"
#include "base/file.h"
#include "kernel/sys.h"

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

int ns_open(const char *path, int flag, struct err *e)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const struct ns_kind *kind;
	int type;

	if (fd < 0)
		return err_sys(e, "open namespace %s", path);
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0)
		return err_set(e, "%s is not a namespace", path);
	if (type != flag) {
		kind = ns_of(type);
		return err_set(e, "%s is a %s namespace, not a %s namespace", path,
		               kind != NULL ? kind->name : "different", ns_of(flag)->name);
	}
	return steal_fd(&fd);
}

int ns_join(int fd, int flag, struct err *e)
{
	const struct ns_kind *kind = ns_of(flag);

	if (setns(fd, flag) < 0)
		return err_sys(e, "join the %s namespace", kind != NULL ? kind->name : "container's");
	return 0;
}

int ns_join_all(int pidfd, int flags, struct err *e)
{
	if (setns(pidfd, flags) < 0)
		return err_sys(e, "join the namespaces of the container's process");
	return 0;
}

int ns_make(int flags, struct err *e)
{
	if (flags != 0 && unshare(flags) < 0)
		return err_sys(e, "make new namespaces (unshare 0x%x)", (unsigned int)flags);
	return 0;
}

static int write_offsets(const struct ns_clock *clocks, size_t n, struct err *e)
{
	auto_buf struct buf text = { 0 };

	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "%s %lld %u\n", clocks[i].clock, (long long)clocks[i].secs, clocks[i].nanosecs);
	if (buf_text(&text) == NULL)
		return err_num(e, ENOMEM, "set clock offsets");
	if (file_poke_at(AT_FDCWD, "/proc/self/timens_offsets", text.data, text.len) < 0)
		return err_sys(e, "write clock offsets to /proc/self/timens_offsets");
	return 0;
}

int ns_make_time(const struct ns_clock *clocks, size_t n, struct err *e)
{
	auto_fd int fd = -1;

	if (unshare(CLONE_NEWTIME) < 0)
		return errno == EINVAL ? err_kind(e, ERR_HOST, "this kernel has no time namespaces")
		                       : err_sys(e, "make a time namespace");
	if (n > 0 && write_offsets(clocks, n, e) < 0)
		return -1;
	fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open /proc/self/ns/time_for_children");
	return ns_join(fd, CLONE_NEWTIME, e);
}
