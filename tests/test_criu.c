/* SPDX-License-Identifier: Apache-2.0
 *
 * test_criu - what is said to criu and understood of it, byte by byte, and a conversation with a criu of our own
 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/protobuf.h"
#include "kernel/mountinfo.h"
#include "life/criu.h"
#include "life/criu_host.h"
#include "life/criu_verbs.h"

/* --- the wire -------------------------------------------------------------------------------------------------------- */

static void test_numbers_have_the_bytes_of_the_standard(void **state)
{
	auto_buf struct buf b = { 0 };
	static const char want[] = "\x08\x96\x01"    /* 1: 150, the standard's own example */
				   "\x12\x07testing" /* 2: "testing", likewise */
				   "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" /* 3: -1 */
				   "\xf8\x03\x00";                                /* 63: 0 */

	(void)state;
	protobuf_put_int(&b, 1, 150);
	protobuf_put_text(&b, 2, "testing");
	protobuf_put_int(&b, 3, -1);
	protobuf_put_int(&b, 63, 0);
	assert_int_equal(b.len, sizeof(want) - 1);
	assert_memory_equal(b.data, want, b.len);
}

static void test_fields_are_read_and_those_of_other_kinds_passed_over(void **state)
{
	static const char text[] = "\x09"
				   "12345678" /* 1: fixed64 */
				   "\x15"
				   "1234"         /* 2: fixed32 */
				   "\x18\x96\x01" /* 3: 150 */
				   "\x22\x02hi";  /* 4: "hi" */
	struct protobuf_reader r = { text, text + sizeof(text) - 1 };
	struct protobuf_field f;

	(void)state;
	for (uint32_t i = 1; i <= 4; i++) {
		assert_int_equal(protobuf_next(&r, &f), 1);
		assert_int_equal(f.number, i);
	}
	assert_int_equal(f.len, 2);
	assert_memory_equal(f.data, "hi", 2);
	assert_int_equal(protobuf_next(&r, &f), 0);
}

static void test_a_broken_message_is_told_wherever_it_is_cut(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} broken[] = {
		{ "\x08", 1 },
		{ "\x08\x96", 2 },
		{ "\x12\x05hi", 4 },
		{ "\x09"
		  "1234",
		  5 },
		{ "\x15"
		  "12",
		  3 },
		{ "\x0b", 1 },
		{ "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12 },
	};

	(void)state;
	for (size_t i = 0; i < array_len(broken); i++) {
		struct protobuf_reader r = { broken[i].text, broken[i].text + broken[i].len };
		struct protobuf_field f;

		assert_int_equal(protobuf_next(&r, &f), -1);
	}
}

/* --- requests -------------------------------------------------------------------------------------------------------- */

/* Finds a field of the request's criu_opts; the nth of that number. */
static bool option(const struct buf *request, uint32_t number, size_t nth, struct protobuf_field *f)
{
	struct protobuf_reader r = { request->data, request->data + request->len };

	while (protobuf_next(&r, f) == 1)
		if (f->number == 2)
			break;
	r = (struct protobuf_reader){ f->data, f->data + f->len };
	while (protobuf_next(&r, f) == 1)
		if (f->number == number && nth-- == 0)
			return true;
	return false;
}

static void test_a_request_says_what_is_set_and_nothing_else(void **state)
{
	auto_buf struct buf b = { 0 };
	struct arena a = { 0 };
	struct criu_options o = CRIU_OPTIONS_NONE;
	struct protobuf_field f;
	struct err e;

	(void)state;
	o.images_fd = 5;
	o.pid = 4242;
	o.leave_running = true;
	o.log_file = "dump.log";
	o.empty_ns = CLONE_NEWNET;
	o.cgroups_mode = CRIU_CGROUPS_STRICT;
	o.page_address = "::1";
	o.page_port = 27000;
	assert_int_equal(criu_add(&o.ext_mounts, &a, (struct criu_pair){ .key = "/data", .value = "/srv" }, &e), 0);
	assert_int_equal(criu_add(&o.inherit, &a, (struct criu_pair){ .key = "pipe:[7]", .fd = 9 }, &e), 0);
	assert_int_equal(criu_add(&o.external, &a, (struct criu_pair){ .key = "net[1]:x" }, &e), 0);
	assert_int_equal(criu_add(&o.external, &a, (struct criu_pair){ .key = "file[2:3]" }, &e), 0);
	criu_request(&b, CRIU_DUMP, &o);
	assert_memory_equal(b.data, "\x08\x01", 2);
	assert_true(option(&b, 1, 0, &f) && f.value == 5);
	assert_true(option(&b, 2, 0, &f) && f.value == 4242);
	assert_true(option(&b, 3, 0, &f) && f.value == 1);
	assert_true(option(&b, 10, 0, &f) && f.len == 8 && memcmp(f.data, "dump.log", 8) == 0);
	assert_true(option(&b, 11, 0, &f) && f.len == 9 && memcmp(f.data, "\x0a\x03::1\x10\xf8\xd2\x01", 9) == 0);
	assert_true(option(&b, 23, 0, &f) && f.len == 13 && memcmp(f.data, "\x0a\x05/data\x12\x04/srv", 13) == 0);
	assert_true(option(&b, 27, 0, &f) && f.len == 12 && memcmp(f.data, "\x0a\x08pipe:[7]\x10\x09", 12) == 0);
	assert_true(option(&b, 34, 0, &f) && f.value == 5);
	assert_true(option(&b, 37, 1, &f) && f.len == 9 && memcmp(f.data, "file[2:3]", 9) == 0);
	assert_true(option(&b, 38, 0, &f) && f.value == CLONE_NEWNET);
	for (uint32_t n = 4; n <= 9; n++)
		assert_true(option(&b, n, 0, &f) == (n == 9)); /* log_level alone */
	assert_false(option(&b, 17, 0, &f));
	assert_false(option(&b, 51, 0, &f));
	arena_free(&a);
}

static void test_the_least_criu_is_that_of_the_newest_option(void **state)
{
	struct criu_options o = CRIU_OPTIONS_NONE;
	const char *what = NULL;

	(void)state;
	assert_int_equal(criu_wants(&o, &what), 0);
	o.tcp_close = true;
	assert_int_equal(criu_wants(&o, &what), 312);
	o.lsm_mount_context = "x";
	assert_int_equal(criu_wants(&o, &what), 316);
	assert_string_equal(what, "--lsm-mount-context");
}

static void test_choices_become_options(void **state)
{
	struct criu_choices c = { .tcp_established = true, .file_locks = true, .cgroups = CRIU_CGROUPS_IGNORE };
	const char *words[] = { "network" };
	struct criu_options o = CRIU_OPTIONS_NONE;
	struct key_value none = { "org.criu.config", "" };
	struct intent in = { .annotations = { .items = &none, .n = 1, .set = true } };
	struct err e;

	(void)state;
	c.empty_ns = (struct vec_str){ .items = words, .n = 1, .set = true };
	assert_int_equal(criu_choose(&c, &in, &o, &e), 0);
	assert_true(o.tcp_established && o.file_locks && o.notify_scripts && o.orphan_pts_master && !o.shell_job);
	assert_int_equal(o.empty_ns, CLONE_NEWNET);
	assert_null(o.config_file);
	words[0] = "mount";
	assert_int_equal(criu_choose(&c, &in, &o, &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	words[0] = "network";
	none.value = "/nowhere/criu.conf";
	assert_int_equal(criu_choose(&c, &in, &o, &e), -1);
	assert_non_null(strstr(e.text, "org.criu.config"));
}

/* --- answers --------------------------------------------------------------------------------------------------------- */

static void test_answers_are_understood(void **state)
{
	struct criu_answer a;
	char script[64];

	(void)state;
	/* restore, success, pid 300 */
	assert_int_equal(criu_parse("\x08\x02\x10\x01\x22\x03\x08\xac\x02", 9, &a, script), CRIU_RESTORE);
	assert_true(a.success);
	assert_int_equal(a.pid, 300);
	/* notify "post-dump" of pid 1 */
	assert_int_equal(criu_parse("\x08\x06\x10\x01\x2a\x0d\x0a\x09post-dump\x10\x01", 19, &a, script), CRIU_NOTIFY);
	assert_string_equal(script, "post-dump");
	assert_int_equal(a.pid, 1);
	/* features: memory tracking only */
	assert_int_equal(criu_parse("\x08\x09\x10\x01\x42\x04\x08\x01\x10\x00", 10, &a, script), CRIU_FEATURE_CHECK);
	assert_true(a.mem_track && !a.lazy_pages);
	/* version 4.2 */
	assert_int_equal(criu_parse("\x08\x0a\x10\x01\x52\x04\x08\x04\x10\x02", 10, &a, script), CRIU_VERSION);
	assert_int_equal(a.version, 402);
	/* no, with words that are no message */
	assert_int_equal(criu_parse("\x08\x01\x10\x00\x4a\x02no", 8, &a, script), CRIU_DUMP);
	assert_false(a.success);
	assert_int_equal(criu_parse("\x08", 1, &a, script), -1);
	assert_int_equal(criu_parse("\x22\x02\x08", 3, &a, script), -1);
}

/* --- a criu of our own ------------------------------------------------------------------------------------------------- */

static char program[PATH_MAX];

static void write_program(const char *text)
{
	FILE *f;
	int fd;

	(void)snprintf(program, sizeof(program), "%s/ocirt-criu-XXXXXX",
	               getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	fd = mkstemp(program);
	assert_true(fd >= 0 && fchmod(fd, 0700) == 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int remove_program(void **state)
{
	(void)state;
	(void)unlink(program);
	return 0;
}

static void converse(struct criu_answer *a, int want, struct err *e)
{
	auto_criu struct criu c = CRIU_NONE;

	err_clear(e);
	assert_int_equal(criu_start(&c, program, (int[3]){ 0, 1, 2 }, NULL, e), 0);
	assert_int_equal(criu_ask(&c, CRIU_VERSION, NULL, NULL, a, e), want);
}

static void test_one_that_ends_without_a_word_is_told(void **state)
{
	struct criu_answer a;
	struct err e;

	(void)state;
	write_program("#!/bin/sh\nexit 3\n");
	converse(&a, -1, &e);
	assert_non_null(strstr(e.text, "exit code 3"));
	assert_int_equal(e.kind, ERR_HOST);
}

static void test_what_it_answers_is_heard(void **state)
{
	struct criu_answer a;
	struct err e;

	(void)state;
	write_program(
		"#!/bin/sh\n[ \"$1\" = swrk ] || exit 9\neval \"head -c 1 <&$2 >/dev/null; printf '\\010\\012\\020\\001\\122\\004\\010\\003\\020\\021' >&$2\"\n");
	converse(&a, 0, &e);
	assert_int_equal(a.version, 317);
}

static void test_an_answer_to_another_question_is_told(void **state)
{
	struct criu_answer a;
	struct err e;

	(void)state;
	write_program("#!/bin/sh\neval \"head -c 1 <&$2 >/dev/null; printf '\\010\\001\\020\\001' >&$2\"\n");
	converse(&a, -1, &e);
	assert_string_equal(e.text, "criu answers another request (1 instead of 10)");
}

static void test_one_that_is_too_old_is_refused_by_name(void **state)
{
	struct criu_options o = CRIU_OPTIONS_NONE;
	struct err e;

	(void)state;
	write_program(
		"#!/bin/sh\neval \"head -c 1 <&$2 >/dev/null; printf '\\010\\012\\020\\001\\122\\004\\010\\003\\020\\013' >&$2\"\n");
	o.tcp_close = true;
	assert_int_equal(criu_check_version(program, &o, &e), -1);
	assert_non_null(strstr(e.text, "--tcp-close needs criu 3.12"));
}

static void test_the_first_error_of_the_log_and_what_check_says_are_told(void **state)
{
	static const char log[] =
		"(00.1) Error (criu/tun.c:85): tun: no\n(00.2) fine\n"
		"(00.3) Error (criu/mount.c:7): mnt: it is broken\n(00.4) Error (criu/x.c:1): later\n";
	char dir[PATH_MAX];
	auto_fd int dir_fd = -1, fd = -1;
	struct err e;

	(void)state;
	write_program("#!/bin/sh\n[ \"$1\" = check ] || exit 9\necho not here >&2\nexit 1\n");
	(void)snprintf(dir, sizeof(dir), "%.*s-d", PATH_MAX - 3, program);
	assert_int_equal(mkdir(dir, 0700), 0);
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = openat(dir_fd, "dump.log", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, log, sizeof(log) - 1), sizeof(log) - 1);
	(void)err_set(&e, "criu failed");
	assert_int_equal(criu_explain(program, dir_fd, "/w", "dump.log", &e), -1);
	assert_non_null(strstr(e.text, "criu failed: mnt: it is broken; see /w/dump.log; criu check: "));
	assert_non_null(strstr(e.text, "not here"));
	assert_int_equal(unlinkat(dir_fd, "dump.log", 0), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* --- mountinfo ------------------------------------------------------------------------------------------------------- */

static int find_proc(void *ctx, const struct mountinfo_row *row, struct err *e)
{
	(void)e;
	if (strcmp(row->fstype, "proc") != 0 || strcmp(row->point, "/proc") != 0)
		return 0;
	assert_string_equal(row->root, "/");
	assert_true(row->id > 0);
	*(bool *)ctx = true;
	return 1;
}

static void test_mounts_are_told_one_by_one(void **state)
{
	bool found = false;
	struct err e;

	(void)state;
	assert_int_equal(mountinfo_each(getpid(), find_proc, &found, &e), 1);
	assert_true(found);
}

static void test_a_mount_whose_source_is_empty_has_no_option_for_its_source(void **state)
{
	char line[] = "36 35 0:40 /a\\040b /c\\134d rw,nosuid shared:1 master:2 - tmpfs  rw,size=4k\n";
	char cut[] = "36 35 0:40 / /c rw - tmpfs\n";
	struct mountinfo_row row;

	(void)state;
	assert_true(mountinfo_parse(line, &row));
	assert_int_equal(row.id, 36);
	assert_string_equal(row.root, "/a b");
	assert_string_equal(row.point, "/c\\d");
	assert_string_equal(row.options, "rw,nosuid");
	assert_string_equal(row.fstype, "tmpfs");
	assert_string_equal(row.source, "");
	assert_string_equal(row.super, "rw,size=4k");
	assert_false(mountinfo_parse(cut, &row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_have_the_bytes_of_the_standard),
		cmocka_unit_test(test_fields_are_read_and_those_of_other_kinds_passed_over),
		cmocka_unit_test(test_a_broken_message_is_told_wherever_it_is_cut),
		cmocka_unit_test(test_a_request_says_what_is_set_and_nothing_else),
		cmocka_unit_test(test_the_least_criu_is_that_of_the_newest_option),
		cmocka_unit_test(test_choices_become_options),
		cmocka_unit_test(test_answers_are_understood),
		cmocka_unit_test_teardown(test_one_that_ends_without_a_word_is_told, remove_program),
		cmocka_unit_test_teardown(test_what_it_answers_is_heard, remove_program),
		cmocka_unit_test_teardown(test_an_answer_to_another_question_is_told, remove_program),
		cmocka_unit_test_teardown(test_one_that_is_too_old_is_refused_by_name, remove_program),
		cmocka_unit_test_teardown(test_the_first_error_of_the_log_and_what_check_says_are_told, remove_program),
		cmocka_unit_test(test_mounts_are_told_one_by_one),
		cmocka_unit_test(test_a_mount_whose_source_is_empty_has_no_option_for_its_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
