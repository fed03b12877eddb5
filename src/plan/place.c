/* SPDX-License-Identifier: Apache-2.0
 *
 * place - where in config.json an error comes from
 */
#include "plan/place.h"

#include <stdio.h>
#include <string.h>

int place_error(struct err *e, const char *name, const char *text, size_t len)
{
	struct json_place place;

	if (e->pointer[0] == '\0' || e->placed || text == NULL)
		return -1;
	e->placed = true;
	if (json_locate(text, len, e->pointer, &place) < 0)
		return err_in(e, "%s: %s", name, e->pointer);
	e->line = place.line;
	return err_in(e, "%s:%u:%u: %s", name, place.line, place.column, e->pointer);
}

/* `NAME:LINE:COLUMN: POINTER: ` stands before what is wrong; the pointer is left out at the top. */
int place_json(const struct json_error *je, struct err *e)
{
	char mark[32];
	const char *at;
	size_t len;

	(void)err_kind(e, ERR_CONFIG, "%s", je->text); /* -1 is what is returned */
	e->placed = true;
	e->line = je->place.line;
	(void)snprintf(mark, sizeof(mark), ":%u:%u: /", je->place.line, je->place.column); /* always fits */
	at = strstr(je->text, mark);
	if (at == NULL)
		return -1;
	at += strlen(mark) - 1;
	len = je->text + je->what > at + 2 ? (size_t)(je->text + je->what - at) - 2 : 0;
	(void)snprintf(e->pointer, sizeof(e->pointer), "%.*s", (int)len, at); /* longer ones point at the parent */
	return -1;
}
