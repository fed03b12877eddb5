/* SPDX-License-Identifier: Apache-2.0
 *
 * criu_verbs - what checkpoint and restore do alike
 */
#ifndef OCIRT_LIFE_CRIU_VERBS_H
#define OCIRT_LIFE_CRIU_VERBS_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"
#include "life/criu.h"
#include "life/verbs.h"
#include "plan/intent.h"

/* The choices of the command line, and criu's configuration by the container's annotation. */
int criu_choose(const struct criu_choices *c, const struct intent *in, struct criu_options *to,
                struct err *e) must_check;

/*
 * criu's own standard descriptors: ours (a job of the caller's shell), or /dev/null, whose descriptor is returned for the caller
 * to close. -1 with *e filled; with ours always -1, and nothing to close.
 */
int criu_streams(bool ours, int std[3], struct err *e);

#endif
