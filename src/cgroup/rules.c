/* SPDX-License-Identifier: Apache-2.0
 *
 * rules - device rules: a list of which the last that fits wins, for each of r, w and m
 */
#include "cgroup/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void cg_device_list_free(struct cg_device_list *l)
{
	free(l->row);
	*l = (struct cg_device_list){ 0 };
}

bool cg_device_is_all(const struct cg_device_rule *r)
{
	return r->type == 'a' && r->major < 0 && r->minor < 0 && r->r && r->w && r->m;
}

static const char *number(int64_t v, char to[24])
{
	if (v < 0)
		return "*";
	(void)snprintf(to, 24, "%" PRId64, v); /* 20 digits at most */
	return to;
}

const char *cg_device_text(const struct cg_device_rule *r, char to[64])
{
	char major[24], minor[24];

	(void)snprintf(to, 64, "%c %s:%s %s%s%s", r->type, number(r->major, major), number(r->minor, minor),
	               r->r ? "r" : "", r->w ? "w" : "", r->m ? "m" : ""); /* 2 numbers of 20 digits and 8 more */
	return to;
}

bool cg_device_same(const struct cg_device_rule *a, const struct cg_device_rule *b)
{
	return a->type == b->type && a->major == b->major && a->minor == b->minor;
}

static bool covers(const struct cg_device_rule *wide, const struct cg_device_rule *narrow)
{
	return wide->type == narrow->type && (wide->major < 0 || wide->major == narrow->major) &&
	       (wide->minor < 0 || wide->minor == narrow->minor);
}

static bool overlaps(const struct cg_device_rule *a, const struct cg_device_rule *b)
{
	return a->type == b->type && (a->major < 0 || b->major < 0 || a->major == b->major) &&
	       (a->minor < 0 || b->minor < 0 || a->minor == b->minor) &&
	       ((a->r && b->r) || (a->w && b->w) || (a->m && b->m));
}

int cg_device_list_add(struct cg_device_list *l, const struct cg_device_rule *r, struct err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		struct cg_device_rule *row = &l->row[i];

		if (!cg_device_same(row, r))
			continue;
		row->r |= r->r;
		row->w |= r->w;
		row->m |= r->m;
		return 0;
	}
	if (l->n == l->room) {
		size_t room = l->room == 0 ? 32 : l->room * 2;
		struct cg_device_rule *more = realloc(l->row, room * sizeof(*more));

		if (more == NULL)
			return err_sys(e, "resolve the device rules");
		l->row = more;
		l->room = room;
	}
	l->row[l->n++] = *r;
	return 0;
}

/* Takes a rule's devices out of the exceptions. */
static int cut_rows(struct cg_device_list *l, const struct cg_device_rule *r, struct err *e)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct cg_device_rule *row = &l->row[i];
		char have[64], cut[64];

		if (overlaps(row, r) && !covers(r, row))
			return err_kind(e, ERR_HOST, "cgroup v1 cannot %s '%s' out of the wider rule '%s'",
			                r->allow ? "allow" : "deny", cg_device_text(r, cut), cg_device_text(row, have));
		if (covers(r, row)) {
			row->r &= !r->r;
			row->w &= !r->w;
			row->m &= !r->m;
		}
		if (row->r || row->w || row->m)
			l->row[n++] = *row;
	}
	l->n = n;
	return 0;
}

static int resolve_one(struct cg_device_list *l, struct cg_device_rule r, struct err *e)
{
	if (cg_device_is_all(&r)) {
		l->allow_all = r.allow;
		l->n = 0;
		return 0;
	}
	if (r.type == 'a') { /* of both types */
		r.type = 'b';
		if (resolve_one(l, r, e) < 0)
			return -1;
		r.type = 'c';
	}
	return r.allow == l->allow_all ? cut_rows(l, &r, e) : cg_device_list_add(l, &r, e);
}

int cg_devices_resolve(const struct cg_device_rule *rules, size_t n, struct cg_device_list *out, struct err *e)
{
	out->n = 0;
	out->allow_all = false; /* what nobody allowed is denied */
	for (size_t i = 0; i < n; i++)
		if (resolve_one(out, rules[i], e) < 0)
			return -1;
	return 0;
}
