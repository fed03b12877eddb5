/* SPDX-License-Identifier: Apache-2.0
 *
 * test_libs - ocirt-libs as it is started and asked, what becomes of it, and what it makes of requests that are none
 */
#include "kernel/libs.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "libs/answer.h"
#include "tests/in_child.h"

static struct err e;

/* ---- values ---- */

static void test_values_are_read_as_they_were_written(void **state)
{
	const struct err told = { .kind = ERR_CONFIG, .sys = EPERM, .line = 7, .pointer = "/a", .text = "no" };
	auto_buf struct buf b = { 0 };
	struct wire w;
	struct err got;
	size_t len;

	(void)state;
	wire_put_u32(&b, UINT32_MAX);
	wire_put_u64(&b, UINT64_MAX - 1);
	wire_put_text(&b, "");
	wire_put_bytes(&b, "\0x", 2);
	wire_put_err(&b, &told);
	w = (struct wire){ .at = b.data, .end = b.data + b.len };
	assert_int_equal(wire_u32(&w), UINT32_MAX);
	assert_int_equal(wire_u64(&w), UINT64_MAX - 1);
	assert_string_equal(wire_text(&w), "");
	assert_memory_equal(wire_bytes(&w, &len), "\0x", 2);
	assert_int_equal(len, 2);
	wire_err(&w, &got);
	assert_int_equal(got.kind, ERR_CONFIG);
	assert_int_equal(got.sys, EPERM);
	assert_int_equal(got.line, 7);
	assert_string_equal(got.pointer, "/a");
	assert_string_equal(got.text, "no");
	assert_false(w.failed);
	assert_ptr_equal(w.at, w.end);
	assert_int_equal(wire_u32(&w), 0);
	assert_true(w.failed);
}

static void test_what_does_not_fit_is_read_as_nothing(void **state)
{
	static const char no_nul[] = { 2, 0, 0, 0, 'a', 'b' }, inner_nul[] = { 3, 0, 0, 0, 'a', 0, 0 },
			  many[] = { 3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 }, empty[] = { 0, 0, 0, 0 };
	struct wire w = { .at = no_nul, .end = no_nul + sizeof(no_nul) };
	size_t len;

	(void)state;
	assert_string_equal(wire_text(&w), "");
	assert_true(w.failed);
	w = (struct wire){ .at = inner_nul, .end = inner_nul + sizeof(inner_nul) };
	assert_string_equal(wire_text(&w), "");
	assert_true(w.failed);
	w = (struct wire){ .at = empty, .end = empty + sizeof(empty) };
	assert_string_equal(wire_text(&w), "");
	assert_true(w.failed);
	w = (struct wire){ .at = many, .end = many + sizeof(many) };
	assert_int_equal(wire_count(&w, 4), 0);
	assert_true(w.failed);
	w = (struct wire){ .at = many, .end = many + 2 };
	assert_string_equal(wire_bytes(&w, &len), "");
	assert_int_equal(len, 0);
	assert_true(w.failed);
	w = (struct wire){ .failed = false };
	assert_int_equal(wire_u64(&w), 0);
	assert_true(w.failed);
}

/* ---- frames ---- */

static void test_a_frame_that_is_cut_or_too_long_is_refused(void **state)
{
	static const uint32_t cut[] = { 1, 8, 0 }, endless[] = { 1, UINT32_MAX };
	auto_buf struct buf got = { 0 };
	uint32_t what;
	int sock[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock), 0);
		assert_true(write(sock[0], i == 0 ? cut : endless, i == 0 ? sizeof(cut) : sizeof(endless)) > 0);
		(void)close(sock[0]);
		errno = 0;
		assert_int_equal(wire_recv(sock[1], &what, &got), -1);
		assert_int_equal(errno, i == 0 ? EPIPE : EMSGSIZE);
		assert_int_equal(wire_recv(sock[1], &what, &got), 0);
		(void)close(sock[1]);
	}
}

/* ---- the verbs, given anything ---- */

/* A request for each. */
static void put_request(struct buf *b, uint32_t verb)
{
	wire_put_u32(b, 0x7fff0000);
	for (uint32_t i = 0; i < 3; i++) {
		wire_put_u32(b, i < 2 ? 1 : verb % 2);
		wire_put_text(b, i == 1 ? "SCMP_ARCH_X86" : "getpid");
	}
}

static void answer(struct libs_talk *t, uint32_t verb, const char *data, size_t len)
{
	auto_buf struct buf reply = { 0 };
	auto_free char *exactly = malloc(len + 1); /* so that whoever reads behind it is seen to */
	bool failed;
	struct wire w;

	assert_non_null(exactly);
	memcpy(exactly, data, len);
	failed = libs_answer(t, verb, exactly, len, &reply);
	w = (struct wire){ .at = buf_text(&reply), .end = buf_text(&reply) + reply.len };
	for (size_t n = wire_count(&w, 4); n > 0; n--)
		(void)wire_text(&w);
	if (failed) {
		wire_err(&w, &e);
		assert_string_not_equal(e.text, "");
	}
	assert_false(w.failed);
}

static void test_every_verb_answers_whatever_it_is_given(void **state)
{
	struct libs_talk t = { .n_log = 0 };

	(void)state;
	assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere", 1), 0);
	assert_int_equal(setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere", 1), 0);
	for (uint32_t verb = 0; verb <= LIBS_VERBS; verb++) {
		auto_buf struct buf b = { 0 };

		put_request(&b, verb);
		for (size_t len = 0; len <= b.len; len++)
			answer(&t, verb, b.data, len);
		for (size_t i = 0; i < b.len; i++) {
			char was = b.data[i];

			b.data[i] = (char)0xff;
			answer(&t, verb, b.data, b.len);
			b.data[i] = was;
		}
	}
	libs_talk_end(&t);
}

static void test_a_reply_that_is_cut_is_an_error(void **state)
{
	const struct err told = { .kind = ERR_CONFIG, .text = "no" };
	auto_buf struct buf b = { 0 };
	struct wire reply;
	size_t len;

	(void)state;
	wire_put_u32(&b, 1);
	wire_put_text(&b, "for the log");
	wire_put_err(&b, &told);
	len = b.len;
	for (b.len = 0; b.len < len; b.len++) {
		assert_int_equal(libs_take("tests", true, &b, &reply, &e), -1);
		assert_string_equal(e.text, "what needs tests answers with something that is cut");
	}
	assert_int_equal(libs_take("tests", true, &b, &reply, &e), -1);
	assert_string_equal(e.text, "no");
	b.len = 3;
	assert_int_equal(libs_take("tests", false, &b, &reply, &e), -1);
	assert_string_equal(e.text, "what needs tests answers with something that is cut");
}

/* ---- the process ---- */

static int ask(struct libs *l, const char *pattern, struct wire *reply)
{
	auto_buf struct buf request = { 0 };

	wire_put_text(&request, pattern);
	wire_put_u32(&request, 2);
	wire_put_text(&request, "c1");
	wire_put_text(&request, "d1");
	return libs_call(l, LIBS_MATCH, &request, reply, &e);
}

static void test_it_is_asked_more_than_once_and_leaves_no_process(void **state)
{
	struct libs l = LIBS_NONE;
	struct wire reply;
	pid_t pid;

	(void)state;
	assert_int_equal(libs_open(&l, "tests", &e), 0);
	pid = l.pid;
	assert_int_equal(ask(&l, "^c", &reply), 0);
	assert_int_equal(wire_u32(&reply), 1);
	assert_int_equal(wire_u32(&reply), 0);
	assert_int_equal(ask(&l, "(", &reply), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	assert_non_null(strstr(e.text, "\"(\" is no regular expression: "));
	assert_int_equal(ask(&l, "1$", &reply), 0);
	assert_int_equal(wire_u32(&reply), 1);
	assert_int_equal(wire_u32(&reply), 1);
	libs_close(&l);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_it_has_no_descriptors_of_ours(void **state)
{
	int ours = dup(STDIN_FILENO); /* is not close-on-exec */
	auto_libs struct libs l = LIBS_NONE;
	struct wire reply;
	char path[64], is[64];

	(void)state;
	assert_int_equal(libs_open(&l, "tests", &e), 0);
	assert_int_equal(ask(&l, "c", &reply), 0); /* now it has begun */
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", l.pid, ours);
	assert_int_equal(readlink(path, is, sizeof(is)), -1);
	assert_int_equal(errno, ENOENT);
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", l.pid, STDIN_FILENO);
	assert_true(readlink(path, is, sizeof(is)) > 6);
	assert_memory_equal(is, "socket", 6);
	(void)close(ours);
}

static void test_killed_in_the_middle_it_is_told_and_not_asked_again(void **state)
{
	auto_libs struct libs l = LIBS_NONE;
	struct wire reply;

	(void)state;
	assert_int_equal(libs_open(&l, "tests", &e), 0);
	assert_int_equal(kill(l.pid, SIGKILL), 0);
	assert_int_equal(ask(&l, "c", &reply), -1);
	assert_string_equal(e.text, "what needs tests has ended: killed by signal 9 (killed)");
	assert_int_equal(e.kind, ERR_HOST);
	assert_int_equal(wire_u32(&reply), 0);
	assert_int_equal(ask(&l, "c", &reply), -1);
	assert_string_equal(e.text, "what needs tests is gone");
}

static void without_descriptors(void)
{
	const struct rlimit none = { 3, 3 };
	struct libs l = LIBS_NONE;

	want(setrlimit(RLIMIT_NOFILE, &none) == 0);
	want(libs_open(&l, "tests", &e) < 0);
	want(e.kind == ERR_HOST && e.sys == 0);
	want(strcmp(e.text, "what needs tests cannot be started: make a memory file of it: Too many open files") == 0);
	libs_close(&l);
}

static void test_that_it_cannot_be_started_is_told(void **state)
{
	(void)state;
	assert_int_equal(child_status(without_descriptors), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_are_read_as_they_were_written),
		cmocka_unit_test(test_what_does_not_fit_is_read_as_nothing),
		cmocka_unit_test(test_a_frame_that_is_cut_or_too_long_is_refused),
		cmocka_unit_test(test_every_verb_answers_whatever_it_is_given),
		cmocka_unit_test(test_a_reply_that_is_cut_is_an_error),
		cmocka_unit_test(test_it_is_asked_more_than_once_and_leaves_no_process),
		cmocka_unit_test(test_it_has_no_descriptors_of_ours),
		cmocka_unit_test(test_killed_in_the_middle_it_is_told_and_not_asked_again),
		cmocka_unit_test(test_that_it_cannot_be_started_is_told),
	};

	return cmocka_run_group_tests_name("libs", tests, NULL, NULL);
}
