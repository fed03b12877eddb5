/* SPDX-License-Identifier: Apache-2.0
 *
 * matches - the containers whose names fit a regular expression
 */
#include "cli/matches.h"

#include <regex.h>

static int each(const struct cli_call *c, const regex_t *re, const struct cli_act *act, struct err *e)
{
	struct life_list list;
	struct err later = { 0 };
	size_t failed = 0;

	if (life_list(&c->globals, true, c->arena, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const char *id = list.items[i].id;
		struct err *to = failed == 0 ? e : &later;

		if (regexec(re, id, 0, NULL, 0) != 0 || act->run(c, id, act->ctx, to) == 0)
			continue;
		if (failed++ == 0)
			(void)err_in(e, "%s", id); /* told when all were tried */
	}
	if (failed > 1)
		(void)err_in(e, "%zu containers failed, the first is", failed);
	return failed > 0 ? -1 : 0;
}

int cli_each_match(const struct cli_call *c, const char *pattern, const struct cli_act *act, struct err *e)
{
	char why[128];
	regex_t re;
	int r = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);

	if (r != 0) {
		(void)regerror(r, &re, why, sizeof(why));
		return err_kind(e, ERR_USAGE, "\"%s\" is no regular expression: %s", pattern, why);
	}
	r = each(c, &re, act, e);
	regfree(&re);
	return r;
}
