/* SPDX-License-Identifier: Apache-2.0
 *
 * guest - what a verb needs to send an init stage into a container that is there
 *
 * Its configuration and plan as they were when it was made, the record that an executed stage reads them from, and a hold on its
 * process. For exec and mounts.
 */
#ifndef OCIRT_LIFE_GUEST_H
#define OCIRT_LIFE_GUEST_H

#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"
#include "life/status.h"
#include "life/store.h"
#include "plan/plan.h"

struct guest {
	const struct container *c;
	struct arena *arena;
	struct intent intent; /* taken from the container; the verb may change it before guest_read() */
	char *config_text;    /* malloc'ed */
	size_t config_len;
	struct oci_config *spec;
	struct plan *plan;
	int record_fd, init_fd;
};

#define GUEST_OF(container, arena_)                                                 \
	{                                                                           \
		.c = (container), .arena = (arena_), .record_fd = -1, .init_fd = -1 \
	}

/* Reads the configuration and builds the plan: config_text, spec, plan. */
int guest_read(struct guest *g, struct err *e) must_check;

/* Writes the record for the stage: record_fd. */
int guest_record(struct guest *g, struct err *e) must_check;

/* Any other text that only the stage reads; *fd is a memory file, the caller's to close. */
int guest_document(const char *name, const char *text, size_t len, int *fd, struct err *e) must_check;

/* A pidfd of the container's process: init_fd. Fails as the verb does on a stopped container when it has ended. */
int guest_open_init(struct guest *g, enum verb verb, struct err *e) must_check;

/* Frees and closes what is the guest's. */
void guest_end(struct guest *g);

#endif
