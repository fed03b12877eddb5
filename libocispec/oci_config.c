/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_config.c - config.json: the rows of its top level, root, mounts and hooks.
 *
 * Text: config.md. The order of rows is the order in which documents are written.
 */
#include "libocispec/oci_config.h"

#include "libocispec/arena.h"
#include "libocispec/oci_forms.h"
#include "libocispec/oci_types.h"

static const struct json_row root_rows[] = {
#define T struct oci_root
	REQ(str, "path", path),
	OPT(bool, "readonly", readonly),
#undef T
};
static JSON_TYPE(oci_root, root_rows);

static const struct json_row mount_rows[] = {
#define T struct oci_mount
	REQ(str, "destination", destination),
	OPT(str, "type", type),
	OPT(str, "source", source),
	OPT_STRS("options", options),
	OPT_OBJECTS(oci_id_mapping, "uidMappings", uid_mappings),
	OPT_OBJECTS(oci_id_mapping, "gidMappings", gid_mappings),
#undef T
};
static JSON_TYPE(oci_mount, mount_rows);

static const struct json_row mounts_rows[] = {
#define T struct oci_mounts
	OPT_OBJECTS(oci_mount, "", mounts),
#undef T
};
static JSON_TYPE(oci_mounts, mounts_rows);

static const struct json_range timeout_range = { 1, INT32_MAX / 1000 }; /* as many milliseconds as poll(2) takes */

static const struct json_row hook_rows[] = {
#define T struct oci_hook
	REQ(str, "path", path),
	OPT_STRS("args", args),
	OPT_STRS("env", env),
	OPT_IN(i64, "timeout", timeout, &timeout_range),
#undef T
};
static JSON_TYPE(oci_hook, hook_rows);

static const struct json_row hooks_rows[] = {
#define T struct oci_hooks
	OPT_OBJECTS(oci_hook, "prestart", prestart),
	OPT_OBJECTS(oci_hook, "createRuntime", create_runtime),
	OPT_OBJECTS(oci_hook, "createContainer", create_container),
	OPT_OBJECTS(oci_hook, "startContainer", start_container),
	OPT_OBJECTS(oci_hook, "poststart", poststart),
	OPT_OBJECTS(oci_hook, "poststop", poststop),
#undef T
};
static JSON_TYPE(oci_hooks, hooks_rows);

static const struct json_row config_rows[] = {
#define T struct oci_config
	REQ_FORM("ociVersion", oci_version, &oci_form_version_1),
	OPT_OBJECT(oci_process, "process", process),
	OPT_OBJECT(oci_root, "root", root),
	OPT(str, "hostname", hostname),
	OPT(str, "domainname", domainname),
	OPT_OBJECTS(oci_mount, "mounts", mounts),
	OPT_OBJECT(oci_hooks, "hooks", hooks),
	OPT_MAP("annotations", annotations),
	OPT_OBJECT(oci_linux, "linux", linux_),
	SKIPPED("solaris"),
	SKIPPED("windows"),
	SKIPPED("vm"),
	SKIPPED("zos"),
	SKIPPED("freebsd"),
#undef T
};
JSON_TYPE(oci_config, config_rows);

int oci_config_read(const struct json_text *in, struct arena *a, struct oci_config **out, struct json_error *e)
{
	*out = json_read(in, &oci_config_type, a, e);
	return *out ? 0 : -1;
}

int oci_mounts_read(const struct json_text *in, struct arena *a, struct oci_mounts **out, struct json_error *e)
{
	*out = json_read(in, &oci_mounts_type, a, e);
	return *out ? 0 : -1;
}
