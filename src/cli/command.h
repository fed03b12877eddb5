/* SPDX-License-Identifier: Apache-2.0
 *
 * command - what a command of the command line is: one row, and how it answers
 *
 * Everything that talks to people is in this room; what it calls returns a struct err. Exit codes (runc's): 0; of run and exec
 * in the foreground the program's own, 128 + signal when it was killed; 1 for any failure, 255 for one of exec, 3 for an unknown
 * command.
 */
#ifndef OCIRT_CLI_COMMAND_H
#define OCIRT_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "cli/options.h"
#include "libocispec/arena.h"
#include "life/verbs.h"

struct cli_call {
	const struct cli_command *command;
	struct life_globals globals;
	const void *options;     /* the command's options struct, filled */
	const char *const *args; /* positional words, NULL-terminated */
	size_t n_args;
	struct arena *arena; /* all memory of this call */
	int exit_code;       /* what a command that did not fail ends with; 0 unless it sets it */
};

/* What a word of the line means, for those who complete it. */
enum cli_arg {
	CLI_ARG_NONE,  /* nothing may stand there */
	CLI_ARG_OTHER, /* anything */
	CLI_ARG_WORDS, /* one of some words */
	CLI_ARG_DIR,
	CLI_ARG_FILE,
	CLI_ARG_CONTAINER, /* that is there */
	CLI_ARG_SIGNAL,
	CLI_ARG_COMMAND, /* of ocirt */
};

enum { CLI_TAKES = 3 };

struct cli_takes {
	enum cli_arg arg;
	const char *words; /* CLI_ARG_WORDS: apart by blanks */
};

struct cli_command {
	const char *name;
	const char *args;    /* as help shows them: "CONTAINER [SIGNAL]" */
	const char *summary; /* one line, no full stop */
	const char *text;    /* more, for its own help; may be NULL */
	const struct cli_option *rows;
	size_t n_rows;
	size_t size;                       /* of its options struct */
	size_t min_args, max_args;         /* max 0: none, CLI_MANY: any number */
	struct cli_takes takes[CLI_TAKES]; /* the first positional words */
	size_t raw_after;                  /* see struct cli_scan */
	int fail_code;                     /* 0: 1 */
	bool names_container;              /* args[0] is a container: errors begin "NAME ID: " */
	bool needs_root;                   /* has to know the state root */
	int (*run)(struct cli_call *c, struct err *e);
};

enum { CLI_MANY = 1 << 30 };

/* --trace of create, run, start, exec */
#define CLI_TRACE_HELP "write when each step of both processes began and ended, as Chrome trace events; -: a summary"

/* An options table in a struct cli_command; T is the struct that it fills. */
#define CLI_OPTIONS(table, T) .rows = (table), .n_rows = array_len(table), .size = sizeof(T)

/* Prints a finished text; -1 when memory ran out while it was made or standard output does not take it. */
int cli_print(const struct buf *text, struct err *e) must_check;
int cli_print_text(const char *text, size_t len, struct err *e) must_check;

/* Prints a JSON text and the end of its line; NULL: memory ran out while it was made. */
int cli_print_json(const char *text, struct err *e) must_check;

#endif
