/* SPDX-License-Identifier: Apache-2.0
 *
 * run - runs a command to its end and keeps what it said
 *
 * Into memory files, not pipes: a container that stays keeps them open, and nobody has to wait for that.
 */
#include "tests/sweep/run.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sweep/trace.h"

void run_add(struct run_words *w, const char *line)
{
	char *text = strdup(line);

	if (text == NULL)
		err(2, "run_add");
	for (char *word; (word = strsep(&text, " ")) != NULL;) {
		if (word[0] == '\0')
			continue;
		if (w->n == RUN_WORDS_MAX)
			errx(2, "too many words: %s", line);
		w->word[w->n++] = word;
	}
}

int run_catch(void)
{
	int fd = memfd_create("caught", MFD_CLOEXEC);

	if (fd < 0)
		err(2, "memfd_create");
	return fd;
}

void run_caught(int fd, char text[RUN_TEXT_MAX])
{
	ssize_t n = pread(fd, text, RUN_TEXT_MAX - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	(void)close(fd);
}

__attribute__((noreturn)) static void child(const struct run_words *w, const char *dir, int out, int error)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(out, 1) < 0 || dup2(error, 2) < 0 || (dir != NULL && chdir(dir) < 0))
		_exit(126);
	(void)execv(w->word[0], w->word);
	_exit(127);
}

/* Reaps whoever ends meanwhile. */
static void wait_for(pid_t pid, struct run_output *o)
{
	long long deadline = trace_now_ms() + RUN_LIMIT_MS;
	sigset_t chld;

	(void)sigemptyset(&chld);
	(void)sigaddset(&chld, SIGCHLD);
	for (;;) {
		struct timespec ts = { .tv_sec = 1 };
		int status;
		pid_t got = waitpid(-1, &status, WNOHANG | __WALL);

		if (got == pid) {
			o->status = status;
			return;
		}
		if (got > 0) {
			trace_let_stray_go(got, status);
			continue;
		}
		if (trace_now_ms() >= deadline && !o->hung) {
			o->hung = true;
			(void)kill(pid, SIGKILL);
		}
		(void)sigtimedwait(&chld, NULL, &ts);
	}
}

void run_command(const struct run_words *w, const char *dir, struct run_output *o)
{
	int out = run_catch(), error = run_catch();
	pid_t pid;

	o->hung = false;
	pid = fork();
	if (pid < 0)
		err(2, "fork");
	if (pid == 0)
		child(w, dir, out, error);
	wait_for(pid, o);
	run_caught(out, o->out);
	run_caught(error, o->err);
}

bool run_ok(const struct run_output *o)
{
	return !o->hung && WIFEXITED(o->status) && WEXITSTATUS(o->status) == 0;
}
