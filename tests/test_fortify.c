/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fortify - a size that is larger than what it is to fill ends the process, in a program that is linked to musl
 */
#define FORTIFY_TESTED /* here: with whatever libc */
#include "own/fortify.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/auto.h"

enum { ROOM = 8 };

/* What the compiler cannot know. */
struct call {
	size_t n;
	int fd; /* of a file with much in it */
	const char *from;
};

static char to[ROOM];

static void call_memcpy(const struct call *c)
{
	memcpy(to, c->from, c->n);
}

static void call_memcpy_in_the_middle(const struct call *c)
{
	memcpy(to + 4, c->from, c->n - 4);
}

static void call_memmove(const struct call *c)
{
	memmove(to, c->from, c->n);
}

static void call_memset(const struct call *c)
{
	memset(to, 1, c->n);
}

static void call_snprintf(const struct call *c)
{
	(void)snprintf(to, c->n, "%s", "a");
}

__attribute__((format(printf, 2, 3))) static void put(size_t n, const char *fmt, ...)
{
	va_list words;

	va_start(words, fmt);
	(void)vsnprintf(to, n, fmt, words);
	va_end(words);
}

static void call_vsnprintf(const struct call *c)
{
	put(c->n, "%s", "a");
}

static void call_fgets(const struct call *c)
{
	auto_file FILE *f = fopen("/dev/null", "re");

	if (f != NULL)
		(void)!fgets(to, (int)c->n, f);
}

static void call_getcwd(const struct call *c)
{
	(void)!getcwd(to, c->n);
}

static void call_readlink(const struct call *c)
{
	(void)!readlink("/proc/self/exe", to, c->n);
}

static void call_readlinkat(const struct call *c)
{
	(void)!readlinkat(AT_FDCWD, "/proc/self/exe", to, c->n);
}

static void call_read(const struct call *c)
{
	(void)!read(c->fd, to, c->n);
}

static void call_pread(const struct call *c)
{
	(void)!pread(c->fd, to, c->n, 0);
}

static void call_recv(const struct call *c)
{
	(void)recv(c->fd, to, c->n, 0);
}

/* Sizes are found by the optimiser. */
static void skip_without_it(void)
{
#ifndef __OPTIMIZE__
	print_message("SKIP: this is compiled without optimisation, nor is anything checked then\n");
	skip();
#endif
}

/* The signal that ends a child which does it, 0: none does. */
static int ending(void (*act)(const struct call *), const struct call *c)
{
	const struct sigaction dfl = { .sa_handler = SIG_DFL };
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		(void)sigaction(SIGILL, &dfl, NULL); /* a sanitizer handles it */
		act(c);
		_exit(0);
	}
	assert_true(pid > 0);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_more_than_fits(void **state)
{
	static const struct {
		const char *name;
		void (*act)(const struct call *);
	} calls[] = {
		{ "memcpy", call_memcpy },     { "memcpy in the middle", call_memcpy_in_the_middle },
		{ "memmove", call_memmove },   { "memset", call_memset },
		{ "snprintf", call_snprintf }, { "vsnprintf", call_vsnprintf },
		{ "fgets", call_fgets },       { "getcwd", call_getcwd },
		{ "readlink", call_readlink }, { "readlinkat", call_readlinkat },
		{ "read", call_read },         { "pread", call_pread },
		{ "recv", call_recv },
	};
	auto_fd int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	static const char from[64];
	struct call c = { .fd = fd, .from = from };

	(void)state;
	skip_without_it();
	assert_true(fd >= 0);
	for (size_t i = 0; i < array_len(calls); i++) {
		c.n = ROOM;
		if (ending(calls[i].act, &c) != 0) {
			fail_msg("%s of what fits", calls[i].name);
			return;
		}
		c.n = ROOM + 1;
#if defined(__x86_64__)
		if (ending(calls[i].act, &c) != SIGILL) {
#else
		if (ending(calls[i].act, &c) == 0) {
#endif
			fail_msg("%s of more than fits", calls[i].name);
			return;
		}
	}
}

/* Of a member the whole object may be filled by bytes, but the member alone by text. */
static void call_text(const struct call *c)
{
	struct {
		char text[4], rest[28];
	} two;

	memset(two.text, 0, c->n);
	(void)snprintf(two.text, c->n, "%s", "a");
	if (two.text[0] != 'a')
		_exit(0);
}

static void test_a_text_fills_its_member_only(void **state)
{
	struct call c = { .n = 4 };

	(void)state;
	skip_without_it();
	assert_int_equal(ending(call_text, &c), 0);
	c.n = 5;
	assert_int_not_equal(ending(call_text, &c), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_more_than_fits),
		cmocka_unit_test(test_a_text_fills_its_member_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
