/* SPDX-License-Identifier: Apache-2.0
 *
 * unit_limits - limits as properties of a unit: from the words for the kernel's files to systemd's
 *
 * Which property a file has is said by plan/resources.tab and plan/limit.c. A value that is not in the kernel's words has
 * no property: writing the file tells what is wrong. systemd.resource-control(5), org.freedesktop.systemd1(5).
 */
#include "base/num.h"
#include "cgroup/systemd.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cgroup/bus.h"

enum { SET_BYTES = 1024, USEC_PER_SEC = 1000000, QUOTA_STEP = 10000, PERIOD_DEFAULT = 100000 };

/* The version of systemd that knows CPUQuotaPeriodUSec; AllowedCPUs and AllowedMemoryNodes; a CPUWeight of "idle"; MemoryZSwapMax. */
enum { PERIOD_SINCE = 242, SETS_SINCE = 244, IDLE_SINCE = 252, ZSWAP_SINCE = 253 };

/* One limit on its way into a message. */
struct limit {
	struct bus *b;
	struct bus_call *c;
	const struct cg_write *w;
	const struct cg_settings *s; /* all that is set with it */
};

/* A number as the kernel reads it: "max" (v1: "-1"), "50000", "64M", up to a blank. */
static bool number(const char *text, uint64_t *n)
{
	static const char units[] = "kmgtpe";
	const char *unit;

	*n = UINT64_MAX;
	if (strncmp(text, "max", 3) == 0)
		return text[3] == '\0' || text[3] == ' ';
	if (strcmp(text, "-1") == 0)
		return true;
	if (!num_take(&text, 0, UINT64_MAX, n))
		return false;
	unit = *text != '\0' ? strchr(units, tolower((unsigned char)*text)) : NULL;
	if (unit != NULL) {
		*n <<= 10 * (unit - units + 1);
		text++;
	}
	return *text == '\0' || *text == ' ';
}

static void put_u64(const struct limit *l, const char *property, uint64_t n)
{
	bus_property_number(l->c, property, 't', n);
}

static void put_number(const struct limit *l)
{
	uint64_t n;

	if (number(l->w->value, &n))
		put_u64(l, l->w->property, n);
}

/* An idle group is a weight of its own there, in those that know it. */
static void put_idle(const struct limit *l)
{
	if (strcmp(l->w->value, "1") == 0 && bus_version(l->b) >= IDLE_SINCE)
		put_u64(l, l->w->property, 0);
}

/* The kernel's weights for the nice values -20 to 19, as cpu.weight shows them. */
static void put_nice(const struct limit *l)
{
	static const uint16_t weights[] = { 8668, 7007, 5516, 4519, 3544, 2847, 2271, 1827, 1460, 1164,
		                            932,  744,  596,  479,  381,  305,  244,  194,  155,  125,
		                            100,  80,   64,   51,   41,   33,   27,   21,   17,   13,
		                            11,   8,    7,    5,    4,    4,    3,    2,    2,    1 };
	int64_t nice;

	if (num_i64(l->w->value, -20, 19, &nice))
		put_u64(l, "CPUWeight", weights[nice + 20]);
}

static void put_cpu_weight(const struct limit *l)
{
	if (strcmp(l->w->file, "cpu.weight.nice") == 0)
		put_nice(l);
	else if (strcmp(l->w->file, "cpu.idle") == 0)
		put_idle(l);
	else
		put_number(l);
}

static void put_zswap(const struct limit *l)
{
	if (bus_version(l->b) >= ZSWAP_SINCE)
		put_number(l);
}

static void put_period(const struct limit *l, uint64_t period)
{
	if (bus_version(l->b) >= PERIOD_SINCE)
		put_u64(l, "CPUQuotaPeriodUSec", period);
}

/* systemd keeps the quota as the time in one second and rounds it to hundredths: up, as 0 is none. */
static void put_quota(const struct limit *l, uint64_t quota, uint64_t period)
{
	if (quota != UINT64_MAX) {
		quota = quota * USEC_PER_SEC / period;
		quota = (quota + QUOTA_STEP - 1) / QUOTA_STEP * QUOTA_STEP;
	}
	put_u64(l, "CPUQuotaPerSecUSec", quota);
}

/* "QUOTA [PERIOD]" of cpu.max */
static void put_cpu_max(const struct limit *l)
{
	const char *second = strchr(l->w->value, ' ');
	uint64_t quota, period = PERIOD_DEFAULT;

	if (!number(l->w->value, &quota) || (second != NULL && !number(second + 1, &period)) || period == 0)
		return;
	if (second != NULL)
		put_period(l, period);
	put_quota(l, quota, period);
}

/* v1 has a file for each. */
static void put_v1_period(const struct limit *l)
{
	uint64_t period;

	if (number(l->w->value, &period))
		put_period(l, period);
}

static void put_v1_quota(const struct limit *l)
{
	uint64_t quota, period = PERIOD_DEFAULT;

	for (size_t i = 0; i < l->s->n_writes; i++)
		if (strcmp(l->s->writes[i].file, "cpu.cfs_period_us") == 0)
			(void)number(l->s->writes[i].value, &period); /* what is none is told by the file */
	if (number(l->w->value, &quota) && period != 0)
		put_quota(l, quota, period);
}

static void put_cpu(const struct limit *l)
{
	if (strcmp(l->w->file, "cpu.cfs_period_us") == 0)
		put_v1_period(l);
	else if (strcmp(l->w->file, "cpu.cfs_quota_us") == 0)
		put_v1_quota(l);
	else
		put_cpu_max(l);
}

/* "7" or "0-3" */
static bool take_range(const char **s, uint64_t *first, uint64_t *last)
{
	if (!num_take(s, 10, UINT32_MAX, first))
		return false;
	*last = *first;
	if (**s != '-')
		return true;
	++*s;
	return num_take(s, 10, UINT32_MAX, last);
}

/* "0-3,7" as bits, lowest first. */
static void put_set(const struct limit *l)
{
	unsigned char bits[SET_BYTES] = { 0 };
	size_t n = 0;

	if (bus_version(l->b) < SETS_SINCE)
		return;
	for (const char *s = l->w->value; *s != '\0'; s += strcspn(s, ","), s += *s == ',') {
		uint64_t first, last;

		if (!take_range(&s, &first, &last))
			continue;
		for (uint64_t i = first; i <= last && i < SET_BYTES * 8UL; i++) {
			bits[i / 8] |= (unsigned char)(1U << i % 8);
			n = i / 8 >= n ? i / 8 + 1 : n;
		}
	}
	bus_property_open(l->c, l->w->property, "ay");
	bus_put_bytes(l->c, bits, n);
	bus_property_close(l->c);
}

/* systemd spreads BFQ's 100 to 1000 over 100 to 10000; io.weight has its scale. */
static uint64_t io_weight(const char *file, uint64_t n)
{
	return n <= 100 || strcmp(file, "io.bfq.weight") != 0 ? n : 100 + (n - 100) * 11;
}

static void put_device(const struct limit *l, const char *property, uint64_t n)
{
	const char *device = l->w->value;
	char path[64];

	(void)snprintf(path, sizeof(path), "/dev/block/%.*s", (int)strcspn(device, " "), device);
	bus_property_open(l->c, property, "a(st)");
	bus_put_open(l->c, 'a', "(st)");
	bus_put_open(l->c, 'r', "st");
	bus_put_text(l->c, 's', path);
	bus_put_number(l->c, 't', n);
	bus_put_close(l->c);
	bus_put_close(l->c);
	bus_property_close(l->c);
}

/* "[default] N" or "MAJOR:MINOR N" */
static void put_weight(const struct limit *l)
{
	const char *second = strchr(l->w->value, ' ');
	uint64_t n;

	if (!number(second != NULL ? second + 1 : l->w->value, &n))
		return;
	n = io_weight(l->w->file, n);
	if (strchr(l->w->value, ':') == NULL)
		put_u64(l, "IOWeight", n);
	else if (second != NULL)
		put_device(l, "IODeviceWeight", n);
}

/* "MAJOR:MINOR N" of v1 */
static void put_v1_device(const struct limit *l)
{
	const char *second = strchr(l->w->value, ' ');
	uint64_t n;

	if (second != NULL && number(second + 1, &n))
		put_device(l, l->w->property, n > 0 ? n : UINT64_MAX);
}

/* "MAJOR:MINOR KEY=N..." of io.max and io.latency */
static void put_keys(const struct limit *l)
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

	for (size_t i = 0; i < array_len(keys); i++) {
		const char *at = strstr(l->w->value, keys[i].key);
		uint64_t n;

		if (at != NULL && number(at + strlen(keys[i].key), &n))
			put_device(l, keys[i].property, n);
	}
}

static const struct {
	const char *property;
	void (*put)(const struct limit *l);
} kinds[] = {
	{ "MemoryMax", put_number },
	{ "MemorySwapMax", put_number },
	{ "MemoryMin", put_number },
	{ "MemoryLow", put_number },
	{ "MemoryHigh", put_number },
	{ "MemoryLimit", put_number },
	{ "MemoryZSwapMax", put_zswap },
	{ "TasksMax", put_number },
	{ "CPUWeight", put_cpu_weight },
	{ "CPUShares", put_number },
	{ "CPUQuotaPeriodUSec", put_cpu },
	{ "CPUQuotaPerSecUSec", put_cpu },
	{ "AllowedCPUs", put_set },
	{ "AllowedMemoryNodes", put_set },
	{ "IOWeight", put_weight },
	{ "IODeviceWeight", put_weight },
	{ "IOReadBandwidthMax", put_keys },
	{ "IOWriteBandwidthMax", put_keys },
	{ "IOReadIOPSMax", put_keys },
	{ "IOWriteIOPSMax", put_keys },
	{ "IODeviceLatencyTargetUSec", put_keys },
	{ "BlockIOWeight", put_number },
	{ "BlockIODeviceWeight", put_v1_device },
	{ "BlockIOReadBandwidth", put_v1_device },
	{ "BlockIOWriteBandwidth", put_v1_device },
};

static void put_limit(const struct limit *l)
{
	const struct cg_write *w = l->w;
	struct err why;

	(void)err_set(&why, "say %s=%s to systemd", w->property, w->value);
	(void)err_at(&why, "%s", w->pointer);
	bus_blame(l->c, &why);
	for (size_t i = 0; i < array_len(kinds); i++)
		if (strcmp(kinds[i].property, w->property) == 0)
			kinds[i].put(l);
}

void unit_put_limits(struct bus *b, struct bus_call *c, const struct cg_settings *s)
{
	for (size_t i = 0; i < s->n_writes; i++) {
		const struct limit l = { b, c, &s->writes[i], s };

		if (l.w->property != NULL)
			put_limit(&l);
	}
}
