/* SPDX-License-Identifier: Apache-2.0
 *
 * env - the environment of the program, from config.json's words
 */
#ifndef OCIRT_PLAN_ENV_H
#define OCIRT_PLAN_ENV_H

#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"
#include "libocispec/arena.h"
#include "libocispec/json.h"

struct env {
	const char **words; /* NULL-terminated; room for two more */
	size_t n;
	const char *home; /* value of HOME, NULL when it is absent or empty (then it is not among the words either) */
	const char *path; /* value of PATH, NULL when it is absent */
};

/* They are "NAME=value" words; one without `=` or name is refused at POINTER/N. */
int env_check(const struct vec_str *words, const char *pointer, struct err *e) must_check;

/*
 * Takes words that pass env_check(). Of a name given twice the last value counts, in the place of the first, as with setenv(3).
 * Linear in the number of words.
 */
int env_build(const struct vec_str *from, const char *pointer, struct arena *a, struct env *out,
              struct err *e) must_check;

/* Appends a word that lives as long as the arena unless its name is among the words; at most two are ever added. */
void env_add(struct env *env, const char *word);

/* The same, in place of an earlier one. */
void env_set(struct env *env, const char *word);

#endif
