/* SPDX-License-Identifier: Apache-2.0
 *
 * sync - the protocol between a runtime process and the init stage (sync.def tells it)
 */
#ifndef OCIRT_INIT_SYNC_H
#define OCIRT_INIT_SYNC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

enum sync_type {
	SYNC_NONE,
#define SYNC(name, sender, payload, why) SYNC_##name,
#include "init/sync.def"
#undef SYNC
	SYNC_TYPES,
};

enum { SYNC_PAYLOAD_MAX = ERR_TEXT_MAX + ERR_POINTER_MAX + 64 };

struct sync_go {
	int32_t pid; /* of the stage as its parent sees it */
};

struct sync_failed {
	int32_t kind, sys, exit_code;
	uint32_t line;
	char pointer[ERR_POINTER_MAX];
	char text[ERR_TEXT_MAX]; /* sent up to its NUL only */
};

struct sync_msg {
	enum sync_type type;
	size_t len;
	int fd; /* that came along, owned by the receiver; -1 */
	union {
		struct sync_go go;
		struct sync_failed failed;
		int32_t number; /* pid of FORKED, index of SOURCE */
		char text[SYNC_PAYLOAD_MAX];
	} payload;
};

/* "GO", for errors and debug records. */
const char *sync_name(enum sync_type type);

/* Sends one message, with fd beside it unless -1. */
int sync_send(int sock, enum sync_type type, const void *payload, size_t len, int fd, struct err *e) must_check;

/* The same, but that the peer is gone is no error: whoever receives next is told why. */
int sync_post(int sock, enum sync_type type, const void *payload, size_t len, int fd, struct err *e) must_check;

/* Sends FAILED with the whole error. Best effort: nobody may be listening any more. */
void sync_fail(int sock, const struct err *e);

/*
 * Waits for the next message. 1 with *m filled; 0 at the end of the stream (the peer is gone); -1 with *e filled: the socket's
 * error, a message that is none, or the error that a FAILED message carried.
 */
int sync_recv(int sock, struct sync_msg *m, struct err *e) must_check;

/* Waits for one type of message and no other; the end of the stream is an error too. An fd that came along is in *fd or closed. */
int sync_expect(int sock, enum sync_type type, int *fd, struct err *e) must_check;

/* A connected pair, both close-on-exec. */
int sync_pair(int sock[2], struct err *e) must_check;

#endif
