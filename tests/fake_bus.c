/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_bus - a libsystemd and a manager of units that are not there, for tests of what is said to them
 */
#include "tests/fake_bus.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "libs/sdbus.h"

struct fake_bus fake;

enum message_kind { CALL, REPLY, SIGNAL, OTHERS_SIGNAL };
struct message {
	enum message_kind kind;
	char method[64];
	char open[32];   /* what ends the containers that are open */
	struct buf text; /* what was appended */
};

static const char job[] = "/org/freedesktop/systemd1/job/7";
static int64_t passed_ns; /* what the clock was moved on */
static int (*on_signal)(void *message, void *data, struct bus_error *error);
static void *signal_data;
static bool job_runs;
static char library, connection;

void fake_bus_reset(void)
{
	buf_free(&fake.said);
	fake = (struct fake_bus){ .version = "252.1-fake" };
	on_signal = NULL;
	job_runs = false;
}

int fake_bus_end(void)
{
	int kept = fake.messages + fake.buses + fake.libraries;

	if (kept != 0)
		(void)fprintf(stderr, "%d messages, %d buses, %d libraries are kept\n", fake.messages, fake.buses,
		              fake.libraries);
	fake_bus_reset();
	return kept;
}

const char *fake_bus_said(void)
{
	static char text[65536];
	const char *from = buf_text(&fake.said);
	char *to = text;

	if (from == NULL || strlen(from) >= sizeof(text))
		abort();
	for (; *from != '\0'; from++) {
		bool behind = to == text || to[-1] == '(';

		if (*from != ' ' || (!behind && from[1] != ')'))
			*to++ = *from;
	}
	*to = '\0';
	return text;
}

/* --- the clock -------------------------------------------------------------------------------------------------------- */

int __real_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	int64_t ns;

	(void)__real_clock_gettime(clock, t); /* this clock always is */
	ns = t->tv_nsec + passed_ns;
	t->tv_sec += (time_t)(ns / 1000000000);
	t->tv_nsec = (long)(ns % 1000000000);
	return 0;
}

int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *t, struct timespec *left);
int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *t, struct timespec *left)
{
	(void)clock, (void)flags, (void)left;
	passed_ns += (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
	return 0;
}

/* --- messages --------------------------------------------------------------------------------------------------------- */

static int fails(void)
{
	return fake.fails_at > 0 && --fake.fails_at == 0 ? -ENOMEM : 0;
}

static struct message *new_message(enum message_kind kind, const char *method)
{
	struct message *m = calloc(1, sizeof(*m));

	if (m == NULL)
		abort();
	m->kind = kind;
	(void)snprintf(m->method, sizeof(m->method), "%s", method);
	fake.messages++;
	return m;
}

static void *message_unref(void *message)
{
	struct message *m = message;

	if (m == NULL)
		return NULL;
	fake.messages--;
	buf_free(&m->text);
	free(m);
	return NULL;
}

static int message_new_method_call(void *bus, void **message, const char *destination, const char *path,
                                   const char *interface, const char *member)
{
	(void)bus;
	if (strcmp(destination, "org.freedesktop.systemd1") != 0 || strcmp(path, "/org/freedesktop/systemd1") != 0 ||
	    strcmp(interface, "org.freedesktop.systemd1.Manager") != 0)
		return -EINVAL;
	if (fails() < 0)
		return -ENOMEM;
	*message = new_message(CALL, member);
	buf_puts(&((struct message *)*message)->text, member);
	return 0;
}

static void say_basic(struct buf *to, char type, const void *value)
{
	const char *text = value;

	switch (type) {
	case 's':
	case 'o': buf_printf(to, " '%s'", text); break;
	case 'b':
	case 'i': buf_printf(to, " %d", *(const int *)value); break;
	case 'u': buf_printf(to, " %" PRIu32, *(const uint32_t *)value); break;
	case 'n': buf_printf(to, " %d", *(const int16_t *)value); break;
	case 'q': buf_printf(to, " %d", *(const uint16_t *)value); break;
	case 'y': buf_printf(to, " %d", *(const uint8_t *)value); break;
	case 'x': buf_printf(to, " %" PRId64, *(const int64_t *)value); break;
	case 't': buf_printf(to, " %" PRIu64, *(const uint64_t *)value); break;
	case 'd': buf_printf(to, " %g", *(const double *)value); break;
	default: abort();
	}
}

static int message_append_basic(void *message, char type, const void *value)
{
	if (fails() < 0)
		return -ENOMEM;
	if (type == 'o' && *(const char *)value != '/')
		return -EINVAL;
	say_basic(&((struct message *)message)->text, type, value);
	return 0;
}

static int message_append_array(void *message, char type, const void *data, size_t size)
{
	struct buf *to = &((struct message *)message)->text;

	if (type != 'y' || fails() < 0)
		return -ENOMEM;
	buf_puts(to, " [");
	for (size_t i = 0; i < size; i++)
		buf_printf(to, " %02x", ((const unsigned char *)data)[i]);
	buf_puts(to, " ]");
	return 0;
}

static int message_open_container(void *message, char type, const char *contents)
{
	struct message *m = message;
	size_t n = strlen(m->open);

	if (fails() < 0 || n + 1 == sizeof(m->open))
		return -ENOMEM;
	m->open[n] = (char)(type == 'a' ? ']' : type == 'r' ? ')' : '>');
	if (type == 'v')
		buf_printf(&m->text, " <%s", contents);
	else
		buf_puts(&m->text, type == 'a' ? " [" : " (");
	return 0;
}

static int message_close_container(void *message)
{
	struct message *m = message;
	size_t n = strlen(m->open);

	if (n == 0)
		return -EINVAL;
	if (fails() < 0)
		return -ENOMEM;
	buf_printf(&m->text, " %c", m->open[n - 1]);
	m->open[n - 1] = '\0';
	return 0;
}

static int message_enter_container(void *message, char type, const char *contents)
{
	(void)message;
	return type == 'a' && strcmp(contents, "(sus)") == 0 && fails() == 0 ? 1 : -ENOMEM;
}

/* Of GetUnitProcesses: one process, or none. */
static int read_process(va_list *ap)
{
	if (fails() < 0)
		return -ENOMEM;
	if (fake.process_of_unit == 0)
		return 0;
	*va_arg(*ap, const char **) = "/user.slice/ocirt-c1.scope";
	*va_arg(*ap, uint32_t *) = fake.process_of_unit;
	*va_arg(*ap, const char **) = "sleep 100";
	return 1;
}

static int message_read(void *message, const char *types, ...)
{
	const struct message *m = message;
	va_list ap;

	va_start(ap, types);
	if (strcmp(types, "(sus)") == 0) {
		int r = read_process(&ap);

		va_end(ap);
		return r;
	}
	if (m->kind == REPLY) {
		*va_arg(ap, const char **) = job;
	} else {
		*va_arg(ap, uint32_t *) = 7;
		*va_arg(ap, const char **) = m->kind == SIGNAL ? job : "/org/freedesktop/systemd1/job/8";
		*va_arg(ap, const char **) = "some.scope";
		*va_arg(ap, const char **) = m->kind == OTHERS_SIGNAL ? "failed"
		                             : fake.result != NULL    ? fake.result
		                                                      : "done";
	}
	va_end(ap);
	return strcmp(types, m->kind == REPLY ? "o" : "uoss") == 0 && fails() == 0 ? 1 : -ENOMEM;
}

/* --- the connection --------------------------------------------------------------------------------------------------- */

static int open_bus(void **bus, bool user)
{
	fake.user = user;
	if (fake.open != 0)
		return -fake.open;
	fake.buses++;
	*bus = &connection;
	return 0;
}

static int open_system(void **bus)
{
	return open_bus(bus, false);
}

static int open_user(void **bus)
{
	return open_bus(bus, true);
}

static void close_bus(void *bus)
{
	(void)bus;
}

static void *unref(void *bus)
{
	(void)bus;
	fake.buses--;
	return NULL;
}

static int is_ready(void *bus)
{
	(void)bus;
	return !fake.mute && fake.late == 0;
}

static void deliver(enum message_kind kind)
{
	struct message *m = new_message(kind, "JobRemoved");

	(void)on_signal(m, signal_data, NULL);
	(void)message_unref(m);
}

/* One thing that has come: first the end of somebody else's job, then of ours. */
static int process(void *bus, void **message)
{
	(void)bus, (void)message;
	if (fake.process != 0)
		return -fake.process;
	if (!job_runs || on_signal == NULL || fake.jobs_hang)
		return 0;
	deliver(OTHERS_SIGNAL);
	deliver(SIGNAL);
	job_runs = false;
	return 1;
}

static int wait_bus(void *bus, uint64_t usec)
{
	(void)bus;
	passed_ns += fake.late > 0 ? 1000000 : (int64_t)usec * 1000;
	fake.late -= fake.late > 0;
	return 0;
}

static int set_method_call_timeout(void *bus, uint64_t usec)
{
	(void)bus, (void)usec;
	return 0;
}

static int match_signal(void *bus, void **slot, const char *sender, const char *path, const char *interface,
                        const char *member, int (*handler)(void *message, void *data, struct bus_error *error),
                        void *data)
{
	(void)bus, (void)slot, (void)sender, (void)path, (void)interface;
	if (strcmp(member, "JobRemoved") != 0 || fails() < 0)
		return -ENOMEM;
	on_signal = handler;
	signal_data = data;
	return 0;
}

static int call(void *bus, void *message, uint64_t usec, struct bus_error *error, void **reply)
{
	const struct message *m = message;

	(void)bus, (void)usec;
	buf_printf(&fake.said, "%s\n", buf_text(&m->text));
	if (fake.refused != NULL && fake.refusals > 0 && strcmp(fake.refused, m->method) == 0) {
		fake.refusals--;
		*error = (struct bus_error){ fake.error_name, fake.error_text, 0 };
		return -fake.error;
	}
	job_runs = strcmp(m->method, "StartTransientUnit") == 0 || strcmp(m->method, "StopUnit") == 0;
	*reply = new_message(REPLY, "");
	return 1;
}

static int get_property_string(void *bus, const char *destination, const char *path, const char *interface,
                               const char *member, struct bus_error *error, char **value)
{
	(void)bus, (void)destination, (void)path, (void)interface, (void)error;
	if (fake.version == NULL || strcmp(member, "Version") != 0)
		return -EIO;
	*value = strdup(fake.version);
	return *value == NULL ? -ENOMEM : 0;
}

static void error_free(struct bus_error *error)
{
	*error = (struct bus_error){ NULL, NULL, 0 };
}

/* --- the library ------------------------------------------------------------------------------------------------------ */

static void *as_object(void (*f)(void))
{
	void *p;

	memcpy(&p, &f, sizeof(p));
	return p;
}

void *__wrap_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags)
{
	(void)flags;
	if (fake.no_library != NULL || strcmp(name, "libsystemd.so.0") != 0)
		return NULL;
	fake.libraries++;
	return &library;
}

char *__wrap_dlerror(void);
char *__wrap_dlerror(void)
{
	return (char *)(uintptr_t)fake.no_library;
}

int __wrap_dlclose(void *handle);
int __wrap_dlclose(void *handle)
{
	(void)handle;
	fake.libraries--;
	return 0;
}

#define close close_bus
#define wait wait_bus
void *__wrap_dlsym(void *handle, const char *name);
void *__wrap_dlsym(void *handle, const char *name)
{
	static const struct {
		const char *name;
		void (*f)(void);
	} functions[] = {
#define FUNCTION(type, function, arguments) { "sd_bus_" #function, (void (*)(void))(function) },
		BUS_FUNCTIONS(FUNCTION)
#undef FUNCTION
	};

	(void)handle;
	for (size_t i = 0; i < array_len(functions); i++)
		if (strcmp(functions[i].name, name) == 0)
			return fake.no_symbol != NULL && strcmp(fake.no_symbol, name) == 0 ? NULL
			                                                                   : as_object(functions[i].f);
	return NULL;
}
#undef close
#undef wait
