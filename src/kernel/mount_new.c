/* SPDX-License-Identifier: Apache-2.0
 *
 * mount_new - mounts made with the calls of Linux 5.2 to 5.12: built and given their flags before anybody can see them
 */
#include "kernel/mount_new.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/log.h"
#include "base/reason.h"
#include "kernel/sys_mount.h"

/* Flags of the superblock, by the names that every file system takes. `silent` and `loud` are about printk: no such name. */
static const struct {
	unsigned long flag;
	const char *name;
} superblock[] = {
	{ MS_RDONLY, "ro" },     { MS_SYNCHRONOUS, "sync" },  { MS_DIRSYNC, "dirsync" },
	{ MS_MANDLOCK, "mand" }, { MS_LAZYTIME, "lazytime" },
};

/*
 * What the kernel wrote about a failure: messages as "e tmpfs: Unknown parameter 'x'", one a read(2). The last error counts, any
 * other last message is better than none.
 */
static int fs_error(int fs, const char *fstype, const char *option, struct err *e)
{
	int num = errno;
	char line[512], best[512] = "";
	const char *words;
	ssize_t n;

	while ((n = read(fs, line, sizeof(line) - 1)) > 2) {
		line[n] = '\0';
		line[strcspn(line, "\n")] = '\0';
		if (best[0] != 'e' || line[0] == 'e')
			memcpy(best, line, sizeof(best));
	}
	words = best[0] != '\0' ? best + 2 : "";
	n = (ssize_t)strlen(fstype);
	if (strncmp(words, fstype, (size_t)n) == 0 &&
	    words[n] == ':') /* "tmpfs: Unknown parameter": we say it already */
		words += n + 1 + (words[n + 1] == ' ');
	if (words[0] == '\0')
		return option != NULL ? err_num(e, num, "%s: option %s", fstype, option)
		                      : err_num(e, num, "mount %s", fstype);
	if (option != NULL)
		return err_num(e, num, "%s: option %s: %s", fstype, option, words);
	return err_num(e, num, "%s: %s", fstype, words);
}

static int set_option(int fs, const char *fstype, const char *option, struct err *e)
{
	const char *value = strchr(option, '=');
	char key[256];
	int r;

	if (value == NULL) {
		r = sys_fsconfig(fs, FSCONFIG_SET_FLAG, option, NULL);
	} else if ((size_t)(value - option) >= sizeof(key)) {
		return err_set(e, "%s: option %s: its name is too long", fstype, option);
	} else {
		memcpy(key, option, (size_t)(value - option));
		key[value - option] = '\0';
		r = sys_fsconfig(fs, FSCONFIG_SET_STRING, key, value + 1);
	}
	return r < 0 ? fs_error(fs, fstype, option, e) : 0;
}

static int set_options(int fs, const struct mount_op *op, const char *mode, struct err *e)
{
	unsigned long flags = op->flags & ~(op->late_ro ? (unsigned long)MS_RDONLY : 0);

	if (op->source != NULL && sys_fsconfig(fs, FSCONFIG_SET_STRING, "source", op->source) < 0)
		return fs_error(fs, op->fstype, "source", e);
	for (size_t i = 0; i < array_len(superblock); i++)
		if ((flags & superblock[i].flag) != 0 && set_option(fs, op->fstype, superblock[i].name, e) < 0)
			return -1;
	if (mode != NULL && set_option(fs, op->fstype, mode, e) < 0)
		return -1;
	for (size_t i = 0; i < op->n_data; i++)
		if (set_option(fs, op->fstype, op->data[i], e) < 0)
			return -1;
	return 0;
}

int mount_new_build(const struct mount_op *op, const char *mode, struct err *e)
{
	uint64_t attr = op->attr_set & ~(op->late_ro ? (uint64_t)MOUNT_ATTR_RDONLY : 0);
	auto_fd int fs = sys_fsopen(op->fstype);
	int fd;

	if (fs < 0 && errno == ENODEV)
		return err_sys(e, "the kernel has no file system \"%s\"", op->fstype);
	if (fs < 0)
		return err_sys(e, "fsopen %s", op->fstype);
	if (set_options(fs, op, mode, e) < 0)
		return -1;
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		return fs_error(fs, op->fstype, NULL, e);
	fd = sys_fsmount(fs, (unsigned int)attr);
	if (fd < 0)
		return fs_error(fs, op->fstype, NULL, e);
	return fd;
}

/*
 * The flags of this mount. Those that nobody named are dropped only if they are not locked: in a user namespace that does not own
 * the mount the kernel refuses to take ro, nodev, nosuid, noexec or the kind of access time away (mount_namespaces(7)).
 */
static int set_own(int mounted, const struct mount_op *op, uint64_t propagation, struct err *e)
{
	struct sys_mount_attr attr = {
		.attr_set = op->attr_set,
		.attr_clr = op->attr_clr | op->attr_drop,
		.propagation = propagation,
	};

	if (sys_mount_setattr(mounted, "", AT_EMPTY_PATH, &attr) == 0)
		return 0;
	if (errno == EPERM && op->attr_drop != 0) {
		attr.attr_clr = op->attr_clr | (op->attr_drop & MOUNT_ATTR_NOSYMFOLLOW);
		if (sys_mount_setattr(mounted, "", AT_EMPTY_PATH, &attr) == 0)
			return 0;
	}
	if (errno == EPERM)
		return err_sys(e, "its flags are locked and cannot be changed as asked");
	if (errno == EINVAL && op->kind == MOUNT_CHANGE)
		return err_set(e, "it is in nobody's mount namespace, and cannot be changed any more");
	return err_sys(e, "set the flags of the mount");
}

static int set_below(int mounted, const struct mount_op *op, uint64_t propagation, struct err *e)
{
	const struct sys_mount_attr attr = {
		.attr_set = op->rattr_set,
		.attr_clr = op->rattr_clr,
		.propagation = propagation,
	};

	if (sys_mount_setattr(mounted, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr) == 0)
		return 0;
	return err_sys(e, "%s",
	               errno == EPERM ? "flags of it or of a mount below it are locked and cannot be changed as asked"
	                              : "set the flags of the mount and of those below it");
}

int mount_new_attrs(int mounted, const struct mount_op *op, struct err *e)
{
	const unsigned long rec = MS_REC;
	bool own = op->kind != MOUNT_NEW && (op->attr_set | op->attr_clr | op->attr_drop) != 0;
	bool below = (op->rattr_set | op->rattr_clr) != 0;
	/* a single change of propagation rides along with the flags */
	unsigned long first = op->n_propagation == 1 ? op->propagation[0] : 0;
	bool ride_own = own && first != 0 && (first & rec) == 0;
	bool ride_below = below && first != 0 && (first & rec) != 0;

	if (own && set_own(mounted, op, ride_own ? first : 0, e) < 0)
		return -1;
	if (below && set_below(mounted, op, ride_below ? first & ~rec : 0, e) < 0)
		return -1;
	if (ride_own || ride_below)
		return 0;
	for (size_t i = 0; i < op->n_propagation; i++)
		if (mount_propagate(mounted, NULL, op->propagation[i]) < 0)
			return err_sys(e, "change the propagation of the mount");
	return 0;
}

int mount_new_below(int mounted, const struct mount_op *op, struct err *e)
{
	return (op->rattr_set | op->rattr_clr) != 0 ? set_below(mounted, op, 0, e) : 0;
}

int mount_propagate(int dirfd, const char *path, unsigned long propagation)
{
	const struct sys_mount_attr attr = { .propagation = propagation & ~(unsigned long)MS_REC };
	unsigned int flags = (propagation & MS_REC) != 0 ? AT_RECURSIVE : 0;

	if (path == NULL)
		return sys_mount_setattr(dirfd, "", flags | AT_EMPTY_PATH, &attr);
	return sys_mount_setattr(dirfd, path, flags, &attr);
}

int mount_new_label(int mounted, const struct mount_op *op, struct err *e)
{
	auto_fd int root = op->label == NULL ? -1 : openat(mounted, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (op->label == NULL)
		return 0;
	if (root >= 0 && fsetxattr(root, "security.selinux", op->label, strlen(op->label) + 1, 0) == 0)
		return 0;
	if (root < 0 || (errno != EOPNOTSUPP && errno != EPERM))
		return err_sys(e, "%s: label it %s", op->fstype, op->label);
	log_debug("%s: no label for this %s: %s", op->dst, op->fstype, words_of_error(errno));
	return 0;
}
