/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fields - no member of config.json is read and then forgotten
 *
 * Three lists are held against each other:
 *
 *	the rows of libocispec		what is read
 *	man/ocirt-config.5		what people are told becomes of it
 *	the samples below		another value for each member of tests/fields/config.json
 *
 * What the manual calls `done` has to make another plan when its value is another; what is `refused` has to be refused there, what is
 * `warned` about to be warned about; and with what is `checked` when it is read, `kept` for others to see, `ignored` or `skipped`, the plan
 * has to be the same.
 */
#include <ctype.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "libocispec/json_row.h"
#include "plan/security.h"
#include "plan/tell.h"

enum { MEMBERS = 256, POINTER = 160 };

/* ---- the rows ---- */

struct members {
	size_t n;
	char pointer[MEMBERS][POINTER];
};

/* Calls itself for objects. Items and free keys are "*". */
static void list_rows(const struct json_type *type, const char *at, struct members *to)
{
	for (size_t i = 0; i < type->n; i++) {
		const struct json_row *row = &type->rows[i];
		bool many = row->shape == JSON_NAMED || (row->shape == JSON_MANY && row->kind == JSON_OBJECT);
		char pointer[POINTER];

		assert_true(snprintf(pointer, sizeof(pointer), "%s/%s%s", at, row->key, many ? "/*" : "") < POINTER);
		if (row->kind == JSON_OBJECT) {
			list_rows(row->u.type, pointer, to);
			continue;
		}
		assert_true(to->n < MEMBERS);
		memcpy(to->pointer[to->n++], pointer, sizeof(pointer));
	}
}

static bool has(const struct members *m, const char *pointer)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->pointer[i], pointer) == 0)
			return true;
	return false;
}

/* ---- the manual ---- */

enum treated { DONE, REFUSED, WARNED, CHECKED, KEPT, IGNORED, SKIPPED };

static const char *const treatments[] = { "done", "refused", "warned", "checked", "kept", "ignored", "skipped" };
/* where something becomes of it: HACKING.md, "How a container comes to be" */
static const char *const places[] = { "read",  "plan", "create", "cgroup", "stage",
	                              "start", "exec", "delete", "state",  "-" };

struct manual {
	struct members members;
	enum treated treated[MEMBERS];
};

static size_t word_of(const char *const *words, size_t n, const char *text, const char *where)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	fail_msg("man/ocirt-config.5: %s: \"%s\" is none of its words", where, text);
	return 0;
}

/* ".It Li weight Ta done Ta cgroup Ta ..." below ".Ss /linux/resources/blockIO". */
static void take_row(struct manual *m, const char *section, char *line)
{
	char *cell[4] = { line }, *pointer = m->members.pointer[m->members.n];
	size_t n = 1;

	for (char *ta = strstr(line, " Ta "); ta != NULL && n < 4; ta = strstr(ta + 4, " Ta ")) {
		*ta = '\0';
		cell[n++] = ta + 4;
	}
	if (n != 4) {
		fail_msg("man/ocirt-config.5: \"%s\" has %zu columns", line, n);
		return;
	}
	assert_true(m->members.n < MEMBERS);
	assert_true((size_t)snprintf(pointer, POINTER, "%s/%s", strcmp(section, "/") == 0 ? "" : section, cell[0]) <
	            POINTER);
	m->treated[m->members.n] = (enum treated)word_of(treatments, array_len(treatments), cell[1], pointer);
	(void)word_of(places, array_len(places), cell[2], pointer);
	if (cell[3][0] == '\0')
		fail_msg("man/ocirt-config.5: %s: nothing is said", pointer);
	m->members.n++;
}

static char *load(const char *path, size_t *len)
{
	const char *top = getenv("OCIRT_SRCDIR");
	char full[4096];
	struct err e;
	char *text;

	(void)snprintf(full, sizeof(full), "%s/%s", top != NULL ? top : ".", path);
	if (file_read_at(AT_FDCWD, full, 1 << 20, &text, len, &e) < 0)
		fail_msg("%s", e.text);
	return text;
}

static void read_manual(struct manual *m)
{
	static const char row[] = ".It Li ", head[] = ".Ss ";
	size_t len;
	auto_free char *text = load("man/ocirt-config.5", &len);
	char section[POINTER] = "/", *rest = text, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (strncmp(line, head, sizeof(head) - 1) == 0)
			(void)snprintf(section, sizeof(section), "%s", line + sizeof(head) - 1);
		else if (strncmp(line, row, sizeof(row) - 1) == 0)
			take_row(m, section, line + sizeof(row) - 1);
	}
}

/* ---- the samples ---- */

struct sample {
	const char *pointer;
	const char *value; /* another one */
	struct {
		const char *at, *value;
	} first[3]; /* for both plans */
	bool v2;    /* on a host with cgroup2 alone */
};

#define S(pointer_, value_)                              \
	{                                                \
		.pointer = (pointer_), .value = (value_) \
	}
#define W(pointer_, value_, ...)                                      \
	{                                                             \
		.pointer = (pointer_), .value = (value_), __VA_ARGS__ \
	}
#define FIRST(...) .first = { __VA_ARGS__ }
#define MAP                                                        \
	"[{\"containerID\":5000,\"hostID\":100000,\"size\":1000}," \
	"{\"containerID\":0,\"hostID\":200000,\"size\":1000}]"
#define USER_NAMESPACE                                                                               \
	FIRST({ "/linux/uidMappings", MAP }, { "/linux/gidMappings", MAP },                          \
	      { "/linux/namespaces",                                                                 \
	        "[{\"type\":\"user\"},{\"type\":\"network\"},{\"type\":\"pid\"},{\"type\":\"ipc\"}," \
	        "{\"type\":\"uts\"},{\"type\":\"mount\"},{\"type\":\"time\"}]" })
#define FIFO FIRST({ "/process/scheduler", "{\"policy\":\"SCHED_FIFO\",\"priority\":5}" })
#define DEADLINE                      \
	FIRST({ "/process/scheduler", \
	        "{\"policy\":\"SCHED_DEADLINE\",\"runtime\":5000,\"deadline\":10000,\"period\":20000}" })
#define THROTTLE(which)                                                             \
	S("/linux/resources/blockIO/throttle" which "Device/*/major", "9"),         \
		S("/linux/resources/blockIO/throttle" which "Device/*/minor", "9"), \
		S("/linux/resources/blockIO/throttle" which "Device/*/rate", "2000")
#define HOOKS(point)                                                                                   \
	S("/hooks/" point "/*/path", "\"/bin/other\""), S("/hooks/" point "/*/args", "[\"a\",\"b\"]"), \
		S("/hooks/" point "/*/env", "[\"A=2\"]"), S("/hooks/" point "/*/timeout", "6")

static const struct sample samples[] = {
	S("/ociVersion", "\"1.2.0\""),
	S("/process/terminal", "false"),
	S("/process/consoleSize/height", "41"),
	S("/process/consoleSize/width", "121"),
	S("/process/user/uid", "70"),
	S("/process/user/gid", "80"),
	S("/process/user/umask", "18"),
	S("/process/user/additionalGids", "[9]"),
	S("/process/user/username", "\"other\""),
	S("/process/args", "[\"sh\"]"),
	S("/process/commandLine", "\"other\""),
	S("/process/env", "[\"PATH=/bin\",\"TERM=vt100\"]"),
	S("/process/cwd", "\"/\""),
	S("/process/capabilities/bounding", "[\"CAP_KILL\"]"),
	S("/process/capabilities/effective", "[]"),
	S("/process/capabilities/inheritable", "[\"CAP_KILL\",\"CAP_CHOWN\"]"),
	S("/process/capabilities/permitted", "[\"CAP_KILL\"]"),
	S("/process/capabilities/ambient", "[]"),
	S("/process/rlimits/*/type", "\"RLIMIT_CORE\""),
	S("/process/rlimits/*/hard", "300"),
	S("/process/rlimits/*/soft", "50"),
	S("/process/noNewPrivileges", "false"),
	S("/process/apparmorProfile", "\"unconfined\""),
	S("/process/oomScoreAdj", "5"),
	S("/process/scheduler/policy", "\"SCHED_IDLE\""),
	S("/process/scheduler/nice", "6"),
	W("/process/scheduler/priority", "9", FIFO),
	S("/process/scheduler/flags", "[]"),
	W("/process/scheduler/runtime", "8000", DEADLINE),
	W("/process/scheduler/deadline", "15000", DEADLINE),
	W("/process/scheduler/period", "25000", DEADLINE),
	S("/process/selinuxLabel", "\"a:b:c:s0\""),
	S("/process/ioPriority/class", "\"IOPRIO_CLASS_RT\""),
	S("/process/ioPriority/priority", "5"),
	S("/process/execCPUAffinity/initial", "\"1\""),
	S("/process/execCPUAffinity/final", "\"1\""),
	S("/root/path", "\"other\""),
	S("/root/readonly", "false"),
	S("/hostname", "\"other\""),
	S("/domainname", "\"other\""),
	S("/mounts/*/destination", "\"/other\""),
	W("/mounts/*/type", "\"tmpfs\"",
	  FIRST({ "/mounts", "[{\"destination\":\"/x\",\"type\":\"ramfs\",\"source\":\"x\"}]" })),
	S("/mounts/*/source", "\"/srv/other\""),
	S("/mounts/*/options", "[\"bind\",\"idmap\",\"ro\"]"),
	S("/mounts/*/uidMappings/*/containerID", "1"),
	S("/mounts/*/uidMappings/*/hostID", "7"),
	S("/mounts/*/uidMappings/*/size", "5"),
	S("/mounts/*/gidMappings/*/containerID", "1"),
	S("/mounts/*/gidMappings/*/hostID", "7"),
	S("/mounts/*/gidMappings/*/size", "5"),
	HOOKS("prestart"),
	HOOKS("createRuntime"),
	HOOKS("createContainer"),
	HOOKS("startContainer"),
	HOOKS("poststart"),
	HOOKS("poststop"),
	S("/annotations/*", "\"other\""),
	W("/linux/uidMappings/*/containerID", "6000", USER_NAMESPACE),
	W("/linux/uidMappings/*/hostID", "7", USER_NAMESPACE),
	W("/linux/uidMappings/*/size", "900", USER_NAMESPACE),
	W("/linux/gidMappings/*/containerID", "6000", USER_NAMESPACE),
	W("/linux/gidMappings/*/hostID", "7", USER_NAMESPACE),
	W("/linux/gidMappings/*/size", "900", USER_NAMESPACE),
	S("/linux/sysctl/*", "\"0\""),
	S("/linux/resources/devices/*/allow", "true"),
	S("/linux/resources/devices/*/type", "\"b\""),
	S("/linux/resources/devices/*/major", "11"),
	S("/linux/resources/devices/*/minor", "11"),
	S("/linux/resources/devices/*/access", "\"r\""),
	S("/linux/resources/memory/limit", "300000000"),
	S("/linux/resources/memory/reservation", "1000"),
	S("/linux/resources/memory/swap", "600000000"),
	S("/linux/resources/memory/kernel", "1000000"),
	S("/linux/resources/memory/kernelTCP", "1000000"),
	S("/linux/resources/memory/swappiness", "5"),
	S("/linux/resources/memory/disableOOMKiller", "true"),
	S("/linux/resources/memory/useHierarchy", "false"),
	W("/linux/resources/memory/checkBeforeUpdate", "true",
	  FIRST({ "/linux/resources", "{\"memory\":{\"limit\":268435456,\"checkBeforeUpdate\":false}}" }), .v2 = true),
	S("/linux/resources/cpu/shares", "2048"),
	S("/linux/resources/cpu/quota", "50000"),
	S("/linux/resources/cpu/burst", "2000"),
	S("/linux/resources/cpu/period", "50000"),
	S("/linux/resources/cpu/realtimeRuntime", "2000"),
	S("/linux/resources/cpu/realtimePeriod", "50000"),
	S("/linux/resources/cpu/cpus", "\"0\""),
	S("/linux/resources/cpu/mems", "\"0-1\""),
	W("/linux/resources/cpu/idle", "1", FIRST({ "/linux/resources/cpu/shares", "null" })),
	S("/linux/resources/pids/limit", "0"),
	S("/linux/resources/blockIO/weight", "200"),
	S("/linux/resources/blockIO/leafWeight", "200"),
	S("/linux/resources/blockIO/weightDevice/*/major", "9"),
	S("/linux/resources/blockIO/weightDevice/*/minor", "9"),
	S("/linux/resources/blockIO/weightDevice/*/weight", "200"),
	S("/linux/resources/blockIO/weightDevice/*/leafWeight", "200"),
	THROTTLE("ReadBps"),
	THROTTLE("WriteBps"),
	THROTTLE("ReadIOPS"),
	THROTTLE("WriteIOPS"),
	S("/linux/resources/hugepageLimits/*/pageSize", "\"1GB\""),
	S("/linux/resources/hugepageLimits/*/limit", "2097152"),
	S("/linux/resources/network/classID", "5"),
	S("/linux/resources/network/priorities/*/name", "\"eth1\""),
	S("/linux/resources/network/priorities/*/priority", "6"),
	S("/linux/resources/rdma/*/hcaHandles", "4"),
	S("/linux/resources/rdma/*/hcaObjects", "4"),
	W("/linux/resources/unified/*", "\"2\"", FIRST({ "/linux/resources", "{\"unified\":{\"misc.max\":\"1\"}}" }),
	  .v2 = true),
	S("/linux/cgroupsPath", "\"/other\""),
	W("/linux/namespaces/*/type", "\"cgroup\"",
	  FIRST({ "/linux/namespaces",
	          "[{\"type\":\"ipc\"},{\"type\":\"network\"},{\"type\":\"pid\"},{\"type\":\"uts\"},"
	          "{\"type\":\"mount\"},{\"type\":\"time\"}]" })),
	S("/linux/namespaces/*/path", "\"/run/netns/other\""),
	S("/linux/devices/*/path", "\"/dev/other\""),
	S("/linux/devices/*/type", "\"b\""),
	S("/linux/devices/*/major", "11"),
	S("/linux/devices/*/minor", "11"),
	S("/linux/devices/*/fileMode", "384"),
	S("/linux/devices/*/uid", "7"),
	S("/linux/devices/*/gid", "7"),
	S("/linux/netDevices/*/name", "\"lan\""),
	S("/linux/seccomp/defaultAction", "\"SCMP_ACT_TRACE\""),
	S("/linux/seccomp/defaultErrnoRet", "2"),
	S("/linux/seccomp/architectures", "[\"SCMP_ARCH_X86\"]"),
	S("/linux/seccomp/flags", "[]"),
	S("/linux/seccomp/listenerPath", "\"/run/other\""),
	S("/linux/seccomp/listenerMetadata", "\"other\""),
	S("/linux/seccomp/syscalls/*/names", "[\"mkdirat\"]"),
	S("/linux/seccomp/syscalls/*/action", "\"SCMP_ACT_TRACE\""),
	S("/linux/seccomp/syscalls/*/errnoRet", "14"),
	S("/linux/seccomp/syscalls/*/args/*/index", "2"),
	S("/linux/seccomp/syscalls/*/args/*/value", "6"),
	S("/linux/seccomp/syscalls/*/args/*/valueTwo", "6"),
	S("/linux/seccomp/syscalls/*/args/*/op", "\"SCMP_CMP_EQ\""),
	S("/linux/rootfsPropagation", "\"private\""),
	S("/linux/maskedPaths", "[\"/proc/keys\"]"),
	S("/linux/readonlyPaths", "[\"/proc/bus\"]"),
	S("/linux/mountLabel", "\"a:b:c:s0\""),
	S("/linux/intelRdt/closID", "\"silver\""),
	S("/linux/intelRdt/schemata", "[\"L2:0=1\"]"),
	S("/linux/intelRdt/l3CacheSchema", "\"L3:0=1\""),
	S("/linux/intelRdt/memBwSchema", "\"MB:0=10\""),
	S("/linux/intelRdt/enableMonitoring", "false"),
	S("/linux/memoryPolicy/mode", "\"MPOL_BIND\""),
	S("/linux/memoryPolicy/nodes", "\"0\""),
	S("/linux/memoryPolicy/flags", "[]"),
	S("/linux/personality/domain", "\"LINUX32\""),
	S("/linux/personality/flags", "[\"X\"]"),
	S("/linux/timeOffsets/boottime/secs", "7"),
	S("/linux/timeOffsets/boottime/nanosecs", "7"),
	S("/linux/timeOffsets/monotonic/secs", "7"),
	S("/linux/timeOffsets/monotonic/nanosecs", "7"),
	S("/solaris", "{}"),
	S("/windows", "{}"),
	S("/vm", "{}"),
	S("/zos", "{}"),
	S("/freebsd", "{}"),
};

/* ---- texts with one value exchanged ---- */

/* The end of the JSON value at p. */
static const char *value_end(const char *p)
{
	int depth = 0;
	bool string = false;

	for (;; p++) {
		if (string) {
			string = *p != '"';
			if (!string && depth == 0)
				return p + 1;
			continue;
		}
		string = *p == '"';
		if (*p == '{' || *p == '[')
			depth++;
		else if ((*p == '}' || *p == ']') && --depth == 0)
			return p + 1;
		else if (depth < 0 || (depth == 0 && !string && (*p == ',' || isspace((unsigned char)*p))))
			return p;
	}
}

/* NULL: it is not there. */
static const char *find(const char *text, const char *pointer)
{
	struct json_place place;

	if (json_locate(text, strlen(text), pointer, &place) != 0)
		return NULL;
	for (unsigned int line = 1; line < place.line; line++)
		text = strchr(text, '\n') + 1;
	return text + place.column - 1;
}

/* "*" becomes 0 in an array, the first key in an object. */
static void resolve(const char *text, const char *pattern, char to[POINTER])
{
	const char *star = strchr(pattern, '*'), *v, *key;
	auto_buf struct buf whole = { 0 };
	char parent[POINTER];

	if (star == NULL) {
		(void)snprintf(to, POINTER, "%s", pattern);
		return;
	}
	(void)snprintf(parent, sizeof(parent), "%.*s", (int)(star - pattern - 1), pattern);
	v = find(text, parent);
	if (v == NULL) {
		fail_msg("tests/fields/config.json has no %s", parent);
		return;
	}
	key = strchr(v, '"') + 1;
	if (*v == '{')
		buf_printf(&whole, "%s/%.*s%s", parent, (int)strcspn(key, "\""), key, star + 1);
	else
		buf_printf(&whole, "%s/0%s", parent, star + 1);
	resolve(text, buf_text(&whole), to);
}

/* A copy of the text with another value at the pattern; malloc'ed. */
static char *exchange(const char *text, const char *pattern, const char *value)
{
	auto_buf struct buf b = { 0 };
	char pointer[POINTER];
	const char *at;

	resolve(text, pattern, pointer);
	at = find(text, pointer);
	if (at == NULL) {
		fail_msg("tests/fields/config.json has no %s", pointer);
		return NULL;
	}
	buf_put(&b, text, (size_t)(at - text));
	buf_puts(&b, value);
	buf_puts(&b, value_end(at));
	assert_non_null(buf_text(&b));
	return strdup(buf_text(&b));
}

/* ---- plans ---- */

static const struct cg_layout v1 = { .mode = CG_V1,
	                             .n = 10,
	                             .hier = {
					     { "cpuset", "/cg/cpuset", "/", false },
					     { "cpu,cpuacct", "/cg/cpu", "/", false },
					     { "blkio", "/cg/blkio", "/", false },
					     { "memory", "/cg/memory", "/", false },
					     { "devices", "/cg/devices", "/", false },
					     { "freezer", "/cg/freezer", "/", false },
					     { "net_cls,net_prio", "/cg/net", "/", false },
					     { "hugetlb", "/cg/hugetlb", "/", false },
					     { "pids", "/cg/pids", "/", false },
					     { "rdma", "/cg/rdma", "/", false },
				     } };
static const struct cg_layout v2 = { .mode = CG_V2,
	                             .n = 1,
	                             .hier = {
					     { "cpuset,cpu,io,memory,hugetlb,pids,rdma,misc", "/cg", "/", true },
				     } };

/* A plan, or why there is none. */
struct made {
	struct arena arena;
	struct plan *plan;
	struct err e;
	struct buf text; /* all that would be done */
};

static void made_end(struct made *m)
{
	buf_free(&m->text);
	arena_free(&m->arena);
}
#define auto_made __attribute__((cleanup(made_end)))

static void put_words(struct buf *to, const char *what, const char *const *words)
{
	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		buf_printf(to, "%s %s\n", what, words[i]);
}

static void put_maps(struct buf *to, const struct idmap_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(to, "map %u %u %u\n", rows[i].inside, rows[i].outside, rows[i].count);
}

static void put_filter(struct buf *to, const struct plan_seccomp *s)
{
	buf_printf(to, "filter %x %x %s %s\n", s->filter.default_action, s->filter.flags, s->listener_path,
	           s->listener_metadata);
	for (size_t i = 0; i < s->filter.n_archs; i++)
		buf_printf(to, "arch %s\n", s->filter.archs[i]);
	for (size_t i = 0; i < s->filter.n_rules; i++) {
		const struct seccomp_rule *r = &s->filter.rules[i];

		buf_printf(to, "rule %s %x\n", r->names[0], r->action);
		for (size_t k = 0; k < r->n_conditions; k++)
			buf_printf(to, "when %u %d %llu %llu\n", r->conditions[k].index, (int)r->conditions[k].op,
			           (unsigned long long)r->conditions[k].value,
			           (unsigned long long)r->conditions[k].value_two);
	}
}

/* What plan_tell() says too little of for this. */
static void put_details(struct buf *to, const struct plan *p)
{
	const struct plan_process *x = &p->process;

	put_words(to, "env", x->envp);
	buf_printf(to, "scheduler %llx %llu %llu %llu\n", (unsigned long long)x->scheduler.flags,
	           (unsigned long long)x->scheduler.runtime, (unsigned long long)x->scheduler.deadline,
	           (unsigned long long)x->scheduler.period);
	buf_printf(to, "cpus %lx %lx\n", x->cpus_initial->set[0], x->cpus_final->set[0]);
	buf_printf(to, "label %s\n", p->fs.mount_label);
	for (size_t i = 0; i < p->fs.n_mounts; i++) {
		put_maps(to, p->fs.mounts[i].idmap.uids, p->fs.mounts[i].idmap.n_uids);
		put_maps(to, p->fs.mounts[i].idmap.gids, p->fs.mounts[i].idmap.n_gids);
	}
	for (size_t i = 0; i < HOOK_POINTS; i++)
		for (size_t k = 0; k < p->hooks[i].n; k++)
			put_words(to, "hook", p->hooks[i].hook[k].envp);
	for (size_t i = 0; i < p->cgroup.settings.n_writes; i++)
		buf_printf(to, "checked %d\n", p->cgroup.settings.writes[i].check_usage);
	put_filter(to, p->seccomp);
}

static void make(const char *text, bool on_v2, const char *about, struct made *m)
{
	struct intent *in = arena_alloc(&m->arena, sizeof(*in));
	struct plan_lines lines;
	struct oci_config *spec;
	struct json_error je;

	*in = (struct intent){
		.id = "c1",
		.bundle = "/b",
		.rootfs = "/b/rootfs",
		.config_name = "config.json",
		.created = "x",
		.facts = { .apparmor = true, .selinux = true, .last_cap = 40, .cgroups = on_v2 ? &v2 : &v1 }
	};
	err_clear(&m->e);
	if (oci_config_read(&(struct json_text){ .text = text, .len = strlen(text) }, &m->arena, &spec, &je) < 0)
		fail_msg("%s: %s", about, je.text);
	m->plan = plan_build(spec, in, &m->arena, &m->e);
	if (m->plan == NULL)
		return;
	assert_int_equal(plan_tell(m->plan, &m->arena, &lines, &m->e), 0);
	for (size_t i = 0; i < lines.n; i++)
		buf_printf(&m->text, "%s: %s\n", lines.line[i].step, lines.line[i].text);
	put_details(&m->text, m->plan);
}

static bool warns(const struct made *m, const char *pointer)
{
	for (size_t i = 0; i < m->plan->warnings.n; i++)
		if (strcmp(m->plan->warnings.item[i].pointer, pointer) == 0)
			return true;
	return false;
}

/* The sample's document, with its own value. */
static char *changed(const struct sample *s, char *before)
{
	for (size_t i = 0; i < array_len(s->first) && s->first[i].at != NULL; i++) {
		char *text = exchange(before, s->first[i].at, s->first[i].value);

		memmove(before, text, strlen(text) + 1); /* there is room: see the caller */
		free(text);
	}
	return exchange(before, s->pointer, s->value);
}

/* NULL: as the manual says; else what is the case. */
static const char *judge(const struct sample *s, enum treated treated, const char *document)
{
	size_t room = strlen(document) + 4096;
	auto_free char *before = calloc(1, room), *after = NULL;
	auto_made struct made was = { 0 }, is = { 0 };

	memcpy(before, document, strlen(document));
	after = changed(s, before);
	make(before, s->v2, s->pointer, &was);
	make(after, s->v2, s->pointer, &is);
	if (was.plan == NULL)
		fail_msg("%s: %s: %s", s->pointer, was.e.pointer, was.e.text);
	if (is.plan == NULL)
		return treated == REFUSED ? NULL : "another value is refused";
	if (treated == REFUSED)
		return "another value is not refused";
	if (warns(&is, s->pointer) != (treated == WARNED))
		return treated == WARNED ? "nobody is warned" : "another value is warned about";
	if ((strcmp(buf_text(&was.text), buf_text(&is.text)) != 0) == (treated == DONE))
		return NULL;
	return treated == DONE ? "another value makes the same plan" : "another value makes another plan";
}

/* ---- the tests ---- */

static void test_the_manual_has_the_rows_that_are_read(void **state)
{
	static struct members rows;
	static struct manual manual;
	int bad = 0;

	(void)state;
	list_rows(&oci_config_type, "", &rows);
	read_manual(&manual);
	for (size_t i = 0; i < rows.n; i++)
		if (!has(&manual.members, rows.pointer[i]))
			bad++, print_message("man/ocirt-config.5 says nothing of %s\n", rows.pointer[i]);
	for (size_t i = 0; i < manual.members.n; i++) {
		if (!has(&rows, manual.members.pointer[i])) {
			print_message("man/ocirt-config.5 tells of %s, which no row reads\n",
			              manual.members.pointer[i]);
			bad++;
		}
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(manual.members.pointer[k], manual.members.pointer[i]);
	}
	assert_int_equal(bad, 0);
}

static const struct sample *sample_of(const char *pointer)
{
	for (size_t i = 0; i < array_len(samples); i++)
		if (strcmp(samples[i].pointer, pointer) == 0)
			return &samples[i];
	fail_msg("tests/test_fields.c has no sample for %s", pointer);
	return NULL;
}

static void test_each_field_does_what_the_manual_says(void **state)
{
	static struct manual manual;
	auto_free char *document = NULL;
	size_t len;
	int bad = 0;

	(void)state;
	document = load("tests/fields/config.json", &len);
	read_manual(&manual);
	for (size_t i = 0; i < manual.members.n; i++) {
		const char *pointer = manual.members.pointer[i],
			   *wrong = judge(sample_of(pointer), manual.treated[i], document);

		if (wrong == NULL)
			continue;
		print_message("%s: the manual says \"%s\", but %s\n", pointer, treatments[manual.treated[i]], wrong);
		bad++;
	}
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_manual_has_the_rows_that_are_read),
		cmocka_unit_test(test_each_field_does_what_the_manual_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
