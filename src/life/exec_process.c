/* SPDX-License-Identifier: Apache-2.0
 *
 * exec_process - the process object of an exec: a file of its own, or config.json's changed by the command line
 */
#include "life/exec_process.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/num.h"
#include "plan/place.h"

enum { PROCESS_TEXT_MAX = 1 << 20, WORD_ROOM = 64 };

void exec_source_free(struct exec_source *s)
{
	free(s->text);
	s->text = NULL;
}

static int read_file(const char *path, struct arena *a, struct oci_process **out, struct exec_source *source,
                     struct err *e)
{
	struct json_error je;

	if (file_read_named(path, PROCESS_TEXT_MAX, &source->text, &source->len, e) < 0)
		return -1;
	source->name = path;
	source->pointer = "";
	if (oci_process_read(&(struct json_text){ .name = path, .text = source->text, .len = source->len }, a, out,
	                     &je) < 0)
		return place_json(&je, e);
	return 0;
}

/* `from` and then `more`, as one list. */
static int join_words(const struct vec_str *from, const struct vec_str *more, struct arena *a, struct vec_str *out,
                      struct err *e)
{
	const char **items = arena_alloc(a, (from->n + more->n) * sizeof(*items) + 1);

	if (items == NULL)
		return err_memory(e);
	for (size_t i = 0; i < from->n; i++)
		items[i] = from->items[i];
	for (size_t i = 0; i < more->n; i++)
		items[from->n + i] = more->items[i];
	*out = (struct vec_str){ .items = items, .n = from->n + more->n, .set = true };
	return 0;
}

/* "UID[:GID]", digits only: a name is never looked up. */
static int set_user(const char *text, struct oci_user *user, struct err *e)
{
	const char *colon = strchr(text, ':');
	char uid[WORD_ROOM];
	size_t n = colon != NULL ? (size_t)(colon - text) : strlen(text);

	if (n >= sizeof(uid))
		return err_kind(e, ERR_USAGE, "--user %s: not a user id", text);
	memcpy(uid, text, n);
	uid[n] = '\0';
	user->uid.set = true;
	if (!num_id(uid, &user->uid.v))
		return err_kind(e, ERR_USAGE, "--user %s: \"%s\" is no user id (0 to 4294967294, no names)", text, uid);
	if (colon == NULL)
		return 0;
	user->gid.set = true;
	if (!num_id(colon + 1, &user->gid.v))
		return err_kind(e, ERR_USAGE, "--user %s: \"%s\" is no group id (0 to 4294967294, no names)", text,
		                colon + 1);
	return 0;
}

static int add_gid(const char *word, size_t len, uint32_t *to, struct err *e)
{
	char gid[WORD_ROOM];

	if (len >= sizeof(gid))
		return err_kind(e, ERR_USAGE, "--additional-gids %s: not a group id", word);
	memcpy(gid, word, len);
	gid[len] = '\0';
	if (!num_id(gid, to))
		return err_kind(e, ERR_USAGE, "--additional-gids: \"%s\" is no group id", gid);
	return 0;
}

static size_t count_gids(const struct vec_str *words)
{
	size_t n = 0;

	for (size_t i = 0; i < words->n; i++) {
		n++;
		for (const char *p = strchr(words->items[i], ','); p != NULL; p = strchr(p + 1, ','))
			n++;
	}
	return n;
}

static int set_gids(const struct vec_str *words, struct arena *a, struct oci_user *user, struct err *e)
{
	const struct vec_u32 old = user->additional_gids;
	uint32_t *gids = arena_alloc(a, (old.n + count_gids(words)) * sizeof(*gids) + 1);
	size_t n = old.n;

	if (gids == NULL)
		return err_memory(e);
	for (size_t i = 0; i < old.n; i++)
		gids[i] = old.items[i];
	for (size_t i = 0; i < words->n; i++)
		for (const char *w = words->items[i]; w != NULL;) {
			size_t len = strcspn(w, ",");

			if (add_gid(w, len, &gids[n++], e) < 0)
				return -1;
			w = w[len] == ',' ? w + len + 1 : NULL;
		}
	user->additional_gids = (struct vec_u32){ .items = gids, .n = n, .set = true };
	return 0;
}

/* "net_admin" and "CAP_NET_ADMIN" alike: the compiler of the plan takes any case, the prefix is ours to add. */
static const char *cap_name(const char *word, struct arena *a)
{
	char name[WORD_ROOM];
	int n = snprintf(name, sizeof(name), "%s%s", strncasecmp(word, "cap_", 4) == 0 ? "" : "CAP_", word);

	return arena_strndup(a, name, (size_t)n < sizeof(name) ? (size_t)n : sizeof(name) - 1);
}

/* Those of `more` that are inheritable, added to the ambient set: no other can be. */
static int add_ambient(struct oci_capabilities *set, const struct vec_str *more, struct arena *a, struct err *e)
{
	const char **items = arena_alloc(a, more->n * sizeof(*items) + 1);
	struct vec_str fit = { .items = items, .set = true };

	if (items == NULL)
		return err_memory(e);
	for (size_t i = 0; i < more->n; i++)
		for (size_t k = 0; k < set->inheritable.n; k++)
			if (strcasecmp(more->items[i], set->inheritable.items[k]) == 0) {
				items[fit.n++] = more->items[i];
				break;
			}
	return join_words(&set->ambient, &fit, a, &set->ambient, e);
}

/* Never into the inheritable set: a file with capabilities of its own would give them to a user who has none (CVE-2022-29162). */
static int add_caps(const struct vec_str *caps, struct arena *a, struct oci_process *p, struct err *e)
{
	struct oci_capabilities *set = arena_alloc(a, sizeof(*set));
	const char **items = arena_alloc(a, caps->n * sizeof(*items) + 1);
	const struct vec_str more = { .items = items, .n = caps->n, .set = true };

	if (set == NULL || items == NULL)
		return err_memory(e);
	for (size_t i = 0; i < caps->n; i++) {
		items[i] = cap_name(caps->items[i], a);
		if (items[i] == NULL)
			return err_memory(e);
	}
	if (p->capabilities != NULL)
		*set = *p->capabilities;
	if (join_words(&set->bounding, &more, a, &set->bounding, e) < 0 ||
	    join_words(&set->effective, &more, a, &set->effective, e) < 0 ||
	    join_words(&set->permitted, &more, a, &set->permitted, e) < 0 || add_ambient(set, &more, a, e) < 0)
		return -1;
	p->capabilities = set;
	return 0;
}

static int change_user(const struct exec_options *o, struct arena *a, struct oci_process *p, struct err *e)
{
	struct oci_user *user = arena_alloc(a, sizeof(*user));

	if (user == NULL)
		return err_memory(e);
	if (p->user != NULL)
		*user = *p->user;
	p->user = user;
	if (o->user != NULL && set_user(o->user, user, e) < 0)
		return -1;
	return o->additional_gids.n > 0 ? set_gids(&o->additional_gids, a, user, e) : 0;
}

static int change(const struct exec_options *o, struct arena *a, struct oci_process *p, struct err *e)
{
	if (o->argv.n == 0)
		return err_kind(e, ERR_USAGE, "exec: no program to run");
	p->args = o->argv;
	p->args.set = true;
	p->terminal = (struct opt_bool){ .set = true, .v = o->tty.set && o->tty.v };
	p->console_size = NULL;
	if (o->cwd != NULL)
		p->cwd = o->cwd;
	if (o->apparmor != NULL)
		p->apparmor_profile = o->apparmor;
	if (o->label != NULL)
		p->selinux_label = o->label;
	if (o->no_new_privs)
		p->no_new_privileges = (struct opt_bool){ .set = true, .v = true };
	if (o->env.n > 0 && join_words(&p->env, &o->env, a, &p->env, e) < 0)
		return -1;
	if (change_user(o, a, p, e) < 0)
		return -1;
	return o->caps.n > 0 ? add_caps(&o->caps, a, p, e) : 0;
}

int exec_process(const struct exec_options *o, const struct oci_process *base, struct arena *a,
                 struct oci_process **out, struct exec_source *source, struct err *e)
{
	*source = (struct exec_source){ .name = "exec", .pointer = "/process" };
	if (o->process_file != NULL) {
		if (read_file(o->process_file, a, out, source, e) < 0)
			return -1;
		if (o->tty.set)
			(*out)->terminal = o->tty;
		return 0;
	}
	if (base == NULL)
		return err_kind(e, ERR_CONFIG, "config.json has no process, so exec needs one by --process");
	*out = arena_alloc(a, sizeof(**out));
	if (*out == NULL)
		return err_memory(e);
	**out = *base;
	return change(o, a, *out, e);
}
