/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_words.c - the texts of the closed word lists that oci_config.h and oci_state.h declare.
 */
#include "libocispec/json_row.h"
#include "libocispec/oci_config.h"
#include "libocispec/oci_state.h"

JSON_WORD_TABLE(oci_ns, OCI_NS);
JSON_WORD_TABLE(oci_dev, OCI_DEV);
JSON_WORD_TABLE(oci_devrule, OCI_DEVRULE);
JSON_WORD_TABLE(oci_propagation, OCI_PROPAGATION);
JSON_WORD_TABLE(oci_rlimit_type, OCI_RLIMIT);
JSON_WORD_TABLE(oci_ioprio, OCI_IOPRIO);
JSON_WORD_TABLE(oci_sched, OCI_SCHED);
JSON_WORD_TABLE(oci_sched_flag, OCI_SCHED_FLAG);
JSON_WORD_TABLE(oci_per, OCI_PER);
JSON_WORD_TABLE_OF(oci_mpol, OCI_MPOL, "memory policy");
JSON_WORD_TABLE_OF(oci_mpol_flag, OCI_MPOL_FLAG, "memory policy flag");
JSON_WORD_TABLE(oci_act, OCI_ACT);
JSON_WORD_TABLE(oci_cmp, OCI_CMP);
JSON_WORD_TABLE(oci_filter_flag, OCI_FILTER_FLAG);
JSON_WORD_TABLE(oci_arch, OCI_ARCH);
JSON_WORD_TABLE(oci_status, OCI_STATUS);
