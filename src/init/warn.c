/* SPDX-License-Identifier: Apache-2.0
 *
 * warn - what the stage has to tell of config.json, with its place in that
 *
 * What config.json alone shows is in the plan's list of warnings (plan_warn()); here is what only the host or the root shows.
 */
#include "init/warn.h"

#include <string.h>

#include "base/log.h"
#include "plan/place.h"

bool init_is_in_config(const char *pointer)
{
	return strncmp(pointer, "/linux", 6) == 0;
}

void init_place(const struct init_ctx *c, struct err *e)
{
	const char *name = c->intent.config_name != NULL ? c->intent.config_name : "config.json";

	if (c->mode == INIT_EXEC && !init_is_in_config(e->pointer))
		return;
	if (c->mode <= INIT_EXEC) /* who gave the process, or the list, places it in that */
		(void)place_error(e, name, c->config_text, c->config_len);
}

void init_warn(const struct init_ctx *c, struct err *e)
{
	init_place(c, e);
	log_warn("%s", e->text);
}
