/* SPDX-License-Identifier: Apache-2.0
 *
 * test_unit - the properties of a unit in systemd's words: those that config.json names itself, limits, devices
 *
 * They are appended to messages of fake_bus.c, which writes down what it gets: "('MemoryMax' <t 4096 >)".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cgroup/bus.h"
#include "cgroup/cgroup.h"
#include "cgroup/systemd.h"
#include "tests/fake_bus.h"

static struct err e;

static int setup(void **state)
{
	(void)state;
	fake_bus_reset();
	err_clear(&e);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return fake_bus_end();
}

static int put_limits(struct bus *b, struct bus_call *c, const struct cg_settings *s)
{
	unit_put_limits(b, c, s);
	return 0;
}

static int put_devices(struct bus *b, struct bus_call *c, const struct cg_settings *s)
{
	(void)b;
	unit_put_devices(c, s);
	return 0;
}

static int put_asked(struct bus *b, struct bus_call *c, const struct cg_settings *s)
{
	(void)b;
	return unit_put_asked(c, s, &e);
}

/* What is appended for the settings; NULL when they are refused: then e tells. */
static const char *told(int (*put)(struct bus *b, struct bus_call *c, const struct cg_settings *s), const char *version,
                        const struct cg_settings *s)
{
	static const char method[] = "Method";
	auto_bus struct bus b = BUS_NONE;
	auto_bus_call struct bus_call c;
	const char *said;

	fake.version = version;
	buf_free(&fake.said);
	assert_int_equal(bus_open(&b, false, &e), 0);
	bus_call_begin(&c, method);
	if (put(&b, &c, s) < 0 || bus_send(&b, &c, &e) < 0)
		return NULL;
	said = fake_bus_said() + strlen(method);
	((char *)(uintptr_t)said)[strlen(said) - 1] = '\0'; /* without the end of the line */
	return said[0] == ' ' ? said + 1 : said;
}

/* --- what is asked ----------------------------------------------------------------------------------------------------- */

static const char *ask(const char *name, const char *value)
{
	const struct cg_asked asked = { name, value, "/annotations/x" };

	return told(put_asked, "252", &(struct cg_settings){ .asked = &asked, .n_asked = 1 });
}

static void test_values_of_every_type(void **state)
{
	static const struct {
		const char *value, *is;
	} good[] = {
		{ "true", "b 1" },
		{ " false ", "b 0" },
		{ "boolean true", "b 1" },
		{ "5", "i 5" },
		{ "-5", "i -5" },
		{ "-0x10", "i -16" },
		{ "byte 0xff", "y 255" },
		{ "int16 -32768", "n -32768" },
		{ "uint16 65535", "q 65535" },
		{ "uint32 4294967295", "u 4294967295" },
		{ "uint32 0755", "u 493" },
		{ "int64 -9223372036854775808", "x -9223372036854775808" },
		{ "uint64 18446744073709551615", "t 18446744073709551615" },
		{ "1.5", "d 1.5" },
		{ "double 2", "d 2" },
		{ "double -25e-1", "d -2.5" },
		{ "uint64 0", "t 0" },
		{ "'a \"b\"'", "s 'a \"b\"'" },
		{ "\"it's\"", "s 'it's'" },
		{ "\"a \\\"b\\\"\\n\"", "s 'a \"b\"\n'" },
		{ "'a\\'b\\\\n\\n\\t'", "s 'a'b\\n\n\t'" },
		{ "'\\a\\t\\x'", "s '\a\tx'" },
		{ "objectpath '/a/b'", "o '/a/b'" },
		{ "['a', \"b\"]", "as [ 'a' 'b' ]" },
		{ "@as []", "as [ ]" },
		{ "[byte 0x01, 0x02]", "ay [ 1 2 ]" },
		{ "[uint64 1, 2]", "at [ 1 2 ]" },
		{ "@at [1,2,]", "at [ 1 2 ]" },
		{ "[[1],[2]]", "aai [ [ 1 ] [ 2 ] ]" },
		{ "('a', uint32 5)", "(su) ('a' 5)" },
		{ "@(st) ('x', 7)", "(st) ('x' 7)" },
		{ "[('/dev/null', 'rw')]", "a(ss) [ ('/dev/null' 'rw') ]" },
		{ "[('x', uint64 7), ('y', 8)]", "a(st) [ ('x' 7) ('y' 8) ]" },
		{ "@a(st) [('/dev/sda', 5)]", "a(st) [ ('/dev/sda' 5) ]" },
		{ "[('x', [byte 7, 8])]", "a(say) [ ('x' [ 7 8 ]) ]" },
		{ "@a(sas) [('x', [])]", "a(sas) [ ('x' [ ]) ]" },
	};

	(void)state;
	for (size_t i = 0; i < array_len(good); i++) {
		const char *is = ask("Name", good[i].value);
		char want[128];

		(void)snprintf(want, sizeof(want), "('Name' <%s >)", good[i].is);
		if (is == NULL)
			fail_msg("%s: %s", good[i].value, e.text);
		else
			assert_string_equal(is, want);
	}
}

static void test_what_is_no_value_is_refused_at_the_annotation(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"yes",
		"boolean yes",
		"uint64",
		"uint64 -1",
		"uint16 -1",
		"int16 32768",
		"byte 256",
		"byte 0x100",
		"byte 0x",
		"byte 08",
		"double 0x1p3",
		"double inf",
		"1.5.2",
		"uint64 18446744073709551616",
		"uint64 0x10000000000000000",
		"byte byte 1",
		"uint32 4294967296",
		"5x",
		"1.5.2",
		"2147483648",
		"int32 -2147483649",
		"uint64 uint32 5",
		"uint64 0xg",
		"uint64 09",
		"uint64 0xfffffffffffffffff",
		"uint64 0000000000000000000000000000000000000000000000000000000000000000",
		"'a",
		"'\\",
		"'a\\",
		"'\\u00e9'",
		"'a' 'b'",
		"'a' b",
		"true false",
		"string 5",
		"objectpath 'a'", /* which sd-bus does not take */
		"[]",
		"['a'",
		"['a' 'b']",
		"['a', 5]",
		"[byte 1, uint16 2]",
		"@as",
		"@as 1",
		"@as [5]",
		"@z 1",
		"@zz []",
		"@a(s []",
		"@(s 'a'",
		"@s 5",
		"@s ['a']",
		"@s ('a',)",
		"@ss 'a'",
		"@(st) ('x', 7, 8)",
		"@(st) ('x')",
		"@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaas []",
		"('a'",
		"nan",
		"[[[[[[[[[1]]]]]]]]]",
		"0x",
		"uint64 0x",
		/* types longer than any that a unit has */
		"@(ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss) ('a')",
		"(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)",
	};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++) {
		const char *is = ask("Name", bad[i]);

		if (is != NULL)
			fail_msg("'%s' was taken: %s", bad[i], is);
		assert_string_equal(e.pointer, "/annotations/x");
		assert_int_equal(e.kind, ERR_CONFIG);
	}
}

static void test_seconds_become_microseconds(void **state)
{
	static const struct {
		const char *name, *value, *is; /* NULL: refused */
	} cases[] = {
		{ "TimeoutStopSec", "10", "('TimeoutStopUSec' <t 10000000 >)" },
		{ "TimeoutStopSec", "uint64 10", "('TimeoutStopUSec' <t 10000000 >)" },
		{ "TimeoutStopSec", "int32  3", "('TimeoutStopUSec' <t 3000000 >)" },
		{ "RuntimeMaxSec", "1.5", "('RuntimeMaxUSec' <t 1500000 >)" },
		{ "RuntimeMaxSec", "double 0.25", "('RuntimeMaxUSec' <t 250000 >)" },
		{ "RuntimeMaxSec", "0.29", "('RuntimeMaxUSec' <t 290000 >)" },
		{ "RuntimeMaxSec", "1e3", "('RuntimeMaxUSec' <t 1000000000 >)" },
		{ "RuntimeMaxSec", "99999999.5", "('RuntimeMaxUSec' <t 99999999500000 >)" },
		{ "TimeoutStopSec", "1e12", NULL },
		{ "TimeoutStopSec", "0x10", NULL },
		{ "TimeoutStopSec", "-1", NULL },
		{ "TimeoutStopSec", "'10'", NULL },
		{ "TimeoutStopSec", "string 10", NULL },
		{ "TimeoutStopSec", "words 10", NULL },
		{ "TimeoutStopSec", "uint64 10 s", NULL },
		{ "TimeoutStopSec", "uint64 1s", NULL },
		{ "TimeoutStopSec", "soon", NULL },
		{ "TimeoutStopSec", "inf", NULL },
		{ "TimeoutStopSec", "nan", NULL },
		{ "TimeoutStopSec", "", NULL },
		{ "TimeoutStopUSec", "uint64 10", "('TimeoutStopUSec' <t 10 >)" },
		{ "Sec", "uint64 10", "('Sec' <t 10 >)" },
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		const char *is = ask(cases[i].name, cases[i].value);

		if ((is != NULL) != (cases[i].is != NULL))
			fail_msg("%s '%s': %s", cases[i].name, cases[i].value, is != NULL ? is : e.text);
		if (is != NULL)
			assert_string_equal(is, cases[i].is);
		else
			assert_string_equal(e.pointer, "/annotations/x");
	}
}

static void test_where_the_processes_are_is_not_asked_for(void **state)
{
	(void)state;
	assert_null(ask("Slice", "'user.slice'"));
	assert_null(ask("PIDs", "[uint32 1]"));
}

/* --- limits ------------------------------------------------------------------------------------------------------------ */

static void test_limits_in_the_words_of_that_version(void **state)
{
	static const struct {
		const char *version, *file, *value, *property, *is;
	} cases[] = {
		{ "252", "memory.max", "max", "MemoryMax", "('MemoryMax' <t 18446744073709551615 >)" },
		{ "252", "memory.max", "64M", "MemoryMax", "('MemoryMax' <t 67108864 >)" },
		{ "252", "memory.max", "many", "MemoryMax", "" },
		{ "252", "memory.max", "-5", "MemoryMax", "" },
		{ "252", "memory.limit_in_bytes", "-1", "MemoryLimit", "('MemoryLimit' <t 18446744073709551615 >)" },
		{ "252", "memory.zswap.max", "4096", "MemoryZSwapMax", "" },
		{ "253", "memory.zswap.max", "max", "MemoryZSwapMax", "('MemoryZSwapMax' <t 18446744073709551615 >)" },
		{ "252", "cpu.max", "50500 100000", "CPUQuotaPerSecUSec",
		  "('CPUQuotaPeriodUSec' <t 100000 >) ('CPUQuotaPerSecUSec' <t 510000 >)" },
		{ "239", "cpu.max", "50500 100000", "CPUQuotaPerSecUSec", "('CPUQuotaPerSecUSec' <t 510000 >)" },
		{ "252", "cpu.max.burst", "5", NULL, "" },
		{ "252", "cpu.cfs_period_us", "50000", "CPUQuotaPeriodUSec", "('CPUQuotaPeriodUSec' <t 50000 >)" },
		{ "239", "cpu.cfs_period_us", "50000", "CPUQuotaPeriodUSec", "" },
		{ "252", "cpu.cfs_quota_us", "-1", "CPUQuotaPerSecUSec",
		  "('CPUQuotaPerSecUSec' <t 18446744073709551615 >)" },
		{ "252", "cpuset.cpus", "0-3,9", "AllowedCPUs", "('AllowedCPUs' <ay [ 0f 02 ] >)" },
		{ "239", "cpuset.cpus", "0-3,9", "AllowedCPUs", "" },
		{ "252", "cpu.idle", "1", "CPUWeight", "('CPUWeight' <t 0 >)" },
		{ "251.4-1", "cpu.idle", "1", "CPUWeight", "" },
		{ NULL, "cpu.idle", "1", "CPUWeight", "" },
		{ "unreleased", "cpu.idle", "1", "CPUWeight", "" },
		{ "252", "cpu.weight.nice", "-20", "CPUWeight", "('CPUWeight' <t 8668 >)" },
		{ "252", "cpu.weight.nice", "19", "CPUWeight", "('CPUWeight' <t 1 >)" },
		{ "252", "cpu.weight.nice", "20", "CPUWeight", "" }, /* the file tells what is wrong */
		{ "252", "io.bfq.weight", "1000", "IOWeight", "('IOWeight' <t 10000 >)" },
		{ "252", "io.max", "8:0 rbps=5 wiops=max", "IOReadBandwidthMax",
		  "('IOReadBandwidthMax' <a(st) [ ('/dev/block/8:0' 5) ] >) "
		  "('IOWriteIOPSMax' <a(st) [ ('/dev/block/8:0' 18446744073709551615) ] >)" },
		{ "252", "blkio.bfq.weight", "500", "BlockIOWeight", "('BlockIOWeight' <t 500 >)" },
		{ "252", "blkio.throttle.read_bps_device", "8:0 5", "BlockIOReadBandwidth",
		  "('BlockIOReadBandwidth' <a(st) [ ('/dev/block/8:0' 5) ] >)" },
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		const struct cg_write w = {
			.file = cases[i].file, .value = cases[i].value, .pointer = "/p", .property = cases[i].property
		};
		const char *is =
			told(put_limits, cases[i].version, &(struct cg_settings){ .writes = &w, .n_writes = 1 });

		assert_non_null(is);
		assert_string_equal(is, cases[i].is);
	}
}

/* v1 has two files, systemd their quotient. */
static void test_a_quota_of_v1_is_over_its_period(void **state)
{
	const struct cg_write w[] = {
		{ .file = "cpu.cfs_period_us", .value = "50000", .property = "CPUQuotaPeriodUSec" },
		{ .file = "cpu.cfs_quota_us", .value = "20000", .property = "CPUQuotaPerSecUSec" },
	};
	const char *is = told(put_limits, "252", &(struct cg_settings){ .writes = w, .n_writes = array_len(w) });

	(void)state;
	assert_non_null(is);
	assert_string_equal(is, "('CPUQuotaPeriodUSec' <t 50000 >) ('CPUQuotaPerSecUSec' <t 400000 >)");
}

/* --- devices ---------------------------------------------------------------------------------------------------------- */

static void test_device_rules_are_said_where_systemd_has_words(void **state)
{
	static const struct cg_device_rule deny = { -1, -1, false, 'a', true, true, true };
	const struct {
		struct cg_device_rule rule;
		const char *is;
	} rows[] = {
		{ { 1, 3, true, 'c', true, true, true },
		  "('DevicePolicy' <s 'strict' >) ('DeviceAllow' <a(ss) [ ('/dev/char/1:3' 'rwm') ] >)" },
		{ { -1, -1, true, 'b', false, false, true },
		  "('DevicePolicy' <s 'strict' >) ('DeviceAllow' <a(ss) [ ('block-*' 'm') ] >)" },
		{ { 1, -1, true, 'c', true, false, false },
		  "('DevicePolicy' <s 'strict' >) ('DeviceAllow' <a(ss) [ ('char-mem' 'r') ] >)" },
		{ { 4095, -1, true, 'c', true, false, false }, "" }, /* a major number without a name */
		{ { -1, 5, true, 'c', true, false, false }, "" },    /* a minor number of any */
		{ { -1, -1, true, 'a', true, true, true }, "" },     /* all is allowed */
	};

	(void)state;
	if (access("/proc/devices", R_OK) < 0) {
		print_message("/proc/devices cannot be read\n");
		skip();
	}
	for (size_t i = 0; i < array_len(rows); i++) {
		const struct cg_device_rule rules[] = { deny, rows[i].rule };
		const char *is = told(put_devices, "252", &(struct cg_settings){ .devices = rules, .n_devices = 2 });

		assert_non_null(is);
		assert_string_equal(is, rows[i].is);
	}
}

/* --- the way to it ------------------------------------------------------------------------------------------------------ */

static void test_a_call_that_is_cut_anywhere_is_refused_or_shorter_and_nothing_is_kept(void **state)
{
	static const struct cg_asked asked = { "After", "[('a', true, 1.5, [byte 1])]", "/a" };
	const struct cg_write w = { .file = "cpuset.cpus", .value = "0-9", .pointer = "/p", .property = "AllowedCPUs" };
	auto_bus struct bus b = BUS_NONE;
	auto_bus_call struct bus_call c;
	size_t len;

	(void)state;
	fake.version = "252";
	assert_int_equal(bus_open(&b, false, &e), 0);
	bus_call_begin(&c, "Method");
	unit_put_limits(&b, &c, &(struct cg_settings){ .writes = &w, .n_writes = 1 });
	assert_int_equal(unit_put_asked(&c, &(struct cg_settings){ .asked = &asked, .n_asked = 1 }, &e), 0);
	assert_int_equal(bus_send(&b, &c, &e), 0);
	len = c.parts.len;
	for (c.parts.len = 0; c.parts.len < len; c.parts.len++) {
		err_clear(&e);
		if (bus_send(&b, &c, &e) < 0)
			assert_string_not_equal(e.text, "");
		assert_int_equal(fake.messages, 0);
	}
	for (size_t i = 0; i < len; i++) {
		char was = c.parts.data[i];

		c.parts.data[i] = (char)(was ^ 0x7f);
		(void)!bus_send(&b, &c, &e);
		c.parts.data[i] = was;
		assert_int_equal(fake.messages, 0);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_values_of_every_type),
		T(test_what_is_no_value_is_refused_at_the_annotation),
		T(test_seconds_become_microseconds),
		T(test_where_the_processes_are_is_not_asked_for),
		T(test_limits_in_the_words_of_that_version),
		T(test_a_quota_of_v1_is_over_its_period),
		T(test_device_rules_are_said_where_systemd_has_words),
		T(test_a_call_that_is_cut_anywhere_is_refused_or_shorter_and_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
