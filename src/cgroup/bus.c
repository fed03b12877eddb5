/* SPDX-License-Identifier: Apache-2.0
 *
 * bus - calls of systemd's manager over D-Bus, as ocirt-libs makes them with libsystemd's sd-bus
 */
#include "cgroup/bus.h"

#include <stdio.h>
#include <string.h>

int bus_open(struct bus *b, bool user, struct err *e)
{
	auto_buf struct buf request = { 0 };
	struct wire reply;

	*b = (struct bus)BUS_NONE;
	wire_put_u32(&request, user);
	if (libs_open(&b->libs, "libsystemd", e) < 0)
		return -1;
	return libs_call(&b->libs, LIBS_BUS_OPEN, &request, &reply, e);
}

void bus_close(struct bus *b)
{
	libs_close(&b->libs);
}

/* --- a call ------------------------------------------------------------------------------------------------------------ */

void bus_call_begin(struct bus_call *c, const char *method)
{
	*c = (struct bus_call){ 0 };
	wire_put_text(&c->parts, method);
}

void bus_call_end(struct bus_call *c)
{
	buf_free(&c->parts);
}

void bus_put_text(struct bus_call *c, char type, const char *text)
{
	wire_put_u32(&c->parts, LIBS_PART_TEXT);
	wire_put_u32(&c->parts, (unsigned char)type);
	wire_put_text(&c->parts, text);
}

void bus_put_number(struct bus_call *c, char type, uint64_t value)
{
	wire_put_u32(&c->parts, LIBS_PART_NUMBER);
	wire_put_u32(&c->parts, (unsigned char)type);
	wire_put_u64(&c->parts, value);
}

void bus_put_bytes(struct bus_call *c, const void *data, size_t len)
{
	wire_put_u32(&c->parts, LIBS_PART_BYTES);
	wire_put_bytes(&c->parts, data, len);
}

void bus_put_open(struct bus_call *c, char kind, const char *contents)
{
	wire_put_u32(&c->parts, LIBS_PART_OPEN);
	wire_put_u32(&c->parts, (unsigned char)kind);
	wire_put_text(&c->parts, contents);
}

void bus_put_close(struct bus_call *c)
{
	wire_put_u32(&c->parts, LIBS_PART_CLOSE);
}

void bus_blame(struct bus_call *c, const struct err *why)
{
	wire_put_u32(&c->parts, LIBS_PART_BLAME);
	wire_put_err(&c->parts, why);
}

void bus_property_open(struct bus_call *c, const char *name, const char *signature)
{
	bus_put_open(c, 'r', "sv");
	bus_put_text(c, 's', name);
	bus_put_open(c, 'v', signature);
}

void bus_property_close(struct bus_call *c)
{
	bus_put_close(c);
	bus_put_close(c);
}

void bus_property_text(struct bus_call *c, const char *name, const char *text)
{
	bus_property_open(c, name, "s");
	bus_put_text(c, 's', text);
	bus_property_close(c);
}

void bus_property_number(struct bus_call *c, const char *name, char type, uint64_t value)
{
	bus_property_open(c, name, (const char[]){ type, '\0' });
	bus_put_number(c, type, value);
	bus_property_close(c);
}

/* The name of the error, if there was one, comes first in each reply. */
static int ask(struct bus *b, enum libs_verb verb, const struct buf *request, struct wire *reply, struct err *e)
{
	int r = libs_call(&b->libs, verb, request, reply, e);

	(void)snprintf(b->error_name, sizeof(b->error_name), "%s", wire_text(reply));
	return r;
}

int bus_send(struct bus *b, const struct bus_call *c, struct err *e)
{
	struct wire reply;

	return ask(b, LIBS_BUS_SEND, &c->parts, &reply, e);
}

int bus_job(struct bus *b, const struct bus_call *c, struct err *e)
{
	struct wire reply;

	return ask(b, LIBS_BUS_JOB, &c->parts, &reply, e);
}

/* --- what is asked ----------------------------------------------------------------------------------------------------- */

bool bus_refused(const struct bus *b, const char *why)
{
	const char *last = strrchr(b->error_name, '.');

	return last != NULL && strcmp(last + 1, why) == 0;
}

int bus_unit_process(struct bus *b, const char *unit, uint32_t *pid, struct err *e)
{
	auto_buf struct buf request = { 0 };
	struct wire reply;
	int r;

	wire_put_text(&request, unit);
	r = ask(b, LIBS_BUS_PROCESS, &request, &reply, e);
	*pid = wire_u32(&reply);
	if (r < 0) /* the method came with version 232 */
		return bus_refused(b, "NoSuchUnit") || bus_refused(b, "UnknownMethod") ? 0 : -1;
	return 0;
}

unsigned int bus_version(struct bus *b)
{
	const struct buf nothing = { 0 };
	struct wire reply;
	struct err e;

	if (b->version == 0 && libs_call(&b->libs, LIBS_BUS_VERSION, &nothing, &reply, &e) == 0)
		b->version = wire_u32(&reply);
	return b->version;
}
