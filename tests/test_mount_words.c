/* SPDX-License-Identifier: Apache-2.0
 *
 * test_mount_words - every option word, and what a row of them means for each kind of mount
 */
#include "kernel/mount_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/sys_mount.h"

/* config.md#linux-mount-options, all rows of the table */
static const char *const spec_words[] = {
	"async",          "atime",      "bind",         "defaults",    "dev",
	"diratime",       "dirsync",    "exec",         "iversion",    "lazytime",
	"loud",           "mand",       "noatime",      "nodev",       "nodiratime",
	"noexec",         "noiversion", "nolazytime",   "nomand",      "norelatime",
	"nostrictatime",  "nosuid",     "nosymfollow",  "private",     "ratime",
	"rbind",          "rdev",       "rdiratime",    "relatime",    "remount",
	"rexec",          "rnoatime",   "rnodiratime",  "rnoexec",     "rnorelatime",
	"rnostrictatime", "rnosuid",    "rnosymfollow", "ro",          "rprivate",
	"rrelatime",      "rro",        "rrw",          "rshared",     "rslave",
	"rstrictatime",   "rsuid",      "rsymfollow",   "runbindable", "rw",
	"shared",         "silent",     "slave",        "strictatime", "suid",
	"symfollow",      "sync",       "tmpcopyup",    "unbindable",  "idmap",
	"ridmap",         "rnodev",
};

static struct mount_op compile(enum mount_kind kind, const char *options)
{
	struct mount_op op = { .kind = kind };
	struct mount_words w = { 0 };
	char text[256], *rest = text, *one;

	snprintf(text, sizeof(text), "%s", options);
	while ((one = strsep(&rest, ",")) != NULL)
		if (*one != '\0')
			assert_int_equal(mount_word_take(&w, one, &op), MOUNT_WORD_TAKEN);
	mount_words_end(&w, &op);
	return op;
}

static void test_sorted(void **state)
{
	size_t n;
	const struct mount_word *words = mount_words(&n);

	(void)state;
	for (size_t i = 1; i < n; i++)
		assert_true(strcmp(words[i - 1].name, words[i].name) < 0);
}

static void test_all_of_the_spec(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(spec_words); i++) {
		struct mount_words w = { 0 };
		struct mount_op op = { 0 };
		const struct mount_word *words;
		size_t n, k;

		assert_int_equal(mount_word_take(&w, spec_words[i], &op), MOUNT_WORD_TAKEN);
		words = mount_words(&n);
		for (k = 0; k < n && strcmp(words[k].name, spec_words[i]) != 0; k++)
			;
		assert_true(k < n && !words[k].hidden);
	}
}

static void test_unknown(void **state)
{
	struct mount_words w = { 0 };
	struct mount_op op = { 0 };

	(void)state;
	assert_int_equal(mount_word_take(&w, "size=1m", &op), MOUNT_WORD_UNKNOWN);
	assert_int_equal(mount_word_take(&w, "nosiud", &op), MOUNT_WORD_UNKNOWN);
	assert_int_equal(mount_word_take(&w, "", &op), MOUNT_WORD_UNKNOWN);
	assert_int_equal(mount_word_take(&w, "x-systemd.automount", &op), MOUNT_WORD_TAKEN);
	assert_string_equal(mount_word_nearest("nosiud"), "nosuid");
	assert_string_equal(mount_word_nearest("readonlyy") == NULL ? "none" : "some", "none");
	assert_null(mount_word_nearest("x"));
}

static void test_new(void **state)
{
	struct mount_op op = compile(MOUNT_NEW, "nosuid,noexec,nodev,ro,sync");

	(void)state;
	assert_int_equal(op.attr_set, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY);
	assert_int_equal(op.attr_clr | op.attr_drop, 0);
	assert_int_equal(op.flags, MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY | MS_SYNCHRONOUS);
	op = compile(MOUNT_NEW, "nosuid,strictatime");
	assert_int_equal(op.attr_set, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME);
	op = compile(MOUNT_NEW, "strictatime,noatime");
	assert_int_equal(op.attr_set, MOUNT_ATTR_NOATIME);
	op = compile(MOUNT_NEW, "noatime,atime,ro,rw");
	assert_int_equal(op.attr_set, 0);
	op = compile(MOUNT_NEW, "nosymfollow,nodiratime,relatime");
	assert_int_equal(op.attr_set, MOUNT_ATTR_NOSYMFOLLOW | MOUNT_ATTR_NODIRATIME);
}

enum { PLAIN = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW };

static void test_bind_without_flags_keeps_them(void **state)
{
	struct mount_op op = compile(MOUNT_BIND, "rbind,rprivate");

	(void)state;
	assert_true(op.recursive);
	assert_int_equal(op.attr_set | op.attr_clr | op.attr_drop, 0);
	assert_int_equal(op.n_propagation, 1);
	assert_int_equal(op.propagation[0], MS_PRIVATE | MS_REC);
}

static void test_bind_with_flags_drops_others(void **state)
{
	struct mount_op op = compile(MOUNT_BIND, "bind,ro,exec");

	(void)state;
	assert_int_equal(op.attr_set, MOUNT_ATTR_RDONLY);
	assert_int_equal(op.attr_clr, MOUNT_ATTR_NOEXEC);
	assert_int_equal(op.attr_drop, PLAIN & ~(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC));
	op = compile(MOUNT_BIND, "bind,rw");
	assert_int_equal(op.attr_clr, MOUNT_ATTR_RDONLY);
	assert_int_equal(op.attr_drop, PLAIN & ~MOUNT_ATTR_RDONLY);
}

/* The kernel wants the whole field cleared before a kind of access time is set. */
static void test_bind_access_times(void **state)
{
	static const struct {
		const char *options;
		uint64_t set, clear;
	} rows[] = {
		{ "bind", 0, 0 },
		{ "bind,norelatime", 0, 0 },
		{ "bind,atime", 0, MOUNT_ATTR__ATIME },
		{ "bind,nostrictatime", 0, MOUNT_ATTR__ATIME },
		{ "bind,relatime", 0, MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME },
		{ "bind,noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME },
		{ "bind,strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME },
		{ "bind,nodiratime", MOUNT_ATTR_NODIRATIME, MOUNT_ATTR__ATIME },
		{ "bind,diratime", 0, MOUNT_ATTR_NODIRATIME },
		{ "bind,nodiratime,strictatime", MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME },
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct mount_op op = compile(MOUNT_BIND, rows[i].options);

		assert_int_equal(op.attr_set, rows[i].set);
		assert_int_equal(op.attr_clr, rows[i].clear);
	}
}

static void test_recursive(void **state)
{
	struct mount_op op = compile(MOUNT_BIND, "rbind,rro,rnosuid,rexec,rnoatime");

	(void)state;
	assert_int_equal(op.attr_set | op.attr_clr | op.attr_drop, 0);
	assert_int_equal(op.rattr_set, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOATIME);
	assert_int_equal(op.rattr_clr, MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME);
	op = compile(MOUNT_BIND, "rbind,rnodiratime");
	assert_int_equal(op.rattr_set, MOUNT_ATTR_NODIRATIME);
	assert_int_equal(op.rattr_clr, 0);
	op = compile(MOUNT_BIND, "rbind,ratime");
	assert_int_equal(op.rattr_set, 0);
	assert_int_equal(op.rattr_clr, MOUNT_ATTR__ATIME);
	op = compile(MOUNT_BIND, "rbind,rnorelatime");
	assert_int_equal(op.rattr_set | op.rattr_clr, 0);
	op = compile(MOUNT_BIND, "rbind,ro,rrw");
	assert_int_equal(op.attr_set, MOUNT_ATTR_RDONLY);
	assert_int_equal(op.rattr_clr, MOUNT_ATTR_RDONLY);
}

static void test_propagation_in_order(void **state)
{
	struct mount_words w = { 0 };
	struct mount_op op = { 0 };

	(void)state;
	for (size_t i = 0; i < MOUNT_PROPAGATION_MAX; i++)
		assert_int_equal(mount_word_take(&w, i % 2 == 0 ? "rslave" : "shared", &op), MOUNT_WORD_TAKEN);
	assert_int_equal(mount_word_take(&w, "private", &op), MOUNT_WORD_TOO_MANY);
	assert_int_equal(op.propagation[0], MS_SLAVE | MS_REC);
	assert_int_equal(op.propagation[1], MS_SHARED);
}

static void test_special(void **state)
{
	struct mount_op op = compile(MOUNT_BIND, "bind,idmap,copy-symlink,src-nofollow,dest-nofollow,tmpcopyup");

	(void)state;
	assert_true(op.idmap.set && !op.idmap.recursive && op.copy_symlink && op.src_nofollow && op.dst_nofollow &&
	            op.tmpcopyup);
	assert_false(op.recursive);
	op = compile(MOUNT_BIND, "rbind,ridmap");
	assert_true(op.idmap.set && op.idmap.recursive && op.recursive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorted),
		cmocka_unit_test(test_all_of_the_spec),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_bind_without_flags_keeps_them),
		cmocka_unit_test(test_bind_with_flags_drops_others),
		cmocka_unit_test(test_bind_access_times),
		cmocka_unit_test(test_recursive),
		cmocka_unit_test(test_propagation_in_order),
		cmocka_unit_test(test_special),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
