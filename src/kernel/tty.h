/* SPDX-License-Identifier: Apache-2.0
 *
 * tty - terminals: a pty pair out of a container's own devpts, raw mode and window size of ours
 *
 * pty(7), ioctl_tty(2), termios(3). The container's files are not trusted: what is opened below its root is checked to be the
 * multiplexer of a devpts before any ioctl, and the other end is got from it by TIOCGPTPEER(2const), never by a path.
 */
#ifndef OCIRT_KERNEL_TTY_H
#define OCIRT_KERNEL_TTY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

#include "base/auto.h"
#include "base/err.h"

enum { TTY_NAME_ROOM = 32 };

struct tty_pair {
	int master, slave;        /* O_CLOEXEC; -1 when not open */
	char name[TTY_NAME_ROOM]; /* of the slave, as the container sees it: "/dev/pts/0" */
};

#define TTY_PAIR_NONE                     \
	{                                 \
		.master = -1, .slave = -1 \
	}

/*
 * Opens /dev/pts/ptmx below root_fd (openat2(2), never leaving the root) and its other end. Output processing of newlines (ONLCR) is
 * switched off, as engines expect: whoever shows the output does it. 0, or -1 with *e filled and nothing open.
 */
int tty_open_pair(int root_fd, struct tty_pair *p, struct err *e) must_check;

/* Closes what is open. */
void tty_close_pair(struct tty_pair *p);
#define auto_tty_pair __attribute__((cleanup(tty_close_pair)))

/* Gives the terminal to a user; its group stays (that of /dev/pts). EPERM and EROFS-like refusals pass. */
int tty_chown(int fd, uid_t uid, struct err *e) must_check;

/* In a session leader: makes it the controlling terminal and standard input, output and error. */
int tty_become_stdio(int slave, struct err *e) must_check;

/* Rows and columns; 0 x 0 means unknown. */
int tty_set_size(int fd, uint16_t rows, uint16_t cols, struct err *e) must_check;

/* Gives `to` the window size of `from`; nothing happens when from has none. */
int tty_copy_size(int from, int to, struct err *e) must_check;

/* Raw mode, so that every byte goes through; *saved is what it was. */
int tty_raw(int fd, struct termios *saved, struct err *e) must_check;

/* Whether the terminal shows a newline as carriage return and newline (ONLCR). Either end of a pair will do. */
int tty_set_onlcr(int fd, bool on, struct err *e) must_check;

/* Back to what it was; best effort, for nobody can do more. */
void tty_restore(int fd, const struct termios *saved);

/* The byte that a terminal takes as the end of input, usually ^D; 0 when it has none. */
unsigned char tty_eof_byte(int fd);

/*
 * The terminal of the caller: the first of standard input, output and error that is one, else /dev/tty. A new fd, O_CLOEXEC; -1
 * with errno ENOTTY or ENXIO when there is none.
 */
int tty_find_own(void) must_check;

/*
 * A copy of fd that never blocks and leaves the caller's own alone: terminals and pipes are opened anew (O_NONBLOCK belongs to the
 * open file, which others may share); anything else, or what may not be opened, is a plain duplicate. -1 with errno.
 */
int tty_reopen(int fd, int flags) must_check;

#endif
