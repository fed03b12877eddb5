/* SPDX-License-Identifier: Apache-2.0
 *
 * bus - calls of systemd's manager over D-Bus, by sd-bus out of libsystemd, which is loaded when it is asked for
 *
 * The few declarations of sd-bus(3) that are used are in bus.c: building needs no header of systemd. Every wait is bounded.
 * org.freedesktop.systemd1(5).
 */
#ifndef OCIRT_CGROUP_BUS_H
#define OCIRT_CGROUP_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

struct bus_error {
	const char *name, *message;
	int need_free;
};

#define BUS_FUNCTIONS(F)                                                                                            \
	F(int, open_system, (void **bus))                                                                           \
	F(int, open_user, (void **bus))                                                                             \
	F(void, close, (void *bus))                                                                                 \
	F(void *, unref, (void *bus))                                                                               \
	F(int, is_ready, (void *bus))                                                                               \
	F(int, process, (void *bus, void **message))                                                                \
	F(int, wait, (void *bus, uint64_t usec))                                                                    \
	F(int, set_method_call_timeout, (void *bus, uint64_t usec))                                                 \
	F(int, match_signal,                                                                                        \
	  (void *bus, void **slot, const char *sender, const char *path, const char *interface, const char *member, \
	   int (*handler)(void *message, void *data, struct bus_error *error), void *data))                         \
	F(int, call, (void *bus, void *message, uint64_t usec, struct bus_error *error, void **reply))              \
	F(int, get_property_string,                                                                                 \
	  (void *bus, const char *destination, const char *path, const char *interface, const char *member,         \
	   struct bus_error *error, char **value))                                                                  \
	F(void, error_free, (struct bus_error * error))                                                             \
	F(int, message_new_method_call,                                                                             \
	  (void *bus, void **message, const char *destination, const char *path, const char *interface,             \
	   const char *member))                                                                                     \
	F(int, message_append, (void *message, const char *types, ...))                                             \
	F(int, message_append_basic, (void *message, char type, const void *value))                                 \
	F(int, message_append_array, (void *message, char type, const void *data, size_t size))                     \
	F(int, message_open_container, (void *message, char type, const char *contents))                            \
	F(int, message_close_container, (void *message))                                                            \
	F(int, message_enter_container, (void *message, char type, const char *contents))                           \
	F(int, message_read, (void *message, const char *types, ...))                                               \
	F(void *, message_unref, (void *message))

/* A connection; zeroed it is none. */
struct bus {
	void *library, *bus;
	bool user;
	int version;         /* of systemd, 0: not asked for yet */
	char error_name[96]; /* of the last refusal: "org.freedesktop.systemd1.NoSuchUnit" */
	char job[96];        /* the job that is waited for, "" none */
	char result[32];     /* how it ended, "" not yet */
#define MEMBER(type, name, arguments) type(*name) arguments;
	BUS_FUNCTIONS(MEMBER)
#undef MEMBER
};

/* Connects to the system's bus or the user's own, and waits until it answers. ERR_HOST without libsystemd or a bus. */
int bus_open(struct bus *b, bool user, struct err *e) must_check;

/* Gives the connection and the library back. */
void bus_close(struct bus *b);
#define auto_bus __attribute__((cleanup(bus_close)))

/* A call of org.freedesktop.systemd1.Manager, NULL when it could not be made. bus_send and bus_job consume it. */
void *bus_method(struct bus *b, const char *name, struct err *e);

/* Sends it and waits for the answer. */
int bus_send(struct bus *b, void *message, struct err *e) must_check;

/* Sends a call that answers with a job, and waits until that job is done. */
int bus_job(struct bus *b, void *message, struct err *e) must_check;

/* A process of the unit, *pid; 0: it has none, there is no such unit, or this systemd cannot say. */
int bus_unit_process(struct bus *b, const char *unit, uint32_t *pid, struct err *e) must_check;

/* systemd's version: 252; 0 when it does not say. */
int bus_version(struct bus *b);

/* Whether the last refusal was that one: "NoSuchUnit". */
bool bus_refused(const struct bus *b, const char *why);

#endif
