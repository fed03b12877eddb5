/* SPDX-License-Identifier: Apache-2.0
 *
 * criu - a conversation with the criu program: `criu swrk FD`, one request, what it asks meanwhile, one answer
 */
#include "life/criu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/spawn.h"

enum {
	MESSAGE_MAX = 64 << 10, /* of criu's answers; they are far shorter */
	LOG_MAX = 64 << 20,
	CHECK_TIMEOUT_MS = 20000,
	KEEP_MAX = 64,
};

int criu_add(struct criu_pairs *list, struct arena *a, struct criu_pair pair, struct err *e)
{
	size_t size = sizeof(*list->items);
	struct criu_pair *items = arena_grow(a, list->items, list->n * size, (list->n + 1) * size);

	if (items == NULL)
		return err_memory(e);
	items[list->n] = pair;
	list->items = items;
	list->n++;
	return 0;
}

int criu_start(struct criu *c, const char *program, const int std[3], const struct criu_pairs *keep, struct err *e)
{
	int pair[2], fds[KEEP_MAX + 1];
	char number[12];
	const char *const argv[] = { "criu", "swrk", number, NULL };
	struct spawn_beside s = { .path = program, .argv = argv, .std = { std[0], std[1], std[2] }, .keep = fds };
	auto_fd int theirs = -1;
	int r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, "make a socket for criu");
	c->program = program;
	c->sock = pair[0];
	theirs = pair[1];
	fds[s.n_keep++] = theirs;
	for (size_t i = 0; keep != NULL && i < keep->n; i++) {
		if (s.n_keep > KEEP_MAX)
			return err_set(e, "more than %d descriptors for criu", KEEP_MAX);
		fds[s.n_keep++] = keep->items[i].fd;
	}
	(void)snprintf(number, sizeof(number), "%d", theirs); /* always fits */
	r = spawn_beside(&s, &c->pid, e);
	if (r < 0)
		c->pid = 0;
	return r;
}

static int reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

void criu_end(struct criu *c)
{
	fd_drop(&c->sock);
	if (c->pid > 0) {
		(void)kill(c->pid, SIGKILL); /* our child, not waited for yet: nobody else has its number */
		(void)reap(c->pid);
	}
	c->pid = 0;
}

static int send_message(const struct criu *c, enum criu_act act, const struct criu_options *o, struct err *e)
{
	auto_buf struct buf b = { 0 };

	criu_request(&b, act, o);
	if (buf_text(&b) == NULL)
		return err_memory(e);
	return fd_send(c->sock, b.data, b.len, -1) < 0 ? err_sys(e, "write to criu") : 0;
}

static int tell_end(struct criu *c, struct err *e)
{
	int status = reap(c->pid);

	c->pid = 0;
	if (WIFSIGNALED(status))
		return err_kind(e, ERR_HOST, "criu was killed by signal %d", WTERMSIG(status));
	return err_kind(e, ERR_HOST, "criu ended with exit code %d", WEXITSTATUS(status));
}

/* One message and the descriptor that may come after it: the terminal is sent as a message of its own. */
static ssize_t receive(struct criu *c, char *data, int *fd, struct err *e)
{
	ssize_t n = fd_recv(c->sock, data, MESSAGE_MAX, fd);

	if (n < 0 && errno != ECONNRESET)
		return err_sys(e, "read from criu");
	return n <= 0 ? tell_end(c, e) : n;
}

static int take_terminal(struct criu *c, int *fd, struct err *e)
{
	char byte[16];
	ssize_t n;

	if (*fd >= 0)
		return 0;
	n = fd_recv(c->sock, byte, sizeof(byte), fd);
	return n < 0 || *fd < 0 ? err_set(e, "criu sent no terminal") : 0;
}

/* Answered only when it went well: what fails here ends criu, and it the container. */
static int serve(struct criu *c, const struct criu_events *ev, const char *script, pid_t pid, int *fd, struct err *e)
{
	if (strcmp(script, "orphan-pts-master") == 0 && take_terminal(c, fd, e) < 0)
		return -1;
	if (ev != NULL && ev->notify(ev->ctx, script, pid, fd, e) < 0)
		return -1;
	return send_message(c, CRIU_NOTIFY, NULL, e);
}

static int judge(int type, enum criu_act act, const struct criu_answer *a, struct err *e)
{
	if (type != (int)act && a->success)
		return err_set(e, "criu answers another request (%d instead of %d)", type, (int)act);
	return a->success ? 0 : err_kind(e, ERR_HOST, "criu failed");
}

static int converse(struct criu *c, enum criu_act act, const struct criu_events *ev, struct criu_answer *out,
                    struct err *e)
{
	auto_free char *data = malloc(MESSAGE_MAX);
	char script[64];
	int type = -1;

	if (data == NULL)
		return err_memory(e);
	do {
		auto_fd int fd = -1;
		ssize_t n = receive(c, data, &fd, e);

		if (n < 0)
			return -1;
		type = criu_parse(data, (size_t)n, out, script);
		if (type < 0)
			return err_set(e, "criu sent something that is no answer");
		if (type == CRIU_NOTIFY && serve(c, ev, script, out->pid, &fd, e) < 0)
			return -1;
	} while (type == CRIU_NOTIFY);
	return judge(type, act, out, e);
}

int criu_ask(struct criu *c, enum criu_act act, const struct criu_options *o, const struct criu_events *ev,
             struct criu_answer *out, struct err *e)
{
	int r = send_message(c, act, o, e);

	if (r < 0 && e->sys == EPIPE)
		r = tell_end(c, e);
	if (r == 0)
		r = converse(c, act, ev, out, e);
	if (r == 0) { /* after its answer it ends by itself */
		fd_drop(&c->sock);
		(void)reap(c->pid);
		c->pid = 0;
	}
	criu_end(c);
	return r;
}

int criu_check_version(const char *program, const struct criu_options *o, struct err *e)
{
	auto_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	auto_criu struct criu c = CRIU_NONE;
	struct criu_answer a = { 0 };
	const char *what = "";
	unsigned int least = criu_wants(o, &what);

	if (least == 0)
		return 0;
	if (null < 0)
		return err_sys(e, "open /dev/null");
	if (criu_start(&c, program, (int[3]){ null, null, null }, NULL, e) < 0 ||
	    criu_ask(&c, CRIU_VERSION, NULL, NULL, &a, e) < 0)
		return err_in(e, "version of %s", program);
	if (a.version < least)
		return err_kind(e, ERR_HOST, "%s needs criu %u.%u, %s is %u.%u", what, least / 100, least % 100,
		                program, a.version / 100, a.version % 100);
	return 0;
}

/* --- why not --------------------------------------------------------------------------------------------------------- */

/* What criu calls an error but goes on after. */
static bool is_harmless(const char *line, size_t n)
{
	static const char *const harmless[] = { "criu/tun.c", "rlimit: Can't setup" };

	for (size_t i = 0; i < array_len(harmless); i++)
		if (memmem(line, n, harmless[i], strlen(harmless[i])) != NULL)
			return true;
	return false;
}

/* "(00.170) Error (criu/mount.c:753): mnt: ..." -> "mnt: ..." of the first such line. */
static const char *first_error(const char *log, size_t *len)
{
	for (const char *line = log; line != NULL && *line != '\0'; line = strchr(line, '\n'), line += line != NULL) {
		size_t n = strcspn(line, "\n");
		const char *at = memmem(line, n, "Error (", 7), *text;

		if (at == NULL || is_harmless(line, n))
			continue;
		text = memmem(at, (size_t)(line + n - at), "): ", 3);
		if (text == NULL)
			continue;
		*len = (size_t)(line + n - text) - 3;
		return text + 3;
	}
	return NULL;
}

/* Puts a text behind the failure's own. */
static void add(struct err *e, const char *between, const char *text, size_t len)
{
	size_t used = strlen(e->text);

	(void)snprintf(e->text + used, sizeof(e->text) - used, "%s%.*s", between, (int)len, text); /* cut is fine */
}

static void add_log(int dir_fd, const char *path, const char *log, struct err *e)
{
	enum { LINE_MAX_TOLD = 400 };
	auto_free char *text = NULL;
	const char *found;
	struct err ignored;
	size_t len;

	if (log == NULL || file_read_at(dir_fd, log, LOG_MAX, &text, &len, &ignored) < 0)
		return; /* criu came not so far */
	found = first_error(text, &len);
	if (found != NULL)
		add(e, ": ", found, len < LINE_MAX_TOLD ? len : LINE_MAX_TOLD);
	add(e, "; see ", path, strlen(path));
	add(e, "/", log, strlen(log));
}

/* Only where it says no: else the failure is of this container. */
static void add_check(const char *program, struct err *e)
{
	const char *const argv[] = { "criu", "check", NULL };
	struct spawn s = { .path = program,
		           .argv = argv,
		           .envp = (const char *const *)environ,
		           .timeout_ms = CHECK_TIMEOUT_MS,
		           .out_fd = -1,
		           .err_fd = -1 };
	struct err check;

	if (spawn_run(&s, NULL, &check) < 0)
		add(e, "; criu check: ", check.text, strlen(check.text));
}

int criu_explain(const char *program, int dir_fd, const char *path, const char *log, struct err *e)
{
	add_log(dir_fd, path, log, e);
	add_check(program, e);
	return -1;
}
