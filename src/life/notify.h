/* SPDX-License-Identifier: Apache-2.0
 *
 * notify - tells our caller's service manager that the container is ready: sd_notify(3)
 *
 * With $NOTIFY_SOCKET in our environment the container gets one of its own, in a directory of the state directory that is shown
 * read-only at /run/notify; the socket is made when the container starts. Of what comes there only READY=1 is passed on, in words of
 * ours: the manager takes orders at its socket (MAINPID, FDSTORE, WATCHDOG) that are not the container's to give. Whoever returns
 * (start, run --detach) waits for it, or for the container's end, and says which process stays: MAINPID. Whoever stays (run) passes it
 * on meanwhile and remains the main process itself. All this is runc's; an executed process gets none of it.
 */
#ifndef OCIRT_LIFE_NOTIFY_H
#define OCIRT_LIFE_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"
#include "life/store.h"

/* The caller's address, NULL when there is none, one of a kind that we do not know, or a path where there is no socket. */
const char *notify_wanted(void);

/* The absolute path of the directory that the container gets, in the arena; NULL: out of memory. */
const char *notify_dir(const char *root, const char *id, struct arena *a);

/* Makes it. It goes with the state directory. */
int notify_make_dir(const struct container *c, struct err *e) must_check;

/* Makes the container's socket, in place of an earlier one. Returns the fd. */
int notify_open(const struct container *c, struct err *e) must_check;

/* Whether a message has the line READY=1. */
bool notify_is_ready(const char *text, size_t len);

/* Takes the messages that wait at the socket, but not all of a flood; true when one was that. */
bool notify_came(int sock);

/*
 * Says READY=1 to the caller's address, with MAINPID unless pid is 0; then waits, a few seconds at most, until that was read. A failure is
 * warned about: the container runs.
 */
void notify_tell(pid_t pid);

/* Waits for READY=1 and tells it, or for the end of the process. */
int notify_wait(int sock, int pidfd, pid_t pid, struct err *e) must_check;

#endif
