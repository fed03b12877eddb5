/* SPDX-License-Identifier: Apache-2.0
 *
 * tty - terminals: a pty pair out of a container's own devpts, raw mode and window size of ours
 */
#include "kernel/tty.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "kernel/rootfs.h"
#include "kernel/sys.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

enum { PTMX_MAJOR = 5, PTMX_MINOR = 2, PTS_MAJOR_FIRST = 136, PTS_MAJOR_LAST = 143 };

/* A character device on a devpts with one of these majors; a bind mount or symlink of another file is neither. */
static int check_devpts(int fd, const char *what, unsigned int first, unsigned int last, struct err *e)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return err_sys(e, "look at %s", what);
	if (fs.f_type != DEVPTS_SUPER_MAGIC)
		return err_set(e, "%s of the container is not on a devpts file system", what);
	if (!S_ISCHR(st.st_mode) || major(st.st_rdev) < first || major(st.st_rdev) > last)
		return err_set(e, "%s of the container is not a terminal device", what);
	if (first == PTMX_MAJOR && minor(st.st_rdev) != PTMX_MINOR)
		return err_set(e, "%s of the container is not the terminal multiplexer", what);
	return 0;
}

/*
 * Looked at before it is opened, for a device that is not what we think must not be opened if we can help it; and looked at again
 * afterwards, for it may have been exchanged. /proc/self/fd would do in one step, but an exec has the container's /proc.
 */
static int open_ptmx(int root_fd, struct err *e)
{
	static const char path[] = "/dev/pts/ptmx";
	auto_fd int place = rootfs_open(root_fd, path, O_PATH, 0);
	auto_fd int fd = -1;

	if (place < 0)
		return err_sys(e, "open %s of the container (a terminal needs devpts there)", path);
	if (check_devpts(place, path, PTMX_MAJOR, PTMX_MAJOR, e) < 0)
		return -1;
	fd = rootfs_open(root_fd, path, O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
	if (fd < 0)
		return err_sys(e, "open %s of the container", path);
	if (check_devpts(fd, path, PTMX_MAJOR, PTMX_MAJOR, e) < 0)
		return -1;
	if (fcntl(fd, F_SETFL, O_RDWR) < 0)
		return err_sys(e, "make the terminal wait");
	return steal_fd(&fd);
}

static int open_peer(struct tty_pair *p, struct err *e)
{
	unsigned int number;
	int locked = 0;

	if (ioctl(p->master, TIOCSPTLCK, &locked) < 0)
		return err_sys(e, "unlock the terminal");
	if (ioctl(p->master, TIOCGPTN, &number) < 0)
		return err_sys(e, "find the number of the terminal");
	(void)snprintf(p->name, sizeof(p->name), "/dev/pts/%u", number); /* always fits */
	p->slave = ioctl(p->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (p->slave < 0)
		return err_sys(e, "open the other end of the terminal");
	return check_devpts(p->slave, p->name, PTS_MAJOR_FIRST, PTS_MAJOR_LAST, e);
}

int tty_set_onlcr(int fd, bool on, struct err *e)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return err_sys(e, "read the modes of the terminal");
	t.c_oflag &= ~(tcflag_t)ONLCR;
	if (on)
		t.c_oflag |= OPOST | ONLCR;
	return tcsetattr(fd, TCSANOW, &t) < 0 ? err_sys(e, "set the modes of the terminal") : 0;
}

int tty_open_pair(int root_fd, struct tty_pair *p, struct err *e)
{
	auto_tty_pair struct tty_pair new = TTY_PAIR_NONE;

	new.master = open_ptmx(root_fd, e);
	if (new.master < 0 || open_peer(&new, e) < 0 || tty_set_onlcr(new.master, false, e) < 0)
		return -1;
	*p = new;
	new.master = new.slave = -1;
	return 0;
}

void tty_close_pair(struct tty_pair *p)
{
	fd_drop(&p->master);
	fd_drop(&p->slave);
}

int tty_chown(int fd, uid_t uid, struct err *e)
{
	/* EPERM, EINVAL: the id has no place in this user namespace; then its owner can still read and write it. */
	if (fchown(fd, uid, (gid_t)-1) < 0 && errno != EPERM && errno != EINVAL && errno != EROFS)
		return err_sys(e, "give the terminal to user %u", uid);
	return 0;
}

int tty_become_stdio(int slave, struct err *e)
{
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return err_sys(e, "make the terminal the controlling one");
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(slave, fd) < 0)
			return err_sys(e, "put the terminal on descriptor %d", fd);
	return 0;
}

int tty_set_size(int fd, uint16_t rows, uint16_t cols, struct err *e)
{
	struct winsize size = { .ws_row = rows, .ws_col = cols };

	return ioctl(fd, TIOCSWINSZ, &size) < 0 ? err_sys(e, "set the size of the terminal to %ux%u", rows, cols) : 0;
}

int tty_copy_size(int from, int to, struct err *e)
{
	struct winsize size;

	if (ioctl(from, TIOCGWINSZ, &size) < 0)
		return 0;
	return ioctl(to, TIOCSWINSZ, &size) < 0 ? err_sys(e, "set the size of the terminal") : 0;
}

int tty_raw(int fd, struct termios *saved, struct err *e)
{
	struct termios t;

	if (tcgetattr(fd, saved) < 0)
		return err_sys(e, "read the modes of our terminal");
	t = *saved;
	cfmakeraw(&t);
	return tcsetattr(fd, TCSANOW, &t) < 0 ? err_sys(e, "set our terminal to raw mode") : 0;
}

void tty_restore(int fd, const struct termios *saved)
{
	(void)tcsetattr(fd, TCSANOW, saved); /* the terminal may be gone */
}

unsigned char tty_eof_byte(int fd)
{
	struct termios t;

	return tcgetattr(fd, &t) < 0 ? 0 : t.c_cc[VEOF];
}

int tty_find_own(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (isatty(fd))
			return fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

int tty_reopen(int fd, int flags)
{
	char path[32];
	struct stat st;
	int copy = -1;

	if (fstat(fd, &st) < 0)
		return -1;
	if (S_ISFIFO(st.st_mode) || isatty(fd))
		copy = open(fd_path(fd, path), flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return copy >= 0 ? copy : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}
