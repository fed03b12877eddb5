/* SPDX-License-Identifier: Apache-2.0
 *
 * libs_direct - what shared libraries do for us where they are linked in: no process, the same verbs
 */
#include "kernel/libs.h"

#include <stdlib.h>

#include "libs/answer.h"

int libs_open(struct libs *l, const char *what, struct err *e)
{
	*l = (struct libs){ .what = what, .sock = -1, .own = calloc(1, sizeof(*l->own)) };
	return l->own != NULL ? 0 : err_memory(e);
}

int libs_call(struct libs *l, enum libs_verb verb, const struct buf *request, struct wire *reply, struct err *e)
{
	bool failed;

	*reply = (struct wire){ .failed = true };
	buf_free(&l->reply);
	if (request->failed)
		return err_memory(e);
	failed = libs_answer(l->own, verb, buf_text(request), request->len, &l->reply);
	return libs_take(l->what, failed, &l->reply, reply, e);
}

void libs_close(struct libs *l)
{
	if (l->own != NULL)
		libs_talk_end(l->own);
	free(l->own);
	l->own = NULL;
	buf_free(&l->reply);
}
