/* SPDX-License-Identifier: Apache-2.0
 *
 * bus - what is done by libsystemd: calls of systemd's manager over D-Bus
 */
#include "libs/bus.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "libs/sdbus.h"
#include "libs/verbs.h"

enum { CALL_TIMEOUT_MS = 10000, JOB_TIMEOUT_MS = 30000, USEC_PER_MSEC = 1000 };

static const char service[] = "org.freedesktop.systemd1", object[] = "/org/freedesktop/systemd1",
		  manager[] = "org.freedesktop.systemd1.Manager";

/* A connection of one who asks. */
struct libs_bus {
	void *library, *bus;
	bool user;
	char error_name[96]; /* of the refusal: "org.freedesktop.systemd1.NoSuchUnit" */
	char job[96];        /* the job that is waited for, "" none */
	char result[32];     /* how it ended, "" not yet */
#define MEMBER(type, name, arguments) type(*name) arguments;
	BUS_FUNCTIONS(MEMBER)
#undef MEMBER
};

static const char *name_of(const struct libs_bus *b)
{
	return b->user ? "the user's D-Bus" : "the system's D-Bus";
}

/* With the variable that says where the bus is. */
static int err_connect(const struct libs_bus *b, int num, struct err *e)
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
static int load(struct libs_bus *b, struct err *e)
{
	(void)b;
	return err_kind(e, ERR_HOST,
	                "control groups by systemd need libsystemd, which this statically linked build cannot load");
}
static void unload(struct libs_bus *b)
{
	(void)b;
}
#else
static int load(struct libs_bus *b, struct err *e)
{
	b->library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	if (b->library == NULL) {
		(void)err_kind(e, ERR_HOST, "control groups by systemd need libsystemd: %s", dlerror());
		return -1;
	}
#define SYMBOL(type, name, arguments)                                                \
	b->name = (__typeof__(b->name))dlsym(b->library, "sd_bus_" #name);           \
	if (b->name == NULL) {                                                       \
		(void)err_kind(e, ERR_HOST, "this libsystemd has no sd_bus_" #name); \
		return -1;                                                           \
	}
	BUS_FUNCTIONS(SYMBOL)
#undef SYMBOL
	return 0;
}
static void unload(struct libs_bus *b)
{
	if (b->library != NULL)
		(void)dlclose(b->library);
	b->library = NULL;
}
#endif

/* Handles what has come, or waits for something to come. 1, 0 when the time is over, or a negative errno. */
static int turn(struct libs_bus *b, int64_t end_ms)
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
static int wait_ready(struct libs_bus *b, struct err *e)
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

static int connect_bus(struct libs_bus *b, struct err *e)
{
	int r;

	if (load(b, e) < 0)
		return -1;
	r = b->user ? b->open_user(&b->bus) : b->open_system(&b->bus);
	if (r < 0) {
		b->bus = NULL;
		return err_connect(b, -r, e);
	}
	if (wait_ready(b, e) < 0)
		return -1;
	(void)b->set_method_call_timeout(b->bus, (uint64_t)CALL_TIMEOUT_MS * USEC_PER_MSEC); /* else it is 25 s */
	return 0;
}

int libs_bus_open(struct libs_talk *t, struct err *e)
{
	uint32_t user = wire_u32(&t->in);

	if (t->in.failed || t->bus != NULL)
		return libs_garbled(e);
	t->bus = calloc(1, sizeof(*t->bus));
	if (t->bus == NULL)
		return err_memory(e);
	t->bus->user = user != 0;
	return connect_bus(t->bus, e);
}

/* Every call was answered or given up, so nothing is flushed: that has no limit where the bus does not answer. */
void libs_bus_end(struct libs_talk *t)
{
	struct libs_bus *b = t->bus;

	if (b == NULL)
		return;
	if (b->bus != NULL) {
		b->close(b->bus);
		b->bus = b->unref(b->bus);
	}
	unload(b);
	free(b);
	t->bus = NULL;
}

/* --- messages ---------------------------------------------------------------------------------------------------------- */

/* A call of the manager, NULL when it could not be made. */
static void *new_call(struct libs_bus *b, const char *method, struct err *e)
{
	void *m = NULL;
	int r = b->message_new_method_call(b->bus, &m, service, object, manager, method);

	if (r < 0)
		(void)err_num(e, -r, "make a call of systemd's %s", method); /* NULL is what is returned */
	return m;
}

static int append_number(struct libs_bus *b, void *m, char type, uint64_t value)
{
	const uint8_t y = (uint8_t)value;
	const uint16_t n = (uint16_t)value;
	const uint32_t u = (uint32_t)value;

	switch (type) {
	case 'y': return b->message_append_basic(m, type, &y);
	case 'n':
	case 'q': return b->message_append_basic(m, type, &n);
	case 'b':
	case 'i':
	case 'u': return b->message_append_basic(m, type, &u);
	case 'x':
	case 't':
	case 'd': return b->message_append_basic(m, type, &value);
	default: return -EINVAL;
	}
}

/* One part, but no blame. */
static int append(struct libs_bus *b, void *m, uint32_t part, struct wire *w)
{
	char type = '\0';
	const void *data;
	size_t len;

	if (part <= LIBS_PART_NUMBER || part == LIBS_PART_OPEN)
		type = (char)wire_u32(w);
	switch (part) {
	case LIBS_PART_TEXT:
		data = wire_text(w);
		return type == 's' || type == 'o' ? b->message_append_basic(m, type, data) : -EINVAL;
	case LIBS_PART_NUMBER: return append_number(b, m, type, wire_u64(w));
	case LIBS_PART_BYTES: data = wire_bytes(w, &len); return b->message_append_array(m, 'y', data, len);
	case LIBS_PART_OPEN: return b->message_open_container(m, type, wire_text(w));
	case LIBS_PART_CLOSE: return b->message_close_container(m);
	default: w->failed = true; return -EINVAL;
	}
}

/* In the words of who asks. */
static int blamed(const struct err *why, int r, struct err *e)
{
	if (why->kind == ERR_CONFIG)
		return err_config(e, why->pointer, "%s", why->text);
	(void)err_num(e, -r, "%s", why->text);
	return why->pointer[0] != '\0' ? err_at(e, "%s", why->pointer) : -1;
}

/* The message that a request tells part by part; NULL with *e filled. */
static void *play(struct libs_bus *b, struct wire *w, struct err *e)
{
	void *m = new_call(b, wire_text(w), e);
	struct err why;
	int r = m != NULL ? 0 : -1;

	(void)err_set(&why, "make a message");
	while (r >= 0 && w->at < w->end && !w->failed) {
		uint32_t part = wire_u32(w);

		if (part == LIBS_PART_BLAME) {
			wire_err(w, &why);
			continue;
		}
		r = append(b, m, part, w);
		if (r < 0)
			(void)blamed(&why, r, e); /* NULL is what is returned */
	}
	if (w->failed)
		r = libs_garbled(e);
	return r >= 0 ? m : b->message_unref(m);
}

static int exchange(struct libs_bus *b, void *message, void **reply, struct err *e)
{
	struct bus_error error = { NULL, NULL, 0 };
	int r = b->call(b->bus, message, (uint64_t)CALL_TIMEOUT_MS * USEC_PER_MSEC, &error, reply);

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

/* The name of the error first: who asks goes by it. */
static int told(struct libs_talk *t, int r)
{
	wire_put_text(&t->out, t->bus != NULL ? t->bus->error_name : "");
	return r;
}

/* Whether one may ask for more than a connection. */
static bool is_open(struct libs_talk *t, struct err *e)
{
	if (t->bus == NULL || t->bus->bus == NULL) {
		(void)libs_garbled(e); /* false tells */
		return false;
	}
	t->bus->error_name[0] = '\0';
	return true;
}

static int send_call(struct libs_bus *b, void *m, struct err *e)
{
	void *reply = NULL;

	if (m == NULL || exchange(b, m, &reply, e) < 0)
		return -1;
	(void)b->message_unref(reply);
	return 0;
}

int libs_bus_send(struct libs_talk *t, struct err *e)
{
	return told(t, is_open(t, e) ? send_call(t->bus, play(t->bus, &t->in, e), e) : -1);
}

static int find_process(struct libs_bus *b, const char *unit, uint32_t *pid, struct err *e)
{
	void *reply = NULL, *m = new_call(b, "GetUnitProcesses", e);
	const char *path, *command;
	int r;

	if (m == NULL)
		return -1;
	if (b->message_append_basic(m, 's', unit) < 0) {
		(void)b->message_unref(m);
		return err_memory(e);
	}
	if (exchange(b, m, &reply, e) < 0)
		return -1;
	r = b->message_enter_container(reply, 'a', "(sus)");
	if (r > 0)
		r = b->message_read(reply, "(sus)", &path, pid, &command);
	(void)b->message_unref(reply);
	return r < 0 ? err_num(e, -r, "read systemd's answer") : 0;
}

int libs_bus_process(struct libs_talk *t, struct err *e)
{
	const char *unit = wire_text(&t->in);
	uint32_t pid = 0;
	int r = -1;

	if (is_open(t, e))
		r = t->in.failed ? libs_garbled(e) : find_process(t->bus, unit, &pid, e);
	(void)told(t, r);
	wire_put_u32(&t->out, pid);
	return r;
}

int libs_bus_version(struct libs_talk *t, struct err *e)
{
	auto_free char *text = NULL;
	const char *digits = NULL;
	uint64_t version = 0;
	struct libs_bus *b = t->bus;

	if (!is_open(t, e))
		return -1;
	if (b->get_property_string(b->bus, service, object, manager, "Version", NULL, &text) >= 0)
		digits = strpbrk(text, "0123456789"); /* "252.38-1", "v255" */
	if (digits != NULL)
		(void)num_take(&digits, 10, UINT32_MAX, &version);
	wire_put_u32(&t->out, (uint32_t)version);
	return 0;
}

/* --- jobs -------------------------------------------------------------------------------------------------------------- */

/* JobRemoved(u id, o job, s unit, s result) */
static int on_job_removed(void *message, void *data, struct bus_error *error)
{
	struct libs_bus *b = data;
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
static int subscribe(struct libs_bus *b, struct err *e)
{
	int r = send_call(b, new_call(b, "Subscribe", e), e);

	if (r < 0 && strcmp(b->error_name, "org.freedesktop.systemd1.AlreadySubscribed") != 0)
		return -1;
	b->error_name[0] = '\0';
	r = b->match_signal(b->bus, NULL, service, object, manager, "JobRemoved", on_job_removed, b);
	return r < 0 ? err_num(e, -r, "listen to systemd over %s", name_of(b)) : 0;
}

static int wait_job(struct libs_bus *b, struct err *e)
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

static int do_job(struct libs_bus *b, void *m, struct err *e)
{
	void *reply = NULL;
	const char *job = "";
	int r;

	b->result[0] = '\0';
	b->job[0] = '\0'; /* sd_bus_call queues signals, so ours is not handled before it has a name */
	if (exchange(b, m, &reply, e) < 0)
		return -1;
	r = b->message_read(reply, "o", &job);
	(void)snprintf(b->job, sizeof(b->job), "%s", job);
	(void)b->message_unref(reply);
	return r < 0 ? err_num(e, -r, "read systemd's answer") : wait_job(b, e);
}

int libs_bus_job(struct libs_talk *t, struct err *e)
{
	void *m = is_open(t, e) ? play(t->bus, &t->in, e) : NULL;
	int r = -1;

	if (m != NULL && subscribe(t->bus, e) == 0)
		r = do_job(t->bus, m, e);
	else if (m != NULL)
		(void)t->bus->message_unref(m);
	return told(t, r);
}
