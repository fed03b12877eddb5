/* SPDX-License-Identifier: Apache-2.0
 *
 * steps - THE step tables of the init stage: what happens in which order, and what forces the order
 */
#ifndef OCIRT_INIT_STEPS_H
#define OCIRT_INIT_STEPS_H

#include "base/auto.h"
#include "base/err.h"
#include "init/init.h"

/* Runs all steps up to the one that executes the program; returns only on failure. ctx->mode picks the table. */
int init_run(struct init_ctx *ctx, struct err *e) must_check;

#endif
