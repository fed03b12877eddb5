/* SPDX-License-Identifier: Apache-2.0
 *
 * life - what several verbs share
 */
#ifndef OCIRT_LIFE_LIFE_H
#define OCIRT_LIFE_LIFE_H

#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"
#include "life/status.h"
#include "life/store.h"
#include "life/verbs.h"
#include "plan/plan.h"

static inline void auto_arena_(struct arena *a)
{
	arena_free(a);
}
#define auto_arena __attribute__((cleanup(auto_arena_)))

/* Waits for the lock (bounded) and reads the records again. Another verb that holds it too long is an error in words. */
int life_lock(struct container *c, struct err *e) must_check;

/* The same for who knows what they say: nothing is read, and no memory needed. */
int life_relock(struct container *c, struct err *e) must_check;

/*
 * The hooks of one point, out of the private copy of config.json, without making the whole plan. *text is that copy, malloc'ed, to
 * place errors in.
 */
int life_hooks(const struct container *c, enum plan_hook_point point, struct plan_hooks *hooks, char **text,
               size_t *len, struct err *e) must_check;

/*
 * The text of a document that the caller names; "-" is standard input. *out has its name as errors tell it; all is in the arena, or the
 * caller's.
 */
int life_document(const char *file, struct arena *a, struct json_text *out, struct err *e) must_check;

/* Tells warnings with their places in that text (NULL: it is not at hand). */
void life_warn(const struct plan_warnings *w, const char *name, const char *text, size_t len);

struct agent_client; /* life/agent.h */
struct trace;        /* base/trace.h; NULL: nothing is recorded */

/*
 * start's, run's and exec's end: reads until the stage has become the program. EXECING, with a listener SECCOMP, and the end of the
 * stream, or the stage's error.
 */
int life_await_exec(int sock, const struct agent_client *a, struct trace *t, struct err *e) must_check;

/* Runs poststart hooks. */
int life_poststart(const struct container *c, const struct plan_hooks *hooks, struct err *e) must_check;

/*
 * The groups to look in, NULL: none: recorded, or, when every record is broken, where they would have been made. What has their names
 * after a boot is not theirs; without any record nothing had been made.
 */
int life_place(const struct container *c, const struct cg_place **place, struct err *e) must_check;

/* Kills the container's process and waits until it is dead; gone is fine. What it left in the groups life_clear ends. */
int life_kill_process(const struct container *c, struct err *e) must_check;

/* Kills the container's process and everything in its groups, and waits until it is dead. */
int life_stop(struct container *c, struct err *e) must_check;

/*
 * Removes groups and what is mounted on the host, runs poststop hooks (NULL: those of the record), removes the state: everything
 * after the death.
 */
int life_clear(struct container *c, const struct plan_hooks *poststop, struct err *e) must_check;

#endif
