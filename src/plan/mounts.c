/* SPDX-License-Identifier: Apache-2.0
 *
 * mounts - root, mounts, masked and read-only paths: every word resolved, everything refused that can be known before
 *
 * config.md#root, #mounts, config-linux.md#rootfs-mount-propagation, #masked-paths, #readonly-paths.
 */
#include "plan/mounts.h"

#include <limits.h>
#include <string.h>
#include <sys/mount.h>

#include "base/num.h"
#include "base/path.h"
#include "base/words.h"
#include "kernel/mount_target.h"
#include "kernel/mount_words.h"
#include "kernel/sys_mount.h"

/* One entry of /mounts while it is compiled. */
struct entry {
	const struct oci_mount *from;
	struct mount_op op;
	struct mount_words words;
	const char **data;
	const char *idmap; /* the option "idmap=..." */
	const char *stray; /* an option that a bind has no use for */
};

struct mount_op *mounts_add(struct mounts *m, struct err *e)
{
	struct mount_op *ops = arena_more(m->a, m->ops, m->n, sizeof(*ops));

	if (ops == NULL) {
		(void)err_memory(e); /* NULL is what is returned */
		return NULL;
	}
	m->ops = ops;
	m->ops[m->n] = (struct mount_op){ 0 };
	return &m->ops[m->n++];
}

struct plan_link *mounts_add_link(struct mounts *m, struct err *e)
{
	struct plan_link *links = arena_more(m->a, m->links, m->n_links, sizeof(*links));

	if (links == NULL) {
		(void)err_memory(e); /* NULL is what is returned */
		return NULL;
	}
	m->links = links;
	return &m->links[m->n_links++];
}

/* --- one mount ------------------------------------------------------------------------------------------------------- */

/* Without the root in front, should somebody have written the host's path of it (runc takes that off, too). */
static const char *below_root(const struct plan *p, const char *dst)
{
	const char *root = p->fs.root;

	if (strcmp(root, "/") == 0 || !path_is_below(dst, root) || dst[strlen(root)] == '\0')
		return dst;
	return dst + strlen(root);
}

static int plan_destination(struct mounts *m, struct entry *t, struct err *e)
{
	char clean[PATH_MAX];
	const char *dst = t->from->destination;

	if (dst[0] == '\0')
		return err_config(e, t->op.pointer, "its destination is empty");
	if (!path_clean(dst, clean, sizeof(clean)))
		return err_config(e, t->op.pointer, "its destination is longer than %d bytes", PATH_MAX);
	dst = below_root(m->p, clean);
	if (strcmp(dst, "/") == 0 || strcmp(dst, m->p->fs.root) == 0)
		return err_config(e, t->op.pointer, "its destination is the root file system itself");
	t->op.dst = arena_strndup(m->a, dst, strlen(dst));
	if (t->op.dst == NULL)
		return err_memory(e);
	t->op.real_dir = strcmp(dst, "/proc") == 0 || strcmp(dst, "/sys") == 0;
	return 0;
}

static int plan_option(struct entry *t, const char *option, struct err *e)
{
	switch (mount_word_take(&t->words, option, &t->op)) {
	case MOUNT_WORD_TAKEN: return 0;
	case MOUNT_WORD_TOO_MANY:
		return err_config(e, t->op.pointer, "more than %d propagation options", MOUNT_PROPAGATION_MAX);
	case MOUNT_WORD_UNKNOWN: break;
	}
	if (strncmp(option, "X-mount.", 8) == 0)
		return err_config(e, t->op.pointer,
		                  "option \"%s\" is an order to mount(8), which is not who mounts here", option);
	if (strncmp(option, "idmap=", 6) == 0) {
		t->op.idmap.set = true;
		t->idmap = option + 6;
		return 0;
	}
	if (strchr(option, '=') == NULL && t->stray == NULL)
		t->stray = option;
	t->data[t->op.n_data++] = option;
	return 0;
}

static bool is_context(const char *option, const char *value)
{
	return value != NULL && value - option >= 7 && memcmp(value - 7, "context", 7) == 0;
}

/* Words without a value that end an option whose value is a path: those of mount(8), and overlay's own. */
static bool is_word(const char *text, size_t n)
{
	static const char *const overlay[] = { "default_permissions", "userxattr", "volatile" };
	char word[32];

	if (n >= sizeof(word))
		return false;
	memcpy(word, text, n);
	word[n] = '\0';
	for (size_t i = 0; i < array_len(overlay); i++)
		if (strcmp(word, overlay[i]) == 0)
			return true;
	return mount_word_known(word);
}

/* Whether the comma in front of `text` ends the option `value` belongs to: what follows has the look of another one. */
static bool is_option(const char *text, const char *value, bool context)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

	if ((text[0] >= '0' && text[0] <= '9') || (context && text[0] == 'c' && text[1] >= '0' && text[1] <= '9'))
		return false; /* one more node of a list, one more category */
	n += text[n] == '+';  /* overlay's lowerdir+= */
	if (text[n] == '=' || (n == 0 && text[n] != '/'))
		return true;
	if (text[n] != ',' && text[n] != '\0')
		return false; /* a path goes on */
	return value == NULL || memchr(value, '/', (size_t)(text - value)) == NULL || is_word(text, n);
}

/*
 * How much of an entry is its first option: runc hands all of them to mount(2) as one text, so an entry may hold several. A comma
 * behind a backslash is overlay's to read, and those in the quotes of an SELinux context belong to it.
 */
static size_t first_option(const char *entry)
{
	size_t i = 0, end = strcspn(entry, ",");
	const char *value = memchr(entry, '=', end);
	bool context = is_context(entry, value), quoted = false;

	for (; entry[i] != '\0'; i++) {
		if (entry[i] == ',' && !quoted && is_option(entry + i + 1, value, context))
			break;
		if (entry[i] == '"')
			quoted = context && !quoted;
		else if (entry[i] == '\\' && entry[i + 1] != '\0')
			i++;
	}
	return i;
}

/* Takes the backslash off a comma. */
static void take_commas(char *text)
{
	char *to = text;

	for (const char *c = text; *c != '\0'; *to++ = *c++)
		if (c[0] == '\\' && c[1] == ',')
			c++;
		else if (c[0] == '\\' && c[1] != '\0')
			*to++ = *c++;
	*to = '\0';
}

/*
 * One option out of an entry. The quotes around a context are for the text of mount(2) only, and overlay takes what is added to a list
 * (lowerdir+=, datadir+=) as it stands.
 */
static const char *take_option(struct arena *a, const char *entry, size_t len)
{
	const char *value = memchr(entry, '=', len);
	char *option = arena_strndup(a, entry, len);
	char *text;

	if (option == NULL || value == NULL)
		return option;
	if (value > entry && value[-1] == '+')
		take_commas(option);
	if (!is_context(entry, value) || value[1] != '"' || value + 2 >= entry + len || entry[len - 1] != '"')
		return option;
	text = option + (value - entry) + 1;
	len -= (size_t)(value - entry) + 3;
	memmove(text, text + 1, len);
	text[len] = '\0';
	return option;
}

static int plan_entry(struct mounts *m, struct entry *t, const char *entry, struct err *e)
{
	while (*entry != '\0') {
		size_t len = first_option(entry);
		bool whole = entry[len] == '\0' && strpbrk(entry, "\"\\") == NULL;
		const char *option = whole ? entry : take_option(m->a, entry, len);

		if (option == NULL)
			return err_memory(e);
		if (len > 0 && plan_option(t, option, e) < 0)
			return -1;
		entry += len + (entry[len] == ',');
	}
	return 0;
}

static size_t count_options(const struct vec_str *entries)
{
	size_t n = entries->n;

	for (size_t i = 0; i < entries->n; i++)
		for (const char *c = strchr(entries->items[i], ','); c != NULL; c = strchr(c + 1, ','))
			n++;
	return n;
}

static int plan_options(struct mounts *m, struct entry *t, struct err *e)
{
	const struct vec_str *options = &t->from->options;

	t->data = arena_alloc(m->a, (count_options(options) + 2) * sizeof(*t->data));
	if (t->data == NULL)
		return err_memory(e);
	for (size_t i = 0; i < options->n; i++)
		if (plan_entry(m, t, options->items[i], e) < 0)
			return -1;
	t->op.data = t->data;
	return 0;
}

static bool is_type(const struct entry *t, const char *type)
{
	return t->op.fstype != NULL && strcmp(t->op.fstype, type) == 0;
}

static int plan_kind(struct entry *t, struct err *e)
{
	const char *type = t->from->type;
	bool none = type == NULL || type[0] == '\0' || strcmp(type, "none") == 0;
	bool bind = t->words.bind || (type != NULL && strcmp(type, "bind") == 0);

	if (t->words.remount) {
		t->op.kind = MOUNT_CHANGE;
		t->op.reconfigure = !bind;
	} else if (bind) {
		t->op.kind = MOUNT_BIND;
	} else if (none && t->op.n_propagation > 0 && t->op.n_data == 0) {
		t->op.kind = MOUNT_CHANGE;
	} else if (none) {
		return err_config(e, t->op.pointer,
		                  "it has no type, and is no bind: neither bind nor rbind is in its options");
	} else {
		t->op.kind = MOUNT_NEW;
		t->op.fstype = type;
	}
	return 0;
}

static int warn_option(struct mounts *m, const struct entry *t, const char *option, struct err *e)
{
	return plan_warn(
		&m->p->warnings, m->a, t->op.pointer,
		plan_string(m->a, e,
	                    "option \"%s\" has no effect: it is one of the file system, which a bind shares with "
	                    "its source",
	                    option),
		e);
}

/*
 * The kernel takes no notice of a file system's options on a bind. One of the form key=value is warned about, as engines write
 * them, and so are words for flags of the superblock; another word is most likely a mistyped one that was meant to protect something.
 */
static int check_shared(struct mounts *m, struct entry *t, struct err *e)
{
	const unsigned long shared = MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK | MS_LAZYTIME | MS_I_VERSION;
	size_t n;
	const struct mount_word *words = mount_words(&n);

	if (t->stray != NULL) {
		(void)err_config(e, t->op.pointer, "option \"%s\" is unknown for a bind",
		                 t->stray); /* -1 is what is returned */
		return word_hint(e, mount_word_nearest(t->stray));
	}
	for (size_t i = 0; i < t->op.n_data; i++)
		if (warn_option(m, t, t->data[i], e) < 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		if (words[i].what == MOUNT_WORD_SET && (words[i].value & t->words.set & shared) != 0 &&
		    warn_option(m, t, words[i].name, e) < 0)
			return -1;
	t->op.n_data = 0;
	return 0;
}

static int plan_bind(struct mounts *m, struct entry *t, struct err *e)
{
	const char *source = t->from->source;

	if (source == NULL || source[0] == '\0')
		return err_config(e, t->op.pointer, "a bind without a source");
	t->op.source = source[0] == '/' ? source : plan_string(m->a, e, "%s/%s", m->p->intent->bundle, source);
	return t->op.source == NULL ? -1 : 0;
}

static bool in_userns(const struct plan *p)
{
	return plan_ns_own(&p->ns, CLONE_NEWUSER) || p->intent->facts.in_userns;
}

/* Whether a namespace of that kind may belong to the user namespace that mounts are made in: a new one does, another hardly. */
static bool may_own(const struct plan *p, int flag)
{
	if ((p->ns.make & flag) != 0 || !plan_ns_own(&p->ns, CLONE_NEWUSER))
		return true;
	return plan_ns_joins(&p->ns, flag) && plan_ns_joins(&p->ns, CLONE_NEWUSER);
}

/* The kernel would say EPERM: a new instance shows a namespace that the container's user namespace has no rights over. */
static int check_owner(const struct plan *p, const struct entry *t, struct err *e)
{
	if (is_type(t, "mqueue") && !may_own(p, CLONE_NEWIPC))
		return err_config(e, t->op.pointer, "mqueue in a user namespace needs a new ipc namespace beside it");
	if (is_type(t, "proc") && plan_ns_joins(&p->ns, CLONE_NEWPID) && !may_own(p, CLONE_NEWPID))
		return err_config(e, t->op.pointer,
		                  "proc in a new user namespace cannot show a pid namespace that is joined by path");
	return 0;
}

/* In words, instead of the kernel's "Invalid gid" when half is done: a map of a single id and the usual gid=5 of devpts. */
static int check_ids(const struct plan *p, const struct entry *t, struct err *e)
{
	const struct {
		const char *option, *map;
		const struct plan_id_map *rows;
	} kinds[] = { { "uid=", "uidMappings", &p->ns.uid_map }, { "gid=", "gidMappings", &p->ns.gid_map } };
	uint64_t id;

	if ((p->ns.make & CLONE_NEWUSER) == 0 || !(is_type(t, "tmpfs") || is_type(t, "devpts")))
		return 0;
	for (size_t i = 0; i < t->op.n_data; i++)
		for (size_t k = 0; k < array_len(kinds); k++)
			if (strncmp(t->data[i], kinds[k].option, 4) == 0 && num_u64(t->data[i] + 4, UINT32_MAX, &id) &&
			    !plan_id_mapped(kinds[k].rows, (uint32_t)id))
				return err_config(e, t->op.pointer, "option \"%s\": the id is not in /linux/%s",
				                  t->data[i], kinds[k].map);
	return 0;
}

/* What a new instance is made of where the kernel does not allow it in our user namespace. */
static int plan_else(struct mounts *m, struct entry *t, struct err *e)
{
	bool userns = in_userns(m->p);

	if (userns && is_type(t, "sysfs") && (m->p->ns.make & CLONE_NEWNET) == 0)
		t->op.else_bind = "/sys";
	else if (userns && is_type(t, "proc") && !plan_ns_own(&m->p->ns, CLONE_NEWPID))
		t->op.else_bind = "/proc";
	else if (is_type(t, "cgroup2"))
		return mounts_cgroup2_else(m, &t->op.else_bind, e);
	return 0;
}

const char *mounts_label(struct mounts *m, struct err *e)
{
	const char *option = m->p->asked.mount_context;

	return plan_string(m->a, e, "%s=%s", option != NULL ? option : "context", m->p->fs.mount_label);
}

static int plan_new(struct mounts *m, struct entry *t, struct err *e)
{
	const char *label = m->p->fs.mount_label, *source = t->from->source;

	t->op.source = source != NULL && source[0] != '\0' ? source : t->op.fstype;
	t->op.real_dir = t->op.real_dir || is_type(t, "proc") || is_type(t, "sysfs");
	if (is_type(t, "mqueue"))
		t->op.label = label;
	/* the kernel's own file systems have labels of their own */
	if (label != NULL && !is_type(t, "proc") && !is_type(t, "sysfs") && !is_type(t, "mqueue") &&
	    !is_type(t, "cgroup") && !is_type(t, "cgroup2")) {
		t->data[t->op.n_data] = mounts_label(m, e);
		if (t->data[t->op.n_data++] == NULL)
			return -1;
	}
	return check_owner(m->p, t, e) < 0 || check_ids(m->p, t, e) < 0 ? -1 : plan_else(m, t, e);
}

/* Only a proc may be on /proc, and next to nothing in it: masks would lie below, and writes for the kernel would go elsewhere. */
static int check_proc(const struct entry *t, struct err *e)
{
	const struct mount_op *op = &t->op;
	bool on_proc = strcmp(op->dst, "/proc") == 0;

	if (op->kind == MOUNT_CHANGE || (on_proc && (op->kind == MOUNT_BIND || is_type(t, "proc"))))
		return 0;
	if (on_proc)
		return err_config(e, op->pointer, "%s cannot be mounted on /proc: it is not of type proc", op->fstype);
	if (!mount_target_allowed(op->dst))
		return err_config(e, op->pointer, "%s cannot be mounted on: it is inside /proc", op->dst);
	return 0;
}

static int check_words(const struct entry *t, struct err *e)
{
	const struct mount_op *op = &t->op;

	if (op->tmpcopyup && !is_type(t, "tmpfs"))
		return err_config(e, op->pointer, "tmpcopyup is for a tmpfs only");
	if (op->kind != MOUNT_BIND && (op->copy_symlink || op->src_nofollow))
		return err_config(e, op->pointer, "%s is for a bind only",
		                  op->copy_symlink ? "copy-symlink" : "src-nofollow");
	if (op->kind == MOUNT_CHANGE && op->idmap.set)
		return err_config(e, op->pointer, "idmap is for a new mount only");
	return 0;
}

/* What a later remount makes writable again is so from the beginning. */
static void keep_writable(struct mounts *m, const struct mount_op *change)
{
	bool writable =
		change->reconfigure ? (change->flags & MS_RDONLY) == 0 : (change->attr_clr & MOUNT_ATTR_RDONLY) != 0;

	if (change->kind != MOUNT_CHANGE || !writable)
		return;
	for (size_t i = 0; i < m->n; i++) {
		struct mount_op *op = &m->ops[i];

		if (!op->late_ro || strcmp(op->dst, change->dst) != 0)
			continue;
		op->late_ro = false;
		op->flags &= ~(unsigned long)MS_RDONLY;
		op->attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	}
}

int mounts_destination(struct mounts *m, const struct oci_mount *from, const char *pointer, struct err *e)
{
	struct entry t = { .from = from, .op = { .kind = MOUNT_CHANGE, .pointer = pointer } };
	struct mount_op *op = plan_destination(m, &t, e) < 0 ? NULL : mounts_add(m, e);

	if (op == NULL)
		return -1;
	*op = t.op;
	return 0;
}

int mounts_one(struct mounts *m, const struct oci_mount *from, const char *pointer, struct err *e)
{
	struct entry t = { .from = from };
	struct mount_op *op;

	t.op.pointer = pointer;
	if (plan_destination(m, &t, e) < 0 || plan_options(m, &t, e) < 0 || plan_kind(&t, e) < 0)
		return -1;
	if (t.op.kind != MOUNT_NEW && !t.op.reconfigure && check_shared(m, &t, e) < 0)
		return -1;
	if ((t.op.kind == MOUNT_BIND && plan_bind(m, &t, e) < 0) || (t.op.kind == MOUNT_NEW && plan_new(m, &t, e) < 0))
		return -1;
	if (check_proc(&t, e) < 0 || mounts_idmap(m, from, t.idmap, &t.op, e) < 0 || check_words(&t, e) < 0)
		return -1;
	mount_words_end(&t.words, &t.op);
	if (is_type(&t, "cgroup"))
		return mounts_cgroup(m, &t.op, e);
	t.op.late_ro = t.op.kind == MOUNT_NEW && (t.op.flags & MS_RDONLY) != 0 &&
	               (is_type(&t, "tmpfs") || t.op.label != NULL || strcmp(t.op.dst, "/dev") == 0);
	keep_writable(m, &t.op);
	op = mounts_add(m, e);
	if (op == NULL)
		return -1;
	*op = t.op;
	return 0;
}

/* --- the rest ---------------------------------------------------------------------------------------------------------- */

static const unsigned long propagation_of[] = {
	[OCI_PROPAGATION_UNSET] = 0,
	[OCI_PROPAGATION_PRIVATE] = MS_PRIVATE,
	[OCI_PROPAGATION_SHARED] = MS_SHARED,
	[OCI_PROPAGATION_SLAVE] = MS_SLAVE,
	[OCI_PROPAGATION_UNBINDABLE] = MS_UNBINDABLE,
	[OCI_PROPAGATION_RPRIVATE] = MS_PRIVATE | MS_REC,
	[OCI_PROPAGATION_RSHARED] = MS_SHARED | MS_REC,
	[OCI_PROPAGATION_RSLAVE] = MS_SLAVE | MS_REC,
	[OCI_PROPAGATION_RUNBINDABLE] = MS_UNBINDABLE | MS_REC,
};

static int plan_root(struct plan *p, const struct oci_linux *l, struct arena *a, struct err *e)
{
	const struct oci_root *root = p->spec->root;
	char path[PATH_MAX];

	if (root == NULL)
		return err_config(e, "/root", "it is missing: a container needs a root file system");
	if (root->path[0] == '\0')
		return err_config(e, "/root/path", "it is empty");
	if (!path_join(p->intent->bundle, root->path, path, sizeof(path)))
		return err_config(e, "/root/path", "it is longer than %d bytes", PATH_MAX);
	p->fs.root = arena_strndup(a, path, strlen(path));
	if (p->fs.root == NULL)
		return err_memory(e);
	p->fs.root_readonly = root->readonly.set && root->readonly.v;
	p->fs.propagation = propagation_of[l->rootfs_propagation];
	p->fs.no_pivot = p->intent->no_pivot;
	p->fs.bind_nodes = in_userns(p);
	if (l->mount_label == NULL || l->mount_label[0] == '\0')
		return 0;
	if (!p->intent->facts.selinux) {
		(void)err_kind(e, ERR_HOST, "SELinux is not active on this host, so the label \"%s\" cannot be given",
		               l->mount_label); /* -1 is what is returned */
		return err_at(e, "/linux/mountLabel");
	}
	p->fs.mount_label = l->mount_label;
	return 0;
}

bool mounts_among(const struct plan_path *paths, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(paths[i].path, path) == 0)
			return true;
	return false;
}

static int plan_path(struct arena *a, const char *path, const char *list, size_t i, struct plan_path *to, struct err *e)
{
	char clean[PATH_MAX];

	to->pointer = plan_string(a, e, "/linux/%s/%zu", list, i);
	if (to->pointer == NULL)
		return -1;
	if (path[0] != '/')
		return err_config(e, to->pointer, "\"%s\" is not an absolute path", path);
	if (!path_clean(path, clean, sizeof(clean)))
		return err_config(e, to->pointer, "it is longer than %d bytes", PATH_MAX);
	if (strcmp(clean, "/") == 0)
		return err_config(e, to->pointer, "it is the root file system itself%s",
		                  list[0] == 'r' ? ": use /root/readonly" : "");
	to->path = arena_strndup(a, clean, strlen(clean));
	return to->path == NULL ? err_memory(e) : 0;
}

/* Absolute and cleaned paths, each once. */
static int plan_paths(struct arena *a, const struct vec_str *from, const char *list, struct plan_path **to, size_t *n,
                      struct err *e)
{
	struct plan_path *paths = arena_alloc(a, from->n * sizeof(*paths) + 1);

	if (paths == NULL)
		return err_memory(e);
	*to = paths;
	for (size_t i = 0; i < from->n; i++) {
		if (plan_path(a, from->items[i], list, i, &paths[*n], e) < 0)
			return -1;
		*n += !mounts_among(paths, *n, paths[*n].path);
	}
	return 0;
}

/* Its caller's service manager is told of the container's readiness: the directory, for the socket is made when it starts. */
static int plan_notify(struct mounts *m, struct err *e)
{
	struct mount_op *op;

	if (m->p->intent->notify_dir == NULL)
		return 0;
	op = mounts_add(m, e);
	if (op == NULL)
		return -1;
	*op = (struct mount_op){
		.kind = MOUNT_BIND,
		.dst = PLAN_NOTIFY_DIR,
		.source = m->p->intent->notify_dir,
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	};
	return 0;
}

int plan_mounts(struct plan *p, struct arena *a, struct err *e)
{
	static const struct oci_linux none;
	const struct oci_linux *l = p->spec->linux_ != NULL ? p->spec->linux_ : &none;
	struct mounts m = { .p = p, .a = a };
	struct plan_path *masked = NULL, *readonly = NULL;

	if (plan_root(p, l, a, e) < 0)
		return -1;
	for (size_t i = 0; i < p->spec->mounts.n; i++) {
		const char *pointer = plan_string(a, e, "/mounts/%zu", i);

		if (pointer == NULL || mounts_one(&m, &p->spec->mounts.items[i], pointer, e) < 0)
			return -1;
	}
	if (plan_notify(&m, e) < 0)
		return -1;
	if (plan_paths(a, &l->masked_paths, "maskedPaths", &masked, &p->fs.n_masked, e) < 0 ||
	    plan_paths(a, &l->readonly_paths, "readonlyPaths", &readonly, &p->fs.n_readonly, e) < 0)
		return -1;
	p->fs.mounts = m.ops;
	p->fs.n_mounts = m.n;
	p->fs.links = m.links;
	p->fs.n_links = m.n_links;
	p->fs.masked = masked;
	p->fs.readonly = readonly;
	if (mounts_give_group(p, e) < 0)
		return -1;
	return 0;
}
