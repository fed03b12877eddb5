/* SPDX-License-Identifier: Apache-2.0
 *
 * sdbus - what is used of sd-bus(3), libsystemd's D-Bus: building needs no header of systemd
 */
#ifndef OCIRT_LIBS_SDBUS_H
#define OCIRT_LIBS_SDBUS_H

#include <stddef.h>
#include <stdint.h>

struct bus_error {
	const char *name, *message;
	int need_free;
};

/* F(TYPE, NAME without sd_bus_, (ARGUMENTS)) */
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
	F(int, message_append_basic, (void *message, char type, const void *value))                                 \
	F(int, message_append_array, (void *message, char type, const void *data, size_t size))                     \
	F(int, message_open_container, (void *message, char type, const char *contents))                            \
	F(int, message_close_container, (void *message))                                                            \
	F(int, message_enter_container, (void *message, char type, const char *contents))                           \
	F(int, message_read, (void *message, const char *types, ...))                                               \
	F(void *, message_unref, (void *message))

#endif
