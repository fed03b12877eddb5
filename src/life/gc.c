/* SPDX-License-Identifier: Apache-2.0
 *
 * gc - takes away what crashed runs left, and says what
 *
 * What a command makes is recorded in the state root before it is made and taken out last, so entries of the state root find all of
 * it: control groups, scopes, mounts. An entry is dead when its process is, or when whoever was creating it is and nobody lives in its
 * groups. Each is looked at and taken under its lock; one that is held belongs to a verb at work and is passed over.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/mountinfo.h"
#include "kernel/seccomp_cache.h"
#include "life/life.h"
#include "life/verbs.h"

struct gc {
	const struct life_globals *g;
	const struct gc_options *o;
	struct arena *a;
	struct gc_result *found;
	struct container c; /* the one that is looked at; without an id: none */
	const char *why;    /* it is dead */
	char dir[PATH_MAX]; /* its state directory */
};

/* ctx of a callback as well: what is found is noted, whatever comes of it later. */
static int note(struct gc *gc, enum gc_kind kind, const char *path, struct err *e)
{
	struct gc_item *item = arena_alloc(gc->a, sizeof(*item));

	if (item == NULL)
		return err_memory(e);
	*item = (struct gc_item){ .kind = kind,
		                  .id = gc->c.id,
		                  .path = arena_strndup(gc->a, path, strlen(path)),
		                  .why = arena_strndup(gc->a, gc->why, strlen(gc->why)) };
	if (item->path == NULL || item->why == NULL)
		return err_memory(e);
	*(gc->found->last != NULL ? &gc->found->last->next : &gc->found->first) = item;
	gc->found->last = item;
	return 0;
}

/* It stays, and somebody should know why. */
static int stays(struct gc *gc, enum gc_kind kind, const char *why, struct err *e)
{
	int r;

	gc->why = why;
	gc->found->failed += kind == GC_FAILED;
	r = note(gc, kind, gc->dir, e);
	gc->why = NULL;
	return r;
}

static int note_groups(struct gc *gc, const struct cg_place *place, struct err *e)
{
	char path[PATH_MAX];

	for (size_t i = 0; place != NULL && i < place->n; i++) {
		const struct cg_dir *d = &place->dir[i];
		enum gc_kind kind =
			gc->c.has_intent && gc->c.intent.manager == CG_MANAGER_SYSTEMD ? GC_SCOPE : GC_CGROUP;

		if ((size_t)snprintf(path, sizeof(path), "%s%s", d->mount, d->path) < sizeof(path) &&
		    access(path, F_OK) == 0 && note(gc, kind, path, e) < 0)
			return -1;
	}
	return 0;
}

static int note_mount(void *ctx, const struct mountinfo_row *row, struct err *e)
{
	struct gc *gc = ctx;
	size_t n = strlen(gc->dir);

	return strncmp(row->point, gc->dir, n) == 0 && row->point[n] == '/' ? note(gc, GC_MOUNT, row->point, e) : 0;
}

/* Why it is dead; NULL: it is not, or somebody may yet ask for it. */
static int find_why(struct gc *gc, struct err *e)
{
	const struct container *c = &gc->c;
	enum oci_status status;
	int old;

	gc->why = NULL;
	if (store_status(c, &status, e) < 0)
		return -1;
	old = store_earlier_boot(c, e);
	if (status != OCI_STATUS_STOPPED || old < 0)
		return old < 0 ? -1 : 0;
	if (old > 0)
		gc->why = "it is from an earlier boot";
	else if (!c->has_process)
		gc->why = "it was never finished";
	else if (!gc->o->keep_stopped)
		gc->why = "its process is gone";
	return 0;
}

static int count_members(const struct cg_place *place, size_t *n, struct err *e)
{
	auto_free pid_t *pids = NULL;

	*n = 0;
	return place != NULL ? cg_pids(place, &pids, n, e) : 0;
}

/* Under its lock. */
static int look(struct gc *gc, struct err *e)
{
	struct container *c = &gc->c;
	const struct cg_place *place;
	char text[64];
	size_t n;

	if (store_reload(c, e) < 0 || find_why(gc, e) < 0)
		return -1;
	if (gc->why == NULL)
		return 0;
	if ((!c->has_intent && !c->blank) || (c->lost && c->intent.place == NULL))
		return stays(gc, GC_KEPT, "its record is broken: delete --force takes it away", e);
	if (life_place(c, &place, e) < 0 || count_members(place, &n, e) < 0)
		return -1;
	if (n > 0) {
		(void)snprintf(text, sizeof(text), "%zu process(es) live in its control groups", n); /* fits */
		return stays(gc, GC_KEPT, text, e);
	}
	if (note_groups(gc, place, e) < 0 || mountinfo_each(getpid(), note_mount, gc, e) < 0 ||
	    note(gc, GC_STATE, gc->dir, e) < 0)
		return -1;
	return gc->o->dry_run ? 0 : life_clear(c, NULL, e);
}

static int open_and_look(struct gc *gc, struct err *e)
{
	char link[32];
	ssize_t n;
	int r;

	if (store_open(gc->g->root, gc->c.id, gc->a, &gc->c, e) < 0)
		return -1;
	n = readlink(fd_path(gc->c.dir_fd, link), gc->dir, sizeof(gc->dir) - 1);
	if (n < 0)
		return err_sys(e, "readlink %s", link);
	gc->dir[n] = '\0';
	r = store_lock(&gc->c, 0, e);
	return r <= 0 ? r : look(gc, e);
}

/* One that cannot be taken does not keep the others. What was noted of it is withdrawn: it is still there. */
static int consider(struct gc *gc, const char *id, struct err *e)
{
	struct gc_item *last = gc->found->last;
	struct err why;
	int r;

	gc->c = (struct container)CONTAINER_NONE;
	gc->c.id = id;
	(void)snprintf(gc->dir, sizeof(gc->dir), "%s/%s", gc->g->root, id); /* for the message only */
	r = open_and_look(gc, &why);
	store_close(&gc->c);
	if (r == 0 || why.kind == ERR_NOT_FOUND)
		return 0;
	*(last != NULL ? &last->next : &gc->found->first) = NULL;
	gc->found->last = last;
	return stays(gc, GC_FAILED, why.text, e);
}

static int note_filter(void *ctx, const char *path, struct err *e)
{
	return note(ctx, GC_FILTER, path, e);
}

int life_gc(const struct life_globals *g, const struct gc_options *o, struct arena *a, struct gc_result *out,
            struct err *e)
{
	struct gc gc = { .g = g, .o = o, .a = a, .found = out, .c = CONTAINER_NONE };
	struct life_list list;

	*out = (struct gc_result){ 0 };
	if (life_list(g, true, a, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		if (consider(&gc, list.items[i].id, e) < 0)
			return -1;
	gc.c.id = NULL;
	gc.why = "whoever wrote it is gone";
	return seccomp_cache_sweep(g->cache, o->dry_run, note_filter, &gc, e);
}
