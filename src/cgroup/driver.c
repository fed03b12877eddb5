/* SPDX-License-Identifier: Apache-2.0
 *
 * driver - the managers of groups as a table
 *
 * Declared in cgroup.h.
 */
#include "cgroup/cgroup.h"

#include "cgroup/systemd.h"
#include "cgroup/tree.h"

static int fs_prepare(const struct cg_place *p, const struct cg_settings *s, struct err *e)
{
	struct cg_made made;

	if (cg_make(p, s->need, s->n_need, &made, e) < 0)
		return -1;
	if (cg_write_all(p, s->writes, s->n_writes, e) == 0 && cg_set_devices(p, s->devices, s->n_devices, e) == 0)
		return 0;
	cg_unmake(p, &made);
	return -1;
}

static int write_limits(const struct cg_place *p, const struct cg_settings *s, struct err *e)
{
	return s->fresh ? cg_write_all(p, s->writes, s->n_writes, e) : cg_change(p, s->writes, s->n_writes, NULL, e);
}

static int fs_apply(const struct cg_place *p, const struct cg_settings *s, struct err *e)
{
	if (cg_enable(p, s->need, s->n_need, e) < 0 || write_limits(p, s, e) < 0)
		return -1;
	return cg_set_devices(p, s->devices, s->n_devices, e);
}

static int fs_join(const struct cg_place *p, pid_t pid, const struct cg_settings *s, struct err *e)
{
	(void)p, (void)pid, (void)s, (void)e;
	return 0; /* it was born inside */
}

static int no_prepare(const struct cg_place *p, const struct cg_settings *s, struct err *e)
{
	(void)p, (void)s, (void)e;
	return 0;
}

static int no_remove(const struct cg_place *p, int timeout_ms, struct err *e)
{
	(void)p, (void)timeout_ms, (void)e;
	return 0;
}

static const struct cg_driver drivers[] = {
	[CG_MANAGER_CGROUPFS] = { "cgroupfs", true, fs_prepare, fs_join, NULL, fs_apply, cg_remove },
	[CG_MANAGER_SYSTEMD] = { "systemd", false, sd_prepare, sd_join, sd_adopt, sd_apply, sd_remove },
	[CG_MANAGER_DISABLED] = { "disabled", true, no_prepare, fs_join, NULL, no_prepare, no_remove },
};

const struct cg_driver *cg_driver_of(enum cg_manager manager)
{
	return &drivers[manager];
}
