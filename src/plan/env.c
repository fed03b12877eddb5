/* SPDX-License-Identifier: Apache-2.0
 *
 * env - the environment of the program, from config.json's words
 */
#include "plan/env.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Open addressing over the indices of the words, by name: 2,000 words are 2,000 look-ups, not 2,000,000 comparisons. */
struct names {
	uint32_t *slot; /* index + 1; 0: free */
	size_t mask;
};

static bool same_name(const char *a, const char *b)
{
	size_t len = strcspn(a, "=");

	return strncmp(a, b, len) == 0 && b[len] == '=';
}

/* FNV-1a. */
static uint32_t hash(const char *word)
{
	uint32_t h = 2166136261U;

	for (; *word != '=' && *word != '\0'; word++)
		h = (h ^ (unsigned char)*word) * 16777619U;
	return h;
}

/* The slot of a word's name: taken by a word of that name, or free. */
static uint32_t *find(const struct names *names, const struct env *env, const char *word)
{
	size_t i = hash(word) & names->mask;

	while (names->slot[i] != 0 && !same_name(word, env->words[names->slot[i] - 1]))
		i = (i + 1) & names->mask;
	return &names->slot[i];
}

static void put(struct env *env, const struct names *names, const char *word)
{
	uint32_t *slot = find(names, env, word);

	if (*slot == 0) {
		env->words[env->n++] = word;
		*slot = (uint32_t)env->n;
	} else {
		env->words[*slot - 1] = word;
	}
}

static const char *value_of(const struct env *env, const char *name)
{
	for (size_t i = 0; i < env->n; i++)
		if (same_name(name, env->words[i]))
			return env->words[i] + strlen(name);
	return NULL;
}

/* An empty HOME is none: the container's own is put in its place. */
static void take_empty_home(struct env *env)
{
	size_t kept = 0;

	env->home = value_of(env, "HOME=");
	if (env->home == NULL || env->home[0] != '\0')
		return;
	env->home = NULL;
	for (size_t i = 0; i < env->n; i++)
		if (!same_name("HOME=", env->words[i]))
			env->words[kept++] = env->words[i];
	env->n = kept;
	env->words[kept] = NULL;
}

static int check_word(const char *word, const char *pointer, size_t i, struct err *e)
{
	const char *fault = word[0] == '=' ? "has no name" : strchr(word, '=') == NULL ? "has no \"=\"" : NULL;

	if (fault == NULL)
		return 0;
	(void)err_kind(e, ERR_CONFIG, "the environment word \"%s\" %s", word, fault); /* -1 is what is returned */
	return err_at(e, "%s/%zu", pointer, i);
}

int env_check(const struct vec_str *words, const char *pointer, struct err *e)
{
	for (size_t i = 0; i < words->n; i++)
		if (check_word(words->items[i], pointer, i, e) < 0)
			return -1;
	return 0;
}

int env_build(const struct vec_str *from, const char *pointer, struct arena *a, struct env *out, struct err *e)
{
	struct names names = { .mask = 15 };

	if (env_check(from, pointer, e) < 0)
		return -1;
	while (names.mask < from->n * 2)
		names.mask = names.mask * 2 + 1;
	names.slot = arena_alloc(a, (names.mask + 1) * sizeof(*names.slot));
	*out = (struct env){ .words = arena_alloc(a, (from->n + 3) * sizeof(*out->words)) };
	if (names.slot == NULL || out->words == NULL)
		return err_memory(e);
	for (size_t i = 0; i < from->n; i++)
		put(out, &names, from->items[i]);
	take_empty_home(out);
	out->path = value_of(out, "PATH=");
	return 0;
}

static size_t find_word(const struct env *env, const char *word)
{
	size_t i = 0;

	while (i < env->n && !same_name(word, env->words[i]))
		i++;
	return i;
}

void env_add(struct env *env, const char *word)
{
	if (find_word(env, word) == env->n)
		env_set(env, word);
}

void env_set(struct env *env, const char *word)
{
	size_t i = find_word(env, word);

	env->words[i] = word;
	if (i == env->n)
		env->words[++env->n] = NULL;
}
