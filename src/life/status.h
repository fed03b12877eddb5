/* SPDX-License-Identifier: Apache-2.0
 *
 * status - which verb is allowed in which status, and the words when it is not
 */
#ifndef OCIRT_LIFE_STATUS_H
#define OCIRT_LIFE_STATUS_H

#include "base/auto.h"
#include "base/err.h"
#include "libocispec/oci_state.h"
#include "life/store.h"

enum verb {
	VERB_START,
	VERB_KILL,
	VERB_DELETE,
	VERB_EXEC,
	VERB_EXEC_PAUSED, /* exec --ignore-paused */
	VERB_PAUSE,
	VERB_RESUME,
	VERB_PS,
	VERB_UPDATE,
	VERB_EVENTS,
	VERB_CHECKPOINT,
	VERB_MOUNTS,
	VERBS,
};

/* 0 when the verb may be done in that status; else -1, ERR_STATUS, runc's words and the status. */
int status_allows(enum verb verb, enum oci_status status, const char *id, struct err *e) must_check;

/* store_status and, for a running container, whether its control group is frozen (paused). -1: nobody can tell. */
int status_now(const struct container *c, enum oci_status *status, struct err *e) must_check;

/* The two in one: whether the verb may be done now. */
int status_permits(enum verb verb, const struct container *c, struct err *e) must_check;

#endif
