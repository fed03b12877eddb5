/* SPDX-License-Identifier: Apache-2.0
 *
 * steps - THE step tables of the init stage: what happens in which order, and what forces the order
 *
 * Nothing has an undo: a stage that fails exits, and with it go its namespaces and all that was made in them. What lies
 * outside of them (cgroup, state) its parent made, and takes away.
 */
#include "init/steps.h"

#include "base/step.h"
#include "base/trace.h"
#include "init/exec.h"
#include "init/start.h"
#include "init/steps_fs.h"
#include "init/steps_live.h"
#include "init/steps_ns.h"
#include "init/steps_self.h"

/* Each row: name (NULL where the errors speak for themselves), when, run, undo, why here. */
static const struct step create_steps[] = {
	STEP("process", NULL, init_self_begin, NULL, "which namespaces are the runtime's is told while we are in them"),
	STEP("rootfs", NULL, init_fs_begin, NULL, "a mount namespace that is joined may not have what it opens"),
	STEP("namespaces", NULL, init_join, NULL,
	     "the user namespace that is joined gives the right to all that follows"),
	STEP(NULL, NULL, init_wait_go, NULL,
	     "the cgroup namespace has the cgroup we are in at that moment as its root"),
	STEP("namespaces", NULL, init_unshare, NULL, "before mounts: they belong to the namespaces they are made in"),
	STEP("namespaces", NULL, init_clocks, NULL, "needs /proc of the host"),
	STEP("namespaces", NULL, init_fork, NULL, "last of the namespaces: from here on we may be seen from inside"),
	STEP(NULL, NULL, init_names, NULL, NULL),
	STEP("process", NULL, init_self_early, NULL, "with the rights of the runtime, and the host's /proc"),
	STEP("rootfs", NULL, init_fs_prepare, NULL, "nothing may propagate to the host from here on"),
	STEP("mounts", NULL, init_fs_first_mounts, NULL, "while the runtime makes the network namespace"),
	STEP("namespaces", NULL, init_join_network, NULL, "a sysfs belongs to the one it is mounted in"),
	STEP("network", NULL, init_loopback, NULL, NULL),
	STEP(NULL, NULL, init_net_devices, NULL, "the namespace may have been made a moment ago only"),
	STEP("mounts", NULL, init_fs_kernel_mounts, NULL, "while the runtime sets limits"),
	STEP(NULL, NULL, init_wait_go_late, NULL,
	     "from here on devices are opened and made: their rules are whole, not half written"),
	STEP("mounts", NULL, init_fs_mounts, NULL, NULL),
	STEP("devices", NULL, init_fs_devices, NULL, "in the /dev that mounts may have made"),
	STEP("terminal", NULL, init_terminal, NULL, "in the container's own devpts"),
	STEP(NULL, NULL, init_runtime_hooks, NULL,
	     "runtime.md#lifecycle: after the environment is made, before pivot_root"),
	STEP(NULL, NULL, init_create_container_hooks, NULL, "their paths are the host's: before pivot_root"),
	STEP("process", NULL, init_self_make_cwd, NULL, "the root may be read-only from the next step on"),
	STEP("protect", NULL, init_fs_protect, NULL,
	     "masks need the host's /dev/null; hooks may have mounted more before"),
	STEP("rootfs", NULL, init_fs_pivot, NULL, "the host's files are out of reach from here on"),
	STEP("sysctl", NULL, init_self_sysctls, NULL,
	     "in the namespaces they belong to; /proc/sys may be read-only to us already"),
	STEP("keyring", NULL, init_self_keyring, NULL, NULL),
	STEP("process", NULL, init_self_home, NULL, "reads the container's /etc/passwd"),
	STEP("process", NULL, init_self_cwd, NULL,
	     "with the rights of root; where those do not help, again after the ids"),
	STEP("process", NULL, init_self_identity, NULL,
	     "ids and capabilities; what a late seccomp filter needs is kept until then"),
	STEP(NULL, NULL, init_find_program, NULL,
	     "as the user that will run it; `create` is what fails when it is not there"),
	STEP("process", NULL, init_self_labels, NULL, "a profile that is not loaded: `create` is what fails"),
	STEP(NULL, NULL, init_wait_start, NULL, "the container is created"),
	STEP(NULL, NULL, init_start_container_hooks, NULL, "runtime.md#lifecycle: after start, before the program"),
	STEP(NULL, NULL, init_execute, NULL, NULL),
};

static const struct step exec_steps[] = {
	STEP("process", NULL, init_self_begin, NULL, "which namespaces are the runtime's is told while we are in them"),
	STEP(NULL, NULL, init_wait_go, NULL, "the child inherits the control groups"),
	STEP("process", NULL, init_self_early, NULL, "with the rights of the runtime, and the host's /proc"),
	STEP("rootfs", NULL, init_fs_seek, NULL, "needs the pid namespace that the container was made in"),
	STEP("namespaces", NULL, init_join_container, NULL, "all at once"),
	STEP("rootfs", NULL, init_fs_enter, NULL, "opens the container's root and its /proc"),
	STEP("namespaces", NULL, init_join_pids, NULL, "seen from inside from here on, with as few rights as can be"),
	STEP("terminal", NULL, init_terminal, NULL, "in the container's own devpts"),
	STEP("keyring", NULL, init_self_keyring, NULL, NULL),
	STEP("process", NULL, init_self_home, NULL, NULL),
	STEP("process", NULL, init_self_cwd, NULL, NULL),
	STEP("process", NULL, init_self_identity, NULL, NULL),
	STEP(NULL, NULL, init_find_program, NULL, NULL),
	STEP("process", NULL, init_self_labels, NULL, NULL),
	STEP(NULL, NULL, init_wait_start, NULL, "the pid file is written before the program runs"),
	STEP(NULL, NULL, init_execute, NULL, NULL),
};

static const struct step mount_steps[] = {
	STEP("rootfs", NULL, init_fs_proc, NULL, NULL),
	STEP("rootfs", NULL, init_fs_seek, NULL, "needs the pid namespace that the container was made in"),
	STEP("namespaces", NULL, init_join_user, NULL, "its root is who mounts: no more than it could do itself"),
	STEP("namespaces", NULL, init_copy_mounts, NULL,
	     "what is cloned from here has its flags locked for the container"),
	STEP("mounts", NULL, init_live_sources, NULL, "their paths are the host's"),
	STEP("namespaces", NULL, init_join_mounts, NULL, NULL),
	STEP("rootfs", NULL, init_fs_root, NULL, "the host's files are out of reach from here on"),
	STEP("mounts", NULL, init_live_add, NULL, NULL),
	STEP(NULL, NULL, init_live_end, NULL, NULL),
};

static const struct step unmount_steps[] = {
	STEP("rootfs", NULL, init_fs_proc, NULL, "the host's: it tells what a descriptor is"),
	STEP("rootfs", NULL, init_fs_seek, NULL, "needs the pid namespace that the container was made in"),
	STEP("namespaces", NULL, init_join_user, NULL, NULL),
	STEP("namespaces", NULL, init_join_mounts, NULL, NULL),
	STEP("rootfs", NULL, init_fs_root, NULL, "the host's files are out of reach from here on"),
	STEP("mounts", NULL, init_live_remove, NULL, NULL),
	STEP(NULL, NULL, init_live_end, NULL, NULL),
};

static const struct {
	const struct step *steps;
	size_t n;
} tables[] = {
	[INIT_CREATE] = { create_steps, array_len(create_steps) },
	[INIT_EXEC] = { exec_steps, array_len(exec_steps) },
	[INIT_MOUNT] = { mount_steps, array_len(mount_steps) },
	[INIT_UNMOUNT] = { unmount_steps, array_len(unmount_steps) },
};

int init_run(struct init_ctx *ctx, struct err *e)
{
	struct trace_watch w;

	trace_watch(&w, &ctx->trace, TRACE_STAGE);
	return step_run(tables[ctx->mode].steps, tables[ctx->mode].n, ctx, &w.watch, e);
}
