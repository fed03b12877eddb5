/* SPDX-License-Identifier: Apache-2.0
 *
 * stage - the main of the re-exec'd stage
 */
#ifndef OCIRT_INIT_STAGE_H
#define OCIRT_INIT_STAGE_H

struct init_ctx;

/* Called by main() before anything else for `ocirt init MODE FD...`. Does not return on success; the exit code on failure. */
int init_main(int argc, char **argv);

/*
 * The same in a process that was forked only: mode, plan, process, intent, config.json and what else init_main() would have read is
 * in *c already, in its parent's memory, and the arena is its own.
 */
int init_enter(struct init_ctx *c);

#endif
