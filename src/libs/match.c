/* SPDX-License-Identifier: Apache-2.0
 *
 * match - which texts fit a regular expression
 */
#include "libs/match.h"

#include <regex.h>

int libs_match(struct libs_talk *t, struct err *e)
{
	const char *pattern = wire_text(&t->in);
	size_t n = wire_count(&t->in, sizeof(uint32_t));
	char why[128];
	regex_t re;
	int r;

	if (t->in.failed)
		return libs_garbled(e);
	r = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);
	if (r != 0) {
		(void)regerror(r, &re, why, sizeof(why));
		return err_kind(e, ERR_USAGE, "\"%s\" is no regular expression: %s", pattern, why);
	}
	for (; n > 0; n--)
		wire_put_u32(&t->out, regexec(&re, wire_text(&t->in), 0, NULL, 0) == 0);
	regfree(&re);
	return t->in.failed ? libs_garbled(e) : 0;
}
