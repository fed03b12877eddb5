/* SPDX-License-Identifier: Apache-2.0
 *
 * fd - descriptors: whole reads and writes, passing them over a socket, closing what is not ours
 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "base/libc.h"
#include "base/num.h"

int fd_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Room for the next read: one byte more than a regular file's size at first, unless that is too much, then twice as much each time. */
static size_t next_room(int fd, size_t room, size_t max)
{
	struct stat st;

	if (room != 0)
		return room * 2;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && (uint64_t)st.st_size <= max)
		return (size_t)st.st_size + 2;
	return 4096;
}

int fd_read_all(int fd, size_t max, char **out, size_t *len)
{
	auto_free char *data = NULL;
	size_t room = 0, used = 0;

	for (;;) {
		ssize_t n;

		if (used + 1 >= room) {
			char *more;

			room = next_room(fd, room, max);
			more = realloc(data, room);
			if (more == NULL)
				return -1;
			data = more;
		}
		n = read(fd, data + used, room - used - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		used += (size_t)n;
		if (used > max) {
			errno = EFBIG;
			return -1;
		}
	}
	data[used] = '\0';
	*out = steal_ptr(&data);
	*len = used;
	return 0;
}

enum { LACK_TRIES = 100 };

/* A signal, or memory that the kernel lacks at the moment: whether to try once more. A message that is lost would be a life lost. */
static bool once_more(int *tries)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	if (errno == EINTR)
		return true;
	if ((errno != ENOMEM && errno != ENOBUFS) || ++*tries > LACK_TRIES)
		return false;
	(void)nanosleep(&pause, NULL); /* early is fine */
	return true;
}

int fd_send(int sock, const void *data, size_t len, int fd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int tries = 0;
	ssize_t n;

	if (fd >= 0) {
		msg.msg_control = control.room;
		msg.msg_controllen = sizeof(control.room);
		control.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
			                          .cmsg_level = SOL_SOCKET,
			                          .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.align), &fd, sizeof(int));
	}
	for (;;) {
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
		if (n < 0 && msg.msg_control == NULL && errno != EPIPE && errno != EAGAIN)
			n = write(sock, iov.iov_base,
			          iov.iov_len); /* a container's filter may have barred the other already */
		if (n < 0 && once_more(&tries))
			continue;
		if (n < 0 || (size_t)n == iov.iov_len)
			return n < 0 ? -1 : 0;
		iov.iov_base = (char *)iov.iov_base + n; /* a stream took only a part, and the fd with it */
		iov.iov_len -= (size_t)n;
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
	}
}

/* CMSG_NXTHDR(3). musl's macro compares a size with a difference, which clang tells of where it is used. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"
static struct cmsghdr *next_of(struct msghdr *msg, struct cmsghdr *c)
{
	return CMSG_NXTHDR(msg, c);
}
#pragma GCC diagnostic pop

/* Takes the first passed fd, closes any other. */
static int take_fds(struct msghdr *msg)
{
	int taken = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = next_of(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (taken < 0)
				taken = fd;
			else
				(void)close(fd); /* nobody asked for it */
		}
	}
	return taken;
}

ssize_t fd_recv(int sock, void *data, size_t room, int *fd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = data, .iov_len = room };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof(control.room)
	};
	int got, tries = 0;
	ssize_t n;

	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && once_more(&tries));
	if (n < 0)
		return -1;
	got = take_fds(&msg);
	if (fd != NULL)
		*fd = got;
	else if (got >= 0)
		(void)close(got); /* nobody asked for it */
	return n;
}

/* The way of kernels before 5.9 and 5.11: one descriptor after the other. */
static int each_from(int first, bool shut)
{
	auto_dir DIR *dir = opendir("/proc/self/fd");

	if (dir == NULL)
		return -1;
	for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
		uint64_t number;
		int fd;

		if (!num_u64(d->d_name, INT32_MAX, &number)) /* "." and ".." */
			continue;
		fd = (int)number;
		if (fd < first || fd == dirfd(dir))
			continue;
		if (shut)
			(void)close(fd); /* gone in any case */
		else if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			return -1;
	}
	return 0;
}

int fd_cloexec_from(int first)
{
	if (sys_close_range((unsigned int)first, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	return each_from(first, false);
}

int fd_close_from(int first)
{
	if (sys_close_range((unsigned int)first, UINT_MAX, 0) == 0)
		return 0;
	return each_from(first, true);
}

int fd_set_cloexec(int fd, bool on)
{
	return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0);
}

int fd_fill_std(struct err *e)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", O_RDWR) != fd)
			return err_sys(e, "open /dev/null as descriptor %d", fd);
	}
	return 0;
}

const char *fd_path(int fd, char to[32])
{
	(void)snprintf(to, 32, "/proc/self/fd/%d", fd); /* always fits */
	return to;
}

int fd_connect_unix(const char *path, int type, struct err *e)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const struct timeval limit = { .tv_sec = FD_SEND_SECONDS };
	auto_fd int sock = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	auto_fd int file = -1;
	bool fits = strlen(path) < sizeof(addr.sun_path);
	char name[32];

	if (sock < 0 || setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return err_sys(e, "make a socket for %s", path);
	if (!fits)
		file = open(path, O_PATH | O_CLOEXEC);
	if (fits || file >= 0) {
		(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s",
		               fits ? path : fd_path(file, name)); /* fits */
		if (connect(sock, (const struct sockaddr *)&addr, sizeof(addr)) == 0)
			return steal_fd(&sock);
	}
	return err_sys(e, "connect to socket %s", path);
}
