/* SPDX-License-Identifier: Apache-2.0
 *
 * console - who holds the container's terminal: a socket's owner, or we ourselves in the foreground
 *
 * A foreground `run` or `exec`, with a terminal or without:
 *
 *	console_begin()   before the process is made: signals are held back from here on, none is lost
 *	console_attach()  when the master has come (terminal only): our terminal in raw mode, its size
 *	console_proxy()   when the program runs: until it ends
 *	console_end()     on every way out: our terminal and signal mask as they were
 *
 * All signals that can end us are held back meanwhile, so no way out leaves the terminal raw (but SIGKILL). The process that is
 * made after console_begin inherits the mask; the init stage clears it.
 */
#ifndef OCIRT_LIFE_CONSOLE_H
#define OCIRT_LIFE_CONSOLE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include "base/auto.h"
#include "base/err.h"

struct console {
	int own;     /* our terminal; -1: the container has none */
	int signals; /* signalfd(2) */
	int master;  /* the container's; -1: none */
	int notify;  /* run: the container's socket of life/notify.h; -1: none */
	bool masked;
	sigset_t old_mask;
	bool raw;
	struct termios saved; /* of our standard input when raw */
};

#define CONSOLE_NONE                                                 \
	{                                                            \
		.own = -1, .signals = -1, .master = -1, .notify = -1 \
	}

/* Refuses what cannot work: a terminal that nobody would hold, a socket without a terminal to send. ERR_USAGE. */
int console_check(bool terminal, bool detach, const char *socket, struct err *e) must_check;

/* Connects to a unix stream socket and sends one message: name, and beside it fd. Nothing is waited for. */
int console_hand_over(const char *socket, const char *name, int fd, struct err *e) must_check;

/* With terminal, one of standard input, output and error has to be a terminal, or /dev/tty. */
int console_begin(struct console *c, bool terminal, struct err *e) must_check;

/* Takes master over. */
int console_attach(struct console *c, int master, struct err *e) must_check;

/*
 * Relays the terminal, if there is one, and passes signals on to pid, a child of ours, until it has ended; then shows what it
 * still had to say. Reaps every other child too, for we may be the subreaper of the container's orphans. *status is as of
 * waitpid(2).
 */
int console_proxy(struct console *c, pid_t pid, int *status, struct err *e) must_check;

/* May be called more than once, and without any of the others. */
void console_end(struct console *c);
#define auto_console __attribute__((cleanup(console_end)))

/* The exit code of a shell for a status of waitpid(2): the program's, or 128 + signal. */
int console_exit_code(int status);

#endif
