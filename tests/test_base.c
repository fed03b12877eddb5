/* SPDX-License-Identifier: Apache-2.0
 *
 * test_base - errors, numbers, words, paths, texts, files, descriptors and step tables
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/num.h"
#include "base/path.h"
#include "base/stamp.h"
#include "base/step.h"
#include "base/words.h"

static void test_errors_read_from_the_outside_in(void **state)
{
	struct err e;

	(void)state;
	errno = ENOENT;
	assert_int_equal(err_sys(&e, "open %s", "/nope"), -1);
	assert_int_equal(e.sys, ENOENT);
	assert_int_equal(err_in(&e, "mount %s", "/data"), -1);
	assert_string_equal(e.text, "mount /data: open /nope: No such file or directory");
}

static void test_a_long_error_is_cut_at_its_tail(void **state)
{
	char longer[2 * ERR_TEXT_MAX];
	struct err e;

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	(void)err_set(&e, "%s", longer);
	(void)err_in(&e, "front");
	assert_memory_equal(e.text, "front: xxx", 10);
	assert_in_range(strlen(e.text), ERR_TEXT_MAX - 16, ERR_TEXT_MAX - 1);
}

static void test_the_deepest_pointer_stays(void **state)
{
	struct err e;

	(void)state;
	(void)err_config(&e, "/mounts/3", "bad");
	(void)err_at(&e, "/mounts");
	assert_string_equal(e.pointer, "/mounts/3");
	assert_int_equal(e.kind, ERR_CONFIG);
}

static void test_numbers_are_strict(void **state)
{
	static const char *const bad[] = {
		"", " 0", "0 ", "+1", "-1", "0x1", "1e3", "4294967295", "4294967296", "root"
	};
	uint32_t id = 7;
	uint64_t v = 7;
	int64_t i = 7;

	(void)state;
	for (size_t k = 0; k < array_len(bad); k++)
		assert_false(num_id(bad[k], &id));
	assert_int_equal(id, 7);
	assert_true(num_id("4294967294", &id));
	assert_int_equal(id, 4294967294U);
	assert_true(num_u64("18446744073709551615", UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	assert_false(num_u64("18446744073709551616", UINT64_MAX, &v));
	assert_false(num_u64("7", 5, &v));
	assert_true(num_i64("-5", -5, 5, &i));
	assert_int_equal(i, -5);
	assert_false(num_i64("-6", -5, 5, &i));
	assert_false(num_i64("--5", -5, 5, &i));
	assert_true(num_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &i));
	assert_true(i == INT64_MIN);
	assert_false(num_i64("9223372036854775808", INT64_MIN, INT64_MAX, &i));
}

static void test_the_nearest_word_is_found(void **state)
{
	static const struct word words[] = { { "TERM", 15 }, { "KILL", 9 }, { "HUP", 1 } };

	(void)state;
	assert_int_equal(word_find(words, 3, "KILL")->value, 9);
	assert_null(word_find(words, 3, "KIL"));
	assert_string_equal(word_of(words, 3, 1)->name, "HUP");
	assert_string_equal(word_nearest(words, 3, "TREM"), "TERM");
	assert_string_equal(word_nearest(words, 3, "kill"), "KILL"); /* other case is nearest of all */
	assert_string_equal(word_nearest(words, 3, "hupp"), "HUP");
	assert_null(word_nearest(words, 3, "XX"));
	assert_int_equal(word_distance("abcd", "badc", 3), 2); /* two pairs that changed places */
	assert_int_equal(word_distance("kitten", "sitting", 9), 3);
	assert_null(word_nearest(words, 3, "completely"));
}

static void test_paths_are_cleaned(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "/", "/" },
		{ "", "/" },
		{ "a", "/a" },
		{ "//a//b/", "/a/b" },
		{ "/a/./b", "/a/b" },
		{ "/a/../b", "/b" },
		{ "/../../b", "/b" },
		{ "/a/b/../../..", "/" },
		{ "/a..b/...", "/a..b/..." },
	};
	char to[32], small[3];

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_true(path_clean(rows[i].in, to, sizeof(to)));
		assert_string_equal(to, rows[i].out);
	}
	assert_false(path_clean("/abc", small, sizeof(small)));
	assert_true(path_join("/base", "x/../y", to, sizeof(to)));
	assert_string_equal(to, "/base/y");
	assert_true(path_join("/base", "/abs", to, sizeof(to)));
	assert_string_equal(to, "/abs");
	assert_true(path_has_dotdot("a/../b"));
	assert_false(path_has_dotdot("a/..b"));
	assert_true(path_is_below("/a/b", "/a"));
	assert_false(path_is_below("/ab", "/a"));
	assert_true(path_is_below("/ab", "/"));
}

static void test_a_text_grows(void **state)
{
	auto_buf struct buf b = { 0 };

	(void)state;
	assert_string_equal(buf_text(&b), "");
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%d,", i);
	assert_int_equal(b.len, 3890);
	assert_memory_equal(buf_text(&b), "0,1,2,", 6);
}

static void test_a_file_is_replaced_whole(void **state)
{
	char dir[] = "/tmp/ocirt-test-XXXXXX";
	auto_fd int fd = -1;
	auto_free char *text = NULL;
	struct err e;
	size_t len;

	(void)state;
	assert_non_null(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(file_replace_at(fd, "f", "one", 3, 0600, &e), 0);
	assert_int_equal(file_replace_at(fd, "f", "second", 6, 0600, &e), 0);
	assert_int_equal(file_read_at(fd, "f", 100, &text, &len, &e), 0);
	assert_int_equal(len, 6);
	assert_string_equal(text, "second");
	free(steal_ptr(&text));
	assert_int_equal(file_read_at(fd, "f", 5, &text, &len, &e), -1);
	assert_string_equal(e.text, "read f: larger than 5 bytes");
	assert_int_equal(mkfifoat(fd, "pipe", 0600), 0);
	assert_int_equal(file_read_at(fd, "pipe", 5, &text, &len, &e), -1);
	assert_string_equal(e.text, "read pipe: not a regular file");
	assert_int_equal(unlinkat(fd, "f", 0) + unlinkat(fd, "pipe", 0) + rmdir(dir), 0);
}

static void test_a_file_is_put_whole_without_a_temporary_name(void **state)
{
	char dir[] = "/tmp/ocirt-test-XXXXXX", path[64];
	auto_free char *text = NULL;
	struct err e;
	size_t len;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/f", dir);
	assert_int_equal(file_put_at(AT_FDCWD, path, "one", 3, 0600, &e), 0);
	assert_int_equal(file_put_at(AT_FDCWD, path, "second", 6, 0600, &e), 0);
	assert_int_equal(file_read_at(AT_FDCWD, path, 100, &text, &len, &e), 0);
	assert_string_equal(text, "second");
	assert_int_equal(unlink(path) + rmdir(dir), 0);
	assert_int_equal(file_put_at(AT_FDCWD, path, "x", 1, 0600, &e), -1);
	assert_non_null(strstr(e.text, "No such file or directory"));
}

static void test_a_pipe_is_written_to_not_replaced(void **state)
{
	char dir[] = "/tmp/ocirt-test-XXXXXX", path[64], text[8] = "";
	auto_fd int reader = -1;
	struct err e;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/pipe", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(file_put_at(AT_FDCWD, path, "one", 3, 0600, &e), -1); /* nobody reads */
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(file_put_at(AT_FDCWD, path, "one", 3, 0600, &e), 0);
	assert_int_equal(read(reader, text, sizeof(text)), 3);
	assert_string_equal(text, "one");
	file_take_back(AT_FDCWD, path);
	assert_int_equal(unlink(path) + rmdir(dir), 0);
}

static void test_a_descriptor_travels(void **state)
{
	int pair[2], fd;
	char text[8];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(fd_send(pair[0], "hello", 5, STDIN_FILENO), 0);
	assert_int_equal(fd_recv(pair[1], text, sizeof(text), &fd), 5);
	assert_true(fd > 2);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	(void)close(fd);
	assert_int_equal(fd_send(pair[0], "x", 1, -1), 0);
	assert_int_equal(fd_recv(pair[1], text, sizeof(text), &fd), 1);
	assert_int_equal(fd, -1);
	(void)close(pair[0]);
	assert_int_equal(fd_recv(pair[1], text, sizeof(text), &fd), 0);
	(void)close(pair[1]);
}

struct trail {
	char text[64];
	const char *fails;
};

static void append(struct trail *t, const char *name)
{
	size_t n = strlen(t->text);

	(void)snprintf(t->text + n, sizeof(t->text) - n, "%s", name);
}

static int note(struct trail *t, const char *name, struct err *e)
{
	append(t, name);
	return t->fails != NULL && strcmp(t->fails, name) == 0 ? err_set(e, "no") : 0;
}

static int run_a(void *t, struct err *e)
{
	return note(t, "a", e);
}

static int run_b(void *t, struct err *e)
{
	return note(t, "b", e);
}

static int run_c(void *t, struct err *e)
{
	return note(t, "c", e);
}

static void undo_a(void *t)
{
	append(t, "A");
}

static void undo_b(void *t)
{
	append(t, "B");
}

static bool never(const void *t)
{
	(void)t;
	return false;
}

static void test_steps_are_undone_backwards(void **state)
{
	static const struct step steps[] = {
		STEP("first", NULL, run_a, undo_a, NULL),
		STEP("skipped", never, run_c, undo_b, NULL),
		STEP("second", NULL, run_b, undo_b, NULL),
		STEP("third", NULL, run_c, NULL, NULL),
	};
	struct trail t = { .fails = NULL };
	struct err e;

	(void)state;
	assert_int_equal(step_run(steps, array_len(steps), &t, NULL, &e), 0);
	assert_string_equal(t.text, "abc");
	t = (struct trail){ .fails = "b" };
	assert_int_equal(step_run(steps, array_len(steps), &t, NULL, &e), -1);
	assert_string_equal(t.text, "abBA");
	assert_string_equal(e.text, "second: no");
}

static void test_the_log_file_has_one_json_object_a_line(void **state)
{
	char path[] = "/tmp/ocirt-test-XXXXXX", text[4096];
	struct err e;
	auto_fd int fd = mkstemp(path);
	auto_fd int log = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0 && log >= 0);
	log_use(&(struct log_sink){ .format = LOG_JSON, .fd = log });
	log_warn("a \"quote\", a \\ and a\nnewline, \xc3\xa9 and \xff");
	log_debug("not at this level");
	log_use(&(struct log_sink){ .fd = -1 });
	(void)e;
	assert_true(file_peek_at(AT_FDCWD, path, text, sizeof(text)) > 0);
	assert_non_null(strstr(
		text,
		"{\"level\":\"warning\",\"msg\":\"a \\\"quote\\\", a \\\\ and a\\u000anewline, \xc3\xa9 and ?\",\"time\":\"2"));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	(void)unlink(path);
}

/* A record of one of the forms for daemons, as text. */
static size_t record_of(enum log_format format, const char *text, char to[LOG_RECORD_MAX + 1])
{
	const struct log_record r = { .level = LOG_LEVEL_ERROR, .text = text, .ident = "c1", .seconds = 1769903999 };
	size_t n = log_record_put(&r, format, to);

	to[n] = '\0';
	return n;
}

static void test_daemons_get_records_of_their_own(void **state)
{
	char got[LOG_RECORD_MAX + 1], want[128], *long_text;
	const size_t too_long = (size_t)2 * LOG_RECORD_MAX;
	static const char journald[] = "PRIORITY=3\nSYSLOG_IDENTIFIER=c1\nMESSAGE\n\3\0\0\0\0\0\0\0a\nb\n";

	(void)state;
	assert_int_equal(record_of(LOG_JOURNALD, "a\nb", got), sizeof(journald) - 1);
	assert_memory_equal(got, journald, sizeof(journald) - 1);
	(void)snprintf(want, sizeof(want), "<27>Jan 31 23:59:59 c1[%d]: a\nb", getpid());
	assert_int_equal(record_of(LOG_SYSLOGD, "a\nb", got), strlen(want));
	assert_string_equal(got, want);
	long_text = malloc(too_long);
	assert_non_null(long_text);
	memset(long_text, 'x', too_long);
	long_text[too_long - 1] = '\0';
	for (enum log_format f = LOG_TEXT; f <= LOG_SYSLOGD; f++)
		assert_true(record_of(f, long_text, got) <= LOG_RECORD_MAX);
	free(long_text);
}

static void test_a_record_is_utf_8_whatever_is_quoted(void **state)
{
	char got[LOG_RECORD_MAX + 1];

	(void)state;
	(void)record_of(LOG_JSON, "\xed\xa0\x80|\xe0\x80\xaf|\xf0\x80\x80\x80|\xf4\x90\x80\x80|\xc0\x80|\xe2\x82", got);
	assert_non_null(strstr(got, "\"msg\":\"???|???|????|????|??|??\""));
	(void)record_of(LOG_JSON, "\xed\x9f\xbf \xe0\xa0\x80 \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf \xc2\xa0 \xc2\x9b[m",
	                got);
	assert_non_null(
		strstr(got, "\"\xed\x9f\xbf \xe0\xa0\x80 \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf \xc2\xa0 \\u009b[m\""));
}

/* What is quoted may be anybody's. */
static void test_no_control_character_reaches_the_terminal(void **state)
{
	char path[] = "/tmp/ocirt-test-XXXXXX", text[256];
	auto_fd int fd = mkstemp(path), old = dup(STDERR_FILENO);
	struct err e;

	(void)state;
	assert_true(fd >= 0 && old >= 0);
	(void)err_set(&e, "a\x1b[2Jb\n\x7f\xc2\x9b \xc3\xa9");
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	log_error(&e);
	assert_true(dup2(old, STDERR_FILENO) >= 0);
	assert_true(file_peek_at(AT_FDCWD, path, text, sizeof(text)) > 0);
	assert_string_equal(text, "ocirt: a\\u001b[2Jb\\u000a\\u007f\\u009b \xc3\xa9\n");
	(void)unlink(path);
}

static void test_a_stamp_is_what_gmtime_says(void **state)
{
	char ours[STAMP_ROOM], theirs[STAMP_ROOM];

	(void)state;
	for (int64_t t = -99999999999; t < 299999999999; t += 86399 * 97 + 12345) {
		time_t when = (time_t)t;
		struct tm tm;

		stamp_text(t, 5, ours);
		(void)strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%S.000000005Z", gmtime_r(&when, &tm));
		if (tm.tm_year + 1900 >= 1000)
			assert_string_equal(ours, theirs);
	}
	stamp_text(951782400, 0, ours);
	assert_string_equal(ours, "2000-02-29T00:00:00.000000000Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors_read_from_the_outside_in),
		cmocka_unit_test(test_a_long_error_is_cut_at_its_tail),
		cmocka_unit_test(test_the_deepest_pointer_stays),
		cmocka_unit_test(test_numbers_are_strict),
		cmocka_unit_test(test_the_nearest_word_is_found),
		cmocka_unit_test(test_paths_are_cleaned),
		cmocka_unit_test(test_a_text_grows),
		cmocka_unit_test(test_a_file_is_replaced_whole),
		cmocka_unit_test(test_a_file_is_put_whole_without_a_temporary_name),
		cmocka_unit_test(test_a_pipe_is_written_to_not_replaced),
		cmocka_unit_test(test_a_descriptor_travels),
		cmocka_unit_test(test_steps_are_undone_backwards),
		cmocka_unit_test(test_a_stamp_is_what_gmtime_says),
		cmocka_unit_test(test_the_log_file_has_one_json_object_a_line),
		cmocka_unit_test(test_a_record_is_utf_8_whatever_is_quoted),
		cmocka_unit_test(test_daemons_get_records_of_their_own),
		cmocka_unit_test(test_no_control_character_reaches_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
