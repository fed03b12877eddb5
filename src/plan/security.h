/* SPDX-License-Identifier: Apache-2.0
 *
 * security - the compiled form of linux.seccomp, for who loads it
 */
#ifndef OCIRT_PLAN_SECURITY_H
#define OCIRT_PLAN_SECURITY_H

#include <stdbool.h>

#include "kernel/seccomp.h"
#include "plan/plan.h"

struct plan_seccomp {
	struct seccomp_filter filter;
	bool notifies;                 /* a rule has SCMP_ACT_NOTIFY: loading gives a listener */
	const char *listener_path;     /* absolute path of an agent's socket; NULL: none */
	const char *listener_pointer;  /* who named it; NULL: the environment */
	const char *listener_metadata; /* opaque, for the agent; NULL: none */
};

/*
 * Where a listener goes: to listenerPath; without one, to run.oci.seccomp.receiver; without that, to the $RUN_OCI_SECCOMP_RECEIVER
 * of create. path NULL: nowhere. spec has a linux.seccomp.
 */
struct listener_of {
	const char *path, *pointer;
};
struct listener_of listener_of(const struct oci_config *spec, const struct intent *intent);

#endif
