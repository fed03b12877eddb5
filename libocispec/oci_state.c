/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_state.c - the rows of the state document and of what a seccomp agent is sent.
 */
#include "libocispec/oci_state.h"

#include "libocispec/arena.h"
#include "libocispec/oci_forms.h"
#include "libocispec/oci_types.h"

static const struct json_range pid_range = { 0, INT32_MAX };

static const struct json_row state_rows[] = {
#define T struct oci_state
	REQ_FORM("ociVersion", oci_version, &oci_form_version),
	REQ(str, "id", id),
	OPT_IN(i32, "pid", pid, &pid_range),
	REQ_WORD(oci_status, "status", status),
	REQ(str, "bundle", bundle),
	OPT(str, "rootfs", rootfs),
	OPT(str, "created", created),
	OPT(str, "owner", owner),
	OPT_MAP("annotations", annotations),
#undef T
};
JSON_TYPE(oci_state, state_rows);

static const struct json_row container_process_state_rows[] = {
#define T struct oci_container_process_state
	REQ_FORM("ociVersion", oci_version, &oci_form_version),
	REQ_STRS("fds", fds, 0),
	REQ(i32, "pid", pid),
	OPT(str, "metadata", metadata),
	REQ_OBJECT(oci_state, "state", state),
#undef T
};
JSON_TYPE(oci_container_process_state, container_process_state_rows);

int oci_state_read(const struct json_text *in, struct arena *a, struct oci_state **out, struct json_error *e)
{
	*out = json_read(in, &oci_state_type, a, e);
	return *out ? 0 : -1;
}

char *oci_state_write(const struct oci_state *s, const char *indent, struct arena *a, size_t *len)
{
	return json_write(&oci_state_type, s, indent, a, len);
}
