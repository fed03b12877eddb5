/* SPDX-License-Identifier: Apache-2.0
 *
 * pairs - times commands in turns:  pairs [-n ROUNDS] [-w WARMUP] [--tsv WORDS] NAME COMMAND [ARG...] [::: NAME COMMAND ...]
 *
 * Each round runs every command once, in another order each round (shuffled, the same way every time), so that whatever
 * the machine does meanwhile meets all of them alike, and so does what the kernel still has to clear up of the one before.
 * A time is from before the fork to after the wait; CPU time is that of the process and all it waited for. Several commands
 * with `;;` between them are one: their times are added up. A COMMAND that begins with NAME=VALUE has that in its
 * environment. Prints, for each: median, p90, fewest microseconds, CPU median, and the median and the fewest as multiples of
 * the first command's; with --tsv the same as lines of tabs that begin with WORDS (bench.sh). Standard input and output are
 * /dev/null. A command that fails ends it all, with its stderr shown.
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

enum { MAX_COMMANDS = 16, MAX_STEPS = 8 };

struct command {
	const char *name;
	char **steps[MAX_STEPS];
	int n_steps;
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
static bool run_step(const struct command *c, char **argv, posix_spawn_file_actions_t *io, double *wall, double *cpu)
{
	struct rusage use;
	double begin = now();
	int status;
	pid_t pid;

	errno = posix_spawnp(&pid, argv[0], io, NULL, argv, c->env);
	if (errno != 0)
		fail(argv[0]);
	while (wait4(pid, &status, 0, &use) < 0)
		if (errno != EINTR)
			fail("wait4");
	*wall += now() - begin;
	*cpu += (seconds_of(use.ru_utime) + seconds_of(use.ru_stime)) * 1e6;
	if (status == 0)
		return true;
	(void)fprintf(stderr, "pairs: %s: %s ended with %s %d\n", c->name, argv[0],
	              WIFEXITED(status) ? "status" : "signal",
	              WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	return false;
}

static bool run_once(const struct command *c, posix_spawn_file_actions_t *io, double *wall, double *cpu)
{
	*wall = *cpu = 0;
	for (int i = 0; i < c->n_steps; i++)
		if (!run_step(c, c->steps[i], io, wall, cpu))
			return false;
	return true;
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

/* The first command is what the others are multiples of. */
static void tell(struct command *all, int which, int n, const char *tsv)
{
	struct command *c = &all[which];
	double median = percentile(c->wall, n, 50), first = percentile(all[0].wall, n, 50);

	(void)printf(tsv != NULL ? "%s\t%s\t%.0f\t%.0f\t%.0f\t%.0f\n" : "%s%-14s %10.0f %10.0f %10.0f %10.0f",
	             tsv != NULL ? tsv : "", c->name, median, percentile(c->wall, n, 90), c->wall[0],
	             percentile(c->cpu, n, 50));
	if (tsv == NULL)
		(void)printf(" %9.2f %9.2f\n", median / first, c->wall[0] / all[0].wall[0]);
}

/* Takes NAME=VALUE away from the front of the command. */
static void set_environment(struct command *c)
{
	size_t n = 0;

	c->env = environ;
	if (strchr(c->steps[0][0], '=') == NULL)
		return;
	while (environ[n] != NULL)
		n++;
	c->env = calloc(n + 2, sizeof(char *));
	if (c->env == NULL)
		fail("calloc");
	memcpy(c->env, environ, n * sizeof(char *));
	c->env[n] = *c->steps[0]++;
}

/* NAME COMMAND [;; COMMAND]... from argv on, up to `:::` or the end, which becomes a NULL; how many words, -1: that is none. */
static int take_command(char **argv, int n, struct command *c)
{
	int i = 1;

	c->name = argv[0];
	while (i < n && strcmp(argv[i], ":::") != 0) {
		if (c->n_steps == MAX_STEPS)
			return -1;
		c->steps[c->n_steps++] = &argv[i];
		while (i < n && strcmp(argv[i], ":::") != 0 && strcmp(argv[i], ";;") != 0)
			i++;
		if (&argv[i] == c->steps[c->n_steps - 1])
			return -1;
		if (i < n && strcmp(argv[i], ";;") == 0)
			argv[i++] = NULL;
	}
	argv[i] = NULL; /* main's argv ends with a NULL */
	if (c->n_steps > 0)
		set_environment(c);
	return c->n_steps > 0 ? i + 1 : -1;
}

static int split(int argc, char **argv, struct command *commands)
{
	int n = 0;

	for (int i = 0, used; i < argc; i += used) {
		used = n < MAX_COMMANDS ? take_command(argv + i, argc - i, &commands[n++]) : -1;
		if (used < 0)
			return -1;
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

static int usage(void)
{
	(void)fprintf(stderr,
	              "usage: pairs [-n ROUNDS] [-w WARMUP] [--tsv WORDS] NAME COMMAND [ARG...] [;; COMMAND...] "
	              "[::: NAME COMMAND...]\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct command commands[MAX_COMMANDS] = { { 0 } };
	int rounds = 100, warmup = 5, i = 1, n;
	const char *tsv = NULL;

	for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		if (strcmp(argv[i], "--tsv") == 0)
			tsv = argv[i + 1];
		else if (strcmp(argv[i], "-n") == 0)
			rounds = (int)strtol(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "-w") == 0)
			warmup = (int)strtol(argv[i + 1], NULL, 10);
		else
			return usage();
	}
	n = split(argc - i, argv + i, commands);
	if (n < 1 || rounds < 1)
		return usage();
	measure(commands, n, rounds, warmup);
	if (tsv == NULL)
		(void)printf("%-14s %10s %10s %10s %10s %9s %9s\n", "microseconds", "median", "p90", "min", "cpu",
		             "x first", "min x");
	for (int c = 0; c < n; c++) {
		qsort(commands[c].wall, (size_t)rounds, sizeof(double), by_size);
		qsort(commands[c].cpu, (size_t)rounds, sizeof(double), by_size);
	}
	for (int c = 0; c < n; c++)
		tell(commands, c, rounds, tsv);
	return 0;
}
