/* SPDX-License-Identifier: Apache-2.0
 *
 * annotations - what config.json asks for by annotations named run.oci.* and org.ocirt.*
 *
 * One row an annotation. What is wrong is refused with its place; a name that begins like them and is none of the rows is passed
 * over. org.systemd.property.* is the control groups' (placement.c).
 */
#include "plan/annotations.h"

#include <limits.h>
#include <string.h>

#include "base/words.h"
#include "kernel/landlock.h"
#include "plan/plan.h"

static const char keep_groups_key[] = "run.oci.keep_original_groups";

static const struct word flag_words[] = { { "1", 1 }, { "true", 1 }, { "0", 0 }, { "false", 0 }, { "", 0 } };
static const struct word context_words[] = {
	{ "context", 0 }, { "fscontext", 0 }, { "defcontext", 0 }, { "rootcontext", 0 }
};

/* What a value has to be: NULL, or why it is refused. */
static const char *check_flag(const char *value)
{
	return word_find(flag_words, array_len(flag_words), value) != NULL ? NULL : "is neither 1 (true) nor 0 (false)";
}

static const char *check_path(const char *value)
{
	return value[0] == '/' && strlen(value) < PATH_MAX ? NULL : "is not an absolute path";
}

static const char *check_context(const char *value)
{
	return word_find(context_words, array_len(context_words), value) != NULL
	               ? NULL
	               : "is none of context, fscontext, defcontext, rootcontext";
}

static const char *check_group(const char *value)
{
	if (strchr(value, '/') != NULL || strchr(value, '\n') != NULL || strcmp(value, ".") == 0 ||
	    strcmp(value, "..") == 0)
		return "is not the name of one group";
	return strlen(value) <= NAME_MAX ? NULL : "is longer than a name can be";
}

static const char *check_none(const char *value)
{
	(void)value; /* plan_namespaces reads it */
	return NULL;
}

/* `empty` says that an empty value is one: it is the same as none elsewhere, too, but says so on purpose. */
static const struct row {
	const char *key;
	size_t at; /* in struct plan_asked: a text */
	const char *(*check)(const char *value);
	bool empty;
} rows[] = {
#define AT(m) offsetof(struct plan_asked, m)
	{ ANNOTATION_HOOK_OUT, AT(hook_out), check_path, false },
	{ ANNOTATION_HOOK_ERR, AT(hook_err), check_path, false },
	{ "run.oci.mount_context_type", AT(mount_context), check_context, false },
	{ "run.oci.seccomp.receiver", AT(seccomp_receiver), check_path, false },
	{ "run.oci.pidfd_receiver", AT(pidfd_receiver), check_path, false },
	{ "run.oci.systemd.subgroup", AT(subgroup), check_group, true },
	{ "run.oci.delegate-cgroup", AT(delegate), check_group, true },
	{ ANNOTATION_LEAF, AT(leaf), check_group, false },
	{ ANNOTATION_LANDLOCK, AT(landlock), landlock_wrong, false },
	{ "run.oci.timens_offset", AT(clocks), check_none, false },
#undef AT
};

static int refuse(const char *key, const char *value, const char *why, struct err *e)
{
	(void)err_kind(e, ERR_CONFIG, "\"%s\" %s", value, why); /* -1 is what is returned */
	return err_at(e, "/annotations/%s", key);
}

static int take(struct plan *p, const struct row *r, struct err *e)
{
	const char *value = map_str_get(&p->spec->annotations, r->key);
	const char *why = value != NULL && (!r->empty || value[0] != '\0') ? r->check(value) : NULL;

	if (why != NULL)
		return refuse(r->key, value, why, e);
	if (value != NULL && value[0] != '\0')
		*(const char **)((char *)&p->asked + r->at) = value;
	return 0;
}

/* config.md#annotations */
int plan_annotations(struct plan *p, struct arena *a, struct err *e)
{
	const char *keep = map_str_get(&p->spec->annotations, keep_groups_key);

	(void)a;
	if (map_str_get(&p->spec->annotations, "") != NULL)
		return err_config(e, "/annotations/", "an annotation without a name");
	if (keep != NULL && check_flag(keep) != NULL)
		return refuse(keep_groups_key, keep, check_flag(keep), e);
	for (size_t i = 0; i < array_len(rows); i++)
		if (take(p, &rows[i], e) < 0)
			return -1;
	if (p->asked.delegate != NULL && p->asked.subgroup == NULL)
		return refuse("run.oci.delegate-cgroup", p->asked.delegate,
		              "needs run.oci.systemd.subgroup, below which it is", e);
	if (p->asked.leaf != NULL && p->asked.delegate != NULL)
		return refuse(ANNOTATION_LEAF, p->asked.leaf,
		              "is not for run.oci.delegate-cgroup, which names one, too", e);
	if (p->asked.landlock != NULL && p->spec->process != NULL && !p->spec->process->no_new_privileges.v)
		return refuse(ANNOTATION_LANDLOCK, p->asked.landlock, "needs process.noNewPrivileges", e);
	return 0;
}

bool annotations_keep_groups(const struct map_str *annotations)
{
	const char *value = map_str_get(annotations, keep_groups_key);
	const struct word *w = value != NULL ? word_find(flag_words, array_len(flag_words), value) : NULL;

	return w != NULL && w->value != 0;
}

const char *annotations_text(const struct map_str *annotations, const char *key)
{
	const char *value = map_str_get(annotations, key);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

bool annotations_unknown(const char *key, const char **near)
{
	struct word_search s = { .typed = key };

	if (strncmp(key, "run.oci.", 8) != 0 && strncmp(key, "org.ocirt.", 10) != 0)
		return false;
	word_offer(&s, keep_groups_key);
	for (size_t i = 0; i < array_len(rows); i++)
		word_offer(&s, rows[i].key);
	*near = s.best;
	return s.best == NULL || strcmp(s.best, key) != 0;
}
