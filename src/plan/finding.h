/* SPDX-License-Identifier: Apache-2.0
 *
 * finding - what is wrong or risky in a bundle: a list that is filled, placed and printed
 */
#ifndef OCIRT_PLAN_FINDING_H
#define OCIRT_PLAN_FINDING_H

#include <stddef.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "libocispec/arena.h"
#include "libocispec/json.h"

enum finding_level { FINDING_NOTE, FINDING_RISK, FINDING_ERROR, FINDING_LEVELS };

enum finding_id {
#define FINDING(name, id, level) FINDING_IS_##name,
#include "plan/findings.tab"
#undef FINDING
	FINDING_IDS,
};

struct finding {
	enum finding_id id;
	const char *pointer; /* into config.json; "": the whole of it */
	const char *text;
	struct json_place place; /* zero: it is not in the text */
	size_t nth;              /* found as which of them */
};

struct findings {
	struct arena *a;
	struct finding *item;
	size_t n;
	bool lost; /* memory ran out: some are missing */
};

/* The word of an id, "root-user"; its level, and the level's word, "risk". */
const char *finding_word(enum finding_id id);
enum finding_level finding_level(enum finding_id id);
const char *finding_level_word(enum finding_level level);

/* One more. The text is kept in the arena, and so is the pointer. */
void finding_add(struct findings *f, enum finding_id id, const char *pointer, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Sorts them by their place and id, what is alike in the order it was found in; how many there are of a level. */
void findings_sort(struct findings *f);
size_t findings_count(const struct findings *f, enum finding_level level);

/* A line each, and the sum: "NAME:LINE:COLUMN: LEVEL: POINTER: TEXT [ID]". */
void findings_print_text(const struct findings *f, const char *name, struct buf *out);

/* The same as one JSON object, in the arena; NULL: out of memory. */
const char *findings_print_json(const struct findings *f, const char *bundle, const char *name);

#endif
