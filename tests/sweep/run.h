/* SPDX-License-Identifier: Apache-2.0
 *
 * run - runs a command to its end and keeps what it said
 */
#ifndef OCIRT_SWEEP_RUN_H
#define OCIRT_SWEEP_RUN_H

#include <stdbool.h>
#include <stddef.h>

enum { RUN_WORDS_MAX = 64, RUN_TEXT_MAX = 16384, RUN_LIMIT_MS = 20000 };

struct run_words {
	char *word[RUN_WORDS_MAX + 1];
	size_t n;
};

struct run_output {
	int status; /* of wait */
	bool hung;  /* killed after RUN_LIMIT_MS */
	char out[RUN_TEXT_MAX], err[RUN_TEXT_MAX];
};

/* Appends the words of a line, which are parted by blanks; they live in memory that is never freed. */
void run_add(struct run_words *w, const char *line);

/* Runs it in a directory, standard input empty. The text is cut where it does not fit. SIGCHLD must be blocked. */
void run_command(const struct run_words *w, const char *dir, struct run_output *o);

/* Exit code 0. */
bool run_ok(const struct run_output *o);

/* A memory file to catch a text; and the text, closing it. */
int run_catch(void);
void run_caught(int fd, char text[RUN_TEXT_MAX]);

#endif
