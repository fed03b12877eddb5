/* SPDX-License-Identifier: Apache-2.0
 *
 * sweep - hits one command of the runtime at every system call that it or its init stage makes, one run of the command a point
 *
 *	sweep --ocirt FILE --root DIR --bundle DIR --id ID [OPTION]... -- VERB WORD...
 *
 *	--mode MODE             kill (default): kill the runtime, the stage and the container's process; signal: end the runtime by
 *	                        SIGTERM or SIGINT, which it may hold back; fail: fail the call with each plausible errno; nomem: let each
 *	                        allocation fail instead
 *	--before LINE           a command that goes ahead each time ("create ID"), or "@wait STATUS"; any number
 *	--after LINE            one that has to work after a success ("start ID")
 *	--makes                 a failure of the command leaves nothing, without any delete
 *	--work DIR              a directory that is to stay empty, but for
 *	--pid-file FILE         the pid file that the command writes
 *	--traces FILE           what the bundle's hooks write to
 *	--console FILE          a socket made there, that takes terminals
 *	--seconds N             as many points as fit, in an order that --seed N makes (default: all, in their own order)
 *	--part K/N              only every Nth point, beginning with the Kth: so that N of these programs share the work
 *	--only ROLE:N:ACT       one point, in full words; ACT as printed, e.g. stage:12:EIO, runtime:3:kill-stage
 *	--calls                 only lists the calls
 *
 * Prints a line a bad point and a line at the end. Exit status: 0 all well, 1 something is bad, 2 the sweep itself does not work, 77
 * it cannot work here.
 */
#include "tests/sweep/sweep.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sweep/faults.h"
#include "tests/sweep/regs.h"

enum mode { MODE_KILL, MODE_SIGNAL, MODE_FAIL, MODE_NOMEM };

struct options {
	enum mode mode;
	double seconds;
	uint64_t seed;
	unsigned part, parts;
	const char *only;
	bool calls;
};

struct points {
	struct point *at;
	size_t n, room;
};

static const char *const mode_words[] = { "killed", "signalled", "with faults", "without memory" };
static const char *const role_names[] = { "runtime", "stage" };
static const char *const act_names[] = {
	"count", "kill-runtime", "kill-stage", "kill-init", "signal", "fail", "nomem"
};

static const char *act_name(const struct point *p)
{
	if (p->act == TRACE_SIGNAL)
		return sigabbrev_np(p->num);
	return p->act == TRACE_FAIL ? strerrorname_np(p->num) : act_names[p->act];
}

/* --- the points ------------------------------------------------------------------------------------------------------ */

static void push(struct points *to, struct point p)
{
	if (to->n == to->room) {
		to->room = to->room * 2 + 1024;
		to->at = reallocarray(to->at, to->room, sizeof(*to->at));
		if (to->at == NULL)
			err(2, "points");
	}
	to->at[to->n++] = p;
}

static void push_faults(struct points *to, struct point p)
{
	int errnos[FAULTS_MAX], n = faults_of(p.nr, errnos);

	if (n < 0)
		errx(2, "the table of faults has no row for %s", fault_call_name(p.nr));
	p.act = TRACE_FAIL;
	for (int i = 0; i < n; i++) {
		p.num = errnos[i];
		push(to, p);
	}
}

static void push_kills(struct points *to, struct point p, bool has_stage, bool has_init)
{
	p.act = TRACE_KILL_RUNTIME;
	push(to, p);
	p.act = TRACE_KILL_STAGE;
	if (has_stage)
		push(to, p);
	p.act = TRACE_KILL_OTHER;
	if (has_init && p.role == TRACE_RUNTIME)
		push(to, p);
}

static void push_signal(struct points *to, struct point p)
{
	p.act = TRACE_SIGNAL;
	p.num = p.n % 2 == 0 ? SIGTERM : SIGINT;
	push(to, p);
}

static void make_points(const struct options *o, const struct trace_result *r, bool has_init, struct points *to)
{
	for (int role = TRACE_RUNTIME; role <= TRACE_STAGE; role++)
		for (size_t i = 0; i < r->calls[role].n; i++) {
			struct point p = { .role = (enum trace_role)role,
				           .n = (unsigned)i + 1,
				           .nr = r->calls[role].nr[i] };

			if (o->mode == MODE_KILL) {
				push_kills(to, p, r->calls[TRACE_STAGE].n > 0, has_init);
			} else if (o->mode == MODE_FAIL) {
				push_faults(to, p);
			} else if (o->mode == MODE_SIGNAL) {
				push_signal(to, p);
			} else {
				p.act = TRACE_NOMEM;
				push(to, p);
			}
		}
}

/* Fisher and Yates, by a multiplier that anybody can redo. */
static void shuffle(struct points *p, uint64_t seed)
{
	uint64_t x = seed * 2862933555777941757ULL + 3037000493ULL;

	for (size_t i = p->n; i > 1; i--) {
		size_t j;
		struct point swap;

		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		j = (size_t)((x >> 33) % i);
		swap = p->at[i - 1];
		p->at[i - 1] = p->at[j];
		p->at[j] = swap;
	}
}

/* ROLE:N:ACT */
static struct point read_point(const char *text)
{
	char role[16], act[24];
	struct point p = { .nr = -1 };

	if (sscanf(text, "%15[a-z]:%u:%23s", role, &p.n, act) != 3)
		errx(2, "--only %s: not ROLE:N:ACT", text);
	p.role = strcmp(role, "stage") == 0 ? TRACE_STAGE : TRACE_RUNTIME;
	for (size_t i = 0; i < sizeof(act_names) / sizeof(act_names[0]); i++)
		if (strcmp(act, act_names[i]) == 0)
			p.act = (enum trace_act)i;
	for (int num = 1; num < 200 && p.act == TRACE_COUNT; num++)
		if (strerrorname_np(num) != NULL && strcmp(strerrorname_np(num), act) == 0) {
			p.act = TRACE_FAIL;
			p.num = num;
		}
	for (int num = 1; num < 32 && p.act == TRACE_COUNT; num++)
		if (strcmp(sigabbrev_np(num), act) == 0) {
			p.act = TRACE_SIGNAL;
			p.num = num;
		}
	return p;
}

/* --- without a point ------------------------------------------------------------------------------------------------- */

/* One pass that nothing happens to. The calls it makes are counted. */
static pid_t count(struct sweep *s, enum mode mode, struct trace_result *r)
{
	struct trace_order order = { .argv = s->command.word, .dir = s->bundle, .timeout_ms = RUN_LIMIT_MS };
	pid_t init = sweep_before(s);
	struct run_output o;
	char why[1024];

	order.act = mode == MODE_NOMEM ? TRACE_NOMEM : TRACE_COUNT;
	order.attach = strcmp(s->command.word[3], "start") == 0 ? init : 0;
	order.out = run_catch();
	order.err = run_catch();
	if (trace_run(&order, r) < 0)
		err(77, "ptrace");
	run_caught(order.out, o.out);
	run_caught(order.err, o.err);
	if (r->hung)
		errx(2, "the command hangs by itself");
	if (mode == MODE_NOMEM && REGS_HAVE_BREAKPOINTS && r->calls[TRACE_RUNTIME].n == 0)
		errx(2, "no allocation was seen");
	s->reference.status = r->status;
	if (!sweep_look(s, o.out, &s->reference, why, sizeof(why)))
		errx(2, "the command by itself: status %d, %s%s", r->status, why, o.err);
	return init;
}

static void delete (const struct sweep *s)
{
	struct run_output o;

	sweep_delete(s, &o);
	if (!run_ok(&o))
		errx(2, "delete --force by itself: %s", o.err);
	place_drop_terminals(&s->place);
	if (s->pid_file != NULL)
		(void)unlink(s->pid_file);
}

/* Twice: the first time makes what is missing in the root file system, and tells where the groups are. */
static pid_t learn(struct sweep *s, enum mode mode, struct trace_result *r)
{
	static struct trace_result unused;
	char left[PLACE_TEXT_MAX];
	pid_t init;

	place_note_mounts(&s->place);
	(void)count(s, MODE_KILL, &unused);
	place_note_cgroups(&s->place);
	delete (s);
	place_note_files(&s->place);
	place_left(&s->place, left);
	if (left[0] != '\0')
		errx(2, "leaves by itself: %s", left);
	init = count(s, mode, r);
	delete (s);
	return init;
}

static void list_calls(const struct trace_result *r)
{
	for (int role = TRACE_RUNTIME; role <= TRACE_STAGE; role++)
		for (size_t i = 0; i < r->calls[role].n; i++)
			printf("%s:%zu %s\n", role_names[role], i + 1, fault_call_name(r->calls[role].nr[i]));
}

/* --- the sweep ------------------------------------------------------------------------------------------------------- */

static void tell(const struct point *p, const char *bad, const struct run_output *o)
{
	printf("BAD %s:%u:%s %s: %s", role_names[p->role], p->n, act_name(p), p->nr >= 0 ? fault_call_name(p->nr) : "",
	       bad);
	printf(" [exit %d: %.*s]\n", o->status >> 8 & 255, (int)strcspn(o->err, "\n"), o->err);
	(void)fflush(stdout);
}

static int sweep_all(struct sweep *s, const struct options *o, const struct points *all, const struct trace_result *r)
{
	static struct run_output output;
	static char bad[BAD_TEXT_MAX];
	long long began = trace_now_ms();
	size_t done = 0, hit = 0, n_bad = 0;

	for (size_t i = o->part - 1; i < all->n; i += o->parts) {
		bool fired;

		if (o->seconds > 0 && (double)(trace_now_ms() - began) >= o->seconds * 1000)
			break;
		sweep_point(s, &all->at[i], &fired, bad, &output);
		done++;
		hit += fired;
		if (bad[0] == '\0')
			continue;
		n_bad++;
		tell(&all->at[i], bad, &output);
	}
	if (place_count_cgroups(&s->place) > 0) {
		n_bad++;
		printf("BAD there are control groups of it in the end\n");
	}
	printf("%s %s: %zu+%zu %s, %zu of %zu points, %zu hit, %zu bad, %.1f s\n", s->command.word[3],
	       mode_words[o->mode], r->calls[TRACE_RUNTIME].n, r->calls[TRACE_STAGE].n,
	       o->mode == MODE_NOMEM ? "allocations" : "calls", done, all->n, hit, n_bad,
	       (double)(trace_now_ms() - began) / 1000);
	return n_bad > 0 ? 1 : 0;
}

static int sweep_one(struct sweep *s, const char *only)
{
	static struct run_output output;
	static char bad[BAD_TEXT_MAX];
	struct point p = read_point(only);
	bool fired;

	sweep_point(s, &p, &fired, bad, &output);
	printf("%s: %s, exit status 0x%x\nstdout: %s\nstderr: %s\nbad: %s\n", only, fired ? "hit" : "not hit",
	       output.status, output.out, output.err, bad);
	return bad[0] != '\0';
}

/* --- the command line ------------------------------------------------------------------------------------------------ */

static void add_step(const struct sweep *s, struct steps *to, const char *line)
{
	if (to->n == STEPS_MAX)
		errx(2, "too many steps");
	sweep_words(s, &to->at[to->n++], line);
}

static enum mode read_mode(const char *word)
{
	static const char *const names[] = { "kill", "signal", "fail", "nomem" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(word, names[i]) == 0)
			return (enum mode)i;
	errx(2, "--mode %s", word);
}

static void read_part(struct options *o, const char *text)
{
	if (sscanf(text, "%u/%u", &o->part, &o->parts) != 2 || o->part < 1 || o->part > o->parts)
		errx(2, "--part %s: not K/N", text);
}

static void read_options(int argc, char **argv, struct sweep *s, struct options *o)
{
	static const struct option table[] = {
		{ "ocirt", 1, NULL, 'o' },    { "root", 1, NULL, 'r' },    { "bundle", 1, NULL, 'b' },
		{ "id", 1, NULL, 'i' },       { "mode", 1, NULL, 'm' },    { "before", 1, NULL, 'B' },
		{ "after", 1, NULL, 'A' },    { "makes", 0, NULL, 'M' },   { "work", 1, NULL, 'w' },
		{ "pid-file", 1, NULL, 'p' }, { "seconds", 1, NULL, 's' }, { "seed", 1, NULL, 'S' },
		{ "only", 1, NULL, 'O' },     { "calls", 0, NULL, 'c' },   { "console", 1, NULL, 'C' },
		{ "part", 1, NULL, 'P' },     { "traces", 1, NULL, 't' },  { NULL, 0, NULL, 0 },
	};

	for (int c; (c = getopt_long(argc, argv, "+", table, NULL)) != -1;) {
		switch (c) {
		case 'o': s->ocirt = optarg; break;
		case 'r': s->root = s->place.root = optarg; break;
		case 'b': s->bundle = s->place.bundle = optarg; break;
		case 'i': s->id = s->place.id = optarg; break;
		case 'm': o->mode = read_mode(optarg); break;
		case 'B': add_step(s, &s->before, optarg); break;
		case 'A': add_step(s, &s->after, optarg); break;
		case 'M': s->makes = true; break;
		case 'w': s->place.work = optarg; break;
		case 'p': s->pid_file = optarg; break;
		case 't': s->traces = optarg; break;
		case 's': o->seconds = strtod(optarg, NULL); break;
		case 'S': o->seed = strtoull(optarg, NULL, 10); break;
		case 'P': read_part(o, optarg); break;
		case 'O': o->only = optarg; break;
		case 'C': place_listen(&s->place, optarg); break;
		case 'c': o->calls = true; break;
		default: exit(2);
		}
	}
	if (s->ocirt == NULL || s->root == NULL || s->bundle == NULL || s->id == NULL || optind == argc)
		errx(2, "--ocirt, --root, --bundle, --id (in this order, before the steps) and a command are needed");
	sweep_words(s, &s->command, argv[optind]);
	for (int i = optind + 1; i < argc; i++)
		run_add(&s->command, argv[i]);
}

int main(int argc, char **argv)
{
	static struct sweep s;
	static struct trace_result r;
	struct options o = { .seed = 1, .part = 1, .parts = 1 };
	struct points all = { 0 };
	sigset_t chld;
	pid_t init;

	s.place.console = -1;
	read_options(argc, argv, &s, &o);
	place_enter();
	(void)sigemptyset(&chld);
	(void)sigaddset(&chld, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &chld, NULL);
	init = learn(&s, o.mode, &r);
	if (o.calls) {
		list_calls(&r);
		return 0;
	}
	if (o.only != NULL)
		return sweep_one(&s, o.only);
	make_points(&o, &r, init > 0, &all);
	if (o.seconds > 0)
		shuffle(&all, o.seed);
	return sweep_all(&s, &o, &all, &r);
}
