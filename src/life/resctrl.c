/* SPDX-License-Identifier: Apache-2.0
 *
 * resctrl - the class of service and monitoring group of a container, where config.json asks for one
 */
#include "life/resctrl.h"

#include "base/log.h"

static const char at_rdt[] = "/linux/intelRdt";

int resctrl_check(const struct rdt_group *g, struct err *e)
{
	auto_fd int root = -1;

	if (g == NULL)
		return 0;
	root = rdt_open(e);
	return root < 0 || rdt_check(root, g, e) < 0 ? err_at(e, "%s", at_rdt) : 0;
}

int resctrl_make(const struct rdt_group *g, bool *made, struct err *e)
{
	auto_fd int root = -1;

	*made = false;
	if (g == NULL)
		return 0;
	root = rdt_open(e);
	return root < 0 || rdt_make(root, g, made, e) < 0 ? err_at(e, "%s", at_rdt) : 0;
}

int resctrl_join(const struct rdt_group *g, pid_t pid, struct err *e)
{
	auto_fd int root = -1;

	if (g == NULL)
		return 0;
	root = rdt_open(e);
	return root < 0 || rdt_join(root, g, pid, e) < 0 ? err_at(e, "%s", at_rdt) : 0;
}

int resctrl_remove(const struct rdt_group *g, struct err *e)
{
	auto_fd int root = -1;
	struct err ignored;

	if (g == NULL)
		return 0;
	root = rdt_open(&ignored);
	if (root >= 0)
		return rdt_remove(root, g, e);
	log_debug("CLOS \"%s\" is gone: %s", g->clos, ignored.text);
	return 0;
}
