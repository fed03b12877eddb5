/* SPDX-License-Identifier: Apache-2.0
 *
 * main - the init stage or the command line
 *
 * `ocirt init` is what life/launch.c executes in a container's namespaces; nothing of the program runs before it there.
 */
#include <string.h>

#include "cli/cli.h"
#include "init/stage.h"

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "init") == 0)
		return init_main(argc, argv);
	return cli_main(argc, argv);
}
