/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_checkpoint - writes a container to files; and restore, which makes one out of them
 */
#include "cli/commands.h"

#include "life/criu.h"

static const struct word cgroup_words[] = {
	{ "soft", CRIU_CGROUPS_SOFT },
	{ "full", CRIU_CGROUPS_FULL },
	{ "strict", CRIU_CGROUPS_STRICT },
	{ "ignore", CRIU_CGROUPS_IGNORE },
};

static const struct word lock_words[] = {
	{ "iptables", CRIU_LOCK_IPTABLES },
	{ "nftables", CRIU_LOCK_NFTABLES },
	{ "skip", CRIU_LOCK_SKIP },
};

/* What both share. */
#define CRIU_ROWS                                                                                                    \
	CLI_STR("image-path", 0, criu.image_path, "DIR", "directory of the images, instead of ./checkpoint"),        \
		CLI_STR("work-path", 0, criu.work_path, "DIR",                                                       \
	                "directory of criu's logs, instead of that of the images"),                                  \
		CLI_FLAG("tcp-established", 0, criu.tcp_established, "with established TCP connections"),            \
		CLI_FLAG("ext-unix-sk", 0, criu.ext_unix_sk, "with unix sockets that are connected to the outside"), \
		CLI_FLAG("shell-job", 0, criu.shell_job, "with the session and the terminal of the calling shell"),  \
		CLI_FLAG("file-locks", 0, criu.file_locks, "with file locks that the container holds"),              \
		CLI_FLAG("lazy-pages", 0, criu.lazy_pages, "memory follows when it is needed (userfaultfd)"),        \
		CLI_FLAG("auto-dedup", 0, criu.auto_dedup,                                                           \
	                 "pages are kept once: an older image gives up what a newer has"),                           \
		CLI_WORD("manage-cgroups-mode", 0, criu.cgroups, cgroup_words, "soft|full|strict|ignore",            \
	                 "how criu treats the control groups"),                                                      \
		CLI_WORD("network-lock", 0, criu.network_lock, lock_words, "iptables|nftables|skip",                 \
	                 "how criu stops the network meanwhile"),                                                    \
		CLI_LIST("empty-ns", 0, criu.empty_ns, "network", "a namespace whose content is left out")

#define T struct checkpoint_options
static const struct cli_option checkpoint_rows[] = {
	CRIU_ROWS,
	CLI_STR("parent-path", 0, parent_path, "DIR", "images of an earlier pre-dump, relative to the image path"),
	CLI_FLAG("pre-dump", 0, pre_dump, "memory only, and the container runs on: for a shorter stop later"),
	CLI_FLAG("leave-running", 0, leave_running, "the container runs on afterwards"),
	CLI_FLAG("tcp-skip-in-flight", 0, tcp_skip_in_flight, "without TCP connections that are being made"),
	CLI_FLAG("link-remap", 0, link_remap, "with files that were deleted but are linked elsewhere"),
	CLI_STR("page-server", 0, page_server, "ADDRESS:PORT", "send the memory to a page server of criu"),
	CLI_COUNT("status-fd", 0, status_fd, "FD", "descriptor that gets a NUL byte when the pages are served"),
};
#undef T

#define T struct restore_options
static const struct cli_option restore_rows[] = {
	CRIU_ROWS,
	CLI_STR("bundle", 'b', create.bundle, "DIR", "directory with config.json, instead of the current one"),
	CLI_STR("config", 'f', create.config_name, "FILE",
	        "name of the configuration in the bundle, instead of config.json"),
	CLI_FLAG("detach", 'd', create.detach, "return when the processes run"),
	CLI_STR("console-socket", 0, create.console_socket, "PATH",
	        "unix socket that is sent the master of the container's terminal"),
	CLI_STR("pidfd-socket", 0, create.pidfd_socket, "PATH",
	        "unix socket that is sent a pidfd of the container's first process"),
	CLI_STR("pid-file", 0, create.pid_file, "FILE", "file for the process id of the container's first process"),
	CLI_COUNT("preserve-fds", 0, create.preserve_fds, "N",
	          "descriptors that create would hand on; the images have their own"),
	CLI_STR("lsm-profile", 0, lsm_profile, "TYPE:LABEL",
	        "label of the processes: selinux:LABEL or apparmor:PROFILE"),
	CLI_STR("lsm-mount-context", 0, lsm_mount_context, "CONTEXT", "SELinux context of the mounts"),
	CLI_FLAG("tcp-close", 0, tcp_close, "TCP connections of the images are closed"),
	CLI_FLAG("no-pivot", 0, create.no_pivot, "as for create; criu makes the root its own way"),
	CLI_FLAG("no-new-keyring", 0, create.no_new_keyring, "as for create; keyrings are not in the images"),
	CLI_FLAG("no-subreaper", 0, create.no_subreaper, "do not adopt the container's orphans"),
	CLI_FLAG("keep", 0, create.keep, "do not delete the container when it ends"),
};
#undef T

static int checkpoint(struct cli_call *c, struct err *e)
{
	struct checkpoint_options o = *(const struct checkpoint_options *)c->options;

	o.id = c->args[0];
	return life_checkpoint(&c->globals, &o, e);
}

static int restore(struct cli_call *c, struct err *e)
{
	struct restore_options o = *(const struct restore_options *)c->options;

	o.create.id = c->args[0];
	return life_restore(&c->globals, &o, &c->exit_code, e);
}

const struct cli_command cmd_checkpoint = {
	.name = "checkpoint",
	.args = "CONTAINER",
	.takes = { { CLI_ARG_CONTAINER, NULL } },
	.summary = "write the processes of a running container to files, through criu",
	.text = "The container is deleted when all is written, unless it is left running. criu notes what it does in dump.log "
		"in the work path. Options of criu are read from the file that the annotation org.criu.config names, else "
		"from /etc/criu/ocirt.conf, runc.conf or crun.conf.",
	CLI_OPTIONS(checkpoint_rows, struct checkpoint_options),
	.min_args = 1,
	.max_args = 1,
	.names_container = true,
	.needs_root = true,
	.run = checkpoint,
};

const struct cli_command cmd_restore = {
	.name = "restore",
	.args = "CONTAINER",
	.takes = { { CLI_ARG_OTHER, NULL } },
	.summary = "make a container out of the files of a checkpoint, through criu",
	.text = "The bundle and its config.json must be there as they were. criu notes what it does in restore.log in the work "
		"path.",
	CLI_OPTIONS(restore_rows, struct restore_options),
	.min_args = 1,
	.max_args = 1,
	.names_container = true,
	.needs_root = true,
	.run = restore,
};
