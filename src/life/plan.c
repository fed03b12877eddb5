/* SPDX-License-Identifier: Apache-2.0
 *
 * plan - a dry run: what create would do, told and not done
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "life/facts.h"
#include "life/verbs.h"
#include "plan/place.h"
#include "plan/print.h"

/* In the place of the id, which a dry run has not. */
static const char no_id[] = "CONTAINER";

struct dry_run {
	const struct plan_options *o;
	struct arena *a;
	char bundle[PATH_MAX], rootfs[PATH_MAX], path[PATH_MAX];
	struct plan_source source;
	char *text; /* malloc'ed */
	struct oci_config *spec;
	struct intent intent;
	struct cg_layout layout;
};

static int read_config(struct dry_run *d, struct err *e)
{
	const char *bundle = d->o->bundle != NULL ? d->o->bundle : ".";
	struct json_text in;
	struct json_error je;

	d->source.name = d->o->config_name != NULL ? d->o->config_name : "config.json";
	if (bundle[0] != '/' && getcwd(d->path, sizeof(d->path)) == NULL)
		return err_sys(e, "find the current directory");
	if (!path_join(d->path, bundle, d->bundle, sizeof(d->bundle)) ||
	    !path_join(d->bundle, d->source.name, d->path, sizeof(d->path)))
		return err_num(e, ENAMETOOLONG, "bundle %s", bundle);
	if (file_read_at(AT_FDCWD, d->path, JSON_MAX_TEXT, &d->text, &d->source.len, e) < 0)
		return -1;
	d->source.text = d->text;
	in = (struct json_text){ .name = d->source.name, .text = d->text, .len = d->source.len };
	return oci_config_read(&in, d->a, &d->spec, &je) < 0 ? place_json(&je, e) : 0;
}

static int find_facts(struct dry_run *d, const struct life_globals *g, struct err *e)
{
	if (!path_join(d->bundle, d->spec->root != NULL ? d->spec->root->path : "", d->rootfs, sizeof(d->rootfs)))
		return err_num(e, ENAMETOOLONG, "root.path");
	d->intent = (struct intent){
		.id = no_id,
		.bundle = d->bundle,
		.rootfs = d->rootfs,
		.annotations = d->spec->annotations,
		.config_name = d->source.name,
		.manager = g->manager,
	};
	return facts_find(&d->intent.facts, &d->layout, g->manager, e);
}

static int tell(struct dry_run *d, const char **text, struct err *e)
{
	const struct plan *p = plan_build(d->spec, &d->intent, d->a, e);
	auto_buf struct buf out = { 0 };

	if (p == NULL)
		return place_error(e, d->source.name, d->source.text, d->source.len);
	if (d->o->json)
		return plan_print_json(p, &d->source, d->a, text, e);
	if (plan_print_text(p, &d->source, d->a, &out, e) < 0)
		return -1;
	*text = arena_strndup(d->a, out.data, out.len);
	return *text != NULL ? 0 : err_memory(e);
}

int life_plan(const struct life_globals *g, const struct plan_options *o, struct arena *a, const char **text,
              struct err *e)
{
	struct dry_run *d = arena_alloc(a, sizeof(*d));
	int r;

	if (d == NULL)
		return err_memory(e);
	d->o = o;
	d->a = a;
	r = read_config(d, e) < 0 || find_facts(d, g, e) < 0 || tell(d, text, e) < 0 ? -1 : 0;
	free(d->text);
	return r;
}
