/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_create - makes a container and leaves it waiting for start; and run, which does both
 */
#include "cli/commands.h"

/* What create and run share; run has four rows more. */
#define CREATE_ROWS                                                                                                   \
	CLI_STR("bundle", 'b', bundle, "DIR", "directory with config.json, instead of the current one"),              \
		CLI_STR("config", 'f', config_name, "FILE",                                                           \
	                "name of the configuration in the bundle, instead of config.json"),                           \
		CLI_STR("console-socket", 0, console_socket, "PATH",                                                  \
	                "unix socket that is sent the master of the container's terminal"),                           \
		CLI_STR("pidfd-socket", 0, pidfd_socket, "PATH",                                                      \
	                "unix socket that is sent a pidfd of the container's first process"),                         \
		CLI_STR("pid-file", 0, pid_file, "FILE", "file for the process id of the container's first process"), \
		CLI_COUNT("preserve-fds", 0, preserve_fds, "N",                                                       \
	                  "hand on N descriptors after standard error (and those of LISTEN_FDS)"),                    \
		CLI_STR("trace", 0, trace, "FILE", CLI_TRACE_HELP),                                                   \
		CLI_FLAG("no-pivot", 0, no_pivot,                                                                     \
	                 "move the root mount and chroot instead of pivot_root (for a root on initramfs)"),           \
		CLI_FLAG("no-new-keyring", 0, no_new_keyring, "keep the caller's session keyring"),                   \
		CLI_FLAG("no-subreaper", 0, no_subreaper, "do not adopt the container's orphans")

#define T struct create_options
static const struct cli_option create_rows[] = {
	CREATE_ROWS,
};

static const struct cli_option run_rows[] = {
	CREATE_ROWS,
	CLI_FLAG("detach", 'd', detach, "return when the program runs"),
	CLI_FLAG("keep", 0, keep, "do not delete the container when it ends"),
};
#undef T

static int create(struct cli_call *c, struct err *e)
{
	struct create_options o = *(const struct create_options *)c->options;

	o.id = c->args[0];
	return life_create(&c->globals, &o, e);
}

static int run(struct cli_call *c, struct err *e)
{
	struct create_options o = *(const struct create_options *)c->options;

	o.id = c->args[0];
	return life_run(&c->globals, &o, &c->exit_code, e);
}

const struct cli_command cmd_create = {
	.name = "create",
	.args = "CONTAINER",
	.summary = "make a container from a bundle and leave it waiting for start",
	.text = "CONTAINER is the name by which later commands find it. When this command returns, the container's namespaces, "
		"control groups, mounts and devices are there and its first process waits to become the program of "
		"config.json (process.args).",
	CLI_OPTIONS(create_rows, struct create_options),
	.min_args = 1,
	.max_args = 1,
	.takes = { { CLI_ARG_OTHER, NULL } },
	.names_container = true,
	.needs_root = true,
	.run = create,
};

const struct cli_command cmd_run = {
	.name = "run",
	.args = "CONTAINER",
	.summary = "make a container from a bundle, start it and wait for its end",
	.text = "Signals are passed on to the container. The exit code is that of its first process, 128 and the signal's "
		"number when a signal killed it, and 1 when ocirt failed.",
	CLI_OPTIONS(run_rows, struct create_options),
	.min_args = 1,
	.max_args = 1,
	.takes = { { CLI_ARG_OTHER, NULL } },
	.names_container = true,
	.needs_root = true,
	.run = run,
};
