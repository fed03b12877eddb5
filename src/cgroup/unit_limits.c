/* SPDX-License-Identifier: Apache-2.0
 *
 * unit_limits - limits as properties of a unit: from the words for cgroup2's files to systemd's
 *
 * Which property a file has is said by plan/resources.tab and limit_property(). A value that is not in the kernel's words has
 * no property: writing the file tells what is wrong. systemd.resource-control(5), org.freedesktop.systemd1(5).
 */
#include "cgroup/systemd.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup/bus.h"

enum { SET_BYTES = 1024, USEC_PER_SEC = 1000000, QUOTA_STEP = 10000, PERIOD_DEFAULT = 100000, WEIGHT_IDLE_SINCE = 252 };

/* A number as the kernel reads it: "max", "50000", "64M", up to a blank. */
static bool number(const char *text, uint64_t *n)
{
	static const char units[] = "kmgtpe";
	const char *unit;
	char *end = NULL;

	*n = UINT64_MAX;
	if (strncmp(text, "max", 3) == 0)
		return text[3] == '\0' || text[3] == ' ';
	if (!isdigit((unsigned char)text[0]))
		return false;
	*n = strtoull(text, &end, 0);
	unit = *end != '\0' ? strchr(units, tolower((unsigned char)*end)) : NULL;
	if (unit != NULL) {
		*n <<= 10 * (unit - units + 1);
		end++;
	}
	return *end == '\0' || *end == ' ';
}

static int put_u64(struct bus *b, void *m, const char *property, uint64_t n)
{
	return b->message_append(m, "(sv)", property, "t", n);
}

static int put_number(struct bus *b, void *m, const struct cg_write *w)
{
	uint64_t n;

	return number(w->value, &n) ? put_u64(b, m, w->property, n) : 0;
}

/* An idle group is a weight of its own there, in those that know it. */
static int put_idle(struct bus *b, void *m, const struct cg_write *w)
{
	return strcmp(w->value, "1") == 0 && bus_version(b) >= WEIGHT_IDLE_SINCE ? put_u64(b, m, w->property, 0) : 0;
}

static int put_cpu_weight(struct bus *b, void *m, const struct cg_write *w)
{
	return strcmp(w->file, "cpu.idle") == 0 ? put_idle(b, m, w) : put_number(b, m, w);
}

/* "QUOTA [PERIOD]" of cpu.max: systemd keeps the quota as the time in one second and rounds it to hundredths: up, as 0 is none. */
static int put_cpu(struct bus *b, void *m, const struct cg_write *w)
{
	const char *second = strchr(w->value, ' ');
	uint64_t quota, period = PERIOD_DEFAULT;
	int r = 0;

	if (!number(w->value, &quota) || (second != NULL && !number(second + 1, &period)) || period == 0)
		return 0;
	if (quota != UINT64_MAX) {
		quota = quota * USEC_PER_SEC / period;
		quota = (quota + QUOTA_STEP - 1) / QUOTA_STEP * QUOTA_STEP;
	}
	if (second != NULL)
		r = put_u64(b, m, "CPUQuotaPeriodUSec", period);
	return r < 0 ? r : put_u64(b, m, "CPUQuotaPerSecUSec", quota);
}

/* "0-3,7" as bits, lowest first. */
static int put_set(struct bus *b, void *m, const struct cg_write *w)
{
	unsigned char bits[SET_BYTES] = { 0 };
	size_t n = 0;
	int r;

	for (const char *s = w->value; *s != '\0'; s += strcspn(s, ","), s += *s == ',') {
		char *end = NULL;
		unsigned long first = strtoul(s, &end, 10), last = *end == '-' ? strtoul(end + 1, NULL, 10) : first;

		for (unsigned long i = first; i <= last && i < SET_BYTES * 8UL; i++) {
			bits[i / 8] |= (unsigned char)(1U << i % 8);
			n = i / 8 >= n ? i / 8 + 1 : n;
		}
	}
	r = b->message_open_container(m, 'r', "sv");
	if (r >= 0)
		r = b->message_append_basic(m, 's', w->property);
	if (r >= 0)
		r = b->message_open_container(m, 'v', "ay");
	if (r >= 0)
		r = b->message_append_array(m, 'y', bits, n);
	if (r >= 0)
		r = b->message_close_container(m);
	return r < 0 ? r : b->message_close_container(m);
}

/* systemd spreads BFQ's 100 to 1000 over 100 to 10000; io.weight has its scale. */
static uint64_t io_weight(const char *file, uint64_t n)
{
	return n <= 100 || strcmp(file, "io.bfq.weight") != 0 ? n : 100 + (n - 100) * 11;
}

static int put_device(struct bus *b, void *m, const char *property, const char *device, uint64_t n)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/dev/block/%.*s", (int)strcspn(device, " "), device);
	return b->message_append(m, "(sv)", property, "a(st)", 1, path, n);
}

/* "[default] N" or "MAJOR:MINOR N" */
static int put_weight(struct bus *b, void *m, const struct cg_write *w)
{
	const char *second = strchr(w->value, ' ');
	uint64_t n;

	if (!number(second != NULL ? second + 1 : w->value, &n))
		return 0;
	n = io_weight(w->file, n);
	if (strchr(w->value, ':') != NULL)
		return second != NULL ? put_device(b, m, "IODeviceWeight", w->value, n) : 0;
	return put_u64(b, m, "IOWeight", n);
}

/* "MAJOR:MINOR KEY=N..." of io.max and io.latency */
static int put_keys(struct bus *b, void *m, const struct cg_write *w)
{
	static const struct {
		const char *key, *property;
	} keys[] = {
		{ " rbps=", "IOReadBandwidthMax" },
		{ " wbps=", "IOWriteBandwidthMax" },
		{ " riops=", "IOReadIOPSMax" },
		{ " wiops=", "IOWriteIOPSMax" },
		{ " target=", "IODeviceLatencyTargetUSec" },
	};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < array_len(keys); i++) {
		const char *at = strstr(w->value, keys[i].key);
		uint64_t n;

		if (at != NULL && number(at + strlen(keys[i].key), &n))
			r = put_device(b, m, keys[i].property, w->value, n);
	}
	return r;
}

static const struct {
	const char *property;
	int (*put)(struct bus *b, void *m, const struct cg_write *w);
} kinds[] = {
	{ "MemoryMax", put_number },      { "MemorySwapMax", put_number },    { "MemoryMin", put_number },
	{ "MemoryLow", put_number },      { "MemoryHigh", put_number },       { "TasksMax", put_number },
	{ "CPUWeight", put_cpu_weight },  { "CPUQuotaPeriodUSec", put_cpu },  { "CPUQuotaPerSecUSec", put_cpu },
	{ "AllowedCPUs", put_set },       { "AllowedMemoryNodes", put_set },  { "IOWeight", put_weight },
	{ "IODeviceWeight", put_weight }, { "IOReadBandwidthMax", put_keys }, { "IOWriteBandwidthMax", put_keys },
	{ "IOReadIOPSMax", put_keys },    { "IOWriteIOPSMax", put_keys },     { "IODeviceLatencyTargetUSec", put_keys },
};

static int put_limit(struct bus *b, void *m, const struct cg_write *w, struct err *e)
{
	for (size_t i = 0; i < array_len(kinds); i++) {
		int r;

		if (strcmp(kinds[i].property, w->property) != 0)
			continue;
		r = kinds[i].put(b, m, w);
		if (r < 0) {
			(void)err_at(e, "%s", w->pointer);
			return err_num(e, -r, "say %s=%s to systemd", w->property, w->value);
		}
	}
	return 0;
}

int unit_put_limits(struct bus *b, void *message, const struct cg_settings *s, struct err *e)
{
	for (size_t i = 0; i < s->n_writes; i++)
		if (s->writes[i].property != NULL && put_limit(b, message, &s->writes[i], e) < 0)
			return -1;
	return 0;
}
