/* SPDX-License-Identifier: Apache-2.0
 *
 * guest - what a verb needs to send an init stage into a container that is there
 */
#include "life/guest.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "init/record.h"
#include "kernel/pid.h"
#include "plan/place.h"

int guest_read(struct guest *g, struct err *e)
{
	struct json_text text = { .name = g->intent.config_name };
	struct json_error je;

	if (store_get_config(g->c, &g->config_text, &g->config_len, e) < 0)
		return -1;
	text.text = g->config_text;
	text.len = g->config_len;
	if (oci_config_read(&text, g->arena, &g->spec, &je) < 0)
		return place_json(&je, e);
	g->plan = plan_build(g->spec, &g->intent, g->arena, e);
	return g->plan == NULL ? -1 : 0;
}

int guest_document(const char *name, const char *text, size_t len, int *fd, struct err *e)
{
	*fd = memfd_create(name, MFD_CLOEXEC);
	if (*fd < 0 || fd_write_all(*fd, text, len) < 0)
		return err_sys(e, "write the %s for the init stage", name);
	return 0;
}

int guest_record(struct guest *g, struct err *e)
{
	struct record r = {
		.pid = g->c->pid, .start = g->c->start, .config = g->config_text, .config_len = g->config_len
	};
	auto_buf struct buf text = { 0 };

	if (intent_write(&g->intent, g->arena, &r.intent, &r.intent_len, e) < 0 || record_write(&r, &text, e) < 0)
		return -1;
	return guest_document("record", text.data, text.len, &g->record_fd, e);
}

int guest_open_init(struct guest *g, enum verb verb, struct err *e)
{
	g->init_fd = pid_hold(g->c->pid, g->c->start);
	if (g->init_fd < 0 && (errno == ESRCH || errno == ENOENT))
		return status_allows(verb, OCI_STATUS_STOPPED, g->c->id, e);
	return g->init_fd < 0 ? err_sys(e, "open process %d", g->c->pid) : 0;
}

void guest_end(struct guest *g)
{
	fd_drop(&g->record_fd);
	fd_drop(&g->init_fd);
	free(g->config_text);
}
