/* SPDX-License-Identifier: Apache-2.0
 *
 * defaults - the paths that engines and `spec` hide and write-protect; NULL-terminated
 */
#ifndef OCIRT_PLAN_DEFAULTS_H
#define OCIRT_PLAN_DEFAULTS_H

extern const char *const plan_default_masked[];
extern const char *const plan_default_readonly[];

#endif
