/* SPDX-License-Identifier: Apache-2.0
 *
 * help - the texts of --help, made from the tables that the parser reads
 */
#ifndef OCIRT_CLI_HELP_H
#define OCIRT_CLI_HELP_H

#include "base/buf.h"
#include "cli/command.h"

/* The program's, and one command's. */
void cli_help(struct buf *out);
void cli_help_command(struct buf *out, const struct cli_command *command);

#endif
