/* SPDX-License-Identifier: Apache-2.0
 *
 * main - the init stage or the command line
 *
 * `ocirt init` is what life/launch.c executes in a container's namespaces; nothing of the program runs before it there.
 */
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/libc.h"
#include "base/log.h"
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

/* Else a crash would be all there is to see. Arguments and environment are on the stack, the program's name above them (execve(2)). */
static int check_stack(struct err *e)
{
	enum { LEAST = 96 << 10 };
	const unsigned long used = getauxval(AT_EXECFN) - (unsigned long)__builtin_frame_address(0);
	struct rlimit stack;

	if (prlimit(0, RLIMIT_STACK, NULL, &stack) < 0 || stack.rlim_cur >= used + LEAST)
		return 0;
	return err_kind(e, ERR_HOST, "the stack is limited to %llu bytes (RLIMIT_STACK), at least %lu are needed",
	                (unsigned long long)stack.rlim_cur, used + LEAST);
}

static own_frame bool has_stack(void)
{
	struct err e;

	if (check_stack(&e) == 0)
		return true;
	log_error(&e);
	return false;
}

/* Without exit(3)'s handlers, of which none is ours: libc's own write to pages that are about to go. LeakSanitizer is one. */
static int leave(int code)
{
#ifndef __SANITIZE_ADDRESS__
	_exit(code);
#endif
	return code;
}

int main(int argc, char **argv)
{
	set_signals();
	heap_keep();
	(void)umask(022); /* the caller's may leave files open to everybody, or shut to ourselves; cannot fail */
	if (argc > 1 && strcmp(argv[1], "init") == 0)
		return init_main(argc, argv);
	return leave(has_stack() ? cli_main(argc, argv) : 1);
}
