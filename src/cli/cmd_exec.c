/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_exec - runs one more process in a container
 */
#include "cli/commands.h"

/* The options go straight into members of exec_options and of the group's limits. */
struct exec_line {
	struct exec_options o;
	struct oci_memory memory;
	struct oci_cpu cpu;
	struct oci_pids pids;
};

#define T struct exec_line
static const struct cli_option rows[] = {
	CLI_STR("process", 'p', o.process_file, "FILE", "take the whole process from a JSON file (config.md#process)"),
	CLI_STR("cwd", 0, o.cwd, "DIR", "working directory in the container"),
	CLI_LIST("env", 'e', o.env, "NAME=VALUE", "set an environment variable; may be repeated"),
	CLI_TEXT("user", 'u', o.user, "UID[:GID]", "user and group, as numbers"),
	CLI_LIST("additional-gids", 'g', o.additional_gids, "GID", "one more group; may be repeated"),
	CLI_LIST("cap", 'c', o.caps, "CAPABILITY", "one more capability; may be repeated"),
	CLI_OPT_FLAG("tty", 't', o.tty, "give the process a terminal"),
	CLI_FLAG("detach", 'd', o.detach, "return when the process runs"),
	CLI_FLAG("no-new-privs", 0, o.no_new_privs, "set-user-id programs give it nothing"),
	CLI_STR("process-label", 0, o.label, "LABEL", "SELinux label of the process"),
	CLI_STR("apparmor", 0, o.apparmor, "PROFILE", "AppArmor profile of the process"),
	CLI_STR("console-socket", 0, o.console_socket, "PATH", "unix socket that is sent the master of its terminal"),
	CLI_STR("pidfd-socket", 0, o.pidfd_socket, "PATH", "unix socket that is sent a pidfd of it"),
	CLI_STR("pid-file", 0, o.pid_file, "FILE", "file for its process id"),
	CLI_COUNT("preserve-fds", 0, o.preserve_fds, "N", "hand on N descriptors after standard error"),
	CLI_STR("trace", 0, o.trace, "FILE", CLI_TRACE_HELP),
	CLI_LIST("cgroup", 0, o.cgroups, "[CONTROLLER:]PATH",
	         "run in this group below the container's; may be repeated"),
	CLI_SIZE(
		"memory", 0, memory.limit, "SIZE",
		"make the group of --cgroup for this process alone, with this limit of memory, and take it away at its end"),
	CLI_I64("pids", 0, pids.limit, "NUMBER", "the same with a limit of processes and threads"),
	CLI_I64("cpu-quota", 0, cpu.quota, "MICROSECONDS", "the same with a limit of CPU time in a period"),
	CLI_U64("cpu-period", 0, cpu.period, "MICROSECONDS", "that period; 100000 without"),
	CLI_FLAG("ignore-paused", 0, o.ignore_paused, "also in a paused container"),
};
#undef T

/* *r is filled with what was given; whether anything was. */
static bool take_limits(struct exec_line *line, struct oci_resources *r)
{
	if (line->memory.limit.set)
		r->memory = &line->memory;
	if (line->cpu.quota.set || line->cpu.period.set)
		r->cpu = &line->cpu;
	if (line->pids.limit.set)
		r->pids = &line->pids;
	return r->memory != NULL || r->cpu != NULL || r->pids != NULL;
}

static int exec(struct cli_call *c, struct err *e)
{
	struct exec_line line = *(const struct exec_line *)c->options;
	struct oci_resources limits = { .memory = NULL };
	struct exec_options o = line.o;

	if (take_limits(&line, &limits))
		o.limits = &limits;
	if (o.limits != NULL && o.cgroups.n != 1)
		return err_kind(e, ERR_USAGE, "limits need one --cgroup NAME, the group that is made for them");
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
	CLI_OPTIONS(rows, struct exec_line),
	.min_args = 1,
	.max_args = CLI_MANY,
	.takes = { { CLI_ARG_CONTAINER, NULL }, { CLI_ARG_OTHER, NULL } },
	.raw_after = 2,
	.fail_code = 255,
	.names_container = true,
	.needs_root = true,
	.run = exec,
};
