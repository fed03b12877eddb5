/* SPDX-License-Identifier: Apache-2.0
 *
 * err - one failure, told once, with the place in config.json that asked for it
 */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/reason.h"

void err_clear(struct err *e)
{
	e->kind = ERR_OTHER;
	e->sys = 0;
	e->placed = false;
	e->exit_code = 0;
	e->op = NULL;
	e->line = 0;
	e->pointer[0] = '\0';
	e->text[0] = '\0';
}

__attribute__((format(printf, 4, 0))) static void fill(struct err *e, enum err_kind kind, int num, const char *fmt,
                                                       va_list ap)
{
	int n;

	err_clear(e);
	e->kind = kind;
	e->sys = num;
	n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	if (num == 0 || n < 0 || (size_t)n >= sizeof(e->text))
		return;
	(void)snprintf(e->text + n, sizeof(e->text) - (size_t)n, ": %s",
	               words_of_error(num)); /* a cut tail is still told */
}

int err_sys(struct err *e, const char *fmt, ...)
{
	int num = errno;
	va_list ap;

	va_start(ap, fmt);
	fill(e, ERR_OTHER, num, fmt, ap);
	va_end(ap);
	errno = num;
	return -1;
}

int err_num(struct err *e, int num, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, ERR_OTHER, num, fmt, ap);
	va_end(ap);
	return -1;
}

int err_set(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, ERR_OTHER, 0, fmt, ap);
	va_end(ap);
	return -1;
}

int err_memory(struct err *e)
{
	(void)err_set(e, "out of memory"); /* -1 is what is returned */
	e->sys = ENOMEM;
	return -1;
}

int err_kind(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, kind, 0, fmt, ap);
	va_end(ap);
	return -1;
}

int err_config(struct err *e, const char *pointer, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, ERR_CONFIG, 0, fmt, ap);
	va_end(ap);
	(void)snprintf(e->pointer, sizeof(e->pointer), "%s", pointer); /* longer ones point at the parent */
	return -1;
}

int err_in(struct err *e, const char *fmt, ...)
{
	char old[ERR_TEXT_MAX];
	va_list ap;
	int n;

	memcpy(old, e->text, strnlen(e->text, sizeof(old) - 1) + 1);
	old[sizeof(old) - 1] = '\0';
	va_start(ap, fmt);
	n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(e->text))
		(void)snprintf(e->text + n, sizeof(e->text) - (size_t)n, ": %.*s", (int)sizeof(old) - 8,
		               old); /* a cut tail is still told */
	return -1;
}

int err_at(struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (e->pointer[0] != '\0')
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf(e->pointer, sizeof(e->pointer), fmt, ap); /* longer ones point at the parent */
	va_end(ap);
	return -1;
}
