/* SPDX-License-Identifier: Apache-2.0
 *
 * record - the `state` file of a container: a line of fixed length, the intent, config.json
 *
 *	ocirt 1 PID START INTENT-LENGTH CONFIG-LENGTH CHECK\n
 *	{"version":1,"id":"c1", ...}\n
 *	{"ociVersion":"1.3.0", ...}
 *
 * One file, since every file of a container costs its start an inode twice. Everything but the first line is written before
 * `create` does anything else and never changed; PID and START are 0 until the commit, which is one write of the first line. Its
 * CHECK tells a reader who came in between to look again. The init stage gets the same file as its input.
 */
#ifndef OCIRT_INIT_RECORD_H
#define OCIRT_INIT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

enum { RECORD_LINE = 80 /* bytes of the first line, its newline included */ };

struct record {
	pid_t pid;          /* 0: not committed */
	uint64_t start;     /* of pid: field 22 of /proc/PID/stat */
	const char *intent; /* into the text that was parsed */
	size_t intent_len;
	const char *config;
	size_t config_len;
};

/* The first line. */
void record_line(const struct record *r, char to[RECORD_LINE + 1]);

/* The whole file. -1 when memory ran out. */
int record_write(const struct record *r, struct buf *to, struct err *e) must_check;

/* Takes a file apart; *r points into text. A line that is not whole, a wrong check or wrong lengths are errors. */
int record_parse(const char *text, size_t len, struct record *r, struct err *e) must_check;

#endif
