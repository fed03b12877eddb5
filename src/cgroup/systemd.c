/* SPDX-License-Identifier: Apache-2.0
 *
 * systemd - control groups that systemd makes: a transient scope for each container
 */
#include "cgroup/systemd.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cgroup/bus.h"
#include "cgroup/io.h"
#include "cgroup/procs.h"
#include "cgroup/tree.h"

enum { EMPTY_TIMEOUT_MS = 2000, EMPTY_NAP_MS = 10 };

struct unit {
	const char *name;         /* "ocirt-c1.scope": the last component */
	char slice[NAME_MAX + 1]; /* "system.slice"; "-.slice": the root of all of its manager's */
	bool user;
	bool v1; /* not on cgroup2 alone: systemd then has its own words for some of it, and older ones no others */
};

/* The path's last two components, without the '_' that cg_systemd_place may have put before them. */
static struct unit unit_of(const struct cg_place *p)
{
	const char *path = p->dir[p->n - 1].path, *name = strrchr(path, '/') + 1, *slice;
	struct unit u = { .name = name + (name[0] == '_'),
		          .user = strstr(path, "/user@") != NULL,
		          .v1 = p->n > 1,
		          .slice = "-.slice" };

	for (slice = name - 1; slice > path && slice[-1] != '/'; slice--)
		;
	slice += slice[0] == '_';
	if (name - slice > (ptrdiff_t)strlen(".slice") && strncmp(name - 7, ".slice", 6) == 0)
		(void)snprintf(u.slice, sizeof(u.slice), "%.*s", (int)(name - 1 - slice), slice);
	return u;
}

/* Found out before anything is made. */
int sd_prepare(const struct cg_place *p, const struct cg_settings *s, struct err *e)
{
	auto_bus struct bus b = BUS_NONE;
	struct unit u = unit_of(p);

	(void)s;
	if (u.user && u.v1)
		return err_num(e, EPERM, "cgroup v1 cannot be delegated to a user's own systemd");
	return bus_open(&b, u.user, e);
}

/* --- start and stop --------------------------------------------------------------------------------------------------- */

/* What is told when the arguments that follow cannot be put into a message. */
static void blame(struct bus_call *c, const char *what)
{
	struct err why;

	(void)err_set(&why, "%s", what); /* nothing has failed yet */
	bus_blame(c, &why);
}

/* A call about the unit by its name, and how, where the call has a word for that. */
static void call_begin(struct bus_call *c, const char *method, const struct unit *u, const char *mode)
{
	bus_call_begin(c, method);
	blame(c, "name the unit");
	bus_put_text(c, 's', u->name);
	if (mode != NULL)
		bus_put_text(c, 's', mode);
}

static void put_pid(struct bus_call *c, pid_t pid)
{
	bus_put_open(c, 'a', "u");
	bus_put_number(c, 'u', (uint32_t)pid);
	bus_put_close(c);
}

static void put_scope(struct bus_call *c, const struct unit *u, pid_t pid)
{
	const char *accounting[] = { "CPUAccounting", "MemoryAccounting", "TasksAccounting",
		                     u->v1 ? "BlockIOAccounting" : "IOAccounting" };

	bus_property_text(c, "Description", "OCI container");
	bus_property_open(c, "PIDs", "au");
	put_pid(c, pid);
	bus_property_close(c);
	bus_property_number(c, "Delegate", 'b', 1);
	bus_property_text(c, "Slice", u->slice);
	bus_property_number(c, "DefaultDependencies", 'b', 0);
	for (size_t i = 0; i < array_len(accounting); i++)
		bus_property_number(c, accounting[i], 'b', 1);
}

static int start(struct bus *b, const struct unit *u, pid_t pid, const struct cg_settings *s, struct err *e)
{
	auto_bus_call struct bus_call c;

	call_begin(&c, "StartTransientUnit", u, "fail");
	blame(&c, "describe the unit");
	bus_put_open(&c, 'a', "(sv)");
	put_scope(&c, u, pid);
	unit_put_limits(b, &c, s);
	unit_put_devices(&c, s);
	if (unit_put_asked(&c, s, e) < 0)
		return -1;
	blame(&c, "describe the unit");
	bus_put_close(&c);
	bus_put_open(&c, 'a', "(sa(sv))");
	bus_put_close(&c);
	return bus_job(b, &c, e);
}

/* A unit that is not there is fine. */
static int stop(struct bus *b, const struct unit *u, struct err *e)
{
	auto_bus_call struct bus_call end;
	auto_bus_call struct bus_call reset;
	struct err ignored;

	call_begin(&end, "StopUnit", u, "replace");
	call_begin(&reset, "ResetFailedUnit", u, NULL);
	if (bus_job(b, &end, e) < 0 && !bus_refused(b, "NoSuchUnit"))
		return -1;
	(void)!bus_send(b, &reset, &ignored); /* mostly it is gone by now */
	return 0;
}

/* Left by a crash: nobody is in our group, that was looked at before. A unit of that name has it in another slice, too. */
static int stop_leftover(struct bus *b, const struct unit *u, struct err *e)
{
	uint32_t pid;

	if (bus_unit_process(b, u->name, &pid, e) < 0)
		return -1;
	if (pid != 0)
		return err_kind(e, ERR_HOST, "there is a unit of that name, which process %" PRIu32 " lives in", pid);
	log_debug("%s is there already and is started anew", u->name);
	return stop(b, u, e);
}

static bool is_inside(const struct cg_dir *d, pid_t pid)
{
	auto_pid_list struct cg_pid_list l = { 0 };

	if (cg_dir_pids(d, &l) < 0)
		return false;
	for (size_t i = 0; i < l.n; i++)
		if (l.pid[i] == pid)
			return true;
	return false;
}

/* The v1 hierarchies that systemd leaves alone: cpuset, freezer, hugetlb and those that this version of it does not delegate. */
static int join_others(const struct cg_place *p, pid_t pid, struct err *e)
{
	struct cg_place others = { .n = 0 };
	struct cg_made made;

	for (size_t i = 0; i < p->n; i++)
		if (!p->dir[i].unified && !is_inside(&p->dir[i], pid))
			others.dir[others.n++] = p->dir[i];
	if (others.n == 0)
		return 0;
	if (cg_make(&others, NULL, 0, &made, e) < 0)
		return -1;
	return cg_attach(&others, pid, e);
}

/* systemd names the property that it refuses, but for one whose value is of another type. */
static int err_start(const struct bus *b, const struct unit *u, const struct cg_settings *s, struct err *e)
{
	const bool type = s->n_asked > 0 && bus_refused(b, "ENXIO");

	for (size_t i = 0; i < s->n_asked; i++)
		if ((type && s->n_asked == 1) || strstr(e->text, s->asked[i].name) != NULL)
			(void)err_at(e, "%s", s->asked[i].pointer);
	if (type)
		(void)err_in(e, "an annotation org.systemd.property.* has a value of another type");
	return err_in(e, "start %s", u->name);
}

int sd_join(const struct cg_place *p, pid_t pid, const struct cg_settings *s, struct err *e)
{
	auto_bus struct bus b = BUS_NONE;
	struct unit u = unit_of(p);

	if (bus_open(&b, u.user, e) < 0)
		return -1;
	if (start(&b, &u, pid, s, e) < 0) {
		if (!bus_refused(&b, "UnitExists") || stop_leftover(&b, &u, e) < 0 || start(&b, &u, pid, s, e) < 0)
			return err_start(&b, &u, s, e);
	}
	if (join_others(p, pid, e) < 0 || cg_enable(p, s->need, s->n_need, e) < 0 ||
	    cg_write_all(p, s->writes, s->n_writes, e) < 0)
		return -1;
	return cg_set_devices(p, s->devices, s->n_devices, e);
}

int sd_adopt(const struct cg_place *p, pid_t pid, struct err *e)
{
	auto_bus struct bus b = BUS_NONE;
	auto_bus_call struct bus_call c = { .parts = { 0 } };
	struct unit u = unit_of(p);

	if (bus_open(&b, u.user, e) < 0)
		return -1;
	call_begin(&c, "AttachProcessesToUnit", &u, "");
	put_pid(&c, pid);
	return bus_send(&b, &c, e) < 0 ? err_in(e, "move a process into %s", u.name) : 0;
}

/* --- change and remove ------------------------------------------------------------------------------------------------ */

struct unit_change {
	struct bus b;
	struct unit u;
	const struct cg_settings *s;
};

static int set_properties(void *arg, struct err *e)
{
	struct unit_change *c = arg;
	auto_bus_call struct bus_call set;

	call_begin(&set, "SetUnitProperties", &c->u, NULL);
	blame(&set, "describe the unit");
	bus_put_number(&set, 'b', 1);
	bus_put_open(&set, 'a', "(sv)");
	unit_put_limits(&c->b, &set, c->s);
	bus_put_close(&set);
	return bus_send(&c->b, &set, e) < 0 ? err_in(e, "change %s", c->u.name) : 0;
}

/* The files first: when the kernel or systemd refuses, neither has changed. systemd's own writes may round: they are made again. */
int sd_apply(const struct cg_place *p, const struct cg_settings *s, struct err *e)
{
	struct unit_change c = { .u = unit_of(p), .s = s };
	const struct cg_also also = { set_properties, &c };
	int r = bus_open(&c.b, c.u.user, e);

	if (r == 0)
		r = cg_change(p, s->writes, s->n_writes, &also, e);
	bus_close(&c.b);
	return r < 0 ? r : cg_write_all(p, s->writes, s->n_writes, e);
}

static bool is_there(const struct cg_place *p)
{
	char path[PATH_MAX];

	return cg_path(&p->dir[p->n - 1], NULL, path) && access(path, F_OK) == 0;
}

/* systemd ends a scope, too, when it sees its group empty; when the group is taken away first it never does. */
static void wait_ended(const struct cg_place *p)
{
	int64_t end = clock_ms() + EMPTY_TIMEOUT_MS;

	while (is_there(p) && clock_ms() < end)
		clock_nap(EMPTY_NAP_MS);
}

/* A unit has one group: where ours is not, one of that name that processes live in is another's. */
static int stop_own(struct bus *b, const struct cg_place *p, const struct unit *u, struct err *e)
{
	uint32_t pid = 0;

	if (!is_there(p) && bus_unit_process(b, u->name, &pid, e) < 0)
		return -1;
	return pid == 0 ? stop(b, u, e) : 0;
}

/* Without the bus the groups can be removed all the same. */
int sd_remove(const struct cg_place *p, int timeout_ms, struct err *e)
{
	auto_bus struct bus b = BUS_NONE;
	struct unit u = unit_of(p);
	struct err why;

	if (cg_kill(p, SIGKILL, e) < 0)
		return -1;
	if (bus_open(&b, u.user, &why) < 0 || stop_own(&b, p, &u, &why) < 0) {
		log_warn("stop %s: %s", u.name, why.text);
		wait_ended(p);
	}
	return cg_remove(p, timeout_ms, e);
}
