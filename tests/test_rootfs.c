/* SPDX-License-Identifier: Apache-2.0
 *
 * test_rootfs - nothing leads out of a container's root, and what is missing in it is made
 */
#include "kernel/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/spawn.h"
#include "kernel/rootfs_walk.h"
#include "kernel/sys.h"

/* A directory with a root in it and, beside that, a host that must stay as it is. */
struct place {
	char dir[64];
	int host, root;
};

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	const char *tmp = getenv("TMPDIR");

	if (p == NULL)
		return -1;
	umask(0);
	snprintf(p->dir, sizeof(p->dir), "%s/ocirt-rootfs-XXXXXX", tmp != NULL && strlen(tmp) < 32 ? tmp : "/tmp");
	if (mkdtemp(p->dir) == NULL)
		return -1;
	p->host = open(p->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat(p->host, "root", 0755) < 0 || mkdirat(p->host, "outside", 0755) < 0)
		return -1;
	p->root = openat(p->host, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = p;
	return p->root < 0 ? -1 : 0;
}

static int drop_place(void **state)
{
	struct place *p = *state;
	const char *const argv[] = { "rm", "-rf", p->dir, NULL };
	const struct spawn s = { .path = "/bin/rm", .argv = argv, .timeout_ms = 10000, .out_fd = -1, .err_fd = -1 };
	struct err e;
	int r = spawn_run(&s, NULL, &e);

	close(p->root);
	close(p->host);
	free(p);
	return r;
}

static bool exists(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static mode_t mode_at(int dir, const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode;
}

/* Whether fd is what lies at path below dir. */
static bool is_at(int fd, int dir, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstatat(dir, path, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

static void nothing_outside(const struct place *p)
{
	int r;

	r = unlinkat(p->host, "outside", AT_REMOVEDIR); /* fails when something was made in it */
	assert_int_equal(r, 0);
	assert_int_equal(mkdirat(p->host, "outside", 0755), 0);
}

static void test_open_stays_inside(void **state)
{
	static const char *const targets[] = { "/outside", "../outside", "../../outside", "/../outside",
		                               "sub/../../outside" };
	const struct place *p = *state;

	assert_int_equal(mkdirat(p->root, "sub", 0755), 0);
	for (size_t i = 0; i < array_len(targets); i++) {
		assert_int_equal(symlinkat(targets[i], p->root, "link"), 0);
		assert_int_equal(rootfs_open(p->root, "/link", O_PATH, 0), -1);
		assert_int_equal(errno, ENOENT);
		assert_int_equal(unlinkat(p->root, "link", 0), 0);
	}
}

static void test_open_refuses_magic_links(void **state)
{
	const struct place *p = *state;
	char target[64];

	/* through a link to /proc of the host, were it reachable */
	snprintf(target, sizeof(target), "/proc/self/fd/%d", p->host);
	assert_int_equal(symlinkat(target, p->root, "magic"), 0);
	assert_int_equal(rootfs_open(p->root, "magic", O_PATH, 0), -1);
}

static void test_dirs_are_made(void **state)
{
	const struct place *p = *state;
	struct err e;
	auto_fd int fd = rootfs_make_dir(p->root, "/a/b//c/", &e), again = -1;

	assert_true(fd >= 0);
	assert_true(is_at(fd, p->root, "a/b/c"));
	assert_int_equal(mode_at(p->root, "a/b"), S_IFDIR | 0755);
	again = rootfs_make_dir(p->root, "a/b/c", &e);
	assert_true(is_at(again, p->root, "a/b/c"));
}

static void test_setgid_is_inherited(void **state)
{
	const struct place *p = *state;
	struct err e;
	auto_fd int fd = -1;

	assert_int_equal(mkdirat(p->root, "s", 0755), 0);
	assert_int_equal(fchmodat(p->root, "s", 07755, 0), 0);
	fd = rootfs_make_dir(p->root, "s/a/b", &e);
	assert_true(fd >= 0);
	assert_int_equal(mode_at(p->root, "s/a"), S_IFDIR | 02755);
	assert_int_equal(mode_at(p->root, "s/a/b"), S_IFDIR | 02755);
}

static void test_files_are_made(void **state)
{
	const struct place *p = *state;
	struct err e;
	auto_fd int fd = rootfs_make_file(p->root, "/etc/deep/hosts", &e);

	assert_true(fd >= 0);
	assert_int_equal(mode_at(p->root, "etc/deep/hosts"), S_IFREG | 0644);
	assert_int_equal(mode_at(p->root, "etc/deep"), S_IFDIR | 0755);
}

static void test_a_file_is_not_truncated(void **state)
{
	const struct place *p = *state;
	struct err e;
	auto_fd int file = openat(p->root, "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0600), fd = -1;
	struct stat st;

	assert_int_equal(write(file, "text", 4), 4);
	fd = rootfs_make_file(p->root, "f", &e);
	assert_true(fd >= 0);
	assert_int_equal(fstat(file, &st), 0);
	assert_int_equal(st.st_size, 4);
}

static void test_dangling_links_stay_inside(void **state)
{
	static const char *const targets[] = { "/outside/x", "../../outside/x", "/../../outside/x",
		                               "../outside/../outside/x" };
	const struct place *p = *state;
	struct err e;

	for (size_t i = 0; i < array_len(targets); i++) {
		int fd;

		assert_int_equal(symlinkat(targets[i], p->root, "link"), 0);
		fd = rootfs_make_dir(p->root, "/link/dir", &e);
		if (fd >= 0)
			close(fd);
		fd = rootfs_make_file(p->root, "/link/file", &e);
		if (fd >= 0)
			close(fd);
		nothing_outside(p);
		assert_int_equal(unlinkat(p->root, "link", 0), 0);
	}
	assert_true(exists(p->root, "outside/x/dir"));
	assert_true(exists(p->root, "outside/x/file"));
}

static void test_a_dangling_link_is_made_what_it_says(void **state)
{
	const struct place *p = *state;
	struct err e;
	auto_fd int fd = -1;

	assert_int_equal(mkdirat(p->root, "etc", 0755), 0);
	assert_int_equal(symlinkat("/tmp/foo/bar", p->root, "jump"), 0);
	assert_int_equal(symlinkat("/jump/baz/hosts", p->root, "etc/hosts"), 0);
	fd = rootfs_make_file(p->root, "/etc/hosts", &e);
	assert_true(is_at(fd, p->root, "tmp/foo/bar/baz/hosts"));
	fd_drop(&fd);
	assert_int_equal(symlinkat("gone", p->root, "etc/relative"), 0);
	fd = rootfs_make_dir(p->root, "/etc/relative/sub", &e);
	assert_true(is_at(fd, p->root, "etc/gone/sub"));
}

static void test_a_loop_of_links_ends(void **state)
{
	const struct place *p = *state;
	struct err e;

	assert_int_equal(symlinkat("two/x", p->root, "one"), 0);
	assert_int_equal(symlinkat("one/y", p->root, "two"), 0);
	assert_int_equal(rootfs_make_dir(p->root, "/one/dir", &e), -1);
	assert_int_equal(rootfs_open(p->root, "/one", O_PATH, 0), -1);
	assert_int_equal(errno, ELOOP);
}

static void test_a_growing_path_ends(void **state)
{
	const struct place *p = *state;
	char target[3000];
	struct err e;

	memset(target, 'a', sizeof(target));
	for (size_t i = 0; i < sizeof(target); i += 100)
		target[i] = '/';
	target[sizeof(target) - 1] = '\0';
	assert_int_equal(symlinkat(target, p->root, "big"), 0);
	/* its target is made, but what lies beyond PATH_MAX is refused */
	memset(target, 'b', 2000);
	memcpy(target, "/big/", 5);
	for (size_t i = 100; i < 2000; i += 100)
		target[i] = '/';
	target[2000] = '\0';
	assert_int_equal(rootfs_make_dir(p->root, target, &e), -1);
	assert_int_equal(e.sys, ENAMETOOLONG);
}

static void test_dotdot_beyond_a_missing_directory_stays_inside(void **state)
{
	const struct place *p = *state;
	struct stat st;
	struct err e;
	auto_fd int fd = -1, file = -1;

	assert_int_equal(symlinkat("missing/./../../../outside", p->root, "link"), 0);
	fd = rootfs_make_dir(p->root, "/link/x", &e);
	assert_true(fd >= 0);
	assert_int_equal(fstatat(p->root, "outside/x", &st, AT_SYMLINK_NOFOLLOW), 0);
	nothing_outside(p);
	assert_int_equal(symlinkat("a/b/../../c/../f", p->root, "file"), 0);
	file = rootfs_make_file(p->root, "/file", &e);
	assert_true(file >= 0);
	assert_int_equal(fstatat(p->root, "f", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void test_parent_and_name(void **state)
{
	const struct place *p = *state;
	char name[NAME_MAX + 1];
	struct err e;
	auto_fd int fd = rootfs_make_parent(p->root, "/dev/net/tun", name, &e), top = -1;

	assert_true(is_at(fd, p->root, "dev/net"));
	assert_string_equal(name, "tun");
	top = rootfs_make_parent(p->root, "file", name, &e);
	assert_true(is_at(top, p->host, "root"));
	assert_int_equal(rootfs_make_parent(p->root, "/", name, &e), -1);
	assert_int_equal(rootfs_make_parent(p->root, "/a/..", name, &e), -1);
}

static void test_a_file_in_the_way_is_told(void **state)
{
	const struct place *p = *state;
	struct err e;
	auto_fd int fd = rootfs_make_file(p->root, "file", &e);

	assert_true(fd >= 0);
	assert_int_equal(rootfs_make_dir(p->root, "/file/sub", &e), -1);
	assert_int_equal(e.sys, ENOTDIR);
	assert_non_null(strstr(e.text, "/file/sub"));
}

/* Both ways of resolving a path come to the same end. */
static void test_by_hand_as_by_the_kernel(void **state)
{
	static const char *const dirs[] = { "a", "a/b", "a/b/c", "outside", "x" };
	static const struct {
		const char *target, *name;
	} links[] = {
		{ "b/c", "a/rel" },        { "/a/b", "abs" },    { "../../../../outside", "a/b/up" },
		{ "/outside", "out" },     { "loop2", "loop1" }, { "loop1", "loop2" },
		{ "missing", "dangling" }, { "/../..", "top" },  { "a/rel/../../b", "mixed" },
		{ "f", "tofile" },         { ".", "dot" },       { "a/", "slash" },
	};
	static const char *const paths[] = {
		"/",        ".",      "..",       "../../..",  "/..",        "a",           "/a/",
		"a//b/./c", "a/rel",  "a/rel/..", "abs/c",     "abs/../x",   "a/b/up",      "a/b/up/x",
		"out",      "loop1",  "loop2/x",  "dangling",  "dangling/x", "top",         "top/a",
		"mixed",    "tofile", "tofile/",  "tofile/x",  "f/",         "f/..",        "dot/dot/a",
		"slash/b",  "slash",  "nope",     "nope/../a", "a/nope/..",  "a/b/c/../..", "/a/b/../../../../outside",
		"abs/",     "a/./",   "a/..",
	};
	static const int flags[] = { O_PATH, O_PATH | O_DIRECTORY, O_PATH | O_NOFOLLOW, O_RDONLY };
	static const uint64_t resolve[] = { 0, RESOLVE_NO_SYMLINKS };
	const struct place *p = *state;
	struct open_how how = { .flags = O_PATH };
	auto_fd int probe = sys_openat2(p->root, ".", &how), file = -1;

	if (probe < 0) {
		print_message("no openat2(2) here\n");
		skip();
	}
	for (size_t i = 0; i < array_len(dirs); i++)
		assert_int_equal(mkdirat(p->root, dirs[i], 0755), 0);
	for (size_t i = 0; i < array_len(links); i++)
		assert_int_equal(symlinkat(links[i].target, p->root, links[i].name), 0);
	file = openat(p->root, "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(file >= 0);
	for (size_t i = 0; i < array_len(paths); i++)
		for (size_t k = 0; k < array_len(flags); k++)
			for (size_t l = 0; l < array_len(resolve); l++) {
				int a = rootfs_open(p->root, paths[i], flags[k], resolve[l]), na = errno;
				int b = rootfs_walk(p->root, paths[i], flags[k], resolve[l]), nb = errno;
				struct stat sa = { 0 }, sb = { 0 };

				if ((a < 0) != (b < 0) || (a < 0 && na != nb))
					fail_msg("%s (%x): %s, by hand %s", paths[i], (unsigned int)flags[k],
					         a < 0 ? strerror(na) : "ok", b < 0 ? strerror(nb) : "ok");
				if (a < 0)
					continue;
				assert_true(fstat(a, &sa) == 0 && fstat(b, &sb) == 0);
				if (sa.st_ino != sb.st_ino || sa.st_dev != sb.st_dev)
					fail_msg("%s leads to another file by hand", paths[i]);
				close(a);
				close(b);
			}
}

static void test_links(void **state)
{
	const struct place *p = *state;
	struct err e;
	char text[64];
	ssize_t n;

	assert_int_equal(rootfs_link(p->root, "l", "one", false, &e), 0);
	assert_int_equal(rootfs_link(p->root, "l", "one", false, &e), 0);
	assert_int_equal(rootfs_link(p->root, "l", "two", true, &e), 0);
	n = readlinkat(p->root, "l", text, sizeof(text));
	assert_int_equal(n, 3);
	assert_memory_equal(text, "one", 3);
	assert_int_equal(rootfs_link(p->root, "l", "two", false, &e), 0);
	n = readlinkat(p->root, "l", text, sizeof(text));
	assert_int_equal(n, 3);
	assert_memory_equal(text, "two", 3);
	assert_int_equal(mkdirat(p->root, "d", 0755), 0);
	assert_int_equal(rootfs_link(p->root, "d", "two", false, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, drop_place)
		TEST(test_open_stays_inside),
		TEST(test_open_refuses_magic_links),
		TEST(test_dirs_are_made),
		TEST(test_setgid_is_inherited),
		TEST(test_files_are_made),
		TEST(test_a_file_is_not_truncated),
		TEST(test_dangling_links_stay_inside),
		TEST(test_a_dangling_link_is_made_what_it_says),
		TEST(test_a_loop_of_links_ends),
		TEST(test_a_growing_path_ends),
		TEST(test_dotdot_beyond_a_missing_directory_stays_inside),
		TEST(test_parent_and_name),
		TEST(test_a_file_in_the_way_is_told),
		TEST(test_by_hand_as_by_the_kernel),
		TEST(test_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
