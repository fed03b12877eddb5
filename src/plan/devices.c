/* SPDX-License-Identifier: Apache-2.0
 *
 * devices - the nodes and links of a container's /dev
 *
 * config-linux.md#default-devices, #devices, runtime-linux.md#dev-symbolic-links. A device that is asked for at the path of a
 * default one takes its place. Where the host's /dev itself is bound, nothing is made in it.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "kernel/mount_op.h"
#include "plan/mounts.h"
#include "plan/plan.h"

enum {
	MAJOR_MAX = (1 << 12) - 1, /* of the kernel's dev_t */
	MINOR_MAX = (1 << 20) - 1,
	DEFAULT_MODE = 0666,
};

static const struct plan_node default_nodes[] = {
	{ .path = "/dev/null", .mode = S_IFCHR | DEFAULT_MODE, .major = 1, .minor = 3 },
	{ .path = "/dev/zero", .mode = S_IFCHR | DEFAULT_MODE, .major = 1, .minor = 5 },
	{ .path = "/dev/full", .mode = S_IFCHR | DEFAULT_MODE, .major = 1, .minor = 7 },
	{ .path = "/dev/random", .mode = S_IFCHR | DEFAULT_MODE, .major = 1, .minor = 8 },
	{ .path = "/dev/urandom", .mode = S_IFCHR | DEFAULT_MODE, .major = 1, .minor = 9 },
	{ .path = "/dev/tty", .mode = S_IFCHR | DEFAULT_MODE, .major = 5, .minor = 0 },
};

/* ptmx must be that of the container's own devpts; the others are what peers make, and an image may have its own. */
static const struct plan_link default_links[] = {
	{ .path = "/dev/ptmx", .target = "pts/ptmx" },
	{ .path = "/dev/fd", .target = "/proc/self/fd", .keep = true },
	{ .path = "/dev/stdin", .target = "/proc/self/fd/0", .keep = true },
	{ .path = "/dev/stdout", .target = "/proc/self/fd/1", .keep = true },
	{ .path = "/dev/stderr", .target = "/proc/self/fd/2", .keep = true },
	{ .path = "/dev/core", .target = "/proc/kcore", .keep = true },
};

static const mode_t type_of[] = {
	[OCI_DEV_CHAR] = S_IFCHR,
	[OCI_DEV_UNBUFFERED] = S_IFCHR,
	[OCI_DEV_BLOCK] = S_IFBLK,
	[OCI_DEV_FIFO] = S_IFIFO,
};

struct nodes {
	struct plan_node *list;
	size_t n;
	bool host_dev; /* /dev is a bind */
};

static bool is_host_dev(const struct plan_fs *fs)
{
	bool bind = false;

	for (size_t i = 0; i < fs->n_mounts; i++)
		if (strcmp(fs->mounts[i].dst, "/dev") == 0)
			bind = fs->mounts[i].kind == MOUNT_BIND;
	return bind;
}

static int check_number(const struct opt_i64 *v, const char *word, int64_t max, const struct plan_node *n,
                        struct err *e)
{
	if (!v->set)
		return err_config(e, n->pointer, "device %s has no %s number", n->path, word);
	if (v->v < 0 || v->v > max)
		return err_config(e, n->pointer, "%s number %lld of device %s is not in 0 .. %lld", word,
		                  (long long)v->v, n->path, (long long)max);
	return 0;
}

static int check_numbers(const struct oci_device *d, struct plan_node *n, struct err *e)
{
	if (d->type == OCI_DEV_FIFO)
		return 0;
	if (check_number(&d->major, "major", MAJOR_MAX, n, e) < 0 ||
	    check_number(&d->minor, "minor", MINOR_MAX, n, e) < 0)
		return -1;
	n->major = (unsigned int)d->major.v;
	n->minor = (unsigned int)d->minor.v;
	return 0;
}

static int plan_node(const struct oci_device *d, size_t i, struct arena *a, struct plan_node *n, struct err *e)
{
	char clean[PATH_MAX];

	n->pointer = plan_string(a, e, "/linux/devices/%zu", i);
	if (n->pointer == NULL)
		return -1;
	if (d->path[0] != '/')
		return err_config(e, n->pointer, "device path \"%s\" is not absolute", d->path);
	if (!path_clean(d->path, clean, sizeof(clean)))
		return err_config(e, n->pointer, "its path is longer than %d bytes", PATH_MAX);
	if (strcmp(clean, "/") == 0 || strcmp(clean, "/dev") == 0)
		return err_config(e, n->pointer, "%s cannot be a device", clean);
	n->path = arena_strndup(a, clean, strlen(clean));
	if (n->path == NULL)
		return err_memory(e);
	n->mode = type_of[d->type] | (d->file_mode.set ? d->file_mode.v & 07777 : DEFAULT_MODE);
	n->uid = d->uid.v;
	n->gid = d->gid.v;
	n->has_mode = d->file_mode.set;
	n->has_owner = d->uid.set || d->gid.set;
	if (n->uid == UINT32_MAX || n->gid == UINT32_MAX) /* chown(2) takes it for "leave it" */
		return err_config(e, n->pointer, "4294967295 is no %s id", n->uid == UINT32_MAX ? "user" : "group");
	return check_numbers(d, n, e);
}

static struct plan_node *find(struct nodes *to, const char *path)
{
	for (size_t i = 0; i < to->n; i++)
		if (strcmp(to->list[i].path, path) == 0)
			return &to->list[i];
	return NULL;
}

static bool same_device(const struct plan_node *a, const struct plan_node *b)
{
	return (a->mode & S_IFMT) == (b->mode & S_IFMT) && a->major == b->major && a->minor == b->minor;
}

/* A default gives way; the same device twice is one (the later mode and owner win), two devices on one path are a mistake. */
static int add_node(struct nodes *to, const struct plan_node *n, struct err *e)
{
	static const struct plan_node ptmx = { .mode = S_IFCHR, .major = 5, .minor = 2 };
	struct plan_node *have = find(to, n->path);

	if (to->host_dev && path_is_below(n->path, "/dev"))
		return 0;
	if (strcmp(n->path, "/dev/ptmx") == 0) {
		if (same_device(n, &ptmx))
			return 0; /* the link leads to one */
		return err_config(e, n->pointer, "/dev/ptmx is always that of the container's own devpts");
	}
	if (have == NULL) {
		to->list[to->n++] = *n;
		return 0;
	}
	if (have->pointer != NULL && !same_device(have, n))
		return err_config(e, n->pointer, "device %s is another one at %s", n->path, have->pointer);
	*have = *n;
	return 0;
}

static int plan_links(struct plan_fs *fs, struct arena *a, struct err *e)
{
	size_t n = fs->n_links;
	struct plan_link *links = arena_alloc(a, (n + array_len(default_links)) * sizeof(*links));

	if (links == NULL)
		return err_memory(e);
	memcpy(links, default_links, sizeof(default_links));
	if (n > 0)
		memcpy(links + array_len(default_links), fs->links, n * sizeof(*links));
	fs->links = links;
	fs->n_links = n + array_len(default_links);
	return 0;
}

int plan_devices(struct plan *p, struct arena *a, struct err *e)
{
	static const struct oci_linux none;
	const struct oci_linux *l = p->spec->linux_ != NULL ? p->spec->linux_ : &none;
	struct nodes to = { .host_dev = is_host_dev(&p->fs) };

	to.list = arena_alloc(a, (array_len(default_nodes) + l->devices.n) * sizeof(*to.list));
	if (to.list == NULL)
		return err_memory(e);
	for (size_t i = 0; i < array_len(default_nodes); i++)
		if (add_node(&to, &default_nodes[i], e) < 0)
			return -1;
	for (size_t i = 0; i < l->devices.n; i++) {
		struct plan_node n = { 0 };

		if (plan_node(&l->devices.items[i], i, a, &n, e) < 0 || add_node(&to, &n, e) < 0)
			return -1;
	}
	p->fs.nodes = to.list;
	p->fs.n_nodes = to.n;
	return to.host_dev ? 0 : plan_links(&p->fs, a, e);
}
