/* SPDX-License-Identifier: Apache-2.0
 *
 * list - the containers of a state root
 */
#include "life/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "life/store.h"

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct oci_state *)a)->id, ((const struct oci_state *)b)->id);
}

/* Twice the room each time: a thousand containers are not copied a thousand times. */
static int add(struct life_list *list, const struct oci_state *s, struct arena *a, struct err *e)
{
	if (list->n == list->room) {
		size_t room = list->room == 0 ? 32 : 2 * list->room;
		struct oci_state *items = arena_grow(a, list->items, list->n * sizeof(*items), room * sizeof(*items));

		if (items == NULL)
			return err_memory(e);
		list->items = items;
		list->room = room;
	}
	list->items[list->n++] = *s;
	return 0;
}

/* One that went away meanwhile is left out; one that cannot be read is shown with its id only. */
static int add_entry(struct life_list *list, const struct life_globals *g, const char *name, struct arena *a,
                     struct err *e)
{
	struct oci_state broken = { .id = arena_strndup(a, name, strlen(name)) }, *s;
	struct err why;

	if (broken.id == NULL)
		return err_memory(e);
	if (life_state(g, broken.id, a, &s, &why) == 0)
		return add(list, s, a, e);
	if (why.kind == ERR_NOT_FOUND)
		return 0;
	if (why.sys != 0 && why.sys != EACCES && why.sys != ENOTDIR && why.sys != ELOOP) {
		*e = why; /* the host is ill, not the entry */
		return -1;
	}
	log_debug("list: %s", why.text);
	return add(list, &broken, a, e);
}

static int add_id(struct life_list *list, const char *name, struct arena *a, struct err *e)
{
	const struct oci_state s = { .id = arena_strndup(a, name, strlen(name)) };

	return s.id == NULL ? err_memory(e) : add(list, &s, a, e);
}

static bool is_id(const struct dirent *d)
{
	struct err ignored;

	return (d->d_type == DT_DIR || d->d_type == DT_UNKNOWN) && store_check_id(d->d_name, &ignored) == 0;
}

int life_list(const struct life_globals *g, bool ids_only, struct arena *a, struct life_list *out, struct err *e)
{
	auto_dir DIR *dir = opendir(g->root);

	*out = (struct life_list){ 0 };
	if (dir == NULL)
		return errno == ENOENT ? 0 : store_sys(e, "open", g->root);
	for (struct dirent *d; (errno = 0, d = readdir(dir)) != NULL;)
		if (is_id(d) && (ids_only ? add_id(out, d->d_name, a, e) : add_entry(out, g, d->d_name, a, e)) < 0)
			return -1;
	if (errno != 0)
		return err_sys(e, "read %s", g->root);
	if (out->n > 1)
		qsort(out->items, out->n, sizeof(*out->items), by_id);
	return 0;
}
