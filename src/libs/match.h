/* SPDX-License-Identifier: Apache-2.0
 *
 * match - which texts fit a regular expression
 */
#ifndef OCIRT_LIBS_MATCH_H
#define OCIRT_LIBS_MATCH_H

#include "libs/talk.h"

/* LIBS_MATCH; ERR_USAGE for what is no regular expression, in regerror(3)'s words. regex(7). */
int libs_match(struct libs_talk *t, struct err *e) must_check;

#endif
