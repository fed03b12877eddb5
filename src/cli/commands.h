/* SPDX-License-Identifier: Apache-2.0
 *
 * commands - the command table; each row is made in its own cmd_*.c
 */
#ifndef OCIRT_CLI_COMMANDS_H
#define OCIRT_CLI_COMMANDS_H

#include "cli/command.h"

extern const struct cli_command cmd_check;
extern const struct cli_command cmd_checkpoint;
extern const struct cli_command cmd_completion;
extern const struct cli_command cmd_create;
extern const struct cli_command cmd_delete;
extern const struct cli_command cmd_doctor;
extern const struct cli_command cmd_events;
extern const struct cli_command cmd_exec;
extern const struct cli_command cmd_features;
extern const struct cli_command cmd_gc;
extern const struct cli_command cmd_help;
extern const struct cli_command cmd_inspect;
extern const struct cli_command cmd_kill;
extern const struct cli_command cmd_list;
extern const struct cli_command cmd_mounts;
extern const struct cli_command cmd_pause;
extern const struct cli_command cmd_plan;
extern const struct cli_command cmd_ps;
extern const struct cli_command cmd_restore;
extern const struct cli_command cmd_resume;
extern const struct cli_command cmd_run;
extern const struct cli_command cmd_spec;
extern const struct cli_command cmd_start;
extern const struct cli_command cmd_state;
extern const struct cli_command cmd_top;
extern const struct cli_command cmd_update;
extern const struct cli_command cmd_version;

/* All of them, *n in number, in the order of the help; also for completions and tests. */
const struct cli_command *const *cli_commands(size_t *n);

/* The command of that name, NULL with *e filled (exit code 3) when there is none. */
const struct cli_command *cli_find_command(const char *name, struct err *e);

#endif
