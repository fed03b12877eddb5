/* SPDX-License-Identifier: Apache-2.0
 *
 * test_store - the state directory: ids, locks, broken records, leftovers, processes that are not ours
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/file.h"
#include "kernel/pid.h"
#include "life/note.h"
#include "life/notify.h"
#include "life/status.h"
#include "life/store.h"

static char root[64];

static int make_root_dir(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/ocirt-store-XXXXXX");
	return mkdtemp(root) == NULL ? -1 : 0;
}

static int remove_root_dir(void **state)
{
	(void)state;
	return rmdir(root);
}

static struct container make(struct arena *a, const char *id)
{
	struct container c = CONTAINER_NONE;
	struct err e;

	assert_int_equal(store_create(root, id, a, &c, &e), 0);
	return c;
}

static void put_intent(struct container *c, struct arena *a)
{
	char boot[40];
	struct intent in = { .id = c->id,
		             .bundle = "/b",
		             .rootfs = "/b/r",
		             .config_name = "config.json",
		             .created = "now",
		             .creator_pid = getpid(),
		             .boot_id = boot };
	const char *text;
	struct err e;
	size_t len;

	assert_int_equal(boot_id_read(boot), 0);
	assert_int_equal(pid_self_start(&in.creator_start), 0);
	assert_int_equal(intent_write(&in, a, &text, &len, &e), 0);
	assert_int_equal(
		store_put_record(
			c, &(struct record){ .intent = text, .intent_len = len, .config = "{}", .config_len = 2 }, &e),
		0);
	assert_int_equal(store_reload(c, &e), 0);
	assert_true(c->has_intent);
}

static void test_bad_ids_are_refused(void **state)
{
	static const char *const bad[] = { ".", "..", "a/b", "../x", "a b", "a\n", "\xc3\xa9" };
	char name[NAME_MAX + 2];
	struct err e;

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++) {
		assert_int_equal(store_check_id(bad[i], &e), -1);
		assert_non_null(strstr(e.text, "(letters, digits and _ + . - only)"));
	}
	assert_int_equal(store_check_id("", &e), -1);
	assert_string_equal(e.text, "the container ID is empty");
	assert_int_equal(store_check_id("A-z_0.9+", &e), 0);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(store_check_id(name, &e), -1);
	assert_non_null(strstr(e.text, "256 bytes, more than "));
}

static void test_a_root_that_somebody_else_rules_is_not_used(void **state)
{
	struct arena a = { 0 };
	struct container c = CONTAINER_NONE;
	struct err e;

	(void)state;
	assert_int_equal(chmod(root, 0777), 0);
	assert_int_equal(store_create(root, "one", &a, &c, &e), -1);
	assert_non_null(strstr(e.text, "everybody can write to state root "));
	store_close(&c);
	assert_int_equal(chmod(root, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(root, 1234, 0), 0);
		assert_int_equal(store_create(root, "one", &a, &c, &e), -1);
		assert_non_null(strstr(e.text, " belongs to user 1234: nobody but root and you (0) may own it"));
		store_close(&c);
		assert_int_equal(chown(root, 0, 0), 0);
	}
	arena_free(&a);
}

static void test_an_id_is_made_once(void **state)
{
	struct arena a = { 0 };
	struct container c = make(&a, "one"), again = CONTAINER_NONE;
	struct err e;

	(void)state;
	assert_int_equal(store_create(root, "one", &a, &again, &e), -1);
	assert_int_equal(e.kind, ERR_EXISTS);
	store_close(&again);
	assert_int_equal(store_remove(&c, &e), 0);
	store_close(&c);
	assert_int_equal(store_open(root, "one", &a, &c, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_string_equal(e.text, "container \"one\" does not exist");
	store_close(&c);
	arena_free(&a);
}

static void test_a_lock_is_held_by_one(void **state)
{
	struct arena a = { 0 };
	struct container c = make(&a, "lock"), other = CONTAINER_NONE;
	struct err e;

	(void)state;
	assert_int_equal(store_open(root, "lock", &a, &other, &e), 0);
	assert_int_equal(store_lock(&other, 0, &e), 0);
	assert_int_equal(store_lock(&other, 20, &e), 0);
	assert_int_equal(store_remove(&c, &e), 0);
	store_close(&c);
	assert_int_equal(store_lock(&other, -1, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	store_close(&other);
	arena_free(&a);
}

static void test_status_follows_the_process(void **state)
{
	struct arena a = { 0 };
	struct container c = make(&a, "st");
	struct pid_stat self;
	enum oci_status status;
	struct err e;

	(void)state;
	put_intent(&c, &a);
	assert_int_equal(store_status(&c, &status, &e), 0);
	assert_int_equal(status, OCI_STATUS_CREATING);
	assert_int_equal(pid_stat(getpid(), &self), 0);
	assert_int_equal(store_commit(&c, getpid(), self.start, &e), 0);
	assert_int_equal(store_status(&c, &status, &e), 0);
	assert_int_equal(status, OCI_STATUS_RUNNING);
	assert_int_equal(store_commit(&c, getpid(), self.start + 1, &e), 0);
	assert_int_equal(store_status(&c, &status, &e), 0);
	assert_int_equal(status, OCI_STATUS_STOPPED); /* the pid is somebody else's now */
	assert_int_equal(store_remove(&c, &e), 0);
	store_close(&c);
	arena_free(&a);
}

static void test_an_entry_whose_creator_died_is_stopped(void **state)
{
	struct arena a = { 0 };
	struct container c = make(&a, "dead"), seen = CONTAINER_NONE;
	enum oci_status status;
	struct err e;

	(void)state;
	store_close(&c); /* killed between mkdir and the intent: the lock is free */
	assert_int_equal(store_open(root, "dead", &a, &seen, &e), 0);
	assert_false(seen.has_intent);
	assert_int_equal(store_status(&seen, &status, &e), 0);
	assert_int_equal(status, OCI_STATUS_STOPPED);
	assert_int_equal(store_remove(&seen, &e), 0);
	store_close(&seen);
	arena_free(&a);
}

static void test_a_broken_intent_is_told_and_removed(void **state)
{
	struct arena a = { 0 };
	struct container c = make(&a, "broken"), seen = CONTAINER_NONE;
	struct err e;

	(void)state;
	put_intent(&c, &a);
	assert_int_equal(store_commit(&c, getpid(), 1, &e), 0);
	assert_int_equal(file_poke_at(c.dir_fd, "state", "oCirt", 5), 0);
	assert_true(openat(c.dir_fd, "state.77.tmp", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0);
	store_close(&c);
	assert_int_equal(store_open(root, "broken", &a, &seen, &e), 0);
	assert_true(seen.lost == seen.has_intent); /* the note's, where there are notes */
	assert_false(seen.has_process);
	assert_true(seen.intent_error[0] != '\0');
	assert_int_equal(store_remove(&seen, &e), 0);
	store_close(&seen);
	arena_free(&a);
}

/* One whose state file is broken by `with`, opened anew. */
static struct container spoilt(struct arena *a, void (*with)(const struct container *c))
{
	struct container c = make(a, "spoilt"), seen = CONTAINER_NONE;
	struct err e;

	put_intent(&c, a);
	assert_int_equal(store_commit(&c, getpid(), 1, &e), 0);
	with(&c);
	store_close(&c);
	assert_int_equal(store_open(root, "spoilt", a, &seen, &e), 0);
	assert_false(seen.has_process);
	return seen;
}

static void cut(const struct container *c)
{
	assert_int_equal(ftruncate(c->state_fd, 100), 0);
}

static void take_away(const struct container *c)
{
	assert_int_equal(unlinkat(c->dir_fd, "state", 0), 0);
}

static void link_elsewhere(const struct container *c)
{
	take_away(c);
	assert_int_equal(symlinkat("/etc/passwd", c->dir_fd, "state"), 0);
}

static void make_directory(const struct container *c)
{
	take_away(c);
	assert_int_equal(mkdirat(c->dir_fd, "state", 0700), 0);
}

static void test_another_containers_record_is_not_believed(void **state)
{
	struct arena a = { 0 };
	struct container c = make(&a, "mine"), seen = CONTAINER_NONE;
	struct err e;
	const char *id = c.id;

	(void)state;
	c.id = "theirs";
	put_intent(&c, &a);
	assert_int_equal(store_commit(&c, getpid(), 1, &e), 0);
	c.id = id;
	assert_int_equal(store_open(root, "mine", &a, &seen, &e), 0);
	assert_false(seen.has_intent || seen.has_process);
	assert_int_equal(store_need_record(&seen, &e), -1);
	assert_non_null(strstr(e.text, "it is the record of \"theirs\""));
	store_close(&seen);
	assert_int_equal(store_remove(&c, &e), 0);
	store_close(&c);
	arena_free(&a);
}

static void test_a_directory_that_others_can_write_to_is_not_opened(void **state)
{
	struct arena a = { 0 };
	struct container c = make(&a, "open"), seen = CONTAINER_NONE;
	struct err e;

	(void)state;
	assert_int_equal(fchmod(c.dir_fd, 0777), 0);
	assert_int_equal(store_open(root, "open", &a, &seen, &e), -1);
	assert_non_null(strstr(e.text, "can be written to by others"));
	store_close(&seen);
	assert_int_equal(store_remove(&c, &e), 0);
	store_close(&c);
	arena_free(&a);
}

static void test_a_boot_before_this_one_is_noticed(void **state)
{
	struct arena a = { 0 };
	struct container c = make(&a, "old");
	struct err e;

	(void)state;
	put_intent(&c, &a);
	assert_int_equal(store_earlier_boot(&c, &e), 0);
	c.intent.creator_pid = 1;
	assert_int_equal(store_earlier_boot(&c, &e), 0);
	c.intent.boot_id = "0";
	assert_int_equal(store_earlier_boot(&c, &e), 1);
	assert_int_equal(store_remove(&c, &e), 0);
	store_close(&c);
	arena_free(&a);
}

static void test_an_intent_outlives_its_state_file(void **state)
{
	void (*const ways[])(const struct container *) = { cut, take_away, link_elsewhere, make_directory };
	struct arena a = { 0 };
	struct err e;

	(void)state;
	for (size_t i = 0; i < array_len(ways); i++) {
		struct container c = spoilt(&a, ways[i]);

		if (note_is_kept(c.dir_fd)) {
			assert_true(c.has_intent && c.lost);
			assert_int_equal(store_need_record(&c, &e), -1);
			assert_string_equal(c.intent.id, "spoilt");
		}
		assert_int_equal(store_remove(&c, &e), 0);
		store_close(&c);
	}
	arena_free(&a);
}

static void test_what_is_made_or_deleted_meanwhile_is_not_called_broken(void **state)
{
	struct arena a = { 0 };
	struct container c = spoilt(&a, take_away), other = CONTAINER_NONE;
	struct err e;

	(void)state;
	assert_int_equal(store_open(root, "spoilt", &a, &other, &e), 0);
	put_intent(&other, &a);
	assert_int_equal(store_need_record(&c, &e), 0);
	assert_false(c.locked);
	take_away(&other);
	assert_int_equal(store_reload(&c, &e), 0);
	assert_int_equal(store_remove(&other, &e), 0);
	if (c.lost) { /* where there are notes */
		assert_int_equal(store_need_record(&c, &e), -1);
		assert_int_equal(e.kind, ERR_NOT_FOUND);
	}
	store_close(&other);
	store_close(&c);
	arena_free(&a);
}

static void test_every_refusal_names_the_status(void **state)
{
	struct err e;

	(void)state;
	for (int v = 0; v < VERBS; v++)
		for (int s = OCI_STATUS_CREATING; s < OCI_STATUS_COUNT; s++)
			if (status_allows((enum verb)v, (enum oci_status)s, "x", &e) < 0) {
				assert_non_null(strstr(e.text, json_word(&oci_status_words, (unsigned)s)));
				assert_int_equal(e.kind, ERR_STATUS);
			}
	assert_int_equal(status_allows(VERB_DELETE, OCI_STATUS_CREATED, "x", &e), 0);
	assert_int_equal(status_allows(VERB_DELETE, OCI_STATUS_RUNNING, "x", &e), -1);
}

static void test_a_record_is_taken_apart_or_refused(void **state)
{
	const struct record in = { .pid = 2147483647,
		                   .start = UINT64_MAX,
		                   .intent = "{}",
		                   .intent_len = 2,
		                   .config = "{ }",
		                   .config_len = 3 };
	auto_buf struct buf text = { 0 };
	struct record out;
	struct err e;

	(void)state;
	assert_int_equal(record_write(&in, &text, &e), 0);
	assert_int_equal(text.len, RECORD_LINE + 2 + 1 + 3);
	assert_int_equal(record_parse(text.data, text.len, &out, &e), 0);
	assert_int_equal(out.pid, in.pid);
	assert_true(out.start == in.start);
	assert_memory_equal(out.config, "{ }", 3);
	for (size_t cut = 0; cut < text.len; cut++)
		assert_int_equal(record_parse(text.data, cut, &out, &e), -1);
	for (size_t i = 0; i < RECORD_LINE; i++) {
		text.data[i] ^= 1;
		assert_int_equal(record_parse(text.data, text.len, &out, &e), -1);
		text.data[i] ^= 1;
	}
}

static void test_readiness_is_one_line_and_nothing_else(void **state)
{
	static const struct {
		const char *text;
		bool ready;
	} said[] = {
		{ "READY=1", true },
		{ "STATUS=x\nREADY=1\n", true },
		{ "READY=1\nMAINPID=1", true },
		{ "READY=0", false },
		{ "READY=1x", false },
		{ "XREADY=1", false },
		{ "READY=", false },
		{ "\n\n", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < array_len(said); i++)
		assert_true(notify_is_ready(said[i].text, strlen(said[i].text)) == said[i].ready);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_ids_are_refused),
		cmocka_unit_test(test_a_root_that_somebody_else_rules_is_not_used),
		cmocka_unit_test(test_an_id_is_made_once),
		cmocka_unit_test(test_a_lock_is_held_by_one),
		cmocka_unit_test(test_status_follows_the_process),
		cmocka_unit_test(test_an_entry_whose_creator_died_is_stopped),
		cmocka_unit_test(test_a_broken_intent_is_told_and_removed),
		cmocka_unit_test(test_a_record_is_taken_apart_or_refused),
		cmocka_unit_test(test_an_intent_outlives_its_state_file),
		cmocka_unit_test(test_what_is_made_or_deleted_meanwhile_is_not_called_broken),
		cmocka_unit_test(test_another_containers_record_is_not_believed),
		cmocka_unit_test(test_a_directory_that_others_can_write_to_is_not_opened),
		cmocka_unit_test(test_a_boot_before_this_one_is_noticed),
		cmocka_unit_test(test_every_refusal_names_the_status),
		cmocka_unit_test(test_readiness_is_one_line_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, make_root_dir, remove_root_dir);
}
