/* SPDX-License-Identifier: Apache-2.0
 *
 * test_mount_root - masks, read-only paths, nodes, console, and the root entered; both ways of mounting
 */
#include "tests/mount_place.h"

#include <sys/sysmacros.h>

#include "kernel/dev.h"
#include "kernel/mask.h"
#include "kernel/procfs.h"
#include "kernel/rootfs.h"

static bool is_null(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

static void test_masks(void **state)
{
	struct place *p = need_root(state);
	struct mask m = MASK_NONE;
	struct stat a, b;

	assert_int_equal(mkdir("root/d1", 0755), 0);
	assert_int_equal(mkdir("root/d2", 0755), 0);
	put("root/d1/secret", "x");
	put("root/f1", "x");
	put("root/f2", "x");
	put("outside/f", "x");
	assert_int_equal(symlink("/outside/f", "root/out"), 0);
	assert_int_equal(mask_path(&m, &p->env, "/d1", &p->e), 0);
	assert_int_equal(mask_path(&m, &p->env, "/f1", &p->e), 0);
	assert_int_equal(mask_path(&m, &p->env, "/missing/x", &p->e), 0);
	assert_int_equal(mask_path(&m, &p->env, "/out", &p->e), 0);
	assert_int_equal(mask_path(&m, &p->env, "/d2", &p->e), 0);
	assert_int_equal(mask_path(&m, &p->env, "/f2", &p->e), 0);
	assert_int_equal(mask_path(&m, &p->env, "/f2/x", &p->e), -1);
	assert_int_equal(mask_path(&m, &p->env, "/", &p->e), -1);
	mask_end(&m);
	assert_true(is_null("root/f1") && is_null("root/f2"));
	assert_false(is_null("outside/f"));
	assert_int_equal(access("root/d1/secret", F_OK), -1);
	assert_int_equal(mkdir("root/d2/x", 0755), -1);
	assert_int_equal(errno, EROFS);
	assert_int_equal(stat("root/d1", &a), 0);
	assert_int_equal(stat("root/d2", &b), 0);
	assert_true(a.st_dev == b.st_dev);
	options_of(p, "/d2", "+ro,+nosuid,+nodev,+noexec");
	/* the host's device cannot be changed through it */
	assert_int_equal(chmod("root/f2", 0600), -1);
	assert_int_equal(errno, EROFS);
	assert_int_equal(access("root/f2", R_OK), 0);
}

static void test_readonly_paths(void **state)
{
	struct place *p = need_root(state);

	mounted(p, "/proc", "proc", NULL, "nosuid,noexec,nodev");
	assert_int_equal(mask_readonly(&p->env, "/proc/sys", &p->e), 0);
	options_of(p, "/proc/sys", "+ro,+nosuid,+noexec,+nodev,+relatime");
	assert_int_equal(mask_readonly(&p->env, "/proc/version", &p->e), 0);
	options_of(p, "/proc/version", "+ro");
	assert_int_equal(mask_readonly(&p->env, "/missing", &p->e), 0);
	mounted(p, "/v", "tmpfs", NULL, "");
	mounted(p, "/v/sub", "tmpfs", NULL, "");
	assert_int_equal(mask_readonly(&p->env, "/v", &p->e), 0);
	options_of(p, "/v", "+ro");
	if (!p->env.old)
		options_of(p, "/v/sub", "+ro");
}

static void test_nodes(void **state)
{
	struct place *p = need_root(state);
	struct stat bound = { .st_mode = 0 };
	struct dev_node n = {
		.path = "/dev/zero", .mode = S_IFCHR | 0640, .major = 1, .minor = 5, .uid = 7, .gid = 8, .bound = &bound
	};
	auto_fd int dev = rootfs_make_dir(p->env.root, "/dev", &p->e);
	struct stat st;

	umask(0);
	assert_int_equal(dev_make(dev, "zero", &n, p->env.old, &p->e), 0);
	assert_int_equal(stat("root/dev/zero", &st), 0);
	assert_int_equal(st.st_mode, S_IFCHR | 0640);
	assert_int_equal(st.st_uid, 7);
	n.mode = S_IFCHR | 0666;
	n.uid = 0;
	assert_int_equal(dev_make(dev, "zero", &n, p->env.old, &p->e), 0);
	assert_int_equal(stat("root/dev/zero", &st), 0);
	assert_int_equal(st.st_mode, S_IFCHR | 0666);
	assert_int_equal(st.st_uid, 0);
	put("root/dev/file", "");
	assert_int_equal(dev_make(dev, "file", &n, p->env.old, &p->e), -1);
	assert_non_null(strstr(p->e.text, "is not character device 1:5"));
	n.minor = 7;
	assert_int_equal(dev_make(dev, "zero", &n, p->env.old, &p->e), -1);
	assert_int_equal(symlink("/dev/full", "root/dev/full"), 0);
	assert_int_equal(dev_make(dev, "full", &n, p->env.old, &p->e), -1);
}

static void test_bound_nodes(void **state)
{
	struct place *p = need_root(state);
	struct stat bound = { .st_mode = 0 };
	struct dev_node n = {
		.path = "/dev/zero", .mode = S_IFCHR | 0666, .major = 1, .minor = 5, .bind = true, .bound = &bound
	};
	auto_fd int dev = rootfs_make_dir(p->env.root, "/dev", &p->e);
	struct stat st;

	if (dev_make(dev, "zero", &n, p->env.old, &p->e) < 0)
		fail_msg("%s", p->e.text);
	assert_int_equal(stat("root/dev/zero", &st), 0);
	assert_true(st.st_rdev == makedev(1, 5));
	assert_int_equal(symlink("../../outside/zero", "root/dev/link"), 0);
	assert_int_equal(dev_make(dev, "link", &n, p->env.old, &p->e), -1);
	assert_non_null(strstr(p->e.text, "symlink"));
	n.minor = 200;
	assert_int_equal(dev_make(dev, "none", &n, p->env.old, &p->e), -1);
	assert_int_equal(p->e.kind, ERR_HOST);
	nothing_outside();
}

static void test_console(void **state)
{
	struct place *p = need_root(state);
	auto_fd int dev = rootfs_make_dir(p->env.root, "/dev", &p->e);
	auto_fd int master = -1, slave = -1;
	struct stat a, b;

	mounted(p, "/dev/pts", "devpts", NULL, "newinstance,ptmxmode=0666");
	master = openat(dev, "pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(master >= 0);
	assert_int_equal(unlockpt(master), 0);
	slave = openat(dev, "pts/0", O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	if (dev_console(dev, slave, p->env.old, &p->e) < 0)
		fail_msg("%s", p->e.text);
	assert_int_equal(stat("root/dev/console", &a), 0);
	assert_int_equal(fstat(slave, &b), 0);
	assert_true(a.st_rdev == b.st_rdev && a.st_ino == b.st_ino);
	assert_int_equal(dev_console(dev, dev, p->env.old, &p->e), -1);
}

static void test_console_link_is_refused(void **state)
{
	struct place *p = need_root(state);
	auto_fd int dev = rootfs_make_dir(p->env.root, "/dev", &p->e);
	auto_fd int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave = -1;

	assert_int_equal(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_int_equal(symlink("../../outside/console", "root/dev/console"), 0);
	assert_int_equal(dev_console(dev, slave, p->env.old, &p->e), -1);
	assert_non_null(strstr(p->e.text, "symlink"));
	nothing_outside();
}

/* The child makes itself at home in the root and ends with what it found. */
static int in_child(struct place *p, int (*run)(struct place *p))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0)
			_exit(99);
		_exit(run(p));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* How many mounts there are whose place begins so: of all others somebody else on this machine may take one away meanwhile. */
static int count_mounts(int proc, const char *below)
{
	auto_fd int fd = procfs_open(proc, "self/mountinfo", O_RDONLY);
	auto_file FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
	char line[4096], point[256];
	int n = 0;

	if (f == NULL)
		return -1;
	(void)steal_fd(&fd); /* the FILE has it */
	while (fgets(line, sizeof(line), f) != NULL)
		n += sscanf(line, "%*d %*d %*s %*s %255s", point) == 1 && strncmp(point, below, strlen(below)) == 0;
	return n;
}

static int fresh_root(struct place *p, bool isolate)
{
	char root[64];

	snprintf(root, sizeof(root), "%s/root", p->dir);
	close(p->env.root);
	p->env.root = attach(root, isolate, p->env.old, &p->e);
	return p->env.root < 0 ? -1 : mount_env_init(&p->env, p->env.root, p->env.old, &p->e);
}

static int run_pivot(struct place *p)
{
	auto_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool old;

	if (root_inherit(MS_SLAVE, &old, &p->e) < 0 || fresh_root(p, false) < 0)
		return 1;
	if (do_mount(p, "/in", "tmpfs", NULL, "") < 0 || root_pivot(p->env.root, p->env.old, &p->e) < 0)
		return 2;
	if (access("/in", F_OK) < 0 || access("/mark", F_OK) < 0 || access("/etc/passwd", F_OK) == 0)
		return 3;
	if (count_mounts(proc, "/") != 2)
		return 4;
	if (chdir("..") < 0 || access("mark", F_OK) < 0)
		return 5;
	if (root_propagate(MS_SHARED, p->env.old, &p->e) < 0)
		return 6;
	return 0;
}

static void test_pivot(void **state)
{
	struct place *p = need_root(state);

	put("root/mark", "");
	assert_int_equal(in_child(p, run_pivot), 0);
	assert_int_equal(access("root/in", F_OK), 0);
	options_of(p, "", "+rw");
}

/* All that is around is shared with our parent's namespace; nothing may come out there, and nothing may be unmounted. */
static int run_shared(struct place *p)
{
	bool old;

	if (root_inherit(0, &old, &p->e) < 0 || fresh_root(p, true) < 0)
		return 1;
	if (do_mount(p, "/in", "tmpfs", NULL, "") < 0 || root_pivot(p->env.root, p->env.old, &p->e) < 0)
		return 2;
	return 0;
}

static void test_pivot_from_shared_mounts(void **state)
{
	struct place *p = need_root(state);
	auto_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int before;

	assert_int_equal(mount(NULL, "/", "none", MS_SHARED | MS_REC, NULL), 0);
	before = count_mounts(proc, base);
	assert_int_equal(in_child(p, run_shared), 0);
	assert_int_equal(count_mounts(proc, base), before);
	assert_int_equal(mount(NULL, "/", "none", MS_PRIVATE | MS_REC, NULL), 0);
}

static int run_move(struct place *p)
{
	bool old;

	if (root_inherit(MS_SLAVE, &old, &p->e) < 0 || fresh_root(p, false) < 0)
		return 1;
	if (do_mount(p, "/proc", "proc", NULL, "") < 0 || root_move(&p->env.root, false, &p->e) < 0)
		return 2;
	if (access("/mark", F_OK) < 0 || chdir("..") < 0 || access("mark", F_OK) < 0 || access("/proc/self", F_OK) < 0)
		return 3;
	return 0;
}

static void test_move(void **state)
{
	struct place *p = need_root(state);

	put("root/mark", "");
	assert_int_equal(in_child(p, run_move), 0);
	assert_int_equal(access("/proc/self", F_OK), 0);
}

/* The host's whole tree as the root. */
static int run_slash(struct place *p)
{
	bool old;

	if (root_inherit(MS_SLAVE, &old, &p->e) < 0)
		return 1;
	p->env.root = attach("/", false, p->env.old, &p->e);
	if (p->env.root < 0 || mount_env_init(&p->env, p->env.root, p->env.old, &p->e) < 0)
		return 2;
	if (mount_seal(p->env.root, p->env.old, &p->e) < 0 || root_pivot(p->env.root, p->env.old, &p->e) < 0)
		return 3;
	return access("/etc/passwd", F_OK) == 0 && mkdir("/ocirt-test-should-fail", 0755) < 0 && errno == EROFS ? 0 : 4;
}

static void test_slash_as_root(void **state)
{
	struct place *p = need_root(state);

	assert_int_equal(in_child(p, run_slash), 0);
}

/*
 * In a mount namespace of others, all of it shared: a second mount of the root, and below it a clone of a source that has a mount of
 * its own. When they are gone, all is as before; what was shared still is.
 */
static void test_second_mount(void **state)
{
	struct place *p = need_root(state);
	auto_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int at = -1, root = -1, dir = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int before;

	put("root/mark", "");
	assert_int_equal(mkdir("place", 0700), 0);
	assert_int_equal(mkdir("src/below", 0755), 0);
	assert_int_equal(mount("tmpfs", "src/below", "tmpfs", 0, ""), 0);
	put("src/below/file", "");
	assert_int_equal(mount(NULL, "/", "none", MS_SHARED | MS_REC, NULL), 0);
	before = count_mounts(proc, base);
	at = root_open("root", &p->e);
	root = root_show("root", at, "place", MS_SLAVE, p->env.old, &p->e);
	assert_true(root >= 0);
	assert_int_equal(count_mounts(proc, base), before + 1);
	assert_int_equal(mkdir("root/m", 0755), 0);
	assert_int_equal(mount("src", "place/m", "none", MS_BIND | MS_REC, NULL), 0);
	assert_int_equal(mount("place", "place", "none", MS_BIND | MS_REC, NULL), 0); /* as a container might */
	assert_int_equal(access("root/m/below", F_OK), -1);
	assert_int_equal(root_hide(dir, "place", &p->e), 0);
	assert_int_equal(count_mounts(proc, base), before);
	assert_int_equal(access("src/below/file", F_OK), 0);
	assert_int_equal(access("place/mark", F_OK), -1);
	assert_int_equal(root_hide(dir, "place", &p->e), 0);
	assert_int_equal(root_hide(dir, "nope", &p->e), 0);
	assert_int_equal(umount("src/below"), 0);
	assert_int_equal(mount(NULL, "/", "none", MS_PRIVATE | MS_REC, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_masks),        BOTH(test_readonly_paths),
		BOTH(test_nodes),        BOTH(test_bound_nodes),
		BOTH(test_console),      BOTH(test_console_link_is_refused),
		BOTH(test_pivot),        BOTH(test_pivot_from_shared_mounts),
		BOTH(test_move),         BOTH(test_slash_as_root),
		BOTH(test_second_mount),
	};

	return PLACE_MAIN(tests);
}
