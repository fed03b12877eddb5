/* SPDX-License-Identifier: Apache-2.0
 *
 * exec_process - the process object of an exec: a file of its own, or config.json's changed by the command line
 */
#ifndef OCIRT_LIFE_EXEC_PROCESS_H
#define OCIRT_LIFE_EXEC_PROCESS_H

#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"
#include "libocispec/oci_config.h"
#include "life/verbs.h"

/* Where errors about it are placed. */
struct exec_source {
	const char *name;    /* of the file */
	const char *pointer; /* of the process object in it */
	char *text;          /* malloc'ed; NULL: no place */
	size_t len;
};

/* Frees the text. */
void exec_source_free(struct exec_source *s);

/* base is config.json's process, or NULL. *out lives in the arena. */
int exec_process(const struct exec_options *o, const struct oci_process *base, struct arena *a,
                 struct oci_process **out, struct exec_source *source, struct err *e) must_check;

#endif
