/* SPDX-License-Identifier: Apache-2.0
 *
 * matches - the containers whose names fit a regular expression
 */
#include "cli/matches.h"

int cli_each_match(const struct cli_call *c, const char *pattern, const struct cli_act *act, struct err *e)
{
	struct life_list list;
	struct err later = { 0 };
	size_t failed = 0;

	if (life_list(&c->globals, true, c->arena, &list, e) < 0 || life_list_fitting(&list, pattern, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const char *id = list.items[i].id;

		if (act->run(c, id, act->ctx, failed == 0 ? e : &later) == 0)
			continue;
		if (failed++ == 0)
			(void)err_in(e, "%s", id); /* told when all were tried */
	}
	if (failed > 1)
		(void)err_in(e, "%zu containers failed, the first is", failed);
	return failed > 0 ? -1 : 0;
}
