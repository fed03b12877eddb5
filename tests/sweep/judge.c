/* SPDX-License-Identifier: Apache-2.0
 *
 * judge - one point of a sweep: hit the command there, then hold what is left against what is promised
 *
 * Promised: after a kill `list` and `state` work and tell the truth, no stage lives on by itself, `delete --force` ends well, and then
 * nothing is left. After a fault either the command fails in words and (when it makes a container) leaves nothing at once, or it
 * succeeds and the container is in every respect what it is without the fault. Nothing hangs, nothing crashes.
 */
#include "tests/sweep/sweep.h"

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TRACE_LIMIT_MS = 30000, WAIT_MS = 10000 };

__attribute__((format(printf, 2, 3))) static void add(char bad[BAD_TEXT_MAX], const char *fmt, ...)
{
	size_t n = strlen(bad);
	va_list ap;

	if (n > 0)
		n += (size_t)snprintf(bad + n, BAD_TEXT_MAX - n, "; ");
	va_start(ap, fmt);
	if (n < BAD_TEXT_MAX)
		(void)vsnprintf(bad + n, BAD_TEXT_MAX - n, fmt, ap);
	va_end(ap);
}

static const char *first_line(char *text)
{
	text[strcspn(text, "\n")] = '\0';
	return text;
}

void sweep_words(const struct sweep *s, struct run_words *w, const char *line)
{
	run_add(w, s->ocirt);
	run_add(w, "--root");
	run_add(w, s->root);
	run_add(w, line);
}

static void run_line(const struct sweep *s, const char *verb, const char *id, struct run_output *o)
{
	struct run_words w = {
		.word = { (char *)s->ocirt, (char *)"--root", (char *)s->root, (char *)verb, (char *)id }, .n = 5
	};

	run_command(&w, s->bundle, o);
}

void sweep_delete(const struct sweep *s, struct run_output *o)
{
	struct run_words w = { .word = { (char *)s->ocirt, (char *)"--root", (char *)s->root, (char *)"delete",
		                         (char *)"--force", (char *)s->id },
		               .n = 6 };

	run_command(&w, s->bundle, o);
}

/* --- what is said ---------------------------------------------------------------------------------------------------- */

/* The value of a member of the state document. */
static void member(const char *text, const char *name, char *to, size_t room)
{
	char key[32];
	const char *at;

	to[0] = '\0';
	(void)snprintf(key, sizeof(key), "\"%s\":", name);
	at = strstr(text, key);
	if (at == NULL)
		return;
	at += strlen(key);
	at += strspn(at, " \t\"");
	(void)snprintf(to, room, "%.*s", (int)strcspn(at, "\",\n"), at);
}

bool sweep_ask(const struct sweep *s, struct said *said, char *why, size_t room)
{
	struct run_output o;
	char pid[16];

	*said = (struct said){ .pid = 0 };
	run_line(s, "state", s->id, &o);
	if (run_ok(&o)) {
		member(o.out, "status", said->status, sizeof(said->status));
		member(o.out, "pid", pid, sizeof(pid));
		said->pid = (pid_t)strtol(pid, NULL, 10);
	} else if (o.hung || !WIFEXITED(o.status) || strstr(o.err, "does not exist") == NULL) {
		(void)snprintf(why, room, "state: %s", o.hung ? "hung" : first_line(o.err));
		return false;
	}
	return true;
}

/* Whether what is said is true: comm tells the stage from the program. */
static bool is_true(const struct said *said, char *why, size_t room)
{
	char path[64], comm[64] = "";
	bool stage;

	if (said->pid > 0) {
		(void)snprintf(path, sizeof(path), "/proc/%d/comm", said->pid);
		place_read(path, comm, sizeof(comm));
	}
	stage = strncmp(comm, "ocirt:init", 10) == 0;
	why[0] = '\0';
	if (strcmp(said->status, "creating") == 0)
		(void)snprintf(why, room, "state says creating, and nobody is");
	else if (strcmp(said->status, "running") == 0 && (stage || comm[0] == '\0'))
		(void)snprintf(why, room, "state says running, process %d is '%s'", said->pid, first_line(comm));
	else if (strcmp(said->status, "created") == 0 && !stage)
		(void)snprintf(why, room, "state says created, process %d is '%s'", said->pid, first_line(comm));
	return why[0] == '\0';
}

/* What changes by itself (a dying stage) is asked again for a moment. */
static void check_words(const struct sweep *s, struct said *said, char bad[BAD_TEXT_MAX])
{
	const struct timespec nap = { .tv_nsec = 2000000 };
	long long deadline = trace_now_ms() + WAIT_MS;
	struct run_output o;
	char why[512];

	for (;;) {
		if (!sweep_ask(s, said, why, sizeof(why)) || is_true(said, why, sizeof(why)) ||
		    trace_now_ms() >= deadline)
			break;
		(void)nanosleep(&nap, NULL);
	}
	if (why[0] != '\0')
		add(bad, "%s", why);
	run_line(s, "list", NULL, &o);
	if (!run_ok(&o))
		add(bad, "list: %s", o.hung ? "hung" : first_line(o.err));
	else if (said->status[0] != '\0' && strstr(o.out, s->id) == NULL)
		add(bad, "list does not know it");
}

/* --- a success ------------------------------------------------------------------------------------------------------- */

/* Runs of digits become '#', runs of blanks one: pids, times and the columns they make. */
static void blur(char *text)
{
	char *to = text;

	for (const char *p = text; *p != '\0'; p++) {
		char c = isdigit((unsigned char)*p) ? '#' : *p;

		if (to == text || c != to[-1] || (c != '#' && c != ' '))
			*to++ = c;
	}
	*to = '\0';
}

static pid_t other_pid(const struct sweep *s)
{
	char text[32];

	if (s->pid_file == NULL)
		return 0;
	place_read(s->pid_file, text, sizeof(text));
	return (pid_t)strtol(text, NULL, 10);
}

/* "@wait stopped": until state says so */
static bool wait_for_status(const struct sweep *s, const char *status, char *why, size_t room)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	long long deadline = trace_now_ms() + WAIT_MS;
	struct said said;

	while (!sweep_ask(s, &said, why, room) || strcmp(said.status, status) != 0) {
		if (trace_now_ms() >= deadline) {
			(void)snprintf(why, room, "waited in vain for %s, it is '%s'", status, said.status);
			return false;
		}
		(void)nanosleep(&nap, NULL);
	}
	return true;
}

bool sweep_look(const struct sweep *s, const char *out, struct reference *to, char *why, size_t room)
{
	pid_t other;

	for (size_t i = 0; i < s->after.n; i++) {
		struct run_output o;

		if (strcmp(s->after.at[i].word[3], "@wait") == 0) {
			if (!wait_for_status(s, s->after.at[i].word[4], why, room))
				return false;
			continue;
		}
		run_command(&s->after.at[i], s->bundle, &o);
		if (!run_ok(&o)) {
			(void)snprintf(why, room, "%s after it: %s", s->after.at[i].word[3],
			               o.hung ? "hung" : first_line(o.err));
			return false;
		}
	}
	if (!sweep_ask(s, &to->said, why, room))
		return false;
	(void)snprintf(to->out, sizeof(to->out), "%s", out);
	blur(to->out);
	to->look[0] = to->look_other[0] = '\0';
	if (to->said.pid > 0)
		look_at_process(to->said.pid, s->place.cgroups, to->look);
	other = other_pid(s);
	if (s->pid_file != NULL && other <= 0) {
		(void)snprintf(why, room, "the pid file is not there");
		return false;
	}
	if (other > 0 && other != to->said.pid)
		look_at_process(other, NULL, to->look_other);
	to->traces[0] = '\0';
	if (s->traces != NULL)
		place_read(s->traces, to->traces, sizeof(to->traces));
	return true;
}

/* A poststop hook that fails is warned about, no more: config.md#posix-platform-hooks. */
static void compare_hooks(const struct reference *was, const struct reference *is, const char *said,
                          char bad[BAD_TEXT_MAX])
{
	char text[1024];

	look_difference(was->traces, is->traces, text, sizeof(text));
	if (text[0] != '\0' && strstr(said, "ocirt: warning: error running poststop hook") == NULL)
		add(bad, "succeeds, but of the hooks ran %s", text);
}

static void compare(const struct sweep *s, const struct reference *is, char bad[BAD_TEXT_MAX])
{
	const struct reference *was = &s->reference;
	char text[1024];

	if (strcmp(was->said.status, is->said.status) != 0)
		add(bad, "succeeds, but the container is '%s' instead of '%s'", is->said.status, was->said.status);
	look_difference(was->look, is->look, text, sizeof(text));
	if (text[0] != '\0')
		add(bad, "succeeds, but its process has %s", text);
	look_difference(was->look_other, is->look_other, text, sizeof(text));
	if (text[0] != '\0')
		add(bad, "succeeds, but the other process has %s", text);
	look_difference(was->out, is->out, text, sizeof(text));
	if (text[0] != '\0')
		add(bad, "succeeds, but says %s", text);
}

static void judge_success(const struct sweep *s, const struct run_output *o, char bad[BAD_TEXT_MAX])
{
	static struct reference is;
	char why[1024];

	if (!sweep_look(s, o->out, &is, why, sizeof(why))) {
		add(bad, "succeeds, but %s", why);
		return;
	}
	compare(s, &is, bad);
	compare_hooks(&s->reference, &is, o->err, bad);
}

/* --- a failure ------------------------------------------------------------------------------------------------------- */

/* The runtime's own words, or the dynamic linker's, which come before the runtime exists. */
static void judge_text(const char *text, char bad[BAD_TEXT_MAX])
{
	if (text[0] == '\0')
		add(bad, "fails without a word");
	else if (strncmp(text, "ocirt: ", 7) != 0 && strstr(text, "\nocirt: ") == NULL &&
	         strstr(text, "error while loading shared libraries") == NULL &&
	         strstr(text, "ocirt: error: ") == NULL && strstr(text, "Fatal glibc error") == NULL &&
	         strstr(text, "annot ") == NULL)
		add(bad, "fails in words that are not its own: %.100s", text);
	else if (strstr(text, ": Success") != NULL || strstr(text, "(null)") != NULL)
		add(bad, "fails in words that say nothing: %.200s", text);
}

/* The signal that the program may get, 0: none. */
static int ends_program(const struct point *p)
{
	if (p->act == TRACE_KILL_STAGE || p->act == TRACE_KILL_OTHER)
		return SIGKILL;
	return p->act == TRACE_SIGNAL ? p->num : 0;
}

/* true: nothing is left, so that there is nothing more to ask */
static bool judge_failure(const struct sweep *s, const struct point *p, const struct run_output *o,
                          char bad[BAD_TEXT_MAX])
{
	char left[PLACE_TEXT_MAX];

	if (WEXITSTATUS(o->status) != 128 + ends_program(p)) /* that tells how the program ended */
		judge_text(o->err, bad);
	if (!s->makes)
		return false;
	place_left(&s->place, left);
	if (left[0] != '\0')
		add(bad, "leaves before any delete: %s", left);
	return left[0] == '\0';
}

/* see judge_failure */
static bool judge_outcome(const struct sweep *s, const struct point *p, bool loading, const struct run_output *o,
                          char bad[BAD_TEXT_MAX])
{
	bool fault = p->act == TRACE_FAIL || p->act == TRACE_NOMEM;

	if (o->hung) {
		add(bad, "hangs");
		return false;
	}
	if (WIFSIGNALED(o->status)) {
		if (p->act != TRACE_KILL_RUNTIME && p->act != TRACE_SIGNAL &&
		    !loading) /* glibc's dynamic linker does not check all of its calls */
			add(bad, "dies of signal %d", WTERMSIG(o->status));
		return false;
	}
	if (o->status != s->reference.status)
		return judge_failure(s, p, o, bad);
	if (fault)
		judge_success(s, o, bad);
	return false;
}

/* --- a point --------------------------------------------------------------------------------------------------------- */

pid_t sweep_before(const struct sweep *s)
{
	struct run_output o;
	struct said said;
	char why[512];

	if (s->traces != NULL && truncate(s->traces, 0) < 0)
		err(2, "%s", s->traces);
	for (size_t i = 0; i < s->before.n; i++) {
		if (strcmp(s->before.at[i].word[3], "@wait") == 0) {
			if (!wait_for_status(s, s->before.at[i].word[4], why, sizeof(why)))
				errx(2, "before: %s", why);
			continue;
		}
		run_command(&s->before.at[i], s->bundle, &o);
		if (!run_ok(&o))
			errx(2, "before: %s %s: %s", s->before.at[i].word[3], s->before.at[i].word[4], o.err);
	}
	if (s->before.n == 0)
		return 0;
	if (!sweep_ask(s, &said, why, sizeof(why)))
		errx(2, "before: %s", why);
	return said.pid;
}

/* A stage that waits for start is part of the sweep; anything else that was made before is not. */
static pid_t waiting_stage(pid_t pid)
{
	char path[64], comm[64];

	if (pid <= 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	place_read(path, comm, sizeof(comm));
	return strncmp(comm, "ocirt:init", 10) == 0 ? pid : 0;
}

static void run_traced(const struct sweep *s, const struct point *p, pid_t init, struct trace_result *r,
                       struct run_output *o)
{
	struct trace_order order = { .argv = s->command.word,
		                     .dir = s->bundle,
		                     .act = p->act,
		                     .on = p->role,
		                     .at = p->n,
		                     .num = p->num,
		                     .nr = p->nr,
		                     .other = init,
		                     .timeout_ms = TRACE_LIMIT_MS };

	if (strcmp(s->command.word[3], "start") == 0)
		order.attach = waiting_stage(init);
	order.out = run_catch();
	order.err = run_catch();
	if (trace_run(&order, r) < 0)
		err(77, "ptrace");
	run_caught(order.out, o->out);
	run_caught(order.err, o->err);
	o->status = r->status;
	o->hung = r->hung;
}

static void check_end(struct sweep *s, char bad[BAD_TEXT_MAX])
{
	char left[PLACE_TEXT_MAX];
	struct run_output o;
	struct said said;

	check_words(s, &said, bad);
	place_left_stages(strcmp(said.status, "created") == 0 || strcmp(said.status, "paused") == 0 ? said.pid : 0,
	                  left);
	if (left[0] != '\0')
		add(bad, "lives on: %s", left);
	sweep_delete(s, &o);
	if (!run_ok(&o))
		add(bad, "delete --force: %s", o.hung ? "hung" : first_line(o.err));
	if (s->pid_file != NULL)
		(void)unlink(s->pid_file); /* whoever asked for it has it */
	place_left(&s->place, left);
	if (left[0] != '\0')
		add(bad, "leaves: %s", left);
}

void sweep_point(struct sweep *s, const struct point *p, bool *fired, char bad[BAD_TEXT_MAX], struct run_output *output)
{
	static struct trace_result r;
	pid_t init = sweep_before(s);
	bool nothing;

	bad[0] = '\0';
	run_traced(s, p, init, &r, output);
	*fired = r.fired;
	nothing = r.fired && judge_outcome(s, p, r.loading, output, bad);
	if (!nothing)
		check_end(s, bad);
	place_drop_terminals(&s->place);
	if (bad[0] != '\0')
		place_clean(&s->place);
}
