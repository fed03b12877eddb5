/* SPDX-License-Identifier: Apache-2.0
 *
 * log - the one sink for messages: standard error and, if asked, a file
 *
 * Only the outermost function of a program tells an error (log_error); everything below fills a struct err. Warnings and
 * debug records may be told anywhere but never in place of an error. At the default level a successful command writes
 * nothing at all: engines take our standard error for the container's (cli-compat: "on success print nothing").
 */
#ifndef OCIRT_BASE_LOG_H
#define OCIRT_BASE_LOG_H

#include <stdbool.h>

struct err;

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

/* The level from which on records are told; LOG_LEVEL_WARN at first. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/*
 * Appends records to the file at path too (created 0644, O_APPEND | O_CLOEXEC), as text lines or JSON objects one a line
 * with `level`, `msg`, `time` (RFC 3339). Standard error gets plain text in any case. Returns -1 with *e filled.
 */
int log_open(const char *path, enum log_format format, struct err *e);

/* Takes an fd over as the log file (the init stage gets its parent's); -1 ends logging to a file. */
void log_use_fd(int fd, enum log_format format);
/* The log file's fd, -1 when there is none. */
int log_fd(void);
enum log_format log_get_format(void);

/* One record of that level; to standard error only where there is no log file. */
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* see log_debug */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* see log_debug */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Tells a failure: `ocirt: TEXT` in one write(2) to standard error, one record in the file. */
void log_error(const struct err *e);

#endif
