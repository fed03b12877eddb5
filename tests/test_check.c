/* SPDX-License-Identifier: Apache-2.0
 *
 * test_check - a text without one of its values; what is found in a bundle; the table of findings and its manual
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libocispec/json_cut.h"
#include "plan/finding.h"
#include "plan/risks.h"

/* --- cutting ---------------------------------------------------------------------------------------------------------- */

/* What is left of TEXT without the value that begins with the first letter of MARK, blanks taken out. */
static void cuts(const char *text, const char *mark, const char *left)
{
	char copy[256], out[256];
	size_t n = 0;

	memcpy(copy, text, strlen(text) + 1);
	assert_true(json_cut(copy, strlen(copy), (size_t)(strstr(text, mark) - text)));
	assert_int_equal(strlen(copy), strlen(text));
	for (const char *p = copy; *p; p++)
		if (*p != ' ')
			out[n++] = *p;
	out[n] = '\0';
	assert_string_equal(out, left);
}

static void a_value_goes_with_its_key_and_a_comma(void **state)
{
	(void)state;
	cuts("{\"a\": 1, \"b\": 2}", "1", "{\"b\":2}");
	cuts("{\"a\": 1, \"b\": 2}", "2", "{\"a\":1}");
	cuts("{\"a\": 1, \"b\": 2}", "\"b", "{\"a\":1}");
	cuts("{\"a\": {\"x\": [1, \"]\\\"}\"]}, \"b\": 2}", "{\"x", "{\"b\":2}");
	cuts("[1, {\"y\": 2}, 3]", "{", "[1,3]");
	cuts("[\"only\"]", "\"only", "[]");
	cuts("{\"a\": \"b\"}", "\"b", "{}");
	cuts("[true, null, -1.5e3]", "-1", "[true,null]");
}

static void the_document_itself_is_not_cut(void **state)
{
	char text[] = " {\"a\": 1}";

	(void)state;
	assert_false(json_cut(text, strlen(text), 1));
	assert_false(json_cut(text, strlen(text), strlen(text)));
	assert_false(json_cut(text, strlen(text), strlen(text) - 1));
	assert_string_equal(text, " {\"a\": 1}");
}

static void points(const char *text, const char *mark, const char *pointer)
{
	char buf[64];

	assert_string_equal(json_pointer_at(text, strlen(text), (size_t)(strstr(text, mark) - text), buf, sizeof(buf)),
	                    pointer);
}

static void a_place_has_a_pointer(void **state)
{
	const char *text = "{\"a\": {\"b/~\": [1, {\"c\": 22}, [3]]}, \"d\": 4}";
	char small[4];

	(void)state;
	points(text, "{\"a", "");
	points(text, "{\"b", "/a");
	points(text, "\"b", "/a/b~1~0");
	points(text, "1,", "/a/b~1~0/0");
	points(text, "{\"c", "/a/b~1~0/1");
	points(text, "22", "/a/b~1~0/1/c");
	points(text, "3", "/a/b~1~0/2/0");
	points(text, "4", "/d");
	points(text, "\"d", "/d");
	assert_string_equal(
		json_pointer_at(text, strlen(text), (size_t)(strstr(text, "22") - text), small, sizeof(small)), "");
}

static void a_half_text_is_no_harm(void **state)
{
	const char *text = "{\"a\": [\"b\\\"c\", {\"d\": 12, \"e";
	char buf[32];

	(void)state;
	for (size_t len = 0; len <= strlen(text); len++) {
		char *copy = malloc(len + (len == 0)); /* no larger, so that a sanitizer sees a read past the end */

		assert_non_null(copy);
		for (size_t at = 0; at <= len; at++) {
			memcpy(copy, text, len);
			(void)json_pointer_at(copy, len, at, buf, sizeof(buf));
			(void)json_cut(copy, len, at);
		}
		free(copy);
	}
}

static void unknown_names_are_likened_to_known_ones(void **state)
{
	static const struct {
		const char *pointer, *near;
	} rows[] = { { "/hostnam", "hostname" },
		     { "/process/terminall", "terminal" },
		     { "/root/readOnly", "readonly" },
		     { "/mounts/3/optoins", "options" },
		     { "/linux/resources/memory/limits", "limit" },
		     { "/zzz", NULL },
		     { "/windows/foo", NULL },
		     { "/linux/netDevices/eth0/nam", "name" },
		     { "/nowhere/args", NULL } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *near = json_known_near(&oci_config_type, rows[i].pointer);

		if (rows[i].near == NULL)
			assert_null(near);
		else
			assert_string_equal(near, rows[i].near);
	}
}

/* --- risks ------------------------------------------------------------------------------------------------------------ */

#define SAFE_NS \
	"{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"cgroup\"}"

/* The ids that the rules find, in the order of the rules; a kernel of RELEASE when it is not 0. */
static void finds(const char *json, unsigned int release, const char *ids)
{
	struct json_text in = { .text = json, .len = strlen(json) };
	struct arena a = { 0 };
	struct findings f = { .a = &a };
	struct oci_config *spec;
	struct json_error e;
	char text[1024] = "";
	size_t len = 0;

	if (oci_config_read(&in, &a, &spec, &e) < 0)
		fail_msg("%s", e.text);
	if (release != 0)
		risks_find_kernel(spec, release, &f);
	else
		risks_find(spec, &f);
	for (size_t i = 0; i < f.n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i > 0 ? " " : "",
		                        finding_word(f.item[i].id));
	assert_string_equal(text, ids);
	arena_free(&a);
}

/* A container that nothing is said about, but for more members of its process, its linux part, and its top. */
#define SAFE(process, linux_part, more)                                                                                      \
	"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\",\"readonly\":true},\"process\":{\"cwd\":\"/\",\"args\":[\"x\"]," \
	"\"user\":{\"uid\":1,\"gid\":1},\"noNewPrivileges\":true,\"apparmorProfile\":\"p\"" process "},"                     \
	"\"linux\":{\"resources\":{\"memory\":{\"limit\":1000000},\"pids\":{\"limit\":10}},"                                 \
	"\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\"},\"namespaces\":[" SAFE_NS "]" linux_part "}" more "}"

static void a_tight_container_has_no_risk(void **state)
{
	(void)state;
	finds(SAFE("", "", ""), 0, "");
}

static void each_rule_finds_its_own(void **state)
{
	(void)state;
	finds("{\"ociVersion\":\"1.3.0\"}", 0,
	      "no-seccomp host-namespace host-namespace host-namespace host-namespace host-namespace host-namespace no-limit no-limit");
	finds(SAFE(",\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"cap_sys_admin\"],\"permitted\":[\"CAP_SYS_ADMIN\"]}",
	           "", ""),
	      0, "capability");
	finds(SAFE(",\"capabilities\":{\"inheritable\":[\"CAP_CHOWN\",\"CAP_KILL\"],\"ambient\":[\"CAP_KILL\"]}", "",
	           ""),
	      0, "capability-inheritable");
	finds(SAFE(",\"oomScoreAdj\":-1000", "", ""), 0, "oom-protected");
	finds(SAFE("", ",\"rootfsPropagation\":\"rshared\"", ""), 0, "propagation");
	finds(SAFE("",
	           ",\"devices\":[{\"path\":\"/dev/sda\",\"type\":\"b\",\"major\":8,\"minor\":0},"
	           "{\"path\":\"/dev/mem\",\"type\":\"c\",\"major\":1,\"minor\":1},{\"path\":\"/dev/fuse\",\"type\":\"c\",\"major\":10,\"minor\":229}]",
	           ""),
	      0, "host-device host-device");
	finds(SAFE("", "", ",\"hooks\":{\"poststop\":[{\"path\":\"/h\"}],\"startContainer\":[{\"path\":\"/h\"}]}"), 0,
	      "hook");
}

static void rules_about_mounts(void **state)
{
	(void)state;
	finds(SAFE("", "", ",\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\"}]"), 0, "unmasked writable-proc");
	finds(SAFE("", ",\"maskedPaths\":[\"/proc/\"]", ",\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\"}]"),
	      0, "");
	finds(SAFE("", "",
	           ",\"mounts\":[{\"destination\":\"/a/b\",\"type\":\"tmpfs\"},{\"destination\":\"/ab\",\"type\":\"tmpfs\"},"
	           "{\"destination\":\"//a\",\"type\":\"tmpfs\"}]"),
	      0, "mount-shadowed");
	finds(SAFE("", "",
	           ",\"mounts\":[{\"destination\":\"/a\",\"source\":\"/data\",\"options\":[\"bind\",\"ro\"]},"
	           "{\"destination\":\"/b\",\"source\":\"inside\",\"options\":[\"bind\"]}]"),
	      0, "");
	finds(SAFE("", "", ",\"mounts\":[{\"destination\":\"/a\",\"source\":\"/data\",\"options\":[\"bind\"]}]"), 0,
	      "writable-bind");
	finds(SAFE("", "",
	           ",\"mounts\":[{\"destination\":\"/a\",\"source\":\"/data\",\"options\":[\"rbind\",\"ro\"]}]"),
	      0, "writable-bind");
	finds(SAFE("", "",
	           ",\"mounts\":[{\"destination\":\"/a\",\"source\":\"/root/x/..\",\"options\":[\"rbind\",\"rro\"]}]"),
	      0, "sensitive-bind");
	finds(SAFE("", "",
	           ",\"mounts\":[{\"destination\":\"/a\",\"source\":\"/v\",\"options\":[\"bind\",\"ro\",\"rshared\"]}]"),
	      0, "propagation");
	finds(SAFE("", "",
	           ",\"mounts\":[{\"destination\":\"a\",\"type\":\"tmpfs\"},{\"destination\":\"/cg\",\"type\":\"cgroup\"}]"),
	      0, "relative-destination writable-sys");
}

#define DEVICES(rules)                                                  \
	"{\"ociVersion\":\"1.3.0\",\"linux\":{\"namespaces\":[" SAFE_NS \
	"],\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\"},"         \
	"\"resources\":{\"memory\":{\"limit\":1000000},\"pids\":{\"limit\":10},\"devices\":[" rules "]}}}"

static void device_rules_in_their_order(void **state)
{
	(void)state;
	finds(DEVICES("{\"allow\":true,\"access\":\"rwm\"}"), 0, "all-devices");
	finds(DEVICES("{\"allow\":true,\"access\":\"m\"}"), 0, "");
	finds(DEVICES("{\"allow\":true,\"access\":\"rwm\"},{\"allow\":false,\"access\":\"rwm\"}"), 0, "");
	finds(DEVICES("{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,\"type\":\"b\",\"access\":\"r\"}"), 0,
	      "all-devices");
	finds(DEVICES("{\"allow\":true,\"type\":\"c\",\"major\":1,\"access\":\"rwm\"}"), 0, "");
}

#define LIMITS(resources)                                               \
	"{\"ociVersion\":\"1.3.0\",\"linux\":{\"namespaces\":[" SAFE_NS \
	"],\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\"},\"resources\":{" resources "}}}"

/* As the plan has it: -1 and max are none, for processes 0 is one. */
static void a_limit_that_is_none_is_no_limit(void **state)
{
	(void)state;
	finds(LIMITS("\"memory\":{\"limit\":1},\"pids\":{\"limit\":0}"), 0, "");
	finds(LIMITS("\"memory\":{\"limit\":1},\"pids\":{\"limit\":-1}"), 0, "no-limit");
	finds(LIMITS("\"memory\":{\"limit\":1},\"pids\":{}"), 0, "no-limit");
	finds(LIMITS("\"memory\":{\"limit\":0},\"pids\":{\"limit\":1}"), 0, "no-limit");
	finds(LIMITS("\"unified\":{\"memory.max\":\"max\",\"pids.max\":\"max\"}"), 0, "no-limit no-limit");
	finds(LIMITS("\"unified\":{\"memory.max\":\"1\",\"pids.max\":\"1\"}"), 0, "");
}

static void options_are_found_where_one_text_holds_several(void **state)
{
	(void)state;
	finds(SAFE("", "", ",\"mounts\":[{\"destination\":\"/a\",\"source\":\"/data\",\"options\":[\"rw,bind\"]}]"), 0,
	      "writable-bind");
	finds(SAFE("", "", ",\"mounts\":[{\"destination\":\"/a\",\"source\":\"/v\",\"options\":[\"bind,ro,shared\"]}]"),
	      0, "propagation");
	finds(SAFE("", "",
	           ",\"mounts\":[{\"destination\":\"/a\",\"source\":\"/data\",\"options\":[\"bind\",\"rox\"]}]"),
	      0, "writable-bind");
}

static void a_mount_that_is_changed_later_is_not_hidden(void **state)
{
	(void)state;
	finds(SAFE("", "",
	           ",\"mounts\":[{\"destination\":\"/t\",\"type\":\"tmpfs\"},{\"destination\":\"/t\",\"options\":[\"remount\",\"ro\"]}]"),
	      0, "");
}

static void an_empty_label_is_none(void **state)
{
	(void)state;
	finds("{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\",\"readonly\":true},\"process\":{\"cwd\":\"/\",\"args\":[\"x\"],"
	      "\"user\":{\"uid\":1,\"gid\":1},\"noNewPrivileges\":true,\"apparmorProfile\":\"\",\"selinuxLabel\":\"\"},"
	      "\"linux\":{\"resources\":{\"memory\":{\"limit\":1},\"pids\":{\"limit\":1}},"
	      "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\"},\"namespaces\":[" SAFE_NS "]}}",
	      0, "no-label");
}

static void what_came_to_linux_late(void **state)
{
	const char *json =
		SAFE("", ",\"memoryPolicy\":{\"mode\":\"MPOL_WEIGHTED_INTERLEAVE\",\"nodes\":\"0\"}",
	             ",\"mounts\":[{\"destination\":\"/a\",\"source\":\"b\",\"options\":[\"bind\",\"rro\"]}]");

	(void)state;
	finds(json, 5 << 16 | 11, "kernel kernel");
	finds(json, 5 << 16 | 12, "kernel");
	finds(json, 6 << 16 | 9, "");
	finds(SAFE("", "",
	           ",\"mounts\":[{\"destination\":\"/a\",\"source\":\"b\",\"options\":[\"bind,rnoatime\"]},"
	           "{\"destination\":\"/b\",\"source\":\"b\",\"options\":[\"bind\",\"idmap=uids=0-1-1;gids=0-1-1\"]}]"),
	      5 << 16 | 11, "kernel");
}

/* --- the table and the manual --------------------------------------------------------------------------------------------- */

static char *slurp(const char *name)
{
	char path[4096];
	char *text = calloc(1, 1 << 16);
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", getenv("OCIRT_SRCDIR"), name);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, (1 << 16) - 1, f) > 0);
	(void)fclose(f);
	return text;
}

static void the_manual_has_every_finding_and_no_other(void **state)
{
	char *text = slurp("man/ocirt-check.8"), *p = strstr(text, ".Sh FINDINGS"),
	     *end = strstr(text, ".Sh EXIT STATUS");
	size_t n = 0;
	char row[80];

	(void)state;
	assert_non_null(p);
	for (int id = 0; id < FINDING_IDS; id++) {
		(void)snprintf(row, sizeof(row), "\n.It Sy %s\n", finding_word((enum finding_id)id));
		if (strstr(p, row) == NULL || strstr(p, row) > end)
			fail_msg("ocirt-check(8) does not tell %s", finding_word((enum finding_id)id));
	}
	while ((p = strstr(p, "\n.It Sy ")) != NULL && p < end) {
		n++;
		p++;
	}
	assert_int_equal(n, FINDING_IDS);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_goes_with_its_key_and_a_comma),
		cmocka_unit_test(the_document_itself_is_not_cut),
		cmocka_unit_test(a_place_has_a_pointer),
		cmocka_unit_test(a_half_text_is_no_harm),
		cmocka_unit_test(unknown_names_are_likened_to_known_ones),
		cmocka_unit_test(a_tight_container_has_no_risk),
		cmocka_unit_test(each_rule_finds_its_own),
		cmocka_unit_test(rules_about_mounts),
		cmocka_unit_test(device_rules_in_their_order),
		cmocka_unit_test(a_limit_that_is_none_is_no_limit),
		cmocka_unit_test(options_are_found_where_one_text_holds_several),
		cmocka_unit_test(a_mount_that_is_changed_later_is_not_hidden),
		cmocka_unit_test(an_empty_label_is_none),
		cmocka_unit_test(what_came_to_linux_late),
		cmocka_unit_test(the_manual_has_every_finding_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
