/* SPDX-License-Identifier: Apache-2.0
 *
 * security - the compiled form of linux.seccomp, for who loads it
 */
#ifndef OCIRT_PLAN_SECURITY_H
#define OCIRT_PLAN_SECURITY_H

#include <stdbool.h>

#include "kernel/seccomp.h"

struct plan_seccomp {
	struct seccomp_filter filter;
	bool notifies;                 /* a rule has SCMP_ACT_NOTIFY: loading gives a listener */
	const char *listener_path;     /* absolute path of an agent's socket; NULL: none */
	const char *listener_metadata; /* opaque, for the agent; NULL: none */
};

#endif
