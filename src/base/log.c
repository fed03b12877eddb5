/* SPDX-License-Identifier: Apache-2.0
 *
 * log - the one sink for messages: standard error and, if asked, a file or a log daemon
 */
#include "base/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/err.h"

/* The log's sink: the one mutable object of file scope in the program. */
static struct {
	enum log_level level;
	struct log_sink to;
} sink = { .level = LOG_LEVEL_WARN, .to = { .format = LOG_TEXT, .fd = -1 } };

/* Where a daemon listens for datagrams, and the word before the identifier. */
static const struct daemon {
	const char *word;
	const char *socket;
	enum log_format format;
} daemons[] = {
	{ "journald:", "/run/systemd/journal/socket", LOG_JOURNALD },
	{ "syslog:", "/dev/log", LOG_SYSLOGD },
};

void log_set_level(enum log_level level)
{
	sink.level = level;
}

enum log_level log_get_level(void)
{
	return sink.level;
}

static int open_daemon(const struct daemon *d, const char *ident, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct log_sink s = { .format = d->format };

	if (*ident == '\0' || strlen(ident) >= sizeof(s.ident))
		return err_kind(e, ERR_USAGE, "log %s%s: expected a name of 1 to %zu bytes behind the colon", d->word,
		                ident, sizeof(s.ident) - 1);
	for (const char *p = ident; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return err_kind(e, ERR_USAGE, "log %s%s: no blanks or control characters in a name", d->word,
			                ident);
	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", d->socket); /* both fit */
	(void)snprintf(s.ident, sizeof(s.ident), "%s", ident);             /* looked at above */
	s.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s.fd < 0)
		return err_sys(e, "make a socket for the log");
	if (connect(s.fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		(void)err_sys(e, "log %s%s: connect to %s", d->word, ident, d->socket); /* -1 is what is returned */
		(void)close(s.fd);
		return -1;
	}
	log_use(&s);
	return 0;
}

int log_open(const char *to, enum log_format format, struct err *e)
{
	static const char file_word[] = "file:";
	struct log_sink s = { .format = format };

	for (const struct daemon *d = daemons; d < daemons + array_len(daemons); d++)
		if (strncmp(to, d->word, strlen(d->word)) == 0)
			return open_daemon(d, to + strlen(d->word), e);
	if (strncmp(to, file_word, sizeof(file_word) - 1) == 0)
		to += sizeof(file_word) - 1;
	s.fd = open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
	if (s.fd < 0)
		return err_sys(e, "open log file %s", to);
	log_use(&s);
	return 0;
}

void log_use(const struct log_sink *to)
{
	sink.to = *to;
}

struct log_sink log_get(void)
{
	return sink.to;
}

static void tell_record(int fd, enum log_format format, enum log_level level, const char *text, const struct err *error)
{
	struct log_record r = { .level = level, .text = text, .error = error, .ident = sink.to.ident };
	char record[LOG_RECORD_MAX];
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
	r.seconds = now.tv_sec;
	r.nanoseconds = (int32_t)now.tv_nsec;
	(void)!write(fd, record, log_record_put(&r, format, record)); /* there is nobody left to tell */
}

static void tell_log(enum log_level level, const char *text, const struct err *error)
{
	if (sink.to.fd >= 0)
		tell_record(sink.to.fd, sink.to.format, level, text, error);
}

static void tell_stderr(enum log_level level, const char *text, const struct err *error)
{
	bool is_log = sink.to.fd < 0 && sink.to.format == LOG_JSON;
	char line[LOG_RECORD_MAX];
	size_t n;

	if (is_log || level == LOG_LEVEL_DEBUG) {
		tell_record(STDERR_FILENO, is_log ? LOG_JSON : LOG_TEXT, level, text, error);
		return;
	}
	if (level == LOG_LEVEL_ERROR)
		n = (size_t)snprintf(line, sizeof(line), "ocirt: ");
	else
		n = (size_t)snprintf(line, sizeof(line), "ocirt: %s: ", log_level_name(level));
	n += log_put_plain(line + n, sizeof(line) - n - 1, text);
	line[n++] = '\n';
	(void)!write(STDERR_FILENO, line, n); /* there is nobody left to tell */
}

__attribute__((format(printf, 2, 0))) static void tell(enum log_level level, const char *fmt, va_list ap)
{
	char text[ERR_TEXT_MAX];

	if (level > sink.level)
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* a cut tail is still told */
	tell_log(level, text, NULL);
	if (sink.to.fd < 0 || level == LOG_LEVEL_ERROR)
		tell_stderr(level, text, NULL);
}

#define TELL(level, fmt)              \
	do {                          \
		va_list ap;           \
		va_start(ap, fmt);    \
		tell(level, fmt, ap); \
		va_end(ap);           \
	} while (0)

void log_debug_told(const char *fmt, ...)
{
	TELL(LOG_LEVEL_DEBUG, fmt);
}

void log_info(const char *fmt, ...)
{
	TELL(LOG_LEVEL_INFO, fmt);
}

void log_warn(const char *fmt, ...)
{
	TELL(LOG_LEVEL_WARN, fmt);
}

void log_error(const struct err *e)
{
	tell_log(LOG_LEVEL_ERROR, e->text, e);
	tell_stderr(LOG_LEVEL_ERROR, e->text, e);
}
