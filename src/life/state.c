/* SPDX-License-Identifier: Apache-2.0
 *
 * state - the state document of a container
 */
#include "life/state.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/passwd.h"
#include "life/life.h"
#include "life/verbs.h"

/* The owner's name out of /etc/passwd; `#UID` when it has none. */
const char *state_owner(uint32_t uid, struct arena *a)
{
	auto_free char *text = NULL;
	struct err ignored;
	char name[PATH_MAX];
	size_t len;

	if (file_read_at(AT_FDCWD, "/etc/passwd", PASSWD_MAX, &text, &len, &ignored) < 0 ||
	    !passwd_find(text, len, uid, PASSWD_NAME, name))
		(void)snprintf(name, sizeof(name), "#%u", uid); /* always fits */
	return arena_strndup(a, name, strlen(name));
}

int state_of(const struct container *c, struct arena *a, struct oci_state *state, struct err *e)
{
	const struct intent *in = &c->intent;

	*state = (struct oci_state){ .oci_version = OCI_VERSION, .id = c->id };
	if (status_now(c, &state->status, e) < 0)
		return -1;
	state->pid = (struct opt_i32){ .set = true,
		                       .v = state->status == OCI_STATUS_STOPPED || !c->has_process ? 0 : c->pid };
	if (!c->has_intent) {
		state->bundle = "";
		return 0;
	}
	state->bundle = in->bundle;
	state->rootfs = in->rootfs;
	state->created = in->created;
	state->annotations = in->annotations;
	state->owner = in->owner == 0 ? "root" : state_owner(in->owner, a);
	return state->owner != NULL ? 0 : err_memory(e);
}

int life_state(const struct life_globals *g, const char *id, struct arena *a, struct oci_state **state, struct err *e)
{
	auto_container struct container c = CONTAINER_NONE;

	if (store_open(g->root, id, a, &c, e) < 0)
		return -1;
	*state = arena_alloc(a, sizeof(**state));
	if (*state == NULL)
		return err_memory(e);
	return state_of(&c, a, *state, e);
}
