/* SPDX-License-Identifier: Apache-2.0
 *
 * reexec - our own program as a file that nobody can write to
 */
#include "kernel/reexec.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "kernel/sys.h"

static const char self[] = "/proc/self/exe";

int reexec_clone_mount(void)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	auto_fd int fd = open_tree(AT_FDCWD, self, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return -1;
	return steal_fd(&fd);
}

static int copy_all(int from, int to)
{
	struct stat st;
	off_t left;

	if (fstat(from, &st) < 0)
		return -1;
	for (left = st.st_size; left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		left -= n;
	}
	return 0;
}

int reexec_sealed_copy(void)
{
	auto_fd int from = open(self, O_RDONLY | O_CLOEXEC), to = -1;

	if (from < 0)
		return -1;
	to = memfd_create("ocirt", MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x10U /* MFD_EXEC */);
	if (to < 0 && errno == EINVAL) /* before 6.3 */
		to = memfd_create("ocirt", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (to < 0 || copy_all(from, to) < 0)
		return -1;
	if (fcntl(to, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -1;
	return steal_fd(&to);
}

int reexec_open(struct err *e)
{
	int fd = reexec_clone_mount();

	if (fd < 0)
		fd = reexec_sealed_copy();
	if (fd < 0)
		return err_sys(e, "make an unwritable copy of %s", self);
	return fd;
}
