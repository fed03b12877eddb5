/* SPDX-License-Identifier: Apache-2.0
 *
 * stage - the main of the re-exec'd stage
 */
#ifndef OCIRT_INIT_STAGE_H
#define OCIRT_INIT_STAGE_H

/* Called by main() before anything else for `ocirt init MODE FD...`. Does not return on success; the exit code on failure. */
int init_main(int argc, char **argv);

#endif
