/* SPDX-License-Identifier: Apache-2.0
 *
 * place - where in config.json an error comes from
 */
#include "plan/place.h"

#include "libocispec/json.h"

int place_error(struct err *e, const char *name, const char *text, size_t len)
{
	struct json_place place;

	if (e->pointer[0] == '\0' || e->placed || text == NULL)
		return -1;
	e->placed = true;
	if (json_locate(text, len, e->pointer, &place) < 0)
		return err_in(e, "%s: %s", name, e->pointer);
	return err_in(e, "%s:%u:%u: %s", name, place.line, place.column, e->pointer);
}
