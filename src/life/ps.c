/* SPDX-License-Identifier: Apache-2.0
 *
 * ps - the processes of a container: their numbers, or what ps(1) tells of them
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/num.h"
#include "base/spawn.h"
#include "life/life.h"
#include "life/verbs.h"

enum { PS_TIMEOUT_MS = 30000, PS_OUTPUT_MAX = 64 << 20 };

/* Without control groups only the first process is known. */
static int find_pids(const struct container *c, struct arena *a, struct life_pids *out, struct err *e)
{
	pid_t *pids = NULL;

	*out = (struct life_pids){ 0 };
	if (c->intent.place != NULL && cg_pids(c->intent.place, &pids, &out->n, e) < 0)
		return -1;
	out->items = arena_alloc(a, (out->n + 1) * sizeof(*out->items));
	if (out->items == NULL) {
		free(pids);
		return err_memory(e);
	}
	if (out->n > 0)
		memcpy(out->items, pids, out->n * sizeof(*pids));
	else if (c->intent.place == NULL && c->has_process)
		out->items[out->n++] = c->pid;
	free(pids);
	return 0;
}

int life_ps(const struct life_globals *g, const char *id, struct arena *a, struct life_pids *out, struct err *e)
{
	auto_container struct container c = CONTAINER_NONE;

	if (store_open(g->root, id, a, &c, e) < 0 || status_permits(VERB_PS, &c, e) < 0)
		return -1;
	return find_pids(&c, a, out, e);
}

/* --- the table ------------------------------------------------------------------------------------------------------- */

static int start_ps(const char *path, const char *const *args, int out, struct err *e)
{
	const char **argv = NULL;
	size_t n = 0;
	int r;

	while (args[n] != NULL)
		n++;
	argv = calloc(n + 2, sizeof(*argv));
	if (argv == NULL)
		return err_memory(e);
	argv[0] = "ps";
	memcpy(argv + 1, args, n * sizeof(*args));
	r = spawn_run(&(struct spawn){ .path = path,
	                               .argv = argv,
	                               .envp = (const char *const *)environ,
	                               .timeout_ms = PS_TIMEOUT_MS,
	                               .out_fd = out,
	                               .err_fd = -1 },
	              NULL, e);
	free(argv);
	return r < 0 ? err_in(e, "%s", path) : 0;
}

/* What it prints, malloc'ed; NULL with *e filled. */
static char *run_ps(const char *const *args, struct err *e)
{
	auto_fd int file = memfd_create("ps", MFD_CLOEXEC);
	char path[PATH_MAX], *text = NULL;
	size_t len;

	if (file < 0)
		(void)err_sys(e, "make a file for the output of ps"); /* NULL is what is returned, as below */
	else if (spawn_find("ps", path, e) == 0 && start_ps(path, args, file, e) == 0 &&
	         (lseek(file, 0, SEEK_SET) < 0 || fd_read_all(file, PS_OUTPUT_MAX, &text, &len) < 0))
		(void)err_sys(e, "read the output of ps");
	return text;
}

/* The start of word number `column` of a line, counted from 0; NULL when it has not so many. */
static const char *word_at(const char *line, size_t column, size_t *len)
{
	for (;; column--) {
		line += strspn(line, " \t");
		*len = strcspn(line, " \t\n");
		if (*len == 0)
			return NULL;
		if (column == 0)
			return line;
		line += *len;
	}
}

static bool find_column(const char *header, const char *name, size_t *column)
{
	const char *word;
	size_t len;

	for (*column = 0; (word = word_at(header, *column, &len)) != NULL; ++*column)
		if (len == strlen(name) && memcmp(word, name, len) == 0)
			return true;
	return false;
}

static bool is_ours(const char *line, size_t column, const struct life_pids *pids)
{
	char digits[16];
	uint64_t pid;
	size_t len;
	const char *word = word_at(line, column, &len);

	if (word == NULL || len >= sizeof(digits))
		return false;
	memcpy(digits, word, len);
	digits[len] = '\0';
	if (!num_u64(digits, INT_MAX, &pid))
		return false;
	for (size_t i = 0; i < pids->n; i++)
		if (pids->items[i] == (pid_t)pid)
			return true;
	return false;
}

static int filter(const char *output, const struct life_pids *pids, struct arena *a, const char **text, struct err *e)
{
	auto_buf struct buf kept = { 0 };
	size_t column;

	if (!find_column(output, "PID", &column))
		return err_set(e, "the output of ps has no column PID");
	for (const char *line = output; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		len += line[len] == '\n';
		if (line == output || is_ours(line, column, pids))
			buf_put(&kept, line, len);
		line += len;
	}
	*text = buf_text(&kept) != NULL ? arena_strndup(a, kept.data, kept.len) : NULL;
	return *text != NULL ? 0 : err_memory(e);
}

int life_ps_table(const struct life_globals *g, const char *id, const char *const *args, struct arena *a,
                  const char **text, struct err *e)
{
	static const char *const all[] = { "-ef", NULL };
	struct life_pids pids;
	auto_free char *output = NULL;

	if (life_ps(g, id, a, &pids, e) < 0)
		return -1;
	output = run_ps(args != NULL ? args : all, e);
	return output == NULL ? -1 : filter(output, &pids, a, text, e);
}
