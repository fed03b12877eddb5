/* SPDX-License-Identifier: Apache-2.0
 *
 * unit_limits - limits as properties of a unit: from the words for cgroup2's files to systemd's
 *
 * Which property a file has is said by plan/resources.tab. systemd.resource-control(5), org.freedesktop.systemd1(5).
 */
#include "cgroup/systemd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup/bus.h"

enum { SET_BYTES = 1024, USEC_PER_SEC = 1000000, QUOTA_STEP = 10000, PERIOD_DEFAULT = 100000 };

static uint64_t number(const char *text)
{
	return strncmp(text, "max", 3) == 0 ? UINT64_MAX : strtoull(text, NULL, 10);
}

static int put_number(struct bus *b, void *m, const struct cg_write *w)
{
	return b->message_append(m, "(sv)", w->property, "t", number(w->value));
}

/* "QUOTA [PERIOD]" of cpu.max: systemd keeps the quota as the time in one second and rounds it to hundredths: up, as 0 is none. */
static int put_cpu(struct bus *b, void *m, const struct cg_write *w)
{
	const char *second = strchr(w->value, ' ');
	uint64_t quota = number(w->value), period = second != NULL ? number(second + 1) : PERIOD_DEFAULT;
	int r = 0;

	if (quota != UINT64_MAX && period != 0) {
		quota = quota * USEC_PER_SEC / period;
		quota = (quota + QUOTA_STEP - 1) / QUOTA_STEP * QUOTA_STEP;
	}
	if (second != NULL)
		r = b->message_append(m, "(sv)", "CPUQuotaPeriodUSec", "t", period);
	return r < 0 ? r : b->message_append(m, "(sv)", "CPUQuotaPerSecUSec", "t", quota);
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

/* systemd spreads BFQ's 100 to 1000 over 100 to 10000. */
static uint64_t io_weight(uint64_t bfq)
{
	return bfq <= 100 ? bfq : 100 + (bfq - 100) * 11;
}

static int put_weight(struct bus *b, void *m, const struct cg_write *w)
{
	return b->message_append(m, "(sv)", w->property, "t", io_weight(number(w->value)));
}

/* "MAJOR:MINOR [key=]VALUE" */
static int put_device(struct bus *b, void *m, const struct cg_write *w)
{
	const char *value = strchr(w->value, ' ');
	const char *equals = value != NULL ? strchr(value, '=') : NULL;
	char path[64];
	uint64_t n;

	if (value == NULL)
		return 0;
	(void)snprintf(path, sizeof(path), "/dev/block/%.*s", (int)(value - w->value), w->value);
	n = number(equals != NULL ? equals + 1 : value + 1);
	return b->message_append(m, "(sv)", w->property, "a(st)", 1, path, equals != NULL ? n : io_weight(n));
}

static const struct {
	const char *property;
	int (*put)(struct bus *b, void *m, const struct cg_write *w);
} kinds[] = {
	{ "MemoryMax", put_number },           { "MemorySwapMax", put_number },
	{ "MemoryLow", put_number },           { "TasksMax", put_number },
	{ "CPUWeight", put_number },           { "CPUQuotaPeriodUSec", put_cpu },
	{ "CPUQuotaPerSecUSec", put_cpu },     { "AllowedCPUs", put_set },
	{ "AllowedMemoryNodes", put_set },     { "IOWeight", put_weight },
	{ "IODeviceWeight", put_device },      { "IOReadBandwidthMax", put_device },
	{ "IOWriteBandwidthMax", put_device }, { "IOReadIOPSMax", put_device },
	{ "IOWriteIOPSMax", put_device },
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
