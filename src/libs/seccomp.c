/* SPDX-License-Identifier: Apache-2.0
 *
 * seccomp - what is done by libseccomp: names to numbers, rules to programs
 */
#include "libs/seccomp.h"

#ifdef HAVE_SECCOMP

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/words.h"

enum { ARGS = 6 };

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

static bool library_open(struct library *l, struct libs_talk *t)
{
#define SYMBOL(name) .name = seccomp_##name,
	(void)t;
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

static bool library_open(struct library *l, struct libs_talk *t)
{
	l->handle = dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL);
	if (l->handle == NULL) {
		libs_log(t, "%s", dlerror());
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

/* ---- names ---- */

static int without_library(struct err *e)
{
	(void)err_kind(e, ERR_HOST, "a seccomp filter needs libseccomp.so.2, which cannot be loaded");
	return -1;
}

int libs_seccomp_version(struct libs_talk *t, struct err *e)
{
	auto_library struct library l = { 0 };
	const struct scmp_version *v;

	if (!library_open(&l, t))
		return without_library(e);
	v = l.version();
	wire_put_u32(&t->out, v->major);
	wire_put_u32(&t->out, v->minor);
	wire_put_u32(&t->out, v->micro);
	return 0;
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

int libs_seccomp_unknown(struct libs_talk *t, struct err *e)
{
	auto_library struct library l = { 0 };
	auto_buf struct buf found = { 0 };
	size_t n = wire_count(&t->in, sizeof(uint32_t));
	uint32_t n_found = 0;

	if (!library_open(&l, t))
		return without_library(e);
	for (uint32_t i = 0; i < n; i++) {
		const char *name = wire_text(&t->in);
		auto_free char *near = NULL;

		if (l.syscall_resolve_name(name) != __NR_SCMP_ERROR)
			continue;
		near = nearest_call(&l, name);
		wire_put_u32(&found, i);
		wire_put_text(&found, near != NULL ? near : "");
		n_found++;
	}
	wire_put_u32(&t->out, n_found);
	if (buf_text(&found) == NULL)
		return err_memory(e);
	buf_put(&t->out, buf_text(&found), found.len);
	return t->in.failed ? libs_garbled(e) : 0;
}

/* ---- what is to be compiled ---- */

struct rule {
	uint32_t action;
	const char **names;
	size_t n_names;
	struct scmp_arg_cmp *conditions;
	size_t n_conditions;
};

/* One compilation. */
struct job {
	struct libs_talk *talk;
	uint32_t default_action;
	const char **archs; /* as config.json has them */
	size_t n_archs;
	struct rule *rules;
	size_t n_rules;
	struct library lib;
	scmp_filter_ctx ctx;
	uint32_t arch[32]; /* libseccomp's tokens, our own first */
	size_t n_arch;
	uint32_t refused; /* the rule that was, from 1 on */
};

static void job_end(struct job *j)
{
	for (size_t i = 0; i < j->n_rules; i++) {
		free(j->rules[i].names);
		free(j->rules[i].conditions);
	}
	free(j->rules);
	free(j->archs);
	if (j->ctx != NULL)
		j->lib.release(j->ctx);
	library_close(&j->lib);
}
#define auto_job __attribute__((cleanup(job_end)))

/* A number and as many texts. */
static size_t read_words(struct wire *w, const char ***words)
{
	size_t n = wire_count(w, sizeof(uint32_t));

	*words = calloc(n + 1, sizeof(**words));
	if (*words == NULL)
		w->failed = true;
	for (size_t i = 0; i < n && *words != NULL; i++)
		(*words)[i] = wire_text(w);
	return *words != NULL ? n : 0;
}

static void read_condition(struct wire *w, struct scmp_arg_cmp *c)
{
	uint32_t index = wire_u32(w), op = wire_u32(w);

	c->arg = index;
	c->op = (enum scmp_compare)op;
	c->datum_a = wire_u64(w);
	c->datum_b = wire_u64(w);
	if (c->op != SCMP_CMP_MASKED_EQ)
		c->datum_b = 0;
	if (index >= ARGS || op < SCMP_CMP_NE || op > SCMP_CMP_MASKED_EQ)
		w->failed = true;
}

static void read_rule(struct wire *w, struct rule *r)
{
	r->action = wire_u32(w);
	r->n_names = read_words(w, &r->names);
	r->n_conditions = wire_count(w, 2 * sizeof(uint32_t) + 2 * sizeof(uint64_t));
	r->conditions = calloc(r->n_conditions + 1, sizeof(*r->conditions));
	if (r->conditions == NULL)
		w->failed = true;
	for (size_t i = 0; i < r->n_conditions && !w->failed; i++)
		read_condition(w, &r->conditions[i]);
}

static int read_filter(struct job *j, struct err *e)
{
	struct wire *w = &j->talk->in;
	size_t n;

	j->default_action = wire_u32(w);
	j->n_archs = read_words(w, &j->archs);
	n = wire_count(w, 3 * sizeof(uint32_t));
	j->rules = calloc(n + 1, sizeof(*j->rules));
	if (j->rules == NULL)
		return err_memory(e);
	for (; j->n_rules < n && !w->failed; j->n_rules++)
		read_rule(w, &j->rules[j->n_rules]);
	return w->failed ? libs_garbled(e) : 0;
}

/* ---- compiling ---- */

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
	for (size_t i = 0; i < j->n_archs; i++) {
		uint32_t token = arch_token(&j->lib, j->archs[i]);
		int r;

		if (token == 0)
			return err_kind(e, ERR_HOST, "this libseccomp does not know the architecture %s", j->archs[i]);
		errno = 0;
		r = checked(j->lib.arch_add(j->ctx, token));
		if (r == -EEXIST)
			continue;
		if (r == -EDOM)
			return err_kind(e, ERR_HOST, "%s cannot be filtered beside the architecture of this host",
			                j->archs[i]);
		if (r < 0 || j->n_arch == array_len(j->arch))
			return err_num(e, r < 0 ? -r : E2BIG, "add the architecture %s", j->archs[i]);
		j->arch[j->n_arch++] = token;
	}
	return 0;
}

static int refused(const struct rule *rule, const char *name, int r, struct err *e)
{
	if (r == -EEXIST)
		return err_kind(e, ERR_CONFIG, "the system call %s has another action in a rule before this one", name);
	if (r == -EOPNOTSUPP || r == -EINVAL)
		return err_kind(e, ERR_HOST, "system call %s: this kernel or libseccomp cannot do action %#x", name,
		                rule->action);
	return err_num(e, -r, "add the rule for system call %s", name);
}

/* libseccomp takes one condition an argument and wants all to hold. */
static bool same_argument_twice(const struct rule *rule)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < rule->n_conditions; i++) {
		if ((seen & 1U << rule->conditions[i].arg) != 0)
			return true;
		seen |= 1U << rule->conditions[i].arg;
	}
	return false;
}

static int add_call(struct job *j, const struct rule *rule, const char *name, struct err *e)
{
	int nr = j->lib.syscall_resolve_name(name);
	int r = 0;

	errno = 0;
	if (nr == __NR_SCMP_ERROR) {
		libs_log(j->talk, "seccomp: no system call is called %s, its rule is left out", name);
		return 0;
	}
	if (!same_argument_twice(rule))
		r = j->lib.rule_add_array(j->ctx, rule->action, nr, (unsigned int)rule->n_conditions, rule->conditions);
	else
		for (size_t i = 0; i < rule->n_conditions && r == 0; i++)
			r = j->lib.rule_add_array(j->ctx, rule->action, nr, 1, &rule->conditions[i]);
	r = checked(r);
	return r < 0 ? refused(rule, name, r, e) : 0;
}

static int add_rules(struct job *j, struct err *e)
{
	for (size_t i = 0; i < j->n_rules; i++) {
		const struct rule *rule = &j->rules[i];

		if (rule->action == j->default_action)
			continue; /* it changes nothing, and libseccomp refuses it */
		j->refused = (uint32_t)i + 1;
		for (size_t n = 0; n < rule->n_names; n++)
			if (add_call(j, rule, rule->names[n], e) < 0)
				return -1;
	}
	j->refused = 0;
	return 0;
}

/* ---- ENOSYS for what is newer than the profile ---- */

enum { X32_BIT = 0x40000000, STUB_MAX = 8 };

/* Whether numbers that nobody named are to be refused; then the newest of them should look like not being there. */
static bool wants_stub(uint32_t default_action)
{
	switch (default_action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_TRACE: return false; /* a tracer answers for itself */
	default: return default_action != (SECCOMP_RET_ERRNO | ENOSYS);
	}
}

/* The highest number that a rule names on an architecture, -1 when none does. */
static int64_t highest(const struct job *j, uint32_t arch)
{
	int64_t top = -1;

	for (size_t i = 0; i < j->n_rules; i++) {
		const struct rule *rule = &j->rules[i];

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

/* libseccomp's program as a memory file. */
static int export_program(struct job *j, struct err *e)
{
	auto_fd int fd = memfd_create("seccomp", MFD_CLOEXEC);
	int r;

	if (fd < 0)
		return err_sys(e, "make a memory file for the seccomp filter");
	errno = 0;
	r = checked(j->lib.export_bpf(j->ctx, fd));
	if (r < 0)
		return err_num(e, -r, "compile the seccomp filter");
	return steal_fd(&fd);
}

/* The path of the library and the program, which the stubs go before. */
static int put_program(struct job *j, int fd, struct err *e)
{
	size_t room = wants_stub(j->default_action) ? stub_size(j) : 0, n;
	auto_free struct sock_filter *code = NULL;
	char library[PATH_MAX];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, "size the seccomp filter");
	n = room + (size_t)st.st_size / sizeof(*code);
	code = calloc(n, sizeof(*code));
	if (code == NULL || pread(fd, code + room, (size_t)st.st_size, 0) != (ssize_t)st.st_size)
		return err_set(e, "read the seccomp filter back");
	if (room > 0)
		put_stubs(j, code, room);
	if (n > BPF_MAXINSNS)
		return err_set(e, "the seccomp filter has %zu instructions, the kernel takes %d", n, BPF_MAXINSNS);
	tell_library(&j->lib, library);
	wire_put_text(&j->talk->out, library);
	wire_put_bytes(&j->talk->out, code, n * sizeof(*code));
	return 0;
}

static int job_begin(struct job *j, struct err *e)
{
	if (!library_open(&j->lib, j->talk))
		return without_library(e);
	j->ctx = j->lib.init(j->default_action);
	if (j->ctx == NULL)
		return err_kind(e, ERR_HOST, "this libseccomp or kernel does not know the default action %#x",
		                j->default_action);
	/* A binary tree instead of a list: the container pays for each of its system calls. Old libraries have no such thing. */
	(void)j->lib.attr_set(j->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return 0;
}

int libs_seccomp_compile(struct libs_talk *t, struct err *e)
{
	auto_job struct job j = { .talk = t };
	auto_fd int fd = -1;

	if (read_filter(&j, e) == 0 && job_begin(&j, e) == 0 && add_archs(&j, e) == 0 && add_rules(&j, e) == 0)
		fd = export_program(&j, e);
	if (fd >= 0)
		return put_program(&j, fd, e);
	wire_put_u32(&t->out, j.refused);
	return -1;
}

#else

static int without_seccomp(struct err *e)
{
	return err_kind(e, ERR_HOST, "a seccomp filter is asked for, but this ocirt was built without seccomp");
}

int libs_seccomp_version(struct libs_talk *t, struct err *e)
{
	(void)t;
	return without_seccomp(e);
}

int libs_seccomp_compile(struct libs_talk *t, struct err *e)
{
	(void)t;
	return without_seccomp(e);
}

int libs_seccomp_unknown(struct libs_talk *t, struct err *e)
{
	(void)t;
	return without_seccomp(e);
}

#endif
