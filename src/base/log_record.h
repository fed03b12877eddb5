/* SPDX-License-Identifier: Apache-2.0
 *
 * log_record - one message in the form of whatever reads the log
 *
 * A text line and a JSON object a line for files; the datagrams of journald (systemd's JOURNAL_NATIVE_PROTOCOL) and of syslog
 * (RFC 3164, as syslog(3) of libc sends it to a local socket) for daemons.
 */
#ifndef OCIRT_BASE_LOG_RECORD_H
#define OCIRT_BASE_LOG_RECORD_H

#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* The first two can be asked for, the others come with their daemons. */
enum log_format { LOG_TEXT, LOG_JSON, LOG_JOURNALD, LOG_SYSLOGD };

enum { LOG_RECORD_MAX = 8192 };

struct err;

struct log_record {
	enum log_level level;
	const char *text;
	const struct err *error; /* a JSON record tells its members as well; NULL: it is none */
	const char *ident;       /* who says it, for the daemons */
	int64_t seconds;         /* since the epoch */
	int32_t nanoseconds;
};

/* "error", "warning", "info", "debug" */
const char *log_level_name(enum log_level level);

/* Makes the record and returns its length, at most LOG_RECORD_MAX; a text that is longer is cut. */
size_t log_record_put(const struct log_record *r, enum log_format format, char to[LOG_RECORD_MAX]);

/*
 * For people at a terminal: as it is, but control characters as \uXXXX (the C1 ones in UTF-8, too), for what config.json says is
 * quoted in errors. Returns how many bytes were put; what has no room is cut.
 */
size_t log_put_plain(char *to, size_t room, const char *text);

#endif
