/* SPDX-License-Identifier: Apache-2.0
 *
 * pointer - JSON pointers into config.json, as operations of a plan keep them (RFC 6901), and other texts of a plan
 */
#include "plan/pointer.h"

#include <stdarg.h>
#include <stddef.h>

#include "base/buf.h"

static const char *keep(struct arena *a, const struct buf *b, struct err *e)
{
	const char *text = buf_text(b) != NULL ? arena_strndup(a, buf_text(b), b->len) : NULL;

	if (text == NULL)
		(void)err_memory(e); /* NULL is what is returned */
	return text;
}

const char *plan_string(struct arena *a, struct err *e, const char *fmt, ...)
{
	auto_buf struct buf b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return keep(a, &b, e);
}

const char *pointer_key(struct arena *a, struct err *e, const char *base, const char *key)
{
	auto_buf struct buf b = { 0 };

	buf_printf(&b, "%s/", base);
	for (; *key != '\0'; key++) {
		if (*key == '~')
			buf_puts(&b, "~0");
		else if (*key == '/')
			buf_puts(&b, "~1");
		else
			buf_put(&b, key, 1);
	}
	return keep(a, &b, e);
}
