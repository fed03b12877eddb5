/* SPDX-License-Identifier: Apache-2.0
 *
 * main - the init stage or the command line
 *
 * `ocirt init` is what life/launch.c executes in a container's namespaces; nothing of the program runs before it there.
 */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "init/stage.h"

/*
 * A caller may have left SIGCHLD ignored: then no child of ours could be waited for (waitpid(2), ECHILD). A reader of ours that is
 * gone and a limit of file sizes are errors to tell, not ends amidst the work; the program gets both signals back (self_reset_signals).
 */
static void set_signals(void)
{
	const struct sigaction dfl = { .sa_handler = SIG_DFL }, ign = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGCHLD, &dfl, NULL); /* cannot fail */
	(void)sigaction(SIGPIPE, &ign, NULL);
	(void)sigaction(SIGXFSZ, &ign, NULL);
}

int main(int argc, char **argv)
{
	set_signals();
	(void)umask(022); /* the caller's may leave files open to everybody, or shut to ourselves; cannot fail */
	if (argc > 1 && strcmp(argv[1], "init") == 0)
		return init_main(argc, argv);
	return cli_main(argc, argv);
}
