/* SPDX-License-Identifier: Apache-2.0
 *
 * cli - the program but for `ocirt init`: reads the line, runs the command, tells its failure
 */
#ifndef OCIRT_CLI_CLI_H
#define OCIRT_CLI_CLI_H

/* Returns the exit code. */
int cli_main(int argc, char *const argv[]);

#endif
