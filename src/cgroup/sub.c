/* SPDX-License-Identifier: Apache-2.0
 *
 * sub - groups below a container's, and the one that a process is in: where an exec may go. Declared in cgroup.h.
 */
#include "cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/path.h"
#include "cgroup/io.h"
#include "cgroup/pack.h"
#include "cgroup/tree.h"

struct job {
	const struct cg_place *from;
	struct cg_place *to;
	struct pack pack;
};

static int bad(const char *word, const char *why, struct err *e)
{
	return err_kind(e, ERR_USAGE, "--cgroup %s: %s", word, why);
}

/* One directory's path with the sub-path behind; that has to be there already. */
static int go_below(struct job *j, size_t i, const char *word, const char *sub, struct err *e)
{
	struct cg_dir *d = &j->to->dir[i];
	char clean[PATH_MAX], path[PATH_MAX];

	if (d->path != j->from->dir[i].path)
		return bad(word, "a controller is named twice", e);
	if (path_has_dotdot(sub) || !path_clean(sub, clean, sizeof(clean)))
		return bad(word, "bad sub cgroup path", e);
	if (strcmp(clean, "/") == 0)
		return 0;
	if ((size_t)snprintf(path, sizeof(path), "%s%s", d->path, clean) >= sizeof(path))
		return bad(word, "bad sub cgroup path: it is too long", e);
	d->path = pack_text(&j->pack, path, strlen(path));
	if (d->path == NULL || !cg_path(d, NULL, path))
		return bad(word, "bad sub cgroup path: it is too long", e);
	return access(path, F_OK) == 0 ? 0 : err_sys(e, "--cgroup %s: adding pid to cgroups %s", word, path);
}

/* Without a controller: everywhere; in the cgroup2 tree beside version 1 only if it is there. */
static int go_all(struct job *j, const char *word, struct err *e)
{
	for (size_t i = 0; i < j->to->n; i++) {
		const char *before = j->to->dir[i].path;
		bool beside = j->to->dir[i].unified && j->to->n > 1;

		if (go_below(j, i, word, word, e) == 0)
			continue;
		if (!beside || e->sys != ENOENT)
			return -1;
		j->to->dir[i].path = before;
	}
	return 0;
}

/* CONTROLLER[,CONTROLLER...]:PATH; a hierarchy with two of them is one. */
static int go_listed(struct job *j, const char *word, const char *colon, struct err *e)
{
	char names[256];
	bool done[CG_HIER_MAX] = { false };
	char *rest = names;

	if ((size_t)snprintf(names, sizeof(names), "%.*s", (int)(colon - word), word) >= sizeof(names))
		return bad(word, "unknown controller list: it is too long", e);
	for (char *name; (name = strsep(&rest, ",")) != NULL;) {
		size_t i = 0;

		while (i < j->to->n && !cg_lists(j->to->dir[i].controllers, name))
			i++;
		if (i == j->to->n)
			return err_kind(e, ERR_USAGE, "--cgroup %s: unknown controller \"%s\"", word, name);
		if (!done[i] && go_below(j, i, word, colon + 1, e) < 0)
			return -1;
		done[i] = true;
	}
	return 0;
}

int cg_sub_place(const struct cg_place *p, const char *const *words, size_t n, struct cg_place *to, struct err *e)
{
	struct job j = { .from = p, .to = to, .pack = { to->text, sizeof(to->text) } };

	to->n = p->n;
	memcpy(to->dir, p->dir, sizeof(p->dir));
	for (size_t i = 0; i < n; i++) {
		const char *colon = strchr(words[i], ':');

		if (colon == NULL && n > 1)
			return bad(words[i], "with more than one, each needs its CONTROLLER before a colon", e);
		if (colon == NULL ? go_all(&j, words[i], e) < 0 : go_listed(&j, words[i], colon, e) < 0)
			return -1;
	}
	return 0;
}

int cg_sub_name(const struct cg_place *p, const char *path, struct cg_place *to, struct err *e)
{
	struct job j = { .from = p, .to = to, .pack = { to->text, sizeof(to->text) } };
	char whole[PATH_MAX];

	to->n = p->n;
	memcpy(to->dir, p->dir, sizeof(p->dir));
	for (size_t i = 0; i < p->n; i++) {
		struct cg_dir *d = &to->dir[i];
		const char *before = i > 0 && p->dir[i - 1].path == p->dir[i].path ? to->dir[i - 1].path : NULL;

		if ((size_t)snprintf(whole, sizeof(whole), "%s/%s", p->dir[i].path, path) >= sizeof(whole))
			return err_num(e, ENAMETOOLONG, "control group %s", path);
		d->path = before != NULL ? before : pack_text(&j.pack, whole, strlen(whole));
		if (d->path == NULL)
			return err_num(e, ENAMETOOLONG, "control group %s", path);
	}
	return 0;
}

int cg_sub_make(const struct cg_place *p, const char *path, struct cg_place *to, struct err *e)
{
	return cg_sub_name(p, path, to, e) < 0 ? -1 : cg_create(to, NULL, 0, e);
}

int cg_claim(const struct cg_place *p, bool *made, struct err *e)
{
	const struct cg_dir *d = cg_main_dir(p);
	auto_fd int fd = -1;
	char path[PATH_MAX];
	struct cg_made new;

	if (cg_make(p, NULL, 0, &new, e) < 0)
		return -1;
	*made = true;
	for (size_t i = 0; i < p->n; i++)
		*made = *made && p->dir[i].path[new.old_len[i]] != '\0';
	if (d == NULL || !cg_path(d, NULL, path))
		return err_num(e, ENAMETOOLONG, "claim the control group");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open the control group %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? err_set(e, "the control group %s is another exec's", path)
		                            : err_sys(e, "lock the control group %s", path);
	return cg_check(p, e) < 0 ? -1 : steal_fd(&fd); /* it may have become somebody's before it was ours */
}

/* Where the processes of a group go that gives controllers to groups below it. */
static const char leaf[] = "init.ocirt";

/* Moves all that are in the directory itself; those that fork meanwhile are met again. 0: it is empty. */
static int move_down(const struct cg_dir *d, const struct cg_dir *below, struct err *e)
{
	auto_free char *text = cg_slurp(d, "cgroup.procs"); /* whole: the last number of a part may be half of one */
	char *rest = text;

	if (text == NULL)
		return err_sys(e, "read the processes of %s%s", d->mount, d->path);
	if (text[0] == '\0')
		return 0;
	for (char *pid; (pid = strsep(&rest, "\n")) != NULL;)
		if (*pid != '\0' && cg_poke(below, "cgroup.procs", pid) < 0 && errno != ESRCH)
			return err_sys(e, "move process %s to %s%s", pid, below->mount, below->path);
	return 1;
}

int cg_make_room(const struct cg_place *p, struct err *e)
{
	const struct cg_dir *d = cg_unified_dir(p);
	char path[PATH_MAX], whole[PATH_MAX];
	struct cg_dir below;
	int r;

	if (d == NULL || cg_peek(d, "cgroup.procs", whole, sizeof(whole)) <= 0)
		return 0;
	below = *d;
	below.path = path;
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", d->path, leaf) >= sizeof(path) ||
	    !cg_path(&below, NULL, whole))
		return err_num(e, ENAMETOOLONG, "control group %s", leaf);
	if (mkdir(whole, 0755) < 0 && errno != EEXIST)
		return err_sys(e, "make the control group %s", whole);
	do
		r = move_down(d, &below, e);
	while (r > 0);
	return r;
}

/* The files that cgroup2 means for whoever a group is given to: cgroup-v2.rst "Delegation". */
static const char default_files[] = "cgroup.procs\ncgroup.threads\ncgroup.subtree_control\n";

int cg_give(const struct cg_place *p, uid_t uid, gid_t gid, struct err *e)
{
	const struct cg_dir *d = cg_unified_dir(p);
	char files[4096], path[PATH_MAX], *rest = files;

	if (d == NULL || !cg_path(d, NULL, path))
		return 0;
	if (chown(path, uid, gid) < 0)
		return err_sys(e, "give the control group %s to user %u", path, uid);
	if (file_peek_at(AT_FDCWD, "/sys/kernel/cgroup/delegate", files, sizeof(files)) <= 0)
		memcpy(files, default_files, sizeof(default_files));
	for (char *file; (file = strsep(&rest, "\n")) != NULL;)
		if (file[0] != '\0' && cg_path(d, file, path) && chown(path, uid, gid) < 0 && errno != ENOENT)
			return err_sys(e, "give %s to user %u", path, uid);
	return 0;
}

int cg_open_unified_of(const struct cg_place *p, pid_t pid)
{
	const struct cg_dir *d = cg_unified_dir(p);
	char name[32], text[CG_TEXT_MAX], path[PATH_MAX];
	char *line;

	(void)snprintf(name, sizeof(name), "/proc/%d/cgroup", pid); /* fits */
	if (d == NULL || file_peek_at(AT_FDCWD, name, text, sizeof(text)) < 0)
		return -1;
	line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (line == NULL)
		return -1;
	line += line[0] == '\n' ? 4 : 3;
	line[strcspn(line, "\n")] = '\0';
	if (path_has_dotdot(line) || (size_t)snprintf(path, sizeof(path), "%s%s", d->mount, line) >= sizeof(path))
		return -1;
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}
