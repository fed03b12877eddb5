/* SPDX-License-Identifier: Apache-2.0
 *
 * log_record - one message in the form of whatever reads the log
 */
#include "base/log_record.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/err.h"
#include "base/num.h"
#include "base/stamp.h"

enum { FRAME_ROOM = 2048 }; /* what a record takes beside its text and ident, at most: a pointer may be all escapes */

/* syslog(3) */
static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", LOG_ERR },
	[LOG_LEVEL_WARN] = { "warning", LOG_WARNING },
	[LOG_LEVEL_INFO] = { "info", LOG_INFO },
	[LOG_LEVEL_DEBUG] = { "debug", LOG_DEBUG },
};

const char *log_level_name(enum log_level level)
{
	return levels[level].name;
}

/* A character below U+0100 of a JSON string, escaped unless it is plain ASCII. */
static size_t put_json_byte(char *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	if (c == '"' || c == '\\') {
		to[0] = '\\';
		to[1] = (char)c;
		return 2;
	}
	if (c >= 0x20 && c < 0x7f) {
		to[0] = (char)c;
		return 1;
	}
	memcpy(to, "\\u00", 4);
	to[4] = hex[c >> 4];
	to[5] = hex[c & 15];
	return 6;
}

/* Length of the valid UTF-8 sequence at s, 0 when there is none: overlong forms, surrogates and what is above U+10FFFF (RFC 3629). */
static size_t utf8_len(const unsigned char *s)
{
	const size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* Whether it is one of the control characters U+0080 to U+009F, which a terminal obeys as it does the others. */
static bool is_c1(const unsigned char *s)
{
	return s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0;
}

static size_t put_json_text(char *to, size_t room, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = 0;

	while (*s != '\0' && n + 8 < room) {
		size_t len = utf8_len(s);

		if (len > 1 && !is_c1(s)) {
			memcpy(to + n, s, len);
			n += len;
		} else {
			n += put_json_byte(to + n, len == 1 ? *s : len == 2 ? s[1] : '?');
		}
		s += len > 0 ? len : 1;
	}
	return n;
}

size_t log_put_plain(char *to, size_t room, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = 0;

	for (; *s != '\0' && n + 8 < room; s++) {
		bool c1 = is_c1(s);

		if (c1 || *s < 0x20 || *s == 0x7f)
			n += (size_t)snprintf(to + n, room - n, "\\u%04x", c1 ? *++s : *s);
		else
			to[n++] = (char)*s;
	}
	return n;
}

static size_t put_line(const struct log_record *r, char to[LOG_RECORD_MAX])
{
	char when[STAMP_ROOM];
	size_t n;

	stamp_text(r->seconds, r->nanoseconds, when);
	n = (size_t)snprintf(to, LOG_RECORD_MAX, "time=\"%s\" level=%s msg=\"", when, log_level_name(r->level));
	n += put_json_text(to + n, LOG_RECORD_MAX - n - FRAME_ROOM, r->text);
	return n + (size_t)snprintf(to + n, LOG_RECORD_MAX - n, "\"\n");
}

/* `,"KEY":"TEXT"`; nothing for an empty one. */
static size_t put_json_member(char *to, size_t room, const char *key, const char *text)
{
	size_t n;

	if (text == NULL || text[0] == '\0')
		return 0;
	n = (size_t)snprintf(to, room, ",\"%s\":\"", key);
	n += put_json_text(to + n, room - n - 2, text);
	to[n++] = '"';
	return n;
}

/* What a program wants to know of a failure, behind what runc's records have. */
static size_t put_json_error(char *to, size_t room, const struct err *e)
{
	size_t n = (size_t)snprintf(to, room, ",\"code\":%d", (int)e->kind);

	n += put_json_member(to + n, room - n, "op", e->op);
	if (e->sys != 0)
		n += (size_t)snprintf(to + n, room - n, ",\"errno\":%d", e->sys);
	n += put_json_member(to + n, room - n, "pointer", e->pointer);
	if (e->line != 0)
		n += (size_t)snprintf(to + n, room - n, ",\"line\":%u", e->line);
	return n;
}

static size_t put_json(const struct log_record *r, char to[LOG_RECORD_MAX])
{
	char when[STAMP_ROOM];
	size_t n = (size_t)snprintf(to, LOG_RECORD_MAX, "{\"level\":\"%s\",\"msg\":\"", log_level_name(r->level));

	stamp_text(r->seconds, r->nanoseconds, when);
	n += put_json_text(to + n, LOG_RECORD_MAX - n - FRAME_ROOM, r->text);
	n += (size_t)snprintf(to + n, LOG_RECORD_MAX - n, "\",\"time\":\"%s\"", when);
	if (r->error != NULL)
		n += put_json_error(to + n, LOG_RECORD_MAX - n - 2, r->error);
	return n + (size_t)snprintf(to + n, LOG_RECORD_MAX - n, "}\n");
}

/* As much of a text as there is room for. */
static size_t put_cut(char *to, size_t room, const char *text)
{
	size_t n = strnlen(text, room);

	memcpy(to, text, n);
	return n;
}

/* A field with its length before it, so that it may hold newlines: NAME, newline, 64 bits little endian, bytes, newline. */
static size_t put_journald(const struct log_record *r, char to[LOG_RECORD_MAX])
{
	size_t n = (size_t)snprintf(to, FRAME_ROOM, "PRIORITY=%d\nSYSLOG_IDENTIFIER=%.*s\nMESSAGE\n",
	                            levels[r->level].priority, FRAME_ROOM / 2, r->ident);
	size_t len = put_cut(to + n + 8, LOG_RECORD_MAX - n - 9, r->text);

	for (size_t i = 0; i < 8; i++)
		to[n + i] = (char)(len >> (8 * i));
	to[n + 8 + len] = '\n';
	return n + 9 + len;
}

/* syslog(3)'s own form; its time is local there, ours is UTC: daemons take their own. */
static size_t put_syslog(const struct log_record *r, char to[LOG_RECORD_MAX])
{
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	char when[STAMP_ROOM];
	const char *date = when; /* YEAR-MONTH-DAYT... */
	uint64_t year, month = 1, day = 1;
	size_t n;

	stamp_text(r->seconds, r->nanoseconds, when);
	(void)(num_take(&date, 10, UINT64_MAX, &year) && *date++ == '-' && num_take(&date, 10, 12, &month) &&
	       *date++ == '-' && num_take(&date, 10, 31, &day)); /* our own text */
	n = (size_t)snprintf(to, FRAME_ROOM, "<%d>%s %2u %.8s %.*s[%d]: ", LOG_DAEMON | levels[r->level].priority,
	                     months[(month - 1) % 12], (unsigned int)day, when + 11, FRAME_ROOM / 2, r->ident,
	                     getpid());
	return n + put_cut(to + n, LOG_RECORD_MAX - n, r->text);
}

size_t log_record_put(const struct log_record *r, enum log_format format, char to[LOG_RECORD_MAX])
{
	switch (format) {
	case LOG_TEXT: return put_line(r, to);
	case LOG_JSON: return put_json(r, to);
	case LOG_JOURNALD: return put_journald(r, to);
	case LOG_SYSLOGD: return put_syslog(r, to);
	}
	return 0;
}
