/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_types.h - the row tables that one file refers to and another holds.
 */
#ifndef LIBOCISPEC_OCI_TYPES_H
#define LIBOCISPEC_OCI_TYPES_H

#include "libocispec/json_row.h"

extern const struct json_type oci_id_mapping_type; /* oci_linux.c */
extern const struct json_type oci_linux_type;      /* oci_linux.c */
extern const struct json_type oci_seccomp_type;    /* oci_seccomp.c */

#endif
