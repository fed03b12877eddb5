/* SPDX-License-Identifier: Apache-2.0
 *
 * log - the one sink for messages: standard error and, if asked, a file or a log daemon
 *
 * Only the outermost function of a program tells an error (log_error); everything below fills a struct err. Warnings and
 * debug records may be told anywhere but never in place of an error. At the default level a successful command writes
 * nothing at all: engines take our standard error for the container's (cli-compat: "on success print nothing").
 */
#ifndef OCIRT_BASE_LOG_H
#define OCIRT_BASE_LOG_H

#include <stdbool.h>

#include "base/log_record.h"

struct err;

/* The level from which on records are told; LOG_LEVEL_WARN at first. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

enum { LOG_IDENT_MAX = 64 };

/*
 * Sends records to `to` as well: a file, PATH or file:PATH (created 0644, O_APPEND | O_CLOEXEC), as text lines or JSON objects one a
 * line with `level`, `msg`, `time` (RFC 3339); or journald:IDENT or syslog:IDENT, the socket of that daemon (--log-format means
 * nothing to it). Errors go to standard error as well, as plain text. Returns -1 with *e filled.
 */
int log_open(const char *to, enum log_format format, struct err *e);

/* What is handed on to a stage of our own: an open sink. ident is for the daemons, "" elsewhere. */
struct log_sink {
	enum log_format format;
	int fd; /* -1: none */
	char ident[LOG_IDENT_MAX];
};

/* Takes a sink over (the init stage gets its parent's); {.fd = -1} ends it, with LOG_JSON standard error is the log and gets records. */
void log_use(const struct log_sink *sink);
struct log_sink log_get(void);

/* One record of that level; to standard error only where there is no log. Of a debug record that is not told nothing is evaluated. */
void log_debug_told(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define log_debug(...) (log_get_level() >= LOG_LEVEL_DEBUG ? log_debug_told(__VA_ARGS__) : (void)0)
/* see log_debug */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* see log_debug */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Tells a failure: `ocirt: TEXT` in one write(2) to standard error, one record in the log. */
void log_error(const struct err *e);

#endif
