/* SPDX-License-Identifier: Apache-2.0
 *
 * mounts_idmap - the id mapping of one mount
 *
 * config.md#posix-platform-mounts: uidMappings and gidMappings, both or neither; `idmap` without them takes the container's.
 * Engines of before that wrote `idmap=uids=A-B-C#...;gids=...` (A: first id of the file system, B: what it becomes, C: how many;
 * with @ in front, B is an id of the container), which is taken, too.
 */
#include <string.h>

#include "base/num.h"
#include "kernel/sys.h"
#include "plan/mounts.h"

static int refuse(const struct mount_op *op, const char *text, struct err *e)
{
	return err_config(e, op->pointer, "cannot read its option idmap=%s", text);
}

/* A number up to one of the delimiters; *at moves behind it. */
static bool take_number(const char **at, char delimiter, uint32_t *to)
{
	size_t n = strcspn(*at, "-#;");
	char digits[16];

	if (n == 0 || n >= sizeof(digits) || (delimiter != '\0' && (*at)[n] != delimiter))
		return false;
	memcpy(digits, *at, n);
	digits[n] = '\0';
	*at += n + (delimiter != '\0');
	return num_u32(digits, to);
}

/* The id outside that an id of the container stands for. */
static bool to_outside(const struct plan_id_map *map, uint32_t count, uint32_t *id)
{
	for (size_t i = 0; i < map->n; i++) {
		uint32_t at = *id - map->rows[i].inside;

		if (*id < map->rows[i].inside || at >= map->rows[i].count || count > map->rows[i].count - at)
			continue;
		*id = map->rows[i].outside + at;
		return true;
	}
	return false;
}

/* "A-B-C#@D-E-F": up to a ';' or the end. */
static bool take_rows(const char **at, const struct plan_id_map *own, struct vec_oci_id_mapping *to)
{
	for (;; ++*at) {
		bool relative = **at == '@';
		struct oci_id_mapping *row = &to->items[to->n++];

		*at += relative;
		if (!take_number(at, '-', &row->container_id) || !take_number(at, '-', &row->host_id) ||
		    !take_number(at, '\0', &row->size) || (relative && !to_outside(own, row->size, &row->host_id)))
			return false;
		if (**at != '#')
			return true;
	}
}

static int take_map(struct mounts *m, const struct vec_oci_id_mapping *map, const char *pointer, const char *member,
                    struct plan_id_map *to, struct err *e)
{
	const char *at = plan_string(m->a, e, "%s/%s", pointer, member);

	return at == NULL ? -1 : plan_id_map(map, at, m->a, to, e);
}

static int set_maps(struct mounts *m, const struct vec_oci_id_mapping map[2], struct mount_op *op, struct err *e)
{
	struct plan_id_map uids, gids;

	if (take_map(m, &map[IDMAP_UID], op->pointer, "uidMappings", &uids, e) < 0 ||
	    take_map(m, &map[IDMAP_GID], op->pointer, "gidMappings", &gids, e) < 0)
		return -1;
	op->idmap.set = true;
	op->idmap.uids = uids.rows;
	op->idmap.n_uids = uids.n;
	op->idmap.gids = gids.rows;
	op->idmap.n_gids = gids.n;
	return 0;
}

static int from_option(struct mounts *m, const char *option, struct mount_op *op, struct err *e)
{
	const struct plan_namespaces *ns = &m->p->ns;
	struct vec_oci_id_mapping map[2] = { 0 };
	const char *at = option;

	while (*at != '\0') {
		int which = strncmp(at, "uids=", 5) == 0 ? IDMAP_UID : strncmp(at, "gids=", 5) == 0 ? IDMAP_GID : -1;

		if (which < 0 || map[which].n > 0)
			return refuse(op, option, e);
		at += 5;
		map[which].items = arena_alloc(m->a, strlen(at) * sizeof(*map->items) + 1); /* more than rows */
		if (map[which].items == NULL)
			return err_memory(e);
		if (!take_rows(&at, which == IDMAP_UID ? &ns->uid_map : &ns->gid_map, &map[which]))
			return refuse(op, option, e);
		at += *at == ';';
	}
	if (map[IDMAP_UID].n == 0 || map[IDMAP_GID].n == 0)
		return refuse(op, option, e);
	if (set_maps(m, map, op, e) == 0)
		return 0;
	e->pointer[0] = '\0';                           /* here the rows have none of their own */
	(void)err_in(e, "its option idmap=%s", option); /* -1 is what is returned */
	return err_at(e, "%s", op->pointer);
}

static int from_mount(struct mounts *m, const struct oci_mount *from, struct mount_op *op, struct err *e)
{
	const struct vec_oci_id_mapping map[2] = { [IDMAP_UID] = from->uid_mappings, [IDMAP_GID] = from->gid_mappings };

	if (from->uid_mappings.n == 0 || from->gid_mappings.n == 0)
		return err_config(e, op->pointer, "it has %s without %s",
		                  from->uid_mappings.n > 0 ? "uidMappings" : "gidMappings",
		                  from->uid_mappings.n > 0 ? "gidMappings" : "uidMappings");
	return set_maps(m, map, op, e);
}

/* The container's own map: known when we make its user namespace, else that of the namespace that is joined. */
static int from_container(struct mounts *m, struct mount_op *op, struct err *e)
{
	const struct plan_namespaces *ns = &m->p->ns;

	op->idmap.uids = ns->uid_map.rows;
	op->idmap.n_uids = ns->uid_map.n;
	op->idmap.gids = ns->gid_map.rows;
	op->idmap.n_gids = ns->gid_map.n;
	for (size_t i = 0; i < ns->n_join; i++)
		if (ns->join[i].flag == CLONE_NEWUSER)
			op->idmap.userns = ns->join[i].path;
	if (op->idmap.n_uids == 0 && op->idmap.userns == NULL)
		return err_config(
			e, op->pointer,
			"idmap without uidMappings and gidMappings, and the container has no user namespace to take them from");
	return 0;
}

int mounts_idmap(struct mounts *m, const struct oci_mount *from, const char *option, struct mount_op *op, struct err *e)
{
	if (from->uid_mappings.n > 0 || from->gid_mappings.n > 0)
		return from_mount(m, from, op, e);
	if (!op->idmap.set)
		return 0;
	return option != NULL ? from_option(m, option, op, e) : from_container(m, op, e);
}
