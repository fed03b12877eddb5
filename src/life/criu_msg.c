/* SPDX-License-Identifier: Apache-2.0
 *
 * criu_msg - criu's messages: a row a field, as images/rpc.proto numbers them
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/protobuf.h"
#include "life/criu.h"

enum kind {
	KIND_BOOL,
	KIND_UINT,    /* 0: not sent */
	KIND_CGROUPS, /* enum criu_cgroups, always sent */
	KIND_FD,      /* -1: not sent */
	KIND_TEXT,
	KIND_KEYS,  /* of a list: texts */
	KIND_PATHS, /* key, value */
	KIND_FDS,   /* key, fd */
};

struct row {
	uint16_t number;
	uint16_t at;
	uint8_t kind;
	uint16_t since; /* 100 * major + minor of the first criu that has it; 0: all that we know of */
	const char *name;
};

/* at: checked by _Generic, so that a kind cannot read another type */
#define AT(m, C) \
	(offsetof(struct criu_options, m) + 0 * sizeof(char[_Generic(&((struct criu_options *)0)->m, C * : 1)]))
#define BOOL(n, m, ...)                                                          \
	{                                                                        \
		.number = (n), .at = AT(m, bool), .kind = KIND_BOOL, __VA_ARGS__ \
	}
#define UINT(n, m, ...)                                                                  \
	{                                                                                \
		.number = (n), .at = AT(m, unsigned int), .kind = KIND_UINT, __VA_ARGS__ \
	}
#define CGROUPS(n, m)                                                          \
	{                                                                      \
		.number = (n), .at = AT(m, unsigned int), .kind = KIND_CGROUPS \
	}
#define FD(n, m)                                                 \
	{                                                        \
		.number = (n), .at = AT(m, int), .kind = KIND_FD \
	}
#define TEXT(n, m, ...)                                                                  \
	{                                                                                \
		.number = (n), .at = AT(m, const char *), .kind = KIND_TEXT, __VA_ARGS__ \
	}
#define LIST(n, m, k, ...)                                                              \
	{                                                                               \
		.number = (n), .at = AT(m, struct criu_pairs), .kind = (k), __VA_ARGS__ \
	}

static const struct row rows[] = {
	FD(1, images_fd),
	UINT(2, pid),
	BOOL(3, leave_running),
	BOOL(4, ext_unix_sk),
	BOOL(5, tcp_established),
	BOOL(6, evasive_devices),
	BOOL(7, shell_job),
	BOOL(8, file_locks),
	UINT(9, log_level),
	TEXT(10, log_file),
	BOOL(12, notify_scripts),
	TEXT(13, root),
	TEXT(14, parent_images),
	BOOL(15, track_mem),
	BOOL(16, auto_dedup),
	FD(17, work_fd),
	BOOL(18, link_remap),
	LIST(23, ext_mounts, KIND_PATHS),
	LIST(25, cg_roots, KIND_PATHS),
	BOOL(26, restore_sibling),
	LIST(27, inherit, KIND_FDS),
	BOOL(28, auto_ext_mounts),
	BOOL(29, ext_sharing),
	BOOL(30, ext_masters),
	CGROUPS(34, cgroups_mode),
	LIST(37, external, KIND_KEYS),
	UINT(38, empty_ns),
	LIST(39, join, KIND_PATHS, .since = 306, .name = "a joined namespace"),
	TEXT(44, freeze_cgroup),
	BOOL(46, tcp_skip_in_flight, .since = 211, .name = "--tcp-skip-in-flight"),
	BOOL(48, lazy_pages, .since = 302, .name = "--lazy-pages"),
	FD(49, status_fd),
	BOOL(50, orphan_pts_master),
	TEXT(51, config_file, .since = 311, .name = "the annotation org.criu.config"),
	BOOL(52, tcp_close, .since = 312, .name = "--tcp-close"),
	TEXT(53, lsm_profile, .since = 316, .name = "--lsm-profile"),
	TEXT(63, lsm_mount_context, .since = 316, .name = "--lsm-mount-context"),
	UINT(64, network_lock, .since = 317, .name = "--network-lock"),
};

/* Numbers outside of criu_opts. */
enum {
	REQ_TYPE = 1,
	REQ_OPTS = 2,
	REQ_NOTIFY_SUCCESS = 3,
	REQ_FEATURES = 5,
	OPTS_PAGE_SERVER = 11,
	PAGE_ADDRESS = 1,
	PAGE_PORT = 2,
	PAIR_KEY = 1,
	PAIR_VALUE = 2,
	RESP_TYPE = 1,
	RESP_SUCCESS = 2,
	RESP_RESTORE = 4,
	RESP_NOTIFY = 5,
	RESP_FEATURES = 8,
	RESP_VERSION = 10,
	RESTORE_PID = 1,
	NOTIFY_SCRIPT = 1,
	NOTIFY_PID = 2,
	FEATURE_MEM_TRACK = 1,
	FEATURE_LAZY_PAGES = 2,
	VERSION_MAJOR = 1,
	VERSION_MINOR = 2,
};

/* criu_cg_mode */
static const uint8_t cgroup_modes[] = {
	[CRIU_CGROUPS_DEFAULT] = 3, [CRIU_CGROUPS_SOFT] = 3,   [CRIU_CGROUPS_FULL] = 4,
	[CRIU_CGROUPS_STRICT] = 5,  [CRIU_CGROUPS_IGNORE] = 0,
};

static const void *member(const struct criu_options *o, const struct row *r)
{
	return (const char *)o + r->at;
}

static void put_pair(struct buf *b, const struct row *r, const struct criu_pair *p)
{
	auto_buf struct buf pair = { 0 };

	if (r->kind == KIND_KEYS) {
		protobuf_put_text(b, r->number, p->key);
		return;
	}
	protobuf_put_text(&pair, PAIR_KEY, p->key);
	if (r->kind == KIND_PATHS)
		protobuf_put_text(&pair, PAIR_VALUE, p->value);
	else
		protobuf_put_int(&pair, PAIR_VALUE, p->fd);
	b->failed = b->failed || pair.failed;
	protobuf_put_bytes(b, r->number, pair.data, pair.len);
}

/* Whether a row's member asks for something. */
static bool is_set(const struct criu_options *o, const struct row *r)
{
	switch ((enum kind)r->kind) {
	case KIND_BOOL: return *(const bool *)member(o, r);
	case KIND_UINT: return *(const unsigned int *)member(o, r) != 0;
	case KIND_CGROUPS: return true;
	case KIND_FD: return *(const int *)member(o, r) >= 0;
	case KIND_TEXT: return *(const char *const *)member(o, r) != NULL;
	case KIND_KEYS:
	case KIND_PATHS:
	case KIND_FDS: return ((const struct criu_pairs *)member(o, r))->n > 0;
	}
	return false;
}

static void put_row(struct buf *b, const struct row *r, const struct criu_options *o)
{
	const struct criu_pairs *list = member(o, r);

	switch ((enum kind)r->kind) {
	case KIND_BOOL: protobuf_put_int(b, r->number, 1); break;
	case KIND_UINT: protobuf_put_int(b, r->number, *(const unsigned int *)member(o, r)); break;
	case KIND_CGROUPS: protobuf_put_int(b, r->number, cgroup_modes[*(const unsigned int *)member(o, r)]); break;
	case KIND_FD: protobuf_put_int(b, r->number, *(const int *)member(o, r)); break;
	case KIND_TEXT: protobuf_put_text(b, r->number, *(const char *const *)member(o, r)); break;
	case KIND_KEYS:
	case KIND_PATHS:
	case KIND_FDS:
		for (size_t i = 0; i < list->n; i++)
			put_pair(b, r, &list->items[i]);
		break;
	}
}

static void put_page_server(struct buf *b, const struct criu_options *o)
{
	auto_buf struct buf ps = { 0 };

	if (o->page_address == NULL)
		return;
	protobuf_put_text(&ps, PAGE_ADDRESS, o->page_address);
	protobuf_put_int(&ps, PAGE_PORT, o->page_port);
	b->failed = b->failed || ps.failed;
	protobuf_put_bytes(b, OPTS_PAGE_SERVER, ps.data, ps.len);
}

/* A feature is asked about by naming it. */
static void put_features(struct buf *b)
{
	auto_buf struct buf f = { 0 };

	protobuf_put_int(&f, FEATURE_MEM_TRACK, 1);
	protobuf_put_int(&f, FEATURE_LAZY_PAGES, 1);
	b->failed = b->failed || f.failed;
	protobuf_put_bytes(b, REQ_FEATURES, f.data, f.len);
}

void criu_request(struct buf *to, enum criu_act act, const struct criu_options *o)
{
	auto_buf struct buf opts = { 0 };

	protobuf_put_int(to, REQ_TYPE, act);
	if (act == CRIU_NOTIFY)
		protobuf_put_int(to, REQ_NOTIFY_SUCCESS, 1);
	if (act == CRIU_FEATURE_CHECK)
		put_features(to);
	if (o == NULL)
		return;
	for (size_t i = 0; i < array_len(rows); i++)
		if (is_set(o, &rows[i]))
			put_row(&opts, &rows[i], o);
	put_page_server(&opts, o);
	to->failed = to->failed || opts.failed;
	protobuf_put_bytes(to, REQ_OPTS, opts.data, opts.len);
}

unsigned int criu_wants(const struct criu_options *o, const char **what)
{
	unsigned int least = 0;

	for (size_t i = 0; i < array_len(rows); i++)
		if (rows[i].since > least && is_set(o, &rows[i])) {
			least = rows[i].since;
			*what = rows[i].name;
		}
	return least;
}

/* --- answers --------------------------------------------------------------------------------------------------------- */

static void keep_text(const struct protobuf_field *f, char *to, size_t room)
{
	(void)snprintf(to, room, "%.*s", (int)(f->len < room ? f->len : room - 1), f->data); /* cut is fine */
}

static bool is_pid(uint32_t part, uint32_t number)
{
	return (part == RESP_RESTORE && number == RESTORE_PID) || (part == RESP_NOTIFY && number == NOTIFY_PID);
}

/* What stands in one of the answer's messages: the numbers of its own fields say what. */
static int parse_part(const struct protobuf_field *part, struct criu_answer *out, char script[64])
{
	struct protobuf_reader r = { part->data, part->data + part->len };
	struct protobuf_field f;
	int got;

	while ((got = protobuf_next(&r, &f)) > 0) {
		if (is_pid(part->number, f.number))
			out->pid = (pid_t)f.value;
		else if (part->number == RESP_NOTIFY && f.number == NOTIFY_SCRIPT)
			keep_text(&f, script, 64);
		else if (part->number == RESP_FEATURES && f.number == FEATURE_MEM_TRACK)
			out->mem_track = f.value != 0;
		else if (part->number == RESP_FEATURES && f.number == FEATURE_LAZY_PAGES)
			out->lazy_pages = f.value != 0;
		else if (part->number == RESP_VERSION && f.number == VERSION_MAJOR)
			out->version += 100 * (unsigned int)f.value;
		else if (part->number == RESP_VERSION && f.number == VERSION_MINOR)
			out->version += (unsigned int)f.value;
	}
	return got;
}

static bool is_message(const struct protobuf_field *f)
{
	return f->wire == PROTOBUF_BYTES && (f->number == RESP_RESTORE || f->number == RESP_NOTIFY ||
	                                     f->number == RESP_FEATURES || f->number == RESP_VERSION);
}

int criu_parse(const char *data, size_t len, struct criu_answer *out, char script[64])
{
	struct protobuf_reader r = { data, data + len };
	struct protobuf_field f;
	int got, type = -1;

	*out = (struct criu_answer){ 0 };
	script[0] = '\0';
	while ((got = protobuf_next(&r, &f)) > 0) {
		if (f.number == RESP_TYPE)
			type = (int)f.value;
		else if (f.number == RESP_SUCCESS)
			out->success = f.value != 0;
		else if (is_message(&f) && parse_part(&f, out, script) < 0)
			return -1;
	}
	return got < 0 ? -1 : type;
}
