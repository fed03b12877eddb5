/* SPDX-License-Identifier: Apache-2.0
 *
 * limit_unified - linux.resources.unified: files of the cgroup2 tree by their own names
 *
 * config-linux.md#unified. Declared in limit.h.
 */
#include <string.h>

#include "plan/limit.h"

/* Files of cgroup2 itself that move processes or controllers about: what we do ourselves. */
static const char *const not_limits[] = {
	"cgroup.procs", "cgroup.threads", "cgroup.kill", "cgroup.freeze", "cgroup.type", "cgroup.subtree_control",
};

#define refuse_key(j, kind, key, ...)                      \
	do {                                               \
		(void)err_kind((j)->e, kind, __VA_ARGS__); \
		return at_key(j, key);                     \
	} while (0)

static int at_key(struct limit_job *j, const char *key)
{
	struct err ignored;
	const char *pointer = pointer_key(j->a, &ignored, limit_text(j, "%s/unified", j->base), key);

	return pointer != NULL ? err_at(j->e, "%s", pointer) : -1;
}

/* The controller of a key `controller.file`, checked to be one name and to be had in the cgroup2 tree. */
static int check_key(struct limit_job *j, const char *key, const char **controller)
{
	const struct cg_hier *h = limit_unified_tree(j->layout);
	const char *dot = strchr(key, '.');

	if (strchr(key, '/') != NULL || dot == NULL || dot == key || dot[1] == '\0' || dot[1] == '.')
		refuse_key(j, ERR_CONFIG, key, "'%s' is not of the form controller.file", key);
	for (size_t i = 0; i < array_len(not_limits); i++)
		if (strcmp(key, not_limits[i]) == 0)
			refuse_key(j, ERR_CONFIG, key, "%s is no limit and not for config.json to write", key);
	*controller = arena_strndup(j->a, key, (size_t)(dot - key));
	if (*controller == NULL)
		return err_memory(j->e);
	if (h == NULL)
		refuse_key(j, ERR_CONFIG, key,
		           "invalid configuration: %s: unified is for cgroup v2, which this host does not have", key);
	if (strcmp(*controller, "cgroup") != 0 && !cg_lists(h->controllers, *controller))
		refuse_key(j, ERR_HOST, key, "%s: the cgroup v2 tree of this host has no %s controller", key,
		           *controller);
	return 0;
}

/* The same file set by a row above has to say the same; what has a line for each device may come from both. */
static int check_conflict(struct limit_job *j, const struct key_value *kv)
{
	for (size_t i = 0; i < j->n; i++) {
		const struct cg_write *w = &j->w[i];

		if (strcmp(w->file, kv->key) == 0 && strchr(w->value, ':') == NULL && strcmp(w->value, kv->value) != 0)
			refuse_key(j, ERR_CONFIG, kv->key, "%s is to be '%s' here and '%s' by %s", kv->key, kv->value,
			           w->value, w->pointer);
	}
	return 0;
}

/* A value of several lines is several writes: the kernel takes one device at a time. */
static int put_lines(struct limit_job *j, const struct limit_side *s, const char *pointer, const char *value)
{
	do {
		size_t n = strcspn(value, "\n");
		struct cg_write *w = limit_push(j, s, pointer, limit_text(j, "%.*s", (int)n, value));

		if (w == NULL)
			return -1;
		w->property = limit_property(s->file);
		value += n + (value[n] == '\n');
	} while (*value != '\0');
	return 0;
}

static int make_unified(struct limit_job *j, const struct limit_row *row, const struct limit_side *s,
                        const struct limit_value *v)
{
	const struct map_str *map = v->list;
	const char *base = limit_text(j, "%s%s", j->base, row->limit.pointer);

	(void)s;
	for (size_t i = 0; base != NULL && i < map->n; i++) {
		const struct key_value *kv = &map->items[i];
		struct limit_side side = { .file = kv->key, .v2 = true };
		const char *pointer = pointer_key(j->a, j->e, base, kv->key);

		if (pointer == NULL || check_key(j, kv->key, &side.controller) < 0 || check_conflict(j, kv) < 0 ||
		    put_lines(j, &side, pointer, kv->value) < 0)
			return -1;
	}
	return base == NULL ? -1 : 0;
}

const struct limit_how how_unified = { .nowhere = true, .make = make_unified };
