/* SPDX-License-Identifier: Apache-2.0
 *
 * systemd - control groups that systemd makes: a transient scope for each container
 *
 * systemd.scope(5), systemd.resource-control(5), "New Control Group Interfaces". The names follow from the place alone: the last
 * component of its path is the unit, the one before it the slice, and below user@UID.service it is that user's manager.
 */
#ifndef OCIRT_CGROUP_SYSTEMD_H
#define OCIRT_CGROUP_SYSTEMD_H

#include "cgroup/cgroup.h"

/* As cg_driver's. */
int sd_prepare(const struct cg_place *p, const struct cg_settings *s, struct err *e) must_check;
/* see cg_driver */
int sd_join(const struct cg_place *p, pid_t pid, const struct cg_settings *s, struct err *e) must_check;
/* see cg_driver */
int sd_adopt(const struct cg_place *p, pid_t pid, struct err *e) must_check;
/* see cg_driver */
int sd_apply(const struct cg_place *p, const struct cg_settings *s, struct err *e) must_check;
/* see cg_driver */
int sd_remove(const struct cg_place *p, int timeout_ms, struct err *e) must_check;

struct bus;
struct bus_call;

/* Appends the (sv) pairs of what the writes say of unit properties to a call, in the words of the systemd of that connection. */
void unit_put_limits(struct bus *b, struct bus_call *c, const struct cg_settings *s);

/* Appends DevicePolicy and DeviceAllow, where systemd has words for the rules. */
void unit_put_devices(struct bus_call *c, const struct cg_settings *s);

/* Appends those that config.json names itself, whose values are in GVariant's text form. */
int unit_put_asked(struct bus_call *c, const struct cg_settings *s, struct err *e) must_check;

#endif
