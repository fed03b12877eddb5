/* SPDX-License-Identifier: Apache-2.0
 *
 * answer - the verbs of ocirt-libs, by number
 */
#include "libs/answer.h"

#include "libs/bus.h"
#include "libs/match.h"
#include "libs/seccomp.h"
#include "libs/verbs.h"

static int (*const verbs[LIBS_VERBS])(struct libs_talk *t, struct err *e) = {
	[LIBS_SECCOMP_VERSION] = libs_seccomp_version,
	[LIBS_SECCOMP_COMPILE] = libs_seccomp_compile,
	[LIBS_SECCOMP_UNKNOWN] = libs_seccomp_unknown,
	[LIBS_MATCH] = libs_match,
	[LIBS_BUS_OPEN] = libs_bus_open,
	[LIBS_BUS_SEND] = libs_bus_send,
	[LIBS_BUS_JOB] = libs_bus_job,
	[LIBS_BUS_PROCESS] = libs_bus_process,
	[LIBS_BUS_VERSION] = libs_bus_version,
};

bool libs_answer(struct libs_talk *t, uint32_t verb, const char *request, size_t len, struct buf *reply)
{
	struct err e;
	bool failed;

	t->in = (struct wire){ .at = request, .end = request + len };
	failed = (verb < LIBS_VERBS ? verbs[verb](t, &e) : libs_garbled(&e)) < 0;
	if (t->out.failed)
		failed = err_memory(&e) < 0;
	wire_put_u32(reply, t->log.failed ? 0 : t->n_log);
	if (!t->log.failed)
		buf_put(reply, buf_text(&t->log), t->log.len);
	if (failed)
		wire_put_err(reply, &e);
	if (!t->out.failed)
		buf_put(reply, buf_text(&t->out), t->out.len);
	t->n_log = 0;
	buf_free(&t->log);
	buf_free(&t->out);
	return failed;
}

void libs_talk_end(struct libs_talk *t)
{
	libs_bus_end(t);
}
