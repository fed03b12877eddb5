/* SPDX-License-Identifier: Apache-2.0
 *
 * risks_mount - risks of the root, the mounts, and of what is hidden of them; rows of plan/risks.c
 */
#ifndef OCIRT_PLAN_RISKS_MOUNT_H
#define OCIRT_PLAN_RISKS_MOUNT_H

#include "libocispec/oci_config.h"
#include "plan/finding.h"

/* Whether a word is among a mount's options, of which one text may hold several, with a value behind it or not. */
bool risk_has_option(const struct oci_mount *m, const char *word);

/* The root is writable; parts of /proc and /sys are neither hidden nor read-only. */
void risk_root(const struct oci_config *c, struct findings *f);
void risk_unmasked(const struct oci_config *c, struct findings *f);

/* A mount's destination is not absolute; it lies below one that is made later. */
void risk_relative(const struct oci_config *c, struct findings *f);
void risk_shadowed(const struct oci_config *c, struct findings *f);

/* Files of the host that may be written or are better not seen; mounts that come out; sysfs and control groups that may be written. */
void risk_binds(const struct oci_config *c, struct findings *f);
/* Why it is better not seen, NULL: it may be; itself: what lies below is not asked for. */
const char *risk_why_sensitive(const char *path, bool itself);
void risk_propagation(const struct oci_config *c, struct findings *f);
void risk_sys(const struct oci_config *c, struct findings *f);

#endif
