/* SPDX-License-Identifier: Apache-2.0
 *
 * warn - what the stage has to tell of config.json, with its place in that
 */
#ifndef OCIRT_INIT_WARN_H
#define OCIRT_INIT_WARN_H

#include "init/init.h"

/* Whether what the stage of an exec says of a pointer is about config.json; else it is one into the process object, which has its own. */
bool init_is_in_config(const char *pointer);

/* Puts `config.json:LINE:COLUMN: POINTER: ` in front; of the process object of an exec, which is not in config.json, nothing. */
void init_place(const struct init_ctx *c, struct err *e);

/* A warning of what *e says, at its place: it is no failure. */
void init_warn(const struct init_ctx *c, struct err *e);

#endif
