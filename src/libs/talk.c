/* SPDX-License-Identifier: Apache-2.0
 *
 * talk - what the verbs of ocirt-libs are given: one who asks
 */
#include "libs/talk.h"

#include <stdarg.h>

int libs_garbled(struct err *e)
{
	return err_set(e, "ocirt-libs was asked for something that is cut or none of its verbs");
}

void libs_log(struct libs_talk *t, const char *fmt, ...)
{
	auto_buf struct buf text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	if (buf_text(&text) == NULL)
		return;
	wire_put_text(&t->log, text.data);
	t->n_log++;
}
