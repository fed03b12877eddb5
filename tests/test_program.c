/* SPDX-License-Identifier: Apache-2.0
 *
 * test_program - programs looked for as execvp(3) does, and homes read out of hostile /etc/passwd files
 */
#include "init/program.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A directory of its own for each test, which is also the current one. */
struct place {
	char dir[64];
	int fd;
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/ocirt-program-XXXXXX");
	*state = p;
	p->fd = -1;
	if (mkdtemp(p->dir) == NULL)
		return 0;
	p->fd = open(p->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return p->fd < 0 || chdir(p->dir) < 0 ? -1 : 0;
}

static void need_place(void **state)
{
	const struct place *p = *state;

	if (p->fd >= 0)
		return;
	print_message("no directory can be made in /tmp\n");
	skip();
}

static int tear_down(void **state)
{
	struct place *p = *state;
	static const char *const files[] = { "etc/passwd", "a/prog", "b/prog", "a/dir", "a/link",
		                             "prog",       "etc",    "a",      "b" };

	for (size_t i = 0; i < array_len(files) && p->fd >= 0; i++)
		if (unlinkat(p->fd, files[i], 0) < 0)
			(void)unlinkat(p->fd, files[i], AT_REMOVEDIR);
	if (p->fd >= 0 && (close(p->fd) < 0 || chdir("/") < 0 || rmdir(p->dir) < 0))
		return -1;
	free(p);
	return 0;
}

static void put(const char *path, const char *text, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void want_error(const char *name, const char *path, const char *text, int num)
{
	char to[PATH_MAX];
	struct err e;

	assert_int_equal(program_find(name, path, to, &e), -1);
	assert_string_equal(e.text, text);
	assert_int_equal(e.sys, num);
	assert_int_equal(e.kind, ERR_PROGRAM);
}

static void test_found_in_path(void **state)
{
	char to[PATH_MAX];
	struct err e;

	need_place(state);
	mkdir("a", 0755);
	mkdir("b", 0755);
	put("b/prog", "", 0, 0755);
	assert_int_equal(program_find("prog", "/nonexistent:a:b", to, &e), 0);
	assert_string_equal(to, "b/prog");
	put("a/prog", "", 0, 0644); /* passed over, as it cannot be executed */
	assert_int_equal(program_find("prog", "a:b", to, &e), 0);
	assert_string_equal(to, "b/prog");
	chmod("a/prog", 0755);
	assert_int_equal(program_find("prog", "a:b", to, &e), 0);
	assert_string_equal(to, "a/prog");
	assert_int_equal(program_find("./b/../a/prog", "", to, &e), 0);
	assert_string_equal(to, "./b/../a/prog");
}

static void test_an_empty_directory_is_the_current_one(void **state)
{
	char to[PATH_MAX];
	struct err e;

	need_place(state);
	put("prog", "", 0, 0755);
	assert_int_equal(program_find("prog", "/nonexistent::/x", to, &e), 0);
	assert_string_equal(to, "./prog");
	assert_int_equal(program_find("prog", "", to, &e), 0);
	want_error("prog", "/nonexistent",
	           "exec: \"prog\": executable file not found in $PATH: no such file or directory", ENOENT);
}

static void test_the_texts_that_engines_look_for(void **state)
{
	need_place(state);
	mkdir("a", 0755);
	mkdir("a/dir", 0755);
	put("a/prog", "", 0, 0644);
	want_error("nope", "/bin:/usr/bin",
	           "exec: \"nope\": executable file not found in $PATH: no such file or directory", ENOENT);
	want_error("", "/bin", "exec: \"\": executable file not found in $PATH: no such file or directory", ENOENT);
	want_error("/nope/x", "/bin", "exec: \"/nope/x\": stat /nope/x: no such file or directory", ENOENT);
	want_error("a/dir", "", "exec: \"a/dir\": is a directory: permission denied", EISDIR);
	want_error("dir", "a", "exec: \"dir\": executable file not found in $PATH: no such file or directory", ENOENT);
	want_error("a/prog", "", "exec: \"a/prog\": permission denied", EACCES);
	want_error("prog", "a:/bin", "exec: \"prog\": permission denied", EACCES);
	want_error("a/prog/x", "", "exec: \"a/prog/x\": stat a/prog/x: Not a directory", ENOTDIR);
	want_error("/dev/null", "", "exec: \"/dev/null\": permission denied", EACCES);
}

static void test_magic_links_are_not_followed(void **state)
{
	need_place(state);
	mkdir("a", 0755);
	assert_int_equal(symlink("/proc/self/exe", "a/link"), 0);
	want_error("/proc/self/exe", "",
	           "exec: \"/proc/self/exe\": stat /proc/self/exe: Too many levels of symbolic links", ELOOP);
	want_error("a/link", "", "exec: \"a/link\": stat a/link: Too many levels of symbolic links", ELOOP);
	want_error("/proc/self/root/bin/sh", "",
	           "exec: \"/proc/self/root/bin/sh\": stat /proc/self/root/bin/sh: "
	           "Too many levels of symbolic links",
	           ELOOP);
	want_error("link", "a", "exec: \"link\": executable file not found in $PATH: no such file or directory",
	           ENOENT);
}

static void test_names_that_are_too_long(void **state)
{
	char name[PATH_MAX + 10], to[PATH_MAX];
	struct err e;

	need_place(state);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(program_find(name, "/bin", to, &e), -1);
	name[0] = '/';
	assert_int_equal(program_find(name, "/bin", to, &e), -1);
	assert_int_equal(e.sys, ENAMETOOLONG);
}

static void want_home(void **state, const char *passwd, uint32_t uid, const char *home)
{
	const struct place *p = *state;
	char to[PATH_MAX];
	struct err e;

	mkdir("etc", 0755);
	put("etc/passwd", passwd, strlen(passwd), 0644);
	assert_int_equal(program_home(p->fd, uid, to, &e), 0);
	assert_string_equal(to, home);
}

static void test_homes(void **state)
{
	need_place(state);
	want_home(state, "root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000::/home/u:/bin/sh\n", 1000, "/home/u");
	want_home(state, "root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000::/home/u", 1000, "/home/u");
	want_home(state, "u:x:1000:1000::/home/u\n", 0, "/");
	want_home(state, "u:x: 0:0::/evil\nv:x:+0:0::/evil\nw:x:0x0:0::/evil\nx:x::0::/evil\nr:x:0:0::/ok\n", 0, "/ok");
	want_home(state, "u:x:4294967296:0::/evil\n", 0, "/");
	want_home(state, "u:x:0:0:relative:evil:/x\n", 0, "/");
	want_home(state, "u:x:0:0\n:::::::::\n\n\nu:x:0:0::/late:x:y:z\n", 0, "/late");
	want_home(state, "", 0, "/");
}

static void test_home_from_what_is_no_file(void **state)
{
	const struct place *p = *state;
	char to[PATH_MAX];
	struct err e;

	need_place(state);
	assert_int_equal(program_home(p->fd, 0, to, &e), 0); /* nothing at all */
	assert_string_equal(to, "/");
	mkdir("etc", 0755);
	assert_int_equal(mkfifo("etc/passwd", 0644), 0); /* would block for ever */
	assert_int_equal(program_home(p->fd, 0, to, &e), 0);
	assert_string_equal(to, "/");
	unlink("etc/passwd");
	assert_int_equal(symlink("/dev/zero", "etc/passwd"), 0); /* in the root, where there is none */
	assert_int_equal(program_home(p->fd, 0, to, &e), 0);
	assert_string_equal(to, "/");
}

static void test_home_from_a_huge_file(void **state)
{
	const struct place *p = *state;
	char to[PATH_MAX];
	struct err e;

	need_place(state);
	mkdir("etc", 0755);
	put("etc/passwd", "root:x:0:0::/root:/bin/sh\n", 26, 0644);
	assert_int_equal(truncate("etc/passwd", 3L << 30), 0);
	assert_int_equal(program_home(p->fd, 0, to, &e), 0);
	assert_string_equal(to, "/");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_found_in_path),
		TEST(test_an_empty_directory_is_the_current_one),
		TEST(test_the_texts_that_engines_look_for),
		TEST(test_magic_links_are_not_followed),
		TEST(test_names_that_are_too_long),
		TEST(test_homes),
		TEST(test_home_from_what_is_no_file),
		TEST(test_home_from_a_huge_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
