/* SPDX-License-Identifier: Apache-2.0
 *
 * log - the one sink for messages: standard error and, if asked, a file
 */
#include "base/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/stamp.h"

enum { RECORD_MAX = 8192 };

/* The log's sink: the one mutable object of file scope in the program. */
static struct {
	enum log_level level;
	enum log_format format;
	int fd;
} sink = { .level = LOG_LEVEL_WARN, .format = LOG_TEXT, .fd = -1 };

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

void log_set_level(enum log_level level)
{
	sink.level = level;
}

enum log_level log_get_level(void)
{
	return sink.level;
}

int log_open(const char *path, enum log_format format, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);

	if (fd < 0)
		return err_sys(e, "open log file %s", path);
	log_use_fd(fd, format);
	return 0;
}

void log_use_fd(int fd, enum log_format format)
{
	sink.fd = fd;
	sink.format = format;
}

int log_fd(void)
{
	return sink.fd;
}

enum log_format log_get_format(void)
{
	return sink.format;
}

/* Appends one byte of a JSON string, escaped; invalid UTF-8 cannot be told apart here and is masked above 0x7f. */
static size_t put_json_byte(char *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	if (c == '"' || c == '\\') {
		to[0] = '\\';
		to[1] = (char)c;
		return 2;
	}
	if (c >= 0x20 && c != 0x7f) {
		to[0] = (char)c;
		return 1;
	}
	memcpy(to, "\\u00", 4);
	to[4] = hex[c >> 4];
	to[5] = hex[c & 15];
	return 6;
}

/* Length of the valid UTF-8 sequence at s, 0 when there is none. */
static size_t utf8_len(const unsigned char *s)
{
	size_t n = s[0] < 0x80                   ? 1
	           : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
	           : (s[0] & 0xf0) == 0xe0       ? 3
	           : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
	                                         : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static size_t put_json_text(char *to, size_t room, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = 0;

	while (*s != '\0' && n + 8 < room) {
		size_t len = utf8_len(s);

		if (len > 1) {
			memcpy(to + n, s, len);
			n += len;
			s += len;
			continue;
		}
		n += put_json_byte(to + n, len == 1 ? *s : '?');
		s++;
	}
	return n;
}

static void tell_file(enum log_level level, const char *text)
{
	char when[STAMP_ROOM], line[RECORD_MAX];
	size_t n;

	if (sink.fd < 0)
		return;
	stamp_now(when);
	if (sink.format == LOG_JSON) {
		n = (size_t)snprintf(line, sizeof(line), "{\"level\":\"%s\",\"msg\":\"", level_names[level]);
		n += put_json_text(line + n, sizeof(line) - n - 64, text);
		n += (size_t)snprintf(line + n, sizeof(line) - n, "\",\"time\":\"%s\"}\n", when);
	} else {
		n = (size_t)snprintf(line, sizeof(line) - 1, "time=\"%s\" level=%s msg=\"", when, level_names[level]);
		n += put_json_text(line + n, sizeof(line) - n - 64, text);
		n += (size_t)snprintf(line + n, sizeof(line) - n, "\"\n");
	}
	(void)!write(sink.fd, line, n); /* there is nobody left to tell */
}

static void tell_stderr(enum log_level level, const char *text)
{
	char line[RECORD_MAX];
	int n;

	if (level == LOG_LEVEL_ERROR)
		n = snprintf(line, sizeof(line), "ocirt: %s\n", text);
	else
		n = snprintf(line, sizeof(line), "ocirt: %s: %s\n", level_names[level], text);
	if (n >= (int)sizeof(line)) {
		n = sizeof(line) - 1;
		line[n - 1] = '\n';
	}
	(void)!write(STDERR_FILENO, line, (size_t)n); /* there is nobody left to tell */
}

__attribute__((format(printf, 2, 0))) static void tell(enum log_level level, const char *fmt, va_list ap)
{
	char text[ERR_TEXT_MAX];

	if (level > sink.level)
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* a cut tail is still told */
	tell_file(level, text);
	if (sink.fd < 0 || level == LOG_LEVEL_ERROR)
		tell_stderr(level, text);
}

#define TELL(level, fmt)              \
	do {                          \
		va_list ap;           \
		va_start(ap, fmt);    \
		tell(level, fmt, ap); \
		va_end(ap);           \
	} while (0)

void log_debug(const char *fmt, ...)
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
	tell_file(LOG_LEVEL_ERROR, e->text);
	tell_stderr(LOG_LEVEL_ERROR, e->text);
}
