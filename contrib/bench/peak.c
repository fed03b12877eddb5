/* SPDX-License-Identifier: Apache-2.0
 *
 * peak - the most memory that a runtime's processes have at a time:  peak PROGRAM COMMAND [ARG...]
 *
 * Runs COMMAND and, as fast as it can, adds up the Pss of it and its descendants, but for those that run PROGRAM (the
 * container's own). Prints the greatest sum in KiB. A sum is a moment's: run it several times and take the greatest.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_PROCESSES = 64 };

/* A file below /proc/PID, whole; its length, 0 when the process is gone. */
static size_t look(pid_t pid, const char *file, char *to, size_t room)
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, to, room - 1);
	if (fd >= 0)
		(void)close(fd);
	to[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static bool runs(pid_t pid, const struct stat *program)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return stat(path, &st) == 0 && st.st_dev == program->st_dev && st.st_ino == program->st_ino;
}

static long pss_of(pid_t pid)
{
	char text[4096];
	const char *line;

	if (look(pid, "smaps_rollup", text, sizeof(text)) == 0)
		return 0;
	line = strstr(text, "\nPss:");
	return line != NULL ? strtol(line + 5, NULL, 10) : 0;
}

/* The process and what it started, the oldest first. */
static int family(pid_t first, pid_t *to)
{
	char text[1024], file[64], *at, *end;
	int n = 0;

	to[n++] = first;
	for (int i = 0; i < n; i++) {
		(void)snprintf(file, sizeof(file), "task/%d/children", (int)to[i]);
		if (look(to[i], file, text, sizeof(text)) == 0)
			continue;
		for (at = text; n < MAX_PROCESSES; at = end) {
			long pid = strtol(at, &end, 10);

			if (end == at)
				break;
			to[n++] = (pid_t)pid;
		}
	}
	return n;
}

int main(int argc, char **argv)
{
	pid_t pid, all[MAX_PROCESSES];
	struct stat program;
	long most = 0, sum;
	int status;

	if (argc < 3 || stat(argv[1], &program) < 0) {
		(void)fprintf(stderr, "usage: peak PROGRAM COMMAND [ARG...]\n");
		return 2;
	}
	pid = fork();
	if (pid == 0) {
		(void)execvp(argv[2], argv + 2);
		_exit(127);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		int n = family(pid, all);

		sum = 0;
		for (int i = 0; i < n; i++)
			if (!runs(all[i], &program))
				sum += pss_of(all[i]);
		most = sum > most ? sum : most;
	}
	(void)printf("%ld\n", most);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
