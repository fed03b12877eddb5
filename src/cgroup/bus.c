/* SPDX-License-Identifier: Apache-2.0
 *
 * bus - calls of systemd's manager over D-Bus
 */
#include "cgroup/bus.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { CALL_TIMEOUT_MS = 10000, JOB_TIMEOUT_MS = 30000, USEC_PER_MSEC = 1000 };

static const char service[] = "org.freedesktop.systemd1", object[] = "/org/freedesktop/systemd1",
		  manager[] = "org.freedesktop.systemd1.Manager";

static const char *name_of(const struct bus *b)
{
	return b->user ? "the user's D-Bus" : "the system's D-Bus";
}

/* With the variable that says where the bus is. */
static int err_connect(const struct bus *b, int num, struct err *e)
{
	static const char *const names[] = { "DBUS_SYSTEM_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR" };

	for (size_t i = b->user ? 1 : 0; i < (b->user ? array_len(names) : 1); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL)
			return err_num(e, num, "connect to %s (%s is '%s')", name_of(b), names[i], value);
	}
	return err_num(e, num, "connect to %s%s", name_of(b), b->user ? " (XDG_RUNTIME_DIR is not set)" : "");
}

#ifdef OCIRT_STATIC
static int load(struct bus *b, struct err *e)
{
	(void)b;
	return err_kind(e, ERR_HOST,
	                "control groups by systemd need libsystemd, which this statically linked build cannot load");
}
static void unload(struct bus *b)
{
	(void)b;
}
#else
static int load(struct bus *b, struct err *e)
{
	b->library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	if (b->library == NULL)
		return err_kind(e, ERR_HOST, "control groups by systemd need libsystemd: %s", dlerror());
#define SYMBOL(type, name, arguments)                                      \
	b->name = (__typeof__(b->name))dlsym(b->library, "sd_bus_" #name); \
	if (b->name == NULL)                                               \
		return err_kind(e, ERR_HOST, "this libsystemd has no sd_bus_" #name);
	BUS_FUNCTIONS(SYMBOL)
#undef SYMBOL
	return 0;
}
static void unload(struct bus *b)
{
	if (b->library != NULL)
		(void)dlclose(b->library);
	b->library = NULL;
}
#endif

/* Handles what has come, or waits for something to come. 1, 0 when the time is over, or a negative errno. */
static int turn(struct bus *b, int64_t end_ms)
{
	int64_t left = end_ms - clock_ms();
	int r = b->process(b->bus, NULL);

	if (r != 0)
		return r;
	if (left <= 0)
		return 0;
	r = b->wait(b->bus, (uint64_t)left * USEC_PER_MSEC);
	return r < 0 ? r : 1;
}

/* Connecting goes on in the background: a bus that is dead or slow is found here. */
static int wait_ready(struct bus *b, struct err *e)
{
	int64_t end = clock_ms() + CALL_TIMEOUT_MS;
	int r;

	while ((r = b->is_ready(b->bus)) == 0) {
		r = turn(b, end);
		if (r == 0)
			return err_kind(e, ERR_HOST, "%s does not answer within %d s", name_of(b),
			                CALL_TIMEOUT_MS / 1000);
		if (r < 0)
			break;
	}
	if (r < 0)
		return err_connect(b, -r, e);
	return 0;
}

int bus_open(struct bus *b, bool user, struct err *e)
{
	int r;

	*b = (struct bus){ .user = user };
	if (load(b, e) < 0)
		return -1;
	r = user ? b->open_user(&b->bus) : b->open_system(&b->bus);
	if (r < 0) {
		b->bus = NULL;
		return err_connect(b, -r, e);
	}
	if (wait_ready(b, e) < 0)
		return -1;
	(void)b->set_method_call_timeout(b->bus, (uint64_t)CALL_TIMEOUT_MS * USEC_PER_MSEC); /* else it is 25 s */
	return 0;
}

/* Every call was answered or given up, so nothing is flushed: that has no limit where the bus does not answer. */
void bus_close(struct bus *b)
{
	if (b->bus != NULL) {
		b->close(b->bus);
		b->bus = b->unref(b->bus);
	}
	unload(b);
}

void *bus_method(struct bus *b, const char *name, struct err *e)
{
	void *m = NULL;
	int r = b->message_new_method_call(b->bus, &m, service, object, manager, name);

	if (r < 0)
		(void)err_num(e, -r, "make a call of systemd's %s", name); /* NULL is what is returned */
	return m;
}

bool bus_refused(const struct bus *b, const char *why)
{
	const char *last = strrchr(b->error_name, '.');

	return last != NULL && strcmp(last + 1, why) == 0;
}

static int exchange(struct bus *b, void *message, void **reply, struct err *e)
{
	struct bus_error error = { NULL, NULL, 0 };
	int r = b->call(b->bus, message, (uint64_t)CALL_TIMEOUT_MS * USEC_PER_MSEC, &error, reply);

	b->error_name[0] = '\0';
	(void)b->message_unref(message);
	if (r >= 0)
		return 0;
	if (error.name != NULL)
		(void)snprintf(b->error_name, sizeof(b->error_name), "%s", error.name);
	if (r == -ETIMEDOUT)
		(void)err_kind(e, ERR_HOST, "systemd does not answer over %s within %d s", name_of(b),
		               CALL_TIMEOUT_MS / 1000);
	else
		(void)err_num(e, -r, "systemd over %s", name_of(b));
	if (r != -ETIMEDOUT && error.message != NULL)
		(void)err_kind(e, ERR_HOST, "systemd: %s", error.message);
	b->error_free(&error);
	return -1;
}

int bus_send(struct bus *b, void *message, struct err *e)
{
	void *reply = NULL;

	if (exchange(b, message, &reply, e) < 0)
		return -1;
	(void)b->message_unref(reply);
	return 0;
}

int bus_unit_process(struct bus *b, const char *unit, uint32_t *pid, struct err *e)
{
	void *reply = NULL, *m = bus_method(b, "GetUnitProcesses", e);
	const char *path, *command;
	int r;

	*pid = 0;
	if (m == NULL)
		return -1;
	if (b->message_append(m, "s", unit) < 0) {
		(void)b->message_unref(m);
		return err_memory(e);
	}
	if (exchange(b, m, &reply, e) < 0) /* the method came with version 232 */
		return bus_refused(b, "NoSuchUnit") || bus_refused(b, "UnknownMethod") ? 0 : -1;
	r = b->message_enter_container(reply, 'a', "(sus)");
	if (r > 0)
		r = b->message_read(reply, "(sus)", &path, pid, &command);
	(void)b->message_unref(reply);
	return r < 0 ? err_num(e, -r, "read systemd's answer") : 0;
}

int bus_version(struct bus *b)
{
	auto_free char *text = NULL;
	const char *digits;

	if (b->version != 0 || b->get_property_string(b->bus, service, object, manager, "Version", NULL, &text) < 0)
		return b->version;
	digits = strpbrk(text, "0123456789"); /* "252.38-1", "v255" */
	b->version = digits == NULL ? 0 : (int)strtol(digits, NULL, 10);
	return b->version;
}

/* JobRemoved(u id, o job, s unit, s result) */
static int on_job_removed(void *message, void *data, struct bus_error *error)
{
	struct bus *b = data;
	const char *job = NULL, *unit = NULL, *result = NULL;
	uint32_t id;

	(void)error;
	if (b->message_read(message, "uoss", &id, &job, &unit, &result) < 0)
		return 0;
	if (strcmp(b->job, job) == 0)
		(void)snprintf(b->result, sizeof(b->result), "%s", result);
	return 0;
}

/* Signals come to those only who asked for them. */
static int subscribe(struct bus *b, struct err *e)
{
	void *m = bus_method(b, "Subscribe", e);
	int r;

	if (m == NULL || (bus_send(b, m, e) < 0 && !bus_refused(b, "AlreadySubscribed")))
		return -1;
	r = b->match_signal(b->bus, NULL, service, object, manager, "JobRemoved", on_job_removed, b);
	return r < 0 ? err_num(e, -r, "listen to systemd over %s", name_of(b)) : 0;
}

static int wait_job(struct bus *b, struct err *e)
{
	int64_t end = clock_ms() + JOB_TIMEOUT_MS;

	while (b->result[0] == '\0') {
		int r = turn(b, end);

		if (r < 0)
			return err_num(e, -r, "wait for systemd over %s", name_of(b));
		if (r == 0)
			return err_kind(e, ERR_HOST, "systemd does not end its job within %d s", JOB_TIMEOUT_MS / 1000);
	}
	if (strcmp(b->result, "done") != 0)
		return err_kind(e, ERR_HOST, "systemd's job ended with '%s'", b->result);
	return 0;
}

int bus_job(struct bus *b, void *message, struct err *e)
{
	void *reply = NULL;
	const char *job = "";
	int r;

	if (subscribe(b, e) < 0) {
		(void)b->message_unref(message);
		return -1;
	}
	b->result[0] = '\0';
	b->job[0] = '\0'; /* sd_bus_call queues signals, so ours is not handled before it has a name */
	if (exchange(b, message, &reply, e) < 0)
		return -1;
	r = b->message_read(reply, "o", &job);
	(void)snprintf(b->job, sizeof(b->job), "%s", job);
	(void)b->message_unref(reply);
	return r < 0 ? err_num(e, -r, "read systemd's answer") : wait_job(b, e);
}
