/* SPDX-License-Identifier: Apache-2.0
 *
 * floor - what the kernel itself takes to start the default bundle:  floor ROOTFS PROGRAM [ARG...]
 *
 * A launcher with everything hard-coded that makes the system calls any runtime must make for the config.json that
 * `ocirt spec` writes, and no others: no JSON, no state, no re-exec, no error texts worth the name. What it takes is what
 * no runtime can be faster than; contrib/bench/bench.sh tells each runtime as a multiple of it.
 *
 * Cgroups are made in all hierarchies mounted below /sys/fs/cgroup (v1) or in the one there (v2), joined by the child
 * itself while its cgroup namespace is still the parent's, and removed at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define CGROUP "/sys/fs/cgroup"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *type, *to, *data;
	unsigned long flags;
} mounts[] = {
	{ "proc", "proc", NULL, 0 },
	{ "tmpfs", "dev", "mode=755,size=65536k", MS_NOSUID | MS_STRICTATIME },
	{ "devpts", "dev/pts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC },
	{ "tmpfs", "dev/shm", "mode=1777,size=65536k", MS_NOSUID | MS_NOEXEC | MS_NODEV },
	{ "mqueue", "dev/mqueue", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV },
	{ "sysfs", "sys", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY },
};

static const struct {
	const char *path;
	unsigned major, minor;
} nodes[] = {
	{ "dev/null", 1, 3 },   { "dev/zero", 1, 5 },    { "dev/full", 1, 7 },
	{ "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 },
};

static const struct {
	const char *to, *path;
} links[] = {
	{ "/proc/self/fd", "dev/fd" },       { "/proc/self/fd/0", "dev/stdin" }, { "/proc/self/fd/1", "dev/stdout" },
	{ "/proc/self/fd/2", "dev/stderr" }, { "/proc/kcore", "dev/core" },      { "pts/ptmx", "dev/ptmx" },
};

static const char *const masked[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/interrupts",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/proc/sched_debug",
	"/sys/firmware",
	"/proc/scsi",
	"/sys/devices/virtual/tpm",
	"/sys/devices/virtual/powercap",
	"/sys/dev/block",
	"/sys/fs/selinux",
};

static const char *const read_only[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" };

/* what the rule "deny all" of the default config.json leaves allowed: making any node, and the default devices */
static const char *const device_rules[] = {
	"c *:* m",   "b *:* m",   "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm",
	"c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm",
};

enum { KEEP = 1 << CAP_AUDIT_WRITE | 1 << CAP_KILL | 1 << CAP_NET_BIND_SERVICE };

struct floor {
	const char *root;
	char *const *argv;
	char name[32];          /* of the cgroup */
	const char *groups[32]; /* directories below /sys/fs/cgroup, v1 */
	size_t n_groups;
	bool unified;
};

static void die(const char *what)
{
	perror(what);
	_exit(125);
}

static void must(bool ok, const char *what)
{
	if (!ok)
		die(what);
}

static void write_at(const char *dir, const char *name, const char *file, const char *text, size_t len)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), CGROUP "/%s/%s/%s", dir, name, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	must(fd >= 0 && write(fd, text, len) == (ssize_t)len, path);
	close(fd);
}

/* A new cpuset is empty and takes no process: it gets what its parent has. */
static void inherit_cpuset(const char *name)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	char text[1024];

	for (size_t i = 0; i < COUNT(files); i++) {
		char path[256];
		ssize_t n;
		int fd;

		(void)snprintf(path, sizeof(path), CGROUP "/cpuset/%s", files[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? -1 : read(fd, text, sizeof(text));
		must(n > 0, path);
		close(fd);
		write_at("cpuset", name, files[i], text, (size_t)n);
	}
}

/* The directories of /sys/fs/cgroup that are mounted v1 hierarchies or the unified one beside them. */
static void find_groups(struct floor *f)
{
	static char text[65536];
	ssize_t n = 0, got;
	int fd = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);

	while ((got = read(fd, text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += got;
	close(fd);
	text[n] = '\0';
	for (char *line = text, *end; f->n_groups < COUNT(f->groups) && (end = strchr(line, '\n')) != NULL;
	     line = end + 1) {
		char *dir = strstr(line, " " CGROUP "/"), *type;

		*end = '\0';
		if (dir == NULL || dir > end || (type = strchr(dir + 1, ' ')) == NULL ||
		    strncmp(type, " cgroup", 7) != 0)
			continue;
		*type = '\0';
		f->groups[f->n_groups++] = dir + sizeof(CGROUP) + 1;
	}
}

/* v2: the same rules as a device program: allowed are mknod, major 136 and the nodes of the table */
static void load_device_program(int group)
{
	enum { MAX = 96 };
	struct bpf_insn code[MAX];
	union bpf_attr load = { 0 }, attach = { 0 };
	int n = 0, fd;

#define INSN(c, d, s, o, i) \
	code[n++] = (struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) }
	INSN(BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0); /* access_type: type in the low half, access in the high */
	INSN(BPF_LDX | BPF_MEM | BPF_W, 4, 1, 4, 0); /* major */
	INSN(BPF_LDX | BPF_MEM | BPF_W, 5, 1, 8, 0); /* minor */
	INSN(BPF_ALU64 | BPF_MOV | BPF_X, 3, 2, 0, 0);
	INSN(BPF_ALU | BPF_RSH | BPF_K, 3, 0, 0, 16);
	INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1);
	INSN(BPF_JMP | BPF_JNE | BPF_K, 3, 0, 1, BPF_DEVCG_ACC_MKNOD);
	INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	INSN(BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 0xffff);
	for (size_t i = 0; i < COUNT(nodes) + 2; i++) {
		unsigned major = i < COUNT(nodes) ? nodes[i].major : i == COUNT(nodes) ? 5 : 136;
		unsigned minor = i < COUNT(nodes) ? nodes[i].minor : 2;

		INSN(BPF_JMP | BPF_JNE | BPF_K, 2, 0, major == 136 ? 2 : 3, BPF_DEVCG_DEV_CHAR);
		INSN(BPF_JMP | BPF_JNE | BPF_K, 4, 0, major == 136 ? 1 : 2, (int)major);
		if (major != 136)
			INSN(BPF_JMP | BPF_JNE | BPF_K, 5, 0, 1, (int)minor);
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	}
	INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
#undef INSN
	load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	load.insns = (uintptr_t)code;
	load.insn_cnt = (unsigned)n;
	load.license = (uintptr_t) "GPL";
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));
	must(fd >= 0, "bpf load");
	attach.target_fd = (unsigned)group;
	attach.attach_bpf_fd = (unsigned)fd;
	attach.attach_type = BPF_CGROUP_DEVICE;
	attach.attach_flags = BPF_F_ALLOW_MULTI;
	must(syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)) == 0, "bpf attach");
	close(fd);
}

/* Makes the cgroups; the fd of the v2 one, to be cloned into, or -1. */
static int make_groups(struct floor *f)
{
	char path[256];
	struct statfs fs;
	int fd;

	must(statfs(CGROUP, &fs) == 0, CGROUP);
	f->unified = fs.f_type == CGROUP2_SUPER_MAGIC;
	if (f->unified) {
		(void)snprintf(path, sizeof(path), CGROUP "/%s", f->name);
		must(mkdir(path, 0755) == 0, path);
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		must(fd >= 0, path);
		load_device_program(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		return fd;
	}
	find_groups(f);
	for (size_t i = 0; i < f->n_groups; i++) {
		(void)snprintf(path, sizeof(path), CGROUP "/%s/%s", f->groups[i], f->name);
		must(mkdir(path, 0755) == 0, path);
		if (strcmp(f->groups[i], "cpuset") == 0)
			inherit_cpuset(f->name);
		if (strncmp(f->groups[i], "devices", 7) != 0)
			continue;
		write_at(f->groups[i], f->name, "devices.deny", "a", 1);
		for (size_t r = 0; r < COUNT(device_rules); r++)
			write_at(f->groups[i], f->name, "devices.allow", device_rules[r], strlen(device_rules[r]));
	}
	return -1;
}

static void remove_groups(const struct floor *f)
{
	char path[256];

	for (size_t i = 0; i < (f->unified ? 1 : f->n_groups); i++) {
		(void)snprintf(path, sizeof(path), CGROUP "/%s%s%s", f->unified ? "" : f->groups[i],
		               f->unified ? "" : "/", f->name);
		while (rmdir(path) != 0)
			must(errno == EBUSY, path);
	}
}

static void lo_up(void)
{
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &r) == 0, "lo");
	close(fd);
}

/* The container's view of its cgroups, read-only: one cgroup2, or a tmpfs with every v1 hierarchy. */
static void mount_groups(const struct floor *f)
{
	enum { FLAGS = MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RELATIME };
	char path[128];

	if (f->unified) {
		must(mount("cgroup", "sys/fs/cgroup", "cgroup2", FLAGS | MS_RDONLY, NULL) == 0, "cgroup2");
		return;
	}
	must(mount("tmpfs", "sys/fs/cgroup", "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=755") == 0,
	     "cgroup tmpfs");
	for (size_t i = 0; i < f->n_groups; i++) {
		const char *dir = f->groups[i];
		bool v2 = strcmp(dir, "unified") == 0;

		(void)snprintf(path, sizeof(path), "sys/fs/cgroup/%s", dir);
		must(mkdir(path, 0755) == 0, path);
		must(mount("cgroup", path, v2 ? "cgroup2" : "cgroup", FLAGS | MS_RDONLY,
		           v2                            ? NULL
		           : strcmp(dir, "systemd") == 0 ? "none,name=systemd"
		                                         : dir) == 0,
		     path);
	}
	must(mount(NULL, "sys/fs/cgroup", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | FLAGS, NULL) == 0, "cgroup ro");
}

static void fill_root(const struct floor *f)
{
	for (size_t i = 0; i < COUNT(mounts); i++) {
		if (mkdir(mounts[i].to, 0755) != 0)
			must(errno == EEXIST, mounts[i].to);
		must(mount(mounts[i].type, mounts[i].to, mounts[i].type, mounts[i].flags, mounts[i].data) == 0,
		     mounts[i].to);
	}
	mount_groups(f);
	for (size_t i = 0; i < COUNT(nodes); i++)
		must(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)) == 0, nodes[i].path);
	for (size_t i = 0; i < COUNT(links); i++)
		must(symlink(links[i].to, links[i].path) == 0, links[i].path);
}

static void set_read_only(int dirfd, const char *path)
{
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };

	must(syscall(SYS_mount_setattr, dirfd, path, AT_EMPTY_PATH, &ro, sizeof(ro)) == 0, path);
}

static void protect_paths(void)
{
	struct stat st;

	for (size_t i = 0; i < COUNT(read_only); i++) {
		int fd = (int)syscall(SYS_open_tree, AT_FDCWD, read_only[i],
		                      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (unsigned)AT_RECURSIVE);

		if (fd < 0 && errno == ENOENT)
			continue;
		set_read_only(fd, "");
		must(syscall(SYS_move_mount, fd, "", AT_FDCWD, read_only[i], MOVE_MOUNT_F_EMPTY_PATH) == 0,
		     read_only[i]);
		close(fd);
	}
	for (size_t i = 0; i < COUNT(masked); i++) {
		if (stat(masked[i], &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode))
			must(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, NULL) == 0, masked[i]);
		else
			must(mount("/dev/null", masked[i], NULL, MS_BIND, NULL) == 0, masked[i]);
	}
}

static void drop_privileges(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2] = { { .effective = KEEP, .permitted = KEEP }, { 0 } };
	struct rlimit files = { 1024, 1024 };

	must(setrlimit(RLIMIT_NOFILE, &files) == 0, "rlimit");
	must(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "_ses.floor") >= 0 || errno == ENOSYS, "keyring");
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (cap > 31 || ((unsigned)KEEP & 1U << cap) == 0)
			must(prctl(PR_CAPBSET_DROP, cap) == 0 || errno == EINVAL, "bounding set");
	must(setgroups(0, NULL) == 0 && setresgid(0, 0, 0) == 0 && setresuid(0, 0, 0) == 0, "ids");
	must(syscall(SYS_capset, &head, caps) == 0, "capset");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
}

static void child(const struct floor *f)
{
	char *const env[] = { (char[]){ "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
		              (char[]){ "TERM=xterm" }, NULL };

	umask(0);
	for (size_t i = 0; i < f->n_groups; i++)
		write_at(f->groups[i], f->name, "cgroup.procs", "0", 1);
	must(unshare(CLONE_NEWCGROUP) == 0, "cgroup namespace");
	must(setsid() >= 0, "setsid");
	lo_up();
	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0, "propagation");
	must(mount(f->root, f->root, NULL, MS_BIND | MS_REC, NULL) == 0, f->root);
	must(chdir(f->root) == 0, f->root);
	fill_root(f);
	must(syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 && chdir("/") == 0, "pivot_root");
	must(sethostname("floor", 5) == 0, "hostname");
	protect_paths();
	set_read_only(AT_FDCWD, "/");
	drop_privileges();
	umask(022);
	(void)close_range(3, ~0U, 0);
	execve(f->argv[0], f->argv, env);
	die(f->argv[0]);
}

int main(int argc, char **argv)
{
	struct floor f = { .root = argv[1], .argv = argv + 2 };
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
		.exit_signal = SIGCHLD,
	};
	int status, group;
	pid_t pid;

	if (argc < 3) {
		(void)fprintf(stderr, "usage: floor ROOTFS PROGRAM [ARG...]\n");
		return 2;
	}
	(void)snprintf(f.name, sizeof(f.name), "floor-%d", (int)getpid());
	group = make_groups(&f);
	if (group >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)group;
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	must(pid >= 0, "clone3");
	if (pid == 0)
		child(&f);
	must(waitpid(pid, &status, 0) == pid, "wait");
	remove_groups(&f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
