/* SPDX-License-Identifier: Apache-2.0
 *
 * seccomp - system call filters: from rules to a program, and the program into the kernel
 */
#include "kernel/seccomp.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/words.h"

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

#ifdef HAVE_SECCOMP

#include <seccomp.h>

_Static_assert(SECCOMP_OP_NE == (int)SCMP_CMP_NE && SECCOMP_OP_MASKED_EQ == (int)SCMP_CMP_MASKED_EQ, "same order");

/* What is used of the library, by name without seccomp_. */
#define LIBRARY(X)                   \
	X(init)                      \
	X(release)                   \
	X(version)                   \
	X(arch_native)               \
	X(arch_resolve_name)         \
	X(arch_add)                  \
	X(attr_set)                  \
	X(syscall_resolve_name)      \
	X(syscall_resolve_name_arch) \
	X(syscall_resolve_num_arch)  \
	X(rule_add_array)            \
	X(export_bpf)

struct library {
	void *handle;
#define MEMBER(name) __typeof__(seccomp_##name) *name;
	LIBRARY(MEMBER)
#undef MEMBER
};

#ifdef OCIRT_STATIC

static void library_close(struct library *l)
{
	(void)l;
}

static bool library_open(struct library *l)
{
#define SYMBOL(name) .name = seccomp_##name,
	*l = (struct library){ LIBRARY(SYMBOL) };
#undef SYMBOL
	return true;
}

/* It is in our own program. */
static void tell_library(const struct library *l, char to[PATH_MAX])
{
	(void)l;
	(void)snprintf(to, PATH_MAX, "/proc/self/exe");
}

#else

static void library_close(struct library *l)
{
	if (l->handle != NULL)
		(void)dlclose(l->handle); /* nothing of it is in use */
}

static bool library_open(struct library *l)
{
	l->handle = dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL);
	if (l->handle == NULL) {
		log_debug("%s", dlerror());
		return false;
	}
#define SYMBOL(name)                                                       \
	l->name = (__typeof__(l->name))dlsym(l->handle, "seccomp_" #name); \
	if (l->name == NULL)                                               \
		return false;
	LIBRARY(SYMBOL)
#undef SYMBOL
	return true;
}

/* Where the loader found the library. */
static void tell_library(const struct library *l, char to[PATH_MAX])
{
	struct link_map *map = NULL;

	to[0] = '\0';
	if (dlinfo(l->handle, RTLD_DI_LINKMAP, &map) == 0 && map->l_name[0] == '/' && strlen(map->l_name) < PATH_MAX)
		memcpy(to, map->l_name, strlen(map->l_name) + 1);
}

#endif
#define auto_library __attribute__((cleanup(library_close)))

bool seccomp_library_version(unsigned int version[3])
{
	auto_library struct library l = { 0 };
	const struct scmp_version *v;

	if (!library_open(&l))
		return false;
	v = l.version();
	version[0] = v->major;
	version[1] = v->minor;
	version[2] = v->micro;
	return true;
}

/* The name nearest to it, malloc'ed, or NULL. */
static char *nearest_call(const struct library *l, const char *typed)
{
	enum { NUMBERS = 1024 }; /* more than any architecture has */
	struct word_search s = { .typed = typed };
	char *best = NULL;

	for (int nr = 0; nr < NUMBERS; nr++) {
		char *name = l->syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);

		if (name == NULL)
			continue;
		word_offer(&s, name);
		if (s.best == name) {
			free(best);
			best = name;
		} else {
			free(name);
		}
	}
	return best;
}

void seccomp_find_unknown(const char *const *names, size_t n, void (*tell)(void *ctx, size_t index, const char *near),
                          void *ctx)
{
	auto_library struct library l = { 0 };

	if (!library_open(&l))
		return;
	for (size_t i = 0; i < n; i++) {
		auto_free char *near = NULL;

		if (l.syscall_resolve_name(names[i]) != __NR_SCMP_ERROR)
			continue;
		near = nearest_call(&l, names[i]);
		tell(ctx, i, near);
	}
}

static void free_program(struct seccomp_program **p)
{
	free(*p);
}
#define auto_program __attribute__((cleanup(free_program)))

/* One compilation. */
struct job {
	const struct seccomp_filter *in;
	struct library lib;
	scmp_filter_ctx ctx;
	uint32_t arch[32]; /* libseccomp's tokens, our own first */
	size_t n_arch;
};

static void job_end(struct job *j)
{
	if (j->ctx != NULL)
		j->lib.release(j->ctx);
	library_close(&j->lib);
}
#define auto_job __attribute__((cleanup(job_end)))

/*
 * libseccomp (2.5.4) passes over an allocation that failed while it generates code, and the filter then lacks calls, or whole
 * architectures. errno tells: nothing but a failed allocation makes it ENOMEM, and nothing sets it back.
 */
static int checked(int r)
{
	return r >= 0 && errno == ENOMEM ? -ENOMEM : r;
}

/* "SCMP_ARCH_X86_64" is libseccomp's "x86_64". */
static uint32_t arch_token(const struct library *l, const char *word)
{
	static const char prefix[] = "SCMP_ARCH_";
	char name[32];
	size_t n = 0;

	if (strncmp(word, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	for (word += sizeof(prefix) - 1; *word != '\0' && n + 1 < sizeof(name); word++)
		name[n++] = (char)(*word >= 'A' && *word <= 'Z' ? *word - 'A' + 'a' : *word);
	name[n] = '\0';
	return l->arch_resolve_name(name);
}

static int add_archs(struct job *j, struct err *e)
{
	j->arch[j->n_arch++] = j->lib.arch_native();
	for (size_t i = 0; i < j->in->n_archs; i++) {
		uint32_t token = arch_token(&j->lib, j->in->archs[i]);
		int r;

		if (token == 0)
			return err_kind(e, ERR_HOST, "this libseccomp does not know the architecture %s",
			                j->in->archs[i]);
		errno = 0;
		r = checked(j->lib.arch_add(j->ctx, token));
		if (r == -EEXIST)
			continue;
		if (r == -EDOM)
			return err_kind(e, ERR_HOST, "%s cannot be filtered beside the architecture of this host",
			                j->in->archs[i]);
		if (r < 0 || j->n_arch == array_len(j->arch))
			return err_num(e, r < 0 ? -r : E2BIG, "add the architecture %s", j->in->archs[i]);
		j->arch[j->n_arch++] = token;
	}
	return 0;
}

static int refused(const struct seccomp_rule *rule, const char *name, int r, struct err *e)
{
	if (r == -EEXIST)
		(void)err_kind(e, ERR_CONFIG, "the system call %s has another action in a rule before this one", name);
	else if (r == -EOPNOTSUPP || r == -EINVAL)
		(void)err_kind(e, ERR_HOST, "system call %s: this kernel or libseccomp cannot do action %#x", name,
		               rule->action);
	else
		(void)err_num(e, -r, "add the rule for system call %s", name);
	return rule->pointer != NULL ? err_at(e, "%s", rule->pointer) : -1;
}

static struct scmp_arg_cmp condition_of(const struct seccomp_condition *c)
{
	return (struct scmp_arg_cmp){
		.arg = c->index,
		.op = (enum scmp_compare)c->op,
		.datum_a = c->value,
		.datum_b = c->op == SECCOMP_OP_MASKED_EQ ? c->value_two : 0,
	};
}

/* libseccomp takes one condition an argument and wants all to hold. */
static bool same_argument_twice(const struct seccomp_rule *rule)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < rule->n_conditions; i++) {
		if ((seen & 1U << rule->conditions[i].index) != 0)
			return true;
		seen |= 1U << rule->conditions[i].index;
	}
	return false;
}

static int add_call(struct job *j, const struct seccomp_rule *rule, const char *name, struct err *e)
{
	int nr = j->lib.syscall_resolve_name(name);
	bool apart = same_argument_twice(rule);
	struct scmp_arg_cmp all[SECCOMP_ARGS];
	int r = 0;

	errno = 0;
	if (nr == __NR_SCMP_ERROR) {
		log_debug("seccomp: no system call is called %s, its rule is left out", name);
		return 0;
	}
	for (size_t i = 0; i < rule->n_conditions && r == 0; i++) {
		struct scmp_arg_cmp c = condition_of(&rule->conditions[i]);

		if (apart)
			r = j->lib.rule_add_array(j->ctx, rule->action, nr, 1, &c);
		else
			all[i] = c;
	}
	if (!apart)
		r = j->lib.rule_add_array(j->ctx, rule->action, nr, (unsigned int)rule->n_conditions, all);
	r = checked(r);
	return r < 0 ? refused(rule, name, r, e) : 0;
}

static int add_rules(struct job *j, struct err *e)
{
	for (size_t i = 0; i < j->in->n_rules; i++) {
		const struct seccomp_rule *rule = &j->in->rules[i];

		if (rule->action == j->in->default_action)
			continue; /* it changes nothing, and libseccomp refuses it */
		for (size_t n = 0; n < rule->n_names; n++)
			if (add_call(j, rule, rule->names[n], e) < 0)
				return -1;
	}
	return 0;
}

/* libseccomp's program, read back from a memory file; room instructions are left free in front of it. */
static struct seccomp_program *export_program(struct job *j, size_t room, struct err *e)
{
	auto_fd int fd = memfd_create("seccomp", MFD_CLOEXEC);
	auto_program struct seccomp_program *p = NULL;
	struct stat st;
	int r;

	if (fd < 0) {
		(void)err_sys(e, "make a memory file for the seccomp filter");
		return NULL;
	}
	errno = 0;
	r = checked(j->lib.export_bpf(j->ctx, fd));
	if (r < 0) {
		(void)err_num(e, -r, "compile the seccomp filter");
		return NULL;
	}
	if (fstat(fd, &st) < 0) {
		(void)err_sys(e, "size the seccomp filter");
		return NULL;
	}
	p = seccomp_program_new(j->in, room + (size_t)st.st_size / sizeof(p->code[0]));
	if (p == NULL || pread(fd, p->code + room, (size_t)st.st_size, 0) != (ssize_t)st.st_size) {
		(void)err_set(e, "read the seccomp filter back");
		return NULL;
	}
	return steal_ptr(&p);
}

/* ---- ENOSYS for what is newer than the profile ---- */

enum { X32_BIT = 0x40000000, STUB_MAX = 8 };

/* Whether numbers that nobody named are to be refused; then the newest of them should look like not being there. */
static bool wants_stub(const struct seccomp_filter *f)
{
	switch (f->default_action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_TRACE: return false; /* a tracer answers for itself */
	default: return f->default_action != (SECCOMP_RET_ERRNO | ENOSYS);
	}
}

/* The highest number that a rule names on an architecture, -1 when none does. */
static int64_t highest(const struct job *j, uint32_t arch)
{
	int64_t top = -1;

	for (size_t i = 0; i < j->in->n_rules; i++) {
		const struct seccomp_rule *rule = &j->in->rules[i];

		for (size_t n = 0; n < rule->n_names; n++) {
			int nr = j->lib.syscall_resolve_name_arch(arch, rule->names[n]);

			if (nr > top) /* those an architecture does not have are negative */
				top = nr;
		}
	}
	return top;
}

static bool has_arch(const struct job *j, uint32_t arch)
{
	for (size_t i = 0; i < j->n_arch; i++)
		if (j->arch[i] == arch)
			return true;
	return false;
}

/*
 * The test for one architecture: falls through past itself for any other, goes to `rest` when the number is one the profile
 * may know. x86_64 has the x32 calls as a second range of numbers.
 */
static size_t put_stub(const struct job *j, uint32_t arch, struct sock_filter *to, size_t rest)
{
	const struct sock_filter number = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	const struct sock_filter enosys = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
	uint32_t top = (uint32_t)highest(j, arch); /* none: 2^32-1, above which nothing is */
	size_t n = 0;

	if (arch == SCMP_ARCH_X86_64) {
		uint32_t top32 = has_arch(j, SCMP_ARCH_X32) ? (uint32_t)highest(j, SCMP_ARCH_X32) : UINT32_MAX;
		const struct sock_filter code[STUB_MAX] = {
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 7),
			number,
			BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2, 0),
			BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, top, 2, 0),
			BPF_STMT(BPF_JMP | BPF_JA, rest - 5),
			BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, top32, 0, 1),
			enosys,
			BPF_STMT(BPF_JMP | BPF_JA, rest - 8),
		};

		n = array_len(code);
		memcpy(to, code, sizeof(code));
	} else if (arch != SCMP_ARCH_X32) {
		const struct sock_filter code[] = {
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 0, 4),
			number,
			BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, top, 0, 1),
			enosys,
			BPF_STMT(BPF_JMP | BPF_JA, rest - 5),
		};

		n = array_len(code);
		memcpy(to, code, sizeof(code));
	}
	return n;
}

static size_t stub_size(const struct job *j)
{
	size_t n = 1;

	for (size_t i = 0; i < j->n_arch; i++)
		n += j->arch[i] == SCMP_ARCH_X86_64 ? 8 : j->arch[i] == SCMP_ARCH_X32 ? 0 : 5;
	return n;
}

static void put_stubs(const struct job *j, struct sock_filter *to, size_t size)
{
	size_t n = 1;

	to[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < j->n_arch; i++)
		n += put_stub(j, j->arch[i], to + n, size - n);
}

/* ---- all of it ---- */

static int job_begin(struct job *j, struct err *e)
{
	if (!library_open(&j->lib)) {
		(void)err_kind(e, ERR_HOST, "a seccomp filter needs libseccomp.so.2, which cannot be loaded");
		return -1;
	}
	j->ctx = j->lib.init(j->in->default_action);
	if (j->ctx == NULL)
		return err_kind(e, ERR_HOST, "this libseccomp or kernel does not know the default action %#x",
		                j->in->default_action);
	/* A binary tree instead of a list: the container pays for each of its system calls. Old libraries have no such thing. */
	(void)j->lib.attr_set(j->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return 0;
}

struct seccomp_program *seccomp_program_compile(const struct seccomp_filter *f, char library[PATH_MAX], struct err *e)
{
	auto_job struct job j = { .in = f };
	auto_program struct seccomp_program *p = NULL;
	size_t room = 0;

	if (job_begin(&j, e) < 0 || add_archs(&j, e) < 0 || add_rules(&j, e) < 0)
		return NULL;
	tell_library(&j.lib, library);
	if (wants_stub(f))
		room = stub_size(&j);
	p = export_program(&j, room, e);
	if (p == NULL)
		return NULL;
	if (room > 0)
		put_stubs(&j, p->code, room);
	if (p->n > BPF_MAXINSNS) {
		(void)err_set(e, "the seccomp filter has %zu instructions, the kernel takes %d", p->n, BPF_MAXINSNS);
		return NULL;
	}
	return steal_ptr(&p);
}

#else

struct seccomp_program *seccomp_program_compile(const struct seccomp_filter *f, char library[PATH_MAX], struct err *e)
{
	(void)f;
	library[0] = '\0';
	(void)err_kind(e, ERR_HOST, "a seccomp filter is asked for, but this ocirt was built without seccomp");
	return NULL;
}

bool seccomp_library_version(unsigned int version[3])
{
	(void)version;
	return false;
}

void seccomp_find_unknown(const char *const *names, size_t n, void (*tell)(void *ctx, size_t index, const char *near),
                          void *ctx)
{
	(void)names;
	(void)n;
	(void)tell;
	(void)ctx;
}

#endif
