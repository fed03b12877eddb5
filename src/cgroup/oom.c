/* SPDX-License-Identifier: Apache-2.0
 *
 * oom - being told when the kernel killed for want of memory in a container's group
 */
#include "cgroup/oom.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/num.h"
#include "cgroup/io.h"

static int open_v1(const struct cg_dir *d, struct cg_oom *o, struct err *e)
{
	char line[32];

	o->v1 = true;
	o->events = POLLIN;
	o->file_fd = cg_open(d, "memory.oom_control", O_RDONLY, e);
	if (o->file_fd < 0)
		return -1;
	o->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (o->fd < 0)
		return err_sys(e, "make an eventfd");
	(void)snprintf(line, sizeof(line), "%d %d", o->fd, o->file_fd); /* fits */
	if (cg_poke(d, "cgroup.event_control", line) < 0)
		return err_sys(e, "watch %s%s/memory.oom_control", d->mount, d->path);
	return 0;
}

/* What the line oom_kill of memory.events, or of v1's memory.oom_control, says; -1 when there is none. */
static int64_t count_of(char *text)
{
	static const char key[] = "\noom_kill ";
	char *p = strstr(text, key);
	uint64_t v;

	if (p == NULL)
		return -1;
	p += sizeof(key) - 1;
	p[strcspn(p, "\n")] = '\0';
	return num_u64(p, INT64_MAX, &v) ? (int64_t)v : -1;
}

/* -1 when the file is gone. */
static int64_t kills(int fd)
{
	char text[512];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return count_of(text);
}

static int open_v2(const struct cg_dir *d, struct cg_oom *o, struct err *e)
{
	int64_t now;

	o->events = POLLPRI;
	o->fd = cg_open(d, "memory.events", O_RDONLY, e);
	if (o->fd < 0)
		return -1;
	now = kills(o->fd);
	o->seen = now > 0 ? (uint64_t)now : 0;
	return 0;
}

int cg_oom_open(const struct cg_place *p, struct cg_oom *o, struct err *e)
{
	const struct cg_dir *v1 = cg_v1_dir(p, "memory"), *v2 = cg_unified_dir(p);

	if (v1 != NULL)
		return open_v1(v1, o, e);
	return v2 != NULL && cg_lists(v2->controllers, "memory") ? open_v2(v2, o, e) : 0;
}

/* The kernel raises the eventfd once more when the group goes: then its files can no longer be read. */
static bool take_v1(const struct cg_oom *o)
{
	uint64_t times;
	char c;

	return read(o->fd, &times, sizeof(times)) == sizeof(times) && pread(o->file_fd, &c, 1, 0) == 1;
}

bool cg_oom_take(struct cg_oom *o)
{
	int64_t now;
	bool more;

	if (o->fd < 0)
		return false;
	if (o->v1)
		return take_v1(o);
	now = kills(o->fd);
	more = now > 0 && (uint64_t)now > o->seen;
	if (more)
		o->seen = (uint64_t)now;
	return more;
}

uint64_t cg_oom_kills(const struct cg_place *p)
{
	const struct cg_dir *v1 = cg_v1_dir(p, "memory"), *d = v1 != NULL ? v1 : cg_unified_dir(p);
	char text[512];
	int64_t n = -1;

	if (d != NULL && cg_peek(d, v1 != NULL ? "memory.oom_control" : "memory.events", text, sizeof(text)) > 0)
		n = count_of(text);
	return n > 0 ? (uint64_t)n : 0;
}

void cg_oom_close(struct cg_oom *o)
{
	fd_drop(&o->fd);
	fd_drop(&o->file_fd);
}
