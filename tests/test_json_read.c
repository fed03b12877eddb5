/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_json_read.c - what a document is refused for, and in which words; what is accepted.
 *
 * In the tables a single quote stands for a double one. `members` are put on line 2 of a small config.json, so
 * their column is what one counts in the table.
 */
#include "libocispec/arena.h"
#include "libocispec/oci_config.h"
#include "libocispec/oci_features.h"
#include "libocispec/oci_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct vector {
	const char *in;
	const char *error; /* without "config.json:" and, in members, "2:"; NULL: accepted */
};

#define CWD "'process':{'cwd':'/',"
#define RES "'linux':{'resources':{"
#define SYS "'linux':{'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{"

static const struct vector members[] = {
	/* type */
	{ "'hostname':1", "12: /hostname: expected a string, found 1" },
	{ "'hostname':true", "12: /hostname: expected a string, found true" },
	{ "'hostname':{}", "12: /hostname: expected a string, found an object" },
	{ "'hostname':[]", "12: /hostname: expected a string, found an array" },
	{ "'root':[]", "8: /root: expected an object, found an array" },
	{ "'root':'rootfs'", "8: /root: expected an object, found \"rootfs\"" },
	{ "'root':{'path':7}", "16: /root/path: expected a string, found 7" },
	{ "'root':{'path':'r','readonly':1}", "31: /root/readonly: expected true or false, found 1" },
	{ "'root':{'path':'r','readonly':'true'}", "31: /root/readonly: expected true or false, found \"true\"" },
	{ "'mounts':{}", "10: /mounts: expected an array of objects, found an object" },
	{ "'mounts':[7]", "11: /mounts/0: expected an object, found 7" },
	{ "'mounts':[{'destination':'/a'},'b']", "32: /mounts/1: expected an object, found \"b\"" },
	{ "'mounts':[{'destination':'/a','options':'ro'}]",
	  "41: /mounts/0/options: expected an array of strings, found \"ro\"" },
	{ "'mounts':[{'destination':'/a','options':['ro',5]}]", "47: /mounts/0/options/1: expected a string, found 5" },
	{ "'annotations':[]", "15: /annotations: expected an object of strings, found an array" },
	{ "'annotations':{'a':1}", "20: /annotations/a: expected a string, found 1" },
	{ "'annotations':{'a':{}}", "20: /annotations/a: expected a string, found an object" },
	{ CWD "'terminal':0}", "33: /process/terminal: expected true or false, found 0" },
	{ CWD "'noNewPrivileges':'false'}", "40: /process/noNewPrivileges: expected true or false, found \"false\"" },
	{ CWD "'user':{'uid':'root'}}", "36: /process/user/uid: expected an integer, found \"root\"" },
	{ CWD "'user':{'uid':true}}", "36: /process/user/uid: expected an integer, found true" },
	{ CWD "'user':{'uid':[0]}}", "36: /process/user/uid: expected an integer, found an array" },
	{ CWD "'user':{'additionalGids':5}}",
	  "47: /process/user/additionalGids: expected an array of integers, found 5" },
	{ CWD "'user':{'additionalGids':['5']}}",
	  "48: /process/user/additionalGids/0: expected an integer, found \"5\"" },
	{ CWD "'args':'sh'}", "29: /process/args: expected an array of strings, found \"sh\"" },
	{ CWD "'args':{'0':'sh'}}", "29: /process/args: expected an array of strings, found an object" },
	{ CWD "'args':['sh',null]}", "35: /process/args/1: expected a string, found null" },
	{ CWD "'args':['sh',['-c']]}", "35: /process/args/1: expected a string, found an array" },
	{ CWD "'capabilities':['CAP_CHOWN']}", "37: /process/capabilities: expected an object, found an array" },
	{ "'linux':{'maskedPaths':'/proc/kcore'}",
	  "24: /linux/maskedPaths: expected an array of strings, found \"/proc/kcore\"" },
	{ "'linux':{'netDevices':['eth0']}", "23: /linux/netDevices: expected an object of objects, found an array" },
	{ "'linux':{'netDevices':{'eth0':null}}", "31: /linux/netDevices/eth0: expected an object, found null" },
	{ "'linux':{'namespaces':['pid']}", "24: /linux/namespaces/0: expected an object, found \"pid\"" },
	{ "'linux':{'seccomp':{'defaultAction':1}}", "37: /linux/seccomp/defaultAction: expected a string, found 1" },
	{ "'linux':{'seccomp':{'defaultAction':'SCMP_ACT_LOG','flags':'x'}}",
	  "60: /linux/seccomp/flags: expected an array of strings, found \"x\"" },
	{ RES "'memory':{'limit':'1G'}}}", "41: /linux/resources/memory/limit: expected an integer, found \"1G\"" },
	{ RES "'rdma':{'mlx5_1':3}}}", "40: /linux/resources/rdma/mlx5_1: expected an object, found 3" },
	{ "'vm':[]", "6: /vm: expected an object, found an array" },
	{ "'zos':'z'", "7: /zos: expected an object, found \"z\"" },

	/* range */
	{ CWD "'user':{'uid':-1}}", "36: /process/user/uid: expected an integer from 0 to 4294967295, found -1" },
	{ CWD "'user':{'uid':4294967296}}",
	  "36: /process/user/uid: expected an integer from 0 to 4294967295, found 4294967296" },
	{ CWD "'user':{'uid':1.0}}", "36: /process/user/uid: expected an integer, found 1.0" },
	{ CWD "'user':{'uid':1e3}}", "36: /process/user/uid: expected an integer, found 1e3" },
	{ CWD "'oomScoreAdj':2147483648}",
	  "36: /process/oomScoreAdj: expected an integer from -2147483648 to 2147483647, found 2147483648" },
	{ CWD "'consoleSize':{'height':-1,'width':80}}",
	  "46: /process/consoleSize/height: expected an integer from 0 to 18446744073709551615, found -1" },
	{ CWD "'rlimits':[{'type':'RLIMIT_CPU','hard':18446744073709551616,'soft':0}]}",
	  "61: /process/rlimits/0/hard: expected an integer from 0 to 18446744073709551615, found 18446744073709551616" },
	{ RES "'memory':{'limit':9223372036854775808}}}",
	  "41: /linux/resources/memory/limit: expected an integer from -9223372036854775808 to 9223372036854775807, found "
	  "9223372036854775808" },
	{ RES "'memory':{'limit':-9223372036854775809}}}",
	  "41: /linux/resources/memory/limit: expected an integer from -9223372036854775808 to 9223372036854775807, found "
	  "-9223372036854775809" },
	{ RES "'blockIO':{'weight':65536}}}",
	  "43: /linux/resources/blockIO/weight: expected an integer from 0 to 65535, found 65536" },
	{ "'linux':{'devices':[{'path':'/dev/x','type':'c','fileMode':65536}]}",
	  "60: /linux/devices/0/fileMode: expected an integer from 0 to 65535, found 65536" },
	{ "'hooks':{'poststop':[{'path':'/h','timeout':0}]}",
	  "45: /hooks/poststop/0/timeout: expected an integer from 1 to 2147483, found 0" },
	{ "'hooks':{'poststop':[{'path':'/h','timeout':-5}]}",
	  "45: /hooks/poststop/0/timeout: expected an integer from 1 to 2147483, found -5" },
	{ CWD "'user':{'uid':11111111111111111111111111111111111111111111111111111111111111111111}}",
	  "36: /process/user/uid: expected an integer from 0 to 4294967295, found "
	  "111111111111111111111111111111111111111111111111111111111111..." },

	/* words */
	{ "'linux':{'namespaces':[{'type':'net'}]}",
	  "32: /linux/namespaces/0/type: expected mount, pid, network, uts, ipc, user, cgroup or time, found \"net\", did you mean \"network\"?" },
	{ "'linux':{'namespaces':[{'type':'networks'}]}",
	  "32: /linux/namespaces/0/type: expected mount, pid, network, uts, ipc, user, cgroup or time, found \"networks\""
	  ", did you mean \"network\"?" },
	{ "'linux':{'rootfsPropagation':'public'}",
	  "30: /linux/rootfsPropagation: expected private, shared, slave, unbindable, rprivate, rshared, rslave or "
	  "runbindable, found \"public\"" },
	{ "'linux':{'rootfsPropagation':''}",
	  "30: /linux/rootfsPropagation: expected private, shared, slave, unbindable, rprivate, rshared, rslave or "
	  "runbindable, found \"\"" },
	{ "'linux':{'devices':[{'path':'/dev/x','type':'x'}]}",
	  "45: /linux/devices/0/type: expected c, b, u or p, found \"x\"" },
	{ "'linux':{'personality':{'domain':'linux'}}",
	  "34: /linux/personality/domain: expected LINUX or LINUX32, found \"linux\", did you mean \"LINUX\"?" },
	{ CWD "'rlimits':[{'type':'RLIMIT_NOFILES','hard':1,'soft':1}]}",
	  "41: /process/rlimits/0/type: expected RLIMIT_AS, RLIMIT_CORE, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE, "
	  "RLIMIT_LOCKS, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_RSS, "
	  "RLIMIT_RTPRIO, RLIMIT_RTTIME, RLIMIT_SIGPENDING or RLIMIT_STACK, found \"RLIMIT_NOFILES\", did you mean \"RLIMIT_NOFILE\"?" },
	{ CWD "'ioPriority':{'class':'IOPRIO_CLASS_NONE'}}",
	  "44: /process/ioPriority/class: expected IOPRIO_CLASS_RT, IOPRIO_CLASS_BE or IOPRIO_CLASS_IDLE, found "
	  "\"IOPRIO_CLASS_NONE\"" },
	{ SYS "'names':['read'],'action':'ALLOW'}]}}",
	  "93: /linux/seccomp/syscalls/0/action: expected SCMP_ACT_KILL, SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD, "
	  "SCMP_ACT_TRAP, SCMP_ACT_ERRNO, SCMP_ACT_TRACE, SCMP_ACT_ALLOW, SCMP_ACT_LOG or SCMP_ACT_NOTIFY, found \"ALLOW\", did you mean \"SCMP_ACT_ALLOW\"?" },
	{ RES "'devices':[{'allow':true,'type':'p'}]}}",
	  "55: /linux/resources/devices/0/type: expected a, c or b, found \"p\"" },

	/* required */
	{ "'root':{}", "8: /root: expected the member \"path\", found none" },
	{ "'root':{'path':null}", "16: /root/path: expected a string, found null" },
	{ "'process':{'args':['sh']}", "11: /process: expected the member \"cwd\", found none" },
	{ "'mounts':[{'destination':'/a'},{'source':'/b'}]",
	  "32: /mounts/1: expected the member \"destination\", found none" },
	{ "'linux':{'uidMappings':[{'containerID':0,'hostID':1}]}",
	  "25: /linux/uidMappings/0: expected the member \"size\", found none" },
	{ CWD "'consoleSize':{'height':1}}", "36: /process/consoleSize: expected the member \"width\", found none" },
	{ CWD "'scheduler':{}}", "34: /process/scheduler: expected the member \"policy\", found none" },
	{ "'linux':{'seccomp':{}}", "20: /linux/seccomp: expected the member \"defaultAction\", found none" },
	{ SYS "'action':'SCMP_ACT_LOG'}]}}",
	  "66: /linux/seccomp/syscalls/0: expected the member \"names\", found none" },
	{ SYS "'names':[],'action':'SCMP_ACT_LOG'}]}}",
	  "75: /linux/seccomp/syscalls/0/names: expected an array that is not empty, found []" },
	{ SYS "'names':null,'action':'SCMP_ACT_LOG'}]}}",
	  "75: /linux/seccomp/syscalls/0/names: expected an array of strings, found null" },
	{ RES "'devices':[{'access':'rwm'}]}}",
	  "34: /linux/resources/devices/0: expected the member \"allow\", found none" },
	{ RES "'blockIO':{'weightDevice':[{'major':8}]}}}",
	  "50: /linux/resources/blockIO/weightDevice/0: expected the member \"minor\", found none" },

	/* forms */
	{ RES "'hugepageLimits':[{'pageSize':'64kB','limit':1}]}}",
	  "53: /linux/resources/hugepageLimits/0/pageSize: expected a size such as \"64KB\", \"2MB\" or \"1GB\", found "
	  "\"64kB\"" },
	{ CWD "'execCPUAffinity':{'initial':'0-x'}}",
	  "51: /process/execCPUAffinity/initial: expected a list of CPUs such as \"0-3,7\", found \"0-x\"" },
	{ "'linux':{'intelRdt':{'memBwSchema':'L3:0=f'}}",
	  "36: /linux/intelRdt/memBwSchema: expected one line that begins with \"MB:\", found \"L3:0=f\"" },

	/* twice */
	{ "'ociVersion':'1.3.0'", "1: /ociVersion: expected each member once, found it again" },
	{ "'hostname':'a', 'hostname':'a'", "17: /hostname: expected each member once, found it again" },
	{ "'hostname':null,'hostname':'a'", "17: /hostname: expected each member once, found it again" },
	{ "'annotations':{'a':'1','b':'2','a':'3'}", "32: /annotations/a: expected each member once, found it again" },
	{ "'annotations':{'a':'1','\\u0061':'3'}", "24: /annotations/a: expected each member once, found it again" },
	{ "'linux':{'netDevices':{'e':{},'e':{}}}",
	  "31: /linux/netDevices/e: expected each member once, found it again" },
	{ "'x':{'y':1,'y':2}", "12: /x/y: expected each member once, found it again" },
	{ "'x':1,'x':2", "7: /x: expected each member once, found it again" },
	{ "'windows':{'a':[{'b':1},{'b':1,'b':2}]}", "32: /windows/a/1/b: expected each member once, found it again" },
	{ "'hos\\u0074name':'a','hostname':'b'", "21: /hostname: expected each member once, found it again" },

	/* strings */
	{ "'hostname':'a\\u0000b'", "12: /hostname: expected a string without a NUL, found \"a\\u0000b\"" },
	{ "'annotations':{'a\\u0000':'b'}",
	  "16: /annotations/a?: expected a string without a NUL, found \"a\\u0000\"" },
	{ "'x':['\\u0000']", "6: /x/0: expected a string without a NUL, found \"\\u0000\"" },
	{ "'hostname':'\\ud800'",
	  "12: /hostname: expected a string whose surrogates come in pairs, found \"\\ud800\"" },
	{ "'hostname':'\\udc00'",
	  "12: /hostname: expected a string whose surrogates come in pairs, found \"\\udc00\"" },
	{ "'hostname':'\\ud800\\u0041'",
	  "12: /hostname: expected a string whose surrogates come in pairs, found \"\\ud800\\u0041\"" },
	{ "'hostname':'a\xff'", "14: /hostname: expected UTF-8, found the byte 0xff" },
	{ "'hostname':'\xc0\x80'", "13: /hostname: expected UTF-8, found the byte 0xc0" },
	{ "'hostname':'\xed\xa0\x80'", "13: /hostname: expected UTF-8, found the byte 0xed" },
	{ "'hostname':'\xf4\x90\x80\x80'", "13: /hostname: expected UTF-8, found the byte 0xf4" },
	{ "'hostname':'a\x01'",
	  "14: /hostname: expected an escape such as \\u0001 for a control character, found the byte 0x01" },
	{ "'hostname':'a\tb'",
	  "14: /hostname: expected an escape such as \\n for a control character, found the byte 0x09" },
	{ "'hostname':'\\q'", "14: /hostname: expected one of \"\\/bfnrtu after \\, found 'q'" },
	{ "'hostname':'\\u12x4'", "17: /hostname: expected four hex digits after \\u, found 'x4'" },
	{ "'hostname':'a\xc3\xa9',\x01",
	  "17: expected an escape such as \\u0001 for a control character, found the byte 0x01" },
	{ "'h\xff':1", "3: expected UTF-8, found the byte 0xff" },

	/* grammar */
	{ "'hostname' 'a'", "12: /hostname: expected ':' after the key, found a string" },
	{ "'hostname':'a' 'root':{}", "16: expected ',' or '}', found a string" },
	{ "'mounts':[1 2]", "11: /mounts/0: expected an object, found 1" },
	{ "'x':[1 2]", "8: /x: expected ',' or ']', found '2'" },
	{ "'hostname':'a',", "16: expected a key in double quotes, found '}'" },
	{ "hostname:'a'", "1: expected a value or a key in double quotes, found 'hostname'" },
	{ "'hostname':tru", "12: /hostname: expected true, false or null, found 'tru'" },
	{ "'hostname':yes", "12: /hostname: expected a value or a key in double quotes, found 'yes'" },
	{ "'x':01", "6: expected ',' or '}', found '1'" },
	{ "'x':1.", "7: /x: expected a digit after the decimal point, found '}'" },
	{ "'x':1e", "7: /x: expected a digit in the exponent, found '}'" },
	{ "'x':-", "6: /x: expected a digit after the minus, found '}'" },
	{ "'x':", "5: /x: expected a value, found '}'" },
	{ "/* no */ 'x':1", "1: expected no comments, found '/'" },
	{ "'x':[1,]", "8: /x: expected a value, found ']'" },
	{ "'x':[1}", "7: /x: expected ',' or ']', found '}'" },
};

static const struct vector texts[] = {
	{ "", "1:1: expected an object, found an empty text" },
	{ " \n ", "2:2: expected an object, found the end of the text" },
	{ "null", "1:1: expected an object, found null" },
	{ "[]", "1:1: expected an object, found an array" },
	{ "'ociVersion'", "1:1: expected an object, found \"ociVersion\"" },
	{ "17 ", "1:1: expected an object, found 17" },
	{ "\xef\xbb\xbf{}", "1:1: expected an object, found a byte order mark" },
	{ "{}", "1:1: expected the member \"ociVersion\", found none" },
	{ "{'ociVersion':null}", "1:15: /ociVersion: expected a string, found null" },
	{ "{'ociVersion':1}", "1:15: /ociVersion: expected a string, found 1" },
	{ "{'ociVersion':'2.0.0'}", "1:15: /ociVersion: expected a version 1.x.y such as \"1.3.0\", found \"2.0.0\"" },
	{ "{'ociVersion':'0.5.0-dev'}",
	  "1:15: /ociVersion: expected a version 1.x.y such as \"1.3.0\", found \"0.5.0-dev\"" },
	{ "{'ociVersion':'1.0'}", "1:15: /ociVersion: expected a version 1.x.y such as \"1.3.0\", found \"1.0\"" },
	{ "{'ociVersion':'1.0.0.0'}",
	  "1:15: /ociVersion: expected a version 1.x.y such as \"1.3.0\", found \"1.0.0.0\"" },
	{ "{'ociVersion':'v1.0.0'}",
	  "1:15: /ociVersion: expected a version 1.x.y such as \"1.3.0\", found \"v1.0.0\"" },
	{ "{'ociVersion':'1.01.0'}",
	  "1:15: /ociVersion: expected a version 1.x.y such as \"1.3.0\", found \"1.01.0\"" },
	{ "{'ociVersion':'1.0.0-'}",
	  "1:15: /ociVersion: expected a version 1.x.y such as \"1.3.0\", found \"1.0.0-\"" },
	{ "{'ociVersion':'1.0.0-rc.01'}",
	  "1:15: /ociVersion: expected a version 1.x.y such as \"1.3.0\", found \"1.0.0-rc.01\"" },
	{ "{'ociVersion':'1.0.0 '}",
	  "1:15: /ociVersion: expected a version 1.x.y such as \"1.3.0\", found \"1.0.0 \"" },
	{ "{'ociVersion':''}", "1:15: /ociVersion: expected a version 1.x.y such as \"1.3.0\", found \"\"" },
	{ "{'ociVersion':'10.0.0'}",
	  "1:15: /ociVersion: expected a version 1.x.y such as \"1.3.0\", found \"10.0.0\"" },
	{ "{'ociVersion':'1.0.0'", "1:22: expected more, found the end of the text" },
	{ "{'ociVersion':'1.0", "1:19: /ociVersion: expected more, found the end of the text" },
	{ "{'ociVersion':", "1:15: /ociVersion: expected more, found the end of the text" },
	{ "{'ociVersion", "1:13: expected more, found the end of the text" },
	{ "{", "1:2: expected more, found the end of the text" },
	{ "{'ociVersion':'1.0.0','x':tr", "1:29: /x: expected more, found the end of the text" },
	{ "{'ociVersion':'1.0.0'} {}", "1:24: expected the end of the text, found '{'" },
	{ "{'ociVersion':'1.0.0'}\n\nx", "3:1: expected the end of the text, found 'x'" },
	{ "{'ociVersion':'1.0.0'},", "1:23: expected the end of the text, found ','" },
	{ "{'ociVersion':'1.0.0'}\xff", "1:23: expected UTF-8, found the byte 0xff" },
	{ "{'ociVersion':'1.0.0'}\x02",
	  "1:23: expected an escape such as \\u0001 for a control character, found the byte 0x02" },
	{ "{'ociVersion':'1.0.0'} 1", "1:24: expected the end of the text, found '1'" },
	{ "{'ociVersion':'1.0.0'} tr", "1:24: expected the end of the text, found 'tr'" },
	{ "{'ociVersion':'1.0.0'} '", "1:24: expected the end of the text, found a string" },
	{ "1", "1:1: expected an object, found '1'" },
	{ "{'hostname':1", "1:14: /hostname: expected more, found the end of the text" },
	{ "{'hostname':[1", "1:13: /hostname: expected a string, found an array" },
	{ "}", "1:1: expected a value, found '}'" },
	{ "{'annotations':{'a/b~c':1}}", "1:25: /annotations/a~1b~0c: expected a string, found 1" },
	{ "{\n\t'annotations': {\n\t\t'\xc3\xa9': [\n",
	  "3:8: /annotations/\xc3\xa9: expected a string, found an array" },
	{ "{'hostname':{'a':1}}", "1:13: /hostname: expected a string, found an object" },
	{ "{'hostname':['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa']}", "1:13: /hostname: expected a string, found an array" },

	{ "{'linux':{'timeOffsets':{'boottime':{},'realtime':{'secs':1}}}}",
	  "1:40: /linux/timeOffsets/realtime: expected boottime or monotonic, found \"realtime\": invalid clock" },

	/* accepted */
	{ "{'ociVersion':'1.0.0'}", NULL },
	{ "\n\t {'ociVersion' : '1.0.2-dev' } \r\n", NULL },
	{ "{'ociVersion':'1.2.1+dev.01'}", NULL },
	{ "{'ociVersion':'1.0.0-rc.5'}", NULL },
	{ "{'ociVersion':'1.99.0'}", NULL },
	{ "{'ociVersion':'1.0.0','process':null,'mounts':null,'hooks':null,'linux':null,'annotations':null,'vm':null}",
	  NULL },
	{ "{'ociVersion':'1.0.0','process':{'cwd':'','args':null,'user':null,'terminal':null,'oomScoreAdj':null}}",
	  NULL },
	{ "{'ociVersion':'1.0.0','linux':{'rootfsPropagation':null,'resources':{'pids':{'limit':null},'rdma':null}}}",
	  NULL },
	{ "{'ociVersion':'1.0.0','windows':{'layerFolders':['C:\\\\']},'freebsd':{},'solaris':{},'zos':{}}", NULL },
	{ "{'ociVersion':'1.0.0','unknown':[1.5e3,-0.1,{'a':[]},null,true,'\\ud83d\\ude00']}", NULL },
	{ "{'ociVersion':'1.0.0','hostname':'\xf0\x9f\x98\x80\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf'}", NULL },
};

/* IN with its single quotes doubled, put into PREFIX and SUFFIX */
static char *wrapped(const char *prefix, const char *in, const char *suffix)
{
	char *text;

	assert_true(asprintf(&text, "%s%s%s", prefix, in, suffix) >= 0);
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	return text;
}

static void check(const char *text, const char *place, const char *error)
{
	struct json_text in = { .text = text, .len = strlen(text) };
	struct oci_config *config;
	struct arena a = { 0 };
	struct json_error e;
	char expected[1200];
	int got = oci_config_read(&in, &a, &config, &e);

	if (got == 0 && error)
		fail_msg("%s is accepted, not: %s", text, error);
	if (got < 0 && !error)
		fail_msg("%s: %s", text, e.text);
	if (error) {
		(void)snprintf(expected, sizeof(expected), "config.json:%s%s", place, error);
		assert_string_equal(e.text, expected);
		assert_null(config);
	}
	arena_free(&a);
}

static void refused_member(void **state)
{
	const struct vector *v = *state;
	char *text = wrapped("{'ociVersion':'1.3.0',\n", v->in, "}");

	check(text, "2:", v->error);
	free(text);
}

static void whole_text(void **state)
{
	const struct vector *v = *state;
	char *text = wrapped("", v->in, "");

	check(text, "", v->error);
	free(text);
}

/* ---- values ---- */

static void every_kind_of_value_arrives(void **state)
{
	char *text =
		wrapped("",
	                "{'ociVersion':'1.3.0','hostname':'','annotations':{'b':'2','a':'\\u00e9\\n'},"
	                "'process':{'cwd':'/','terminal':false,'args':[],'env':['A=1','B=\\/'],"
	                "'user':{'uid':4294967295,'additionalGids':[0,7]},'oomScoreAdj':-1000,"
	                "'rlimits':[{'type':'RLIMIT_NOFILE','hard':18446744073709551615,'soft':1}]},"
	                "'linux':{'rootfsPropagation':'rslave','netDevices':{'eth0':{'name':'e'},'eth1':{}},"
	                "'resources':{'memory':{'limit':-9223372036854775808},'blockIO':{'weight':65535},"
	                "'rdma':{'mlx':{'hcaHandles':3}},'cpu':{'shares':-0},'devices':[{'allow':true,'major':8}]},"
	                "'seccomp':{'defaultAction':'SCMP_ACT_ERRNO','flags':['SECCOMP_FILTER_FLAG_LOG']}}}",
	                "");
	struct json_text in = { .text = text, .len = strlen(text) };
	struct oci_config *c;
	struct arena a = { 0 };
	struct json_error e;

	(void)state; /* the callback's shape */
	assert_int_equal(oci_config_read(&in, &a, &c, &e), 0);
	free(text); /* nothing points into it */
	assert_string_equal(c->hostname, "");
	assert_null(c->domainname);
	assert_null(c->root);
	assert_int_equal(c->annotations.n, 2);
	assert_string_equal(c->annotations.items[0].key, "b");
	assert_string_equal(map_str_get(&c->annotations, "a"), "\xc3\xa9\n");
	assert_null(map_str_get(&c->annotations, "c"));
	assert_true(c->process->terminal.set && !c->process->terminal.v);
	assert_false(c->process->no_new_privileges.set);
	assert_true(c->process->args.set && c->process->args.n == 0);
	assert_false(c->mounts.set);
	assert_string_equal(c->process->env.items[1], "B=/");
	assert_true(c->process->user->uid.v == UINT32_MAX && !c->process->user->gid.set);
	assert_int_equal(c->process->user->additional_gids.items[1], 7);
	assert_int_equal(c->process->oom_score_adj.v, -1000);
	assert_int_equal(c->process->rlimits.items[0].type, OCI_RLIMIT_NOFILE);
	assert_true(c->process->rlimits.items[0].hard == UINT64_MAX);
	assert_int_equal(c->linux_->rootfs_propagation, OCI_PROPAGATION_RSLAVE);
	assert_string_equal(c->linux_->net_devices.items[0].key, "eth0");
	assert_string_equal(c->linux_->net_devices.items[0].name, "e");
	assert_null(c->linux_->net_devices.items[1].name);
	assert_true(c->linux_->resources->memory->limit.v == INT64_MIN);
	assert_int_equal(c->linux_->resources->block_io->weight.v, UINT16_MAX);
	assert_string_equal(c->linux_->resources->rdma.items[0].key, "mlx");
	assert_true(c->linux_->resources->cpu->shares.set && c->linux_->resources->cpu->shares.v == 0);
	assert_true(c->linux_->resources->devices.items[0].allow);
	assert_int_equal(c->linux_->resources->devices.items[0].type, OCI_DEVRULE_UNSET);
	assert_int_equal(c->linux_->seccomp->flags.items[0], OCI_FILTER_FLAG_LOG);
	arena_free(&a);
}

static void note(void *ctx, const char *pointer, size_t key_end)
{
	char *all = ctx;

	assert_true(key_end > strlen(pointer)); /* in a text without spaces */
	(void)strncat(all, pointer, 200);
	(void)strncat(all, " ", 2);
}

static void unknown_members_are_told_once_and_skipped(void **state)
{
	char *text =
		wrapped("",
	                "{'new':{'a':{'b':1}},'ociVersion':'1.9.0','linux':{'x/y':[1],'intelRdt':{'enableCMT':true}},"
	                "'process':{'cwd':'/','user':{'name':null}}}",
	                "");
	char told[400] = "";
	struct json_text in = { .text = text, .len = strlen(text), .unknown = note, .ctx = told };
	struct oci_config *c;
	struct arena a = { 0 };
	struct json_error e;

	(void)state;
	assert_int_equal(oci_config_read(&in, &a, &c, &e), 0);
	assert_string_equal(told, "/new /linux/x~1y /linux/intelRdt/enableCMT /process/user/name ");
	arena_free(&a);
	free(text);
}

static void bare_process_resources_state_and_features_are_read(void **state)
{
	char *process = wrapped("", "{'cwd':'/','args':['id']}", "");
	char *resources = wrapped("", "{'pids':{'limit':5}}", "");
	char *st = wrapped("", "{'ociVersion':'0.2.0','id':'a','status':'paused','pid':4,'bundle':'/b'}", "");
	char *features = wrapped(
		"", "{'ociVersionMin':'1.0.0','ociVersionMax':'2.0.0','linux':{'capabilities':['cap_chown']}}", "");
	struct oci_process *p;
	struct oci_resources *r;
	struct oci_state *s;
	struct oci_features *f;
	struct arena a = { 0 };
	struct json_error e;

	(void)state;
	assert_int_equal(oci_process_read(&(struct json_text){ .text = process, .len = strlen(process) }, &a, &p, &e),
	                 0);
	assert_string_equal(p->args.items[0], "id");
	assert_int_equal(
		oci_resources_read(&(struct json_text){ .text = resources, .len = strlen(resources) }, &a, &r, &e), 0);
	assert_int_equal(r->pids->limit.v, 5);
	assert_int_equal(oci_state_read(&(struct json_text){ .text = st, .len = strlen(st) }, &a, &s, &e), 0);
	assert_int_equal(s->status, OCI_STATUS_PAUSED);
	assert_int_equal(
		oci_features_read(&(struct json_text){ .name = "f", .text = features, .len = strlen(features) }, &a, &f,
	                          &e),
		-1);
	assert_string_equal(
		e.text,
		"f:1:75: /linux/capabilities/0: expected a capability such as \"CAP_CHOWN\", found \"cap_chown\"");
	arena_free(&a);
	free(process);
	free(resources);
	free(st);
	free(features);
}

/* ---- bounds ---- */

/* COUNT times PIECE between HEAD and TAIL */
static char *repeated(const char *head, const char *piece, size_t count, const char *tail, size_t *len)
{
	size_t step = strlen(piece);
	char *text = malloc(strlen(head) + step * count + strlen(tail) + 1);
	char *p;

	assert_non_null(text);
	p = stpcpy(text, head);
	for (size_t i = 0; i < count; i++)
		p = stpcpy(p, piece);
	p = stpcpy(p, tail);
	*len = (size_t)(p - text);
	return text;
}

/* A document may be an array: its items are counted from 0, and nothing else may stand in its place. */
static void an_array_of_mounts(void **state)
{
	static const struct {
		const char *text, *error;
	} wrong[] = {
		{ "{}", "m:1:1: expected an array, found an object" },
		{ "[[]]", "m:1:2: /0: expected an object, found an array" },
		{ "[{\"destination\":\"/a\"},{\"destination\":1}]",
		  "m:1:38: /1/destination: expected a string, found 1" },
		{ "\xef\xbb\xbf[]", "m:1:1: expected an array, found a byte order mark" },
		{ "[]]", "m:1:3: expected the end of the text" },
	};
	static const char right[] = "[{\"destination\":\"/a\"}, {\"options\":[\"ro\"],\"destination\":\"/b\"}]";
	struct json_text in = { .name = "m", .text = right, .len = strlen(right) };
	struct oci_mounts *m;
	struct arena a = { 0 };
	struct json_error e;

	(void)state;
	assert_int_equal(oci_mounts_read(&in, &a, &m, &e), 0);
	assert_int_equal(m->mounts.n, 2);
	assert_string_equal(m->mounts.items[1].destination, "/b");
	assert_string_equal(m->mounts.items[1].options.items[0], "ro");
	in.text = " [ ] ";
	in.len = strlen(in.text);
	assert_int_equal(oci_mounts_read(&in, &a, &m, &e), 0);
	assert_int_equal(m->mounts.n, 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		in.text = wrong[i].text;
		in.len = strlen(in.text);
		assert_int_equal(oci_mounts_read(&in, &a, &m, &e), -1);
		assert_memory_equal(e.text, wrong[i].error, strlen(wrong[i].error));
	}
	arena_free(&a);
}

static void refused(const char *text, size_t len, const char *error)
{
	struct json_text in = { .text = text, .len = len };
	struct oci_config *c;
	struct arena a = { 0 };
	struct json_error e;

	assert_int_equal(oci_config_read(&in, &a, &c, &e), -1);
	assert_string_equal(e.text, error);
	assert_true(a.used <= JSON_MAX_MEMORY);
	arena_free(&a);
}

static void a_text_of_100_MB_is_refused_unseen(void **state)
{
	static const char start[] = "{";

	(void)state;
	refused(start, (size_t)100 << 20, "config.json: expected at most 16 MiB of text, found more");
}

static void nesting_of_10000_levels_is_refused(void **state)
{
	size_t len;
	char *text = repeated("{\"x\":", "[", 10000, "", &len);
	char *error = repeated("config.json:1:69: /x", "/0", 63,
	                       ": expected at most 64 levels of nesting, found one more", &len);

	(void)state;
	refused(text, strlen(text), error);
	free(text);
	free(error);
	text = repeated("{\"x\":", "{\"a\":", 10000, "", &len);
	error = repeated("config.json:1:321: /x", "/a", 63, ": expected at most 64 levels of nesting, found one more",
	                 &len);
	refused(text, strlen(text), error);
	free(text);
	free(error);
}

static void sixty_four_levels_are_read(void **state)
{
	char *text = wrapped("{'ociVersion':'1.0.0','x':",
	                     "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
	                     "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
	                     "}");

	(void)state;
	check(text, "", NULL);
	free(text);
}

static void small_texts_do_not_become_much_memory(void **state)
{
	struct json_text in;
	struct oci_config *c;
	struct arena a = { 0 };
	struct json_error e;
	size_t len;
	char *text = repeated("{\"ociVersion\":\"1.0.0\",\"hooks\":{\"prestart\":[", "{\"path\":\"\"},", 1 << 20,
	                      "{\"path\":\"\"}]}}", &len);

	(void)state;
	in = (struct json_text){ .text = text, .len = len };
	assert_int_equal(oci_config_read(&in, &a, &c, &e), -1);
	assert_non_null(strstr(e.text, ": expected a document that fits into 64 MiB of memory, found a larger one"));
	assert_non_null(strstr(e.text, "config.json:1:"));
	assert_true(a.used <= JSON_MAX_MEMORY);
	arena_free(&a);
	free(text);
}

static void many_free_keys_are_read_in_a_moment(void **state)
{
	enum { KEYS = 200000 };
	char *text = malloc(64 + KEYS * 20);
	struct json_text in;
	struct oci_config *c;
	struct arena a = { 0 };
	struct json_error e;
	char *p;

	(void)state;
	assert_non_null(text);
	p = stpcpy(text, "{\"ociVersion\":\"1.0.0\",\"annotations\":{");
	for (unsigned i = 0; i < KEYS; i++)
		p += snprintf(p, 20, "%s\"%u\":\"\"", i ? "," : "", i);
	p = stpcpy(p, "}}");
	in = (struct json_text){ .text = text, .len = (size_t)(p - text) };
	assert_int_equal(oci_config_read(&in, &a, &c, &e), 0);
	assert_int_equal(c->annotations.n, KEYS);
	assert_string_equal(c->annotations.items[KEYS - 1].key, "199999");
	arena_free(&a);
	free(text);
}

static void an_error_keeps_its_end_when_the_pointer_is_long(void **state)
{
	size_t len;
	char *text = repeated("{\"annotations\":{\"", "k\xc3\xa9", 300, "\":7}}", &len);
	struct json_text in = { .name = "c", .text = text, .len = len };
	struct oci_config *c;
	struct arena a = { 0 };
	struct json_error e;

	(void)state;
	assert_int_equal(oci_config_read(&in, &a, &c, &e), -1);
	assert_non_null(strstr(e.text, "c:1:620: ..."));
	assert_non_null(strstr(e.text, "k\xc3\xa9: expected a string, found 7"));
	assert_int_equal(e.place.line, 1);
	assert_int_equal(e.place.column, 620);
	arena_free(&a);
	free(text);
}

/* Every beginning of a good text is told to end too early, and nothing else happens. */
static void every_truncation_is_told(void **state)
{
	char *text = wrapped(
		"",
		"{'ociVersion':'1.3.0','process':{'cwd':'\\u00e9','args':['a'],'user':{'uid':12}},'x':{'y':[null,true]}}",
		"");
	size_t len = strlen(text);

	(void)state;
	for (size_t n = 0; n < len; n++) {
		char *part = malloc(n + 1); /* so that a sanitizer sees a read past the end */
		struct json_text in = { .text = part, .len = n };
		struct oci_config *c;
		struct arena a = { 0 };
		struct json_error e;

		assert_non_null(part);
		part = realloc(memcpy(part, text, n), n ? n : 1);
		in.text = part;
		assert_int_equal(oci_config_read(&in, &a, &c, &e), -1);
		assert_non_null(strstr(e.text, n ? "found the end of the text" : "found an empty text"));
		arena_free(&a);
		free(part);
	}
	free(text);
}

/* ---- all of it ---- */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static size_t add_vectors(struct CMUnitTest *tests, const struct vector *v, size_t n, CMUnitTestFunction f)
{
	for (size_t i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){ .name = v[i].error ? v[i].error : "accepted",
			                        .test_func = f,
			                        .initial_state = (void *)(uintptr_t)&v[i] };
	return n;
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(every_kind_of_value_arrives),
		cmocka_unit_test(unknown_members_are_told_once_and_skipped),
		cmocka_unit_test(bare_process_resources_state_and_features_are_read),
		cmocka_unit_test(an_array_of_mounts),
		cmocka_unit_test(a_text_of_100_MB_is_refused_unseen),
		cmocka_unit_test(nesting_of_10000_levels_is_refused),
		cmocka_unit_test(sixty_four_levels_are_read),
		cmocka_unit_test(small_texts_do_not_become_much_memory),
		cmocka_unit_test(many_free_keys_are_read_in_a_moment),
		cmocka_unit_test(an_error_keeps_its_end_when_the_pointer_is_long),
		cmocka_unit_test(every_truncation_is_told),
	};
	struct CMUnitTest tests[COUNT(members) + COUNT(texts) + COUNT(others)];
	size_t n = 0;

	n += add_vectors(tests, members, COUNT(members), refused_member);
	n += add_vectors(tests + n, texts, COUNT(texts), whole_text);
	memcpy(tests + n, others, sizeof(others));
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return _cmocka_run_group_tests("json_read", tests, n + COUNT(others), NULL, NULL);
}
