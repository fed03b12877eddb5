/* SPDX-License-Identifier: Apache-2.0
 *
 * globals - the options before (or after) any command: state root, log, cgroup manager
 */
#include "cli/globals.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"
#include "life/facts.h"

enum { LOG_FD_MIN = 100 };

static const struct word format_words[] = { { "text", LOG_TEXT }, { "json", LOG_JSON } };
static const struct word level_words[] = {
	{ "error", LOG_LEVEL_ERROR }, { "warning", LOG_LEVEL_WARN }, { "info", LOG_LEVEL_INFO },
	{ "debug", LOG_LEVEL_DEBUG }, { "warn", LOG_LEVEL_WARN },
};
static const struct word manager_words[] = {
	{ "cgroupfs", CG_MANAGER_CGROUPFS },
	{ "systemd", CG_MANAGER_SYSTEMD },
	{ "disabled", CG_MANAGER_DISABLED },
};
static const struct word rootless_words[] = {
	{ "auto", LIFE_ROOTLESS_AUTO },
	{ "true", LIFE_ROOTLESS_TRUE },
	{ "false", LIFE_ROOTLESS_FALSE },
};

#define T struct cli_globals
static const struct cli_option rows[] = {
	CLI_STR("root", 0, root, "DIR",
	        "where the state of containers is kept; /run/ocirt, for a user $XDG_RUNTIME_DIR/ocirt"),
	CLI_STR("log", 0, log, "FILE", "append messages to FILE too, or send them to journald:NAME or syslog:NAME"),
	CLI_WORD("log-format", 0, log_format, format_words, "FORMAT",
	         "format of the log: text (default) or json; without --log that of standard error"),
	CLI_WORD("log-level", 0, log_level, level_words, "LEVEL",
	         "least level told: error, warning (default), info or debug"),
	CLI_FLAG("debug", 0, debug, "the same as --log-level debug"),
	CLI_FLAG("systemd-cgroup", 0, systemd_cgroup, "the same as --cgroup-manager systemd"),
	CLI_WORD("cgroup-manager", 0, manager, manager_words, "MANAGER",
	         "who makes the control groups: cgroupfs (default), systemd or disabled"),
	CLI_WORD(
		"rootless", 0, rootless, rootless_words, "WORD",
		"pass over control groups that may not be made and have no name in config.json: true, false or auto (default)"),
	CLI_FLAG("help", 'h', help, "show this help, after a command its own"),
	CLI_FLAG("version", 'v', version, "show the version"),
	CLI_PEER_FLAG("usage", '?', help), /* crun's, as is -V */
	CLI_PEER_FLAG("Version", 'V', version),
	CLI_OLD_STR("criu", 0),
};
#undef T

const struct cli_option *cli_globals_rows(size_t *n)
{
	*n = array_len(rows);
	return rows;
}

void cli_globals_init(struct cli_globals *g)
{
	memset(g, 0, sizeof(*g));
	g->log_level = LOG_LEVEL_WARN;
	g->log_format = LOG_TEXT;
	g->manager = CG_MANAGER_CGROUPFS;
}

/*
 * Out of the numbers that --preserve-fds counts: one that the caller did not open must not turn out to be our log. Where a limit
 * allows no such number, it stays.
 */
static void move_log(void)
{
	struct log_sink log = log_get();
	int fd = fcntl(log.fd, F_DUPFD_CLOEXEC, LOG_FD_MIN);

	if (fd < 0)
		return;
	(void)close(log.fd);
	log.fd = fd;
	log_use(&log);
}

int cli_globals_open_log(const struct cli_globals *g, struct err *e)
{
	log_set_level(g->debug ? LOG_LEVEL_DEBUG : (enum log_level)g->log_level);
	if (g->log == NULL) {
		log_use(&(struct log_sink){ .format = (enum log_format)g->log_format, .fd = -1 });
		return 0;
	}
	if (log_open(g->log, (enum log_format)g->log_format, e) < 0)
		return -1;
	move_log();
	return 0;
}

/* A user's engine runs us as root of its user namespace: told by a USER that is not root, or by none, as podman passes none on. */
static const char *runtime_dir(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR"), *user = getenv("USER");

	if (dir == NULL || *dir != '/')
		return NULL;
	if (geteuid() != 0)
		return dir;
	return (user == NULL || strcmp(user, "root") != 0) && facts_in_userns() ? dir : NULL;
}

static int resolve_root(const struct cli_globals *g, char root[PATH_MAX], struct err *e)
{
	const char *dir = runtime_dir(), *base = "/";
	char cwd[PATH_MAX];

	if (g->root == NULL) {
		if (!path_join(dir != NULL ? dir : "/run", "ocirt", root, PATH_MAX))
			return err_set(e, "XDG_RUNTIME_DIR is too long");
		return 0;
	}
	if (g->root[0] != '/') {
		if (getcwd(cwd, sizeof(cwd)) == NULL)
			return err_sys(e, "find the current directory");
		base = cwd;
	}
	return path_join(base, g->root, root, PATH_MAX) ? 0 : err_kind(e, ERR_USAGE, "--root is too long");
}

int cli_globals_resolve(const struct cli_globals *g, struct arena *a, struct life_globals *out, struct err *e)
{
	char root[PATH_MAX];
	const char *dir;

	if (resolve_root(g, root, e) < 0)
		return -1;
	out->root = arena_strndup(a, root, strlen(root));
	if (out->root == NULL)
		return err_memory(e);
	out->root_asked = g->root != NULL;
	dir = runtime_dir();
	out->cache = geteuid() == 0 && dir == NULL ? "/run/ocirt-cache" : NULL;
	if (dir != NULL && path_join(dir, "ocirt-cache", root, sizeof(root)))
		out->cache = arena_strndup(a, root, strlen(root)); /* without memory for it, none are kept */
	out->manager = g->systemd_cgroup ? CG_MANAGER_SYSTEMD : (enum cg_manager)g->manager;
	out->rootless = (enum life_rootless)g->rootless;
	out->debug = log_get_level() == LOG_LEVEL_DEBUG;
	return 0;
}
