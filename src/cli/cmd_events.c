/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_events - what a container uses, and that it ran out of memory
 */
#include "cli/commands.h"

struct cli_events {
	struct opt_u64 interval;
	bool stats;
};

#define T struct cli_events
static const struct cli_option rows[] = {
	CLI_DURATION("interval", 0, interval, "DURATION", "time between two statistics: 5s (default), 100ms, 1m30s"),
	CLI_FLAG("stats", 0, stats, "show the statistics of now, once"),
};
#undef T

static const uint64_t default_interval = 5000000000; /* ns */

static int print_line(void *ctx, const char *line, struct err *e)
{
	(void)ctx;
	return cli_print_json(line, e);
}

static int events(struct cli_call *c, struct err *e)
{
	const struct cli_events *o = c->options;
	const struct event_sink sink = { .put = print_line };
	const struct events_options options = { .once = o->stats,
		                                .interval_ns = o->interval.set ? o->interval.v : default_interval };

	if (options.interval_ns == 0)
		return err_kind(e, ERR_USAGE, "option \"--interval\": the duration has to be more than 0");
	return life_events(&c->globals, c->args[0], &options, &sink, e);
}

const struct cli_command cmd_events = {
	.name = "events",
	.args = "CONTAINER",
	.summary = "show what a container uses, and when it runs out of memory, as JSON",
	.text = "One object a line, until the container has ended.",
	CLI_OPTIONS(rows, struct cli_events),
	.min_args = 1,
	.max_args = 1,
	.takes = { { CLI_ARG_CONTAINER, NULL } },
	.names_container = true,
	.needs_root = true,
	.run = events,
};
