/* SPDX-License-Identifier: Apache-2.0
 *
 * seccomp_cache - compiled filters, kept for the next container with the same profile
 */
#include "kernel/seccomp_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/num.h"
#include "version.h"

enum { FILE_MAX = 4 << 20, NAME_LEN = 16 };

/* Which file a library is; any change of it changes one of these. */
struct identity {
	uint64_t dev, ino, size, mtime[2], ctime[2];
};

struct header {
	char magic[8];
	uint64_t check; /* of all that follows */
	struct identity library;
	uint32_t key_len, path_len, n_insns, spare;
};

static const char magic[8] = { 'o', 'c', 'i', 'r', 't', 'b', 'p', '1' };

/* FNV-1a by words of 64 bits: to name and to tell a whole file from a torn one; what a file is for, its key says. */
static uint64_t hash(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = 14695981039346656037U ^ len, word = 0;

	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = (h ^ word) * 1099511628211U;
		h ^= h >> 32; /* a product carries nothing downwards */
	}
	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 1099511628211U;
	return h ^ h >> 32;
}

static void identify(const char *path, struct identity *id)
{
	struct stat st;

	*id = (struct identity){ 0 };
	if (stat(path, &st) == 0)
		*id = (struct identity){
			.dev = st.st_dev,
			.ino = st.st_ino,
			.size = (uint64_t)st.st_size,
			.mtime = { (uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec },
			.ctime = { (uint64_t)st.st_ctim.tv_sec, (uint64_t)st.st_ctim.tv_nsec },
		};
}

/* ---- the key ---- */

static void put_word(struct buf *b, const char *word)
{
	buf_put(b, word, strlen(word) + 1);
}

static void put_host(struct buf *b)
{
	const char *path = getenv("LD_LIBRARY_PATH");
	struct identity loader;
	struct utsname host = { .sysname = "" };

	(void)uname(&host); /* cannot fail */
	identify("/etc/ld.so.cache", &loader);
	put_word(b, OCIRT_VERSION " " OCIRT_COMMIT);
	put_word(b, host.release);
	put_word(b, host.version);
	put_word(b, host.machine);
	put_word(b, path != NULL ? path : "");
	buf_put(b, (const char *)&loader, sizeof(loader));
}

static void put_key(struct buf *b, const struct seccomp_filter *f)
{
	put_host(b);
	seccomp_filter_put(b, f);
}

/* ---- looking up ---- */

/* Only a directory that nobody else can write to: -1 when there is none. */
static int open_cache(const char *dir, bool make)
{
	auto_fd int fd = -1;
	struct stat st;

	if (dir == NULL)
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && make && mkdir(dir, 0700) == 0)
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (st.st_uid != geteuid() || (st.st_mode & 07777) != 0700) {
		log_debug("%s is not ours alone: compiled filters are not kept", dir);
		return -1;
	}
	return steal_fd(&fd);
}

/* The whole file; NULL when it is none that we wrote. */
static char *read_entry(int cache, const char *name, size_t *len)
{
	auto_fd int fd = openat(cache, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 07777) != 0600 || st.st_nlink != 1 ||
	    st.st_size > FILE_MAX)
		return NULL;
	return fd_read_all(fd, FILE_MAX, &text, len) == 0 ? text : NULL;
}

static bool is_whole(const char *text, size_t len, struct header *h)
{
	static const size_t after = offsetof(struct header, library);

	if (len < sizeof(*h))
		return false;
	memcpy(h, text, sizeof(*h));
	return memcmp(h->magic, magic, sizeof(magic)) == 0 && h->n_insns > 0 && h->n_insns <= BPF_MAXINSNS &&
	       h->path_len > 0 &&
	       len == sizeof(*h) + (uint64_t)h->key_len + h->path_len +
	                       (uint64_t)h->n_insns * sizeof(struct sock_filter) &&
	       h->check == hash(text + after, len - after);
}

static bool is_current(const char *text, const struct header *h, const struct buf *key)
{
	const char *path = text + sizeof(*h) + h->key_len;
	struct identity now;

	if (h->key_len != key->len || memcmp(text + sizeof(*h), key->data, key->len) != 0 ||
	    path[h->path_len - 1] != '\0')
		return false;
	identify(path, &now);
	return now.ino != 0 && memcmp(&now, &h->library, sizeof(now)) == 0;
}

static struct seccomp_program *look_up(int cache, const char *name, const struct buf *key,
                                       const struct seccomp_filter *f)
{
	size_t len = 0;
	auto_free char *text = read_entry(cache, name, &len);
	struct seccomp_program *p;
	struct header h;

	if (text == NULL || !is_whole(text, len, &h) || !is_current(text, &h, key)) {
		(void)unlinkat(cache, name, 0); /* the next one is written anew */
		return NULL;
	}
	p = seccomp_program_new(f, h.n_insns);
	if (p != NULL)
		memcpy(p->code, text + sizeof(h) + h.key_len + h.path_len, h.n_insns * sizeof(p->code[0]));
	return p;
}

/* ---- keeping ---- */

/* Makes room for one more: the oldest goes while there are too many. */
static void evict(int cache)
{
	for (;;) {
		auto_fd int fd = openat(cache, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		auto_dir DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
		char oldest[NAME_MAX + 1] = "";
		struct stat st, least = { 0 };
		size_t n = 0;

		if (dir == NULL)
			return;
		(void)steal_fd(&fd); /* the DIR has it */
		for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
			if (d->d_name[0] == '.' || fstatat(cache, d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
				continue;
			if (n++ > 0 &&
			    (st.st_mtim.tv_sec > least.st_mtim.tv_sec || (st.st_mtim.tv_sec == least.st_mtim.tv_sec &&
			                                                  st.st_mtim.tv_nsec >= least.st_mtim.tv_nsec)))
				continue;
			least = st;
			memcpy(oldest, d->d_name, strlen(d->d_name) + 1);
		}
		if (n < SECCOMP_CACHE_MAX || unlinkat(cache, oldest, 0) < 0)
			return;
	}
}

static void keep(int cache, const char *name, const struct buf *key, const char *library,
                 const struct seccomp_program *p)
{
	static const size_t after = offsetof(struct header, library);
	struct header h = { .key_len = (uint32_t)key->len,
		            .path_len = (uint32_t)strlen(library) + 1,
		            .n_insns = (uint32_t)p->n };
	auto_buf struct buf b = { 0 };
	struct err e;

	memcpy(h.magic, magic, sizeof(magic));
	identify(library, &h.library);
	if (h.library.ino == 0)
		return;
	buf_put(&b, (const char *)&h, sizeof(h));
	buf_put(&b, key->data, key->len);
	put_word(&b, library);
	buf_put(&b, (const char *)p->code, p->n * sizeof(p->code[0]));
	if (buf_text(&b) == NULL || b.len > FILE_MAX)
		return;
	h.check = hash(b.data + after, b.len - after);
	memcpy(b.data, &h, sizeof(h));
	evict(cache);
	if (file_replace_at(cache, name, b.data, b.len, 0600, &e) < 0)
		log_debug("%s: the filter is not kept", e.text);
}

struct seccomp_program *seccomp_program_get(const struct seccomp_filter *f, const char *dir, struct err *e)
{
	auto_fd int cache = open_cache(dir, true);
	auto_buf struct buf key = { 0 };
	char library[PATH_MAX], name[NAME_LEN + 1];
	struct seccomp_program *p;

	put_key(&key, f);
	if (cache < 0 || buf_text(&key) == NULL)
		return seccomp_program_make(f, e);
	(void)snprintf(name, sizeof(name), "%016" PRIx64, hash(key.data, key.len)); /* exactly fits */
	p = look_up(cache, name, &key, f);
	if (p != NULL)
		return p;
	p = seccomp_program_compile(f, library, e);
	if (p != NULL)
		keep(cache, name, &key, library, p);
	return p;
}

/* Of file_replace_at: NAME.PID.tmp, and no process has that number. */
static bool is_abandoned(const char *name)
{
	uint64_t pid;

	if (strspn(name, "0123456789abcdef") != NAME_LEN || name[NAME_LEN] != '.')
		return false;
	name += NAME_LEN + 1;
	return num_take(&name, 10, INT32_MAX, &pid) && pid > 0 && strcmp(name, ".tmp") == 0 &&
	       kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

int seccomp_cache_sweep(const char *dir, bool dry, int (*each)(void *ctx, const char *path, struct err *e), void *ctx,
                        struct err *e)
{
	int fd = open_cache(dir, false);
	auto_dir DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	char path[PATH_MAX];

	for (struct dirent *f = d != NULL ? readdir(d) : NULL; f != NULL; f = readdir(d)) {
		if (!is_abandoned(f->d_name) ||
		    (size_t)snprintf(path, sizeof(path), "%s/%s", dir, f->d_name) >= sizeof(path))
			continue;
		if (each(ctx, path, e) < 0)
			return -1;
		if (!dry && unlinkat(fd, f->d_name, 0) < 0 && errno != ENOENT)
			return err_sys(e, "remove %s", path);
	}
	return 0;
}
