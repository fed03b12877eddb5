/* SPDX-License-Identifier: Apache-2.0
 *
 * libc - what musl lacks for a program that it is linked into, and what it has in a size that this one does not need
 *
 * It lacks three things. musl (1.2.3) relocates a static program by DT_RELA only; nearly all of ours are relative ones, and DT_RELR holds
 * them in 1 KiB instead of 70 (ELF gABI, "Relative Relocation Table"). And an archive that was compiled for glibc (yajl) calls the
 * functions of its _FORTIFY_SOURCE. What is relocated stays writable. The rest stands in for functions of its own, which the linker then leaves out: malloc(3), made there
 * for long lives (own/heap.h), printf(3) (own/print.h), qsort(3) (own/sort.h) and some small ones.
 */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "base/libc.h"
#include "own/heap.h"
#include "own/print.h"
#include "own/sort.h"

/* they are made here (own/fortify.h) */
#undef snprintf
#undef vsnprintf

/* musl 1.2.3 has no names for these */
#ifndef DT_RELR
#define DT_RELRSZ 35
#define DT_RELR 36
#endif

/* musl's, and ours in its place (ld's --wrap): called once the program is relocated as far as DT_RELA goes. */
_Noreturn int __real___libc_start_main(int (*begin)(int, char **, char **), int argc, char **argv);
_Noreturn int __wrap___libc_start_main(int (*begin)(int, char **, char **), int argc, char **argv);
int main(int argc, char **argv, char **env);
extern const char __ehdr_start[] __attribute__((visibility("hidden"))); /* of the program, by ld(1) */
extern const ElfW(Dyn) dynamic[] __asm__("_DYNAMIC") __attribute__((visibility("hidden")));

/* A word that is even is the place of an address to add to; its successor, odd, has a bit for each of the 63 words behind it. */
static __attribute__((no_stack_protector)) void relocate(uintptr_t base, const uintptr_t *row, const uintptr_t *end)
{
	enum { BITS = 8 * sizeof(*row) - 1 };
	uintptr_t *at = NULL;

	for (; row < end; row++) {
		if ((*row & 1) == 0) {
			at = (uintptr_t *)(base + *row);
			*at++ += base;
			continue;
		}
		for (size_t bit = 0; at != NULL && bit < BITS; bit++)
			if ((*row >> (bit + 1) & 1) != 0)
				at[bit] += base;
		at += BITS;
	}
}

/* What is relocated is not to be written to any more (RELRO); musl's start of a static program leaves that out. */
static void protect(void)
{
	const ElfW(Phdr) *row = (const ElfW(Phdr) *)getauxval(AT_PHDR);
	const uintptr_t base = (uintptr_t)__ehdr_start, page = getauxval(AT_PAGESZ);

	for (size_t i = 0; i < getauxval(AT_PHNUM); i++) {
		const uintptr_t from = (base + row[i].p_vaddr) & -page,
				to = (base + row[i].p_vaddr + row[i].p_memsz) & -page;

		if (row[i].p_type == PT_GNU_RELRO && to > from)
			(void)mprotect((void *)from, to - from, PROT_READ); /* without it nothing works any less */
	}
}

static int begin_main(int argc, char **argv, char **env)
{
	protect();
	return main(argc, argv, env);
}

/* There are no thread locals yet, so no stack protector either; where a pointer of data leads to is not known before relocate(). */
__attribute__((no_stack_protector)) int __wrap___libc_start_main(int (*begin)(int, char **, char **), int argc,
                                                                 char **argv)
{
	const uintptr_t base = (uintptr_t)__ehdr_start;
	uintptr_t at = 0, size = 0;

	(void)begin;
	for (const ElfW(Dyn) *d = dynamic; d->d_tag != DT_NULL; d++) {
		at = d->d_tag == DT_RELR ? d->d_un.d_ptr : at;
		size = d->d_tag == DT_RELRSZ ? d->d_un.d_val : size;
	}
	relocate(base, (const uintptr_t *)(base + at), (const uintptr_t *)(base + at + size));
	__real___libc_start_main(begin_main, argc, argv);
}

/* ---- what an archive compiled for glibc calls: the same with the size of what is written to ---- */

void *checked_memcpy(void *to, const void *from, size_t n, size_t room) __asm__("__memcpy_chk");
int checked_snprintf(char *to, size_t n, int flag, size_t room, ...) __asm__("__snprintf_chk");
int checked_sprintf(char *to, int flag, size_t room, const char *fmt, ...) __asm__("__sprintf_chk");

void *checked_memcpy(void *to, const void *from, size_t n, size_t room)
{
	if (n > room)
		__builtin_trap();
	return memcpy(to, from, n);
}

int checked_snprintf(char *to, size_t n, int flag, size_t room, ...)
{
	va_list words;
	int r;

	(void)flag;
	if (n > room)
		__builtin_trap();
	va_start(words, room);
	r = own_vprint(to, n, va_arg(words, const char *), words);
	va_end(words);
	return r;
}

int checked_sprintf(char *to, int flag, size_t room, const char *fmt, ...)
{
	va_list words;
	int r;

	(void)flag;
	va_start(words, fmt);
	r = own_vprint(to, room, fmt, words);
	va_end(words);
	if (r < 0 || (size_t)r >= room)
		__builtin_trap();
	return r;
}

/* ---- what musl asks the kernel twice for: it sets close-on-exec once more, for kernels before 2.6.23 ---- */

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list more;

	va_start(more, flags);
	if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE)
		mode = va_arg(more, mode_t);
	va_end(more);
	return openat(AT_FDCWD, path, flags, mode);
}

/* ---- texts in texts: short ones are looked for here, and musl's ways pay off with long ones ---- */

void *memmem(const void *in, size_t len, const void *what, size_t n)
{
	const char *at = in, *end = at + len;

	if (n == 0)
		return (void *)in;
	for (; (size_t)(end - at) >= n; at++) {
		at = memchr(at, *(const char *)what, (size_t)(end - at) - n + 1);
		if (at == NULL)
			return NULL;
		if (memcmp(at, what, n) == 0)
			return (void *)at;
	}
	return NULL;
}

char *strstr(const char *in, const char *what)
{
	return memmem(in, strlen(in), what, strlen(what));
}

/* ---- qsort(3): own/sort.h ---- */

void qsort(void *items, size_t n, size_t size, int (*compare)(const void *a, const void *b))
{
	own_sort(items, n, size, compare);
}

/* ---- vsnprintf(3): own/print.h ---- */

int vsnprintf(char *to, size_t room, const char *fmt, va_list words)
{
	return own_vprint(to, room, fmt, words);
}

int snprintf(char *to, size_t room, const char *fmt, ...)
{
	va_list words;
	int r;

	va_start(words, fmt);
	r = own_vprint(to, room, fmt, words);
	va_end(words);
	return r;
}

/* ---- what nobody calls, in place of libc's, which would be linked in: 6 KiB of numbers, 1 of files ---- */

/* yajl has numbers as doubles for who asks; libocispec has them as text. */
double strtod(const char *text, char **end)
{
	(void)text;
	(void)end;
	__builtin_trap();
}

/* yajl's assertions; libc's would be told on standard error. */
_Noreturn void failed_assertion(void) __asm__("__assert_fail");

_Noreturn void failed_assertion(void)
{
	__builtin_trap();
}

/* ---- malloc(3) ---- */

void *malloc(size_t n)
{
	return own_alloc(n);
}

void *calloc(size_t n, size_t size)
{
	return own_zeroed(n, size);
}

void *realloc(void *p, size_t n)
{
	return own_resize(p, n);
}

void free(void *p)
{
	own_free(p);
}

int malloc_trim(size_t pad)
{
	(void)pad;
	own_trim();
	return 1;
}

/* ---- abort(3): musl's sends a signal to the thread that it was when the process began, not to the child of a clone3(2) ---- */

_Noreturn void end_process(void) __asm__("abort");

_Noreturn void end_process(void)
{
	signal_default(SIGABRT);
	(void)kill(getpid(), SIGABRT);
	__builtin_trap(); /* the first process of a pid namespace is spared the signal */
}
