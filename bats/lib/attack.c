/* SPDX-License-Identifier: Apache-2.0
 *
 * attack - what a malicious image or neighbour does, for tests:  attack WORK ARGUMENT...
 *
 *	swap A B                exchanges the two names as fast as it can (RENAME_EXCHANGE), until it is killed
 *	naive DIR NAME N        the control of swap: N times, if DIR is no symlink, makes DIR/NAME, as a careless program would
 *	peek SECRET STOP        in a container: looks through all that /proc shows of every other process (exe, cwd, root, fd/N and
 *	                        what is below or above them) for the file SECRET or for something to write to, until STOP exists;
 *	                        prints one line a find, and "saw N" at the end: how many stages of the runtime it met; makes
 *	                        /enough when these are ten
 *	peek-trace SECRET STOP  the same, and tries to attach to them with ptrace(2)
 *	rights STOP             in a container: collects the rights of all stages of the runtime that it meets, until STOP exists; prints
 *	                        "saw N", and what any of them had as permitted and in its bounding set; /enough as above
 *	write-exe               writes to what bats/lib/interpreter.c holds open as descriptor 9; prints what worked
 *	push-input              ioctl(TIOCSTI) and a controlling terminal; prints what worked
 *	file-caps FILE N        gives FILE the capability N as inheritable, and the effective bit
 *	abstract                prints the number of listening unix sockets without a path in our network namespace
 *
 * Built statically, so that it runs in any image.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { EXCHANGE = 2 /* RENAME_EXCHANGE */ };

static int swap(char **a)
{
	for (;;)
		(void)syscall(SYS_renameat2, AT_FDCWD, a[0], AT_FDCWD, a[1], EXCHANGE);
	return 0;
}

static int naive(char **a)
{
	char path[4096];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", a[0], a[1]);
	for (long n = atol(a[2]); n > 0; n--)
		if (lstat(a[0], &st) == 0 && S_ISDIR(st.st_mode))
			(void)close(open(path, O_CREAT | O_WRONLY, 0600));
	return 0;
}

/* --- peek ----------------------------------------------------------------------------------------------------------------- */

static const char *secret;

static void comm_of(const char *pid, char to[64])
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	fd = open(path, O_RDONLY);
	n = read(fd, to, 63);
	to[n > 0 ? n - 1 : 0] = '\0';
	(void)close(fd);
}

static void found(const char *how, const char *pid, const char *what)
{
	char comm[64], target[256];
	ssize_t n = readlink(what, target, sizeof(target) - 1);

	target[n > 0 ? n : 0] = '\0';
	comm_of(pid, comm);
	(void)printf("%s: process %s (%s) through %s: %s\n", how, pid, comm, what, target);
}

/* The secret at, below or far above PATH. */
static void look_behind(const char *pid, const char *path)
{
	static const char up[] = "../../../../../../../../../../../../../../../..";
	char full[4200];

	(void)snprintf(full, sizeof(full), "%s%s", path, secret);
	if (access(full, F_OK) == 0)
		found("reached the host", pid, path);
	(void)snprintf(full, sizeof(full), "%s/%s%s", path, up, secret);
	if (access(full, F_OK) == 0)
		found("reached the host", pid, path);
}

/* Whether the file behind a link of /proc is of the container itself: the same that its name leads to here. */
static bool is_our_own(const char *path, const struct stat *st)
{
	char target[4096];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	struct stat here;

	target[n > 0 ? n : 0] = '\0';
	return stat(target, &here) == 0 && here.st_dev == st->st_dev && here.st_ino == st->st_ino;
}

/* Files of the container's own, and of its /proc, do not count: all of them may be written by who is root enough. */
static void try_write(const char *pid, const char *path)
{
	struct statfs fs;
	struct stat st;
	int fd = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? open(path, O_WRONLY | O_APPEND) : -1;

	if (fd < 0)
		return;
	if (is_our_own(path, &st)) {
		(void)close(fd);
		return;
	}
	if (fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC) {
		(void)close(fd);
		return;
	}
	found("opened for writing", pid, path);
	(void)close(fd);
}

static void look_at(const char *pid, bool trace)
{
	static const char *const links[] = { "cwd", "root" };
	char path[300];
	struct dirent *e;
	DIR *d;

	if (trace && ptrace(PTRACE_ATTACH, atoi(pid), 0, 0) == 0) {
		found("traced", pid, "ptrace");
		(void)ptrace(PTRACE_DETACH, atoi(pid), 0, 0);
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		(void)snprintf(path, sizeof(path), "/proc/%.16s/%s", pid, links[i]);
		look_behind(pid, path);
	}
	(void)snprintf(path, sizeof(path), "/proc/%.16s/exe", pid);
	try_write(pid, path);
	(void)snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%.16s/fd/%.200s", pid, e->d_name);
		look_behind(pid, path);
		if (atoi(e->d_name) > 2)
			try_write(pid, path);
	}
	if (d != NULL)
		(void)closedir(d);
}

/* Stages of the runtime, each counted once; when they are ten they are enough. */
struct met {
	char last[64][16];
	unsigned n;
};

static bool is_stage(const char *pid)
{
	char comm[64];

	comm_of(pid, comm);
	return strncmp(comm, "ocirt", 5) == 0;
}

static void meet(struct met *m, const char *pid)
{
	char *last = m->last[atoi(pid) % 64];

	if (strcmp(last, pid) == 0)
		return;
	(void)snprintf(last, sizeof(m->last[0]), "%.15s", pid);
	if (++m->n == 10)
		(void)close(open("/enough", O_CREAT | O_WRONLY, 0600));
}

static int peek(char **a, bool trace)
{
	struct met met = { .n = 0 };

	secret = a[0];
	while (access(a[1], F_OK) < 0) {
		DIR *d = opendir("/proc");
		struct dirent *e;

		while (d != NULL && (e = readdir(d)) != NULL) {
			if (e->d_name[0] < '0' || e->d_name[0] > '9' || atoi(e->d_name) == getpid())
				continue;
			look_at(e->d_name, trace);
			if (is_stage(e->d_name))
				meet(&met, e->d_name);
		}
		if (d != NULL)
			(void)closedir(d);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	(void)printf("saw %u\n", met.n);
	return 0;
}

/* The value of a line `NAME:	HEX` of a status file. */
static unsigned long long hex_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at != NULL ? strtoull(at + strlen(name), NULL, 16) : 0;
}

static int rights(char **a)
{
	unsigned long long permitted = 0, bounding = 0;
	struct met met = { .n = 0 };
	char path[64], text[4096];

	while (access(a[0], F_OK) < 0) {
		DIR *d = opendir("/proc");
		struct dirent *e;

		while (d != NULL && (e = readdir(d)) != NULL) {
			int fd;
			ssize_t n;

			if (e->d_name[0] < '0' || e->d_name[0] > '9' || !is_stage(e->d_name))
				continue;
			(void)snprintf(path, sizeof(path), "/proc/%.16s/status", e->d_name);
			fd = open(path, O_RDONLY);
			n = read(fd, text, sizeof(text) - 1);
			(void)close(fd);
			if (n <= 0)
				continue;
			text[n] = '\0';
			permitted |= hex_of(text, "CapPrm:\t");
			bounding |= hex_of(text, "CapBnd:\t");
			meet(&met, e->d_name);
		}
		if (d != NULL)
			(void)closedir(d);
	}
	(void)printf("saw %u permitted %llx bounding %llx\n", met.n, permitted, bounding);
	return 0;
}

/* --- the rest ------------------------------------------------------------------------------------------------------------- */

static void overwrite(const char *path)
{
	int fd = open(path, O_WRONLY);

	(void)printf("%s: %s\n", path, fd >= 0 ? "OPENED" : strerror(errno));
	if (fd >= 0 && write(fd, "#!/evil\n", 8) == 8)
		(void)printf("%s: WRITTEN\n", path);
}

static int write_exe(void)
{
	overwrite("/proc/self/fd/9");
	return 0;
}

static int push_input(void)
{
	char c = 'x';
	int fd = open("/dev/tty", O_RDWR);

	if (fd >= 0)
		(void)puts("has a controlling terminal");
	for (int i = 0; i < 3; i++)
		if (ioctl(i, TIOCSTI, &c) == 0)
			(void)puts("pushed input");
	return 0;
}

static int file_caps(char **a)
{
	unsigned cap = (unsigned)atoi(a[1]);
	struct vfs_cap_data d = { .magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE };

	d.data[cap / 32].inheritable = 1U << (cap % 32);
	if (setxattr(a[0], "security.capability", &d, sizeof(d), 0) == 0)
		return 0;
	perror("setxattr");
	return 1;
}

static int abstract(void)
{
	FILE *f = fopen("/proc/self/net/unix", "r");
	char line[600];
	int n = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, " @") != NULL;
	(void)printf("%d\n", n);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int n;
	} works[] = { { "swap", 2 },       { "naive", 3 },     { "peek", 2 },
		      { "peek-trace", 2 }, { "write-exe", 0 }, { "push-input", 0 },
		      { "file-caps", 2 },  { "abstract", 0 },  { "rights", 1 } };
	size_t i = 0;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	while (argc > 1 && i < sizeof(works) / sizeof(*works) &&
	       (strcmp(works[i].name, argv[1]) != 0 || argc != works[i].n + 2))
		i++;
	switch (argc > 1 ? i : 4) {
	case 0: return swap(argv + 2);
	case 1: return naive(argv + 2);
	case 2: return peek(argv + 2, false);
	case 3: return peek(argv + 2, true);
	case 5: return push_input();
	case 6: return file_caps(argv + 2);
	case 7: return abstract();
	case 8: return rights(argv + 2);
	default: return write_exe();
	}
}
