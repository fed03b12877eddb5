/* SPDX-License-Identifier: Apache-2.0
 *
 * test_unit - unit properties that config.json names itself, and limits, as a bus would get them
 *
 * The bus is a stand-in that writes down what is appended: "(sv){'TimeoutStopUSec' v{t5}}".
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "cgroup/bus.h"
#include "cgroup/systemd.h"

/* --- the bus --------------------------------------------------------------------------------------------------------- */

static int append_basic(void *message, char type, const void *value)
{
	struct buf *b = message;

	switch (type) {
	case 's':
	case 'o': buf_printf(b, "%c'%s'", type, (const char *)value); return 0;
	case 'b': buf_printf(b, "b%d", *(const int *)value); return 0;
	case 'y': buf_printf(b, "y%u", *(const uint8_t *)value); return 0;
	case 'n': buf_printf(b, "n%d", *(const int16_t *)value); return 0;
	case 'q': buf_printf(b, "q%u", *(const uint16_t *)value); return 0;
	case 'i': buf_printf(b, "i%d", *(const int32_t *)value); return 0;
	case 'u': buf_printf(b, "u%u", *(const uint32_t *)value); return 0;
	case 'x': buf_printf(b, "x%" PRId64, *(const int64_t *)value); return 0;
	case 't': buf_printf(b, "t%" PRIu64, *(const uint64_t *)value); return 0;
	case 'd': buf_printf(b, "d%g", *(const double *)value); return 0;
	default: return -1;
	}
}

/* The forms that are used: "(sv)" with a variant of a number, a string or a list of (st). */
static int append(void *message, const char *types, ...)
{
	struct buf *b = message;
	va_list ap;
	const char *name, *type;

	va_start(ap, types);
	assert_string_equal(types, "(sv)");
	name = va_arg(ap, const char *);
	type = va_arg(ap, const char *);
	buf_printf(b, "%s=", name);
	if (strcmp(type, "t") == 0)
		buf_printf(b, "t%" PRIu64 " ", va_arg(ap, uint64_t));
	else if (strcmp(type, "a(st)") == 0 && va_arg(ap, int) == 1) {
		const char *path = va_arg(ap, const char *);

		buf_printf(b, "%s %" PRIu64 " ", path, va_arg(ap, uint64_t));
	}
	va_end(ap);
	return 0;
}

static int append_array(void *message, char type, const void *data, size_t size)
{
	assert_int_equal(type, 'y');
	for (size_t i = 0; i < size; i++)
		buf_printf(message, "%02x", ((const unsigned char *)data)[i]);
	return 0;
}

static int open_container(void *message, char type, const char *contents)
{
	buf_printf(message, "%c(%s){", type, contents);
	return 0;
}

static int close_container(void *message)
{
	buf_puts(message, "}");
	return 0;
}

static struct bus stand_in(int version)
{
	return (struct bus){
		.version = version,
		.message_append = append,
		.message_append_basic = append_basic,
		.message_append_array = append_array,
		.message_open_container = open_container,
		.message_close_container = close_container,
	};
}

/* --- what is asked ----------------------------------------------------------------------------------------------------- */

static int ask(const char *name, const char *value, struct buf *out, struct err *e)
{
	struct bus b = stand_in(252);
	const struct cg_asked asked = { name, value, "/annotations/x" };
	const struct cg_settings s = { .asked = &asked, .n_asked = 1 };

	return unit_put_asked(&b, out, &s, e);
}

static void test_values_of_every_type(void **state)
{
	static const struct {
		const char *value, *is;
	} good[] = {
		{ "true", "v(b){b1}" },
		{ " false ", "v(b){b0}" },
		{ "boolean true", "v(b){b1}" },
		{ "5", "v(i){i5}" },
		{ "-5", "v(i){i-5}" },
		{ "byte 0xff", "v(y){y255}" },
		{ "int16 -32768", "v(n){n-32768}" },
		{ "uint16 65535", "v(q){q65535}" },
		{ "uint32 4294967295", "v(u){u4294967295}" },
		{ "int64 -9223372036854775807", "v(x){x-9223372036854775807}" },
		{ "uint64 18446744073709551615", "v(t){t18446744073709551615}" },
		{ "1.5", "v(d){d1.5}" },
		{ "double 2", "v(d){d2}" },
		{ "'a \"b\"'", "v(s){s'a \"b\"'}" },
		{ "\"it's\"", "v(s){s'it's'}" },
		{ "'a\\'b\\\\n\\n\\t'", "v(s){s'a'b\\n\n\t'}" },
		{ "objectpath '/a/b'", "v(o){o'/a/b'}" },
		{ "['a', \"b\"]", "v(as){a(s){s'a's'b'}}" },
		{ "@as []", "v(as){a(s){}}" },
		{ "[uint64 1, 2]", "v(at){a(t){t1t2}}" },
		{ "@at [1,2,]", "v(at){a(t){t1t2}}" },
		{ "[[1],[2]]", "v(aai){a(ai){a(i){i1}a(i){i2}}}" },
		{ "('a', uint32 5)", "v((su)){r(su){s'a'u5}}" },
		{ "[('/dev/null', 'rw')]", "v(a(ss)){a((ss)){r(ss){s'/dev/null's'rw'}}}" },
		{ "@a(st) [('/dev/sda', 5)]", "v(a(st)){a((st)){r(st){s'/dev/sda't5}}}" },
	};

	(void)state;
	for (size_t i = 0; i < array_len(good); i++) {
		auto_buf struct buf b = { 0 }, want = { 0 };
		struct err e;

		if (ask("Name", good[i].value, &b, &e) < 0)
			fail_msg("%s: %s", good[i].value, e.text);
		buf_printf(&want, "r(sv){s'Name'%s}", good[i].is);
		assert_string_equal(buf_text(&b), buf_text(&want));
	}
}

static void test_what_is_no_value_is_refused_at_the_annotation(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"yes",
		"uint64",
		"uint64 -1",
		"byte 256",
		"uint32 4294967296",
		"5x",
		"2147483648",
		"uint64 uint32 5",
		"'a",
		"'a' 'b'",
		"true false",
		"string 5",
		"[]",
		"['a'",
		"['a' 'b']",
		"['a', 5]",
		"@as [5]",
		"@zz []",
		"@a(s []",
		"@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaas []",

		"@as",
		"('a'",
		"nan",
		"[[[[[[[[[1]]]]]]]]]",
		"0x",
		"uint64 0x",
		"'a\\",
		"@s 5",
	};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++) {
		auto_buf struct buf b = { 0 };
		struct err e;

		if (ask("Name", bad[i], &b, &e) == 0)
			fail_msg("'%s' was taken: %s", bad[i], buf_text(&b));
		assert_string_equal(e.pointer, "/annotations/x");
		assert_int_equal(e.kind, ERR_CONFIG);
	}
}

static void test_seconds_become_microseconds(void **state)
{
	static const struct {
		const char *name, *value, *is; /* NULL: refused */
	} cases[] = {
		{ "TimeoutStopSec", "10", "TimeoutStopUSec=t10000000 " },
		{ "TimeoutStopSec", "uint64 10", "TimeoutStopUSec=t10000000 " },
		{ "TimeoutStopSec", "int32  3", "TimeoutStopUSec=t3000000 " },
		{ "RuntimeMaxSec", "1.5", "RuntimeMaxUSec=t1500000 " },
		{ "RuntimeMaxSec", "double 0.25", "RuntimeMaxUSec=t250000 " },
		{ "TimeoutStopSec", "-1", NULL },
		{ "TimeoutStopSec", "'10'", NULL },
		{ "TimeoutStopSec", "string 10", NULL },
		{ "TimeoutStopSec", "words 10", NULL },
		{ "TimeoutStopSec", "uint64 10 s", NULL },
		{ "TimeoutStopSec", "inf", NULL },
		{ "TimeoutStopSec", "nan", NULL },
		{ "TimeoutStopSec", "", NULL },
		{ "TimeoutStopUSec", "uint64 10", "r(sv){s'TimeoutStopUSec'v(t){t10}}" },
		{ "Sec", "uint64 10", "r(sv){s'Sec'v(t){t10}}" },
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		auto_buf struct buf b = { 0 };
		struct err e;
		int r = ask(cases[i].name, cases[i].value, &b, &e);

		if ((r == 0) != (cases[i].is != NULL))
			fail_msg("%s '%s': %s", cases[i].name, cases[i].value, r == 0 ? buf_text(&b) : e.text);
		if (r == 0)
			assert_string_equal(buf_text(&b), cases[i].is);
	}
}

static void test_where_the_processes_are_is_not_asked_for(void **state)
{
	auto_buf struct buf b = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(ask("Slice", "'user.slice'", &b, &e), -1);
	assert_int_equal(ask("PIDs", "[uint32 1]", &b, &e), -1);
}

/* --- limits ------------------------------------------------------------------------------------------------------------ */

static void test_limits_in_the_words_of_that_version(void **state)
{
	static const struct {
		int version;
		struct cg_write w;
		const char *is;
	} cases[] = {
		{ 252,
		  { .file = "memory.max", .value = "max", .property = "MemoryMax" },
		  "MemoryMax=t18446744073709551615 " },
		{ 252, { .file = "memory.max", .value = "64M", .property = "MemoryMax" }, "MemoryMax=t67108864 " },
		{ 252,
		  { .file = "memory.limit_in_bytes", .value = "-1", .property = "MemoryLimit" },
		  "MemoryLimit=t18446744073709551615 " },
		{ 252,
		  { .file = "cpu.max", .value = "50500 100000", .property = "CPUQuotaPerSecUSec" },
		  "CPUQuotaPeriodUSec=t100000 CPUQuotaPerSecUSec=t510000 " },
		{ 239,
		  { .file = "cpu.max", .value = "50500 100000", .property = "CPUQuotaPerSecUSec" },
		  "CPUQuotaPerSecUSec=t510000 " },
		{ 252,
		  { .file = "cpu.cfs_period_us", .value = "50000", .property = "CPUQuotaPeriodUSec" },
		  "CPUQuotaPeriodUSec=t50000 " },
		{ 239, { .file = "cpu.cfs_period_us", .value = "50000", .property = "CPUQuotaPeriodUSec" }, "" },
		{ 252,
		  { .file = "cpu.cfs_quota_us", .value = "-1", .property = "CPUQuotaPerSecUSec" },
		  "CPUQuotaPerSecUSec=t18446744073709551615 " },
		{ 252,
		  { .file = "cpuset.cpus", .value = "0-3,9", .property = "AllowedCPUs" },
		  "r(sv){s'AllowedCPUs'v(ay){0f02}}" },
		{ 239, { .file = "cpuset.cpus", .value = "0-3,9", .property = "AllowedCPUs" }, "" },
		{ 252, { .file = "cpu.idle", .value = "1", .property = "CPUWeight" }, "CPUWeight=t0 " },
		{ 251, { .file = "cpu.idle", .value = "1", .property = "CPUWeight" }, "" },
		{ 252, { .file = "io.bfq.weight", .value = "1000", .property = "IOWeight" }, "IOWeight=t10000 " },
		{ 252,
		  { .file = "io.max", .value = "8:0 rbps=5 wiops=max", .property = "IOReadBandwidthMax" },
		  "IOReadBandwidthMax=/dev/block/8:0 5 IOWriteIOPSMax=/dev/block/8:0 18446744073709551615 " },
		{ 252,
		  { .file = "blkio.bfq.weight", .value = "500", .property = "BlockIOWeight" },
		  "BlockIOWeight=t500 " },
		{ 252,
		  { .file = "blkio.throttle.read_bps_device", .value = "8:0 5", .property = "BlockIOReadBandwidth" },
		  "BlockIOReadBandwidth=/dev/block/8:0 5 " },
		{ 252, { .file = "memory.max", .value = "many", .property = "MemoryMax" }, "" },
		{ 252, { .file = "cpu.max.burst", .value = "5" }, "" },
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		auto_buf struct buf b = { 0 };
		struct bus bus = stand_in(cases[i].version);
		const struct cg_settings s = { .writes = &cases[i].w, .n_writes = 1 };
		struct err e;

		assert_int_equal(unit_put_limits(&bus, &b, &s, &e), 0);
		assert_string_equal(buf_text(&b), cases[i].is);
	}
}

/* v1 has two files, systemd their quotient. */
static void test_a_quota_of_v1_is_over_its_period(void **state)
{
	const struct cg_write w[] = {
		{ .file = "cpu.cfs_period_us", .value = "50000", .property = "CPUQuotaPeriodUSec" },
		{ .file = "cpu.cfs_quota_us", .value = "20000", .property = "CPUQuotaPerSecUSec" },
	};
	const struct cg_settings s = { .writes = w, .n_writes = array_len(w) };
	struct bus bus = stand_in(252);
	auto_buf struct buf b = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(unit_put_limits(&bus, &b, &s, &e), 0);
	assert_string_equal(buf_text(&b), "CPUQuotaPeriodUSec=t50000 CPUQuotaPerSecUSec=t400000 ");
}

/* EPERM is what a rootless container does without. */
static void test_a_user_gets_no_groups_of_v1(void **state)
{
	const struct cg_place p = {
		.n = 2,
		.dir = { { "pids", "/cg/pids", "/user.slice/user-1.slice/user@1.service/user.slice/a.scope", false },
		         { "", "/cg/unified", "/user.slice/user-1.slice/user@1.service/user.slice/a.scope", true } },
	};
	const struct cg_settings s = { .n_writes = 0 };
	struct err e;

	(void)state;
	assert_int_equal(sd_prepare(&p, &s, &e), -1);
	assert_int_equal(e.sys, EPERM);
	assert_non_null(strstr(e.text, "cgroup v1 cannot be delegated"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_of_every_type),
		cmocka_unit_test(test_what_is_no_value_is_refused_at_the_annotation),
		cmocka_unit_test(test_seconds_become_microseconds),
		cmocka_unit_test(test_where_the_processes_are_is_not_asked_for),
		cmocka_unit_test(test_limits_in_the_words_of_that_version),
		cmocka_unit_test(test_a_user_gets_no_groups_of_v1),
		cmocka_unit_test(test_a_quota_of_v1_is_over_its_period),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
