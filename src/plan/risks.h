/* SPDX-License-Identifier: Apache-2.0
 *
 * risks - what works and weakens a container, found in its configuration alone
 */
#ifndef OCIRT_PLAN_RISKS_H
#define OCIRT_PLAN_RISKS_H

#include "libocispec/oci_config.h"
#include "plan/finding.h"

/* Adds all risks and notes of a configuration. */
void risks_find(const struct oci_config *spec, struct findings *f);

/* Adds what a kernel of that release (major << 16 | minor) lacks of what the configuration asks for. */
void risks_find_kernel(const struct oci_config *spec, unsigned int release, struct findings *f);

#endif
