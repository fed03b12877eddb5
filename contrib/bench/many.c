/* SPDX-License-Identifier: Apache-2.0
 *
 * many - starts a command several times at once and waits for all:  many COUNT COMMAND [ARG...]
 *
 * A % in a word is the number of the one that is started, from 1. Nothing but a spawn(3) lies between two starts: a shell's forks would
 * be a good part of what is measured. Ends with 1 when one of them failed.
 */
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 1024, WORDS = 64, LONGEST = 4096 };

/* One word with N in place of its %. */
static char *word_of(const char *word, int n)
{
	const char *percent = strchr(word, '%');
	static char text[WORDS][LONGEST];
	static int at;
	char *to = text[at++ % WORDS];

	if (percent == NULL)
		(void)snprintf(to, LONGEST, "%s", word);
	else
		(void)snprintf(to, LONGEST, "%.*s%d%s", (int)(percent - word), word, n, percent + 1);
	return to;
}

static bool start(char **words, int n, pid_t *pid)
{
	char *argv[WORDS] = { word_of(words[0], n) };

	for (int i = 1; i < WORDS - 1 && words[i] != NULL; i++)
		argv[i] = word_of(words[i], n);
	return posix_spawnp(pid, argv[0], NULL, NULL, argv, environ) == 0;
}

int main(int argc, char **argv)
{
	const int count = argc > 2 ? (int)strtol(argv[1], NULL, 10) : 0;
	bool well = true;
	pid_t pid[MOST];

	if (count < 1 || count > MOST) {
		(void)fprintf(stderr, "usage: many COUNT COMMAND [ARG...], COUNT from 1 to %d\n", MOST);
		return 2;
	}
	for (int i = 0; i < count; i++)
		if (!start(argv + 2, i + 1, &pid[i]))
			pid[i] = -1;
	for (int i = 0; i < count; i++) {
		int status = -1;

		if (pid[i] < 0 || waitpid(pid[i], &status, 0) < 0 || status != 0)
			well = false;
	}
	return well ? 0 : 1;
}
