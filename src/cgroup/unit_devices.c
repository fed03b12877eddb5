/* SPDX-License-Identifier: Apache-2.0
 *
 * unit_devices - device rules as properties of a unit: DevicePolicy and DeviceAllow
 *
 * What holds is the program (cgroup2) or list (v1) of ours; the properties say the same to those who look at the unit, and make
 * systemd write it where a reload would else allow everything (v1). Rules that systemd has no words for leave it out of this.
 * systemd.resource-control(5).
 */
#include "base/num.h"
#include "cgroup/systemd.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cgroup/bus.h"
#include "cgroup/rules.h"

enum { DEVICES_MAX = 16384 };

/* The name that /proc/devices has for a major number: "pts". */
static bool name_of(const char *devices, const struct cg_device_rule *r, char to[64])
{
	const char *block = strstr(devices, "Block devices:");
	const char *line = r->type == 'b' ? block : devices;

	for (; line != NULL && *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *name = line;
		uint64_t major;

		if (r->type == 'c' && line == block)
			return false;
		if (num_column(&name, INT64_MAX, &major) && (int64_t)major == r->major && *name == ' ' &&
		    (size_t)snprintf(to, 64, "%.*s", (int)strcspn(name + 1, "\n"), name + 1) < 64)
			return true;
	}
	return false;
}

/* "char-*", "char-pts", "/dev/char/1:3" */
static bool spell(const char *devices, const struct cg_device_rule *r, char to[96])
{
	const char *kind = r->type == 'b' ? "block" : "char";
	char name[64] = "*";

	if (r->minor >= 0)
		return r->major >= 0 && snprintf(to, 96, "/dev/%s/%" PRId64 ":%" PRId64, kind, r->major, r->minor) > 0;
	if (r->major >= 0 && !name_of(devices, r, name))
		return false;
	return snprintf(to, 96, "%s-%s", kind, name) > 0;
}

static void put_list(struct bus_call *c, const char *devices, const struct cg_device_list *l)
{
	bus_property_open(c, "DeviceAllow", "a(ss)");
	bus_put_open(c, 'a', "(ss)");
	for (size_t i = 0; i < l->n; i++) {
		const struct cg_device_rule *d = &l->row[i];
		char node[96], access[4];

		(void)snprintf(access, sizeof(access), "%s%s%s", d->r ? "r" : "", d->w ? "w" : "", d->m ? "m" : "");
		(void)spell(devices, d, node);
		bus_put_open(c, 'r', "ss");
		bus_put_text(c, 's', node);
		bus_put_text(c, 's', access);
		bus_put_close(c);
	}
	bus_put_close(c);
	bus_property_close(c);
}

void unit_put_devices(struct bus_call *c, const struct cg_settings *s)
{
	auto_device_list struct cg_device_list l = { 0 };
	char devices[DEVICES_MAX], node[96];
	struct err why;

	if (s->n_devices == 0 || cg_devices_resolve(s->devices, s->n_devices, &l, &why) < 0 || l.allow_all ||
	    file_peek_at(AT_FDCWD, "/proc/devices", devices, sizeof(devices)) < 0)
		return;
	for (size_t i = 0; i < l.n; i++)
		if (!spell(devices, &l.row[i], node))
			return;
	(void)err_set(&why, "say the device rules to systemd");
	(void)err_at(&why, "/linux/resources/devices");
	bus_blame(c, &why);
	bus_property_text(c, "DevicePolicy", "strict");
	put_list(c, devices, &l);
}
