/* SPDX-License-Identifier: Apache-2.0
 *
 * stats - what a container has used, read from the files of its groups
 */
#include "cgroup/stats.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cgroup/io.h"

/* --- texts into numbers ----------------------------------------------------------------------------------------------- */

/* The digits at *text, which is then behind them; "max" is UINT64_MAX, and so is a number below 0. False: neither. */
static bool take_number(const char **text, uint64_t *out)
{
	size_t n = strspn(*text, "0123456789");
	char digits[24];

	if (strncmp(*text, "max", 3) == 0 || (**text == '-' && strspn(*text + 1, "0123456789") > 0)) {
		*text += 1 + strspn(*text + 1, "ax0123456789");
		*out = UINT64_MAX;
		return true;
	}
	if (n == 0 || n >= sizeof(digits))
		return false;
	memcpy(digits, *text, n);
	digits[n] = '\0';
	*text += n;
	return num_u64(digits, UINT64_MAX, out);
}

static const char *next_line(const char *text)
{
	text += strcspn(text, "\n");
	return text + (*text == '\n');
}

/* The number behind the key in lines "KEY NUMBER"; 0 when there is none. */
static uint64_t value_of(const char *text, const char *key)
{
	size_t n = strlen(key);
	uint64_t v;

	for (; *text != '\0'; text = next_line(text)) {
		const char *number = text + n + 1;

		if (strncmp(text, key, n) == 0 && text[n] == ' ' && take_number(&number, &v))
			return v;
	}
	return 0;
}

/* One more at the end of a list that has room for powers of two; NULL when memory ran out. */
static void *one_more(void *items, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return items;
	return reallocarray(items, n == 0 ? 1 : 2 * n, size);
}

static int add_number(struct cg_numbers *to, uint64_t v)
{
	uint64_t *items = one_more(to->items, to->n, sizeof(*items));

	if (items == NULL)
		return -1;
	items[to->n++] = v;
	to->items = items;
	return 0;
}

/* --- files ---------------------------------------------------------------------------------------------------------------- */

/* Notes why a file could not be read, which fails the whole, unless this kernel or this group has no such file. */
static void note(struct cg_stats *s, const char *file)
{
	static const int lacking[] = { ENOENT, ENODEV, EOPNOTSUPP, 524 /* ENOTSUPP, the kernel's own */ };

	for (size_t i = 0; i < array_len(lacking); i++)
		if (errno == lacking[i])
			return;
	if (s->ill.num != 0)
		return;
	s->ill.num = errno;
	(void)snprintf(s->ill.file, sizeof(s->ill.file), "%s", file); /* all fit */
}

/* The text of a file, malloc'ed; NULL when there is none. */
static char *text_of(const struct cg_dir *d, const char *file, struct cg_stats *s)
{
	char *text = cg_slurp(d, file);

	if (text == NULL)
		note(s, file);
	return text;
}

/* Of a small file; false when there is nothing. */
static bool small_text_of(const struct cg_dir *d, const char *file, char *to, size_t room, struct cg_stats *s)
{
	ssize_t n = cg_peek(d, file, to, room);

	if (n < 0)
		note(s, file);
	return n > 0;
}

/* --- files with one number, lines of "KEY NUMBER" --------------------------------------------------------------------------- */

/* A number of a file, or of the line of a key in it, times `unit`, goes to a member of struct cg_stats. */
struct source {
	const char *controller, *file, *key;
	size_t at;
	uint64_t unit;
};

#define AT(m) offsetof(struct cg_stats, m)
#define AMOUNT(prefix, member)                                                      \
	{ "memory", prefix "usage_in_bytes", NULL, AT(member.usage), 1 },           \
		{ "memory", prefix "max_usage_in_bytes", NULL, AT(member.max), 1 }, \
		{ "memory", prefix "limit_in_bytes", NULL, AT(member.limit), 1 },   \
	{                                                                           \
		"memory", prefix "failcnt", NULL, AT(member.failcnt), 1             \
	}

/* The rows of one file stand together: it is read once. */
static const struct source v1_sources[] = {
	{ "cpuacct", "cpuacct.usage", NULL, AT(cpu.total), 1 },
	{ "cpuacct", "cpuacct.usage_user", NULL, AT(cpu.user), 1 },
	{ "cpuacct", "cpuacct.usage_sys", NULL, AT(cpu.kernel), 1 },
	{ "cpu", "cpu.stat", "nr_periods", AT(cpu.periods), 1 },
	{ "cpu", "cpu.stat", "nr_throttled", AT(cpu.throttled_periods), 1 },
	{ "cpu", "cpu.stat", "throttled_time", AT(cpu.throttled_time), 1 },
	{ "cpuset", "cpuset.cpu_exclusive", NULL, AT(cpuset.cpu_exclusive), 1 },
	{ "cpuset", "cpuset.mem_exclusive", NULL, AT(cpuset.mem_exclusive), 1 },
	{ "cpuset", "cpuset.mem_hardwall", NULL, AT(cpuset.mem_hardwall), 1 },
	{ "cpuset", "cpuset.memory_migrate", NULL, AT(cpuset.memory_migrate), 1 },
	{ "cpuset", "cpuset.memory_spread_page", NULL, AT(cpuset.memory_spread_page), 1 },
	{ "cpuset", "cpuset.memory_spread_slab", NULL, AT(cpuset.memory_spread_slab), 1 },
	{ "cpuset", "cpuset.memory_pressure", NULL, AT(cpuset.memory_pressure), 1 },
	{ "cpuset", "cpuset.sched_load_balance", NULL, AT(cpuset.sched_load_balance), 1 },
	{ "cpuset", "cpuset.sched_relax_domain_level", NULL, AT(cpuset.sched_relax_domain_level), 1 },
	AMOUNT("memory.", memory.usage),
	AMOUNT("memory.memsw.", memory.swap),
	AMOUNT("memory.kmem.", memory.kernel),
	AMOUNT("memory.kmem.tcp.", memory.kernel_tcp),
	{ "pids", "pids.current", NULL, AT(pids.current), 1 },
	{ "pids", "pids.max", NULL, AT(pids.limit), 1 },
};

static const struct source v2_sources[] = {
	{ "cpu", "cpu.stat", "usage_usec", AT(cpu.total), 1000 },
	{ "cpu", "cpu.stat", "user_usec", AT(cpu.user), 1000 },
	{ "cpu", "cpu.stat", "system_usec", AT(cpu.kernel), 1000 },
	{ "cpu", "cpu.stat", "nr_periods", AT(cpu.periods), 1 },
	{ "cpu", "cpu.stat", "nr_throttled", AT(cpu.throttled_periods), 1 },
	{ "cpu", "cpu.stat", "throttled_usec", AT(cpu.throttled_time), 1000 },
	{ "memory", "memory.current", NULL, AT(memory.usage.usage), 1 },
	{ "memory", "memory.peak", NULL, AT(memory.usage.max), 1 },
	{ "memory", "memory.max", NULL, AT(memory.usage.limit), 1 },
	{ "memory", "memory.events", "max", AT(memory.usage.failcnt), 1 },
	{ "memory", "memory.swap.current", NULL, AT(memory.swap.usage), 1 },
	{ "memory", "memory.swap.max", NULL, AT(memory.swap.limit), 1 },
	{ "memory", "memory.swap.events", "max", AT(memory.swap.failcnt), 1 },
	{ "pids", "pids.current", NULL, AT(pids.current), 1 },
	{ "pids", "pids.max", NULL, AT(pids.limit), 1 },
};

static uint64_t number_of(const char *text, const struct source *s)
{
	uint64_t v;

	if (s->key != NULL)
		return value_of(text, s->key) * s->unit;
	return take_number(&text, &v) ? v : 0;
}

/* Reads those rows whose controller is of that version on this host. */
static void read_sources(const struct cg_place *p, const struct source *rows, size_t n, bool v2, struct cg_stats *out)
{
	const char *file = NULL;
	auto_free char *text = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct cg_dir *v1 = cg_v1_dir(p, rows[i].controller), *d = v2 ? cg_unified_dir(p) : v1;

		if (d == NULL || (v2 && v1 != NULL))
			continue;
		if (file == NULL || strcmp(file, rows[i].file) != 0) {
			file = rows[i].file;
			free(text);
			text = text_of(d, file, out);
		}
		if (text != NULL)
			*(uint64_t *)((char *)out + rows[i].at) = number_of(text, &rows[i]);
	}
}

/* cgroup2 counts swap alone; here it is what v1 counts. */
static void add_memory_to_swap(const struct cg_dir *d, struct cg_stats *s)
{
	char limit[32];

	if (cg_peek(d, "memory.swap.max", limit, sizeof(limit)) < 0)
		return; /* without memory, or without counting swap */
	s->memory.swap.usage += s->memory.usage.usage;
	if (s->memory.swap.limit != UINT64_MAX && s->memory.usage.limit != UINT64_MAX)
		s->memory.swap.limit += s->memory.usage.limit;
	else
		s->memory.swap.limit = UINT64_MAX;
}

/* --- lists ---------------------------------------------------------------------------------------------------------------- */

/* "1 2 3" */
static int read_numbers(const struct cg_dir *d, const char *file, struct cg_numbers *to, struct cg_stats *s)
{
	auto_free char *text = text_of(d, file, s);
	const char *p = text != NULL ? text : "";
	uint64_t v;

	for (p += strspn(p, " \n"); take_number(&p, &v); p += strspn(p, " \n"))
		if (add_number(to, v) < 0)
			return -1;
	return 0;
}

/* "0-3,7" as 0 1 2 3 7. */
static int read_ranges(const struct cg_dir *d, const char *file, struct cg_numbers *to, struct cg_stats *s)
{
	enum { MOST = 1 << 16 };
	auto_free char *text = text_of(d, file, s);
	const char *p = text != NULL ? text : "";
	uint64_t first, last;

	for (; take_number(&p, &first); p += *p == ',') {
		last = first;
		if (*p == '-' && (p++, !take_number(&p, &last)))
			return 0;
		for (; first <= last && to->n < MOST; first++)
			if (add_number(to, first) < 0)
				return -1;
	}
	return 0;
}

/* "cpu user system", then a line a CPU. */
static int read_usage_all(const struct cg_dir *d, struct cg_stats *s)
{
	auto_free char *text = text_of(d, "cpuacct.usage_all", s);
	const char *p = text != NULL ? next_line(text) : "";
	uint64_t cpu, user, kernel;

	for (; take_number(&p, &cpu); p = next_line(p)) {
		if (*p++ != ' ' || !take_number(&p, &user) || *p++ != ' ' || !take_number(&p, &kernel))
			return 0;
		if (add_number(&s->cpu.percpu_user, user) < 0 || add_number(&s->cpu.percpu_kernel, kernel) < 0)
			return -1;
	}
	return 0;
}

static int read_cpu_lists(const struct cg_place *p, struct cg_stats *s)
{
	const struct cg_dir *acct = cg_v1_dir(p, "cpuacct"), *set = cg_v1_dir(p, "cpuset");

	if (acct != NULL &&
	    (read_numbers(acct, "cpuacct.usage_percpu", &s->cpu.percpu, s) < 0 || read_usage_all(acct, s) < 0))
		return -1;
	if (set == NULL)
		return 0;
	return read_ranges(set, "cpuset.cpus", &s->cpuset.cpus, s) < 0
	               ? -1
	               : read_ranges(set, "cpuset.mems", &s->cpuset.mems, s);
}

/* memory.stat as it is; its page cache is `cache` on v1 and `file` on cgroup2. */
static int read_memory_stat(const struct cg_place *p, struct cg_stats *s)
{
	const struct cg_dir *d = cg_dir_of(p, "memory");

	s->text = d != NULL ? text_of(d, "memory.stat", s) : NULL;
	if (s->text == NULL)
		return 0;
	s->memory.cache = value_of(s->text, d->unified ? "file" : "cache");
	for (char *line = s->text, *next; *line != '\0'; line = next) {
		char *blank = strchr(line, ' ');
		const char *number = blank != NULL ? blank + 1 : line;
		struct cg_named *raw;
		uint64_t v;

		next = line + strcspn(line, "\n");
		next += *next == '\n';
		if (blank == NULL || blank >= next || !take_number(&number, &v))
			continue;
		raw = one_more(s->memory.raw, s->memory.n_raw, sizeof(*raw));
		if (raw == NULL)
			return -1;
		*blank = '\0';
		raw[s->memory.n_raw++] = (struct cg_named){ line, v };
		s->memory.raw = raw;
	}
	return 0;
}

/* --- block I/O ------------------------------------------------------------------------------------------------------------- */

static const char *const io_files[CG_IO_KINDS] = {
	[CG_IO_SERVICE_BYTES] = "io_service_bytes",
	[CG_IO_SERVICED] = "io_serviced",
	[CG_IO_QUEUED] = "io_queued",
	[CG_IO_SERVICE_TIME] = "io_service_time",
	[CG_IO_WAIT_TIME] = "io_wait_time",
	[CG_IO_MERGED] = "io_merged",
	[CG_IO_TIME] = "time",
	[CG_IO_SECTORS] = "sectors",
};

static int add_io(struct cg_io_list *to, const struct cg_io_entry *entry)
{
	struct cg_io_entry *items = one_more(to->items, to->n, sizeof(*items));

	if (items == NULL)
		return -1;
	items[to->n++] = *entry;
	to->items = items;
	return 0;
}

/* "8:0 " at *text, which is then behind it. */
static bool take_device(const char **text, struct cg_io_entry *e)
{
	return take_number(text, &e->major) && *(*text)++ == ':' && take_number(text, &e->minor) && *(*text)++ == ' ';
}

/* "8:0 Read 4096" or "8:0 4096"; the sum at the end, "Total 4096", is no device's. */
static int read_v1_io_file(const struct cg_dir *d, const char *file, struct cg_io_list *to, struct cg_stats *s)
{
	auto_free char *text = text_of(d, file, s);

	for (const char *line = text != NULL ? text : ""; *line != '\0'; line = next_line(line)) {
		struct cg_io_entry entry = { .value = 0 };
		const char *at = line;
		size_t n;

		if (*line < '0' || *line > '9' || !take_device(&at, &entry))
			continue;
		n = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
		if (n >= sizeof(entry.op))
			continue;
		memcpy(entry.op, at, n);
		at += n + (at[n] == ' ');
		if (take_number(&at, &entry.value) && add_io(to, &entry) < 0)
			return -1;
	}
	return 0;
}

/* The first scheduler, then the throttle, that has anything to tell. */
static int read_v1_io(const struct cg_dir *d, struct cg_stats *s)
{
	static const char *const prefixes[] = { "blkio.bfq.", "blkio.", "blkio.throttle." };

	for (size_t kind = 0; kind < CG_IO_KINDS; kind++)
		for (size_t i = 0; i < array_len(prefixes) && s->io.list[kind].n == 0; i++) {
			char file[64];

			(void)snprintf(file, sizeof(file), "%s%s_recursive", prefixes[i], io_files[kind]); /* fits */
			if (read_v1_io_file(d, file, &s->io.list[kind], s) < 0)
				return -1;
		}
	return 0;
}

/* "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6" */
static int read_v2_io(const struct cg_dir *d, struct cg_stats *s)
{
	static const struct {
		const char *key, *op;
		enum cg_io_kind kind;
	} keys[] = {
		{ "rbytes=", "Read", CG_IO_SERVICE_BYTES },    { "wbytes=", "Write", CG_IO_SERVICE_BYTES },
		{ "rios=", "Read", CG_IO_SERVICED },           { "wios=", "Write", CG_IO_SERVICED },
		{ "dbytes=", "Discard", CG_IO_SERVICE_BYTES }, { "dios=", "Discard", CG_IO_SERVICED },
	};
	auto_free char *text = text_of(d, "io.stat", s);

	for (const char *line = text != NULL ? text : ""; *line != '\0'; line = next_line(line)) {
		struct cg_io_entry entry;
		const char *at = line;

		if (!take_device(&at, &entry))
			continue;
		for (size_t i = 0; i < array_len(keys); i++) {
			const char *found = strstr(at, keys[i].key);

			if (found == NULL || found >= next_line(line))
				continue;
			found += strlen(keys[i].key);
			(void)snprintf(entry.op, sizeof(entry.op), "%s", keys[i].op); /* fits */
			if (take_number(&found, &entry.value) && add_io(&s->io.list[keys[i].kind], &entry) < 0)
				return -1;
		}
	}
	return 0;
}

static int read_io(const struct cg_place *p, struct cg_stats *s)
{
	const struct cg_dir *v1 = cg_v1_dir(p, "blkio"), *v2 = cg_unified_dir(p);

	if (v1 != NULL)
		return read_v1_io(v1, s);
	return v2 != NULL ? read_v2_io(v2, s) : 0;
}

/* --- huge pages ------------------------------------------------------------------------------------------------------------- */

static uint64_t peek_number(const struct cg_dir *d, const char *file, const char *key, struct cg_stats *s)
{
	struct source source = { .key = key, .unit = 1 };
	char text[128];

	return small_text_of(d, file, text, sizeof(text), s) ? number_of(text, &source) : 0;
}

/* One size; what is reserved counts where the kernel counts it, as runc does. */
static void read_hugetlb(const struct cg_dir *d, struct cg_hugetlb *h, struct cg_stats *s)
{
	const char *end = d->unified ? "current" : "usage_in_bytes";
	char base[48], file[80];
	char probe[32];

	(void)snprintf(base, sizeof(base), "hugetlb.%s.rsvd", h->size); /* all fit */
	(void)snprintf(file, sizeof(file), "%s.%s", base, end);
	if (!small_text_of(d, file, probe, sizeof(probe), s))
		(void)snprintf(base, sizeof(base), "hugetlb.%s", h->size);
	(void)snprintf(file, sizeof(file), "%s.%s", base, end);
	h->amount.usage = peek_number(d, file, NULL, s);
	(void)snprintf(file, sizeof(file), "%s.max_usage_in_bytes", base);
	h->amount.max = d->unified ? 0 : peek_number(d, file, NULL, s);
	(void)snprintf(file, sizeof(file), d->unified ? "hugetlb.%s.events" : "hugetlb.%s.failcnt", h->size);
	h->amount.failcnt = peek_number(d, file, d->unified ? "max" : NULL, s);
}

/* The size in a name such as hugetlb.2MB.current; false for other names. */
static bool hugetlb_size(const char *name, const char *end, char size[16])
{
	size_t n;

	if (strncmp(name, "hugetlb.", 8) != 0)
		return false;
	name += 8;
	n = strcspn(name, ".");
	if (n == 0 || n >= 16 || name[n] == '\0' || strcmp(name + n + 1, end) != 0)
		return false;
	memcpy(size, name, n);
	size[n] = '\0';
	return true;
}

static int read_all_hugetlb(const struct cg_place *p, struct cg_stats *s)
{
	const struct cg_dir *d = cg_dir_of(p, "hugetlb");
	char path[PATH_MAX];
	auto_dir DIR *dir = d != NULL && cg_path(d, NULL, path) ? opendir(path) : NULL;

	if (d != NULL && dir == NULL)
		note(s, "hugetlb");
	for (struct dirent *x; dir != NULL && (errno = 0, x = readdir(dir)) != NULL;) {
		struct cg_hugetlb h = { .size = "" }, *all;

		if (!hugetlb_size(x->d_name, d->unified ? "current" : "usage_in_bytes", h.size))
			continue;
		read_hugetlb(d, &h, s);
		all = one_more(s->hugetlb, s->n_hugetlb, sizeof(*all));
		if (all == NULL)
			return -1;
		all[s->n_hugetlb++] = h;
		s->hugetlb = all;
	}
	if (dir != NULL && errno != 0)
		note(s, "hugetlb");
	return 0;
}

/* --- pressure ---------------------------------------------------------------------------------------------------------------- */

/* "avg10=1.23" behind key=: 123 */
static uint64_t hundredths(const char *line, const char *key)
{
	const char *p = strstr(line, key);
	uint64_t whole, part = 0;

	if (p == NULL)
		return 0;
	p += strlen(key);
	if (!take_number(&p, &whole))
		return 0;
	if (*p == '.' && (p++, !take_number(&p, &part)))
		part = 0;
	return whole * 100 + part;
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0"; the line is cut off. */
static void read_stall(const char *text, const char *kind, struct cg_stall *s)
{
	char line[160];
	const char *p = strstr(text, kind), *total;

	if (p == NULL)
		return;
	(void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\n"),
	               p); /* longer ones have what is wanted in front */
	*s = (struct cg_stall){ .avg10 = hundredths(line, "avg10="),
		                .avg60 = hundredths(line, "avg60="),
		                .avg300 = hundredths(line, "avg300=") };
	total = strstr(line, "total=");
	if (total != NULL && (total += 6, !take_number(&total, &s->total)))
		s->total = 0;
}

static void read_pressure(const struct cg_dir *d, const char *file, struct cg_pressure *p, struct cg_stats *s)
{
	char text[512];

	if (!small_text_of(d, file, text, sizeof(text), s)) /* the kernel may have it switched off */
		return;
	p->set = true;
	read_stall(text, "some ", &p->some);
	read_stall(text, "full ", &p->full);
}

/* --- the whole ------------------------------------------------------------------------------------------------------------------ */

int cg_stats_read(const struct cg_place *p, struct cg_stats *out, struct err *e)
{
	const struct cg_dir *unified = cg_unified_dir(p);
	int r = 0;

	*out = (struct cg_stats){ .hugetlb = NULL };
	read_sources(p, v1_sources, array_len(v1_sources), false, out);
	read_sources(p, v2_sources, array_len(v2_sources), true, out);
	if (unified != NULL && cg_v1_dir(p, "memory") == NULL)
		add_memory_to_swap(unified, out);
	if (unified != NULL) {
		read_pressure(unified, "cpu.pressure", &out->cpu.pressure, out);
		read_pressure(unified, "memory.pressure", &out->memory.pressure, out);
		read_pressure(unified, "io.pressure", &out->io.pressure, out);
	}
	if (read_cpu_lists(p, out) < 0 || read_memory_stat(p, out) < 0 || read_io(p, out) < 0 ||
	    read_all_hugetlb(p, out) < 0)
		r = err_memory(e);
	else if (out->ill.num != 0)
		r = err_num(e, out->ill.num, "read %s of the container's control group", out->ill.file);
	if (r < 0)
		cg_stats_free(out);
	return r;
}

void cg_stats_free(struct cg_stats *s)
{
	struct cg_numbers *const lists[] = { &s->cpu.percpu, &s->cpu.percpu_kernel, &s->cpu.percpu_user,
		                             &s->cpuset.cpus, &s->cpuset.mems };

	for (size_t i = 0; i < array_len(lists); i++)
		free(lists[i]->items);
	for (size_t i = 0; i < CG_IO_KINDS; i++)
		free(s->io.list[i].items);
	free(s->memory.raw);
	free(s->hugetlb);
	free(s->text);
	*s = (struct cg_stats){ .hugetlb = NULL };
}
