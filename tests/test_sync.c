/* SPDX-License-Identifier: Apache-2.0
 *
 * test_sync - messages between the runtime and the init stage, whole, wrong, and from a dead peer
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "init/sync.h"

static void test_a_message_is_received_as_sent(void **state)
{
	const struct sync_go go = { .pid = 42 };
	struct sync_msg m;
	struct err e;
	int s[2];

	(void)state;
	assert_int_equal(sync_pair(s, &e), 0);
	assert_int_equal(sync_send(s[0], SYNC_GO, &go, sizeof(go), -1, &e), 0);
	assert_int_equal(sync_recv(s[1], &m, &e), 1);
	assert_int_equal(m.type, SYNC_GO);
	assert_int_equal(m.payload.go.pid, 42);
	assert_int_equal(m.fd, -1);
	(void)close(s[0]);
	assert_int_equal(sync_recv(s[1], &m, &e), 0);
	(void)close(s[1]);
}

static void test_a_descriptor_beside_an_empty_message_is_closed(void **state)
{
	struct sync_msg m;
	struct err e;
	int s[2], free_fd;

	(void)state;
	assert_int_equal(sync_pair(s, &e), 0);
	free_fd = dup(s[0]);
	(void)close(free_fd);
	assert_int_equal(fd_send(s[0], "", 0, s[0]), 0);
	assert_int_equal(sync_recv(s[1], &m, &e), 0);
	assert_int_equal(m.fd, -1);
	assert_int_equal(dup(s[0]), free_fd); /* the lowest that is free is what was free before */
	(void)close(free_fd);
	(void)close(s[0]);
	(void)close(s[1]);
}

static void test_an_error_travels_whole(void **state)
{
	struct err told, got;
	char text[ERR_TEXT_MAX];
	int s[2];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)err_config(&told, "/process/cwd", "%s", text);
	told.sys = 13;
	told.exit_code = 127;
	assert_int_equal(sync_pair(s, &got), 0);
	sync_fail(s[0], &told);
	assert_int_equal(sync_expect(s[1], SYNC_CREATED, NULL, &got), -1);
	assert_string_equal(got.text, told.text);
	assert_string_equal(got.pointer, "/process/cwd");
	assert_int_equal(got.kind, ERR_CONFIG);
	assert_int_equal(got.sys, 13);
	assert_int_equal(got.exit_code, 127);
	(void)close(s[0]);
	(void)close(s[1]);
}

static void test_what_was_not_expected_is_an_error(void **state)
{
	struct err e;
	int s[2];

	(void)state;
	assert_int_equal(sync_pair(s, &e), 0);
	assert_int_equal(sync_send(s[0], SYNC_HOOKS, NULL, 0, -1, &e), 0);
	assert_int_equal(sync_expect(s[1], SYNC_CREATED, NULL, &e), -1);
	assert_string_equal(e.text, "received HOOKS, expected CREATED");
	assert_int_equal(fd_send(s[0], "xy", 2, -1), 0);
	assert_int_equal(sync_expect(s[1], SYNC_CREATED, NULL, &e), -1);
	assert_string_equal(e.text, "received a message of 2 bytes that is none");
	assert_int_equal(fd_send(s[0], "\377\377\377\377", 4, -1), 0);
	assert_int_equal(sync_expect(s[1], SYNC_CREATED, NULL, &e), -1);
	assert_int_equal(sync_send(s[0], SYNC_FAILED, "short", 5, -1, &e), 0);
	assert_int_equal(sync_expect(s[1], SYNC_CREATED, NULL, &e), -1);
	assert_string_equal(e.text, "the init stage sent a broken error");
	(void)close(s[0]);
	assert_int_equal(sync_expect(s[1], SYNC_CREATED, NULL, &e), -1);
	assert_string_equal(e.text, "the other side ended before it sent CREATED");
	(void)close(s[1]);
}

static void test_the_last_words_of_a_dead_peer_are_heard(void **state)
{
	struct err told, got;
	int s[2];

	(void)state;
	(void)err_set(&told, "why it died");
	assert_int_equal(sync_pair(s, &got), 0);
	assert_int_equal(sync_send(s[0], SYNC_GO, NULL, 0, -1, &got), 0); /* stays unread */
	sync_fail(s[1], &told);
	(void)close(s[1]);
	assert_int_equal(sync_send(s[0], SYNC_START, NULL, 0, -1, &got), -1);
	assert_string_equal(got.text, "why it died");
	(void)close(s[0]);
	assert_int_equal(sync_pair(s, &got), 0);
	assert_int_equal(sync_send(s[0], SYNC_GO, NULL, 0, -1, &got), 0);
	sync_fail(s[1], &told);
	(void)close(s[1]);
	assert_int_equal(sync_expect(s[0], SYNC_CREATED, NULL, &got), -1);
	assert_string_equal(got.text, "why it died");
	(void)close(s[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_message_is_received_as_sent),
		cmocka_unit_test(test_a_descriptor_beside_an_empty_message_is_closed),
		cmocka_unit_test(test_an_error_travels_whole),
		cmocka_unit_test(test_what_was_not_expected_is_an_error),
		cmocka_unit_test(test_the_last_words_of_a_dead_peer_are_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
