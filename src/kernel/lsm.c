/* SPDX-License-Identifier: Apache-2.0
 *
 * lsm - the security module's label of the program to come, and which modules there are
 */
#include "kernel/lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file.h"
#include "kernel/procfs.h"

enum { LABEL_MAX = 4096 }; /* a page: more the kernel does not take */

bool lsm_apparmor_active(void)
{
	char text[8];

	return file_peek_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", text, sizeof(text)) > 0 &&
	       text[0] == 'Y';
}

bool lsm_selinux_active(void)
{
	struct statfs fs;

	return statfs("/sys/fs/selinux", &fs) == 0 && fs.f_type == SELINUX_MAGIC;
}

/* Since Linux 5.8 each module has a directory of its own below attr; before, the first one owned the files in attr itself. */
static const char *apparmor_file(int proc_fd)
{
	auto_fd int own = procfs_open(proc_fd, "self/attr/apparmor/exec", O_PATH);

	return own >= 0 ? "self/attr/apparmor/exec" : "self/attr/exec";
}

int lsm_apparmor_exec(int proc_fd, const char *profile, struct err *e)
{
	char text[LABEL_MAX];
	int n = snprintf(text, sizeof(text), "exec %s", profile);

	if (n < 0 || (size_t)n >= sizeof(text))
		return err_num(e, ENAMETOOLONG, "set the AppArmor profile \"%s\"", profile);
	if (procfs_write(proc_fd, apparmor_file(proc_fd), text, (size_t)n) == 0)
		return 0;
	if (errno == ENOENT)
		return err_set(e, "the AppArmor profile \"%s\" is not loaded", profile);
	return err_sys(e, "set the AppArmor profile \"%s\"", profile);
}

/* The NUL goes along, as the kernel's own texts have it; podman looks for the name of the file in back-quotes. */
static int write_label(int proc_fd, const char *file, const char *label, struct err *e)
{
	if (procfs_write(proc_fd, file, label, label != NULL ? strlen(label) + 1 : 0) < 0)
		return err_sys(e, "write the SELinux label \"%s\" to `/proc/%s`", label != NULL ? label : "", file);
	return 0;
}

int lsm_selinux_exec(int proc_fd, const char *label, struct err *e)
{
	char now[LABEL_MAX];

	if (write_label(proc_fd, "self/attr/exec", label, e) < 0)
		return -1;
	if (procfs_read(proc_fd, "self/attr/exec", now, sizeof(now)) < 0)
		return err_sys(e, "read the SELinux label back from `/proc/self/attr/exec`");
	now[strcspn(now, "\n")] = '\0';
	if (strcmp(now, label) != 0)
		return err_set(e, "the SELinux label is \"%s\" after \"%s\" was written to `/proc/self/attr/exec`", now,
		               label);
	return 0;
}

int lsm_selinux_keys(int proc_fd, const char *label, struct err *e)
{
	return write_label(proc_fd, "self/attr/keycreate", label, e);
}
