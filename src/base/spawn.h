/* SPDX-License-Identifier: Apache-2.0
 *
 * spawn - run another program to its end (hooks, newuidmap), or beside us (criu)
 *
 * The child is a session of its own; at the timeout its whole process group is killed. Its output is kept up to a bound and
 * reading never waits for an end of file once the child itself has ended (a grandchild may hold the pipe).
 */
#ifndef OCIRT_BASE_SPAWN_H
#define OCIRT_BASE_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

enum { SPAWN_OUTPUT_MAX = 2048 };

struct spawn {
	const char *path;        /* program, as for execve(2) */
	const char *const *argv; /* NULL-terminated; NULL: only the path */
	const char *const *envp; /* NULL-terminated; NULL: an empty environment */
	const void *input;       /* fed to standard input; NULL: /dev/null */
	size_t input_len;
	int timeout_ms;     /* -1: none */
	int out_fd, err_fd; /* where output goes; -1: kept in the result */
	/* The child's last act before execve(2): it shares our memory, so system calls only, and *e when one fails. NULL: none. */
	int (*last)(void *arg, struct err *e);
	void *last_arg;
	bool watched; /* when we are killed, what it has started ends, too (what left its group does not) */
};

struct spawn_result {
	int status;                 /* as of waitpid(2) */
	char out[SPAWN_OUTPUT_MAX]; /* standard output, cut, NUL-terminated */
	char err[SPAWN_OUTPUT_MAX]; /* standard error, likewise */
};

/*
 * Runs it with all descriptors above 2 closed, signals reset, and waits. 0 when it ended by itself with exit code 0.
 * Otherwise -1 and *e says why (not started, timed out, exit code or signal, with its output). result may be NULL.
 */
int spawn_run(const struct spawn *s, struct spawn_result *result, struct err *e) must_check;

/* A program that goes on beside us, in our session. */
struct spawn_beside {
	const char *path; /* program, as for execve(2) */
	int program; /* where above 0 the program itself, open: path is its name then, and it gets no other descriptors */
	const char *const *argv; /* NULL-terminated */
	int std[3];              /* its standard descriptors */
	const int *keep;         /* those that it gets under the numbers they have; n_keep of them */
	size_t n_keep;
};

/*
 * Starts it with our environment, signals reset and no other descriptors but those that are not close-on-exec. It is killed when
 * we end; its pid is the caller's to wait for.
 */
int spawn_beside(const struct spawn_beside *s, pid_t *pid, struct err *e) must_check;

enum { SPAWN_END_MAX = 96 };

/* How a child that waitpid(2) told of has ended: "killed by signal 9 (killed)", "exit status 1". */
void spawn_tell_end(int status, char to[SPAWN_END_MAX]);

/* The program of that name in $PATH (in the usual directories when there is none); to has PATH_MAX bytes. ERR_HOST: none. */
int spawn_find(const char *name, char *to, struct err *e) must_check;

#endif
