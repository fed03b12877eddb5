/* SPDX-License-Identifier: Apache-2.0
 *
 * matches - the containers whose names fit a regular expression
 */
#ifndef OCIRT_CLI_MATCHES_H
#define OCIRT_CLI_MATCHES_H

#include "cli/command.h"

struct cli_act {
	int (*run)(const struct cli_call *c, const char *id, const void *ctx, struct err *e);
	const void *ctx;
};

/*
 * Does it to each container of the state root, by name, in which an extended regular expression (regex(7)) is found; all of them
 * are tried, the first failure is told with its container and how many more failed. None that fits is no failure. -1: ERR_USAGE for
 * what is no regular expression.
 */
int cli_each_match(const struct cli_call *c, const char *pattern, const struct cli_act *act, struct err *e) must_check;

#endif
