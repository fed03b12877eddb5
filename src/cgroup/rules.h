/* SPDX-License-Identifier: Apache-2.0
 *
 * rules - device rules: a list of which the last that fits wins, for each of r, w and m
 *
 * v1 knows no order but only one stance (all or nothing) and exceptions to it, so the list is resolved to that; cgroup2 runs a
 * program that is the list itself. Pure. cgroup-v1/devices.rst; cgroup-v2.rst "Device controller".
 */
#ifndef OCIRT_CGROUP_RULES_H
#define OCIRT_CGROUP_RULES_H

#include "cgroup/cgroup.h"

/* v1's form: a stance and what deviates from it, in the order of first appearance; `allow` of a row is the opposite of the stance. */
struct cg_device_list {
	bool allow_all;
	struct cg_device_rule *row; /* of type 'b' or 'c' */
	size_t n, room;
};

/* Frees the rows; the list is then empty. */
void cg_device_list_free(struct cg_device_list *l);
#define auto_device_list __attribute__((cleanup(cg_device_list_free)))

/* Whether a rule is about every device and access: it undoes all before it. */
bool cg_device_is_all(const struct cg_device_rule *r);

/*
 * Resolves rules to v1's form. -1 with *e filled (ERR_HOST) where v1 has no words for it: a rule that takes something out of a
 * wider one, as "allow c 1:*" and then "deny c 1:5".
 */
int cg_devices_resolve(const struct cg_device_rule *rules, size_t n, struct cg_device_list *out,
                       struct err *e) must_check;

/* Adds an exception; one for the same devices is widened. */
int cg_device_list_add(struct cg_device_list *l, const struct cg_device_rule *r, struct err *e) must_check;

/* Whether two rules name the same devices, whatever the access. */
bool cg_device_same(const struct cg_device_rule *a, const struct cg_device_rule *b);

/* A row in v1's words: "c 1:* rwm". Returns to. */
const char *cg_device_text(const struct cg_device_rule *r, char to[64]);

#endif
