/* SPDX-License-Identifier: Apache-2.0
 *
 * err - one failure, told once, with the place in config.json that asked for it
 *
 * A function that can fail takes `struct err *e` last, returns -1 (or an fd of -1, or NULL) and has filled *e exactly
 * once, where it happened. A caller either handles it or adds in front what only it knows:
 *
 *	fd = open(path, O_RDONLY | O_CLOEXEC);
 *	if (fd < 0)
 *		return err_sys(e, "open %s", path);
 *	...
 *	if (mount_apply(&op, e) < 0)
 *		return err_in(e, "mount %s", op.dst);
 *
 * The result reads from the outside in: `mount /data: open /nope: No such file or directory`.
 */
#ifndef OCIRT_BASE_ERR_H
#define OCIRT_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	ERR_TEXT_MAX = 4096,   /* longest text kept, its NUL included; the tail is what is cut */
	ERR_POINTER_MAX = 256, /* longest JSON pointer kept */
};

/* What a machine may want to tell apart; the numbers are stable (they go to the JSON log as `code`). */
enum err_kind {
	ERR_OTHER = 0,
	ERR_USAGE = 1,     /* words of the command line */
	ERR_CONFIG = 2,    /* config.json asks for something wrong; pointer says where */
	ERR_HOST = 3,      /* right, but this host cannot do it */
	ERR_NOT_FOUND = 4, /* no such container */
	ERR_EXISTS = 5,    /* the id is in use */
	ERR_STATUS = 6,    /* the verb is not allowed in the container's status */
	ERR_PROGRAM = 7,   /* the program to run: missing or not executable */
	ERR_HOOK = 8,      /* a hook failed */
};

struct err {
	enum err_kind kind;
	int sys;                       /* errno that was met, 0 when none */
	bool placed;                   /* the text says already where the pointer stands (FILE:LINE:COLUMN) */
	const char *op;                /* the command that failed; NULL: none was reached */
	unsigned int line;             /* of config.json; 0 when none is to blame, or nobody has looked yet */
	int exit_code;                 /* what the process should end with; 0 = the caller's choice */
	char pointer[ERR_POINTER_MAX]; /* JSON pointer into config.json, "" when none */
	char text[ERR_TEXT_MAX];
};

/* An empty error; the texts are left as they are but for their first byte. */
void err_clear(struct err *e);

/* Says what was tried and appends the words of errno (reason.h). Keeps errno. Returns -1. */
int err_sys(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same with errno given by hand (for calls that return it). Returns -1. */
int err_num(struct err *e, int num, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* A failure without an errno. Returns -1. */
int err_set(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Memory ran out: "out of memory", sys is ENOMEM. Returns -1. */
int err_memory(struct err *e);

/* A failure of a kind, without an errno. Returns -1. */
int err_kind(struct err *e, enum err_kind kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * A mistake in config.json at a JSON pointer. The pointer is kept apart, so that whoever has the text of the document
 * can put `config.json:LINE:COLUMN: /pointer: ` in front (config_error_place). Returns -1.
 */
int err_config(struct err *e, const char *pointer, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts `fmt: ` in front of a text that is already there. Returns -1. */
int err_in(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Notes the JSON pointer of a failure that is already told, unless a deeper caller noted one. Returns -1. */
int err_at(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
