/* SPDX-License-Identifier: Apache-2.0
 *
 * place - where the sweep takes place, and what is left there
 */
#include "tests/sweep/place.h"

#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sweep/trace.h"

enum { SETTLE_MS = 10000, MOUNTS_MAX = 1 << 18, CGROUPS_MAX = 64 };

void place_read(const char *path, char *to, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n = 0;

	while (fd >= 0 && used + 1 < room && (n = read(fd, to + used, room - 1 - used)) > 0)
		used += (size_t)n;
	to[used] = '\0';
	if (fd >= 0)
		(void)close(fd);
}

void place_enter(void)
{
	pid_t pid;
	int status;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
		err(77, "unshare");
	pid = fork();
	if (pid < 0)
		err(77, "fork");
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ||
		    mount("run", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0)
			err(77, "enter the place of the sweep");
		return;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static char *read_mounts(void)
{
	char *text = malloc(MOUNTS_MAX);

	if (text == NULL)
		err(2, "mounts");
	place_read("/proc/self/mountinfo", text, MOUNTS_MAX);
	return text;
}

void place_note_mounts(struct place *p)
{
	free(p->mounts);
	p->mounts = read_mounts();
}

/* The names below a directory, unsorted: nobody else writes there. */
static void put_names(FILE *to, int dir, const char *path)
{
	DIR *d = fdopendir(dir);

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		char name[4096];
		int below;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || strcmp(e->d_name, "traces") == 0)
			continue;
		(void)snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		(void)fprintf(to, "%s\n", name);
		if (e->d_type == DT_DIR &&
		    (below = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0)
			put_names(to, below, name);
	}
	if (d != NULL)
		(void)closedir(d);
}

static char *read_names(const char *dir)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (to == NULL || fd < 0)
		err(2, "list %s", dir);
	put_names(to, fd, "");
	(void)fclose(to);
	return text;
}

void place_note_files(struct place *p)
{
	free(p->files);
	p->files = read_names(p->bundle);
}

/* nftw(3) hands no argument on. */
static struct {
	const char *id;
	char *path[CGROUPS_MAX + 1];
	size_t n;
} found;

static int look_at(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	if (type != FTW_D || strstr(path + ftw->base, found.id) == NULL)
		return 0;
	if (found.n < CGROUPS_MAX)
		found.path[found.n++] = strdup(path);
	return 0;
}

void place_note_cgroups(struct place *p)
{
	(void)place_count_cgroups(p);
	p->cgroups = calloc(found.n + 1, sizeof(*p->cgroups));
	if (p->cgroups == NULL)
		err(2, "control groups");
	memcpy(p->cgroups, found.path, found.n * sizeof(*p->cgroups));
}

size_t place_count_cgroups(const struct place *p)
{
	memset(&found, 0, sizeof(found));
	found.id = p->id;
	(void)nftw("/sys/fs/cgroup", look_at, 32, FTW_PHYS);
	return found.n;
}

void place_listen(struct place *p, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	p->console = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->console < 0 || bind(p->console, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(p->console, 16) < 0)
		err(2, "listen at %s", path);
}

void place_drop_terminals(const struct place *p)
{
	int fd;

	while (p->console >= 0 && (fd = accept(p->console, NULL, NULL)) >= 0)
		(void)close(fd); /* what is under way in it goes too */
}

/* --- processes ------------------------------------------------------------------------------------------------------- */

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
		trace_let_stray_go(pid, status);
}

/* Calls for each process but the first; comm and state as /proc tells them. */
static void each_process(void (*call)(void *arg, pid_t pid, const char *comm, char state), void *arg)
{
	DIR *dir = opendir("/proc");

	for (struct dirent *d; dir != NULL && (d = readdir(dir)) != NULL;) {
		char path[64], text[512], *close, *open;
		pid_t pid = (pid_t)strtol(d->d_name, NULL, 10);

		if (!isdigit((unsigned char)d->d_name[0]) || pid == 1)
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		place_read(path, text, sizeof(text));
		open = strchr(text, '(');
		close = strrchr(text, ')');
		if (open == NULL || close == NULL)
			continue;
		*close = '\0';
		call(arg, pid, open + 1, close[2]);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

struct wanted {
	pid_t except;
	bool only_ours;
	char *text;
};

static void add_text(char *to, const char *kind, const char *what)
{
	size_t n = strlen(to);

	(void)snprintf(to + n, PLACE_TEXT_MAX - n, "%s%s %s", n > 0 ? ", " : "", kind, what);
}

static void note_process(void *arg, pid_t pid, const char *comm, char state)
{
	struct wanted *w = arg;
	char what[128];

	if (pid == w->except || state == 'Z' || state == 'X')
		return;
	if (w->only_ours && strncmp(comm, "ocirt", 5) != 0)
		return;
	(void)snprintf(what, sizeof(what), "%d (%s, %c)", pid, comm, state);
	add_text(w->text, "process", what);
}

static void wait_for_processes(struct wanted *w)
{
	const struct timespec nap = { .tv_nsec = 500000 };
	long long deadline = trace_now_ms() + SETTLE_MS;

	for (;;) {
		w->text[0] = '\0';
		reap();
		each_process(note_process, w);
		if (w->text[0] == '\0' || trace_now_ms() >= deadline)
			return;
		(void)nanosleep(&nap, NULL);
	}
}

void place_left_stages(pid_t except, char text[PLACE_TEXT_MAX])
{
	wait_for_processes(&(struct wanted){ .except = except, .only_ours = true, .text = text });
}

/* --- everything ------------------------------------------------------------------------------------------------------ */

static void left_in(const char *dir_path, const char *kind, char *text)
{
	DIR *dir = opendir(dir_path);

	for (struct dirent *d; dir != NULL && (d = readdir(dir)) != NULL;)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			add_text(text, kind, d->d_name);
	if (dir != NULL)
		(void)closedir(dir);
}

/*
 * What tells a mount from others and from what it was: its number and its options, `ID . . . . OPTIONS [TAGS]`. Its place is told, but
 * not compared: whoever else renames a directory on this machine moves it.
 */
struct mount_line {
	int id;
	char point[1024], kept[512];
};

static bool read_line(const char *line, struct mount_line *m)
{
	char options[256];
	int tags = 0;

	if (sscanf(line, "%d %*s %*s %*s %1023s %255s%n", &m->id, m->point, options, &tags) != 3)
		return false;
	(void)snprintf(m->kept, sizeof(m->kept), "%d %s%.*s", m->id, options, (int)(strcspn(line + tags, "-") + 1),
	               line + tags);
	return true;
}

static bool has_mount(const char *text, const struct mount_line *wanted)
{
	struct mount_line m;

	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n')
		if (read_line(line, &m) && strcmp(m.kept, wanted->kept) == 0)
			return true;
	return false;
}

/* The mounts of one that the other has not. Whoever else removes a place on this machine takes what is mounted there from us, too. */
static void mounts_missing(const char *of, const char *in, const char *kind, char *text)
{
	struct mount_line m;

	for (const char *line = of; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n')
		if (read_line(line, &m) && !has_mount(in, &m) && access(m.point, F_OK) == 0)
			add_text(text, kind, m.point);
}

/* Somebody else who takes a place away has done the half of it when its mount is gone: it is looked at again. */
static void mounts_changed(const char *was, char *text)
{
	const struct timespec nap = { .tv_nsec = 200000000 };
	const size_t before = strlen(text);

	for (int tries = 0; was != NULL && tries < 25; tries++) {
		char *is = read_mounts();

		text[before] = '\0';
		if (strcmp(was, is) != 0) {
			mounts_missing(is, was, "mount", text);
			mounts_missing(was, is, "lost mount", text);
		}
		free(is);
		if (text[before] == '\0')
			return;
		(void)nanosleep(&nap, NULL);
	}
}

static void left_cgroup(const char *dir, char *text)
{
	char path[4096], procs[64], what[5000];

	if (access(dir, F_OK) < 0)
		return;
	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	place_read(path, procs, sizeof(procs));
	procs[strcspn(procs, "\n")] = '\0';
	(void)snprintf(what, sizeof(what), "%s (with %s)", dir, procs[0] != '\0' ? procs : "nobody");
	add_text(text, "cgroup", what);
}

/* In the bundle, or in /run, where compiled filters may stay, whose names are numbers. */
static void left_files(const struct place *p, char text[PLACE_TEXT_MAX])
{
	char *is = read_names(p->bundle), *run = read_names("/run"), *rest = run;

	if (p->files != NULL && strcmp(p->files, is) != 0)
		add_text(text, "file", "in the bundle");
	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		const char *name = strrchr(line, '/');

		if (name != NULL && strcmp(line, "/ocirt-cache") != 0 && strspn(name + 1, "0123456789abcdef") != 16)
			add_text(text, "file of /run", line);
	}
	free(is);
	free(run);
}

void place_left(const struct place *p, char text[PLACE_TEXT_MAX])
{
	wait_for_processes(&(struct wanted){ .text = text });
	left_in(p->root, "state", text);
	if (p->work != NULL)
		left_in(p->work, "file", text);
	for (char **c = p->cgroups; c != NULL && *c != NULL; c++)
		left_cgroup(*c, text);
	mounts_changed(p->mounts, text);
	left_files(p, text);
}

static void kill_one(void *arg, pid_t pid, const char *comm, char state)
{
	(void)arg, (void)comm, (void)state;
	(void)kill(pid, SIGKILL);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type;
	if (ftw->level > 0)
		(void)remove(path);
	return 0;
}

static void thaw(const char *cgroup, const char *file, const char *word)
{
	char path[4096];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", cgroup, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!write(fd, word, strlen(word));
	(void)close(fd);
}

void place_clean(const struct place *p)
{
	char text[PLACE_TEXT_MAX];

	for (char **c = p->cgroups; c != NULL && *c != NULL; c++) {
		thaw(*c, "freezer.state", "THAWED");
		thaw(*c, "cgroup.freeze", "0");
	}
	each_process(kill_one, NULL);
	wait_for_processes(&(struct wanted){ .text = text });
	(void)nftw(p->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (p->work != NULL)
		(void)nftw(p->work, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	for (char **c = p->cgroups; c != NULL && *c != NULL; c++)
		(void)rmdir(*c);
}
