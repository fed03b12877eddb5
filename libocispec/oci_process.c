/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_process.c - the rows of the process object, in config.json or bare.
 *
 * Text: config.md#process.
 */
#include "libocispec/arena.h"
#include "libocispec/oci_config.h"
#include "libocispec/oci_forms.h"
#include "libocispec/oci_types.h"

static const struct json_row console_size_rows[] = {
#define T struct oci_console_size
	REQ(u64, "height", height),
	REQ(u64, "width", width),
#undef T
};
static JSON_TYPE(oci_console_size, console_size_rows);

static const struct json_row user_rows[] = {
#define T struct oci_user
	OPT(u32, "uid", uid),           OPT(u32, "gid", gid),
	OPT(u32, "umask", umask),       OPT_U32S("additionalGids", additional_gids),
	OPT(str, "username", username),
#undef T
};
static JSON_TYPE(oci_user, user_rows);

static const struct json_row capabilities_rows[] = {
#define T struct oci_capabilities
	OPT_STRS("bounding", bounding),   OPT_STRS("effective", effective), OPT_STRS("inheritable", inheritable),
	OPT_STRS("permitted", permitted), OPT_STRS("ambient", ambient),
#undef T
};
static JSON_TYPE(oci_capabilities, capabilities_rows);

static const struct json_row rlimit_rows[] = {
#define T struct oci_rlimit
	REQ_WORD(oci_rlimit_type, "type", type),
	REQ(u64, "hard", hard),
	REQ(u64, "soft", soft),
#undef T
};
static JSON_TYPE(oci_rlimit, rlimit_rows);

static const struct json_row scheduler_rows[] = {
#define T struct oci_scheduler
	REQ_WORD(oci_sched, "policy", policy),
	OPT(i32, "nice", nice),
	OPT(i32, "priority", priority),
	OPT_WORDS(oci_sched_flag, "flags", flags),
	OPT(u64, "runtime", runtime),
	OPT(u64, "deadline", deadline),
	OPT(u64, "period", period),
#undef T
};
static JSON_TYPE(oci_scheduler, scheduler_rows);

static const struct json_row io_priority_rows[] = {
#define T struct oci_io_priority
	REQ_WORD(oci_ioprio, "class", class),
	OPT(i32, "priority", priority),
#undef T
};
static JSON_TYPE(oci_io_priority, io_priority_rows);

static const struct json_row cpu_affinity_rows[] = {
#define T struct oci_cpu_affinity
	OPT_FORM("initial", initial, &oci_form_cpu_list),
	OPT_FORM("final", final, &oci_form_cpu_list),
#undef T
};
static JSON_TYPE(oci_cpu_affinity, cpu_affinity_rows);

static const struct json_row process_rows[] = {
#define T struct oci_process
	OPT(bool, "terminal", terminal),
	OPT_OBJECT(oci_console_size, "consoleSize", console_size),
	OPT_OBJECT(oci_user, "user", user),
	OPT_STRS("args", args),
	OPT(str, "commandLine", command_line),
	OPT_STRS("env", env),
	REQ(str, "cwd", cwd),
	OPT_OBJECT(oci_capabilities, "capabilities", capabilities),
	OPT_OBJECTS(oci_rlimit, "rlimits", rlimits),
	OPT(bool, "noNewPrivileges", no_new_privileges),
	OPT(str, "apparmorProfile", apparmor_profile),
	OPT(i32, "oomScoreAdj", oom_score_adj),
	OPT_OBJECT(oci_scheduler, "scheduler", scheduler),
	OPT(str, "selinuxLabel", selinux_label),
	OPT_OBJECT(oci_io_priority, "ioPriority", io_priority),
	OPT_OBJECT(oci_cpu_affinity, "execCPUAffinity", exec_cpu_affinity),
#undef T
};
JSON_TYPE(oci_process, process_rows);

int oci_process_read(const struct json_text *in, struct arena *a, struct oci_process **out, struct json_error *e)
{
	*out = json_read(in, &oci_process_type, a, e);
	return *out ? 0 : -1;
}
