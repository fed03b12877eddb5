/* SPDX-License-Identifier: Apache-2.0
 *
 * commands - the command table
 */
#include "cli/commands.h"

#include <string.h>

enum { EXIT_UNKNOWN_COMMAND = 3 };

/* In the order in which help shows them. */
static const struct cli_command *const commands[] = {
	&cmd_run,     &cmd_create,     &cmd_start,    &cmd_exec,       &cmd_kill,    &cmd_delete, &cmd_state,
	&cmd_inspect, &cmd_list,       &cmd_ps,       &cmd_top,        &cmd_pause,   &cmd_resume, &cmd_update,
	&cmd_mounts,  &cmd_checkpoint, &cmd_restore,  &cmd_events,     &cmd_spec,    &cmd_gc,     &cmd_plan,
	&cmd_doctor,  &cmd_check,      &cmd_features, &cmd_completion, &cmd_version, &cmd_help,
};

const struct cli_command *const *cli_commands(size_t *n)
{
	*n = array_len(commands);
	return commands;
}

const struct cli_command *cli_find_command(const char *name, struct err *e)
{
	struct word_search near = { .typed = name };

	for (size_t i = 0; i < array_len(commands); i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
		if (commands[i] == &cmd_help && strcmp(name, "h") == 0) /* runc's */
			return commands[i];
	}
	for (size_t i = 0; i < array_len(commands); i++)
		word_offer(&near, commands[i]->name);
	(void)err_kind(e, ERR_USAGE, "unknown command \"%s\"%s", name, near.best == NULL ? " (see ocirt --help)" : "");
	(void)word_hint(e, near.best); /* NULL is what is returned */
	e->exit_code = EXIT_UNKNOWN_COMMAND;
	return NULL;
}
