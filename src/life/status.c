/* SPDX-License-Identifier: Apache-2.0
 *
 * status - which verb is allowed in which status, and the words when it is not
 *
 * runtime.md#operations. The words are runc's: engines look for them (cli-compat, error text).
 */
#include "life/status.h"

/* NULL: allowed. A %s is the id. */
struct refusal {
	const char *text[OCI_STATUS_COUNT];
};

static const struct refusal refusals[VERBS] = {
	[VERB_START] = { {
		[OCI_STATUS_CREATING] = "cannot start a container that is being created",
		[OCI_STATUS_RUNNING] = "cannot start an already running container",
		[OCI_STATUS_PAUSED] = "cannot start an already running container",
		[OCI_STATUS_STOPPED] = "cannot start a container that has stopped",
	} },
	[VERB_KILL] = { {
		[OCI_STATUS_CREATING] = "container not running",
		[OCI_STATUS_STOPPED] = "container not running",
	} },
	[VERB_DELETE] = { {
		[OCI_STATUS_CREATING] = "cannot delete a container that is not stopped",
		[OCI_STATUS_RUNNING] = "cannot delete a container that is not stopped",
		[OCI_STATUS_PAUSED] = "cannot delete a container that is not stopped",
	} },
	[VERB_EXEC] = { {
		[OCI_STATUS_CREATING] = "cannot exec in a container that is being created",
		[OCI_STATUS_PAUSED] = "cannot exec in a paused container (use --ignore-paused to override)",
		[OCI_STATUS_STOPPED] = "cannot exec in a stopped container",
	} },
	[VERB_EXEC_PAUSED] = { {
		[OCI_STATUS_CREATING] = "cannot exec in a container that is being created",
		[OCI_STATUS_STOPPED] = "cannot exec in a stopped container",
	} },
	[VERB_PAUSE] = { {
		[OCI_STATUS_CREATING] = "container not running",
		[OCI_STATUS_PAUSED] = "container not running",
		[OCI_STATUS_STOPPED] = "container not running",
	} },
	[VERB_RESUME] = { {
		[OCI_STATUS_CREATING] = "container not paused",
		[OCI_STATUS_CREATED] = "container not paused",
		[OCI_STATUS_RUNNING] = "container not paused",
		[OCI_STATUS_STOPPED] = "container not paused",
	} },
	[VERB_PS] = { {
		[OCI_STATUS_CREATING] = "container not running",
	} },
	[VERB_EVENTS] = { {
		[OCI_STATUS_CREATING] = "container not running",
		[OCI_STATUS_STOPPED] = "container not running",
	} },
	[VERB_CHECKPOINT] = { {
		[OCI_STATUS_CREATING] = "cannot checkpoint a container that is being created",
		[OCI_STATUS_CREATED] = "cannot checkpoint a container that was not started",
		[OCI_STATUS_STOPPED] = "container not running",
	} },
	[VERB_UPDATE] = { {
		[OCI_STATUS_CREATING] = "cannot update a container that is being created",
		[OCI_STATUS_STOPPED] = "container not running",
	} },
	[VERB_MOUNTS] = { {
		[OCI_STATUS_CREATING] = "cannot change the mounts of a container that is being created",
		[OCI_STATUS_STOPPED] = "container not running",
	} },
};

int status_allows(enum verb verb, enum oci_status status, const char *id, struct err *e)
{
	const char *text = refusals[verb].text[status];

	if (text == NULL)
		return 0;
	return err_kind(e, ERR_STATUS, "%s: \"%s\" is %s", text, id, json_word(&oci_status_words, status));
}

int status_now(const struct container *c, enum oci_status *status, struct err *e)
{
	int frozen = 0;

	if (store_status(c, status, e) < 0)
		return -1;
	if ((*status == OCI_STATUS_RUNNING || *status == OCI_STATUS_CREATED) && c->has_intent &&
	    c->intent.place != NULL)
		frozen = cg_frozen(c->intent.place, e);
	if (frozen > 0)
		*status = OCI_STATUS_PAUSED;
	return frozen < 0 ? -1 : 0;
}

int status_permits(enum verb verb, const struct container *c, struct err *e)
{
	enum oci_status status;

	return status_now(c, &status, e) < 0 ? -1 : status_allows(verb, status, c->id, e);
}
