/* SPDX-License-Identifier: Apache-2.0
 *
 * globals - the options before (or after) any command: state root, log, cgroup manager
 */
#ifndef OCIRT_CLI_GLOBALS_H
#define OCIRT_CLI_GLOBALS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"
#include "cli/options.h"
#include "life/verbs.h"

struct cli_globals {
	const char *root;
	const char *log;
	unsigned int log_format; /* enum log_format */
	unsigned int log_level;  /* enum log_level */
	unsigned int manager;    /* enum cg_manager */
	unsigned int rootless;   /* enum life_rootless */
	bool debug;
	bool systemd_cgroup;
	bool version;
	bool help;
};

/* The rows, n of them. */
const struct cli_option *cli_globals_rows(size_t *n);

/* What stands when nothing is asked for. */
void cli_globals_init(struct cli_globals *g);

/* Opens the log file and sets the level, so that failures can be told from here on. */
int cli_globals_open_log(const struct cli_globals *g, struct err *e) must_check;

/*
 * What life/ needs of it. The state root is --root made absolute; else /run/ocirt, or $XDG_RUNTIME_DIR/ocirt when that is set,
 * not empty, and the caller is not root, or root of a user namespace only that somebody became: there $USER still is the
 * user's name, or not passed on (podman).
 */
int cli_globals_resolve(const struct cli_globals *g, struct arena *a, struct life_globals *out,
                        struct err *e) must_check;

#endif
