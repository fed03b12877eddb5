/* SPDX-License-Identifier: Apache-2.0
 *
 * annotations - what config.json asks for by annotations named run.oci.*, as users of crun write them, and org.ocirt.*
 */
#ifndef OCIRT_PLAN_ANNOTATIONS_H
#define OCIRT_PLAN_ANNOTATIONS_H

#include <stdbool.h>

#include "libocispec/json.h"

/* Whether run.oci.keep_original_groups is set; what is neither yes nor no was refused by plan_annotations. */
bool annotations_keep_groups(const struct map_str *annotations);

/* The value of an annotation of the table, NULL when it is absent or empty. */
const char *annotations_text(const struct map_str *annotations, const char *key);

#define ANNOTATION_HOOK_OUT "run.oci.hooks.stdout"
#define ANNOTATION_HOOK_ERR "run.oci.hooks.stderr"
#define ANNOTATION_LANDLOCK "org.ocirt.landlock"
#define ANNOTATION_LEAF "org.ocirt.cgroup-leaf"

/* Whether a key begins with run.oci. or org.ocirt. and is none that we know; NEAR is then the one that was probably meant, or NULL. */
bool annotations_unknown(const char *key, const char **near);

#endif
