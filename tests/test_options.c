/* SPDX-License-Identifier: Apache-2.0
 *
 * test_options - the parser of the command line, as engines and people write it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/options.h"
#include "cli/signals.h"
#include "cli/units.h"

struct inner {
	const char *bundle, *socket;
	struct vec_str env;
	unsigned int fds;
	struct opt_bool tty;
	bool detach, no_subreaper, interactive;
};

struct outer {
	const char *root, *log;
	unsigned int format;
	bool debug;
};

static const struct word format_words[] = { { "text", 0 }, { "json", 1 } };

#define T struct inner
static const struct cli_option inner_rows[] = {
	CLI_STR("bundle", 'b', bundle, "DIR", "the bundle"),
	CLI_STR("console-socket", 0, socket, "PATH", "a socket"),
	CLI_LIST("env", 'e', env, "NAME=VALUE", "a variable"),
	CLI_COUNT("preserve-fds", 0, fds, "N", "descriptors"),
	CLI_OPT_FLAG("tty", 't', tty, "a terminal"),
	CLI_FLAG("detach", 'd', detach, "go on"),
	CLI_FLAG("interactive", 'i', interactive, "talk"),
	CLI_FLAG("no-subreaper", 0, no_subreaper, "do not reap"),
	CLI_OLD_FLAG("old", 0),
	CLI_OLD_STR("criu", 0),
};
#undef T
#define T struct outer
static const struct cli_option outer_rows[] = {
	CLI_STR("root", 0, root, "DIR", "the state"),
	CLI_STR("log", 'l', log, "FILE", "the log"),
	CLI_WORD("log-format", 0, format, format_words, "FORMAT", "its format"),
	CLI_FLAG("debug", 0, debug, "tell more"),
};
#undef T

struct line {
	struct inner in;
	struct outer out;
	struct cli_scan s;
	struct arena arena;
	struct err e;
	int result;
};

enum { WORDS_MAX = 16 };

/* Scans the words up to NULL as a command's line, global options allowed too. */
static void scan(struct line *l, size_t raw_after, char *const *words)
{
	size_t n = 0;

	arena_free(&l->arena);
	memset(l, 0, sizeof(*l));
	while (words[n] != NULL)
		n++;
	l->s = (struct cli_scan){
		.argv = words,
		.n = n,
		.level = { { inner_rows, array_len(inner_rows), &l->in },
		           { outer_rows, array_len(outer_rows), &l->out } },
		.n_levels = 2,
		.raw_after = raw_after,
		.arena = &l->arena,
	};
	l->result = cli_scan(&l->s, &l->e);
}

#define SCAN(l, raw, ...) scan(l, raw, (char *[WORDS_MAX]){ __VA_ARGS__ })

static void expect_args(const struct line *l, const char *const *words)
{
	size_t n = 0;

	assert_int_equal(l->result, 0);
	for (; words[n] != NULL; n++) {
		assert_true(n < l->s.n_args);
		assert_string_equal(l->s.args[n], words[n]);
	}
	assert_int_equal(l->s.n_args, n);
	assert_null(l->s.args[n]);
}

#define EXPECT_ARGS(l, ...) expect_args(l, (const char *[WORDS_MAX]){ __VA_ARGS__ })

static void test_both_ways_to_give_a_value(void **state)
{
	struct line *l = *state;

	SCAN(l, 0, "--bundle", "/b", "--console-socket=/s", "id");
	EXPECT_ARGS(l, "id");
	assert_string_equal(l->in.bundle, "/b");
	assert_string_equal(l->in.socket, "/s");
	SCAN(l, 0, "--bundle= ", "id");
	EXPECT_ARGS(l, "id");
	assert_string_equal(l->in.bundle, " ");
	SCAN(l, 0, "--bundle=a=b");
	EXPECT_ARGS(l, NULL);
	assert_string_equal(l->in.bundle, "a=b");
}

static void test_letters(void **state)
{
	struct line *l = *state;

	SCAN(l, 0, "-b", "/b", "-d", "id");
	EXPECT_ARGS(l, "id");
	assert_string_equal(l->in.bundle, "/b");
	assert_true(l->in.detach);
	SCAN(l, 0, "-b/b");
	assert_string_equal(l->in.bundle, "/b");
	SCAN(l, 0, "-b=/b");
	assert_string_equal(l->in.bundle, "/b");
	SCAN(l, 0, "-itb", "/b", "id");
	EXPECT_ARGS(l, "id");
	assert_true(l->in.interactive && l->in.tty.set && l->in.tty.v);
	assert_string_equal(l->in.bundle, "/b");
	SCAN(l, 0, "-ib=/b");
	assert_true(l->in.interactive);
	assert_string_equal(l->in.bundle, "/b");
}

static void test_long_names_with_one_dash(void **state)
{
	struct line *l = *state;

	SCAN(l, 0, "-no-subreaper", "-bundle", "/b", "-console-socket=/s", "id");
	EXPECT_ARGS(l, "id");
	assert_true(l->in.no_subreaper);
	assert_string_equal(l->in.bundle, "/b");
	assert_string_equal(l->in.socket, "/s");
}

static void test_of_repeats_the_last_wins(void **state)
{
	struct line *l = *state;

	SCAN(l, 0, "--root", "/a", "--root=/b", "--detach", "--detach=false", "id");
	EXPECT_ARGS(l, "id");
	assert_string_equal(l->out.root, "/b");
	assert_false(l->in.detach);
}

/* As with runc: "$SOCKET" of a script that has none. */
static void test_an_empty_text_is_none(void **state)
{
	struct line *l = *state;

	SCAN(l, 0, "--root", "/a", "--bundle=", "--console-socket", "", "--root=", "-e", "", "id");
	EXPECT_ARGS(l, "id");
	assert_null(l->out.root);
	assert_null(l->in.bundle);
	assert_null(l->in.socket);
	assert_int_equal(l->in.env.n, 1);
}

static void test_lists_keep_every_repeat(void **state)
{
	struct line *l = *state;

	SCAN(l, 0, "-e", "A=1,2", "--env=B=", "id", "-eC");
	EXPECT_ARGS(l, "id");
	assert_int_equal(l->in.env.n, 3);
	assert_string_equal(l->in.env.items[0], "A=1,2");
	assert_string_equal(l->in.env.items[1], "B=");
	assert_string_equal(l->in.env.items[2], "C");
}

static void test_flags_take_booleans(void **state)
{
	struct line *l = *state;

	SCAN(l, 0, "--detach=true", "--tty=false", "-i=0");
	assert_int_equal(l->result, 0);
	assert_true(l->in.detach);
	assert_true(l->in.tty.set && !l->in.tty.v);
	assert_false(l->in.interactive);
	SCAN(l, 0, "--detach=maybe");
	assert_int_equal(l->result, -1);
	assert_string_equal(l->e.text, "option \"--detach\": expected true or false, found \"maybe\"");
}

static void test_global_options_stand_anywhere(void **state)
{
	struct line *l = *state;

	SCAN(l, 0, "--debug", "id", "--log-format", "json", "--log=/l");
	EXPECT_ARGS(l, "id");
	assert_true(l->out.debug);
	assert_int_equal(l->out.format, 1);
	assert_string_equal(l->out.log, "/l");
}

static void test_a_commands_words_are_its_own(void **state)
{
	struct line *l = *state;

	SCAN(l, 2, "-t", "id", "-e", "A=1", "ls", "-d", "--bundle", "x");
	EXPECT_ARGS(l, "id", "ls", "-d", "--bundle", "x");
	assert_true(l->in.tty.v);
	assert_int_equal(l->in.env.n, 1);
	assert_false(l->in.detach);
	assert_null(l->in.bundle);
	SCAN(l, 2, "id", "--", "-ls", "-d");
	EXPECT_ARGS(l, "id", "-ls", "-d");
	SCAN(l, 1, "id", "-ef");
	EXPECT_ARGS(l, "id", "-ef");
	assert_int_equal(l->s.used, 1);
}

static void test_two_dashes_end_the_options(void **state)
{
	struct line *l = *state;

	SCAN(l, 0, "-d", "--", "--bundle", "-d");
	EXPECT_ARGS(l, "--bundle", "-d");
	assert_null(l->in.bundle);
	SCAN(l, 0, "-", "-d");
	EXPECT_ARGS(l, "-");
	assert_true(l->in.detach);
}

static void test_a_value_may_look_like_an_option(void **state)
{
	struct line *l = *state;

	SCAN(l, 0, "--bundle", "-1", "--console-socket", "--detach");
	EXPECT_ARGS(l, NULL);
	assert_string_equal(l->in.bundle, "-1");
	assert_string_equal(l->in.socket, "--detach");
	assert_false(l->in.detach);
}

static void test_old_options_are_taken_and_forgotten(void **state)
{
	struct line *l = *state;

	SCAN(l, 0, "--criu", "/usr/bin/criu", "--old", "id");
	EXPECT_ARGS(l, "id");
}

static void expect_usage(const struct line *l, const char *text)
{
	assert_int_equal(l->result, -1);
	assert_int_equal(l->e.kind, ERR_USAGE);
	assert_string_equal(l->e.text, text);
}

static void test_errors_name_the_option(void **state)
{
	struct line *l = *state;

	SCAN(l, 0, "--nope");
	expect_usage(l, "unknown option \"--nope\"");
	SCAN(l, 0, "--bundel", "/b");
	expect_usage(l, "unknown option \"--bundel\", did you mean \"--bundle\"?");
	SCAN(l, 0, "--log-fromat=json");
	expect_usage(l, "unknown option \"--log-fromat=json\", did you mean \"--log-format\"?");
	SCAN(l, 0, "-ix");
	expect_usage(l, "unknown option \"-ix\"");
	SCAN(l, 0, "--bundle");
	expect_usage(l, "option \"--bundle\" requires an argument: DIR");
	SCAN(l, 0, "-b");
	expect_usage(l, "option \"--bundle\" requires an argument: DIR");
	SCAN(l, 0, "--preserve-fds", "-1");
	expect_usage(l, "option \"--preserve-fds\": expected a small number, found \"-1\"");
	SCAN(l, 0, "--preserve-fds=99999999999999999999");
	expect_usage(l, "option \"--preserve-fds\": expected a small number, found \"99999999999999999999\"");
	SCAN(l, 0, "--log-format=xml");
	expect_usage(l, "option \"--log-format\": expected text or json, found \"xml\"");
}

static void test_counts(void **state)
{
	struct line *l = *state;

	SCAN(l, 0, "--preserve-fds", "3");
	assert_int_equal(l->result, 0);
	assert_int_equal(l->in.fds, 3);
}

static void test_help_wraps_at_its_columns(void **state)
{
	static const char expected[] = "  -b, --bundle DIR            the bundle\n"
				       "      --console-socket PATH   a socket\n"
				       "  -e, --env NAME=VALUE        a variable\n";
	struct buf out = { 0 };

	(void)state;
	cli_help_options(&out, inner_rows, 3);
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
	cli_help_wrap(&out, "one two\nthree", 2);
	assert_string_equal(buf_text(&out), "one two\n  three\n");
	buf_free(&out);
}

static void test_every_spelling_of_a_signal(void **state)
{
	static const struct {
		const char *text;
		int sig;
	} good[] = {
		{ "TERM", 15 },       { "SIGTERM", 15 },  { "term", 15 },  { "sigterm", 15 }, { "SigTerm", 15 },
		{ "15", 15 },         { "9", 9 },         { "KILL", 9 },   { "0", 0 },        { "WINCH", 28 },
		{ "IOT", 6 },         { "CLD", 17 },      { "POLL", 29 },  { "RTMIN", 34 },   { "RTMIN+3", 37 },
		{ "SIGRTMIN+3", 37 }, { "rtmin+30", 64 }, { "RTMAX", 64 }, { "RTMAX-1", 63 }, { "64", 64 },
		{ "37", 37 },
	};
	static const char *const bad[] = { "",
		                           "SIG",
		                           "NOSIG",
		                           "65",
		                           "-1",
		                           "1 ",
		                           "TERMX",
		                           "RTMIN+",
		                           "RTMIN+31",
		                           "RTMAX+1",
		                           "RTMIN-1",
		                           "RTMIN+x",
		                           "0x9",
		                           "99999999999999999999",
		                           "AVERYLONGWORDTHATISNOSIGNAL" };
	struct err e;
	int sig;

	(void)state;
	for (size_t i = 0; i < array_len(good); i++) {
		sig = -1;
		assert_int_equal(cli_signal(good[i].text, &sig, &e), 0);
		assert_int_equal(sig, good[i].sig);
	}
	for (size_t i = 0; i < array_len(bad); i++) {
		assert_int_equal(cli_signal(bad[i], &sig, &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
		assert_non_null(strstr(e.text, "unknown signal"));
	}
	assert_int_equal(cli_signal("SIGWINHC", &sig, &e), -1);
	assert_string_equal(e.text, "unknown signal \"SIGWINHC\", did you mean \"WINCH\"?");
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} good[] = { { "0", 0 },
		     { "512", 512 },
		     { "50M", 50 << 20 },
		     { "50m", 50 << 20 },
		     { "64 KiB", 64 << 10 },
		     { "64kb", 64 << 10 },
		     { "1.5g", 3LL << 29 },
		     { "10b", 10 },
		     { "2T", 2LL << 40 },
		     { "9223372036854775807", INT64_MAX } };
	static const char *const bad[] = {
		"", "k", "-1", "-5M", "1x", "1.2.3", ".", "1  k", "5Mx", "0x10", "9223372036854775808", "9000P"
	};
	int64_t bytes = 0;

	(void)state;
	for (size_t i = 0; i < array_len(good); i++) {
		assert_true(cli_size(good[i].text, &bytes));
		assert_int_equal(bytes, good[i].bytes);
	}
	for (size_t i = 0; i < array_len(bad); i++)
		if (cli_size(bad[i], &bytes))
			fail_msg("\"%s\" is taken", bad[i]);
}

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = { { "0", 0 },
		     { "5s", 5000000000 },
		     { "100ms", 100000000 },
		     { "1m", 60000000000 },
		     { "1h2m3s", 3723000000000 },
		     { "1.5s", 1500000000 },
		     { ".5s", 500000000 },
		     { "250us", 250000 },
		     { "3\u00b5s", 3000 },
		     { "7ns", 7 } };
	static const char *const bad[] = { "", "5", "s", "-1s", "1 s", "1d", "1s ", "1ss", "99999999999999h", "1mss" };
	uint64_t ns = 0;

	(void)state;
	for (size_t i = 0; i < array_len(good); i++) {
		assert_true(cli_duration(good[i].text, &ns));
		assert_int_equal(ns, good[i].ns);
	}
	for (size_t i = 0; i < array_len(bad); i++)
		if (cli_duration(bad[i], &ns))
			fail_msg("\"%s\" is taken", bad[i]);
}

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct line));
	return *state == NULL;
}

static int tear_down(void **state)
{
	arena_free(&((struct line *)*state)->arena);
	free(*state);
	return 0;
}

#define LINE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(test_both_ways_to_give_a_value),
		LINE_TEST(test_letters),
		LINE_TEST(test_long_names_with_one_dash),
		LINE_TEST(test_of_repeats_the_last_wins),
		LINE_TEST(test_an_empty_text_is_none),
		LINE_TEST(test_lists_keep_every_repeat),
		LINE_TEST(test_flags_take_booleans),
		LINE_TEST(test_global_options_stand_anywhere),
		LINE_TEST(test_a_commands_words_are_its_own),
		LINE_TEST(test_two_dashes_end_the_options),
		LINE_TEST(test_a_value_may_look_like_an_option),
		LINE_TEST(test_old_options_are_taken_and_forgotten),
		LINE_TEST(test_errors_name_the_option),
		LINE_TEST(test_counts),
		cmocka_unit_test(test_help_wraps_at_its_columns),
		cmocka_unit_test(test_every_spelling_of_a_signal),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
