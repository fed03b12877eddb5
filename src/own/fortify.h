/* SPDX-License-Identifier: Apache-2.0
 *
 * fortify - the sizes that are given to libc are held against the objects that it is to fill: what glibc's _FORTIFY_SOURCE does
 *
 * musl has nothing of the kind. Included before everything else in what is compiled for it (OWN_CPPFLAGS in Makefile.am). A size that
 * the compiler knows to fit costs nothing; one that does not ends the process at once (SIGILL). What is no object of a known size, a
 * pointer from anywhere, is let through.
 */
#ifndef OCIRT_OWN_FORTIFY_H
#define OCIRT_OWN_FORTIFY_H

#include <sched.h> /* musl declares memcpy there once more */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#if (defined(__OPTIMIZE__) && !defined(__GLIBC__)) || defined(FORTIFY_TESTED)

/* n, which is at most room. */
static inline __attribute__((always_inline)) size_t fortify_room(size_t n, size_t room)
{
	if (n > room)
		__builtin_trap();
	return n;
}

/* Of the whole object that is pointed into; of the member or array alone, for texts. Neither is evaluated. */
#define FORTIFY(to, n) fortify_room((n), __builtin_dynamic_object_size((to), 0))
#define FORTIFY_TEXT(to, n) fortify_room((n), __builtin_dynamic_object_size((to), 1))

/* libc's own are meant behind these names: a macro is not looked for in itself. */
#define memcpy(to, from, n) memcpy(to, from, FORTIFY(to, n))
#define memmove(to, from, n) memmove(to, from, FORTIFY(to, n))
#define memset(to, byte, n) memset(to, byte, FORTIFY(to, n))
#define snprintf(to, n, ...) snprintf(to, FORTIFY_TEXT(to, n), __VA_ARGS__)
#define vsnprintf(to, n, fmt, words) vsnprintf(to, FORTIFY_TEXT(to, n), fmt, words)
#define fgets(to, n, from) fgets(to, (int)FORTIFY_TEXT(to, (size_t)(n)), from)
#define getcwd(to, n) getcwd(to, FORTIFY_TEXT(to, n))
#define readlink(path, to, n) readlink(path, to, FORTIFY_TEXT(to, n))
#define readlinkat(dir, path, to, n) readlinkat(dir, path, to, FORTIFY_TEXT(to, n))
#define read(fd, to, n) read(fd, to, FORTIFY(to, n))
#define pread(fd, to, n, at) pread(fd, to, FORTIFY(to, n), at)
#define recv(sock, to, n, flags) recv(sock, to, FORTIFY(to, n), flags)

#endif
#endif
