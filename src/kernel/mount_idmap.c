/* SPDX-License-Identifier: Apache-2.0
 *
 * mount_idmap - a detached mount whose files change their owners
 */
#include "kernel/mount_idmap.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/file.h"
#include "kernel/sys_mount.h"

/* A child in a new user namespace that waits to be killed. Returns its pid, 0 never; *pidfd is the caller's. */
static pid_t start_child(int *pidfd)
{
	struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_PIDFD,
		.exit_signal = SIGCHLD,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
	};
	pid_t pid = sys_clone3(&args);

	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* our parent kills us anyway, unless it dies first */
	for (;;)
		(void)syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

/* Kills it and waits for that. What cannot be killed is not waited for: it ends with us. */
static int end_child(pid_t pid)
{
	if (kill(pid, SIGKILL) < 0)
		return -1;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

static const char *proc_path(int proc, const char *dir, const char *file, char to[64])
{
	(void)snprintf(to, 64, "%s%s/%s", proc == AT_FDCWD ? "/proc/" : "", dir, file); /* always fits */
	return to;
}

/*
 * The child's name in that procfs, which need not be one of our pid namespace: a pidfd's fdinfo tells the pid as the procfs it is
 * read from counts (proc_pid_fdinfo(5)).
 */
static int name_child(int proc, int pidfd, char name[16], struct err *e)
{
	char file[32], path[64], text[512];
	const char *pid;
	size_t n;

	(void)snprintf(file, sizeof(file), "fdinfo/%d", pidfd); /* always fits */
	if (file_peek_at(proc, proc_path(proc, "self", file, path), text, sizeof(text)) < 0)
		return err_sys(e, "read %s of /proc", path);
	pid = strstr(text, "\nPid:");
	pid = pid != NULL ? pid + 5 + strspn(pid + 5, " \t") : "";
	n = strspn(pid, "0123456789");
	if (n == 0 || n >= 16 || (n == 1 && pid[0] == '0'))
		return err_set(e, "a child of ours is not in sight of /proc");
	memcpy(name, pid, n);
	name[n] = '\0';
	return 0;
}

/* The user namespace of the child once it has the maps, -1 with *e filled. */
static int open_userns(const struct mount_idmap *map, int proc, int pidfd, struct err *e)
{
	char path[64], name[16];
	int fd;

	if (name_child(proc, pidfd, name, e) < 0)
		return -1;
	if (idmap_poke(proc, proc_path(proc, name, "uid_map", path), map->uids, map->n_uids) < 0)
		return err_sys(e, "write the uid map of an idmapped mount");
	if (idmap_poke(proc, proc_path(proc, name, "gid_map", path), map->gids, map->n_gids) < 0)
		return err_sys(e, "write the gid map of an idmapped mount");
	fd = openat(proc, proc_path(proc, name, "ns/user", path), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open the user namespace of an idmapped mount");
	return fd;
}

static int get_userns(const struct mount_idmap *map, int proc, struct err *e)
{
	auto_fd int pidfd = -1;
	pid_t pid;
	int fd;

	if (map->userns != NULL) {
		fd = open(map->userns, O_RDONLY | O_CLOEXEC);
		return fd < 0 ? err_sys(e, "open %s for an idmapped mount", map->userns) : fd;
	}
	pid = start_child(&pidfd);
	if (pid < 0)
		return err_sys(e, "make a user namespace for an idmapped mount");
	fd = open_userns(map, proc, pidfd, e);
	if (end_child(pid) == 0 || fd < 0)
		return fd;
	err_sys(e, "kill a child of ours that held the user namespace of an idmapped mount");
	close(fd);
	return -1;
}

int mount_idmap_apply(int mounted, const struct mount_idmap *map, int proc, struct err *e)
{
	auto_fd int userns = get_userns(map, proc, e);
	struct sys_mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };

	if (userns < 0)
		return -1;
	attr.userns_fd = (uint64_t)userns;
	if (sys_mount_setattr(mounted, "", AT_EMPTY_PATH | (map->recursive ? AT_RECURSIVE : 0), &attr) == 0)
		return 0;
	if (errno == EINVAL)
		return err_sys(e, "idmap: its file system (or one below it) does not support idmapped mounts");
	if (errno == EPERM)
		return err_sys(
			e, "idmap: its file system belongs to a user namespace that we have no rights over: for one of "
			   "the host the runtime must be root there");
	return err_sys(e, "idmap: mount_setattr");
}
