/* SPDX-License-Identifier: Apache-2.0
 *
 * mount_place - a place of its own for each test that mounts: a tmpfs with a root and sources in it
 *
 * Included by the tests of mounts once each. With root they run in a mount namespace of their own (PLACE_MAIN).
 */
#ifndef OCIRT_TESTS_MOUNT_PLACE_H
#define OCIRT_TESTS_MOUNT_PLACE_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "kernel/mount.h"
#include "kernel/mount_new.h"
#include "kernel/mount_words.h"
#include "kernel/root.h"
#include "kernel/sys_mount.h"

/* A host directory with a root and sources in it; each test has its own, on a tmpfs of its own. */
struct place {
	char dir[32];
	struct mount_env env;
	struct err e;
};

static char base[] = "/tmp/ocirt-mount-XXXXXX";

/* root_attach(), with the root by its path. */
static inline int attach(const char *path, bool isolate, bool old, struct err *e)
{
	auto_fd int at = root_open(path, e);

	return at < 0 ? -1 : root_attach(path, at, isolate, old, e);
}

/* The setup of a test; without root *state is NULL. */
static inline int make_place_with(void **state, bool old)
{
	struct place *p = calloc(1, sizeof(*p));
	char root[64];

	if (p == NULL || geteuid() != 0)
		return p == NULL ? -1 : (free(p), *state = NULL, 0);
	if (!old && mount_propagate(AT_FDCWD, "/", 0) < 0) {
		print_message("no newer mount calls here, or ");
		free(p);
		return *state = NULL, 0;
	}
	snprintf(p->dir, sizeof(p->dir), "%s", base);
	if (mount("tmpfs", p->dir, "tmpfs", 0, "mode=755") < 0 || chdir(p->dir) < 0)
		return -1;
	(void)mkdir("root", 0755);
	(void)mkdir("src", 0755);
	(void)mkdir("outside", 0755);
	(void)close(open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	snprintf(root, sizeof(root), "%s/root", p->dir);
	p->env.root = attach(root, false, old, &p->e);
	if (p->env.root < 0 || mount_env_init(&p->env, p->env.root, old, &p->e) < 0) {
		print_message("%s\n", p->e.text);
		return -1;
	}
	*state = p;
	return 0;
}

/* With the newer mount calls. */
static inline int make_new(void **state)
{
	return make_place_with(state, false);
}

/* With mount(2) only. */
static inline int make_old(void **state)
{
	return make_place_with(state, true);
}

/* Unmounts it all. */
static inline int drop_place(void **state)
{
	struct place *p = *state;

	if (p == NULL)
		return 0;
	mount_env_end(&p->env);
	close(p->env.root);
	if (chdir("/") < 0 || umount2(p->dir, MNT_DETACH) < 0)
		return -1;
	free(p);
	return 0;
}

/* The place, or the test is skipped. */
static inline struct place *need_root(void **state)
{
	if (*state == NULL) {
		print_message("needs root\n");
		skip();
	}
	return *state;
}

/* One mount from words, as plan/mounts makes it. source: relative to the place for a bind. */
static inline int do_mount(struct place *p, const char *dst, const char *type, const char *source, const char *options)
{
	struct mount_op op = { .kind = type != NULL ? MOUNT_NEW : MOUNT_BIND, .dst = dst, .fstype = type };
	const char *data[8];
	struct mount_words w = { 0 };
	char text[512], path[96], *rest = text, *one;

	snprintf(text, sizeof(text), "%s", options);
	snprintf(path, sizeof(path), "%s/%s", p->dir, source != NULL ? source : "");
	op.source = type != NULL ? type : source != NULL && source[0] == '/' ? source : path;
	op.data = data;
	while ((one = strsep(&rest, ",")) != NULL)
		if (*one != '\0' && mount_word_take(&w, one, &op) == MOUNT_WORD_UNKNOWN)
			data[op.n_data++] = one;
	if (w.remount) {
		op.kind = MOUNT_CHANGE;
		op.reconfigure = !w.bind;
	}
	mount_words_end(&w, &op);
	op.real_dir = type != NULL && (strcmp(type, "proc") == 0 || strcmp(type, "sysfs") == 0);
	p->e.text[0] = '\0';
	return mount_op_apply(&op, &p->env, NULL, &p->e);
}

/* It must work. */
static inline void mounted(struct place *p, const char *dst, const char *type, const char *source, const char *options)
{
	if (do_mount(p, dst, type, source, options) < 0)
		fail_msg("mount on %s: %s", dst, p->e.text);
}

/* It must fail, and say this. */
static inline void refused(struct place *p, const char *dst, const char *type, const char *source, const char *options,
                           const char *text)
{
	if (p == NULL || do_mount(p, dst, type, source, options) == 0) {
		fail_msg("mount on %s was let pass", dst);
		return;
	}
	if (strstr(p->e.text, text) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", p->e.text, text);
}

/* The 6th field (options), 7th (propagation) and what is after " - " of the last mount at root/DST. */
static inline bool find_mount(const struct place *p, const char *dst, char options[256], char rest[512])
{
	auto_file FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[1024], at[128], point[256], opts[256];
	bool found = false;

	assert_non_null(f);
	snprintf(at, sizeof(at), "%s/root%s", p->dir, dst);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%*d %*d %*s %*s %255s %255s", point, opts) != 2 || strcmp(point, at) != 0)
			continue;
		found = true;
		snprintf(options, 256, "%s", opts);
		snprintf(rest, 512, "%.511s", strstr(line, opts) + strlen(opts) + 1);
	}
	return found;
}

/* Whether a word is in a list of words with commas or blanks between. */
static inline bool has(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = strstr(list, word); p != NULL; p = strstr(p + 1, word))
		if ((p == list || p[-1] == ',' || p[-1] == ' ') &&
		    (p[n] == ',' || p[n] == '\0' || p[n] == ' ' || p[n] == '\n'))
			return true;
	return false;
}

/* "+ro,-nosuid": which words the mount's own options have and have not. */
static inline void options_of(const struct place *p, const char *dst, const char *expected)
{
	char options[256], rest[512], text[256], *list = text, *one;

	if (!find_mount(p, dst, options, rest))
		fail_msg("nothing is mounted on %s", dst);
	snprintf(text, sizeof(text), "%s", expected);
	while ((one = strsep(&list, ",")) != NULL)
		if (has(options, one + 1) != (*one == '+'))
			fail_msg("%s has options %s, expected %s", dst, options, expected);
}

/* Whether what follows the mount's own options in mountinfo has this in it. */
static inline void rest_of(const struct place *p, const char *dst, const char *expected, bool there)
{
	char options[256], rest[512];

	if (!find_mount(p, dst, options, rest))
		fail_msg("nothing is mounted on %s", dst);
	if ((strstr(rest, expected) != NULL) != there)
		fail_msg("%s: \"%s\" %s \"%s\"", dst, rest, there ? "lacks" : "has", expected);
}

/* A file with this text. */
static inline void put(const char *path, const char *text)
{
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* Type and permissions, of a symlink itself. */
static inline mode_t mode_of(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		fail_msg("%s: %s", path, strerror(errno));
	return st.st_mode;
}

/* Nobody made or mounted anything outside of the root. */
static inline void nothing_outside(void)
{
	assert_int_equal(rmdir("outside"), 0); /* fails when something was made or mounted in it */
	assert_int_equal(mkdir("outside", 0755), 0);
}

#define NEW_CALLS(f)                              \
	{                                         \
#f, f, make_new, drop_place, NULL \
	}
#define OLD_CALLS(f)                                               \
	{                                                          \
#f " with mount(2)", f, make_old, drop_place, NULL \
	}
#define BOTH(f) NEW_CALLS(f), OLD_CALLS(f)

/* Nothing that the tests mount is seen by anybody else. */
static inline int place_begin(void)
{
	if (geteuid() != 0)
		return 0;
	if (mkdtemp(base) == NULL || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", "none", MS_PRIVATE | MS_REC, NULL) < 0) {
		perror("a mount namespace of our own");
		return -1;
	}
	return 0;
}

/* Its directory goes; r is handed on. */
static inline int place_end(int r)
{
	(void)rmdir(base);
	return r;
}

/* What main returns, for an array of tests. */
#define PLACE_MAIN(tests) (place_begin() < 0 ? 1 : place_end(cmocka_run_group_tests(tests, NULL, NULL)))

#endif
