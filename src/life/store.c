/* SPDX-License-Identifier: Apache-2.0
 *
 * store - the state root: one directory a container, `ROOT/ID` (0700)
 */
#include "life/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "base/file.h"
#include "init/init.h"
#include "kernel/pid.h"
#include "kernel/root.h"
#include "life/note.h"

enum {
	ID_MAX = 255,
	STATE_MAX = JSON_MAX_TEXT + (1 << 20),
	TORN_TRIES = 100,
	LOCK_POLL_MS = 5,
	SETTLE_MS = 2000,
};

static const char *const our_files[] = { "start", "state" }; /* the state goes last: it finds the rest */

int store_check_id(const char *id, struct err *e)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+.-";
	size_t n = strlen(id);

	if (n == 0)
		return err_kind(e, ERR_USAGE, "the container ID is empty");
	if (strspn(id, good) != n || strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
		return err_kind(e, ERR_USAGE, "invalid container ID format: \"%s\" (letters, digits and _ + . - only)",
		                id);
	if (n > ID_MAX)
		return err_kind(e, ERR_USAGE, "invalid container ID format: %zu bytes, more than %d", n, ID_MAX);
	return 0;
}

int store_sys(struct err *e, const char *what, const char *path)
{
	bool his = errno == EACCES && geteuid() != 0;

	return err_sys(e, "%s %s%s", what, path,
	               his ? " (a user's own place is --root DIR, or below XDG_RUNTIME_DIR)" : "");
}

/* mkdir -p; what exists is fine. */
static int make_root(const char *root, struct err *e)
{
	char path[PATH_MAX];
	size_t n = strlen(root);

	if (n >= sizeof(path))
		return err_num(e, ENAMETOOLONG, "make state root %s", root);
	if (mkdir(root, 0700) == 0 || errno == EEXIST)
		return 0;
	memcpy(path, root, n + 1);
	for (char *p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return store_sys(e, "make directory", path);
		*p = '/';
	}
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return store_sys(e, "make state root", root);
	return 0;
}

static int open_root(const char *root, struct err *e)
{
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 ? fd : store_sys(e, "open state root", root);
}

static int wait_lock(int fd)
{
	int r;

	do
		r = flock(fd, LOCK_EX);
	while (r < 0 && errno == EINTR);
	return r;
}

/*
 * Whoever else owns the root, or may write to it and take away what is not theirs, could exchange a container's directory while we make
 * it, or lead `delete` to another's.
 */
static int check_root(int fd, const char *root, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat state root %s", root);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return err_set(e, "state root %s belongs to user %u: nobody but root and you (%u) may own it", root,
		               st.st_uid, geteuid());
	if ((st.st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH)
		return err_set(e, "everybody can write to state root %s (mode %04o): chmod o-w", root,
		               st.st_mode & 07777);
	return 0;
}

/* 1: it is ours alone, 0: it was taken away. */
static int check_owner(const struct container *c, struct err *e)
{
	struct stat st;

	if (fstat(c->dir_fd, &st) < 0)
		return err_sys(e, "stat the state directory of container \"%s\"", c->id);
	if (st.st_uid != geteuid())
		return err_set(e, "the state directory of container \"%s\" belongs to user %u", c->id, st.st_uid);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(e, "the state directory of container \"%s\" can be written to by others", c->id);
	return st.st_nlink != 0;
}

/*
 * Between mkdir(2) and the lock others may come: `delete --force` and `gc` take an empty directory for one that a killed create left,
 * and the next create may have made its own in that place. 1: it is ours, 0: it was taken away.
 */
static int check_ours(const struct container *c, struct err *e)
{
	int r = check_owner(c, e);
	struct stat st;

	if (r <= 0)
		return r;
	if (fstatat(c->dir_fd, "state", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return err_kind(e, ERR_EXISTS, "container with given ID already exists: \"%s\"", c->id);
	return errno == ENOENT ? 1 : err_sys(e, "look into the state directory of container \"%s\"", c->id);
}

/* As check_ours. */
static int make_entry(const char *root, struct container *c, struct err *e)
{
	int r = -1;

	if (mkdirat(c->root_fd, c->id, 0700) < 0) {
		if (errno == EEXIST)
			return err_kind(e, ERR_EXISTS, "container with given ID already exists: \"%s\"", c->id);
		return store_sys(e, "make a state directory in", root);
	}
	c->dir_fd = openat(c->root_fd, c->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->dir_fd < 0 && errno == ENOENT)
		return 0;
	if (c->dir_fd < 0 || wait_lock(c->dir_fd) < 0)
		(void)err_sys(e, "open state directory %s/%s", root, c->id);
	else
		r = check_ours(c, e);
	if (r < 0 && e->kind == ERR_OTHER)
		(void)unlinkat(c->root_fd, c->id, AT_REMOVEDIR); /* the first failure is the one to tell */
	if (r <= 0)
		fd_drop(&c->dir_fd); /* nothing more is ours to remove */
	return r;
}

int store_create(const char *root, const char *id, struct arena *a, struct container *c, struct err *e)
{
	int r = 0;

	if (store_check_id(id, e) < 0 || make_root(root, e) < 0)
		return -1;
	c->id = id;
	c->arena = a;
	c->root_fd = open_root(root, e);
	if (c->root_fd < 0 || check_root(c->root_fd, root, e) < 0)
		return -1;
	while (r == 0)
		r = make_entry(root, c, e);
	c->locked = r > 0;
	return r > 0 ? 0 : -1;
}

/* A reader that met the commit half-way looks again. *text is malloc'ed, *r points into it. */
static int read_state(const struct container *c, char **text, struct record *r, struct err *e)
{
	const struct timespec pause = { .tv_nsec = 100000 };
	size_t len;

	for (int i = 0;; i++) {
		if (file_read_own_at(c->dir_fd, "state", STATE_MAX, text, &len, e) < 0)
			return -1;
		if (record_parse(*text, len, r, e) == 0)
			return 0;
		free(steal_ptr(text));
		errno = EPROTO;
		if (i == TORN_TRIES || len < RECORD_LINE)
			return -1;
		(void)nanosleep(&pause, NULL); /* early is fine */
	}
}

/* Whether the host was not able to read it; what it read is another matter. Then nothing is known, which is not the same as nothing. */
static bool is_ill(const struct err *why)
{
	return why->sys != 0 && why->sys != ELOOP && why->sys != ENXIO;
}

static int err_ill(const struct container *c, const struct err *why, struct err *e)
{
	*e = *why;
	return err_in(e, "the state of container \"%s\"", c->id);
}

/* What the state file does not say, the note does. */
static int recall(struct container *c, const char *why, struct err *e)
{
	const char *text;
	struct err ignored;
	size_t len;
	int r = note_read(c->dir_fd, c->arena, &text, &len, e);

	(void)snprintf(c->intent_error, sizeof(c->intent_error), "%.200s", why);
	if (r <= 0)
		return r;
	c->lost = c->has_intent =
		intent_read(text, len, c->arena, &c->intent, &ignored) == 0 && strcmp(c->intent.id, c->id) == 0;
	return 0;
}

static int take_record(struct container *c, const struct record *r, struct err *e)
{
	struct err why;

	if (intent_read(r->intent, r->intent_len, c->arena, &c->intent, &why) < 0)
		return is_ill(&why) ? err_ill(c, &why, e) : recall(c, why.text, e);
	if (strcmp(c->intent.id, c->id) != 0) {
		(void)err_set(&why, "it is the record of \"%s\"", c->intent.id);
		return recall(c, why.text, e);
	}
	c->has_intent = true;
	c->pid = r->pid;
	c->start = r->start;
	c->has_process = r->pid > 0;
	return 0;
}

static int read_records(struct container *c, struct err *e)
{
	auto_free char *text = NULL;
	struct record r;
	struct err why;

	c->has_intent = c->has_process = c->lost = c->blank = false;
	if (read_state(c, &text, &r, &why) == 0)
		return take_record(c, &r, e);
	c->blank = errno == ENOENT;
	if (!c->blank && is_ill(&why))
		return err_ill(c, &why, e);
	return recall(c, c->blank ? "it is gone" : why.text, e);
}

int store_reload(struct container *c, struct err *e)
{
	struct stat st;

	if (read_records(c, e) < 0)
		return -1;
	c->waiting = fstatat(c->dir_fd, "start", &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (!c->waiting && errno != ENOENT)
		return err_sys(e, "look for the start socket of container \"%s\"", c->id);
	return 0;
}

static int no_such(const struct container *c, struct err *e)
{
	return err_kind(e, ERR_NOT_FOUND, "container \"%s\" does not exist", c->id);
}

int store_open(const char *root, const char *id, struct arena *a, struct container *c, struct err *e)
{
	if (store_check_id(id, e) < 0)
		return -1;
	c->id = id;
	c->arena = a;
	c->root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->root_fd < 0 && errno == ENOENT)
		return no_such(c, e);
	if (c->root_fd < 0)
		return store_sys(e, "open state root", root);
	c->dir_fd = openat(c->root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->dir_fd < 0 && errno == ENOENT)
		return no_such(c, e);
	if (c->dir_fd < 0)
		return store_sys(e, "open a state directory in", root);
	return check_owner(c, e) < 0 ? -1 : store_reload(c, e);
}

void store_close(struct container *c)
{
	fd_drop(&c->state_fd);
	fd_drop(&c->dir_fd);
	fd_drop(&c->root_fd);
	c->locked = false;
}

/* A directory that was removed while we waited for its lock has no links left. */
static int check_linked(const struct container *c, struct err *e)
{
	int r = check_owner(c, e);

	return r == 0 ? no_such(c, e) : r;
}

int store_lock(struct container *c, int timeout_ms, struct err *e)
{
	const struct timespec pause = { .tv_nsec = LOCK_POLL_MS * 1000000L };

	for (int waited = 0;; waited += LOCK_POLL_MS) {
		if (flock(c->dir_fd, LOCK_EX | (timeout_ms < 0 ? 0 : LOCK_NB)) == 0)
			break;
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return err_sys(e, "lock container \"%s\"", c->id);
		if (waited >= timeout_ms)
			return 0;
		(void)nanosleep(&pause, NULL); /* early is fine */
	}
	c->locked = true;
	return check_linked(c, e);
}

void store_unlock(struct container *c)
{
	(void)flock(c->dir_fd, LOCK_UN); /* fails only for a descriptor that is none */
	c->locked = false;
}

int store_put_record(struct container *c, const struct record *r, struct err *e)
{
	auto_buf struct buf text = { 0 };

	note_write(c->dir_fd, r->intent, r->intent_len);
	if (record_write(r, &text, e) < 0 || file_replace_at(c->dir_fd, "state", text.data, text.len, 0600, e) < 0)
		return -1;
	c->record = *r;
	fd_drop(&c->state_fd);
	c->state_fd = openat(c->dir_fd, "state", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	return c->state_fd < 0 ? err_sys(e, "open the state of container \"%s\"", c->id) : 0;
}

int store_commit(struct container *c, pid_t pid, uint64_t start, struct err *e)
{
	char line[RECORD_LINE + 1];

	c->record.pid = pid;
	c->record.start = start;
	record_line(&c->record, line);
	if (pwrite(c->state_fd, line, RECORD_LINE, 0) != RECORD_LINE)
		return err_sys(e, "record process %d of container \"%s\"", pid, c->id);
	c->pid = pid;
	c->start = start;
	c->has_process = true;
	return 0;
}

int store_get_config(const struct container *c, char **text, size_t *len, struct err *e)
{
	auto_free char *whole = NULL;
	struct record r;

	if (read_state(c, &whole, &r, e) < 0)
		return err_in(e, "the state of container \"%s\"", c->id);
	*text = strndup(r.config, r.config_len);
	*len = r.config_len;
	return *text == NULL ? err_memory(e) : 0;
}

/* The socket's name relative to the directory's fd: short whatever the root is. */
static void start_address(const struct container *c, struct sockaddr_un *addr)
{
	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(addr->sun_path, sizeof(addr->sun_path), "/proc/self/fd/%d/start", c->dir_fd); /* always fits */
}

int store_listen(struct container *c, struct err *e)
{
	auto_fd int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr;

	start_address(c, &addr);
	if (sock < 0 || bind(sock, (const struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(sock, 8) < 0)
		return err_sys(e, "make the start socket of container \"%s\"", c->id);
	c->waiting = true;
	return steal_fd(&sock);
}

int store_connect(const struct container *c, struct err *e)
{
	auto_fd int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr;

	start_address(c, &addr);
	if (sock < 0 || connect(sock, (const struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_sys(e, "connect to the waiting process of container \"%s\"", c->id);
	return steal_fd(&sock);
}

int store_unlink_start(struct container *c, struct err *e)
{
	if (unlinkat(c->dir_fd, "start", 0) < 0 && errno != ENOENT)
		return err_sys(e, "remove the start socket of container \"%s\"", c->id);
	c->waiting = false;
	return 0;
}

int store_make_place(struct container *c, const char **path, struct err *e)
{
	char link[48], dir[PATH_MAX];
	char *at;
	ssize_t n;

	if (mkdirat(c->dir_fd, "rootfs", 0700) < 0)
		return err_sys(e, "make a place for the root file system of container \"%s\"", c->id);
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", c->dir_fd); /* always fits */
	n = readlink(link, dir, sizeof(dir));
	if (n < 0)
		return err_sys(e, "readlink %s", link);
	at = arena_alloc(c->arena, (size_t)n + sizeof("/rootfs"));
	if (at == NULL)
		return err_memory(e);
	memcpy(at, dir, (size_t)n);
	memcpy(at + n, "/rootfs", sizeof("/rootfs"));
	*path = at;
	return 0;
}

int store_clear_place(struct container *c, struct err *e)
{
	if (root_hide(c->dir_fd, "rootfs", e) < 0)
		return err_in(e, "container \"%s\"", c->id);
	/* other mount namespaces lose what they have of it with the directory */
	if (unlinkat(c->dir_fd, "rootfs", AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_sys(e, "remove the place for the root file system of container \"%s\"", c->id);
	return 0;
}

/* An empty directory goes too; one with something in it is not entered. */
static int remove_entry(int dir_fd, const char *name)
{
	if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	return errno == EISDIR ? unlinkat(dir_fd, name, AT_REMOVEDIR) : -1;
}

/* What is not ours to know: temporary files that a killed process left, files of another version. */
static void remove_leftovers(int dir_fd)
{
	auto_fd int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_dir DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (dir == NULL)
		return;
	(void)steal_fd(&fd); /* the DIR has it */
	for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir))
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			(void)remove_entry(dir_fd, d->d_name); /* rmdir tells if it stays */
}

static int remove_dir(struct container *c, struct err *e)
{
	if (unlinkat(c->root_fd, c->id, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno == ENOTEMPTY || errno == EEXIST) {
		if (store_clear_place(c, e) < 0)
			return -1;
		(void)unlinkat(c->dir_fd, "notify/notify.sock", 0); /* rmdir tells if it stays */
		remove_leftovers(c->dir_fd);
		if (unlinkat(c->root_fd, c->id, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
	}
	return err_sys(e, "remove the state directory of container \"%s\"", c->id);
}

int store_remove(struct container *c, struct err *e)
{
	for (size_t i = 0; i < array_len(our_files); i++)
		if (remove_entry(c->dir_fd, our_files[i]) < 0)
			return err_sys(e, "remove %s of the state of container \"%s\"", our_files[i], c->id);
	return remove_dir(c, e);
}

static bool is_sound(const struct container *c)
{
	return !c->lost && (c->has_intent || c->blank); /* not written yet: the status says so */
}

/* `create` makes the note before the state file, `delete` takes that away before the directory, both of them under the lock. */
static int settle(struct container *c, struct err *e)
{
	int r = store_lock(c, SETTLE_MS, e);

	if (r < 0 || store_reload(c, e) < 0)
		return -1;
	if (r > 0)
		store_unlock(c);
	return 0;
}

int store_need_record(struct container *c, struct err *e)
{
	if (!is_sound(c) && c->blank && !c->locked && settle(c, e) < 0)
		return -1;
	if (is_sound(c))
		return 0;
	return err_set(e, "the record of container \"%s\" is broken: %s (delete --force takes the container away)",
	               c->id, c->intent_error);
}

int store_earlier_boot(const struct container *c, struct err *e)
{
	char boot[40];

	if (!c->has_intent || c->intent.creator_pid == getpid())
		return 0;
	return boot_id_read(boot) < 0 ? err_sys(e, "read the id of this boot") : strcmp(boot, c->intent.boot_id) != 0;
}

/* Nothing is committed: 1 when whoever was creating it is dead. */
static int abandoned(const struct container *c, struct err *e)
{
	int r = store_earlier_boot(c, e);

	if (r != 0)
		return r;
	if (c->has_intent) {
		r = pid_alive(c->intent.creator_pid, c->intent.creator_start);
		return r < 0 ? err_sys(e, "look at process %d", c->intent.creator_pid) : r == 0;
	}
	if (flock(c->dir_fd, LOCK_EX | LOCK_NB) == 0)
		return 1;
	return errno == EWOULDBLOCK ? 0 : err_sys(e, "try the lock of container \"%s\"", c->id);
}

/* Of a container whose process is not known: 1 when somebody is in its groups. */
static int is_inhabited(const struct container *c, struct err *e)
{
	auto_free pid_t *pids = NULL;
	size_t n;
	int r = c->lost && c->intent.place != NULL ? store_earlier_boot(c, e) : 1;

	if (r != 0)
		return r < 0 ? -1 : 0;
	return cg_pids(c->intent.place, &pids, &n, e) < 0 ? -1 : n > 0;
}

/* 1 when its process lives, *st then tells of it. */
static int lives(const struct container *c, struct pid_stat *st, struct err *e)
{
	if (pid_stat(c->pid, st) < 0)
		return errno == ENOENT || errno == ESRCH ? 0 : err_sys(e, "look at process %d", c->pid);
	return st->start == c->start && st->state != 'Z' && st->state != 'X';
}

static int status_without_process(const struct container *c, enum oci_status *status, struct err *e)
{
	int r = abandoned(c, e);

	*status = OCI_STATUS_CREATING;
	if (r <= 0)
		return r;
	r = is_inhabited(c, e);
	*status = r > 0 ? OCI_STATUS_RUNNING : OCI_STATUS_STOPPED;
	return r < 0 ? -1 : 0;
}

int store_status(const struct container *c, enum oci_status *status, struct err *e)
{
	struct pid_stat st;
	int r, old;

	if (!c->has_process)
		return status_without_process(c, status, e);
	r = lives(c, &st, e);
	old = r > 0 ? store_earlier_boot(c, e) : 0;
	if (old != 0)
		r = old < 0 ? -1 : 0;
	*status = r <= 0 ? OCI_STATUS_STOPPED : OCI_STATUS_RUNNING;
	/* start takes the socket away; one that was killed before is known by the program that runs instead of the stage. */
	if (r > 0 && c->waiting && strcmp(st.comm, STAGE_NAME) == 0)
		*status = OCI_STATUS_CREATED;
	return r < 0 ? -1 : 0;
}
