/* SPDX-License-Identifier: Apache-2.0
 *
 * pause - freezes and thaws a container's control group
 */
#include "life/life.h"
#include "life/verbs.h"

enum { FREEZE_TIMEOUT_MS = 10000 };

/* When the container was killed meanwhile, that is what there is to say. */
static int set(const struct container *c, enum verb verb, bool frozen, struct err *e)
{
	struct err why;

	if (cg_freeze(c->intent.place, frozen, FREEZE_TIMEOUT_MS, e) == 0)
		return 0;
	if (status_permits(verb, c, &why) < 0)
		*e = why;
	return -1;
}

static int set_frozen(const struct life_globals *g, const char *id, enum verb verb, bool frozen, struct err *e)
{
	auto_arena struct arena arena = { 0 };
	auto_container struct container c = CONTAINER_NONE;

	if (store_open(g->root, id, &arena, &c, e) < 0 || life_lock(&c, e) < 0)
		return -1;
	if (status_permits(verb, &c, e) < 0)
		return -1;
	if (c.intent.place == NULL)
		return err_kind(e, ERR_HOST, "container \"%s\" has no control group to freeze", id);
	return set(&c, verb, frozen, e);
}

int life_pause(const struct life_globals *g, const char *id, struct err *e)
{
	return set_frozen(g, id, VERB_PAUSE, true, e);
}

int life_resume(const struct life_globals *g, const char *id, struct err *e)
{
	return set_frozen(g, id, VERB_RESUME, false, e);
}
