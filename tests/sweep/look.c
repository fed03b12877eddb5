/* SPDX-License-Identifier: Apache-2.0
 *
 * look - what a container's process is, seen from outside, as one text that can be compared
 */
#include "tests/sweep/look.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sweep/place.h"

struct text {
	char *to;
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->to + t->used, LOOK_TEXT_MAX - t->used, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->used += (size_t)n < LOOK_TEXT_MAX - t->used ? (size_t)n : LOOK_TEXT_MAX - t->used - 1;
}

static void proc_path(char path[96], pid_t pid, const char *name)
{
	(void)snprintf(path, 96, "/proc/%d/%s", pid, name);
}

/* Of the pids only whether it is the first one of its namespace. */
static void put_line(struct text *t, const char *line)
{
	if (strncmp(line, "NSpid:", 6) == 0)
		put(t, "%s\n",
		    strcmp(strrchr(line, '\t'), "\t1") == 0 ? "first of its pid namespace" : "not the first");
	else
		put(t, "%s\n", line);
}

static void put_status(struct text *t, pid_t pid)
{
	static const char *const kept[] = {
		"Name:",      "Umask:",        "Uid:",          "Gid:",     "Groups:",          "Sig",
		"Shd",        "Cap",           "NoNewPrivs:",   "Seccomp:", "Seccomp_filters:", "NSpid:",
		"TracerPid:", "Cpus_allowed:", "Mems_allowed:", "Threads:"
	};
	char path[96], text[8192], *rest = text;

	proc_path(path, pid, "status");
	place_read(path, text, sizeof(text));
	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
		for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
			if (strncmp(line, kept[i], strlen(kept[i])) == 0 && strncmp(line, "SigQ", 4) != 0)
				put_line(t, line);
}

/* A file that is the same each time; NULs become blanks. */
static void put_file(struct text *t, pid_t pid, const char *name)
{
	char path[96], text[16384] = "";
	int fd;
	ssize_t n;

	proc_path(path, pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	for (ssize_t i = 0; i < n; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	put(t, "%s: %s\n", name, text);
	if (fd >= 0)
		(void)close(fd);
}

/*
 * Of each line the root, place, options and what is mounted: `ID PARENT DEV ROOT PLACE OPTIONS [TAGS] - TYPE SOURCE OPTIONS`. The source
 * of control groups is a name without a meaning: a mount made anew and a bind of the host's differ in nothing else.
 */
static void put_mounts(struct text *t, pid_t pid)
{
	char path[96], *text = malloc(1 << 16), *more = text;

	if (text == NULL)
		return;
	proc_path(path, pid, "mountinfo");
	place_read(path, text, 1 << 16);
	for (char *line; (line = strsep(&more, "\n")) != NULL;) {
		char root[1024], place[1024], options[256], type[64], source[1024], rest[1024];
		const char *second = strstr(line, " - ");

		if (sscanf(line, "%*s %*s %*s %1023s %1023s %255s", root, place, options) == 3 && second != NULL &&
		    sscanf(second, " - %63s %1023s %1023s", type, source, rest) == 3)
			put(t, "mount %s on %s %s%s %s %s %s\n", root, place, options,
			    strstr(line, "shared:") ? " shared" : "", type,
			    strncmp(type, "cgroup", 6) == 0 ? "any" : source, rest);
	}
	free(text);
}

static void put_namespaces(struct text *t, pid_t pid)
{
	static const char *const names[] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[96], own[64], theirs[64] = "", ours[64] = "";

		(void)snprintf(own, sizeof(own), "ns/%s", names[i]);
		proc_path(path, pid, own);
		(void)!readlink(path, theirs, sizeof(theirs) - 1);
		proc_path(path, 1, own);
		(void)!readlink(path, ours, sizeof(ours) - 1);
		put(t, "namespace %s: %s\n", names[i], strcmp(ours, theirs) == 0 ? "the host's" : "its own");
	}
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void put_nodes(struct text *t, pid_t pid, const char *dir)
{
	char path[96];
	struct dirent **list;
	int n;

	proc_path(path, pid, dir);
	n = scandir(path, &list, NULL, by_name);
	for (int i = 0; i < n; i++) {
		char file[512], link[256] = "";
		struct stat st;

		(void)snprintf(file, sizeof(file), "%s/%s", path, list[i]->d_name);
		if (lstat(file, &st) == 0 && list[i]->d_name[0] != '.') {
			(void)!readlink(file, link, sizeof(link) - 1);
			put(t, "%s/%s: %o %u:%u %u:%u %s\n", dir, list[i]->d_name, st.st_mode, st.st_uid, st.st_gid,
			    major(st.st_rdev), minor(st.st_rdev), link);
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

static void put_link(struct text *t, pid_t pid, const char *name)
{
	char path[96], link[1024] = "";

	proc_path(path, pid, name);
	(void)!readlink(path, link, sizeof(link) - 1);
	put(t, "%s is %s\n", name, link);
}

/* What each leads to; of what has no path the number is left out. */
static void put_fds(struct text *t, pid_t pid)
{
	char path[96];
	struct dirent **list;
	int n;

	proc_path(path, pid, "fd");
	n = scandir(path, &list, NULL, by_name);
	for (int i = 0; i < n; i++) {
		char file[512], link[1024] = "";

		(void)snprintf(file, sizeof(file), "%s/%s", path, list[i]->d_name);
		(void)!readlink(file, link, sizeof(link) - 1);
		link[strcspn(link, "[")] = '\0';
		if (list[i]->d_name[0] != '.')
			put(t, "descriptor %s is %s\n", list[i]->d_name, link);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

/* Leader of what, its terminal, nice value and policy. */
static void put_stat(struct text *t, pid_t pid)
{
	char path[96], text[1024];
	const char *rest;
	long v[40] = { 0 };

	proc_path(path, pid, "stat");
	place_read(path, text, sizeof(text));
	rest = strrchr(text, ')');
	if (rest == NULL || strlen(rest) < 4)
		return;
	rest += 4; /* field 4 */
	for (size_t i = 4; i < 40 && *rest != '\0'; i++)
		v[i] = strtol(rest, (char **)&rest, 10);
	put(t, "leads %s, %s, terminal %ld, nice %ld, policy %d, input and output %ld\n",
	    v[5] == pid ? "a group" : "none", v[6] == pid ? "a session" : "none", v[7], v[19], sched_getscheduler(pid),
	    syscall(SYS_ioprio_get, 1, pid));
}

/* In another's namespace, and back. */
static bool visit(pid_t pid, const char *ns, int *back)
{
	char path[96];
	int to;
	bool there;

	proc_path(path, pid, ns);
	to = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/self/%s", ns);
	*back = open(path, O_RDONLY | O_CLOEXEC);
	there = to >= 0 && *back >= 0 && setns(to, 0) == 0;
	if (to >= 0)
		(void)close(to);
	return there;
}

static void leave(int back)
{
	if (back >= 0 && setns(back, 0) < 0)
		err(2, "return from a namespace");
	if (back >= 0)
		(void)close(back);
}

static void put_names(struct text *t, pid_t pid)
{
	struct utsname names;
	int back;

	if (visit(pid, "ns/uts", &back) && uname(&names) == 0)
		put(t, "host %s, domain %s\n", names.nodename, names.domainname);
	leave(back);
}

/* The loopback device, and a sysctl that one of the bundles has. */
static void put_net(struct text *t, pid_t pid)
{
	struct ifreq r = { .ifr_name = "lo" };
	char text[64] = "";
	int back, fd;

	if (visit(pid, "ns/net", &back)) {
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &r) == 0)
			put(t, "lo is %s\n", (r.ifr_flags & IFF_UP) != 0 ? "up" : "down");
		if (fd >= 0)
			(void)close(fd);
		place_read("/proc/sys/net/ipv4/ip_forward", text, sizeof(text));
		put(t, "ip_forward %s\n", text);
	}
	leave(back);
}

/* Its system call filters, each as a length and a sum over its instructions. */
static void put_filters(struct text *t, pid_t pid)
{
	static struct sock_filter code[BPF_MAXINSNS];
	int status;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0)
		return;
	(void)ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	if (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
		for (long k = 0, n; (n = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, k, code)) > 0; k++) {
			uint64_t sum = 0;

			for (long i = 0; i < n; i++)
				sum = sum * 1099511628211U + code[i].code + ((uint64_t)code[i].k << 16) +
				      code[i].jt * UINT64_C(7) + code[i].jf;
			put(t, "filter %ld: %ld instructions, %016llx\n", k, n, (unsigned long long)sum);
		}
		(void)ptrace(PTRACE_DETACH, pid, 0, 0);
	}
}

/* A frozen one does not stop for us. */
static bool is_frozen(char *const *cgroups)
{
	for (char *const *c = cgroups; c != NULL && *c != NULL; c++) {
		char path[4096], text[64];

		(void)snprintf(path, sizeof(path), "%s/freezer.state", *c);
		place_read(path, text, sizeof(text));
		if (text[0] != '\0' && strncmp(text, "THAWED", 6) != 0)
			return true;
		(void)snprintf(path, sizeof(path), "%s/cgroup.freeze", *c);
		place_read(path, text, sizeof(text));
		if (text[0] == '1')
			return true;
	}
	return false;
}

/* How many device programs a cgroup2 directory has. */
static int device_programs(const char *dir)
{
	union bpf_attr attr = { 0 };
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = -1;

	attr.query.target_fd = (unsigned int)fd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	if (fd >= 0 && syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)) == 0)
		n = (int)attr.query.prog_cnt;
	if (fd >= 0)
		(void)close(fd);
	return n;
}

static void put_group(struct text *t, const char *dir)
{
	static const char *const files[] = {
		"pids.max", "memory.limit_in_bytes", "memory.max",    "devices.list", "cpu.shares", "cpu.weight",
		"cpu.max",  "cpuset.cpus",           "freezer.state", "cgroup.freeze"
	};

	put(t, "group %s: %d device programs\n", dir, device_programs(dir));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[4096], text[4096];

		(void)snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		place_read(path, text, sizeof(text));
		if (text[0] != '\0')
			put(t, "%s: %s", files[i], text);
	}
}

void look_at_process(pid_t pid, char *const *cgroups, char text[LOOK_TEXT_MAX])
{
	struct text t = { .to = text };

	text[0] = '\0';
	put_status(&t, pid);
	put_file(&t, pid, "cmdline");
	put_file(&t, pid, "environ");
	put_file(&t, pid, "limits");
	put_file(&t, pid, "cgroup");
	put_file(&t, pid, "oom_score_adj");
	put_file(&t, pid, "personality");
	put_file(&t, pid, "uid_map");
	put_file(&t, pid, "gid_map");
	put_file(&t, pid, "setgroups");
	put_file(&t, pid, "timens_offsets");
	put_link(&t, pid, "cwd");
	put_link(&t, pid, "root");
	put_link(&t, pid, "exe");
	put_stat(&t, pid);
	put_fds(&t, pid);
	put_names(&t, pid);
	put_net(&t, pid);
	put_namespaces(&t, pid);
	put_mounts(&t, pid);
	put_nodes(&t, pid, "root/dev");
	put_nodes(&t, pid, "root/copied");
	if (strstr(text, "Seccomp:\t2") != NULL && !is_frozen(cgroups))
		put_filters(&t, pid);
	for (char *const *c = cgroups; c != NULL && *c != NULL; c++)
		put_group(&t, *c);
}

void look_difference(const char *was, const char *is, char *text, size_t room)
{
	text[0] = '\0';
	while (*was != '\0' || *is != '\0') {
		size_t a = strcspn(was, "\n"), b = strcspn(is, "\n");

		if (a != b || memcmp(was, is, a) != 0) {
			(void)snprintf(text, room, "'%.*s' instead of '%.*s'", (int)(b < 200 ? b : 200), is,
			               (int)(a < 200 ? a : 200), was);
			return;
		}
		was += a + (was[a] != '\0');
		is += b + (is[b] != '\0');
	}
}
