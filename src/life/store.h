/* SPDX-License-Identifier: Apache-2.0
 *
 * store - the state root: one directory a container, `ROOT/ID` (0700)
 *
 *	state		what was asked for and will be made, config.json's private copy, and, from the commit on, the process
 *			(init/record.h); written whole before the first side effect
 *	start		listening socket of the waiting init; taken away by start
 *	rootfs		the place of the root file system of a container that has no mount namespace made for it
 *	notify		the directory of the container's own NOTIFY_SOCKET, if there is one (life/notify.h)
 *
 * mkdir(2) of the directory is what makes an id unique; flock(2) on the directory is the lock of a verb that changes something.
 * All access is relative to its fd, opened O_NOFOLLOW. Nothing else is ever read or written there.
 */
#ifndef OCIRT_LIFE_STORE_H
#define OCIRT_LIFE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"
#include "init/record.h"
#include "libocispec/arena.h"
#include "libocispec/oci_state.h"
#include "plan/intent.h"

/* One opened entry. */
struct container {
	const char *id;      /* the caller's */
	int root_fd, dir_fd; /* -1 when not open */
	int state_fd;        /* of a container that is being created; -1 */
	bool locked;
	struct arena *arena;    /* the caller's; the intent lives in it */
	bool has_intent;        /* false: killed before it was written, or all copies are broken */
	bool lost;              /* the intent is the note's (life/note.h), the state file is broken or gone */
	bool blank;             /* there is no state file */
	char intent_error[256]; /* what is wrong with the state file */
	struct intent intent;
	bool has_process;
	pid_t pid;
	uint64_t start;       /* start time of pid */
	bool waiting;         /* the start socket is there */
	struct record record; /* of one that is being created: what its state file says */
};

#define CONTAINER_NONE                                      \
	{                                                   \
		.root_fd = -1, .dir_fd = -1, .state_fd = -1 \
	}

/* [A-Za-z0-9_+.-]+, at most 255 bytes, not `.` or `..`; else ERR_USAGE. */
int store_check_id(const char *id, struct err *e) must_check;

/* err_sys for a path of the state: "WHAT PATH: ", and where a user can have a place of his own if that is what is wrong. Returns -1. */
int store_sys(struct err *e, const char *what, const char *path);

/* Makes ROOT (0700, with its parents) and ROOT/ID and locks it. ERR_EXISTS when the id is in use. */
int store_create(const char *root, const char *id, struct arena *a, struct container *c, struct err *e) must_check;

/*
 * Opens ROOT/ID and reads its state. ERR_NOT_FOUND when it does not exist. A broken entry opens too; one that somebody else owns or
 * may write to does not: root would do what they say.
 */
int store_open(const char *root, const char *id, struct arena *a, struct container *c, struct err *e) must_check;

/* Reads the state again (after a lock was got). */
int store_reload(struct container *c, struct err *e) must_check;

/* Closes what is open; the lock goes with it. Nothing is removed. */
void store_close(struct container *c);
#define auto_container __attribute__((cleanup(store_close)))

/*
 * Waits up to timeout_ms (-1: for ever, 0: only tries) for the exclusive lock. 1 got, 0 not got in time, -1 with *e filled
 * (ERR_NOT_FOUND when the entry was removed meanwhile).
 */
int store_lock(struct container *c, int timeout_ms, struct err *e) must_check;

/* Gives the lock back. */
void store_unlock(struct container *c);

/* Notes the intent and writes the state file whole; c->state_fd is it. */
int store_put_record(struct container *c, const struct record *r, struct err *e) must_check;

/* The commit of create: notes the process in the state file. */
int store_commit(struct container *c, pid_t pid, uint64_t start, struct err *e) must_check;

/* The private copy of config.json; malloc'ed. */
int store_get_config(const struct container *c, char **text, size_t *len, struct err *e) must_check;

/* Binds and listens at `start`; the fd. */
int store_listen(struct container *c, struct err *e) must_check;

/* Connects to it. -1 with errno ECONNREFUSED: nobody waits there any more. */
int store_connect(const struct container *c, struct err *e) must_check;

/* Takes the start socket away; gone is fine. */
int store_unlink_start(struct container *c, struct err *e) must_check;

/* Makes the directory that the root file system is to be mounted on; *path is its absolute path, in the arena. */
int store_make_place(struct container *c, const char **path, struct err *e) must_check;

/* Takes everything away that is mounted there, and then the directory; gone is fine. */
int store_clear_place(struct container *c, struct err *e) must_check;

/*
 * -1 when the state file is broken or gone, which leaves no more to be done than to take the container away. Where it is gone whoever
 * is making or deleting the container is waited for, unless the lock is ours, and it is read again.
 */
int store_need_record(struct container *c, struct err *e) must_check;

/* 1 when it was made before this boot: none of its processes and groups is left, whatever bears their names. */
int store_earlier_boot(const struct container *c, struct err *e) must_check;

/* Removes all files, empty directories, and the directory. What is not there is fine; a directory that holds something makes it fail. */
int store_remove(struct container *c, struct err *e) must_check;

/* The status, from the files and the kernel (creating, created, running, stopped; not paused, which asks the cgroup). */
int store_status(const struct container *c, enum oci_status *status, struct err *e) must_check;

#endif
