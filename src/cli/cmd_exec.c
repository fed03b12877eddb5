/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_exec - runs one more process in a container
 */
#include "cli/commands.h"

#define T struct exec_options
static const struct cli_option rows[] = {
	CLI_STR("process", 'p', process_file, "FILE", "take the whole process from a JSON file (config.md#process)"),
	CLI_STR("cwd", 0, cwd, "DIR", "working directory in the container"),
	CLI_LIST("env", 'e', env, "NAME=VALUE", "set an environment variable; may be repeated"),
	CLI_STR("user", 'u', user, "UID[:GID]", "user and group, as numbers"),
	CLI_LIST("additional-gids", 'g', additional_gids, "GID", "one more group; may be repeated"),
	CLI_LIST("cap", 'c', caps, "CAPABILITY", "one more capability; may be repeated"),
	CLI_OPT_FLAG("tty", 't', tty, "give the process a terminal"),
	CLI_FLAG("detach", 'd', detach, "return when the process runs"),
	CLI_FLAG("no-new-privs", 0, no_new_privs, "set-user-id programs give it nothing"),
	CLI_STR("process-label", 0, label, "LABEL", "SELinux label of the process"),
	CLI_STR("apparmor", 0, apparmor, "PROFILE", "AppArmor profile of the process"),
	CLI_STR("console-socket", 0, console_socket, "PATH", "unix socket that is sent the master of its terminal"),
	CLI_STR("pidfd-socket", 0, pidfd_socket, "PATH", "unix socket that is sent a pidfd of it"),
	CLI_STR("pid-file", 0, pid_file, "FILE", "file for its process id"),
	CLI_COUNT("preserve-fds", 0, preserve_fds, "N",
	          "hand on N descriptors after standard error (and those of LISTEN_FDS)"),
	CLI_STR("trace", 0, trace, "FILE", CLI_TRACE_HELP),
	CLI_LIST("cgroup", 0, cgroups, "[CONTROLLER:]PATH", "run in this group below the container's; may be repeated"),
	CLI_FLAG("ignore-paused", 0, ignore_paused, "also in a paused container"),
};
#undef T

static int exec(struct cli_call *c, struct err *e)
{
	struct exec_options o = *(const struct exec_options *)c->options;

	o.id = c->args[0];
	o.argv = (struct vec_str){ .items = (const char **)c->args + 1, .n = c->n_args - 1, .set = c->n_args > 1 };
	if (o.process_file == NULL && o.argv.n == 0)
		return err_kind(e, ERR_USAGE, "missing arguments: expected COMMAND, or --process FILE");
	if (o.process_file != NULL && o.argv.n > 0)
		return err_kind(e, ERR_USAGE, "a COMMAND and --process exclude each other");
	return life_exec(&c->globals, &o, &c->exit_code, e);
}

const struct cli_command cmd_exec = {
	.name = "exec",
	.args = "CONTAINER [COMMAND [ARGUMENT...]]",
	.summary = "run one more process in a container",
	.text = "What is not given here is as in config.json's process. From COMMAND on every word belongs to the process. The "
		"exit code is that of the process, 128 and the signal's number when a signal killed it, and 255 when ocirt "
		"failed.",
	CLI_OPTIONS(rows, struct exec_options),
	.min_args = 1,
	.max_args = CLI_MANY,
	.takes = { { CLI_ARG_CONTAINER, NULL }, { CLI_ARG_OTHER, NULL } },
	.raw_after = 2,
	.fail_code = 255,
	.names_container = true,
	.needs_root = true,
	.run = exec,
};
