/* SPDX-License-Identifier: Apache-2.0
 *
 * cgroup - what the kernel's files of control groups may say: the layout of a host, and all that `events` reads
 *
 * The bytes up to a line "--" are /proc/self/cgroup, those up to the next one mountinfo, the rest is in every file of statistics.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ranges.h"
#include "cgroup/layout.h"
#include "cgroup/stats.h"
#include "tests/fuzz/fuzz.h"

static const char *const files[] = {
	"cpu.stat",
	"cpu.pressure",
	"memory.stat",
	"memory.current",
	"memory.max",
	"memory.swap.current",
	"memory.swap.max",
	"memory.events",
	"memory.pressure",
	"pids.current",
	"pids.max",
	"io.stat",
	"io.pressure",
	"hugetlb.2MB.current",
	"hugetlb.2MB.max",
	"hugetlb.2MB.events",
	"cpuacct.usage",
	"cpuacct.usage_percpu",
	"cpuacct.stat",
	"memory.usage_in_bytes",
	"memory.limit_in_bytes",
	"cpuset.cpus",
	"blkio.throttle.io_service_bytes_recursive",
	"hugetlb.2MB.usage_in_bytes",
};

static int is_fs(const char *path, long magic)
{
	(void)magic;
	return strstr(path, "no") == NULL;
}

static void put(const char *dir, const char *name, const char *text, size_t len)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	require(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	(void)close(fd);
}

/* One directory for all runs; the process's end leaves it to the runner. */
static const char *place(void)
{
	static char dir[64];

	if (dir[0] == '\0') {
		(void)snprintf(dir, sizeof(dir), "%s/XXXXXX", getenv("FUZZ_TMP") != NULL ? getenv("FUZZ_TMP") : "/tmp");
		require(mkdtemp(dir) != NULL);
	}
	return dir;
}

static void detect(const char *dir)
{
	char self[80], info[80];
	const struct cg_view view = { .root = dir, .self = self, .mountinfo = info, .is_fs = is_fs };
	static struct cg_layout l;
	static struct cg_place p;
	struct err e;

	(void)snprintf(self, sizeof(self), "%s/self", dir);
	(void)snprintf(info, sizeof(info), "%s/mountinfo", dir);
	if (cg_detect_view(&view, &l, &e) < 0)
		return;
	require(l.n <= CG_HIER_MAX);
	(void)!cg_place(&l, "/some/../path", "c1", &p, &e);
	(void)!cg_place(&l, NULL, "c1", &p, &e);
	for (size_t i = 0; i < p.n; i++)
		require(p.dir[i].path != NULL);
}

static void statistics(const char *dir, bool unified)
{
	struct cg_place p = { .n = 1 };
	struct cg_stats s;
	struct err e;

	p.dir[0].controllers =
		unified ? "cpuset,cpu,io,memory,hugetlb,pids" : "cpu,cpuacct,cpuset,memory,pids,blkio,hugetlb";
	p.dir[0].mount = dir;
	p.dir[0].path = "";
	p.dir[0].unified = unified;
	if (cg_stats_read(&p, &s, &e) == 0)
		cg_stats_free(&s);
}

/* The part before a line "--", which *p and *len are moved behind. */
static size_t part(const char **p, size_t *len)
{
	const char *end = memmem(*p, *len, "--\n", 3);
	size_t n = end != NULL ? (size_t)(end - *p) : *len, skip = end != NULL ? n + 3 : n;

	*p += skip;
	*len -= skip;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *dir = place(), *p = (const char *)data, *at = p;
	unsigned long set[4] = { 0 };
	char list[64] = "";
	struct err e;

	put(dir, "self", at, part(&p, &size));
	at = p;
	put(dir, "mountinfo", at, part(&p, &size));
	detect(dir);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		put(dir, files[i], p, size);
	statistics(dir, true);
	statistics(dir, false);
	memcpy(list, p, size < sizeof(list) ? size : sizeof(list) - 1);
	(void)!ranges_read(list, set, 256, &e);
	return 0;
}
