/* SPDX-License-Identifier: Apache-2.0
 *
 * agent - who answers for a container's system calls: hands it the listener of a filter with SCMP_ACT_NOTIFY
 */
#include "life/agent.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "init/hookrun.h"
#include "kernel/gate.h"
#include "kernel/pid.h"
#include "kernel/sys.h"
#include "life/life.h"
#include "plan/place.h"
#include "plan/security.h"

/* What linux.seccomp and its neighbours say of the agent. */
struct section {
	struct listener_of to;
	const char *metadata;
};

int agent_check(const struct plan *p, struct err *e)
{
	struct stat st;

	if (p->seccomp == NULL || !p->seccomp->notifies)
		return 0;
	if (stat(p->seccomp->listener_path, &st) < 0)
		(void)err_sys(e, "failed to connect with seccomp agent %s",
		              p->seccomp->listener_path); /* -1 is what is returned */
	else if (!S_ISSOCK(st.st_mode))
		(void)err_set(e, "failed to connect with seccomp agent: %s is no socket", p->seccomp->listener_path);
	else
		return 0;
	e->kind = ERR_HOST;
	return p->seccomp->listener_pointer != NULL ? err_at(e, "%s", p->seccomp->listener_pointer) : -1;
}

/* 0 when the filter is loaded, *number then is its listener in the stage; 1 when the stage speaks instead. */
static int await_filter(const struct gate *g, int sock, int *number, struct err *e)
{
	const struct timespec pause = { .tv_nsec = 20000 };
	struct pollfd p = { .fd = sock, .events = POLLIN };

	while ((*number = gate_shown(g)) < 0) {
		int r = ppoll(&p, 1, &pause, NULL);

		if (r > 0)
			return 1;
		if (r < 0 && errno != EINTR)
			return err_sys(e, "wait for the system call filter");
	}
	return 0;
}

/* What the agent is told. A container that was not started yet is `created`, also while it starts. */
static int write_state(const struct agent_client *a, const char *metadata, struct arena *arena, struct hook_input *out,
                       struct err *e)
{
	const char *fds[] = { OCI_SECCOMP_FD_NAME };
	struct oci_state state = hook_oci_state(a->intent, a->status, a->c->pid);
	const struct oci_container_process_state process = {
		.oci_version = OCI_VERSION,
		.fds = { .items = fds, .n = array_len(fds), .set = true },
		.pid = a->pid,
		.metadata = metadata,
		.state = &state,
	};

	out->text = json_write(&oci_container_process_state_type, &process, NULL, arena, &out->len);
	return out->text != NULL ? 0 : err_set(e, "write the container process state: out of memory");
}

static int send_listener(const struct agent_client *a, const struct section *s, int listener, struct err *e)
{
	auto_fd int sock = fd_connect_unix(s->to.path, SOCK_STREAM, e);
	auto_arena struct arena arena = { 0 };
	struct hook_input text;

	if (sock < 0)
		return -1;
	if (write_state(a, s->metadata, &arena, &text, e) < 0)
		return -1;
	if (fd_send(sock, text.text, text.len, listener) < 0)
		return err_sys(e, "send the listener to %s", s->to.path);
	return 0;
}

/* The section as the private copy of config.json has it. */
static int read_section(const struct agent_client *a, struct arena *arena, struct json_text *in, struct section *out,
                        struct err *e)
{
	struct oci_config *spec;
	struct json_error je;

	if (oci_config_read(in, arena, &spec, &je) < 0)
		return place_json(&je, e);
	if (spec->linux_ != NULL && spec->linux_->seccomp != NULL) {
		out->to = listener_of(spec, a->intent);
		out->metadata = spec->linux_->seccomp->listener_metadata;
	}
	if (out->to.path == NULL)
		return err_set(e, "the init stage of container \"%s\" has a listener, but its config.json no agent",
		               a->c->id);
	return 0;
}

static int hand_over(const struct agent_client *a, int listener, struct err *e)
{
	auto_arena struct arena arena = { 0 };
	auto_free char *text = NULL;
	struct json_text in = { .name = a->intent->config_name };
	struct section section = { .metadata = NULL };

	if (store_get_config(a->c, &text, &in.len, e) < 0)
		return -1;
	in.text = text;
	if (read_section(a, &arena, &in, &section, e) < 0)
		return -1;
	if (send_listener(a, &section, listener, e) == 0)
		return 0;
	(void)err_in(e, "seccomp agent"); /* as the next: -1 is what is returned */
	if (section.to.pointer == NULL)
		return -1;
	(void)err_at(e, "%s", section.to.pointer);
	return place_error(e, in.name, in.text, in.len);
}

static int serve(const struct agent_client *a, int sock, int gate_fd, struct err *e)
{
	auto_gate struct gate gate = { 0 };
	auto_fd int listener = -1;
	int number, r;

	if (gate_map(&gate, gate_fd, e) < 0)
		return -1;
	r = await_filter(&gate, sock, &number, e);
	if (r != 0)
		return r;
	listener = sys_pidfd_getfd(a->pidfd, number);
	if (listener < 0)
		return err_sys(e, "fetch the listener of the system call filter");
	if (hand_over(a, listener, e) < 0)
		return -1;
	gate_open(&gate);
	return 0;
}

int agent_serve(const struct agent_client *a, int sock, int gate_fd, struct err *e)
{
	int r = serve(a, sock, gate_fd, e);

	if (r < 0)
		(void)pid_signal(a->pidfd, a->pid, SIGKILL); /* gone is fine */
	return r;
}
