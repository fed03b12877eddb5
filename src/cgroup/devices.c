/* SPDX-License-Identifier: Apache-2.0
 *
 * devices - which devices the processes of a group may open or make
 *
 * cgroup-v1/devices.rst; cgroup-v2.rst "Device controller". Declared in cgroup.h.
 */
#include "cgroup/cgroup.h"

#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/num.h"
#include "cgroup/bpf.h"
#include "cgroup/io.h"
#include "cgroup/rules.h"

enum { LIST_MAX = 1 << 20 }; /* bytes of devices.list */

static bool take_number(const char *text, size_t len, int64_t *out)
{
	char one[24];
	uint64_t v;

	if (len == 1 && *text == '*') {
		*out = -1;
		return true;
	}
	if (len >= sizeof(one))
		return false;
	memcpy(one, text, len);
	one[len] = '\0';
	if (!num_u64(one, INT64_MAX, &v))
		return false;
	*out = (int64_t)v;
	return true;
}

/* One line of devices.list. */
static bool take_row(const char *line, size_t len, struct cg_device_rule *r)
{
	const char *end = line + len, *colon = memchr(line, ':', len), *access;

	access = colon == NULL ? NULL : memchr(colon, ' ', (size_t)(end - colon));
	if (access == NULL || len < 3)
		return false;
	r->type = line[0];
	r->allow = true;
	r->r = memchr(access, 'r', (size_t)(end - access)) != NULL;
	r->w = memchr(access, 'w', (size_t)(end - access)) != NULL;
	r->m = memchr(access, 'm', (size_t)(end - access)) != NULL;
	return take_number(line + 2, (size_t)(colon - line) - 2, &r->major) &&
	       take_number(colon + 1, (size_t)(access - colon) - 1, &r->minor);
}

/* What is in force. The kernel shows "a *:* rwm" for the stance allow, and then no exceptions: *known is false with these. */
static int read_list(const struct cg_dir *d, struct cg_device_list *l, bool *known, struct err *e)
{
	auto_free char *text = NULL;
	char path[PATH_MAX], start[8];
	size_t len;

	*known = cg_peek(d, "devices.list", start, sizeof(start)) < 0 || start[0] != 'a';
	if (!*known) /* every new group on a host that does not restrict itself */
		return 0;
	if (!cg_path(d, "devices.list", path))
		return err_sys(e, "%s%s/devices.list", d->mount, d->path);
	if (file_read_at(AT_FDCWD, path, LIST_MAX, &text, &len, e) < 0)
		return -1;
	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		struct cg_device_rule r;

		if (!take_row(line, strcspn(line, "\n"), &r) || r.type == 'a') {
			*known = false;
			return 0;
		}
		if (cg_device_list_add(l, &r, e) < 0)
			return -1;
	}
	return 0;
}

static int put_row(int fd, const struct cg_dir *d, const char *file, const char *text, struct err *e)
{
	if (fd_write_all(fd, text, strlen(text)) < 0)
		return err_sys(e, "write '%s' to %s%s/%s", text, d->mount, d->path, file);
	return 0;
}

/* The stance first: it clears the exceptions. What is in a new group opens and makes no device before all are written. */
static int set_afresh(const struct cg_dir *d, const struct cg_device_list *l, struct err *e)
{
	const char *stance = l->allow_all ? "devices.allow" : "devices.deny";
	const char *other = l->allow_all ? "devices.deny" : "devices.allow";
	auto_fd int fd = -1;
	char text[64];

	if (cg_poke(d, stance, "a") < 0)
		return err_sys(e, "write 'a' to %s%s/%s", d->mount, d->path, stance);
	if (l->n == 0)
		return 0;
	fd = cg_open(d, other, O_WRONLY, e);
	if (fd < 0)
		return -1;
	for (size_t i = 0; i < l->n; i++)
		if (put_row(fd, d, other, cg_device_text(&l->row[i], text), e) < 0)
			return -1;
	return 0;
}

/* Both stances deny: allows first, then takes away what is too much, so that no allowed device fails in between. */
static int set_changes(const struct cg_dir *d, const struct cg_device_list *old, const struct cg_device_list *l,
                       struct err *e)
{
	auto_device_list struct cg_device_list gone = { 0 };
	auto_fd int fd = -1;
	char text[64];

	fd = cg_open(d, "devices.allow", O_WRONLY, e);
	if (fd < 0)
		return -1;
	for (size_t i = 0; i < l->n; i++)
		if (put_row(fd, d, "devices.allow", cg_device_text(&l->row[i], text), e) < 0)
			return -1;
	for (size_t i = 0; i < old->n; i++) {
		struct cg_device_rule r = old->row[i];

		for (size_t j = 0; j < l->n; j++)
			if (cg_device_same(&r, &l->row[j])) {
				r.r &= !l->row[j].r;
				r.w &= !l->row[j].w;
				r.m &= !l->row[j].m;
			}
		if ((r.r || r.w || r.m) && cg_device_list_add(&gone, &r, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < gone.n; i++)
		if (cg_poke(d, "devices.deny", cg_device_text(&gone.row[i], text)) < 0)
			return err_sys(e, "write '%s' to %s%s/devices.deny", text, d->mount, d->path);
	return 0;
}

static int set_v1(const struct cg_dir *d, const struct cg_device_rule *rules, size_t n, struct err *e)
{
	auto_device_list struct cg_device_list want = { 0 }, have = { 0 };
	bool known;

	if (cg_devices_resolve(rules, n, &want, e) < 0 || read_list(d, &have, &known, e) < 0)
		return -1;
	return known && !want.allow_all ? set_changes(d, &have, &want, e) : set_afresh(d, &want, e);
}

static int set(const struct cg_place *p, const struct cg_device_rule *rules, size_t n, struct err *e)
{
	const struct cg_dir *v1 = cg_v1_dir(p, "devices"), *v2 = cg_unified_dir(p);
	auto_fd int fd = -1;

	if (v1 != NULL)
		return set_v1(v1, rules, n, e);
	if (v2 == NULL)
		return err_kind(
			e, ERR_HOST,
			"this host cannot restrict devices: neither the v1 devices controller nor cgroup2 is mounted");
	fd = cg_open_unified(p);
	if (fd < 0)
		return err_sys(e, "open the cgroup %s%s", v2->mount, v2->path);
	if (cg_bpf_attach(fd, rules, n, e) < 0)
		return err_in(e, "restrict the devices of the cgroup %s%s", v2->mount, v2->path);
	return 0;
}

int cg_set_devices(const struct cg_place *p, const struct cg_device_rule *rules, size_t n, struct err *e)
{
	if (n == 0 || set(p, rules, n, e) == 0)
		return 0;
	(void)err_at(e, "/linux/resources/devices"); /* -1 is what is returned */
	return err_in(e, "devices");
}
