/* SPDX-License-Identifier: Apache-2.0
 *
 * device_rules - linux.resources.devices with what every container may use
 */
#ifndef OCIRT_PLAN_DEVICE_RULES_H
#define OCIRT_PLAN_DEVICE_RULES_H

#include "base/auto.h"
#include "base/err.h"
#include "cgroup/cgroup.h"
#include "libocispec/arena.h"
#include "libocispec/oci_config.h"

/*
 * Compiles the rules: everything is denied first, then the configured ones in their order, then the default devices are
 * allowed (config-linux.md#default-devices, and mknod of anything). Fills devices and n_devices of *out. pointer is that of
 * the array.
 */
int device_rules_build(const struct vec_oci_device_rule *in, const char *pointer, struct arena *a,
                       struct cg_settings *out, struct err *e) must_check;

#endif
