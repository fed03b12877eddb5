/* SPDX-License-Identifier: Apache-2.0
 *
 * seccomp - system call filters: from rules to a program, and the program into the kernel
 */
#include "kernel/seccomp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/wire.h"
#include "kernel/libs.h"

#ifndef SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH (1UL << 4)
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* The flags as asked for, with those of a listener. */
static unsigned int flags_of(const struct seccomp_program *p)
{
	if (p->listener)
		return p->flags | SECCOMP_FILTER_FLAG_NEW_LISTENER;
	return p->flags & ~(unsigned int)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV; /* refused without a listener */
}

static bool has_listener(const struct seccomp_filter *f)
{
	for (size_t i = 0; i < f->n_rules; i++)
		if ((f->rules[i].action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF)
			return true;
	return false;
}

struct seccomp_program *seccomp_program_new(const struct seccomp_filter *f, size_t n)
{
	struct seccomp_program *p = calloc(1, sizeof(*p) + n * sizeof(p->code[0]));

	if (p == NULL)
		return NULL;
	p->flags = f->flags;
	p->flags_implied = f->flags_implied;
	p->listener = has_listener(f);
	p->n = n;
	/* TSYNC means nothing to a process of one thread */
	log_debug("seccomp filter flags: %u", flags_of(p) & ~(unsigned int)SECCOMP_FILTER_FLAG_TSYNC);
	return p;
}

struct seccomp_program *seccomp_program_make(const struct seccomp_filter *f, struct err *e)
{
	char library[PATH_MAX];

	return seccomp_program_compile(f, library, e);
}

int seccomp_program_load(const struct seccomp_program *p, int *listener, struct err *e)
{
	struct sock_fprog prog = { .len = (unsigned short)p->n, .filter = (struct sock_filter *)p->code };
	unsigned int flags = flags_of(p);
	long r;

	*listener = -1;
	if (p->listener && (flags & SECCOMP_FILTER_FLAG_TSYNC) != 0)
		flags |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH; /* else both would be the return value */
	r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	if (r < 0 && errno == EINVAL && p->flags_implied)
		r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags & ~p->flags, &prog);
	if (r < 0)
		return err_sys(e, "load the seccomp filter (%zu instructions, flags %#x)", p->n, flags);
	if (p->listener)
		*listener = (int)r;
	return 0;
}

/* ---- what ocirt-libs does: libs/verbs.h ---- */

#define LIBRARY "libseccomp"

static void put_words(struct buf *b, const char *const *words, size_t n)
{
	wire_put_u32(b, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		wire_put_text(b, words[i]);
}

static void put_rule(struct buf *b, const struct seccomp_rule *r)
{
	wire_put_u32(b, r->action);
	put_words(b, r->names, r->n_names);
	wire_put_u32(b, (uint32_t)r->n_conditions);
	for (size_t i = 0; i < r->n_conditions; i++) {
		wire_put_u32(b, r->conditions[i].index);
		wire_put_u32(b, r->conditions[i].op);
		wire_put_u64(b, r->conditions[i].value);
		wire_put_u64(b, r->conditions[i].value_two);
	}
}

void seccomp_filter_put(struct buf *b, const struct seccomp_filter *f)
{
	wire_put_u32(b, f->default_action);
	put_words(b, f->archs, f->n_archs);
	wire_put_u32(b, (uint32_t)f->n_rules);
	for (size_t i = 0; i < f->n_rules; i++)
		put_rule(b, &f->rules[i]);
}

static struct seccomp_program *take_program(const struct seccomp_filter *f, struct wire *w, char library[PATH_MAX],
                                            struct err *e)
{
	const char *path = wire_text(w);
	size_t len;
	const char *code = wire_bytes(w, &len);
	struct seccomp_program *p = w->failed ? NULL : seccomp_program_new(f, len / sizeof(p->code[0]));

	if (p == NULL) {
		(void)err_set(e, "read the seccomp filter back");
		return NULL;
	}
	memcpy(p->code, code, p->n * sizeof(p->code[0]));
	(void)snprintf(library, PATH_MAX, "%s", path); /* shorter, there too */
	return p;
}

struct seccomp_program *seccomp_program_compile(const struct seccomp_filter *f, char library[PATH_MAX], struct err *e)
{
	auto_libs struct libs l = LIBS_NONE;
	auto_buf struct buf request = { 0 };
	struct wire reply = { .failed = false };
	uint32_t rule;

	seccomp_filter_put(&request, f);
	if (libs_open(&l, LIBRARY, e) == 0 && libs_call(&l, LIBS_SECCOMP_COMPILE, &request, &reply, e) == 0)
		return take_program(f, &reply, library, e);
	rule = wire_u32(&reply); /* 0: it did not come to that */
	if (rule > 0 && rule <= f->n_rules && f->rules[rule - 1].pointer != NULL)
		(void)err_at(e, "%s", f->rules[rule - 1].pointer);
	return NULL;
}

bool seccomp_library_version(unsigned int version[3])
{
	auto_libs struct libs l = LIBS_NONE;
	const struct buf nothing = { 0 };
	struct wire reply;
	struct err e;

	if (libs_open(&l, LIBRARY, &e) < 0 || libs_call(&l, LIBS_SECCOMP_VERSION, &nothing, &reply, &e) < 0) {
		log_debug("%s", e.text);
		return false;
	}
	for (size_t i = 0; i < 3; i++)
		version[i] = wire_u32(&reply);
	return !reply.failed;
}

void seccomp_find_unknown(const char *const *names, size_t n, void (*tell)(void *ctx, size_t index, const char *near),
                          void *ctx)
{
	auto_libs struct libs l = LIBS_NONE;
	auto_buf struct buf request = { 0 };
	struct wire reply;
	struct err e;

	put_words(&request, names, n);
	if (n == 0)
		return;
	if (libs_open(&l, LIBRARY, &e) < 0 || libs_call(&l, LIBS_SECCOMP_UNKNOWN, &request, &reply, &e) < 0) {
		log_debug("%s", e.text);
		return;
	}
	for (size_t found = wire_count(&reply, 2 * sizeof(uint32_t)); found > 0; found--) {
		uint32_t i = wire_u32(&reply);
		const char *near = wire_text(&reply);

		if (!reply.failed && i < n)
			tell(ctx, i, near[0] != '\0' ? near : NULL);
	}
}
