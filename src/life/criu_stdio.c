/* SPDX-License-Identifier: Apache-2.0
 *
 * criu_stdio - the standard descriptors of a checkpointed container: what they were, and what takes their places
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/num.h"
#include "kernel/mountinfo.h"
#include "libocispec/json.h"
#include "libocispec/json_out.h"
#include "libocispec/json_row.h"
#include "life/criu_host.h"

static const char file_name[] = "descriptors.json";

enum { FILE_MAX = 64 << 10 };

/* A document has to be an object to be read by rows. */
struct descriptors {
	struct vec_str all;
};

#define T struct descriptors
static const struct json_row descriptors_rows[] = {
	REQ_STRS("all", all, 0),
};
#undef T
static JSON_TYPE(descriptors, descriptors_rows);

/* --- checkpoint ------------------------------------------------------------------------------------------------------ */

struct seek {
	int id;
};

static int is_mount(void *ctx, const struct mountinfo_row *row, struct err *e)
{
	(void)e;
	return row->id == ((const struct seek *)ctx)->id ? 1 : 0;
}

/* fdinfo's "mnt_id:"; -1: not told. */
static int mount_of(pid_t pid, int fd)
{
	char path[48], text[1024];
	const char *at;
	uint64_t id;

	(void)snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, fd); /* always fits */
	if (file_peek_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return -1;
	at = strstr(text, "mnt_id:");
	if (at == NULL)
		return -1;
	at += strlen("mnt_id:");
	return num_column(&at, INT32_MAX, &id) ? (int)id : -1;
}

/* A file that none of the container's mounts shows: criu knows it by mount and inode only. 1: it is one, key says which. */
static int find_key(pid_t pid, const char *path, int fd, char key[64], struct err *e)
{
	struct seek seek = { .id = mount_of(pid, fd) };
	struct stat st;
	int r;

	if (stat(path, &st) < 0 || seek.id < 0 || S_ISSOCK(st.st_mode))
		return 0;
	r = mountinfo_each(pid, is_mount, &seek, e);
	if (r != 0)
		return r < 0 ? -1 : 0;
	(void)snprintf(key, 64, "file[%x:%lx]", (unsigned int)seek.id, (unsigned long)st.st_ino); /* always fits */
	return 1;
}

/* The key with the file's name behind it: restore may have to open it. */
static int note_file(const char *key, const char *link, struct arena *a, struct json_out *to,
                     struct criu_pairs *external, struct err *e)
{
	char whole[PATH_MAX + 80];
	const char *kept = arena_strndup(a, key, strlen(key));

	(void)snprintf(whole, sizeof(whole), "%s:%s", key, link); /* always fits */
	json_out_str(to, NULL, whole);
	return kept == NULL ? err_memory(e) : criu_add(external, a, (struct criu_pair){ .key = kept, .fd = -1 }, e);
}

static int note_one(pid_t pid, int fd, struct arena *a, struct json_out *to, struct criu_pairs *external, struct err *e)
{
	char path[40], link[PATH_MAX], key[64];
	ssize_t n;
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd); /* always fits */
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0 && errno != ENOENT)
		return err_sys(e, "readlink %s", path);
	link[n < 0 ? 0 : n] = '\0'; /* "": closed */
	r = link[0] == '/' ? find_key(pid, path, fd, key, e) : 0;
	if (r > 0)
		return note_file(key, link, a, to, external, e);
	json_out_str(to, NULL, link);
	return r;
}

int criu_note_stdio(const struct images *im, pid_t pid, struct arena *a, struct criu_pairs *external, struct err *e)
{
	struct json_out o = { .a = a };
	const char *text;
	size_t len;

	json_out_open(&o, NULL, '[');
	for (int fd = 0; fd < CRIU_STDIO; fd++)
		if (note_one(pid, fd, a, &o, external, e) < 0)
			return -1;
	json_out_close(&o, ']');
	text = json_out_text(&o, &len);
	if (text == NULL)
		return err_memory(e);
	return file_replace_at(im->dir, file_name, text, len, 0600, e);
}

/* --- restore --------------------------------------------------------------------------------------------------------- */

/* NULL with *e filled. */
static const struct descriptors *read_descriptors(const struct images *im, struct arena *a, struct err *e)
{
	auto_free char *text = NULL;
	auto_buf struct buf whole = { 0 };
	const struct descriptors *d = NULL;
	struct json_text in = { .name = file_name };
	struct json_error je;

	if (file_read_at(im->dir, file_name, FILE_MAX, &text, &in.len, e) < 0) {
		(void)err_in(e, "%s: is it a checkpoint?", im->path); /* NULL is what is returned */
		return NULL;
	}
	buf_printf(&whole, "{\"all\":%.*s}", (int)in.len, text);
	in.text = buf_text(&whole);
	in.len = whole.len;
	if (in.text == NULL)
		(void)err_memory(e); /* NULL is what is returned */
	else if ((d = json_read(&in, &descriptors_type, a, &je)) == NULL)
		(void)err_set(e, "%s: %s", im->path, je.text); /* the same */
	return d;
}

/*
 * What takes the place of an entry, -1 with *e filled. A file cannot become what has no position, a pipe: then the file itself is
 * opened again, if it is still there.
 */
static int substitute(int fd, const char *path, struct err *e)
{
	auto_fd int ours = fcntl(fd, F_DUPFD_CLOEXEC, CRIU_STDIO), file = -1;

	if (ours < 0)
		return err_sys(e, "duplicate descriptor %d", fd);
	if (path == NULL || lseek(ours, 0, SEEK_CUR) >= 0)
		return steal_fd(&ours);
	file = open(path, (fd == STDIN_FILENO ? O_RDONLY : O_WRONLY) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return file >= 0 ? steal_fd(&file) : steal_fd(&ours);
}

/* "pipe:[1234]" is a key; of "file[18:3]:/dev/null" it is what stands before the name. NULL: not the host's. */
static const char *key_of(const char *entry, const char **path, struct arena *a)
{
	const char *end;

	*path = NULL;
	if (strncmp(entry, "pipe:", 5) == 0)
		return entry;
	end = strncmp(entry, "file[", 5) == 0 ? strchr(entry, ']') : NULL;
	if (end == NULL)
		return NULL;
	if (end[1] == ':' && end[2] == '/')
		*path = end + 2;
	return arena_strndup(a, entry, (size_t)(end + 1 - entry));
}

int criu_give_stdio(const struct images *im, struct arena *a, struct criu_pairs *inherit, struct err *e)
{
	const struct descriptors *d = read_descriptors(im, a, e);

	if (d == NULL)
		return -1;
	for (size_t i = 0; i < d->all.n && i < CRIU_STDIO; i++) {
		const char *path;
		struct criu_pair pair = { .key = key_of(d->all.items[i], &path, a) };

		if (pair.key == NULL)
			continue;
		pair.fd = substitute((int)i, path, e);
		if (pair.fd < 0)
			return -1;
		if (criu_add(inherit, a, pair, e) < 0) {
			fd_drop(&pair.fd);
			return -1;
		}
	}
	return 0;
}
