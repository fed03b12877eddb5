/* SPDX-License-Identifier: Apache-2.0
 *
 * stage - the main of the re-exec'd stage: from a clone of the runtime to the container's program
 *
 * Here: taking over what life/launch.c handed down, building the plan a second time from the same bytes, running the step table,
 * and carrying a failure to whoever waits for it.
 */
#include "init/stage.h"

#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/num.h"
#include "base/trace.h"
#include "init/init.h"
#include "init/record.h"
#include "init/steps.h"
#include "init/sync.h"
#include "init/warn.h"
#include "kernel/guard.h"
#include "kernel/seccomp.h"
#include "plan/place.h"

/* The arguments after `init MODE LEVEL,FORMAT,IDENT`, as enum launch_fd orders them. */
enum {
	ARG_MODE = 2,
	ARG_LOG,
	ARG_SOCK,
	ARG_RECORD,
	ARG_PROCESS,
	ARG_PIDFD,
	ARG_START,
	ARG_LOGFD,
	ARG_FILTER,
	ARG_HOOK_OUT,
	ARG_HOOK_ERR,
	ARG_TRACE,
	ARG_COUNT
};

enum { FILTER_MAX = 1 << 20, RECORD_MAX = JSON_MAX_TEXT + (1 << 20) };

/* An inherited descriptor: close-on-exec again. -1 stays -1. */
static int take_fd(const char *word, int *fd, struct err *e)
{
	uint64_t v;

	*fd = -1;
	if (strcmp(word, "-1") == 0)
		return 0;
	if (!num_u64(word, INT32_MAX, &v))
		return err_set(e, "init: \"%s\" is no descriptor", word);
	*fd = (int)v;
	return fd_set_cloexec(*fd, true) < 0 ? err_sys(e, "init: descriptor %d", *fd) : 0;
}

const char *const init_mode_words[] = {
	[INIT_CREATE] = "create",
	[INIT_EXEC] = "exec",
	[INIT_MOUNT] = "mount",
	[INIT_UNMOUNT] = "unmount",
};

static void take_mode(const char *word, struct init_ctx *c)
{
	c->mode = INIT_CREATE;
	for (size_t i = 0; i < array_len(init_mode_words); i++)
		if (strcmp(word, init_mode_words[i]) == 0)
			c->mode = (enum init_mode)i;
}

static void take_log(char *const *argv, int fd)
{
	const char *text = argv[ARG_LOG];
	struct log_sink log = { .fd = fd };
	uint64_t level, format;

	if (!num_take(&text, 10, LOG_LEVEL_DEBUG, &level) || *text++ != ',' ||
	    !num_take(&text, 10, LOG_SYSLOGD, &format) || *text++ != ',')
		return;
	log_set_level((enum log_level)level);
	log.format = (enum log_format)format;
	(void)snprintf(log.ident, sizeof(log.ident), "%s", text); /* launch.c's fits */
	log_use(&log);
}

/* What was handed down: what the steps keep and the files that are read at once. */
struct inherited {
	int record, process, filter, trace;
};

static int take_all(char *const *argv, struct init_ctx *c, struct inherited *in, struct err *e)
{
	if (take_fd(argv[ARG_SOCK], &c->sock, e) < 0 || take_fd(argv[ARG_RECORD], &in->record, e) < 0 ||
	    take_fd(argv[ARG_PROCESS], &in->process, e) < 0 || take_fd(argv[ARG_PIDFD], &c->pidfd, e) < 0 ||
	    take_fd(argv[ARG_START], &c->start_sock, e) < 0 || take_fd(argv[ARG_LOGFD], &c->log_fd, e) < 0 ||
	    take_fd(argv[ARG_FILTER], &in->filter, e) < 0 || take_fd(argv[ARG_HOOK_OUT], &c->hook_output.out, e) < 0 ||
	    take_fd(argv[ARG_HOOK_ERR], &c->hook_output.err, e) < 0 || take_fd(argv[ARG_TRACE], &in->trace, e) < 0)
		return -1;
	take_mode(argv[ARG_MODE], c);
	take_log(argv, c->log_fd);
	return 0;
}

/* Reads a file from its start and closes it. */
static int slurp(int *fd, size_t max, char **text, size_t *len, const char *what, struct err *e)
{
	bool failed = lseek(*fd, 0, SEEK_SET) < 0 || fd_read_all(*fd, max, text, len) < 0;

	if (failed)
		(void)err_sys(e, "read the %s", what);
	fd_drop(fd);
	return failed ? -1 : 0;
}

/* The text is kept until the end: the intent and the configuration are looked up in it. */
static int read_record(struct init_ctx *c, struct inherited *in, struct err *e)
{
	struct record r;
	char *text;
	size_t len;

	if (slurp(&in->record, RECORD_MAX, &text, &len, "record", e) < 0)
		return -1;
	if (record_parse(text, len, &r, e) < 0)
		return err_in(e, "the record");
	c->config_text = r.config;
	c->config_len = r.config_len;
	c->container_pid = r.pid;
	return intent_read(r.intent, r.intent_len, c->arena, &c->intent, e);
}

static int build_plan(struct init_ctx *c, struct err *e)
{
	const struct json_text text = { .name = c->intent.config_name, .text = c->config_text, .len = c->config_len };
	struct oci_config *spec;
	struct json_error je;

	if (oci_config_read(&text, c->arena, &spec, &je) < 0)
		return place_json(&je, e);
	c->plan = plan_build(spec, &c->intent, c->arena, e);
	if (c->plan == NULL)
		return -1;
	c->process = c->plan->has_process ? &c->plan->process : NULL;
	return 0;
}

/* exec: the process is its own document, already merged with the command line by the parent. */
static int read_process(struct init_ctx *c, const char *text, size_t len, struct err *e)
{
	struct plan_process *process = arena_alloc(c->arena, sizeof(*process));
	struct oci_process *p;
	struct json_error je;

	if (process == NULL)
		return err_memory(e);
	if (oci_process_read(&(struct json_text){ .name = "process", .text = text, .len = len }, c->arena, &p, &je) < 0)
		return place_json(&je, e);
	c->process = process;
	return plan_process_build(p, &c->intent, "", c->arena, process, e);
}

/* What is mounted later is a document of its own, too. */
static int read_mounts(struct init_ctx *c, const char *text, size_t len, struct err *e)
{
	struct oci_mounts *mounts;
	struct json_error je;

	if (oci_mounts_read(&(struct json_text){ .name = "mounts", .text = text, .len = len }, c->arena, &mounts, &je) <
	    0)
		return place_json(&je, e);
	return plan_mounts_live(c->plan, mounts, c->mode == INIT_MOUNT ? PLAN_LIVE_ADD : PLAN_LIVE_REMOVE, c->arena, e);
}

static int read_document(struct init_ctx *c, struct inherited *in, struct err *e)
{
	auto_free char *text = NULL;
	size_t len;

	if (in->process < 0)
		return 0;
	if (slurp(&in->process, RECORD_MAX, &text, &len, "document", e) < 0)
		return -1;
	return c->mode == INIT_EXEC ? read_process(c, text, len, e) : read_mounts(c, text, len, e);
}

/* What the runtime has compiled, or found in its cache: as it is in memory. */
static int read_filter(struct init_ctx *c, struct inherited *in, struct err *e)
{
	struct seccomp_program *p = NULL;
	char *text;
	size_t len;

	if (c->mode > INIT_EXEC || c->plan == NULL || c->plan->seccomp == NULL)
		return 0;
	if (slurp(&in->filter, FILTER_MAX, &text, &len, "seccomp filter", e) < 0)
		return -1;
	p = (struct seccomp_program *)text;
	if (len < sizeof(*p) || len != sizeof(*p) + p->n * sizeof(p->code[0]))
		return err_set(e, "the seccomp filter of %zu bytes is none", len);
	c->filter = p;
	return 0;
}

static int map_trace(struct init_ctx *c, struct inherited *in, struct err *e)
{
	int r = in->trace >= 0 ? trace_map(in->trace, &c->trace, e) : 0;

	fd_drop(&in->trace);
	return r;
}

static int take_over(struct init_ctx *c, char *const *argv, struct err *e)
{
	struct inherited in = { -1, -1, -1, -1 };

	if (guard_stage(STAGE_NAME, e) < 0 || take_all(argv, c, &in, e) < 0)
		return -1;
	if (map_trace(c, &in, e) < 0 || read_record(c, &in, e) < 0 || build_plan(c, e) < 0 ||
	    read_document(c, &in, e) < 0)
		return -1;
	return read_filter(c, &in, e);
}

/* Carries the failure to whoever waits for it; the exit code. */
static int fail(struct init_ctx *c, struct err *e)
{
	(void)err_in(e, "init"); /* exit is what follows */
	init_place(c, e);
	sync_fail(c->start_conn >= 0 ? c->start_conn : c->sock, e);
	return e->exit_code != 0 ? e->exit_code : 1;
}

int init_main(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct init_ctx c = { INIT_CTX_NONE, .arena = &arena };
	struct err e;

	if (argc != ARG_COUNT) {
		(void)err_kind(&e, ERR_USAGE, "init is the runtime's own: it cannot be called by hand"); /* told next */
		log_error(&e);
		return 1;
	}
	err_clear(&e);
	if (take_over(&c, argv, &e) == 0)
		(void)!init_run(&c, &e); /* returns only when it failed */
	return fail(&c, &e);
}

int init_enter(struct init_ctx *c)
{
	struct err e;

	err_clear(&e);
	if (guard_stage(STAGE_NAME, &e) == 0)
		(void)!init_run(c, &e); /* returns only when it failed */
	return fail(c, &e);
}
