/* SPDX-License-Identifier: Apache-2.0
 *
 * pid - processes told apart for good: a pid is one only together with its start time
 */
#include "kernel/pid.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/num.h"
#include "kernel/sys.h"

/* The text after n blanks, NULL when it ends before. */
static const char *skip_fields(const char *s, int n)
{
	while (n > 0 && s != NULL) {
		s = strchr(s, ' ');
		if (s != NULL)
			s++;
		n--;
	}
	return s;
}

/* `PID (COMM) STATE ...`: COMM may hold anything, parentheses and newlines too, so its end is the last `)`. */
static int parse_stat(const char *text, struct pid_stat *out)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')'), *start;
	size_t n;

	if (open == NULL || close == NULL || close[1] != ' ' || close[2] == '\0') {
		errno = EPROTO;
		return -1;
	}
	n = (size_t)(close - open - 1);
	if (n >= sizeof(out->comm))
		n = sizeof(out->comm) - 1;
	memcpy(out->comm, open + 1, n);
	out->comm[n] = '\0';
	out->state = close[2];
	start = skip_fields(close + 2, 22 - 3);
	if (start == NULL || !num_take(&start, 10, UINT64_MAX, &out->start)) {
		errno = EPROTO;
		return -1;
	}
	return 0;
}

static int stat_path(const char *path, struct pid_stat *out)
{
	char text[1024];

	if (file_peek_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return -1;
	return parse_stat(text, out);
}

int pid_stat(pid_t pid, struct pid_stat *out)
{
	char path[48];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid); /* always fits */
	return stat_path(path, out);
}

int pid_self_start(uint64_t *start)
{
	struct pid_stat st;

	if (stat_path("/proc/self/stat", &st) < 0)
		return -1;
	*start = st.start;
	return 0;
}

int pid_alive(pid_t pid, uint64_t start)
{
	struct pid_stat st;

	if (pid <= 0)
		return 0;
	if (pid_stat(pid, &st) < 0)
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	return st.start == start && st.state != 'Z' && st.state != 'X';
}

/* ENOSYS: an old kernel; EPERM: a filter around us, since neither call that we ask for this asks for a right. */
static bool is_denied(void)
{
	return errno == ENOSYS || errno == EPERM;
}

/* The directory becomes nobody's when the process ends: it never is another's. */
static int open_directory(pid_t pid)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d", pid); /* always fits */
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_checked(pid_t pid, uint64_t start, bool either)
{
	auto_fd int fd = -1;
	int alive;

	if (pid <= 0) {
		errno = ESRCH;
		return -1;
	}
	fd = sys_pidfd_open(pid);
	if (fd < 0 && either && is_denied())
		fd = open_directory(pid);
	if (fd < 0) {
		if (errno == EINVAL) /* before 6.15: reaped, and the number still names a session or group */
			errno = ESRCH;
		return -1;
	}
	alive = pid_alive(pid, start);
	if (alive == 0)
		errno = ESRCH;
	return alive > 0 ? steal_fd(&fd) : -1;
}

int pid_open(pid_t pid, uint64_t start)
{
	return open_checked(pid, start, false);
}

int pid_hold(pid_t pid, uint64_t start)
{
	return open_checked(pid, start, true);
}

/* 1 when the process of a directory in /proc has ended. */
static int has_ended(int dir)
{
	struct pid_stat st;
	char text[1024];

	if (file_peek_at(dir, "stat", text, sizeof(text)) < 0)
		return errno == ESRCH || errno == ENOENT ? 1 : -1;
	return parse_stat(text, &st) < 0 ? -1 : st.state == 'Z' || st.state == 'X';
}

/* A directory is always ready: it is looked at again and again. */
static int wait_directory(int dir, int timeout_ms)
{
	int r;

	while ((r = has_ended(dir)) == 0 && timeout_ms != 0) {
		(void)poll(NULL, 0, 1); /* a signal only makes it shorter */
		timeout_ms -= timeout_ms > 0;
	}
	return r;
}

int pid_wait(int held, int timeout_ms)
{
	struct pollfd p = { .fd = held, .events = POLLIN | POLLOUT }; /* a pidfd is never ready for the latter */
	int r;

	do
		r = poll(&p, 1, timeout_ms);
	while (r < 0 && errno == EINTR);
	return r > 0 && (p.revents & POLLOUT) != 0 ? wait_directory(held, timeout_ms) : r;
}

int pid_signal(int held, pid_t pid, int sig)
{
	int ended;

	if (sys_pidfd_send_signal(held, sig) == 0)
		return 0;
	if (!is_denied())
		return -1;
	ended = pid_wait(held, 0);
	if (ended > 0)
		errno = ESRCH;
	return ended == 0 ? kill(pid, sig) : -1;
}

int boot_id_read(char to[40])
{
	ssize_t n = file_peek_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", to, 40);

	if (n < 0)
		return -1;
	to[strcspn(to, "\n")] = '\0';
	return 0;
}
