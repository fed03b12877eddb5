/* SPDX-License-Identifier: Apache-2.0
 *
 * limit - one row of resources.tab at work: its value, where it goes, what it writes
 *
 * resources.c walks the rows; limit_how.c and limit_unified.c hold the conversions.
 */
#ifndef OCIRT_PLAN_LIMIT_H
#define OCIRT_PLAN_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"
#include "plan/pointer.h"

/* What is known of a limit, for those who list them: tests, the manual, drivers. */
struct plan_limit {
	const char *pointer;                 /* below linux.resources: "/memory/limit" */
	const char *v1_controller, *v1_file; /* NULL: cgroup v1 has nothing like it */
	const char *v2_controller, *v2_file; /* NULL: cgroup2 has nothing like it */
	const char *property;                /* of a systemd unit; NULL: none */
};

/* Row i of resources.tab, NULL behind the last one. */
const struct plan_limit *plan_limit_row(size_t i);

/* The unit property that a file of cgroup2 has in systemd, of those that no row writes, too; NULL: none. */
const char *limit_property(const char *file);

/* A member of linux.resources, whatever its type. */
struct limit_value {
	bool set;
	int64_t i;        /* numbers and booleans */
	uint64_t u;       /* the same without a sign */
	const char *text; /* strings: never "" */
	const void *list; /* a vec_*, not empty */
};

/* What zero, false or "" asks for. */
enum limit_zero {
	LIMIT_ZERO_UNSET,   /* nothing */
	LIMIT_ZERO_DEFAULT, /* what a new group has: written where the kernel has the file */
	LIMIT_ZERO_VALUE,   /* something, as any other number */
};

/* Where a row goes on this host. */
struct limit_side {
	const char *controller, *file;
	bool v2;
};

struct limit_job {
	const struct oci_resources *r;
	const struct cg_layout *layout;
	const char *base; /* pointer of the resources object */
	struct arena *a;
	struct cg_write *w;
	size_t n;
	struct plan_warnings *warnings;
	struct err *e;
};

struct limit_row;

struct limit_how {
	enum limit_zero zero;
	bool nowhere; /* needs no controller */
	int (*make)(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
	            const struct limit_value *v);
};

struct limit_row {
	struct plan_limit limit;
	struct limit_value (*get)(const struct oci_resources *r);
	const struct limit_how *how;
	unsigned knot;
	const char *key;
};

/* A mistake at a row's pointer and what follows it: index and member, formatted. */
#define limit_refuse_at(j, row, kind, at, ...) \
	(err_kind((j)->e, kind, __VA_ARGS__), err_at((j)->e, "%s%s%s", (j)->base, (row)->limit.pointer, at))
#define limit_refuse(j, row, ...) limit_refuse_at(j, row, ERR_CONFIG, "", __VA_ARGS__)
#define limit_refuse_item(j, row, i, ...)           \
	(err_kind((j)->e, ERR_CONFIG, __VA_ARGS__), \
	 err_at((j)->e, "%s%s/%zu", (j)->base, (row)->limit.pointer, (size_t)(i)))

#define limit_text(j, ...) plan_string((j)->a, (j)->e, __VA_ARGS__)

/* One more write; NULL with *e filled. pointer and value may be NULL when memory ran out for them, and *e says so. */
struct cg_write *limit_push(struct limit_job *j, const struct limit_side *s, const char *pointer, const char *value);

/* The write of a LIMIT row. */
struct cg_write *limit_put(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                           const char *value);

/* The same for a number. 0, or -1 with *e filled. */
int limit_put_number(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                     int64_t n) must_check;

/* The write of item i of a LIST row. */
struct cg_write *limit_put_item(struct limit_job *j, const struct limit_row *row, const struct limit_side *s, size_t i,
                                const char *value);

/* One more warning. */
int limit_warn(struct limit_job *j, const struct limit_row *row, const char *what) must_check;

/* The cgroup2 tree of a layout, NULL when it has none. */
const struct cg_hier *limit_unified_tree(const struct cg_layout *l);

/* The conversions that resources.tab names. */
extern const struct limit_how how_bytes, how_limit, how_swap, how_swappiness, how_on, how_ignored, how_hierarchy,
	how_shares, how_idle, how_period, how_quota, how_burst, how_realtime, how_list, how_pids, how_weight,
	how_weights, how_throttle, how_hugepages, how_class, how_priorities, how_rdma, how_unified;

#endif
