/* SPDX-License-Identifier: Apache-2.0
 *
 * write - setting limits: one value, one file, and in words what the kernel meant when it said no
 *
 * Declared in cgroup.h.
 */
#include "cgroup/cgroup.h"

#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "cgroup/io.h"

enum { KNOT_MAX = 16 };

static uint64_t number_in(const struct cg_dir *d, const char *file)
{
	uint64_t n;
	char text[32];

	return cg_peek(d, file, text, sizeof(text)) >= 0 && num_u64(text, UINT64_MAX, &n) ? n : 0;
}

/* Bytes, pages or whatever is used now, when that is more than the value; 0 when it is not or nobody knows. */
static uint64_t above(const struct cg_dir *d, const struct cg_write *w)
{
	uint64_t value, used;

	if (w->usage == NULL || !num_u64(w->value, UINT64_MAX, &value))
		return 0;
	used = number_in(d, w->usage);
	return used > value ? used : 0;
}

static int tell_usage(const struct cg_write *w, uint64_t used, struct err *e)
{
	(void)err_set(e, "%s: limit %s is below the current usage %llu", w->file, w->value, (unsigned long long)used);
	return err_at(e, "%s", w->pointer);
}

/* Refuses what is asked to be refused when it is less than what is used now. */
static int check_usage(const struct cg_dir *d, const struct cg_write *w, struct err *e)
{
	uint64_t used = w->sum != NULL ? number_in(d, w->usage) + number_in(d, w->usage2) : 0, sum;

	errno = EBUSY;
	if (w->sum != NULL && num_u64(w->sum, UINT64_MAX, &sum) && used > sum) {
		(void)err_set(e, "rejecting memory+swap limit: %s is below the current usage %llu", w->sum,
		              (unsigned long long)used);
		return err_at(e, "%s", w->pointer);
	}
	used = above(d, w);
	if (used == 0)
		return 0;
	(void)tell_usage(w, used, e);
	return err_in(e, "rejecting memory limit");
}

/* Tells why file could not be written; errno is the kernel's word. Keeps errno. */
static int tell(const struct cg_dir *d, const struct cg_write *w, const char *file, struct err *e)
{
	int num = errno;
	uint64_t used = num == EBUSY ? above(d, w) : 0;
	const char *value = file == w->alt_file ? w->alt_value : w->value;

	if (used > 0)
		(void)tell_usage(w, used, e);
	else if (num == ENOENT && w->alt_file != NULL)
		(void)err_kind(e, ERR_HOST, "this kernel has neither %s nor %s in the cgroup %s%s", w->file,
		               w->alt_file, d->mount, d->path);
	else if (num == ENOENT)
		(void)err_kind(e, ERR_HOST, "this kernel has no %s in the cgroup %s%s", w->file, d->mount, d->path);
	else
		(void)err_num(e, num, "write '%s' to %s%s/%s", value, d->mount, d->path, file);
	errno = num;
	return err_at(e, "%s", w->pointer);
}

/* A write of nothing would not reach the kernel. */
static const char *bytes(const char *value)
{
	return value[0] == '\0' ? "\n" : value;
}

/* -1 with *e filled and errno the kernel's word. */
static int put(const struct cg_place *p, const struct cg_write *w, struct err *e)
{
	const struct cg_dir *d = cg_dir_of(p, w->controller);
	const char *file = w->file;

	if (d == NULL) {
		(void)err_kind(e, ERR_HOST, "%s: this host has no %s controller", w->file, w->controller);
		errno = ENODEV;
		return err_at(e, "%s", w->pointer);
	}
	if (w->check_usage && check_usage(d, w, e) < 0)
		return -1;
	if (cg_poke(d, file, bytes(w->value)) == 0)
		return 0;
	if (errno == ENOENT && w->alt_file != NULL) {
		file = w->alt_file;
		if (cg_poke(d, file, bytes(w->alt_value)) == 0)
			return 0;
	}
	if (errno == ENOENT && w->optional)
		return 0;
	return tell(d, w, file, e);
}

/*
 * Writes values that bound each other (a v1 memory limit may not pass memory+swap, a quota may not be below its burst) in an
 * order the kernel takes: what it finds invalid is tried again once another went through. Which order that is depends on the
 * old values; trying costs nothing when it is the usual one, asking for them always would.
 */
static int put_knot(const struct cg_place *p, const struct cg_write *w, size_t n, struct err *e)
{
	bool done[KNOT_MAX] = { false };
	size_t left = n;

	while (left > 0) {
		size_t before = left;
		bool failed = false;
		struct err first;

		for (size_t i = 0; i < n; i++) {
			if (done[i])
				continue;
			if (put(p, &w[i], e) == 0) {
				done[i] = true;
				left--;
				continue;
			}
			if (errno != EINVAL)
				return -1;
			if (!failed)
				first = *e;
			failed = true;
		}
		if (left == before) {
			*e = first;
			return -1;
		}
	}
	return 0;
}

int cg_write_all(const struct cg_place *p, const struct cg_write *w, size_t n, struct err *e)
{
	for (size_t i = 0; i < n;) {
		size_t j = i + 1;

		while (w[i].knot != 0 && j < n && j - i < KNOT_MAX && w[j].knot == w[i].knot)
			j++;
		if (j - i > 1 ? put_knot(p, w + i, j - i, e) < 0 : put(p, &w[i], e) < 0)
			return -1;
		i = j;
	}
	return 0;
}
