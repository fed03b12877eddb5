/* SPDX-License-Identifier: Apache-2.0
 *
 * creation - what the steps of create share, in whichever file they are, and those who make the process otherwise
 */
#include "life/creation.h"

#include "init/hookrun.h"

int creation_record_intent(void *ctx, struct err *e)
{
	struct creation *cr = ctx;
	struct record r = { .config = cr->config_text, .config_len = cr->config_len };

	if (intent_write(&cr->intent, &cr->arena, &r.intent, &r.intent_len, e) < 0 ||
	    store_put_record(&cr->c, &r, e) < 0)
		return -1;
	cr->c.intent = cr->intent;
	cr->c.has_intent = true;
	return 0;
}

int creation_hooks(struct creation *cr, pid_t pid, struct err *e)
{
	static const enum plan_hook_point points[] = { HOOK_PRESTART, HOOK_CREATE_RUNTIME };
	struct hook_input input;

	cr->hooks_begun = true;
	if (hook_state(&cr->intent, OCI_STATUS_CREATED, pid, &cr->arena, &input, e) < 0)
		return -1;
	for (size_t i = 0; i < array_len(points); i++)
		if (hooks_run(&cr->plan->hooks[points[i]], points[i], &input, false, e) < 0)
			return -1;
	return 0;
}

int creation_console(struct creation *cr, const char *name, int *fd, struct err *e)
{
	if (cr->o->console_socket != NULL)
		return console_hand_over(cr->o->console_socket, name, *fd, e);
	return console_attach(&cr->console, steal_fd(fd), e);
}
