/* SPDX-License-Identifier: Apache-2.0
 *
 * idmap - the id maps of a new user namespace, written from outside
 */
#include "kernel/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/num.h"
#include "base/spawn.h"
#include "kernel/sys.h"

static const struct {
	const char *file, *helper, *word;
} kinds[] = {
	[IDMAP_UID] = { "uid_map", "/usr/bin/newuidmap", "uid" },
	[IDMAP_GID] = { "gid_map", "/usr/bin/newgidmap", "gid" },
};

int idmap_poke(int dir, const char *path, const struct idmap_row *rows, size_t n)
{
	auto_buf struct buf text = { 0 };

	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "%u %u %u\n", rows[i].inside, rows[i].outside, rows[i].count);
	if (buf_text(&text) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	return file_poke_at(dir, path, text.data, text.len);
}

static int write_direct(pid_t pid, enum idmap_kind kind, const struct idmap_row *rows, size_t n)
{
	char path[48];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, kinds[kind].file); /* always fits */
	return idmap_poke(AT_FDCWD, path, rows, n);
}

static int write_by_helper(pid_t pid, enum idmap_kind kind, const struct idmap_row *rows, size_t n, struct err *e)
{
	static const char *const env[] = { NULL };
	char numbers[IDMAP_ROWS_MAX * 3 + 1][12];
	const char *argv[IDMAP_ROWS_MAX * 3 + 3];
	struct spawn s = {
		.path = kinds[kind].helper, .argv = argv, .envp = env, .timeout_ms = 10000, .out_fd = -1, .err_fd = -1
	};
	size_t used = 0;

	argv[0] = kinds[kind].helper;
	(void)snprintf(numbers[used], sizeof(numbers[0]), "%d", pid); /* always fits */
	for (size_t i = 0; i < n; i++) {
		const uint32_t row[3] = { rows[i].inside, rows[i].outside, rows[i].count };

		for (size_t k = 0; k < array_len(row); k++)
			(void)snprintf(numbers[++used], sizeof(numbers[0]), "%u", row[k]); /* always fits */
	}
	for (size_t i = 0; i <= used; i++)
		argv[i + 1] = numbers[i];
	argv[used + 2] = NULL;
	return spawn_run(&s, NULL, e);
}

/* An unprivileged caller may map its own gid only once setgroups(2) is given up. */
static int deny_setgroups(pid_t pid, struct err *e)
{
	char path[48];

	(void)snprintf(path, sizeof(path), "/proc/%d/setgroups", pid); /* always fits */
	if (file_poke_at(AT_FDCWD, path, "deny", 4) < 0 && errno != ENOENT)
		return err_sys(e, "write deny to %s", path);
	return 0;
}

static bool is_own_id(enum idmap_kind kind, const struct idmap_row *rows, size_t n)
{
	uint32_t own = kind == IDMAP_UID ? geteuid() : getegid();

	return n == 1 && rows[0].count == 1 && rows[0].outside == own;
}

static int write_unprivileged(pid_t pid, enum idmap_kind kind, const struct idmap_row *rows, size_t n, struct err *e)
{
	if (!is_own_id(kind, rows, n) || access(kinds[kind].helper, X_OK) == 0) {
		if (write_by_helper(pid, kind, rows, n, e) == 0)
			return 0;
		if (!is_own_id(kind, rows, n))
			return -1;
	}
	if (kind == IDMAP_GID && deny_setgroups(pid, e) < 0)
		return -1;
	if (write_direct(pid, kind, rows, n) < 0)
		return err_sys(e, "write /proc/%d/%s", pid, kinds[kind].file);
	return 0;
}

int idmap_write(pid_t pid, enum idmap_kind kind, const struct idmap_row *rows, size_t n, struct err *e)
{
	if (n > IDMAP_ROWS_MAX)
		return err_set(e, "a %s map of %zu rows: the kernel takes %d at most", kinds[kind].word, n,
		               IDMAP_ROWS_MAX);
	if (write_direct(pid, kind, rows, n) == 0)
		return 0;
	if (errno == EINVAL && n > 1)
		return err_sys(e,
		               "write the %s map of the user namespace: %zu rows, of less than a page of text in all",
		               kinds[kind].word, n);
	if (errno != EPERM && errno != EACCES)
		return err_sys(e, "write the %s map of the user namespace", kinds[kind].word);
	return write_unprivileged(pid, kind, rows, n, e);
}

static bool has_row(const struct idmap_row *rows, size_t n, const struct idmap_row *row)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].inside == row->inside && rows[i].outside == row->outside && rows[i].count == row->count)
			return true;
	return false;
}

/* "         0       1000          1", as the kernel writes it. */
static bool read_row(const char *line, struct idmap_row *row)
{
	uint32_t *const to[] = { &row->inside, &row->outside, &row->count };
	uint64_t v;

	for (size_t i = 0; i < array_len(to); i++) {
		if (!num_column(&line, UINT32_MAX, &v))
			return false;
		*to[i] = (uint32_t)v;
	}
	return *line == '\0';
}

int idmap_check(enum idmap_kind kind, const struct idmap_row *rows, size_t n, struct err *e)
{
	char path[32];
	enum { MOST = 64 << 10 }; /* 340 rows of 33 bytes */
	auto_free char *text = NULL;
	size_t same = 0, len;
	struct idmap_row row;
	char *rest;

	(void)snprintf(path, sizeof(path), "/proc/self/%s", kinds[kind].file); /* always fits */
	if (file_read_at(AT_FDCWD, path, MOST, &text, &len, e) < 0)
		return -1;
	rest = text;
	for (char *line; (line = strsep(&rest, "\n")) != NULL && *line != '\0';) {
		if (!read_row(line, &row))
			return err_set(e, "read %s: cannot read \"%s\"", path, line);
		if (!has_row(rows, n, &row))
			return err_kind(
				e, ERR_CONFIG,
				"the user namespace that is joined has another map: ids from %u on are %u and so on",
				row.inside, row.outside);
		same++;
	}
	if (same != n)
		return err_kind(e, ERR_CONFIG, "the user namespace that is joined has a map of %zu rows, not of %zu",
		                same, n);
	return 0;
}
