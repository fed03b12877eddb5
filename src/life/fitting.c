/* SPDX-License-Identifier: Apache-2.0
 *
 * fitting - the containers whose ids fit a regular expression
 */
#include "kernel/libs.h"
#include "life/verbs.h"

int life_list_fitting(struct life_list *list, const char *pattern, struct err *e)
{
	auto_libs struct libs l = LIBS_NONE;
	auto_buf struct buf request = { 0 };
	struct wire reply;
	size_t n = 0;

	wire_put_text(&request, pattern);
	wire_put_u32(&request, (uint32_t)list->n);
	for (size_t i = 0; i < list->n; i++)
		wire_put_text(&request, list->items[i].id);
	if (libs_open(&l, "regular expressions", e) < 0 || libs_call(&l, LIBS_MATCH, &request, &reply, e) < 0)
		return -1;
	for (size_t i = 0; i < list->n; i++)
		if (wire_u32(&reply) != 0)
			list->items[n++] = list->items[i];
	list->n = n;
	return reply.failed ? err_set(e, "the answer about regular expressions is cut") : 0;
}
