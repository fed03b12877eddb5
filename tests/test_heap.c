/* SPDX-License-Identifier: Apache-2.0
 *
 * test_heap - the allocator that stands in for musl's: what it gives is apart, aligned, as large as asked for, and found again
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "own/heap.h"
#include "tests/wrapper.h"

enum { LARGE = 128 << 10, HEAD = 16 };

static const size_t sizes[] = { 0,
	                        1,
	                        15,
	                        16,
	                        17,
	                        1008,
	                        1009,
	                        1024,
	                        1025,
	                        1280,
	                        1281,
	                        4096,
	                        65519,
	                        65520,
	                        65521,
	                        LARGE - HEAD - 1,
	                        LARGE - HEAD,
	                        LARGE - HEAD + 1,
	                        LARGE,
	                        1 << 20 };

/* Whose brk(2) gives what counts as never written to, and which has mappings of its own. */
static void needs_the_kernels_memory(void)
{
	if (!under_valgrind())
		return;
	print_message("valgrind does not know that the break's memory is zero\n");
	skip();
}

static bool filled(const void *memory, int with, size_t n)
{
	const unsigned char *at = memory;

	for (size_t i = 0; i < n; i++)
		if (at[i] != with)
			return false;
	return true;
}

static void test_pieces_of_each_size_are_apart(void **state)
{
	enum { N = sizeof(sizes) / sizeof(sizes[0]) };
	void *all[N];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		all[i] = own_alloc(sizes[i]);
		assert_non_null(all[i]);
		assert_int_equal((uintptr_t)all[i] % 16, 0);
		memset(all[i], (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < N; i++)
		assert_true(filled(all[i], (int)i + 1, sizes[i]));
	for (size_t i = 0; i < N; i++)
		own_free(all[i]);
	own_free(NULL);
}

static void test_what_was_freed_is_found_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		void *first = own_alloc(sizes[i]), *after = own_alloc(1), *again;

		own_free(first);
		again = own_alloc(sizes[i]);
		assert_true(sizes[i] > LARGE - HEAD || again == first);
		own_free(again);
		own_free(after);
	}
}

static void test_zeroed_is_zero_where_something_was(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		void *p = own_alloc(sizes[i]), *last = own_alloc(sizes[i]), *zeroed[2];

		memset(p, 0xff, sizes[i]);
		memset(last, 0xff, sizes[i]);
		own_free(last);
		own_free(p);
		for (int n = 0; n < 2; n++)
			zeroed[n] = own_zeroed(1, sizes[i]);
		for (int n = 0; n < 2; n++) {
			assert_true(filled(zeroed[n], 0, sizes[i]));
			own_free(zeroed[n]);
		}
	}
}

static void test_resized_keeps_what_it_held(void **state)
{
	(void)state;
	for (int other = 0; other < 2;
	     other++) { /* as the last piece, which grows where it is, and with another one behind it */
		void *p = own_resize(NULL, 1), *behind = NULL;
		size_t n = 1;

		memset(p, 0x5a, 1);
		for (size_t next = 2; next < 1 << 21; next = next * 3 / 2 + 1) {
			if (other != 0)
				behind = own_alloc(16);
			p = own_resize(p, next);
			assert_non_null(p);
			assert_true(filled(p, 0x5a, n));
			memset(p, 0x5a, next);
			n = next;
			own_free(behind);
		}
		for (; n > 1; n = n * 2 / 3) {
			p = own_resize(p, n);
			assert_true(filled(p, 0x5a, n));
		}
		own_free(p);
	}
}

/* Against a table of what should be where. */
static void test_any_order_of_calls(void **state)
{
	enum { N = 200, STEPS = 200000 };
	static struct {
		unsigned char *at;
		size_t n;
	} held[N];
	unsigned int random = 1;

	(void)state;
	needs_the_kernels_memory();
	for (int step = 0; step < STEPS; step++) {
		random = random * 1103515245 + 12345;
		size_t i = (random >> 16) % N, n = (random >> 3) % (1U << (random >> 24) % 19);

		assert_true(filled(held[i].at, (int)i, held[i].n));
		if ((random >> 8) % 3 == 0) {
			held[i].at = own_resize(held[i].at, n);
		} else {
			own_free(held[i].at);
			held[i].at = (random >> 8) % 3 == 1 ? own_alloc(n) : own_zeroed(n, 1);
			assert_true((random >> 8) % 3 == 1 || filled(held[i].at, 0, n));
		}
		assert_non_null(held[i].at);
		held[i].n = n;
		memset(held[i].at, (int)i, n);
		if (step % 1000 == 0)
			own_trim();
	}
	for (size_t i = 0; i < N; i++)
		own_free(held[i].at);
}

static void test_too_much_is_refused(void **state)
{
	void *p = own_alloc(10);

	(void)state;
	errno = 0;
	assert_null(own_alloc(SIZE_MAX));
	assert_int_equal(errno, ENOMEM);
	assert_null(own_alloc(PTRDIFF_MAX));
	assert_null(own_zeroed(SIZE_MAX / 2, 3));
	assert_null(own_zeroed(1, (size_t)1 << 60));
	assert_null(own_resize(p, SIZE_MAX - 20));
	assert_null(own_resize(p, (size_t)1 << 60));
	memset(p, 1, 10);
	own_free(p);
}

/* How a child that did it ended. */
static int end_of(void (*act)(void))
{
	const pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		const struct rlimit none = { 0, 0 };
		const struct sigaction dfl = { .sa_handler = SIG_DFL };

		(void)setrlimit(RLIMIT_CORE, &none);
		(void)sigaction(SIGILL, &dfl, NULL); /* cmocka's */
		(void)sigaction(SIGTRAP, &dfl, NULL);
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void free_twice(void)
{
	void *p = own_alloc(100), *behind = own_alloc(100);

	own_free(p);
	own_free(p);
	own_free(behind);
}

static void free_last_twice(void)
{
	void *p = own_alloc(100);

	own_free(p);
	own_free(p);
}

static void free_the_middle(void)
{
	char *p = own_zeroed(1, 1000);

	own_free(p + 512);
}

static void test_wrong_frees_end_the_process(void **state)
{
	(void)state;
	assert_true(WIFSIGNALED(end_of(free_twice)));
	assert_true(WIFSIGNALED(end_of(free_last_twice)));
	assert_true(WIFSIGNALED(end_of(free_the_middle)));
}

/* A mapping behind the break: the region goes on in pages from elsewhere. */
static void meet_a_wall(void)
{
	char *p[64], *wall = (char *)(((uintptr_t)sbrk(0) + 0xfffff) & ~(uintptr_t)0xfffff);

	if (mmap(wall, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED &&
	    errno != EEXIST) /* something is in the way already */
		_exit(1);
	for (int i = 0; i < 64; i++) {
		p[i] = own_alloc(100 << 10);
		if (p[i] == NULL)
			_exit(2);
		memset(p[i], i, 100 << 10);
	}
	for (int i = 0; i < 64; i++) {
		if (!filled(p[i], i, 100 << 10))
			_exit(3);
		own_free(p[i]);
	}
}

static void test_region_goes_on_behind_a_wall(void **state)
{
	(void)state;
	needs_the_kernels_memory();
	assert_int_equal(end_of(meet_a_wall), 0);
}

/* No page more: NULL, and what there is stays good. */
static void meet_a_limit(void)
{
	const struct rlimit data = { 4 << 20, 4 << 20 };
	size_t n = 0;

	if (setrlimit(RLIMIT_DATA, &data) < 0)
		_exit(1);
	while (own_alloc(64 << 10) != NULL)
		if (++n > 1000)
			_exit(2);
	if (errno != ENOMEM || own_alloc(1 << 20) != NULL)
		_exit(3);
}

static void test_limit_of_memory_is_an_error(void **state)
{
	(void)state;
	needs_the_kernels_memory();
	assert_int_equal(end_of(meet_a_limit), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_of_each_size_are_apart),
		cmocka_unit_test(test_what_was_freed_is_found_again),
		cmocka_unit_test(test_zeroed_is_zero_where_something_was),
		cmocka_unit_test(test_resized_keeps_what_it_held),
		cmocka_unit_test(test_any_order_of_calls),
		cmocka_unit_test(test_too_much_is_refused),
		cmocka_unit_test(test_wrong_frees_end_the_process),
		cmocka_unit_test(test_region_goes_on_behind_a_wall),
		cmocka_unit_test(test_limit_of_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
