/* SPDX-License-Identifier: Apache-2.0
 *
 * test_stats - what groups have used, on directories that stand in for groups, and the JSON that is told of it
 */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "cgroup/oom.h"
#include "cgroup/stats.h"
#include "libocispec/arena.h"
#include "life/usage.h"

/* --- groups ------------------------------------------------------------------------------------------------------------- */

static char top[PATH_MAX - 64];

static int setup(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "%s/ocirt-stats-XXXXXX", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	return mkdtemp(top) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
	auto_dir DIR *d = opendir(top);

	(void)state;
	for (struct dirent *x = d != NULL ? readdir(d) : NULL; x != NULL; x = readdir(d))
		(void)unlinkat(dirfd(d), x->d_name, 0);
	return rmdir(top);
}

static void put(const char *file, const char *text)
{
	char path[PATH_MAX];
	struct err e;

	(void)snprintf(path, sizeof(path), "%s/%s", top, file);
	assert_int_equal(file_replace_at(AT_FDCWD, path, text, strlen(text), 0644, &e), 0);
}

static const struct cg_place v1 = { .n = 1,
	                            .dir = { { "cpu,cpuacct,cpuset,memory,pids,blkio,hugetlb", top, "", false } } };
static const struct cg_place v2 = { .n = 1, .dir = { { "cpuset,cpu,io,memory,hugetlb,pids", top, "", true } } };

static void read_it(const struct cg_place *p, struct cg_stats *s)
{
	struct err e;

	if (cg_stats_read(p, s, &e) < 0)
		fail_msg("%s", e.text);
}

/* The JSON of the statistics; valid until a is freed. */
static const char *json_of(const struct cg_stats *s, struct arena *a)
{
	struct json_out o = { .a = a };
	const char *text;

	usage_write(&o, NULL, s);
	text = json_out_text(&o, NULL);
	assert_non_null(text);
	return text;
}

static void expect_in(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("%s is not in %s", part, text);
}

/* --- tests ---------------------------------------------------------------------------------------------------------------- */

static const char nothing[] =
	"{\"cpu\":{\"usage\":{\"kernel\":0,\"user\":0},\"throttling\":{}},"
	"\"cpuset\":{\"cpu_exclusive\":0,\"mem_hardwall\":0,\"mem_exclusive\":0,\"memory_migrate\":0,"
	"\"memory_spread_page\":0,\"memory_spread_slab\":0,\"memory_pressure\":0,\"sched_load_balance\":0,"
	"\"sched_relax_domain_level\":0},"
	"\"memory\":{\"usage\":{\"limit\":0,\"failcnt\":0},\"swap\":{\"limit\":0,\"failcnt\":0},"
	"\"kernel\":{\"limit\":0,\"failcnt\":0},\"kernelTCP\":{\"limit\":0,\"failcnt\":0}},"
	"\"pids\":{},\"blkio\":{},\"hugetlb\":{},\"intel_rdt\":{},\"network_interfaces\":null}";

static void test_groups_that_tell_nothing(void **state)
{
	const struct cg_place gone = { .n = 1, .dir = { { "memory", "/nowhere/at/all", "", true } } };
	const struct cg_place none = { .n = 0 };
	const struct cg_place *const places[] = { &v1, &v2, &gone, &none };

	(void)state;
	for (size_t i = 0; i < array_len(places); i++) {
		auto_stats struct cg_stats s = { .hugetlb = NULL };
		struct arena a = { 0 };

		read_it(places[i], &s);
		assert_string_equal(json_of(&s, &a), nothing);
		arena_free(&a);
	}
}

static void put_v1(void)
{
	put("cpuacct.usage", "123456789\n");
	put("cpuacct.usage_user", "100000000\n");
	put("cpuacct.usage_sys", "23456789\n");
	put("cpuacct.usage_percpu", "100 200 \n");
	put("cpuacct.usage_all", "cpu user system\n0 10 90\n1 20 180\n");
	put("cpu.stat", "nr_periods 5\nnr_throttled 2\nthrottled_time 777\nnr_bursts 0\n");
	put("cpuset.cpus", "0-2,5\n");
	put("cpuset.mems", "0\n");
	put("cpuset.sched_load_balance", "1\n");
	put("cpuset.sched_relax_domain_level", "-1\n");
	put("memory.usage_in_bytes", "4096\n");
	put("memory.max_usage_in_bytes", "8192\n");
	put("memory.limit_in_bytes", "9223372036854771712\n");
	put("memory.failcnt", "3\n");
	put("memory.memsw.usage_in_bytes", "5000\n");
	put("memory.stat", "cache 1000\nrss 24\ntotal_cache 1001\n");
	put("pids.current", "4\n");
	put("pids.max", "max\n");
	put("blkio.bfq.io_service_bytes_recursive", "Total 0\n");
	put("blkio.throttle.io_service_bytes_recursive", "8:0 Read 4096\n8:0 Write 0\n253:16 Total 1\nTotal 4096\n");
	put("blkio.time_recursive", "8:16 42\n");
	put("hugetlb.2MB.usage_in_bytes", "2097152\n");
	put("hugetlb.2MB.max_usage_in_bytes", "4194304\n");
	put("hugetlb.2MB.failcnt", "1\n");
}

static void test_v1(void **state)
{
	auto_stats struct cg_stats s = { .hugetlb = NULL };
	struct arena a = { 0 };
	const char *json;

	(void)state;
	put_v1();
	read_it(&v1, &s);
	json = json_of(&s, &a);
	expect_in(json, "\"cpu\":{\"usage\":{\"total\":123456789,\"percpu\":[100,200],\"percpu_kernel\":[90,180],"
	                "\"percpu_user\":[10,20],\"kernel\":23456789,\"user\":100000000},"
	                "\"throttling\":{\"periods\":5,\"throttledPeriods\":2,\"throttledTime\":777}}");
	expect_in(json, "\"cpuset\":{\"cpus\":[0,1,2,5],\"cpu_exclusive\":0,\"mems\":[0],");
	expect_in(json,
	          "\"memory\":{\"cache\":1000,\"usage\":{\"limit\":9223372036854771712,\"usage\":4096,\"max\":8192,"
	          "\"failcnt\":3},\"swap\":{\"limit\":0,\"usage\":5000,\"failcnt\":0},");
	expect_in(json, "\"raw\":{\"cache\":1000,\"rss\":24,\"total_cache\":1001}");
	expect_in(json, "\"pids\":{\"current\":4},");
	expect_in(json, "\"blkio\":{\"ioServiceBytesRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":4096},"
	                "{\"major\":8,\"op\":\"Write\"},{\"major\":253,\"minor\":16,\"op\":\"Total\",\"value\":1}],"
	                "\"ioTimeRecursive\":[{\"major\":8,\"minor\":16,\"value\":42}]}");
	expect_in(json, "\"hugetlb\":{\"2MB\":{\"usage\":2097152,\"max\":4194304,\"failcnt\":1}}");
	assert_null(strstr(json, ":-")); /* readers take unsigned numbers only */
	assert_null(strstr(json, "sched_relax_domain_level"));
	arena_free(&a);
}

static void put_v2(void)
{
	put("cpu.stat",
	    "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\nnr_periods 0\nnr_throttled 0\nthrottled_usec 7\n");
	put("cpu.pressure",
	    "some avg10=1.50 avg60=0.05 avg300=12.00 total=99\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=3\n");
	put("memory.current", "1000\n");
	put("memory.peak", "3000\n");
	put("memory.max", "max\n");
	put("memory.swap.current", "24\n");
	put("memory.swap.max", "2000\n");
	put("memory.events", "low 0\nhigh 0\nmax 6\noom 1\noom_kill 1\n");
	put("memory.stat", "anon 1\nfile 500\nkernel 7\n");
	put("pids.current", "2\n");
	put("pids.max", "100\n");
	put("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n253:0 \n");
	put("hugetlb.2MB.current", "1\n");
	put("hugetlb.2MB.rsvd.current", "2097152\n");
	put("hugetlb.2MB.events", "max 8\n");
	put("hugetlb.1GB.max", "max\n");
}

static void test_v2(void **state)
{
	auto_stats struct cg_stats s = { .hugetlb = NULL };
	struct arena a = { 0 };
	const char *json;

	(void)state;
	put_v2();
	read_it(&v2, &s);
	json = json_of(&s, &a);
	expect_in(json, "\"cpu\":{\"usage\":{\"total\":1500000,\"kernel\":500000,\"user\":1000000},"
	                "\"throttling\":{\"throttledTime\":7000},"
	                "\"psi\":{\"some\":{\"avg10\":1.5,\"avg60\":0.05,\"avg300\":12,\"total\":99},"
	                "\"full\":{\"avg10\":0,\"avg60\":0,\"avg300\":0,\"total\":3}}}");
	expect_in(json,
	          "\"memory\":{\"cache\":500,\"usage\":{\"limit\":18446744073709551615,\"usage\":1000,\"max\":3000,"
	          "\"failcnt\":6},\"swap\":{\"limit\":18446744073709551615,\"usage\":1024,\"failcnt\":0},");
	expect_in(json, "\"raw\":{\"anon\":1,\"file\":500,\"kernel\":7}}");
	expect_in(json, "\"pids\":{\"current\":2,\"limit\":100}");
	expect_in(json, "\"blkio\":{\"ioServiceBytesRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":1},"
	                "{\"major\":8,\"op\":\"Write\",\"value\":2},{\"major\":8,\"op\":\"Discard\",\"value\":5}],"
	                "\"ioServicedRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":3},"
	                "{\"major\":8,\"op\":\"Write\",\"value\":4},{\"major\":8,\"op\":\"Discard\",\"value\":6}]}");
	expect_in(json, "\"hugetlb\":{\"2MB\":{\"usage\":2097152,\"failcnt\":8}}");
	put("memory.max", "5000\n");
	cg_stats_free(&s);
	read_it(&v2, &s);
	assert_int_equal(s.memory.swap.limit, 7000); /* as v1 counts: memory and swap */
	put("memory.swap.current", "0\n");
	put("memory.swap.max", "0\n");
	cg_stats_free(&s);
	read_it(&v2, &s);
	assert_int_equal(s.memory.swap.limit, 5000); /* also where no swap is allowed */
	assert_int_equal(s.memory.swap.usage, 1000);
	arena_free(&a);
}

static void test_files_of_nonsense(void **state)
{
	static const char *const files[] = {
		"cpu.stat",
		"cpu.pressure",
		"memory.stat",
		"memory.max",
		"io.stat",
		"pids.max",
		"cpuset.cpus",
		"memory.events",
		"cpuacct.usage_all",
		"cpuacct.usage_percpu",
		"cpuacct.usage",
		"blkio.throttle.io_service_bytes_recursive",
		"hugetlb.2MB.usage_in_bytes",
		"hugetlb.2MB.current",
	};
	static const char *const texts[] = {
		"",
		"\n",
		"-",
		"max",
		"18446744073709551616\n",
		"1-",
		"3-1,9-",
		"a b\nc",
		"8:0 Read",
		"8:",
		"8:0 \n8",
		"some avg10=",
		"anon \n",
		"usage_usec\n",
		"99999999999999999999999999999999999 9",
		"cpu user system\n0 1",
		"rbytes=",
		"8:0 Averyverylongwordforanoperation 5\n",
		"some avg10=1.\nfull total=x",
	};

	(void)state;
	for (size_t t = 0; t < array_len(texts); t++) {
		for (size_t f = 0; f < array_len(files); f++)
			put(files[f], texts[t]);
		for (int i = 0; i < 2; i++) {
			auto_stats struct cg_stats s = { .hugetlb = NULL };
			struct arena a = { 0 };

			read_it(i == 0 ? &v1 : &v2, &s);
			assert_non_null(json_of(&s, &a));
			arena_free(&a);
		}
	}
}

static void test_oom_kills_are_counted_once(void **state)
{
	static const struct cg_place bare = { .n = 1, .dir = { { "hugetlb", top, "", true } } };
	auto_oom struct cg_oom o = CG_OOM_NONE;
	char path[PATH_MAX];
	struct err e;
	int fd;

	(void)state;
	assert_int_equal(cg_oom_open(&bare, &o, &e), 0);
	assert_int_equal(o.fd, -1);
	assert_false(cg_oom_take(&o));
	put("memory.events", "low 0\nhigh 0\nmax 0\noom 1\noom_kill 1\noom_group_kill 0\n");
	assert_int_equal(cg_oom_open(&v2, &o, &e), 0);
	assert_false(cg_oom_take(&o)); /* what was before is not told */
	(void)snprintf(path, sizeof(path), "%s/memory.events", top);
	fd = open(path, O_WRONLY | O_CLOEXEC); /* the same file, as in the kernel */
	assert_int_equal(pwrite(fd, "low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\n", 36, 0), 36);
	assert_false(cg_oom_take(&o));
	assert_int_equal(pwrite(fd, "low 0\nhigh 0\nmax 9\noom 3\noom_kill 3\n", 36, 0), 36);
	assert_true(cg_oom_take(&o));
	assert_false(cg_oom_take(&o));
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_false(cg_oom_take(&o));
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_groups_that_tell_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_v1, setup, teardown),
		cmocka_unit_test_setup_teardown(test_v2, setup, teardown),
		cmocka_unit_test_setup_teardown(test_files_of_nonsense, setup, teardown),
		cmocka_unit_test_setup_teardown(test_oom_kills_are_counted_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
