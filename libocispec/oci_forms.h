/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_forms.h - the forms a string may have to take: the patterns of the published schema, and SemVer.
 */
#ifndef LIBOCISPEC_OCI_FORMS_H
#define LIBOCISPEC_OCI_FORMS_H

#include "libocispec/json_row.h"

extern const struct json_form oci_form_version;       /* SemVer 2.0.0 */
extern const struct json_form oci_form_version_1;     /* SemVer 2.0.0 with major version 1 */
extern const struct json_form oci_form_page_size;     /* ^[1-9][0-9]*[KMG]B$ */
extern const struct json_form oci_form_cpu_list;      /* ^[0-9, -]*$ */
extern const struct json_form oci_form_mem_bw_schema; /* ^MB:[^\n]*$ */
extern const struct json_form oci_form_capability;    /* ^CAP_[A-Z_]+$ */

#endif
