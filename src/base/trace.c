/* SPDX-License-Identifier: Apache-2.0
 *
 * trace - when each step of two processes began and ended, in memory that both have
 */
#include "base/trace.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

struct trace {
	_Atomic uint32_t n; /* may exceed TRACE_MAX: the rest was not recorded */
	struct trace_span span[TRACE_MAX];
};

static uint64_t now(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &t); /* cannot fail */
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* One that cannot shrink under whoever maps it. */
int trace_new(struct trace **t, int *fd, struct err *e)
{
	auto_fd int file = memfd_create("trace", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (file < 0 || ftruncate(file, sizeof(struct trace)) < 0 ||
	    fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return err_sys(e, "make a memory file for the trace");
	if (trace_map(file, t, e) < 0)
		return -1;
	*fd = steal_fd(&file);
	return 0;
}

int trace_map(int fd, struct trace **t, struct err *e)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	void *at;

	if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || fstat(fd, &st) < 0 || st.st_size != sizeof(struct trace))
		return err_set(e, "descriptor %d is no memory of a trace", fd);
	at = mmap(NULL, sizeof(struct trace), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return err_sys(e, "map the memory of the trace");
	*t = at;
	return 0;
}

void trace_drop(struct trace *t)
{
	if (t != NULL)
		(void)munmap(t, sizeof(*t)); /* a mapping of ours */
}

struct trace_span *trace_begin(struct trace *t, enum trace_side side, const char *name)
{
	struct trace_span *s;
	uint32_t i;

	if (t == NULL)
		return NULL;
	i = atomic_fetch_add(&t->n, 1);
	if (i >= TRACE_MAX)
		return NULL;
	s = &t->span[i];
	s->side = (uint32_t)side;
	memcpy(s->name, name, strnlen(name, TRACE_NAME - 1)); /* it was all zero */
	s->begin = now();
	return s;
}

void trace_end(struct trace_span *s, bool failed)
{
	if (s == NULL)
		return;
	s->failed = failed;
	s->end = now();
}

/* By their beginnings; of those that begin together the one recorded first stays first. They nearly are in that order. */
static void sort(struct trace_span *all, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const struct trace_span moved = all[i];
		size_t at = i;

		for (; at > 0 && all[at - 1].begin > moved.begin; at--)
			all[at] = all[at - 1];
		all[at] = moved;
	}
}

/* The other process may be anything by now: only what can be is taken. */
static bool is_sound(struct trace_span *s, uint64_t last)
{
	s->name[TRACE_NAME - 1] = '\0';
	for (char *c = s->name; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~' || *c == '"' || *c == '\\')
			*c = '_';
	return s->side < TRACE_SIDES && s->begin != 0 && s->begin <= last && s->end <= last &&
	       (s->end == 0 || s->end >= s->begin);
}

static void end_open(struct trace_span *all, size_t n, uint64_t last)
{
	for (size_t i = 0; i < n; i++) {
		size_t next = i + 1;

		if (all[i].end != 0)
			continue;
		while (next < n && all[next].side != all[i].side)
			next++;
		all[i].end = next < n ? all[next].begin : last;
	}
}

size_t trace_take(const struct trace *t, struct trace_span to[TRACE_MAX])
{
	uint32_t recorded = atomic_load(&t->n);
	uint64_t last = now();
	size_t n = 0;

	for (uint32_t i = 0; i < recorded && i < TRACE_MAX; i++) {
		to[n] = t->span[i];
		n += is_sound(&to[n], last);
	}
	sort(to, n);
	end_open(to, n, last);
	return n;
}

static void step_begins(void *arg, const struct step *s)
{
	struct trace_watch *w = arg;

	w->now = trace_begin(*w->trace, w->side, s->label);
}

static void step_ends(void *arg, const struct step *s, bool failed)
{
	struct trace_watch *w = arg;

	(void)s;
	trace_end(w->now, failed);
	w->now = NULL;
}

void trace_watch(struct trace_watch *w, struct trace *const *trace, enum trace_side side)
{
	*w = (struct trace_watch){ .trace = trace, .side = side, .watch = { step_begins, step_ends, w } };
}
