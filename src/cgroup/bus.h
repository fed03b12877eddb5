/* SPDX-License-Identifier: Apache-2.0
 *
 * bus - calls of systemd's manager over D-Bus, as ocirt-libs makes them with libsystemd's sd-bus
 *
 * A call is put together here, part by part, and played into a message there (src/libs/bus.c). Every wait is bounded.
 * org.freedesktop.systemd1(5).
 */
#ifndef OCIRT_CGROUP_BUS_H
#define OCIRT_CGROUP_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "kernel/libs.h"

/* A connection, or BUS_NONE. */
struct bus {
	struct libs libs;
	uint32_t version;    /* of systemd, 0: not asked for yet */
	char error_name[96]; /* of the last refusal: "org.freedesktop.systemd1.NoSuchUnit" */
};
#define BUS_NONE                  \
	{                         \
		.libs = LIBS_NONE \
	}

/* Connects to the system's bus or the user's own, and waits until it answers. ERR_HOST without libsystemd or a bus. */
int bus_open(struct bus *b, bool user, struct err *e) must_check;

/* Gives the connection and the library back. */
void bus_close(struct bus *b);
#define auto_bus __attribute__((cleanup(bus_close)))

/* --- a call of org.freedesktop.systemd1.Manager ------------------------------------------------------------------------ */

struct bus_call {
	struct buf parts; /* its method, then what was appended; memory that ran out is told when it is sent */
};
#define auto_bus_call __attribute__((cleanup(bus_call_end)))

/* One without arguments; its end. */
void bus_call_begin(struct bus_call *c, const char *method);
/* see bus_call_begin */
void bus_call_end(struct bus_call *c);

/* Appends a value of type s or o; of any other basic type (a double by its bits); bytes as an array. sd_bus_message_append_basic(3) */
void bus_put_text(struct bus_call *c, char type, const char *text);
/* see bus_put_text */
void bus_put_number(struct bus_call *c, char type, uint64_t value);
/* see bus_put_text */
void bus_put_bytes(struct bus_call *c, const void *data, size_t len);

/* Opens a container and ends the one opened last. sd_bus_message_open_container(3) */
void bus_put_open(struct bus_call *c, char kind, const char *contents);
/* see bus_put_open */
void bus_put_close(struct bus_call *c);

/* What is told when anything appended from here on cannot be; sd-bus' reason is put behind it, but for ERR_CONFIG. */
void bus_blame(struct bus_call *c, const struct err *why);

/* A pair (sv), the variant of that signature: its value is appended in between; and one whose value is basic. */
void bus_property_open(struct bus_call *c, const char *name, const char *signature);
/* see bus_property_open */
void bus_property_close(struct bus_call *c);
/* see bus_property_open */
void bus_property_text(struct bus_call *c, const char *name, const char *text);
/* see bus_property_open */
void bus_property_number(struct bus_call *c, const char *name, char type, uint64_t value);

/* Sends it and waits for the answer. */
int bus_send(struct bus *b, const struct bus_call *c, struct err *e) must_check;

/* Sends a call that answers with a job, and waits until that job is done. */
int bus_job(struct bus *b, const struct bus_call *c, struct err *e) must_check;

/* --- what is asked of it ------------------------------------------------------------------------------------------------ */

/* A process of the unit, *pid; 0: it has none, there is no such unit, or this systemd cannot say. */
int bus_unit_process(struct bus *b, const char *unit, uint32_t *pid, struct err *e) must_check;

/* systemd's version: 252; 0 when it does not say. */
unsigned int bus_version(struct bus *b);

/* Whether the last refusal was that one: "NoSuchUnit". */
bool bus_refused(const struct bus *b, const char *why);

#endif
