/* SPDX-License-Identifier: Apache-2.0
 *
 * sync - the protocol between a runtime process and the init stage (sync.def tells it)
 */
#include "init/sync.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/fd.h"

static const char *const names[SYNC_TYPES] = {
	[SYNC_NONE] = "nothing",
#define SYNC(name, sender, payload, why) [SYNC_##name] = #name,
#include "init/sync.def"
#undef SYNC
};

/* What travels: the type, then the payload. */
struct wire {
	uint32_t type;
	char payload[SYNC_PAYLOAD_MAX];
};

const char *sync_name(enum sync_type type)
{
	return type < SYNC_TYPES ? names[type] : "unknown";
}

void sync_fail(int sock, const struct err *e)
{
	struct sync_failed f = { .kind = (int32_t)e->kind, .sys = e->sys, .exit_code = e->exit_code, .line = e->line };
	size_t len = strnlen(e->text, sizeof(f.text) - 1);
	struct err ignored;

	memcpy(f.pointer, e->pointer, sizeof(f.pointer));
	memcpy(f.text, e->text, len);
	f.text[len] = '\0';
	(void)!sync_send(sock, SYNC_FAILED, &f, offsetof(struct sync_failed, text) + len + 1, -1,
	                 &ignored); /* see the header */
}

/* The error of a peer becomes ours, as it is. */
static int take_failure(struct sync_msg *m, struct err *e)
{
	struct sync_failed *f = &m->payload.failed;

	fd_drop(&m->fd);
	if (m->len <= offsetof(struct sync_failed, text))
		return err_set(e, "the init stage sent a broken error");
	m->payload.text[m->len < sizeof(*f) ? m->len : sizeof(*f) - 1] = '\0';
	err_clear(e);
	e->kind = (enum err_kind)f->kind;
	e->sys = f->sys;
	e->exit_code = f->exit_code;
	e->line = f->line;
	e->placed = true; /* the stage has the text of config.json too */
	f->pointer[sizeof(f->pointer) - 1] = '\0';
	memcpy(e->pointer, f->pointer, sizeof(e->pointer));
	(void)snprintf(e->text, sizeof(e->text), "%s", f->text); /* the same size on both sides */
	return -1;
}

int sync_recv(int sock, struct sync_msg *m, struct err *e)
{
	struct wire w;
	ssize_t n = fd_recv(sock, &w, sizeof(w), &m->fd);

	if (n < 0 && errno == ECONNRESET) /* it left a message of ours unread; what it said itself comes after this */
		n = fd_recv(sock, &w, sizeof(w), &m->fd);
	if (n < 0)
		return errno == ECONNRESET ? 0 : err_sys(e, "receive a message");
	if (n == 0) {
		fd_drop(&m->fd); /* an empty message looks like the end, and a peer can put a descriptor beside it */
		return 0;
	}
	if ((size_t)n < sizeof(w.type) || w.type == SYNC_NONE || w.type >= SYNC_TYPES) {
		fd_drop(&m->fd);
		return err_set(e, "received a message of %zd bytes that is none", n);
	}
	m->type = (enum sync_type)w.type;
	m->len = (size_t)n - sizeof(w.type);
	memcpy(m->payload.text, w.payload, m->len);
	if (m->len < sizeof(m->payload.text))
		m->payload.text[m->len] = '\0';
	return m->type == SYNC_FAILED ? take_failure(m, e) : 1;
}

/* A peer that is gone may have said why. */
static int tell_last_words(int sock, enum sync_type type, struct err *e)
{
	struct sync_msg m;
	int r;

	while ((r = sync_recv(sock, &m, e)) == 1)
		fd_drop(&m.fd);
	return r < 0 ? -1 : err_set(e, "the other side ended before it was sent %s", sync_name(type));
}

/* 1 sent, 0 the peer is gone, -1 *e filled. */
static int try_send(int sock, enum sync_type type, const void *payload, size_t len, int fd, struct err *e)
{
	struct wire w;

	w.type = type;
	if (len > sizeof(w.payload))
		return err_set(e, "send %s: a payload of %zu bytes", sync_name(type), len);
	if (len > 0)
		memcpy(w.payload, payload, len);
	if (fd_send(sock, &w, sizeof(w.type) + len, fd) == 0)
		return 1;
	return errno == EPIPE || errno == ECONNRESET ? 0 : err_sys(e, "send %s", sync_name(type));
}

int sync_send(int sock, enum sync_type type, const void *payload, size_t len, int fd, struct err *e)
{
	int r = try_send(sock, type, payload, len, fd, e);

	if (r == 0)
		return tell_last_words(sock, type, e);
	return r < 0 ? -1 : 0;
}

int sync_post(int sock, enum sync_type type, const void *payload, size_t len, int fd, struct err *e)
{
	return try_send(sock, type, payload, len, fd, e) < 0 ? -1 : 0;
}

int sync_expect(int sock, enum sync_type type, int *fd, struct err *e)
{
	struct sync_msg m;
	int r = sync_recv(sock, &m, e);

	if (r < 0)
		return -1;
	if (r == 0)
		return err_set(e, "the other side ended before it sent %s", sync_name(type));
	if (m.type != type) {
		fd_drop(&m.fd);
		return err_set(e, "received %s, expected %s", sync_name(m.type), sync_name(type));
	}
	if (fd != NULL)
		*fd = m.fd;
	else
		fd_drop(&m.fd);
	return 0;
}

int sync_pair(int sock[2], struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) < 0)
		return err_sys(e, "make a socket pair");
	return 0;
}
