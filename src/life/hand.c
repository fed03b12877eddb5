/* SPDX-License-Identifier: Apache-2.0
 *
 * hand - what a verb hands to its caller: the pid file; and what it takes from it: descriptors
 */
#include "life/hand.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/file.h"

int write_pid_file(const char *path, pid_t pid, struct err *e)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", pid);

	if (file_put_at(AT_FDCWD, path, text, (size_t)n, 0644, e) < 0)
		return err_in(e, "pid file");
	return 0;
}

int check_preserved(uint32_t n, struct err *e)
{
	if (fd_fill_std(e) < 0)
		return -1;
	if (n > 1 << 20)
		return err_kind(e, ERR_USAGE, "cannot preserve %u descriptors", n);
	for (uint32_t i = 0; i < n; i++)
		if (fcntl(3 + (int)i, F_GETFD) < 0)
			return err_kind(e, ERR_USAGE, "descriptor %u is to be preserved, but it is not open", 3 + i);
	if (fd_cloexec_from(3 + (int)n) < 0)
		return err_sys(e, "make inherited descriptors close-on-exec");
	return 0;
}
