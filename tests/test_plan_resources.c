/* SPDX-License-Identifier: Apache-2.0
 *
 * test_plan_resources - linux.resources in, writes and device rules out, on made-up hosts
 */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "cgroup/rules.h"
#include "libocispec/json_row.h"
#include "plan/limit.h"
#include "plan/plan.h"
#include "plan/weight.h"
#include "tests/engine_configs.h"

/* --- hosts ----------------------------------------------------------------------------------------------------------- */

#define V1_HIERS                                                                                                \
	{ "cpu,cpuacct", "/cg/cpu,cpuacct", "/", false }, { "cpuset", "/cg/cpuset", "/", false },               \
		{ "memory", "/cg/memory", "/", false }, { "devices", "/cg/devices", "/", false },               \
		{ "freezer", "/cg/freezer", "/", false }, { "blkio", "/cg/blkio", "/", false },                 \
		{ "pids", "/cg/pids", "/", false }, { "net_cls,net_prio", "/cg/net_cls,net_prio", "/", false }, \
	{                                                                                                       \
		"rdma", "/cg/rdma", "/", false                                                                  \
	}

static const struct cg_layout v1 = { .mode = CG_V1,
	                             .n = 10,
	                             .hier = { V1_HIERS, { "hugetlb", "/cg/hugetlb", "/", false } } };
static const struct cg_layout hybrid = { .mode = CG_HYBRID,
	                                 .n = 10,
	                                 .hier = { V1_HIERS, { "hugetlb", "/cg/unified", "/", true } } };
static const struct cg_layout v2 = {
	.mode = CG_V2,
	.n = 1,
	.hier = { { "cpuset,cpu,io,memory,hugetlb,pids,rdma,misc", "/cg", "/", true } },
};
static const struct cg_layout v2_bare = { .mode = CG_V2, .n = 1, .hier = { { "hugetlb", "/cg", "/", true } } };
static const struct cg_layout v1_bare = { .mode = CG_V1, .n = 1, .hier = { { "name=systemd", "/cg/s", "/", false } } };
static const struct cg_layout none = { .mode = CG_NONE };

/* --- plans ----------------------------------------------------------------------------------------------------------- */

struct made {
	struct arena arena;
	struct plan plan;
	struct err e;
};

static void made_free(struct made *m)
{
	arena_free(&m->arena);
}
#define auto_made __attribute__((cleanup(made_free)))

/* config.json with these resources on a host. */
static int make(struct made *m, const char *resources, struct intent in)
{
	auto_buf struct buf b = { 0 };
	struct oci_config *spec;
	struct json_error je;
	struct intent *intent = arena_alloc(&m->arena, sizeof(*intent));

	buf_printf(&b, "{\"ociVersion\":\"1.3.0\",\"linux\":{\"resources\":{%s}}}", resources);
	if (oci_config_read(&(struct json_text){ .text = buf_text(&b), .len = b.len }, &m->arena, &spec, &je) < 0)
		fail_msg("%s: %s", resources, je.text);
	assert_non_null(intent);
	*intent = in;
	intent->id = "c1";
	m->plan.spec = spec;
	m->plan.intent = intent;
	return plan_resources(&m->plan, &m->arena, &m->e);
}

static int make_on(struct made *m, const char *resources, const struct cg_layout *layout)
{
	return make(m, resources, (struct intent){ .facts = { .cgroups = layout } });
}

/* "memory.max=4096 io.max=8:0 rbps=1;..": the writes in one line. */
static void tell(const struct cg_settings *s, struct buf *b)
{
	for (size_t i = 0; i < s->n_writes; i++) {
		const struct cg_write *w = &s->writes[i];

		buf_printf(b, "%s%s=%s", i > 0 ? ";" : "", w->file, w->value);
		if (w->alt_file != NULL)
			buf_printf(b, "|%s=%s", w->alt_file, w->alt_value);
		if (w->optional)
			buf_puts(b, "?");
	}
	for (size_t i = 0; i < s->n_need; i++)
		buf_printf(b, "%s%s", i > 0 ? "," : " +", s->need[i]);
}

static const struct {
	const char *in, *v1, *v2; /* NULL: refused as something of v1 only */
} versions[] = {
	/* memory */
	{ "\"memory\":{\"limit\":67108864}", "memory.limit_in_bytes=67108864", "memory.max=67108864 +memory" },
	{ "\"memory\":{\"limit\":-1}", "memory.limit_in_bytes=-1;memory.memsw.limit_in_bytes=-1?",
	  "memory.max=max;memory.swap.max=max? +memory" },
	{ "\"memory\":{\"limit\":0,\"swap\":0,\"reservation\":0}", "", "" },
	{ "\"memory\":{\"limit\":100,\"swap\":300}", "memory.limit_in_bytes=100;memory.memsw.limit_in_bytes=300",
	  "memory.max=100;memory.swap.max=200 +memory" },
	{ "\"memory\":{\"limit\":100,\"swap\":100}", "memory.limit_in_bytes=100;memory.memsw.limit_in_bytes=100",
	  "memory.max=100;memory.swap.max=0 +memory" },
	{ "\"memory\":{\"limit\":100,\"swap\":-1}", "memory.limit_in_bytes=100;memory.memsw.limit_in_bytes=-1",
	  "memory.max=100;memory.swap.max=max +memory" },
	{ "\"memory\":{\"limit\":-1,\"swap\":-1}", "memory.limit_in_bytes=-1;memory.memsw.limit_in_bytes=-1",
	  "memory.max=max;memory.swap.max=max +memory" },
	{ "\"memory\":{\"reservation\":4096}", "memory.soft_limit_in_bytes=4096", "memory.low=4096 +memory" },
	{ "\"memory\":{\"reservation\":-1}", "memory.soft_limit_in_bytes=-1", "memory.low=max +memory" },
	{ "\"memory\":{\"swappiness\":0}", "memory.swappiness=0", NULL },
	{ "\"memory\":{\"swappiness\":60}", "memory.swappiness=60", NULL },
	{ "\"memory\":{\"disableOOMKiller\":true}", "memory.oom_control=1", NULL },
	{ "\"memory\":{\"disableOOMKiller\":false}", "", "" },
	{ "\"memory\":{\"useHierarchy\":true}", "", "" },
	{ "\"memory\":{\"kernel\":1000,\"kernelTCP\":1000}", "", "" },
	/* cpu */
	{ "\"cpu\":{\"shares\":1024}", "cpu.shares=1024", "cpu.weight=100 +cpu" },
	{ "\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0,\"realtimeRuntime\":0,\"realtimePeriod\":0}", "", "" },
	{ "\"cpu\":{\"quota\":50000,\"period\":100000}", "cpu.cfs_period_us=100000;cpu.cfs_quota_us=50000",
	  "cpu.max=50000 100000 +cpu" },
	{ "\"cpu\":{\"quota\":50000}", "cpu.cfs_quota_us=50000", "cpu.max=50000 +cpu" },
	{ "\"cpu\":{\"period\":50000}", "cpu.cfs_period_us=50000", "cpu.max=max 50000 +cpu" },
	{ "\"cpu\":{\"quota\":-1,\"period\":50000}", "cpu.cfs_period_us=50000;cpu.cfs_quota_us=-1",
	  "cpu.max=max 50000 +cpu" },
	{ "\"cpu\":{\"quota\":50000,\"burst\":10000}", "cpu.cfs_quota_us=50000;cpu.cfs_burst_us=10000",
	  "cpu.max=50000;cpu.max.burst=10000 +cpu" },
	{ "\"cpu\":{\"burst\":0,\"idle\":0}", "cpu.idle=0?;cpu.cfs_burst_us=0?", "cpu.idle=0?;cpu.max.burst=0? +cpu" },
	{ "\"cpu\":{\"idle\":1,\"shares\":2}", "cpu.shares=2;cpu.idle=1", "cpu.weight=1;cpu.idle=1 +cpu" },
	{ "\"cpu\":{\"realtimeRuntime\":95000,\"realtimePeriod\":100000}",
	  "cpu.rt_period_us=100000;cpu.rt_runtime_us=95000", NULL },
	{ "\"cpu\":{\"cpus\":\"0-3,7\",\"mems\":\"0\"}", "cpuset.cpus=0-3,7;cpuset.mems=0",
	  "cpuset.cpus=0-3,7;cpuset.mems=0 +cpuset" },
	{ "\"cpu\":{\"cpus\":\"\",\"mems\":\"\"}", "", "" },
	{ "\"cpu\":{},\"memory\":{},\"blockIO\":{}", "", "" },
	/* pids */
	{ "\"pids\":{\"limit\":77}", "pids.max=77", "pids.max=77 +pids" },
	{ "\"pids\":{\"limit\":0}", "pids.max=1", "pids.max=1 +pids" },
	{ "\"pids\":{\"limit\":-1}", "pids.max=max", "pids.max=max +pids" },
	/* block devices */
	{ "\"blockIO\":{\"weight\":0,\"leafWeight\":0}", "", "" },
	{ "\"blockIO\":{\"weight\":10}", "blkio.bfq.weight=10|blkio.weight=10", "io.bfq.weight=10|io.weight=1 +io" },
	{ "\"blockIO\":{\"weight\":1000}", "blkio.bfq.weight=1000|blkio.weight=1000",
	  "io.bfq.weight=1000|io.weight=10000 +io" },
	{ "\"blockIO\":{\"leafWeight\":20}", "blkio.leaf_weight=20", NULL },
	{ "\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":200},{\"major\":8,\"minor\":16,\"weight\":0}]}",
	  "blkio.bfq.weight_device=8:0 200|blkio.weight_device=8:0 200",
	  "io.bfq.weight=8:0 200|io.weight=8:0 1920 +io" },
	{ "\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"leafWeight\":200}]}",
	  "blkio.leaf_weight_device=8:0 200", NULL },
	{ "\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":5}],"
	  "\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":6},{\"major\":8,\"minor\":1,\"rate\":0}],"
	  "\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":7}],"
	  "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":8}]}",
	  "blkio.throttle.read_bps_device=8:0 5;blkio.throttle.write_bps_device=8:0 6;"
	  "blkio.throttle.write_bps_device=8:1 0;blkio.throttle.read_iops_device=8:0 7;"
	  "blkio.throttle.write_iops_device=8:0 8",
	  "io.max=8:0 rbps=5;io.max=8:0 wbps=6;io.max=8:1 wbps=max;io.max=8:0 riops=7;io.max=8:0 wiops=8 +io" },
	/* the rest */
	{ "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":0},{\"pageSize\":\"1GB\",\"limit\":9}]",
	  "hugetlb.2MB.limit_in_bytes=0;hugetlb.2MB.rsvd.limit_in_bytes=0?;"
	  "hugetlb.1GB.limit_in_bytes=9;hugetlb.1GB.rsvd.limit_in_bytes=9?",
	  "hugetlb.2MB.max=0;hugetlb.2MB.rsvd.max=0?;hugetlb.1GB.max=9;hugetlb.1GB.rsvd.max=9? +hugetlb" },
	{ "\"network\":{\"classID\":1048577,\"priorities\":[{\"name\":\"eth0\",\"priority\":5}]}",
	  "net_cls.classid=1048577;net_prio.ifpriomap=eth0 5", NULL },
	{ "\"network\":{\"classID\":0,\"priorities\":[]}", "", "" },
	{ "\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":1000},\"mlx4_0\":{\"hcaObjects\":0}}",
	  "rdma.max=mlx5_1 hca_handle=3 hca_object=1000;rdma.max=mlx4_0 hca_object=0",
	  "rdma.max=mlx5_1 hca_handle=3 hca_object=1000;rdma.max=mlx4_0 hca_object=0 +rdma" },
};

static void test_each_limit_in_each_version(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(versions); i++)
		for (int k = 0; k < 2; k++) {
			const char *want = k == 0 ? versions[i].v1 : versions[i].v2;
			auto_made struct made m = { .plan = { .spec = NULL } };
			auto_buf struct buf b = { 0 };

			if (want == NULL) {
				assert_int_equal(make_on(&m, versions[i].in, &v2), -1);
				assert_int_equal(m.e.kind, ERR_HOST);
				assert_non_null(strstr(m.e.text, "cgroup v2 has nothing like it"));
				continue;
			}
			if (make_on(&m, versions[i].in, k == 0 ? &v1 : &v2) < 0)
				fail_msg("%s: %s", versions[i].in, m.e.text);
			tell(&m.plan.cgroup.settings, &b);
			assert_string_equal(buf_text(&b), want);
		}
}

/* What systemd is told beside the file, in its own words for each version. */
static void test_limits_have_a_unit_property_in_each_version(void **state)
{
	static const struct {
		const char *in, *v1, *v2;
	} limits[] = {
		{ "\"memory\":{\"limit\":4096}", "MemoryLimit", "MemoryMax" },
		{ "\"memory\":{\"reservation\":4096}", NULL, "MemoryLow" },
		{ "\"cpu\":{\"shares\":512}", "CPUShares", "CPUWeight" },
		{ "\"cpu\":{\"quota\":5000}", "CPUQuotaPerSecUSec", "CPUQuotaPerSecUSec" },
		{ "\"cpu\":{\"period\":5000}", "CPUQuotaPeriodUSec", "CPUQuotaPeriodUSec" },
		{ "\"cpu\":{\"cpus\":\"0\"}", "AllowedCPUs", "AllowedCPUs" },
		{ "\"cpu\":{\"mems\":\"0\"}", "AllowedMemoryNodes", "AllowedMemoryNodes" },
		{ "\"cpu\":{\"idle\":1}", NULL, "CPUWeight" },
		{ "\"pids\":{\"limit\":5}", "TasksMax", "TasksMax" },
		{ "\"blockIO\":{\"weight\":500}", "BlockIOWeight", "IOWeight" },
		{ "\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":500}]}", "BlockIODeviceWeight",
		  "IODeviceWeight" },
		{ "\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":5}]}",
		  "BlockIOReadBandwidth", "IOReadBandwidthMax" },
		{ "\"blockIO\":{\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":5}]}", NULL,
		  "IOWriteIOPSMax" },
	};

	(void)state;
	for (size_t i = 0; i < array_len(limits); i++)
		for (int side = 0; side < 2; side++) {
			auto_made struct made m = { .arena = { 0 } };
			const char *want = side == 0 ? limits[i].v1 : limits[i].v2, *is;

			assert_int_equal(make_on(&m, limits[i].in, side == 0 ? &v1 : &v2), 0);
			assert_true(m.plan.cgroup.settings.n_writes > 0);
			is = m.plan.cgroup.settings.writes[0].property;
			if ((want == NULL) != (is == NULL) || (want != NULL && strcmp(want, is) != 0))
				fail_msg("%s on v%d: %s", limits[i].in, side + 1, is == NULL ? "none" : is);
		}
}

static void test_a_hybrid_host_takes_each_where_its_controller_is(void **state)
{
	auto_made struct made m = { .plan = { .spec = NULL } };
	auto_buf struct buf b = { 0 };

	(void)state;
	assert_int_equal(
		make_on(&m,
	                "\"memory\":{\"limit\":4096,\"swappiness\":1},\"hugepageLimits\":[{\"pageSize\":\"2MB\","
	                "\"limit\":1}],\"unified\":{\"cgroup.max.depth\":\"3\",\"hugetlb.1GB.max\":\"7\"}",
	                &hybrid),
		0);
	tell(&m.plan.cgroup.settings, &b);
	assert_string_equal(buf_text(&b), "memory.limit_in_bytes=4096;memory.swappiness=1;hugetlb.2MB.max=1;"
	                                  "hugetlb.2MB.rsvd.max=1?;cgroup.max.depth=3;hugetlb.1GB.max=7 +hugetlb");
}

static void test_unified_is_written_as_it_is(void **state)
{
	auto_made struct made m = { .plan = { .spec = NULL } };
	auto_buf struct buf b = { 0 };

	(void)state;
	assert_int_equal(
		make_on(&m,
	                "\"memory\":{\"limit\":100},\"unified\":{\"memory.high\":\"90\",\"memory.max\":\"100\","
	                "\"io.max\":\"8:0 rbps=1\\n8:16 wbps=2\\n\",\"misc.max\":\"res_a 1\",\"cpuset.cpus\":\"\"}",
	                &v2),
		0);
	tell(&m.plan.cgroup.settings, &b);
	assert_string_equal(buf_text(&b), "memory.max=100;memory.high=90;memory.max=100;io.max=8:0 rbps=1;"
	                                  "io.max=8:16 wbps=2;misc.max=res_a 1;cpuset.cpus= +memory,io,misc,cpuset");
	assert_string_equal(m.plan.cgroup.settings.writes[1].pointer, "/linux/resources/unified/memory.high");
}

struct refused {
	const struct cg_layout *host;
	const char *in, *pointer, *text;
	enum err_kind kind;
};

static void assert_refused(const struct refused *r)
{
	auto_made struct made m = { .plan = { .spec = NULL } };

	if (make_on(&m, r->in, r->host) == 0)
		fail_msg("%s was not refused", r->in);
	if (strstr(m.e.text, r->text) == NULL)
		fail_msg("%s: '%s' is not about '%s'", r->in, m.e.text, r->text);
	assert_int_equal(m.e.kind, r->kind);
	assert_memory_equal(m.e.pointer, "/linux/resources", 16);
	assert_string_equal(m.e.pointer + 16, r->pointer);
}

static void test_what_cannot_be_had_is_refused_with_its_place(void **state)
{
	static const struct refused cases[] = {
		{ &v2_bare, "\"memory\":{\"limit\":1}", "/memory/limit",
		  "controller memory, which this host does not have", ERR_HOST },
		{ &v1_bare, "\"cpu\":{\"shares\":5}", "/cpu/shares", "controller cpu, which this host does not have",
		  ERR_HOST },
		{ &v1_bare, "\"blockIO\":{\"weight\":50}", "/blockIO/weight", "controller blkio, which", ERR_HOST },
		{ &v2_bare, "\"blockIO\":{\"weight\":50}", "/blockIO/weight", "controller io, which", ERR_HOST },
		{ &v2_bare, "\"cpu\":{\"realtimeRuntime\":5}", "/cpu/realtimeRuntime", "cgroup v2 has nothing like it",
		  ERR_HOST },
		{ &v1_bare, "\"network\":{\"classID\":5}", "/network/classID", "controller net_cls, which", ERR_HOST },
		{ &v2_bare, "\"pids\":{\"limit\":0}", "/pids/limit", "controller pids, which", ERR_HOST },
		{ &none, "\"pids\":{\"limit\":5}", "/pids/limit", "this host has no control groups mounted", ERR_HOST },
		{ &none, "\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]", "/devices", "cannot restrict devices",
		  ERR_HOST },
		{ &v1_bare, "", "/devices", "cannot restrict devices", ERR_HOST },
		{ &v2, "\"memory\":{\"limit\":-2}", "/memory/limit", "-2 bytes", ERR_CONFIG },
		{ &v1, "\"memory\":{\"limit\":100,\"swap\":99}", "/memory/swap", "less than the 100 of memory alone",
		  ERR_CONFIG },
		{ &v2, "\"memory\":{\"limit\":100,\"swap\":99}", "/memory/swap", "less than the 100 of memory alone",
		  ERR_CONFIG },
		{ &v2, "\"memory\":{\"swap\":99}", "/memory/swap", "needs one for memory", ERR_CONFIG },
		{ &v1, "\"memory\":{\"swappiness\":101}", "/memory/swappiness", "not within 0 to 100", ERR_CONFIG },
		{ &v1, "\"cpu\":{\"shares\":1}", "/cpu/shares", "2 to 262144", ERR_CONFIG },
		{ &v2, "\"cpu\":{\"idle\":2}", "/cpu/idle", "neither 0 nor 1", ERR_CONFIG },
		{ &v1, "\"blockIO\":{\"weight\":9}", "/blockIO/weight", "9 is not within 10 to 1000", ERR_CONFIG },
		{ &v2, "\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":1001}]}",
		  "/blockIO/weightDevice/0", "1001 is not within", ERR_CONFIG },
		{ &v2, "\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":-1,\"minor\":0,\"rate\":1}]}",
		  "/blockIO/throttleReadBpsDevice/0", "below 0", ERR_CONFIG },
		{ &v1, "\"network\":{\"priorities\":[{\"name\":\"a b\",\"priority\":1}]}", "/network/priorities/0",
		  "no name", ERR_CONFIG },
		{ &v1, "\"rdma\":{\"a\\nb\":{\"hcaHandles\":1}}", "/rdma", "no name of an RDMA device", ERR_CONFIG },
		{ &v2, "\"unified\":{\"memory/../../x.y\":\"1\"}", "/unified/memory~1..~1..~1x.y", "controller.file",
		  ERR_CONFIG },
		{ &v2, "\"unified\":{\"..\":\"1\"}", "/unified/..", "controller.file", ERR_CONFIG },
		{ &v2, "\"unified\":{\"memory\":\"1\"}", "/unified/memory", "controller.file", ERR_CONFIG },
		{ &v2, "\"unified\":{\"cgroup.procs\":\"1\"}", "/unified/cgroup.procs", "is no limit", ERR_CONFIG },
		{ &v2, "\"unified\":{\"net.x\":\"1\"}", "/unified/net.x", "has no net controller", ERR_HOST },
		{ &v1, "\"unified\":{\"memory.high\":\"1\"}", "/unified/memory.high", "does not have", ERR_CONFIG },
		{ &hybrid, "\"unified\":{\"memory.high\":\"1\"}", "/unified/memory.high", "has no memory controller",
		  ERR_HOST },
		{ &v2, "\"memory\":{\"limit\":100},\"unified\":{\"memory.max\":\"99\"}", "/unified/memory.max",
		  "memory.max is to be '99' here and '100' by /linux/resources/memory/limit", ERR_CONFIG },
		{ &v2, "\"devices\":[{\"allow\":true}]", "/devices/0", "access is empty", ERR_CONFIG },
		{ &v2, "\"devices\":[{\"allow\":true,\"access\":\"r\",\"major\":-2}]", "/devices/0/major",
		  "-2 is no device number", ERR_CONFIG },
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++)
		assert_refused(&cases[i]);
}

static void test_values_that_no_kernel_takes_are_refused(void **state)
{
	static const struct refused cases[] = {
		{ &v1, "\"memory\":{\"limit\":-1,\"swap\":500}", "/memory/swap", "no limit for memory alone",
		  ERR_CONFIG },
		{ &v2, "\"memory\":{\"limit\":-1,\"swap\":500}", "/memory/swap", "no limit for memory alone",
		  ERR_CONFIG },
		{ &v1, "\"cpu\":{\"quota\":-2}", "/cpu/quota", "-1 is no limit", ERR_CONFIG },
		{ &v2, "\"cpu\":{\"quota\":999}", "/cpu/quota", "below the least possible, 1000", ERR_CONFIG },
		{ &v1, "\"cpu\":{\"period\":999}", "/cpu/period", "1000 to 1000000", ERR_CONFIG },
		{ &v2, "\"cpu\":{\"period\":1000001}", "/cpu/period", "1000 to 1000000", ERR_CONFIG },
		{ &v2, "\"cpu\":{\"quota\":2000,\"burst\":2001}", "/cpu/burst", "2001 us is above the quota, 2000",
		  ERR_CONFIG },
		{ &v1, "\"cpu\":{\"realtimeRuntime\":-2}", "/cpu/realtimeRuntime", "-1 is no limit", ERR_CONFIG },
		{ &v1, "\"cpu\":{\"cpus\":\"0-\"}", "/cpu/cpus", "is no list of numbers", ERR_CONFIG },
		{ &v2, "\"cpu\":{\"mems\":\"3-1\"}", "/cpu/mems", "runs backwards", ERR_CONFIG },
		{ &v2, "\"pids\":{\"limit\":-2}", "/pids/limit", "-1 is no limit", ERR_CONFIG },
		{ &v2, "\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0}]}", "/blockIO/weightDevice/0",
		  "neither weight nor leafWeight", ERR_CONFIG },
		{ &v1, "\"blockIO\":{\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":0}]}",
		  "/blockIO/throttleWriteIOPSDevice/0", "its rate is missing", ERR_CONFIG },
		{ &v2, "\"rdma\":{\"mlx5_1\":{}}", "/rdma", "neither hcaHandles nor hcaObjects", ERR_CONFIG },
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++)
		assert_refused(&cases[i]);
}

static void test_what_asks_for_nothing_needs_nothing(void **state)
{
	auto_made struct made m = { .plan = { .spec = NULL } };

	(void)state;
	assert_int_equal(
		make_on(&m,
	                "\"memory\":{\"limit\":0,\"disableOOMKiller\":false,\"useHierarchy\":true},"
	                "\"cpu\":{\"shares\":0,\"idle\":0,\"burst\":0,\"cpus\":\"\"},\"blockIO\":{\"weight\":0}",
	                &v2_bare),
		0);
	assert_int_equal(m.plan.cgroup.settings.n_writes, 0);
	assert_int_equal(m.plan.cgroup.settings.n_need, 0);
}

static void test_what_is_ignored_is_warned_about(void **state)
{
	auto_made struct made m = { .plan = { .spec = NULL } };

	(void)state;
	assert_int_equal(make_on(&m, "\"memory\":{\"kernel\":1,\"kernelTCP\":0,\"useHierarchy\":false}", &v2), 0);
	assert_int_equal(m.plan.warnings.n, 2);
	assert_string_equal(m.plan.warnings.item[0].pointer, "/linux/resources/memory/useHierarchy");
	assert_string_equal(m.plan.warnings.item[1].pointer, "/linux/resources/memory/kernel");
	assert_int_equal(m.plan.cgroup.settings.n_writes, 0);
}

static void test_a_limit_can_be_checked_against_what_is_used(void **state)
{
	auto_made struct made m = { .plan = { .spec = NULL } };
	const struct cg_write *w;

	(void)state;
	assert_int_equal(make_on(&m, "\"memory\":{\"limit\":4096,\"checkBeforeUpdate\":true}", &v2), 0);
	w = m.plan.cgroup.settings.writes;
	assert_true(w->check_usage);
	assert_string_equal(w->usage, "memory.current");
	assert_string_equal(w->pointer, "/linux/resources/memory/limit");
}

static void test_bare_resources_have_their_own_pointers(void **state)
{
	static const char text[] = "{\"pids\":{\"limit\":5},\"cpu\":{\"idle\":9}}";
	const struct intent in = { .facts = { .cgroups = &v2 } };
	struct plan_cgroup out = { .place = NULL };
	struct oci_resources *r;
	struct arena a = { 0 };
	struct json_error je;
	struct err e;

	(void)state;
	assert_int_equal(oci_resources_read(&(struct json_text){ .text = text, .len = sizeof(text) - 1 }, &a, &r, &je),
	                 0);
	assert_int_equal(plan_resources_build(r, &in, &a, &out, &e), -1);
	assert_string_equal(e.pointer, "/cpu/idle");
	r->cpu = NULL;
	assert_int_equal(plan_resources_build(r, &in, &a, &out, &e), 0);
	assert_string_equal(out.settings.writes[0].pointer, "/pids/limit");
	arena_free(&a);
}

/* --- devices --------------------------------------------------------------------------------------------------------- */

static void tell_rules(const struct cg_settings *s, struct buf *b)
{
	for (size_t i = 0; i < s->n_devices; i++) {
		char text[64];

		buf_printf(b, "%s%c%s", i > 0 ? "," : "", s->devices[i].allow ? '+' : '-',
		           cg_device_text(&s->devices[i], text));
	}
}

#define DEFAULT_RULES                                                                                                \
	"+c *:* m,+b *:* m,+c 1:3 rwm,+c 1:5 rwm,+c 1:7 rwm,+c 1:8 rwm,+c 1:9 rwm,+c 5:0 rwm,+c 5:1 rwm,+c 5:2 rwm," \
	"+c 136:* rwm"

static void test_device_rules(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", "-a *:* rwm," DEFAULT_RULES },
		{ "\"devices\":[]", "-a *:* rwm," DEFAULT_RULES },
		{ "\"devices\":[{\"allow\":false,\"access\":\"rwm\"},"
		  "{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rwm\"},"
		  "{\"allow\":true,\"type\":\"b\",\"major\":8,\"minor\":-1,\"access\":\"rw\"}]",
		  "-a *:* rwm,-a *:* rwm,+c 10:229 rwm,+b 8:* rw," DEFAULT_RULES },
		{ "\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]", "-a *:* rwm,+a *:* rwm" },
		{ "\"devices\":[{\"allow\":true,\"access\":\"rw\"}]", "-a *:* rwm,+a *:* rw," DEFAULT_RULES },
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		auto_made struct made m = { .plan = { .spec = NULL } };
		auto_buf struct buf b = { 0 };

		assert_int_equal(make_on(&m, cases[i].in, i % 2 == 0 ? &v1 : &v2), 0);
		tell_rules(&m.plan.cgroup.settings, &b);
		assert_string_equal(buf_text(&b), cases[i].out);
	}
}

static void test_devices_are_left_alone_where_nobody_may_restrict_them(void **state)
{
	static const char rules[] = "\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]";
	auto_made struct made userns = { .plan = { .spec = NULL } }, rootless = { .plan = { .spec = NULL } },
			      bare = { .plan = { .spec = NULL } }, disabled = { .plan = { .spec = NULL } };

	(void)state;
	assert_int_equal(make(&userns, rules, (struct intent){ .facts = { .cgroups = &v2, .in_userns = true } }), 0);
	assert_int_equal(userns.plan.cgroup.settings.n_devices, 0);
	assert_int_equal(make(&rootless, rules, (struct intent){ .facts = { .cgroups = &v1, .rootless = true } }), 0);
	assert_int_equal(rootless.plan.cgroup.settings.n_devices, 0);
	assert_int_equal(make_on(&bare, "", &none), 0);
	assert_int_equal(bare.plan.cgroup.settings.n_devices, 0);
	assert_null(bare.plan.cgroup.place);
	assert_int_equal(make(&disabled, "\"pids\":{\"limit\":3}",
	                      (struct intent){ .manager = CG_MANAGER_DISABLED, .facts = { .cgroups = &v1 } }),
	                 0);
	assert_int_equal(disabled.plan.cgroup.settings.n_devices + disabled.plan.cgroup.settings.n_writes, 0);
	assert_null(disabled.plan.cgroup.place);
}

/* --- the table ------------------------------------------------------------------------------------------------------- */

/* Every member of linux.resources has a row, but for those that are part of another's. */
static void check_rows(const struct json_type *type, const char *pointer)
{
	static const char *const others[] = { "/devices", "/memory/checkBeforeUpdate" };

	for (unsigned i = 0; i < type->n; i++) {
		const struct json_row *row = &type->rows[i];
		char at[256];
		bool found = false;

		(void)snprintf(at, sizeof(at), "%s/%s", pointer, row->key);
		for (size_t k = 0; plan_limit_row(k) != NULL; k++)
			found |= strcmp(plan_limit_row(k)->pointer, at) == 0;
		for (size_t k = 0; k < array_len(others); k++)
			found |= strcmp(others[k], at) == 0;
		if (!found && row->kind == JSON_OBJECT && row->shape == JSON_ONE)
			check_rows(row->u.type, at);
		else if (!found)
			fail_msg("%s has no row in resources.tab", at);
	}
}

static void test_no_member_is_forgotten(void **state)
{
	(void)state;
	check_rows(&oci_resources_type, "");
}

static void test_the_curve_of_weights(void **state)
{
	(void)state;
	assert_int_equal(weight_of_cpu_shares(1024), 100);
	assert_int_equal(weight_of_cpu_shares(2000), 170); /* what runc writes */
	assert_int_equal(weight_of_cpu_shares(22000), 1204);
	assert_int_equal(weight_of_cpu_shares(0), 1);
	assert_int_equal(weight_of_cpu_shares(2), 1);
	assert_int_equal(weight_of_cpu_shares(262144), 10000);
	assert_int_equal(weight_of_cpu_shares(UINT64_MAX), 10000);
	for (uint64_t shares = 3; shares < 262144; shares++) {
		double l = log2((double)shares), exact = pow(10, (l * l + 125 * l) / 612 - 7.0 / 34);

		if (weight_of_cpu_shares(shares) != (unsigned)ceil(exact - 1e-9))
			fail_msg("%u shares: %u instead of %f", (unsigned)shares, weight_of_cpu_shares(shares), exact);
	}
}

/* --- engines --------------------------------------------------------------------------------------------------------- */

/* The rules of a plan have to be expressible on v1, too. */
static void check_on_v1(const char *name, const struct cg_settings *s)
{
	auto_device_list struct cg_device_list l = { 0 };
	struct err e;

	if (cg_devices_resolve(s->devices, s->n_devices, &l, &e) < 0)
		fail_msg("%s: %s", name, e.text);
}

static void plan_on(int dir, const char *name, const struct cg_layout *host)
{
	auto_made struct made m = { .plan = { .spec = NULL } };
	struct intent in = { .id = name, .facts = { .cgroups = host } };
	struct oci_config *spec;
	auto_free char *text = NULL;
	struct json_error je;
	size_t len;

	if (file_read_at(dir, name, 1 << 20, &text, &len, &m.e) < 0)
		fail_msg("%s", m.e.text);
	if (oci_config_read(&(struct json_text){ .text = text, .len = len }, &m.arena, &spec, &je) < 0)
		fail_msg("%s: %s", name, je.text);
	m.plan.spec = spec;
	m.plan.intent = &in;
	if (plan_resources(&m.plan, &m.arena, &m.e) < 0)
		fail_msg("%s: %s: %s", name, m.e.pointer, m.e.text);
	check_on_v1(name, &m.plan.cgroup.settings);
}

static void plan_config(int dir, const char *name)
{
	plan_on(dir, name, &v1);
	plan_on(dir, name, &hybrid);
	plan_on(dir, name, &v2);
}

static void test_configs_of_engines(void **state)
{
	(void)state;
	each_engine_config(plan_config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_limit_in_each_version),
		cmocka_unit_test(test_limits_have_a_unit_property_in_each_version),
		cmocka_unit_test(test_a_hybrid_host_takes_each_where_its_controller_is),
		cmocka_unit_test(test_unified_is_written_as_it_is),
		cmocka_unit_test(test_what_cannot_be_had_is_refused_with_its_place),
		cmocka_unit_test(test_values_that_no_kernel_takes_are_refused),
		cmocka_unit_test(test_what_asks_for_nothing_needs_nothing),
		cmocka_unit_test(test_what_is_ignored_is_warned_about),
		cmocka_unit_test(test_a_limit_can_be_checked_against_what_is_used),
		cmocka_unit_test(test_bare_resources_have_their_own_pointers),
		cmocka_unit_test(test_device_rules),
		cmocka_unit_test(test_devices_are_left_alone_where_nobody_may_restrict_them),
		cmocka_unit_test(test_no_member_is_forgotten),
		cmocka_unit_test(test_the_curve_of_weights),
		cmocka_unit_test(test_configs_of_engines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
