/* SPDX-License-Identifier: Apache-2.0
 *
 * status - who a process is in the kernel's own words: ids, capabilities, no_new_privs, seccomp
 */
#include "kernel/status.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/num.h"
#include "kernel/procfs.h"

enum { STATUS_MAX = 1 << 20 }; /* 65536 groups of eleven characters, and the rest */

void status_free(struct status *s)
{
	free(s->groups);
	s->groups = NULL;
	s->n_groups = 0;
}

int status_open(int proc_fd, struct err *e)
{
	int fd = procfs_open(proc_fd, "self/status", O_RDONLY);

	return fd < 0 ? err_sys(e, "open /proc/self/status") : fd;
}

int status_read(int fd, struct status *out, struct err *e)
{
	auto_free char *text = NULL;
	size_t len;

	if (lseek(fd, 0, SEEK_SET) < 0 || fd_read_all(fd, STATUS_MAX, &text, &len) < 0)
		return err_sys(e, "read /proc/self/status");
	return status_parse(text, out, e);
}

/* Where the value of the line "NAME:" begins, NULL when there is no such line. */
static const char *line_of(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; p != NULL; p = strchr(p, '\n')) {
		if (*p == '\n')
			p++;
		if (strncmp(p, name, len) == 0 && p[len] == ':')
			return p + len + 1;
		if (*p == '\0')
			break;
	}
	return NULL;
}

/* The next number of the line; false at its end. */
static bool next_number(const char **p, unsigned int base, uint64_t *out)
{
	*p += strspn(*p, " \t");
	return num_take(p, base, UINT64_MAX, out);
}

static bool read_ids(const char *text, const char *name, uint32_t ids[4])
{
	const char *p = line_of(text, name);
	uint64_t v;

	for (int i = 0; i < 4; i++) {
		if (p == NULL || !next_number(&p, 10, &v) || v > UINT32_MAX)
			return false;
		ids[i] = (uint32_t)v;
	}
	return true;
}

static bool read_groups(const char *text, struct status *out)
{
	const char *p = line_of(text, "Groups");
	size_t n = 0;
	uint64_t v;

	if (p == NULL)
		return false;
	for (const char *q = p; next_number(&q, 10, &v);)
		n++;
	out->groups = calloc(n + 1, sizeof(*out->groups));
	if (out->groups == NULL)
		return false;
	while (out->n_groups < n && next_number(&p, 10, &v))
		out->groups[out->n_groups++] = (uint32_t)v;
	return true;
}

int status_parse(const char *text, struct status *out, struct err *e)
{
	uint64_t nnp = 0, seccomp = 0;
	const struct {
		const char *name;
		unsigned int base;
		uint64_t *to;
		bool may_lack;
	} rows[] = {
		{ "SigIgn", 16, &out->ignored, false },
		{ "CapInh", 16, &out->caps.inheritable, false },
		{ "CapPrm", 16, &out->caps.permitted, false },
		{ "CapEff", 16, &out->caps.effective, false },
		{ "CapBnd", 16, &out->caps.bounding, false },
		{ "CapAmb", 16, &out->caps.ambient, true },
		{ "NoNewPrivs", 10, &nnp, true },
		{ "Seccomp", 10, &seccomp, true },
	};

	*out = (struct status){ 0 };
	if (!read_ids(text, "Uid", out->uid) || !read_ids(text, "Gid", out->gid) || !read_groups(text, out))
		return err_set(e, "read /proc/self/status: no Uid, Gid or Groups");
	for (size_t i = 0; i < array_len(rows); i++) {
		const char *p = line_of(text, rows[i].name);

		if ((p == NULL && !rows[i].may_lack) || (p != NULL && !next_number(&p, rows[i].base, rows[i].to)))
			return err_set(e, "read /proc/self/status: no %s", rows[i].name);
	}
	out->no_new_privs = nnp != 0;
	out->seccomp = (int)seccomp;
	return 0;
}

static int check_ids(const char *what, const uint32_t is[4], uint32_t wanted, struct err *e)
{
	for (int i = 0; i < 4; i++)
		if (is[i] != wanted)
			return err_set(e, "after setting %s %u the kernel has %u %u %u %u", what, wanted, is[0], is[1],
			               is[2], is[3]);
	return 0;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* As sets: the kernel keeps them in an order of its own. */
static int check_groups(const struct status *is, const struct status_wanted *wanted, struct err *e)
{
	size_t size = wanted->n_groups * sizeof(uint32_t);
	auto_free uint32_t *mine = NULL;
	bool same;

	if (is->n_groups != wanted->n_groups)
		return err_set(e, "after setting %zu additional groups the kernel has %zu", wanted->n_groups,
		               is->n_groups);
	if (size == 0)
		return 0;
	mine = malloc(size * 2);
	if (mine == NULL)
		return err_memory(e);
	memcpy(mine, wanted->groups, size);
	memcpy(mine + wanted->n_groups, is->groups, size);
	qsort(mine, wanted->n_groups, sizeof(*mine), by_number);
	qsort(mine + wanted->n_groups, wanted->n_groups, sizeof(*mine), by_number);
	same = memcmp(mine, mine + wanted->n_groups, size) == 0;
	return same ? 0 : err_set(e, "the additional groups are not those that were set");
}

static int check_caps(const struct caps *is, const struct caps *wanted, struct err *e)
{
	const struct {
		const char *name;
		uint64_t is, wanted;
	} rows[] = {
		{ "bounding", is->bounding, wanted->bounding },
		{ "effective", is->effective, wanted->effective },
		{ "permitted", is->permitted, wanted->permitted },
		{ "inheritable", is->inheritable, wanted->inheritable },
		{ "ambient", is->ambient, wanted->ambient },
	};

	for (size_t i = 0; i < array_len(rows); i++)
		if (rows[i].is != rows[i].wanted)
			return err_set(e, "after setting the %s capabilities %#" PRIx64 " the kernel has %#" PRIx64,
			               rows[i].name, rows[i].wanted, rows[i].is);
	return 0;
}

int status_check(const struct status *is, const struct status_wanted *wanted, struct err *e)
{
	if (check_ids("uid", is->uid, wanted->uid, e) < 0 || check_ids("gid", is->gid, wanted->gid, e) < 0)
		return -1;
	if (!wanted->any_groups && check_groups(is, wanted, e) < 0)
		return -1;
	if (check_caps(&is->caps, &wanted->caps, e) < 0)
		return -1;
	if (wanted->no_new_privs && !is->no_new_privs)
		return err_set(e, "no_new_privs was set, but the kernel does not have it");
	return 0;
}
