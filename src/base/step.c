/* SPDX-License-Identifier: Apache-2.0
 *
 * step - a long sequence written as a table
 */
#include "base/step.h"

static int run_one(const struct step *s, void *ctx, const struct step_watch *watch, struct err *e)
{
	int r;

	if (watch != NULL && watch->begin != NULL)
		watch->begin(watch->arg, s);
	r = s->run(ctx, e);
	if (watch != NULL && watch->end != NULL)
		watch->end(watch->arg, s, r < 0);
	if (r < 0 && s->name != NULL)
		(void)err_in(e, "%s", s->name); /* r is what is returned */
	return r;
}

int step_run(const struct step *steps, size_t n, void *ctx, const struct step_watch *watch, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (steps[i].when != NULL && !steps[i].when(ctx))
			continue;
		if (run_one(&steps[i], ctx, watch, e) < 0) {
			step_undo(steps, i + 1, ctx);
			return -1;
		}
	}
	return 0;
}

void step_undo(const struct step *steps, size_t n, void *ctx)
{
	while (n > 0) {
		n--;
		if (steps[n].undo != NULL && (steps[n].when == NULL || steps[n].when(ctx)))
			steps[n].undo(ctx);
	}
}
