/* SPDX-License-Identifier: Apache-2.0
 *
 * create_groups - the steps of create that have to do with control groups, and with the class of resctrl
 *
 * All but the last take a struct creation *, as rows of a table of steps do; the table (create.c) says what forces their order.
 */
#ifndef OCIRT_LIFE_CREATE_GROUPS_H
#define OCIRT_LIFE_CREATE_GROUPS_H

#include "life/creation.h"

/* The container has control groups. */
bool creation_has_groups(const void *ctx);

/* Its process is born in them; or it is moved there by somebody else. */
bool creation_is_born_inside(const void *ctx);
bool creation_is_moved(const void *ctx);

/* Before they are recorded, for what is recorded `delete --force` empties: EBUSY in words for a group that is in use. */
int creation_check_groups(void *ctx, struct err *e) must_check;

/*
 * Makes them, without limits. Where a user may have none and asked for none, the container goes without: it is planned and recorded
 * anew.
 */
int creation_make_groups(void *ctx, struct err *e) must_check;

/* The undo: no group that was there before is touched. */
void creation_remove_groups(void *ctx);

/* Writes the limits of config.json. */
int creation_set_limits(void *ctx, struct err *e) must_check;

/* Has the container's process moved there. */
int creation_join_groups(void *ctx, struct err *e) must_check;

/* Gives the one that is the root of the container's cgroup namespace to its user: config-linux.md#cgroup-ownership. */
bool creation_gives_group(const void *ctx);
int creation_give_group(void *ctx, struct err *e) must_check;

/* The groups below the container's that annotations ask for; they go with it. The second is given to the container's user. */
bool creation_has_subgroup(const void *ctx);
int creation_join_subgroup(void *ctx, struct err *e) must_check;
bool creation_has_delegate(const void *ctx);
int creation_join_delegate(void *ctx, struct err *e) must_check;

/* The class of service of resctrl: as for groups. What was not there before is taken away by the undo. */
bool creation_has_class(const void *ctx);
int creation_check_class(void *ctx, struct err *e) must_check;
int creation_make_class(void *ctx, struct err *e) must_check;
void creation_remove_class(void *ctx);
int creation_join_class(void *ctx, struct err *e) must_check;

/*
 * Takes the groups of a container away whose entry somebody took out of the state root. Not when there is a new one of that name:
 * they may be its own.
 */
int creation_clear_groups(struct creation *cr, struct err *e) must_check;

#endif
