/* SPDX-License-Identifier: Apache-2.0
 *
 * pairs - times commands in turns:  pairs [-n ROUNDS] [-w WARMUP] [--json] NAME COMMAND [ARG...] [::: NAME COMMAND ...]
 *
 * Each round runs every command once, in another order each round (shuffled, the same way every time), so that whatever
 * the machine does meanwhile meets all of them alike, and so does what the kernel still has to clear up of the one before. A time is from before the fork to after the wait; CPU time is that of the process
 * and all it waited for. A COMMAND that begins with NAME=VALUE has that in its environment. Prints, for each: median, p90, fewest microseconds, CPU median, and the median as a multiple of
 * the first command's. Standard input and output are /dev/null. A command that fails ends it all, with its stderr shown.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 16 };

struct command {
	const char *name;
	char **argv;
	char **env;
	double *wall, *cpu; /* microseconds, one a round */
};

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int fail(const char *what)
{
	perror(what);
	exit(1);
}

/* One run; false when it did not exit with 0. */
static bool run_once(const struct command *c, posix_spawn_file_actions_t *io, double *wall, double *cpu)
{
	struct rusage use;
	double begin = now();
	int status;
	pid_t pid;

	if (c->argv[0] == NULL) {
		(void)fprintf(stderr, "pairs: %s: no command\n", c->name);
		return false;
	}
	errno = posix_spawnp(&pid, c->argv[0], io, NULL, c->argv, c->env);
	if (errno != 0)
		fail(c->argv[0]);
	while (wait4(pid, &status, 0, &use) < 0)
		if (errno != EINTR)
			fail("wait4");
	*wall = now() - begin;
	*cpu = (seconds_of(use.ru_utime) + seconds_of(use.ru_stime)) * 1e6;
	if (status == 0)
		return true;
	(void)fprintf(stderr, "pairs: %s ended with %s %d\n", c->name, WIFEXITED(status) ? "status" : "signal",
	              WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	return false;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* percent of a sorted row */
static double percentile(const double *row, int n, int percent)
{
	return row[(n - 1) * percent / 100];
}

static void tell(struct command *c, int n, double first, bool json, bool last)
{
	double median, cpu;

	qsort(c->wall, (size_t)n, sizeof(double), by_size);
	qsort(c->cpu, (size_t)n, sizeof(double), by_size);
	median = percentile(c->wall, n, 50);
	cpu = percentile(c->cpu, n, 50);
	(void)printf(
		json ? "    {\"name\": \"%s\", \"median_us\": %.0f, \"p90_us\": %.0f, \"min_us\": %.0f, \"cpu_us\": %.0f, "
		       "\"ratio\": %.3f}%s\n"
		     : "%-12s %10.0f %10.0f %10.0f %10.0f %9.2f%s\n",
		c->name, median, percentile(c->wall, n, 90), c->wall[0], cpu, median / (first > 0 ? first : median),
		json && !last ? "," : "");
}

/* Takes NAME=VALUE away from the front of the command. */
static void set_environment(struct command *c)
{
	size_t n = 0;

	c->env = environ;
	if (c->argv[0] == NULL || strchr(c->argv[0], '=') == NULL)
		return;
	while (environ[n] != NULL)
		n++;
	c->env = calloc(n + 2, sizeof(char *));
	if (c->env == NULL)
		fail("calloc");
	memcpy(c->env, environ, n * sizeof(char *));
	c->env[n] = *c->argv++;
}

static int split(int argc, char **argv, struct command *commands)
{
	int n = 0;

	for (int i = 0; i < argc; i++) {
		if (n == MAX_COMMANDS || argc - i < 2 || strcmp(argv[i + 1], ":::") == 0)
			return -1;
		commands[n].name = argv[i];
		commands[n++].argv = &argv[i + 1];
		while (i < argc && strcmp(argv[i], ":::") != 0)
			i++;
		argv[i] = NULL; /* main's argv ends with a NULL */
	}
	return n;
}

/* A command's own trace in the kernel must not always be cleared up during the same other one: the order is dealt anew. */
static void shuffle(int *order, int n)
{
	static uint64_t seed = 88172645463325252U; /* xorshift64 */

	for (int i = n - 1; i > 0; i--) {
		int j, was = order[i];

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		j = (int)(seed % (uint64_t)(i + 1));
		order[i] = order[j];
		order[j] = was;
	}
}

static void measure(struct command *commands, int n, int rounds, int warmup)
{
	posix_spawn_file_actions_t io;
	double wall, cpu;
	int order[MAX_COMMANDS];

	posix_spawn_file_actions_init(&io);
	posix_spawn_file_actions_addopen(&io, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&io, 1, "/dev/null", O_WRONLY, 0);
	for (int i = 0; i < n; i++) {
		order[i] = i;
		set_environment(&commands[i]);
		commands[i].wall = calloc((size_t)rounds, sizeof(double));
		commands[i].cpu = calloc((size_t)rounds, sizeof(double));
		if (commands[i].wall == NULL || commands[i].cpu == NULL)
			fail("calloc");
	}
	for (int r = -warmup; r < rounds; r++) {
		shuffle(order, n);
		for (int i = 0; i < n; i++) {
			struct command *c = &commands[order[i]];

			if (!run_once(c, &io, &wall, &cpu))
				exit(1);
			if (r >= 0) {
				c->wall[r] = wall;
				c->cpu[r] = cpu;
			}
		}
	}
	posix_spawn_file_actions_destroy(&io);
}

int main(int argc, char **argv)
{
	struct command commands[MAX_COMMANDS] = { { 0 } };
	int rounds = 100, warmup = 5, i = 1, n;
	double first = 0;
	bool json = false;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--json") == 0)
			json = true;
		else if (strcmp(argv[i], "-n") == 0 && i + 1 < argc)
			rounds = (int)strtol(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "-w") == 0 && i + 1 < argc)
			warmup = (int)strtol(argv[++i], NULL, 10);
		else
			break;
	}
	n = split(argc - i, argv + i, commands);
	if (n < 1 || rounds < 1) {
		(void)fprintf(
			stderr,
			"usage: pairs [-n ROUNDS] [-w WARMUP] [--json] NAME COMMAND [ARG...] [::: NAME COMMAND...]\n");
		return 2;
	}
	measure(commands, n, rounds, warmup);
	if (json)
		(void)printf("{\"rounds\": %d, \"commands\": [\n", rounds);
	else
		(void)printf("%-12s %10s %10s %10s %10s %9s\n", "microseconds", "median", "p90", "min", "cpu",
		             "x first");
	for (int c = 0; c < n; c++) {
		tell(&commands[c], rounds, first, json, c == n - 1);
		if (c == 0)
			first = percentile(commands[c].wall, rounds, 50);
	}
	if (json)
		(void)printf("  ]}\n");
	return 0;
}
