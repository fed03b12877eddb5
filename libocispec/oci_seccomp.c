/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_seccomp.c - the rows of linux.seccomp.
 *
 * Text: config-linux.md#seccomp.
 */
#include "libocispec/oci_config.h"
#include "libocispec/oci_types.h"

static const struct json_row seccomp_arg_rows[] = {
#define T struct oci_seccomp_arg
	REQ(u32, "index", index),
	REQ(u64, "value", value),
	OPT(u64, "valueTwo", value_two),
	REQ_WORD(oci_cmp, "op", op),
#undef T
};
static JSON_TYPE(oci_seccomp_arg, seccomp_arg_rows);

static const struct json_row syscall_rows[] = {
#define T struct oci_syscall
	REQ_STRS("names", names, JSON_FILLED),
	REQ_WORD(oci_act, "action", action),
	OPT(u32, "errnoRet", errno_ret),
	OPT_OBJECTS(oci_seccomp_arg, "args", args),
#undef T
};
static JSON_TYPE(oci_syscall, syscall_rows);

static const struct json_row seccomp_rows[] = {
#define T struct oci_seccomp
	REQ_WORD(oci_act, "defaultAction", default_action),
	OPT(u32, "defaultErrnoRet", default_errno_ret),
	OPT_WORDS(oci_arch, "architectures", architectures),
	OPT_WORDS(oci_filter_flag, "flags", flags),
	OPT(str, "listenerPath", listener_path),
	OPT(str, "listenerMetadata", listener_metadata),
	OPT_OBJECTS(oci_syscall, "syscalls", syscalls),
#undef T
};
JSON_TYPE(oci_seccomp, seccomp_rows);
