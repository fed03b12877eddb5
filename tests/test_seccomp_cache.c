/* SPDX-License-Identifier: Apache-2.0
 *
 * test_seccomp_cache - compiled filters that are kept: what is used again, and what never is
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/fd.h"
#include "kernel/seccomp_cache.h"

enum { WHERE_CODE_IS = 8 /* bytes from the end that are certainly code */ };

static const char *const names[] = { "mkdir", "rmdir" };

static struct seccomp_filter filter_of(struct seccomp_rule *rule, uint32_t action)
{
	*rule = (struct seccomp_rule){ .names = names, .n_names = 2, .action = action };
	return (struct seccomp_filter){ .default_action = SECCOMP_RET_ALLOW, .rules = rule, .n_rules = 1 };
}

static int make_dir(void **state)
{
	static char dir[64];

	(void)snprintf(dir, sizeof(dir), "/tmp/ocirt-cache.XXXXXX");
	*state = mkdtemp(dir);
	return *state == NULL ? -1 : 0;
}

/* The directory, and what tests put beside it. */
static int remove_dir(void **state)
{
	static const char *const beside[] = { ".lax", ".link" };
	const char *dir = *state;
	auto_dir DIR *d = opendir(dir);
	char path[PATH_MAX];

	if (d == NULL)
		return -1;
	for (struct dirent *f = readdir(d); f != NULL; f = readdir(d)) {
		(void)snprintf(path, sizeof(path), "%s.%s", dir, f->d_name);
		(void)unlink(path);
		*strrchr(path, '.') = '/';
		(void)unlink(path);
	}
	for (size_t i = 0; i < array_len(beside); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", dir, beside[i]);
		(void)unlink(path);
	}
	return rmdir(dir);
}

/* The only file of a directory: its path; how many there are. */
static size_t entry(const char *dir, char path[PATH_MAX])
{
	auto_dir DIR *d = opendir(dir);
	size_t n = 0;

	assert_non_null(d);
	for (struct dirent *f = readdir(d); f != NULL; f = readdir(d))
		if (f->d_name[0] != '.' && n++ == 0)
			(void)snprintf(path, PATH_MAX, "%s/%s", dir, f->d_name);
	return n;
}

static void assert_right(const struct seccomp_filter *f, const char *dir)
{
	struct err e;
	auto_free struct seccomp_program *want = seccomp_program_make(f, &e);
	auto_free struct seccomp_program *is = seccomp_program_get(f, dir, &e);

	assert_non_null(want);
	assert_non_null(is);
	assert_int_equal(is->n, want->n);
	assert_memory_equal(is->code, want->code, want->n * sizeof(want->code[0]));
	assert_int_equal(is->listener, want->listener);
}

static ino_t inode(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_ino : 0;
}

static void test_a_filter_is_compiled_once(void **state)
{
	struct seccomp_rule r;
	const struct seccomp_filter f = filter_of(&r, SECCOMP_RET_ERRNO | EPERM);
	char path[PATH_MAX];
	struct stat st;
	ino_t first;

	assert_right(&f, *state);
	assert_int_equal(entry(*state, path), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	first = st.st_ino;
	assert_right(&f, *state);
	assert_int_equal(inode(path), first);
}

static void test_whatever_differs_has_a_file_of_its_own(void **state)
{
	static const char *const others[] = { "mkdir", "rmdirx" }, *const archs[] = { "SCMP_ARCH_X86" };
	const struct seccomp_condition c = { .index = 0, .op = SECCOMP_OP_EQ, .value = 1 };
	struct seccomp_rule r;
	struct seccomp_filter f = filter_of(&r, SECCOMP_RET_ERRNO | EPERM);
	char path[PATH_MAX];
	size_t n = 0;

	assert_right(&f, *state);
	assert_int_equal(entry(*state, path), ++n);
	r.action = SECCOMP_RET_ERRNO | EACCES;
	assert_right(&f, *state);
	assert_int_equal(entry(*state, path), ++n);
	r.action = SECCOMP_RET_KILL_PROCESS;
	assert_right(&f, *state);
	assert_int_equal(entry(*state, path), ++n);
	r.names = others;
	assert_right(&f, *state);
	assert_int_equal(entry(*state, path), ++n);
	r.conditions = &c;
	r.n_conditions = 1;
	assert_right(&f, *state);
	assert_int_equal(entry(*state, path), ++n);
	f.default_action = SECCOMP_RET_ERRNO | EPERM;
	assert_right(&f, *state);
	assert_int_equal(entry(*state, path), ++n);
#if defined(__x86_64__)
	f.archs = archs;
	f.n_archs = 1;
	assert_right(&f, *state);
	assert_int_equal(entry(*state, path), ++n);
#else
	(void)archs;
#endif
}

static void poke(const char *path, off_t at, int whence)
{
	auto_fd int fd = open(path, O_RDWR | O_CLOEXEC);
	char byte = 0;

	assert_true(fd >= 0 && lseek(fd, at, whence) >= 0 && read(fd, &byte, 1) == 1);
	byte ^= 1;
	assert_true(lseek(fd, -1, SEEK_CUR) >= 0 && write(fd, &byte, 1) == 1);
}

/* Each makes something wrong with the file. */
static void spoil_code(const char *path)
{
	poke(path, -WHERE_CODE_IS, SEEK_END);
}
static void spoil_head(const char *path)
{
	poke(path, 0, SEEK_SET);
}
static void spoil_length(const char *path)
{
	poke(path, 72, SEEK_SET);
}
static void spoil_key(const char *path)
{
	poke(path, 90, SEEK_SET);
}
static void cut(const char *path)
{
	assert_int_equal(truncate(path, 100), 0);
}
static void empty(const char *path)
{
	assert_int_equal(truncate(path, 0), 0);
}
static void share(const char *path)
{
	assert_int_equal(chmod(path, 0644), 0);
}

static void grow(const char *path)
{
	auto_fd int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_int_equal(write(fd, "12345678", 8), 8);
}

static void link_twice(const char *path)
{
	char other[PATH_MAX + 8];

	(void)snprintf(other, sizeof(other), "%s", path);
	*strrchr(other, '/') = '.'; /* beside the directory */
	assert_int_equal(link(path, other), 0);
}

static void make_symlink(const char *path)
{
	char other[PATH_MAX + 8];

	(void)snprintf(other, sizeof(other), "%s", path);
	*strrchr(other, '/') = '.';
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
}

static void make_fifo(const char *path)
{
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void give_away(const char *path)
{
	if (geteuid() == 0)
		assert_int_equal(chown(path, 1, 1), 0);
	else
		share(path);
}

static void test_a_file_that_is_not_as_it_was_written_is_never_used(void **state)
{
	static void (*const spoils[])(const char *path) = {
		spoil_code, spoil_head, spoil_length, spoil_key,    cut,       empty,
		share,      grow,       link_twice,   make_symlink, make_fifo, give_away,
	};
	struct seccomp_rule r;
	const struct seccomp_filter f = filter_of(&r, SECCOMP_RET_ERRNO | EPERM);
	char path[PATH_MAX];

	for (size_t i = 0; i < array_len(spoils); i++) {
		struct stat st;

		assert_right(&f, *state);
		assert_int_equal(entry(*state, path), 1);
		spoils[i](path);
		assert_right(&f, *state);
		assert_int_equal(lstat(path, &st), 0); /* written anew */
		assert_true(S_ISREG(st.st_mode) && st.st_nlink == 1 && st.st_uid == geteuid() &&
		            (st.st_mode & 07777) == 0600);
		poke(path, -WHERE_CODE_IS, SEEK_END); /* what is found next is spoiled again, so it was not by chance */
	}
}

static void test_another_filters_file_is_not_used(void **state)
{
	struct seccomp_rule r;
	struct seccomp_filter f = filter_of(&r, SECCOMP_RET_ERRNO | EPERM);
	char path[PATH_MAX], other[PATH_MAX];

	assert_right(&f, *state);
	assert_int_equal(entry(*state, path), 1);
	(void)snprintf(other, sizeof(other), "%s.lax", (char *)*state);
	assert_int_equal(rename(path, other), 0);
	r.action = SECCOMP_RET_LOG;
	assert_right(&f, *state);
	assert_int_equal(entry(*state, path), 1);
	assert_int_equal(rename(other, path), 0); /* whole, ours, and of another key */
	assert_right(&f, *state);
}

static void test_a_directory_that_others_may_write_to_is_not_used(void **state)
{
	struct seccomp_rule r;
	const struct seccomp_filter f = filter_of(&r, SECCOMP_RET_ERRNO | EPERM);
	char path[PATH_MAX], link[PATH_MAX];

	assert_int_equal(chmod(*state, 0777), 0);
	assert_right(&f, *state);
	assert_int_equal(entry(*state, path), 0);
	assert_int_equal(chmod(*state, 0700), 0);
	(void)snprintf(link, sizeof(link), "%s.link", (char *)*state);
	assert_int_equal(symlink(*state, link), 0);
	assert_right(&f, link);
	assert_int_equal(entry(*state, path), 0);
	assert_right(&f, "/proc/nowhere/cache");
	assert_right(&f, NULL);
}

static void test_no_more_than_so_many_are_kept(void **state)
{
	struct seccomp_rule r;
	struct seccomp_filter f = filter_of(&r, 0);
	char path[PATH_MAX];

	for (uint32_t i = 1; i <= SECCOMP_CACHE_MAX + 3; i++) {
		struct err e;

		r.action = SECCOMP_RET_ERRNO | i;
		free(seccomp_program_get(&f, *state, &e));
	}
	assert_int_equal(entry(*state, path), SECCOMP_CACHE_MAX);
	assert_right(&f, *state);
}

int main(void)
{
#define DIR_TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)
	const struct CMUnitTest tests[] = {
		DIR_TEST(test_a_filter_is_compiled_once),
		DIR_TEST(test_whatever_differs_has_a_file_of_its_own),
		DIR_TEST(test_a_file_that_is_not_as_it_was_written_is_never_used),
		DIR_TEST(test_another_filters_file_is_not_used),
		DIR_TEST(test_a_directory_that_others_may_write_to_is_not_used),
		DIR_TEST(test_no_more_than_so_many_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
