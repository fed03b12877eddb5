/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cli - the program as engines call it: option tables, lines, exit codes, what is printed where
 *
 * Each line runs in a child process, as any user, with a state root of its own in a temporary directory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/complete.h"
#include "cli/globals.h"
#include "cli/help.h"
#include "libocispec/oci_config.h"
#include "libocispec/oci_features.h"

/* --- the tables ------------------------------------------------------------------------------------------------------ */

static void check_row(const struct cli_option *row)
{
	assert_non_null(row->name);
	assert_true(row->name[0] != '-');
	assert_null(strchr(row->name, '='));
	switch ((enum cli_kind)row->kind) {
	case CLI_KIND_flag:
	case CLI_KIND_opt_flag:
		assert_null(row->value);
		assert_non_null(row->help);
		break;
	case CLI_KIND_word:
		assert_true(row->n_words > 0);
		/* fall through */
	case CLI_KIND_str:
	case CLI_KIND_text:
	case CLI_KIND_list:
	case CLI_KIND_count:
	case CLI_KIND_i64:
	case CLI_KIND_u64:
	case CLI_KIND_u16:
	case CLI_KIND_size:
	case CLI_KIND_duration:
		assert_non_null(row->value);
		assert_non_null(row->help);
		break;
	case CLI_KIND_peer_flag:
	case CLI_KIND_old_flag:
	case CLI_KIND_old_str: assert_null(row->help); break;
	}
}

/* No two options may have one name or letter; only a command's own name may hide a global one (spec --rootless). */
static void check_rows(const struct cli_command *k)
{
	const struct cli_option *all[128];
	size_t n_globals, n = 0;
	const struct cli_option *globals = cli_globals_rows(&n_globals);

	for (size_t i = 0; i < k->n_rows; i++)
		all[n++] = &k->rows[i];
	for (size_t i = 0; i < n_globals; i++)
		all[n++] = &globals[i];
	for (size_t i = 0; i < n; i++) {
		check_row(all[i]);
		for (size_t j = 0; j < i; j++) {
			if ((i < k->n_rows || j >= k->n_rows) && strcmp(all[i]->name, all[j]->name) == 0)
				fail_msg("%s: --%s is there twice", k->name, all[i]->name);
			if (all[i]->letter != 0 && all[i]->letter == all[j]->letter)
				fail_msg("%s: -%c is there twice", k->name, all[i]->letter);
		}
	}
}

static void test_tables_are_sound(void **state)
{
	size_t n;
	const struct cli_command *const *all = cli_commands(&n);
	struct err e;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct cli_command *k = all[i];

		check_rows(k);
		assert_true(k->min_args <= k->max_args);
		assert_true((k->max_args > 0) == (k->args[0] != '\0'));
		assert_true(!k->names_container || (k->min_args > 0 && k->needs_root));
		assert_non_null(k->run);
		assert_ptr_equal(cli_find_command(k->name, &e), k);
	}
}

static void test_help_shows_every_command_and_option(void **state)
{
	size_t n;
	const struct cli_command *const *all = cli_commands(&n);
	auto_buf struct buf program = { 0 };

	(void)state;
	cli_help(&program);
	for (size_t i = 0; i < n; i++) {
		auto_buf struct buf help = { 0 };
		char text[128];

		(void)snprintf(text, sizeof(text), "\n  %s ", all[i]->name);
		assert_non_null(strstr(buf_text(&program), text));
		cli_help_command(&help, all[i]);
		for (size_t o = 0; o < all[i]->n_rows; o++) {
			(void)snprintf(text, sizeof(text), "--%s", all[i]->rows[o].name);
			assert_non_null(strstr(buf_text(&help), text));
		}
	}
}

enum { BASH, ZSH, FISH, SHELLS };

/* How each script begins what it knows of a command, and how it spells an option there. */
static void spell(int shell, const char *k, const char *option, char begin[80], char text[80])
{
	switch (shell) {
	case BASH:
		(void)snprintf(begin, 80, "\n\t%s) _ocirt_words '", k);
		(void)snprintf(text, 80, " --%s", option);
		break;
	case ZSH:
		(void)snprintf(begin, 80, "\n\t%s) specs=(", k);
		(void)snprintf(text, 80, "--%s", option);
		break;
	default: (void)snprintf(begin, 80, "-n '__ocirt_in %s'", k); (void)snprintf(text, 80, " -l %s ", option);
	}
}

/* k: NULL for a global option. */
static void expect_in_script(const char *script, int shell, const char *k, const struct cli_option *row)
{
	char begin[80], text[80];
	const char *at;

	if (row->help == NULL)
		return;
	spell(shell, k != NULL ? k : "", row->name, begin, text);
	at = k != NULL ? strstr(script, begin) : script;
	if ((k != NULL && at == NULL) || strstr(at, text) == NULL)
		fail_msg("%s: no --%s in completion script %d", k != NULL ? k : "ocirt", row->name, shell);
	(void)snprintf(text, sizeof(text), "%s:--%s", k != NULL ? k : "*", row->name);
	if (shell == BASH && row->value != NULL && strstr(script, text) == NULL)
		fail_msg("the script of bash does not know that %s takes a value", text);
}

static void test_completions_know_every_command_option_and_word(void **state)
{
	static void (*const put[SHELLS])(struct buf *) = { cli_complete_bash, cli_complete_zsh, cli_complete_fish };
	size_t n, n_globals;
	const struct cli_command *const *all = cli_commands(&n);
	const struct cli_option *globals = cli_globals_rows(&n_globals);

	(void)state;
	for (int shell = 0; shell < SHELLS; shell++) {
		auto_buf struct buf script = { 0 };

		put[shell](&script);
		assert_non_null(buf_text(&script));
		for (size_t i = 0; i < n_globals; i++)
			expect_in_script(script.data, shell, NULL, &globals[i]);
		for (size_t i = 0; i < n; i++) {
			assert_non_null(strstr(script.data, all[i]->name));
			for (size_t o = 0; o < all[i]->n_rows; o++)
				expect_in_script(script.data, shell, all[i]->name, &all[i]->rows[o]);
		}
		assert_non_null(strstr(script.data, "cgroupfs systemd disabled"));
	}
}

static void test_words_of_the_line_are_told_apart(void **state)
{
	size_t n;
	const struct cli_command *const *all = cli_commands(&n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t at = 0; at < CLI_TAKES; at++)
			if ((all[i]->takes[at].arg != CLI_ARG_NONE) != (at < all[i]->max_args) &&
			    all[i]->max_args != CLI_MANY)
				fail_msg("%s: what is word %zu?", all[i]->name, at);
}

static void expect_in_page(const char *page, const char *name, const struct cli_option *row)
{
	char text[160];

	if (row->help == NULL)
		return;
	(void)snprintf(text, sizeof(text), "Fl -%s%s%s\n", row->name, row->value != NULL ? " Ar " : "",
	               row->value != NULL ? row->value : "");
	if (strstr(page, text) == NULL)
		fail_msg("%s does not have \"%.*s\"", name, (int)strlen(text) - 1, text);
	if (row->letter == 0)
		return;
	(void)snprintf(text, sizeof(text), ".It Fl %c%s%s , Fl -%s", row->letter, row->value != NULL ? " Ar " : "",
	               row->value != NULL ? row->value : "", row->name);
	if (strstr(page, text) == NULL)
		fail_msg("%s does not have \"%s\"", name, text);
}

static void check_page(const char *command, const struct cli_option *rows, size_t n)
{
	const char *top = getenv("OCIRT_SRCDIR");
	char path[4096], name[64];
	auto_free char *page = NULL;
	struct err e;
	size_t len;

	(void)snprintf(name, sizeof(name), "ocirt%s%s.8", command[0] != '\0' ? "-" : "", command);
	(void)snprintf(path, sizeof(path), "%s/man/%s", top != NULL ? top : ".", name);
	if (file_read_at(AT_FDCWD, path, 1 << 20, &page, &len, &e) < 0)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < n; i++)
		expect_in_page(page, name, &rows[i]);
}

static void test_manual_pages_have_every_option(void **state)
{
	size_t n, n_globals;
	const struct cli_command *const *all = cli_commands(&n);
	const struct cli_option *globals = cli_globals_rows(&n_globals);

	(void)state;
	check_page("", globals, n_globals);
	for (size_t i = 0; i < n; i++)
		check_page(all[i]->name, all[i]->rows, all[i]->n_rows);
}

/* --- running lines --------------------------------------------------------------------------------------------------- */

enum { WORDS_MAX = 32, OUTPUT_MAX = 1 << 16 };

struct world {
	char dir[64];
	int fd;
	char out[OUTPUT_MAX], err[OUTPUT_MAX];
};

static void slurp_at(int dir, const char *name, char *to)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, to, OUTPUT_MAX - 1);

	to[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		(void)close(fd);
}

static int in_child(const struct world *w, char *const *words, int argc)
{
	int out = openat(w->fd, "out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int err = openat(w->fd, "err", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fchdir(w->fd) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
		return 99;
	(void)close_range(3, ~0U, 0);
	return cli_main(argc, words);
}

/* The exit code of `ocirt WORDS...`, words separated by blanks; %s is the temporary directory. */
static int line(struct world *w, const char *text)
{
	char copy[1024], *words[WORDS_MAX + 1] = { "ocirt" }, *next = copy;
	int n = 1, status;
	pid_t pid;

	for (size_t i = 0; (size_t)(next - copy) + sizeof(w->dir) < sizeof(copy) && text[i] != '\0'; i++) {
		if (text[i] == '%')
			next += snprintf(next, sizeof(w->dir), "%s", w->dir);
		else
			*next++ = text[i];
	}
	*next = '\0';
	for (char *p = copy; *p != '\0' && n < WORDS_MAX;) {
		size_t len = strcspn(p, " ");

		words[n++] = p;
		p += len;
		if (*p == ' ')
			*p++ = '\0';
	}
	pid = fork();
	if (pid == 0)
		exit(in_child(w, words, n));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	slurp_at(w->fd, "out", w->out);
	slurp_at(w->fd, "err", w->err);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int new_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/ocirt-cli-XXXXXX");
	if (mkdtemp(w->dir) == NULL)
		return -1;
	w->fd = open(w->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = w;
	return w->fd < 0;
}

static int drop_world(void **state)
{
	static const char *const names[] = { "out", "err", "log", "config.json" };
	struct world *w = *state;
	int r;

	for (size_t i = 0; i < array_len(names); i++)
		(void)unlinkat(w->fd, names[i], 0);
	(void)unlinkat(w->fd, "r", AT_REMOVEDIR);
	(void)close(w->fd);
	r = rmdir(w->dir);
	if (r < 0)
		print_error("%s is not empty\n", w->dir);
	free(w);
	return r;
}

/* One line on standard error, that begins "ocirt: " and has the text. */
static void expect_failure(const struct world *w, const char *text)
{
	assert_memory_equal(w->err, "ocirt: ", 7);
	if (strstr(w->err, text) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", text, w->err);
	assert_ptr_equal(strchr(w->err, '\n'), w->err + strlen(w->err) - 1);
	assert_string_equal(w->out, "");
}

/* The lines of cli-compat: none may fail as a mistake in the line; the container (or bundle) is what is not there. */
static void test_lines_of_engines(void **state)
{
	static const struct {
		const char *line, *text;
		int code;
	} lines[] = {
		/* containerd */
		{ "--root %/r --log %/log --log-format json --systemd-cgroup create --bundle %/b --pid-file %/p --console-socket %/s c1",
		  "No such file or directory", 1 },
		{ "--root %/r --log %/log --log-format json start c1", "does not exist", 1 },
		{ "--root %/r --log %/log --log-format json kill --all c1 9", "does not exist", 1 },
		{ "--root %/r --log %/log --log-format json delete c1", "does not exist", 1 },
		{ "--root %/r exec --process %/f --console-socket %/s --pidfd-socket %/q --detach --pid-file %/p c1",
		  "does not exist", 255 },
		{ "--root %/r ps --format json c1", "does not exist", 1 },
		{ "--root %/r ps --format table c1 -ef -o pid", "does not exist", 1 },
		{ "--root %/r pause c1", "does not exist", 1 },
		{ "--root %/r --rootless=true --debug=false resume c1", "does not exist", 1 },
		/* conmon: podman, CRI-O */
		{ "--systemd-cgroup --root=%/r --log-format=json --log %/log create --bundle %/b --pid-file %/p --no-pivot "
		  "--no-new-keyring --preserve-fds 0 --console-socket %/s c1",
		  "No such file or directory", 1 },
		{ "--root=%/r --cgroup-manager disabled state c1", "does not exist", 1 },
		{ "--root %/r exec --pid-file %/p --process %/f --detach --preserve-fds 0 --console-socket %/s c1",
		  "does not exist", 255 },
		{ "--root %/r kill -a c1 KILL", "does not exist", 1 },
		/* conmon-rs: globals twice, command words behind the id */
		{ "--root=%/x --root=%/r --systemd-cgroup --systemd-cgroup exec -d --tty --pid-file=%/p c1 ls -l --all",
		  "does not exist", 255 },
		/* buildah */
		{ "--root %/r kill c1 SIGKILL", "does not exist", 1 },
		{ "--root %/r state c1", "does not exist", 1 },
		/* BuildKit */
		{ "--root %/r --log %/log --log-format json run --bundle %/b --no-pivot --keep c1",
		  "No such file or directory", 1 },
		/* go-runc's one dash */
		{ "--root %/r run --detach -no-subreaper --bundle %/b c1", "No such file or directory", 1 },
		/* people: options behind the id, globals behind the command */
		{ "delete c1 --root %/r --debug", "does not exist", 1 },
		{ "kill c1 RTMIN+3 --root=%/r", "does not exist", 1 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < array_len(lines); i++) {
		int code = line(w, lines[i].line);

		if (code != lines[i].code)
			fail_msg("%s: exit code %d, expected %d: %s", lines[i].line, code, lines[i].code, w->err);
		expect_failure(w, lines[i].text);
	}
}

static void test_deleting_nothing_by_force(void **state)
{
	struct world *w = *state;

	assert_int_equal(line(w, "--root %/r delete --force c1"), 0);
	assert_string_equal(w->err, "");
	assert_string_equal(w->out, "");
}

static void test_mistakes_in_the_line(void **state)
{
	static const struct {
		const char *line, *text;
		int code;
	} lines[] = {
		{ "nope", "ocirt: unknown command \"nope\" (see ocirt --help)\n", 3 },
		{ "lsit", "ocirt: unknown command \"lsit\", did you mean \"list\"?\n", 3 },
		{ "help nope", "ocirt: help: unknown command \"nope\" (see ocirt --help)\n", 3 },
		{ "--nope list", "ocirt: unknown option \"--nope\"\n", 1 },
		{ "create", "ocirt: create: missing argument: expected CONTAINER\n", 1 },
		{ "start a b", "ocirt: start: too many arguments: expected CONTAINER\n", 1 },
		{ "list x", "ocirt: list: takes no arguments, found 1\n", 1 },
		{ "kill c NOSIG", "ocirt: kill: unknown signal \"NOSIG\"\n", 1 },
		{ "create --bundel x c", "ocirt: create: unknown option \"--bundel\", did you mean \"--bundle\"?\n",
		  1 },
		{ "create c --bundle", "ocirt: create: option \"--bundle\" requires an argument: DIR\n", 1 },
		{ "exec --process %/f c ls", "ocirt: exec: a COMMAND and --process exclude each other\n", 255 },
		{ "exec c", "ocirt: exec: missing arguments: expected COMMAND, or --process FILE\n", 255 },
		{ "list --format xml", "ocirt: list: option \"--format\": expected table or json, found \"xml\"\n", 1 },
		{ "--log %/no/where list", "ocirt: open log file ", 1 },
		{ "--log journald: list", "ocirt: log journald:: expected a name of 1 to 63 bytes behind the colon\n",
		  1 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < array_len(lines); i++) {
		assert_int_equal(line(w, lines[i].line), lines[i].code);
		expect_failure(w, lines[i].text);
	}
}

static void test_one_record_for_one_failure(void **state)
{
	struct world *w = *state;
	char log[OUTPUT_MAX];

	assert_int_equal(line(w, "--root %/. --log %/log --log-format json list"), 0);
	slurp_at(w->fd, "log", log);
	assert_string_equal(log, "");
	for (int i = 1; i <= 2; i++) {
		const char *p = log;
		int records = 0;

		assert_int_equal(line(w, "--root %/r --log %/log --log-format json state c1"), 1);
		slurp_at(w->fd, "log", log);
		for (; (p = strchr(p, '\n')) != NULL; p++)
			records++;
		assert_int_equal(records, i);
		assert_memory_equal(
			log,
			"{\"level\":\"error\",\"msg\":\"state c1: container \\\"c1\\\" does not exist\",\"time\":\"20",
			75);
	}
	/* a mistake in the line is a failure as any other */
	assert_int_equal(line(w, "--log %/log --log-format json nope"), 3);
	slurp_at(w->fd, "log", log);
	assert_non_null(strstr(log, "unknown command"));
}

static void test_our_log_is_no_preserved_descriptor(void **state)
{
	struct world *w = *state;

	assert_int_equal(line(w, "--root %/r --log %/log run --preserve-fds 1 c1"), 1);
	expect_failure(w, "descriptor 3 is to be preserved, but it is not open");
}

static void test_version(void **state)
{
	static const char *const lines[] = { "--version", "-v", "version", "--root /nope list --version" };
	struct world *w = *state;

	for (size_t i = 0; i < array_len(lines); i++) {
		assert_int_equal(line(w, lines[i]), 0);
		assert_string_equal(w->err, "");
		assert_memory_equal(w->out, "ocirt version ", 14);
		assert_non_null(strstr(w->out, "\ncommit: "));
		assert_non_null(strstr(w->out, "\nspec: " OCI_VERSION "\n"));
		assert_null(strstr(strchr(w->out, '\n'), "version"));
	}
}

static void test_help(void **state)
{
	static const char *const lines[] = { "--help",   "-h",         "help",         "",
		                             "help run", "run --help", "create c1 -h", "kill --help" };
	struct world *w = *state;

	for (size_t i = 0; i < array_len(lines); i++) {
		assert_int_equal(line(w, lines[i]), 0);
		assert_string_equal(w->err, "");
		assert_memory_equal(w->out, "NAME:\n   ocirt ", 15);
	}
}

static void test_empty_lists(void **state)
{
	struct world *w = *state;

	assert_int_equal(line(w, "--root %/r list"), 1);
	assert_non_null(strstr(w->err, "No such file or directory"));
	assert_int_equal(mkdirat(w->fd, "r", 0700), 0);
	assert_int_equal(line(w, "--root %/r list --format=json"), 0);
	assert_string_equal(w->out, "[]\n");
	assert_int_equal(line(w, "--root %/r list -q"), 0);
	assert_string_equal(w->out, "");
	assert_int_equal(line(w, "--root %/r list"), 0);
	assert_string_equal(w->out, "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
	assert_string_equal(w->err, "");
}

static bool has(const struct vec_str *v, const char *text)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->items[i], text) == 0)
			return true;
	return false;
}

static void test_features(void **state)
{
	struct world *w = *state;
	struct arena a = { 0 };
	struct json_error je;
	struct oci_features *f;
	struct json_text text;

	assert_int_equal(line(w, "features"), 0);
	assert_string_equal(w->err, "");
	text = (struct json_text){ .text = w->out, .len = strlen(w->out) };
	assert_int_equal(oci_features_read(&text, &a, &f, &je), 0);
	assert_string_equal(f->oci_version_min, "1.0.0");
	assert_string_equal(f->oci_version_max, OCI_VERSION);
	assert_int_equal(f->hooks.n, 6);
	assert_true(has(&f->mount_options, "rro") && has(&f->mount_options, "idmap") &&
	            has(&f->mount_options, "ridmap"));
	assert_true(f->linux_->mount_extensions->idmap->enabled.v);
	assert_int_equal(f->linux_->namespaces.n, 8);
	assert_true(f->linux_->cgroup->v1.v && f->linux_->cgroup->v2.v);
	arena_free(&a);
}

static void test_a_first_configuration(void **state)
{
	struct world *w = *state;
	struct arena a = { 0 };
	struct json_error je;
	struct oci_config *c;
	struct json_text text;
	char config[OUTPUT_MAX], again[OUTPUT_MAX];

	assert_int_equal(line(w, "spec"), 0);
	assert_string_equal(w->out, "");
	assert_string_equal(w->err, "");
	slurp_at(w->fd, "config.json", config);
	text = (struct json_text){ .text = config, .len = strlen(config) };
	assert_int_equal(oci_config_read(&text, &a, &c, &je), 0);
	assert_string_equal(c->process->args.items[0], "sh");
	assert_true(c->process->terminal.v && c->process->no_new_privileges.v && c->root->readonly.v);
	assert_null(c->linux_->uid_mappings.items);
	arena_free(&a);
	assert_int_equal(line(w, "spec --rootless --bundle %"), 1);
	expect_failure(w, "config.json exists");
	slurp_at(w->fd, "config.json", again);
	assert_string_equal(config, again);
	assert_int_equal(unlinkat(w->fd, "config.json", 0), 0);
	assert_int_equal(line(w, "spec --rootless -b %"), 0);
	slurp_at(w->fd, "config.json", config);
	text = (struct json_text){ .text = config, .len = strlen(config) };
	assert_int_equal(oci_config_read(&text, &a, &c, &je), 0);
	assert_int_equal(c->linux_->uid_mappings.n, 1);
	assert_int_equal(c->linux_->uid_mappings.items[0].host_id, geteuid());
	assert_null(c->linux_->resources);
	arena_free(&a);
}

static void test_the_state_root(void **state)
{
	struct world *w = *state;

	/* relative to the current directory, and not resolved later */
	assert_int_equal(line(w, "--root . list"), 0);
	(void)setenv("XDG_RUNTIME_DIR", "", 1);
	assert_int_equal(line(w, "list -q"), 0);
	(void)unsetenv("XDG_RUNTIME_DIR");
}

static void test_a_closed_output_is_a_failure(void **state)
{
	struct world *w = *state;
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC), status;
	pid_t pid;

	assert_true(full >= 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(full, STDOUT_FILENO);
		(void)dup2(openat(w->fd, "err", O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
		exit(cli_main(2, (char *[]){ "ocirt", "--version" }));
	}
	(void)close(full);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 1);
	slurp_at(w->fd, "err", w->err);
	assert_non_null(strstr(w->err, "standard output"));
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, new_world, drop_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_are_sound),
		cmocka_unit_test(test_help_shows_every_command_and_option),
		cmocka_unit_test(test_completions_know_every_command_option_and_word),
		cmocka_unit_test(test_words_of_the_line_are_told_apart),
		cmocka_unit_test(test_manual_pages_have_every_option),
		WORLD_TEST(test_lines_of_engines),
		WORLD_TEST(test_deleting_nothing_by_force),
		WORLD_TEST(test_mistakes_in_the_line),
		WORLD_TEST(test_one_record_for_one_failure),
		WORLD_TEST(test_our_log_is_no_preserved_descriptor),
		WORLD_TEST(test_version),
		WORLD_TEST(test_help),
		WORLD_TEST(test_empty_lists),
		WORLD_TEST(test_features),
		WORLD_TEST(test_a_first_configuration),
		WORLD_TEST(test_the_state_root),
		WORLD_TEST(test_a_closed_output_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
