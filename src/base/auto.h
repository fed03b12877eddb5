/* SPDX-License-Identifier: Apache-2.0
 *
 * auto - resources that end with their scope
 *
 *	auto_fd int fd = open(...);		closed at the end of the block unless it is -1
 *	return steal_fd(&fd);			handed over instead
 *
 * close(2) is never retried: on Linux the descriptor is gone whatever it returns.
 */
#ifndef OCIRT_BASE_AUTO_H
#define OCIRT_BASE_AUTO_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void auto_close_(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline void auto_free_(void *p)
{
	free(*(void **)p);
}

static inline void auto_closedir_(DIR *const *d)
{
	if (*d != NULL)
		(void)closedir(*d);
}

static inline void auto_fclose_(FILE *const *f)
{
	if (*f != NULL)
		(void)fclose(*f);
}

#define auto_fd __attribute__((cleanup(auto_close_)))
#define auto_free __attribute__((cleanup(auto_free_)))
#define auto_dir __attribute__((cleanup(auto_closedir_)))
#define auto_file __attribute__((cleanup(auto_fclose_)))

/* For a function with large buffers: they are not to lie on the stack of a caller that lives long (gcc would inline it). */
#define own_frame __attribute__((noinline))

#define must_check __attribute__((warn_unused_result))

/* Hands the descriptor over: *fd is -1 afterwards. */
static inline int steal_fd(int *fd)
{
	int v = *fd;

	*fd = -1;
	return v;
}

static inline void *steal_ptr_(void **p)
{
	void *v = *p;

	*p = NULL;
	return v;
}
#define steal_ptr(p) ((__typeof__(*(p)))steal_ptr_((void **)(p)))

/* Closes *fd now, if it is open, and makes it -1. */
static inline void fd_drop(int *fd)
{
	auto_close_(fd);
	*fd = -1;
}

#define array_len(a) (sizeof(a) / sizeof((a)[0]))

#endif
