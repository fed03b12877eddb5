/* SPDX-License-Identifier: Apache-2.0
 *
 * probe - which of the system calls that ocirt would rather use this kernel, or a filter around us, does not have
 */
#include "kernel/probe.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"

/* All of these are refused for their arguments, if they are there: a descriptor of -1, flags that there are not. */
static const struct {
	const char *name, *since;
	long number;
} calls[] = {
	{ "pidfd_send_signal", "5.1", SYS_pidfd_send_signal },
	{ "open_tree", "5.2", SYS_open_tree },
	{ "move_mount", "5.2", SYS_move_mount },
	{ "fsopen", "5.2", SYS_fsopen },
	{ "pidfd_open", "5.3", SYS_pidfd_open },
	{ "clone3", "5.3", SYS_clone3 },
	{ "openat2", "5.6", SYS_openat2 },
	{ "pidfd_getfd", "5.6", SYS_pidfd_getfd },
	{ "close_range", "5.9", SYS_close_range },
	{ "mount_setattr", "5.12", SYS_mount_setattr },
};

void probe_calls(struct buf *missing)
{
	for (size_t i = 0; i < array_len(calls); i++)
		if (syscall(calls[i].number, -1L, -1L, -1L, -1L, -1L) < 0 && errno == ENOSYS)
			buf_printf(missing, "%s%s (since Linux %s)", missing->len > 0 ? ", " : "", calls[i].name,
			           calls[i].since);
}
