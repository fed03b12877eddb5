/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_state.h - the state of a container, as `ocirt state` prints it and hooks read it on stdin.
 *
 * Texts: runtime.md#state; config-linux.md#containerprocessstate (what a seccomp agent is sent);
 * rootfs, created and owner are not in the text: runc's output has them and its callers read them.
 */
#ifndef LIBOCISPEC_OCI_STATE_H
#define LIBOCISPEC_OCI_STATE_H

#include "libocispec/json.h"

/* The text knows the first four; "paused" is what runc and crun say and engines understand. */
#define OCI_STATUS_WORDS(X)                \
	X(OCI_STATUS_CREATING, "creating") \
	X(OCI_STATUS_CREATED, "created")   \
	X(OCI_STATUS_RUNNING, "running")   \
	X(OCI_STATUS_STOPPED, "stopped")   \
	X(OCI_STATUS_PAUSED, "paused")
JSON_WORDS(oci_status, OCI_STATUS);

struct oci_state {
	const char *oci_version;
	const char *id;
	enum oci_status status;
	struct opt_i32 pid; /* on the host */
	const char *bundle;
	const char *rootfs;
	const char *created; /* RFC 3339 */
	const char *owner;
	struct map_str annotations;
};

struct oci_container_process_state {
	const char *oci_version;
	struct vec_str fds; /* the names of the descriptors in the SCM_RIGHTS message, in its order */
	int32_t pid;
	const char *metadata; /* linux.seccomp.listenerMetadata */
	struct oci_state *state;
};

/* The name of the seccomp notify descriptor in `fds`. */
#define OCI_SECCOMP_FD_NAME "seccompFd"

extern const struct json_type oci_state_type;
extern const struct json_type oci_container_process_state_type;

/*
 * Reads a state document. *OUT lives in A. Returns 0, or -1 with *E filled.
 */
int oci_state_read(const struct json_text *in, struct arena *a, struct oci_state **out, struct json_error *e)
	__attribute__((warn_unused_result));

/*
 * The text of S, NUL terminated, in A; its length in *LEN when LEN is not NULL. INDENT as in json_write().
 * Returns NULL when memory runs out.
 */
char *oci_state_write(const struct oci_state *s, const char *indent, struct arena *a, size_t *len)
	__attribute__((warn_unused_result));

#endif
