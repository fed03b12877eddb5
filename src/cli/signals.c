/* SPDX-License-Identifier: Apache-2.0
 *
 * signals - every way to spell a signal
 */
#include "cli/signals.h"

#include <ctype.h>
#include <signal.h>
#include <string.h>

#include "base/num.h"

enum { RT_MIN = 34, RT_MAX = 64, NAME_MAX_LEN = 16 };

/* signal(7); the aliases last. */
static const struct word signal_words[] = {
	{ "HUP", SIGHUP },       { "INT", SIGINT },       { "QUIT", SIGQUIT }, { "ILL", SIGILL },
	{ "TRAP", SIGTRAP },     { "ABRT", SIGABRT },     { "BUS", SIGBUS },   { "FPE", SIGFPE },
	{ "KILL", SIGKILL },     { "USR1", SIGUSR1 },     { "SEGV", SIGSEGV }, { "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE },     { "ALRM", SIGALRM },     { "TERM", SIGTERM },
#ifdef SIGSTKFLT
	{ "STKFLT", SIGSTKFLT },
#endif
	{ "CHLD", SIGCHLD },     { "CONT", SIGCONT },     { "STOP", SIGSTOP }, { "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN },     { "TTOU", SIGTTOU },     { "URG", SIGURG },   { "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ },     { "VTALRM", SIGVTALRM }, { "PROF", SIGPROF }, { "WINCH", SIGWINCH },
	{ "IO", SIGIO },         { "PWR", SIGPWR },       { "SYS", SIGSYS },   { "RTMIN", RT_MIN },
	{ "RTMAX", RT_MAX },     { "IOT", SIGABRT },      { "CLD", SIGCHLD },  { "POLL", SIGIO },
	{ "UNUSED", SIGSYS },
};

const struct word *cli_signal_words(size_t *n)
{
	*n = array_len(signal_words);
	return signal_words;
}

/* text without SIG, in capitals; false when it is no name at all. */
static bool plain_name(const char *text, char name[NAME_MAX_LEN])
{
	size_t n = 0;

	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (; text[n] != '\0'; n++) {
		if (n + 1 == NAME_MAX_LEN)
			return false;
		name[n] = (char)toupper((unsigned char)text[n]);
	}
	name[n] = '\0';
	return n > 0;
}

/* "RTMIN+3", "RTMAX-1" */
static bool real_time(const char *name, int *sig)
{
	bool up = strncmp(name, "RTMIN+", 6) == 0;
	uint64_t n;

	if (!up && strncmp(name, "RTMAX-", 6) != 0)
		return false;
	if (!num_u64(name + 6, RT_MAX - RT_MIN, &n))
		return false;
	*sig = up ? RT_MIN + (int)n : RT_MAX - (int)n;
	return true;
}

int cli_signal(const char *text, int *sig, struct err *e)
{
	char name[NAME_MAX_LEN];
	const struct word *w;
	uint64_t n;

	if (num_u64(text, RT_MAX, &n)) {
		*sig = (int)n;
		return 0;
	}
	if (!plain_name(text, name))
		return err_kind(e, ERR_USAGE, "unknown signal \"%s\"", text);
	w = word_find(signal_words, array_len(signal_words), name);
	if (w != NULL)
		*sig = (int)w->value;
	if (w != NULL || real_time(name, sig))
		return 0;
	(void)err_kind(e, ERR_USAGE, "unknown signal \"%s\"", text); /* -1 is what is returned */
	return word_hint(e, word_nearest(signal_words, array_len(signal_words), name));
}
