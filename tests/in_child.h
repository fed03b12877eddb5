/* SPDX-License-Identifier: Apache-2.0
 *
 * in_child - what changes the process that does it, done in a child, so that the test stays what it is
 */
#ifndef OCIRT_TESTS_IN_CHILD_H
#define OCIRT_TESTS_IN_CHILD_H

#include <stdio.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: when the condition does not hold its line is told, and the child ends with 1. */
#define want(condition)                                    \
	do {                                               \
		if (!(condition)) {                        \
			dprintf(2, "line %d\n", __LINE__); \
			_exit(1);                          \
		}                                          \
	} while (0)

/* The wait status of a child that acts: 0 when all that it wanted held. -1: there was none. */
static inline int child_status(void (*act)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		act();
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

#endif
