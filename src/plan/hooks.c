/* SPDX-License-Identifier: Apache-2.0
 *
 * hooks - the programs to run at the six points of a container's life
 *
 * config.md#posix-platform-hooks: an absolute path, arguments as for execv(3) (the path alone when there are none), exactly the
 * environment that is given, of NAME=value words as that of the process, a timeout above zero.
 */
#include <stdio.h>

#include "plan/env.h"
#include "plan/plan.h"
#include "plan/pointer.h"

/* A vector as execve(2) wants it; `none` takes the place of an empty one. */
static const char *const *strings(const struct vec_str *from, const char *none, struct arena *a)
{
	const char **to = arena_alloc(a, (from->n + 2) * sizeof(*to));

	if (to == NULL)
		return NULL;
	for (size_t i = 0; i < from->n; i++)
		to[i] = from->items[i];
	if (from->n == 0)
		to[0] = none;
	return to;
}

static int plan_hook(const struct oci_hook *h, const char *pointer, struct arena *a, struct plan_hook *out,
                     struct err *e)
{
	char env[ERR_POINTER_MAX];

	(void)snprintf(env, sizeof(env), "%s/env", pointer); /* fits: "/hooks/NAME/N/env" */
	if (env_check(&h->env, env, e) < 0)
		return -1;
	if (h->path[0] != '/')
		return err_config(e, pointer, "the path of a hook has to be absolute, \"%s\" is not", h->path);
	*out = (struct plan_hook){
		.path = h->path,
		.argv = strings(&h->args, h->path, a),
		.envp = strings(&h->env, NULL, a),
		.bare = h->env.n == 0,
		.timeout_ms = h->timeout.set ? (int)h->timeout.v * 1000 : -1,
		.pointer = pointer,
	};
	return out->argv == NULL || out->envp == NULL ? err_memory(e) : 0;
}

static int plan_point(struct plan_hooks *to, const struct vec_oci_hook *from, const char *name, struct arena *a,
                      struct err *e)
{
	struct plan_hook *hooks = arena_alloc(a, from->n * sizeof(*hooks) + 1);

	if (hooks == NULL)
		return err_memory(e);
	for (size_t i = 0; i < from->n; i++) {
		const char *pointer = plan_string(a, e, "/hooks/%s/%zu", name, i);

		if (pointer == NULL || plan_hook(&from->items[i], pointer, a, &hooks[i], e) < 0)
			return -1;
	}
	*to = (struct plan_hooks){ .hook = hooks, .n = from->n };
	return 0;
}

int plan_hooks(struct plan *p, struct arena *a, struct err *e)
{
	const struct oci_hooks *h = p->spec->hooks;

	if (h == NULL)
		return 0;
	if (plan_point(&p->hooks[HOOK_PRESTART], &h->prestart, "prestart", a, e) < 0 ||
	    plan_point(&p->hooks[HOOK_CREATE_RUNTIME], &h->create_runtime, "createRuntime", a, e) < 0 ||
	    plan_point(&p->hooks[HOOK_CREATE_CONTAINER], &h->create_container, "createContainer", a, e) < 0 ||
	    plan_point(&p->hooks[HOOK_START_CONTAINER], &h->start_container, "startContainer", a, e) < 0 ||
	    plan_point(&p->hooks[HOOK_POSTSTART], &h->poststart, "poststart", a, e) < 0)
		return -1;
	return plan_point(&p->hooks[HOOK_POSTSTOP], &h->poststop, "poststop", a, e);
}
