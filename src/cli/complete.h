/* SPDX-License-Identifier: Apache-2.0
 *
 * complete - completion scripts for shells, made from the tables that the parser reads
 *
 * A script knows commands, options, the words that an option takes and where files, directories, containers or signals are meant;
 * containers it asks `ocirt list -q` for, with the --root that stands on the line.
 */
#ifndef OCIRT_CLI_COMPLETE_H
#define OCIRT_CLI_COMPLETE_H

#include "base/buf.h"
#include "cli/command.h"

/* The whole script of a shell. */
void cli_complete_bash(struct buf *out);
void cli_complete_zsh(struct buf *out);
void cli_complete_fish(struct buf *out);

/* --- what the three share ---------------------------------------------------------------------------------------------- */

/* What is meant by the value of an option; CLI_ARG_NONE for a flag. */
enum cli_arg cli_value_arg(const struct cli_option *row);

/* The names of signals, apart by blanks. */
void cli_complete_signals(struct buf *out);

/* A text between single quotes as the Bourne shells read it: ' is '\'' there. */
void cli_quote(struct buf *out, const char *text);

/* Whether an option of a command has the name or letter of a global one, which then is out of reach there. */
bool cli_hides_global(const struct cli_command *k, const struct cli_option *row);

/* Calls for each option that is shown: those of each command, then the global ones with a NULL command. */
struct cli_visit {
	void (*option)(struct buf *out, const struct cli_command *k, const struct cli_option *row);
	void (*command)(struct buf *out, const struct cli_command *k); /* before its options; may be NULL */
};
void cli_visit_all(struct buf *out, const struct cli_visit *v);
void cli_visit_rows(struct buf *out, const struct cli_command *k, const struct cli_option *rows, size_t n,
                    const struct cli_visit *v);

#endif
