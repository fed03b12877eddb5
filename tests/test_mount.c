/* SPDX-License-Identifier: Apache-2.0
 *
 * test_mount - mounts, masks, nodes and the root, done for real in a mount namespace of our own; both ways of mounting
 */
#include "kernel/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "kernel/dev.h"
#include "kernel/mask.h"
#include "kernel/mount_words.h"
#include "kernel/procfs.h"
#include "kernel/root.h"
#include "kernel/rootfs.h"
#include "kernel/sys_mount.h"

/* A host directory with a root and sources in it; each test has its own, on a tmpfs of its own. */
struct place {
	char dir[32];
	struct mount_env env;
	struct err e;
};

enum { NEW_CALLS, OLD_CALLS };

static char base[] = "/tmp/ocirt-mount-XXXXXX";

static int make_place_with(void **state, bool old)
{
	struct place *p = calloc(1, sizeof(*p));
	char root[64];

	if (p == NULL || geteuid() != 0)
		return p == NULL ? -1 : (free(p), *state = NULL, 0);
	snprintf(p->dir, sizeof(p->dir), "%s", base);
	if (mount("tmpfs", p->dir, "tmpfs", 0, "mode=755") < 0 || chdir(p->dir) < 0)
		return -1;
	(void)mkdir("root", 0755);
	(void)mkdir("src", 0755);
	(void)mkdir("outside", 0755);
	(void)close(open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	snprintf(root, sizeof(root), "%s/root", p->dir);
	p->env.root = root_attach(root, false, old, &p->e);
	if (p->env.root < 0 || mount_env_init(&p->env, p->env.root, old, &p->e) < 0) {
		print_message("%s\n", p->e.text);
		return -1;
	}
	*state = p;
	return 0;
}

static int make_new(void **state)
{
	return make_place_with(state, false);
}

static int make_old(void **state)
{
	return make_place_with(state, true);
}

static int drop_place(void **state)
{
	struct place *p = *state;

	if (p == NULL)
		return 0;
	mount_env_end(&p->env);
	close(p->env.root);
	if (chdir("/") < 0 || umount2(p->dir, MNT_DETACH) < 0)
		return -1;
	free(p);
	return 0;
}

static struct place *need_root(void **state)
{
	if (*state == NULL) {
		print_message("needs root\n");
		skip();
	}
	return *state;
}

/* One mount from words, as plan/mounts makes it. source: relative to the place for a bind. */
static int do_mount(struct place *p, const char *dst, const char *type, const char *source, const char *options)
{
	struct mount_op op = { .kind = type != NULL ? MOUNT_NEW : MOUNT_BIND, .dst = dst, .fstype = type };
	const char *data[8];
	struct mount_words w = { 0 };
	char text[512], path[96], *rest = text, *one;

	snprintf(text, sizeof(text), "%s", options);
	snprintf(path, sizeof(path), "%s/%s", p->dir, source != NULL ? source : "");
	op.source = type != NULL ? type : source != NULL && source[0] == '/' ? source : path;
	op.data = data;
	while ((one = strsep(&rest, ",")) != NULL)
		if (*one != '\0' && mount_word_take(&w, one, &op) == MOUNT_WORD_UNKNOWN)
			data[op.n_data++] = one;
	if (w.remount) {
		op.kind = MOUNT_CHANGE;
		op.reconfigure = !w.bind;
	}
	mount_words_end(&w, &op);
	op.real_dir = type != NULL && (strcmp(type, "proc") == 0 || strcmp(type, "sysfs") == 0);
	p->e.text[0] = '\0';
	return mount_op_apply(&op, &p->env, -1, NULL, &p->e);
}

static void mounted(struct place *p, const char *dst, const char *type, const char *source, const char *options)
{
	if (do_mount(p, dst, type, source, options) < 0)
		fail_msg("mount on %s: %s", dst, p->e.text);
}

static void refused(struct place *p, const char *dst, const char *type, const char *source, const char *options,
                    const char *text)
{
	if (do_mount(p, dst, type, source, options) == 0)
		fail_msg("mount on %s was let pass", dst);
	if (strstr(p->e.text, text) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", p->e.text, text);
}

/* The 6th field (options), 7th (propagation) and what is after " - " of the last mount at root/DST. */
static bool find_mount(const struct place *p, const char *dst, char options[256], char rest[512])
{
	auto_file FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[1024], at[128], point[256], opts[256];
	bool found = false;

	assert_non_null(f);
	snprintf(at, sizeof(at), "%s/root%s", p->dir, dst);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%*d %*d %*s %*s %255s %255s", point, opts) != 2 || strcmp(point, at) != 0)
			continue;
		found = true;
		snprintf(options, 256, "%s", opts);
		snprintf(rest, 512, "%.511s", strstr(line, opts) + strlen(opts) + 1);
	}
	return found;
}

static bool has(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = strstr(list, word); p != NULL; p = strstr(p + 1, word))
		if ((p == list || p[-1] == ',' || p[-1] == ' ') &&
		    (p[n] == ',' || p[n] == '\0' || p[n] == ' ' || p[n] == '\n'))
			return true;
	return false;
}

/* "+ro,-nosuid": which words the mount's own options have and have not. */
static void options_of(const struct place *p, const char *dst, const char *expected)
{
	char options[256], rest[512], text[256], *list = text, *one;

	if (!find_mount(p, dst, options, rest))
		fail_msg("nothing is mounted on %s", dst);
	snprintf(text, sizeof(text), "%s", expected);
	while ((one = strsep(&list, ",")) != NULL)
		if (has(options, one + 1) != (*one == '+'))
			fail_msg("%s has options %s, expected %s", dst, options, expected);
}

static void rest_of(const struct place *p, const char *dst, const char *expected, bool there)
{
	char options[256], rest[512];

	if (!find_mount(p, dst, options, rest))
		fail_msg("nothing is mounted on %s", dst);
	if ((strstr(rest, expected) != NULL) != there)
		fail_msg("%s: \"%s\" %s \"%s\"", dst, rest, there ? "lacks" : "has", expected);
}

static void put(const char *path, const char *text)
{
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		fail_msg("%s: %s", path, strerror(errno));
	return st.st_mode;
}

static void nothing_outside(void)
{
	assert_int_equal(rmdir("outside"), 0); /* fails when something was made or mounted in it */
	assert_int_equal(mkdir("outside", 0755), 0);
}

static void test_tmpfs(void **state)
{
	struct place *p = need_root(state);

	mounted(p, "/a/b", "tmpfs", NULL, "nosuid,nodev,noexec,size=64k,mode=1750");
	options_of(p, "/a/b", "+rw,+nosuid,+nodev,+noexec,+relatime");
	rest_of(p, "/a/b", "size=64k", true);
	assert_int_equal(mode_of("root/a/b"), S_IFDIR | 01750);
	mounted(p, "/t", "tmpfs", NULL, "ro,noatime");
	options_of(p, "/t", "+ro,+noatime,-nosuid");
	mounted(p, "/s", "tmpfs", NULL, "strictatime,nodiratime");
	options_of(p, "/s", "-relatime,-noatime,+nodiratime");
}

static void test_tmpfs_takes_the_mode_over(void **state)
{
	struct place *p = need_root(state);

	assert_int_equal(mkdir("root/d", 0), 0);
	assert_int_equal(chmod("root/d", 0710), 0);
	mounted(p, "/d", "tmpfs", NULL, "");
	assert_int_equal(mode_of("root/d"), S_IFDIR | 0710);
	rest_of(p, "/d", "mode=710", true);
	mounted(p, "/new/dir", "tmpfs", NULL, "");
	assert_int_equal(mode_of("root/new/dir"), S_IFDIR | 01777);
	rest_of(p, "/new/dir", "mode=", false);
}

static void test_superblock_options(void **state)
{
	struct place *p = need_root(state);

	mounted(p, "/a", "tmpfs", NULL, "sync,dirsync,lazytime,silent");
	rest_of(p, "/a", "sync", true);
	rest_of(p, "/a", "dirsync", true);
	mounted(p, "/b", "tmpfs", NULL, "iversion,noiversion,loud,async,nolazytime");
	mounted(p, "/c", "tmpfs", NULL, "iversion");
	rest_of(p, "/a", "iversion", false);
}

static void test_the_kernels_words_are_told(void **state)
{
	struct place *p = need_root(state);

	if (p->env.old)
		refused(p, "/a", "tmpfs", NULL, "size=1m,bogus", "size=1m,bogus");
	else
		refused(p, "/a", "tmpfs", NULL, "bogus",
		        "tmpfs: option bogus: Unknown parameter 'bogus': Invalid argument");
	refused(p, "/a", "nosuchfs", NULL, "", "the kernel has no file system \"nosuchfs\"");
	refused(p, "/a", "tmpfs", NULL, "size=much", "size=much");
}

static void test_commas_stay_in_values(void **state)
{
	struct place *p = need_root(state);
	const char *data[] = { "lowerdir=/proc:/sys,x", "upperdir=/nonexistent" };
	const struct mount_op op = {
		.kind = MOUNT_NEW, .dst = "/o", .fstype = "overlay", .source = "overlay", .data = data, .n_data = 2
	};

	if (p->env.old) {
		print_message("mount(2) cannot\n");
		skip();
	}
	assert_int_equal(mount_op_apply(&op, &p->env, -1, NULL, &p->e), -1);
	/* refused for what it is, not for an option "x" */
	assert_null(strstr(p->e.text, "Unknown parameter"));
}

static void test_a_long_option(void **state)
{
	struct place *p = need_root(state);
	char slashes[301], option[400];
	const char *data[] = { option };
	const struct mount_op op = {
		.kind = MOUNT_NEW, .dst = "/o", .fstype = "overlay", .source = "overlay", .data = data, .n_data = 1
	};

	/* a directory named in more than the 255 bytes that fsconfig(2) takes */
	memset(slashes, '/', sizeof(slashes) - 1);
	slashes[sizeof(slashes) - 1] = '\0';
	snprintf(option, sizeof(option), "lowerdir=%s%s/src:/tmp", slashes, p->dir);
	if (mount_op_apply(&op, &p->env, -1, NULL, &p->e) < 0)
		fail_msg("%s", p->e.text);
	rest_of(p, "/o", "overlay", true);
}

static void test_bind_files_and_dirs(void **state)
{
	struct place *p = need_root(state);

	put("file", "text");
	mounted(p, "/etc/deep/file", NULL, "file", "bind");
	assert_int_equal(mode_of("root/etc/deep/file") & S_IFMT, S_IFREG);
	assert_int_equal(mode_of("root/etc/deep"), S_IFDIR | 0755);
	mounted(p, "/mnt/dir", NULL, "src", "rbind");
	put("root/mnt/dir/x", "y");
	assert_int_equal(mode_of("src/x") & S_IFMT, S_IFREG);
}

static void test_file_on_dir_and_dir_on_file(void **state)
{
	struct place *p = need_root(state);

	assert_int_equal(mkdir("root/d", 0755), 0);
	put("root/f", "");
	refused(p, "/d", NULL, "file", "bind", "file is a file, but /d in the container is a directory");
	assert_int_equal(p->e.sys, ENOTDIR);
	refused(p, "/f", NULL, "src", "bind", "src is a directory, but /f in the container is a file");
	refused(p, "/f", "tmpfs", NULL, "", "but /f in the container is a file");
	refused(p, "/f/sub", "tmpfs", NULL, "", "Not a directory");
}

static void test_missing_source(void **state)
{
	struct place *p = need_root(state);

	refused(p, "/d", NULL, "nope", "bind", "nope: No such file or directory");
	assert_int_equal(access("root/d", F_OK), -1);
}

static void test_bind_is_not_recursive(void **state)
{
	struct place *p = need_root(state);
	char options[256], rest[512];

	assert_int_equal(mkdir("src/sub", 0755), 0);
	assert_int_equal(mount("tmpfs", "src/sub", "tmpfs", 0, NULL), 0);
	mounted(p, "/one", NULL, "src", "bind");
	assert_false(find_mount(p, "/one/sub", options, rest));
	mounted(p, "/all", NULL, "src", "rbind,ro");
	assert_true(find_mount(p, "/all/sub", options, rest));
	options_of(p, "/all", "+ro");
	options_of(p, "/all/sub", "+rw");
}

static void test_recursive_flags(void **state)
{
	struct place *p = need_root(state);

	assert_int_equal(mkdir("src/sub", 0755), 0);
	assert_int_equal(mount("tmpfs", "src/sub", "tmpfs", MS_NOEXEC, NULL), 0);
	if (p->env.old) {
		refused(p, "/all", NULL, "src", "rbind,rro", "Linux 5.12");
		return;
	}
	mounted(p, "/all", NULL, "src", "rbind,rro,rnosuid,rexec,rnoatime");
	options_of(p, "/all", "+ro,+nosuid,-noexec,+noatime");
	options_of(p, "/all/sub", "+ro,+nosuid,-noexec,+noatime");
	mounted(p, "/mixed", NULL, "src", "rbind,ro,rnodev");
	options_of(p, "/mixed", "+ro,+nodev");
	options_of(p, "/mixed/sub", "+rw,+nodev,+noexec");
	mounted(p, "/times", NULL, "src", "rbind,rstrictatime,rnodiratime");
	options_of(p, "/times/sub", "-relatime,-noatime,+nodiratime");
}

/* As `mount --bind -o`: no words keep the flags of the source, any word replaces them all but the kind of access time. */
static void test_bind_flags(void **state)
{
	struct place *p = need_root(state);

	assert_int_equal(mount("src", "src", NULL, MS_BIND, NULL), 0);
	assert_int_equal(
		mount(NULL, "src", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOEXEC | MS_NOSUID | MS_NOATIME, NULL),
		0);
	mounted(p, "/kept", NULL, "src", "bind,rprivate");
	options_of(p, "/kept", "+ro,+noexec,+nosuid,+noatime");
	mounted(p, "/replaced", NULL, "src", "bind,nodev");
	options_of(p, "/replaced", "+rw,+nodev,-noexec,-nosuid,+noatime");
	mounted(p, "/cleared", NULL, "src", "bind,exec,relatime");
	options_of(p, "/cleared", "+rw,-noexec,-nosuid,+relatime,-noatime");
	mounted(p, "/times", NULL, "src", "bind,nodiratime");
	options_of(p, "/times", "+nodiratime,+relatime,-noatime");
	mounted(p, "/links", NULL, "src", "bind,nosymfollow");
	options_of(p, "/links", "+nosymfollow");
}

static void test_propagation(void **state)
{
	struct place *p = need_root(state);

	assert_int_equal(mount("src", "src", NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount(NULL, "src", NULL, MS_SHARED, NULL), 0);
	mounted(p, "/as-it-is", NULL, "src", "bind");
	rest_of(p, "/as-it-is", "shared:", true);
	mounted(p, "/slave", NULL, "src", "bind,slave");
	rest_of(p, "/slave", "master:", true);
	rest_of(p, "/slave", "shared:", false);
	mounted(p, "/both", NULL, "src", "rbind,rslave,rshared,ro");
	rest_of(p, "/both", "master:", true);
	rest_of(p, "/both", "shared:", true);
	options_of(p, "/both", "+ro");
	mounted(p, "/private", NULL, "src", "rbind,rprivate,nosuid");
	rest_of(p, "/private", "master:", false);
	mounted(p, "/unbindable", NULL, "src", "bind,unbindable");
	rest_of(p, "/unbindable", "unbindable", true);
	mounted(p, "/shared-tmpfs", "tmpfs", NULL, "shared");
	rest_of(p, "/shared-tmpfs", "shared:", true);
}

static void test_nested_and_overlapping(void **state)
{
	struct place *p = need_root(state);

	put("src/in-src", "");
	mounted(p, "/m", "tmpfs", NULL, "");
	mounted(p, "/m/a", NULL, "src", "bind");
	mounted(p, "/m/a", "tmpfs", NULL, "mode=711");
	assert_int_equal(mode_of("root/m/a"), S_IFDIR | 0711);
	mounted(p, "/m/a/b", NULL, "src", "bind");
	assert_int_equal(access("root/m/a/b/in-src", F_OK), 0);
	/* a source in the container sees what was mounted before it */
	mounted(p, "/again", NULL, "root/m", "rbind");
	assert_int_equal(access("root/again/a/b/in-src", F_OK), 0);
}

static void test_links_lead_to_places_in_the_root(void **state)
{
	struct place *p = need_root(state);

	assert_int_equal(symlink("/outside", "root/abs"), 0);
	assert_int_equal(symlink("../../../outside", "root/rel"), 0);
	assert_int_equal(symlink("/proc/self/root/outside", "root/magic"), 0);
	mounted(p, "/abs", "tmpfs", NULL, "");
	mounted(p, "/rel/x", NULL, "src", "bind");
	mounted(p, "/magic/f", NULL, "file", "bind");
	nothing_outside();
	assert_int_equal(mode_of("root/outside/x") & S_IFMT, S_IFDIR);
	assert_int_equal(mode_of("root/proc/self/root/outside/f") & S_IFMT, S_IFREG);
}

static void test_root_itself_is_refused(void **state)
{
	struct place *p = need_root(state);

	assert_int_equal(symlink("/", "root/top"), 0);
	assert_int_equal(symlink("../..", "root/up"), 0);
	refused(p, "/top", "tmpfs", NULL, "", "root itself");
	refused(p, "/up", NULL, "src", "bind", "root itself");
}

static void test_proc_and_sys(void **state)
{
	struct place *p = need_root(state);

	mounted(p, "/proc", "proc", NULL, "nosuid,noexec,nodev");
	options_of(p, "/proc", "+nosuid,+noexec,+nodev");
	refused(p, "/proc/fs", "tmpfs", NULL, "", "inside /proc");
	refused(p, "/proc/sys/kernel", NULL, "src", "bind", "inside /proc");
	assert_int_equal(symlink("proc/fs", "root/into"), 0);
	refused(p, "/into", "tmpfs", NULL, "", "inside /proc");
	mounted(p, "/proc/uptime", NULL, "file", "bind");
	refused(p, "/proc", NULL, "src", "bind", "no procfs");
	mounted(p, "/sys", "sysfs", NULL, "ro");
	options_of(p, "/sys", "+ro");
}

static void test_proc_on_a_link_is_refused(void **state)
{
	struct place *p = need_root(state);

	assert_int_equal(mkdir("root/bad", 0755), 0);
	assert_int_equal(symlink("/bad", "root/proc"), 0);
	refused(p, "/proc", "proc", NULL, "", "must be mounted on ordinary directory");
	assert_int_equal(symlink("gone", "root/sys"), 0);
	refused(p, "/sys", "sysfs", NULL, "", "must be mounted on ordinary directory");
	put("root/file", "");
	refused(p, "/file", "proc", NULL, "", "must be mounted on ordinary directory");
}

static void test_tmpcopyup(void **state)
{
	struct place *p = need_root(state);
	struct stat st;

	assert_int_equal(mkdir("root/c", 0750), 0);
	assert_int_equal(mkdir("root/c/sub", 0777), 0);
	assert_int_equal(chmod("root/c/sub", 0777), 0);
	assert_int_equal(chown("root/c/sub", 3, 4), 0);
	put("root/c/sub/f", "text");
	assert_int_equal(chmod("root/c/sub/f", 04755), 0);
	assert_int_equal(symlink("sub/f", "root/c/link"), 0);
	assert_int_equal(mknod("root/c/fifo", S_IFIFO | 0640, 0), 0);
	mounted(p, "/c", "tmpfs", NULL, "tmpcopyup,size=1m");
	rest_of(p, "/c", "size=1024k", true);
	assert_int_equal(mode_of("root/c"), S_IFDIR | 0750);
	assert_int_equal(mode_of("root/c/sub"), S_IFDIR | 0777);
	assert_int_equal(mode_of("root/c/sub/f"), S_IFREG | 04755);
	assert_int_equal(mode_of("root/c/link") & S_IFMT, S_IFLNK);
	assert_int_equal(mode_of("root/c/fifo"), S_IFIFO | 0640);
	assert_int_equal(stat("root/c/sub", &st), 0);
	assert_int_equal(st.st_uid, 3);
	assert_int_equal(st.st_gid, 4);
	assert_int_equal(stat("root/c/link", &st), 0);
	assert_int_equal(st.st_size, 4);
}

static void test_idmap(void **state)
{
	struct place *p = need_root(state);
	static const struct idmap_row uids[] = { { .inside = 0, .outside = 1000, .count = 10 } };
	static const struct idmap_row gids[] = { { .inside = 0, .outside = 2000, .count = 10 } };
	struct mount_op op = { .kind = MOUNT_BIND,
		               .dst = "/i",
		               .idmap = { .set = true, .uids = uids, .n_uids = 1, .gids = gids, .n_gids = 1 } };
	char source[64];
	struct stat st;

	snprintf(source, sizeof(source), "%s/src", p->dir);
	op.source = source;
	put("src/f", "");
	assert_int_equal(chown("src/f", 3, 4), 0);
	if (p->env.old) {
		assert_int_equal(mount_op_apply(&op, &p->env, -1, NULL, &p->e), -1);
		assert_int_equal(p->e.kind, ERR_HOST);
		return;
	}
	if (mount_op_apply(&op, &p->env, -1, NULL, &p->e) < 0)
		fail_msg("%s", p->e.text);
	assert_int_equal(stat("root/i/f", &st), 0);
	assert_int_equal(st.st_uid, 1003);
	assert_int_equal(st.st_gid, 2004);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_symlink_options(void **state)
{
	struct place *p = need_root(state);
	char text[64];
	ssize_t n;

	assert_int_equal(symlink("some/where", "src/link"), 0);
	mounted(p, "/copied/link", NULL, "src/link", "bind,copy-symlink");
	n = readlink("root/copied/link", text, sizeof(text));
	assert_int_equal(n, 10);
	assert_memory_equal(text, "some/where", 10);
	/* what is no symlink is bound */
	mounted(p, "/bound", NULL, "src", "bind,copy-symlink");
	assert_int_equal(access("root/bound/link", F_OK), -1);
	assert_int_equal(mode_of("root/bound/link") & S_IFMT, S_IFLNK);
}

static void test_remount(void **state)
{
	struct place *p = need_root(state);

	mounted(p, "/r", "tmpfs", NULL, "size=64k");
	mounted(p, "/r", NULL, NULL, "remount,bind,ro,nosuid");
	options_of(p, "/r", "+ro,+nosuid");
	mounted(p, "/r", NULL, NULL, "remount,size=128k");
	options_of(p, "/r", "+rw,-nosuid");
	rest_of(p, "/r", "size=128k", true);
	assert_int_equal(mkdir("root/plain", 0755), 0);
	assert_int_equal(do_mount(p, "/plain", NULL, NULL, "remount,bind,ro"), -1);
	refused(p, "/gone", NULL, NULL, "remount,bind,ro", "No such file or directory");
}

static void test_seal(void **state)
{
	struct place *p = need_root(state);
	const struct mount_op op = { .kind = MOUNT_NEW,
		                     .dst = "/l",
		                     .fstype = "tmpfs",
		                     .source = "tmpfs",
		                     .flags = MS_RDONLY | MS_NOSUID,
		                     .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID,
		                     .late_ro = true };
	auto_fd int fd = -1;

	if (mount_op_apply(&op, &p->env, -1, &fd, &p->e) < 0)
		fail_msg("%s", p->e.text);
	options_of(p, "/l", "+rw,+nosuid");
	assert_int_equal(mkdirat(fd, "below", 0755), 0);
	if (mount_seal(fd, p->env.old, &p->e) < 0)
		fail_msg("%s", p->e.text);
	options_of(p, "/l", "+ro,+nosuid,+relatime");
}

static bool is_null(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

static void test_masks(void **state)
{
	struct place *p = need_root(state);
	struct mask m = MASK_NONE;
	struct stat a, b;

	assert_int_equal(mkdir("root/d1", 0755), 0);
	assert_int_equal(mkdir("root/d2", 0755), 0);
	put("root/d1/secret", "x");
	put("root/f1", "x");
	put("root/f2", "x");
	put("outside/f", "x");
	assert_int_equal(symlink("/outside/f", "root/out"), 0);
	assert_int_equal(mask_path(&m, &p->env, "/d1", &p->e), 0);
	assert_int_equal(mask_path(&m, &p->env, "/f1", &p->e), 0);
	assert_int_equal(mask_path(&m, &p->env, "/missing/x", &p->e), 0);
	assert_int_equal(mask_path(&m, &p->env, "/out", &p->e), 0);
	assert_int_equal(mask_path(&m, &p->env, "/d2", &p->e), 0);
	assert_int_equal(mask_path(&m, &p->env, "/f2", &p->e), 0);
	assert_int_equal(mask_path(&m, &p->env, "/f2/x", &p->e), -1);
	assert_int_equal(mask_path(&m, &p->env, "/", &p->e), -1);
	mask_end(&m);
	assert_true(is_null("root/f1") && is_null("root/f2"));
	assert_false(is_null("outside/f"));
	assert_int_equal(access("root/d1/secret", F_OK), -1);
	assert_int_equal(mkdir("root/d2/x", 0755), -1);
	assert_int_equal(errno, EROFS);
	assert_int_equal(stat("root/d1", &a), 0);
	assert_int_equal(stat("root/d2", &b), 0);
	assert_true(a.st_dev == b.st_dev);
	options_of(p, "/d2", "+ro,+nosuid,+nodev,+noexec");
	/* the host's device cannot be changed through it */
	assert_int_equal(chmod("root/f2", 0600), -1);
	assert_int_equal(errno, EROFS);
	assert_int_equal(open("root/f2", O_RDONLY | O_CLOEXEC) >= 0, 1);
}

static void test_readonly_paths(void **state)
{
	struct place *p = need_root(state);

	mounted(p, "/proc", "proc", NULL, "nosuid,noexec,nodev");
	assert_int_equal(mask_readonly(&p->env, "/proc/sys", &p->e), 0);
	options_of(p, "/proc/sys", "+ro,+nosuid,+noexec,+nodev,+relatime");
	assert_int_equal(mask_readonly(&p->env, "/proc/version", &p->e), 0);
	options_of(p, "/proc/version", "+ro");
	assert_int_equal(mask_readonly(&p->env, "/missing", &p->e), 0);
	mounted(p, "/v", "tmpfs", NULL, "");
	mounted(p, "/v/sub", "tmpfs", NULL, "");
	assert_int_equal(mask_readonly(&p->env, "/v", &p->e), 0);
	options_of(p, "/v", "+ro");
	if (!p->env.old)
		options_of(p, "/v/sub", "+ro");
}

static void test_nodes(void **state)
{
	struct place *p = need_root(state);
	struct dev_node n = { .path = "/dev/zero", .mode = S_IFCHR | 0640, .major = 1, .minor = 5, .uid = 7, .gid = 8 };
	auto_fd int dev = rootfs_make_dir(p->env.root, "/dev", &p->e);
	struct stat st;

	umask(0);
	assert_int_equal(dev_make(dev, "zero", &n, p->env.old, &p->e), 0);
	assert_int_equal(stat("root/dev/zero", &st), 0);
	assert_int_equal(st.st_mode, S_IFCHR | 0640);
	assert_int_equal(st.st_uid, 7);
	n.mode = S_IFCHR | 0666;
	n.uid = 0;
	assert_int_equal(dev_make(dev, "zero", &n, p->env.old, &p->e), 0);
	assert_int_equal(stat("root/dev/zero", &st), 0);
	assert_int_equal(st.st_mode, S_IFCHR | 0666);
	assert_int_equal(st.st_uid, 0);
	put("root/dev/file", "");
	assert_int_equal(dev_make(dev, "file", &n, p->env.old, &p->e), -1);
	assert_non_null(strstr(p->e.text, "is not character device 1:5"));
	n.minor = 7;
	assert_int_equal(dev_make(dev, "zero", &n, p->env.old, &p->e), -1);
	assert_int_equal(symlink("/dev/full", "root/dev/full"), 0);
	assert_int_equal(dev_make(dev, "full", &n, p->env.old, &p->e), -1);
}

static void test_bound_nodes(void **state)
{
	struct place *p = need_root(state);
	struct dev_node n = { .path = "/dev/zero", .mode = S_IFCHR | 0666, .major = 1, .minor = 5, .bind = true };
	auto_fd int dev = rootfs_make_dir(p->env.root, "/dev", &p->e);
	struct stat st;

	if (dev_make(dev, "zero", &n, p->env.old, &p->e) < 0)
		fail_msg("%s", p->e.text);
	assert_int_equal(stat("root/dev/zero", &st), 0);
	assert_true(st.st_rdev == makedev(1, 5));
	assert_int_equal(symlink("../../outside/zero", "root/dev/link"), 0);
	assert_int_equal(dev_make(dev, "link", &n, p->env.old, &p->e), -1);
	assert_non_null(strstr(p->e.text, "symlink"));
	n.minor = 200;
	assert_int_equal(dev_make(dev, "none", &n, p->env.old, &p->e), -1);
	assert_int_equal(p->e.kind, ERR_HOST);
	nothing_outside();
}

static void test_console(void **state)
{
	struct place *p = need_root(state);
	auto_fd int dev = rootfs_make_dir(p->env.root, "/dev", &p->e);
	auto_fd int master = -1, slave = -1;
	struct stat a, b;

	mounted(p, "/dev/pts", "devpts", NULL, "newinstance,ptmxmode=0666");
	master = openat(dev, "pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(master >= 0);
	assert_int_equal(unlockpt(master), 0);
	slave = openat(dev, "pts/0", O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	if (dev_console(dev, slave, p->env.old, &p->e) < 0)
		fail_msg("%s", p->e.text);
	assert_int_equal(stat("root/dev/console", &a), 0);
	assert_int_equal(fstat(slave, &b), 0);
	assert_true(a.st_rdev == b.st_rdev && a.st_ino == b.st_ino);
	assert_int_equal(dev_console(dev, dev, p->env.old, &p->e), -1);
}

static void test_console_link_is_refused(void **state)
{
	struct place *p = need_root(state);
	auto_fd int dev = rootfs_make_dir(p->env.root, "/dev", &p->e);
	auto_fd int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave = -1;

	assert_int_equal(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_int_equal(symlink("../../outside/console", "root/dev/console"), 0);
	assert_int_equal(dev_console(dev, slave, p->env.old, &p->e), -1);
	assert_non_null(strstr(p->e.text, "symlink"));
	nothing_outside();
}

/* The child makes itself at home in the root and ends with what it found. */
static int in_child(struct place *p, int (*run)(struct place *p))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0)
			_exit(99);
		_exit(run(p));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* How many mounts there are, in all. */
static int count_mounts(int proc)
{
	auto_fd int fd = procfs_open(proc, "self/mountinfo", O_RDONLY);
	auto_file FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
	char line[1024];
	int n = 0;

	if (f == NULL)
		return -1;
	fd = -1;
	while (fgets(line, sizeof(line), f) != NULL)
		n++;
	return n;
}

static int fresh_root(struct place *p, bool isolate)
{
	char root[64];

	snprintf(root, sizeof(root), "%s/root", p->dir);
	close(p->env.root);
	p->env.root = root_attach(root, isolate, p->env.old, &p->e);
	return p->env.root < 0 ? -1 : mount_env_init(&p->env, p->env.root, p->env.old, &p->e);
}

static int run_pivot(struct place *p)
{
	auto_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool old;

	if (root_inherit(MS_SLAVE, &old, &p->e) < 0 || fresh_root(p, false) < 0)
		return 1;
	if (do_mount(p, "/in", "tmpfs", NULL, "") < 0 || root_pivot(p->env.root, p->env.old, &p->e) < 0)
		return 2;
	if (access("/in", F_OK) < 0 || access("/mark", F_OK) < 0 || access("/etc/passwd", F_OK) == 0)
		return 3;
	if (count_mounts(proc) != 2)
		return 4;
	if (chdir("..") < 0 || access("mark", F_OK) < 0)
		return 5;
	if (root_propagate(MS_SHARED, p->env.old, &p->e) < 0)
		return 6;
	return 0;
}

static void test_pivot(void **state)
{
	struct place *p = need_root(state);

	put("root/mark", "");
	assert_int_equal(in_child(p, run_pivot), 0);
	assert_int_equal(access("root/in", F_OK), 0);
	options_of(p, "", "+rw");
}

/* All that is around is shared with our parent's namespace; nothing may come out there, and nothing may be unmounted. */
static int run_shared(struct place *p)
{
	bool old;

	if (root_inherit(0, &old, &p->e) < 0 || fresh_root(p, true) < 0)
		return 1;
	if (do_mount(p, "/in", "tmpfs", NULL, "") < 0 || root_pivot(p->env.root, p->env.old, &p->e) < 0)
		return 2;
	return 0;
}

static void test_pivot_from_shared_mounts(void **state)
{
	struct place *p = need_root(state);
	auto_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int before;

	assert_int_equal(mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL), 0);
	before = count_mounts(proc);
	assert_int_equal(in_child(p, run_shared), 0);
	assert_int_equal(count_mounts(proc), before);
	assert_int_equal(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
}

static int run_move(struct place *p)
{
	char root[64];
	bool old;

	snprintf(root, sizeof(root), "%s/root", p->dir);
	if (root_inherit(MS_SLAVE, &old, &p->e) < 0 || fresh_root(p, false) < 0)
		return 1;
	if (do_mount(p, "/proc", "proc", NULL, "") < 0 || root_move(p->env.root, root, &p->e) < 0)
		return 2;
	if (access("/mark", F_OK) < 0 || chdir("..") < 0 || access("mark", F_OK) < 0 || access("/proc/self", F_OK) < 0)
		return 3;
	return 0;
}

static void test_move(void **state)
{
	struct place *p = need_root(state);

	put("root/mark", "");
	assert_int_equal(in_child(p, run_move), 0);
	assert_int_equal(access("/proc/self", F_OK), 0);
}

/* The host's whole tree as the root. */
static int run_slash(struct place *p)
{
	bool old;

	if (root_inherit(MS_SLAVE, &old, &p->e) < 0)
		return 1;
	p->env.root = root_attach("/", false, p->env.old, &p->e);
	if (p->env.root < 0 || mount_env_init(&p->env, p->env.root, p->env.old, &p->e) < 0)
		return 2;
	if (mount_seal(p->env.root, p->env.old, &p->e) < 0 || root_pivot(p->env.root, p->env.old, &p->e) < 0)
		return 3;
	return access("/etc/passwd", F_OK) == 0 && mkdir("/ocirt-test-should-fail", 0755) < 0 && errno == EROFS ? 0 : 4;
}

static void test_slash_as_root(void **state)
{
	struct place *p = need_root(state);

	assert_int_equal(in_child(p, run_slash), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define NEW(f) { #f, f, make_new, drop_place, NULL }
#define OLD(f)                                                     \
	{                                                          \
#f " with mount(2)", f, make_old, drop_place, NULL \
	}
#define BOTH(f) NEW(f), OLD(f)
		BOTH(test_tmpfs),
		BOTH(test_tmpfs_takes_the_mode_over),
		BOTH(test_superblock_options),
		BOTH(test_the_kernels_words_are_told),
		BOTH(test_commas_stay_in_values),
		BOTH(test_a_long_option),
		BOTH(test_bind_files_and_dirs),
		BOTH(test_file_on_dir_and_dir_on_file),
		BOTH(test_missing_source),
		BOTH(test_bind_is_not_recursive),
		BOTH(test_recursive_flags),
		BOTH(test_bind_flags),
		BOTH(test_propagation),
		BOTH(test_nested_and_overlapping),
		BOTH(test_links_lead_to_places_in_the_root),
		BOTH(test_root_itself_is_refused),
		BOTH(test_proc_and_sys),
		BOTH(test_proc_on_a_link_is_refused),
		BOTH(test_tmpcopyup),
		BOTH(test_idmap),
		BOTH(test_symlink_options),
		BOTH(test_remount),
		BOTH(test_seal),
		BOTH(test_masks),
		BOTH(test_readonly_paths),
		BOTH(test_nodes),
		BOTH(test_bound_nodes),
		BOTH(test_console),
		BOTH(test_console_link_is_refused),
		BOTH(test_pivot),
		BOTH(test_pivot_from_shared_mounts),
		BOTH(test_move),
		BOTH(test_slash_as_root),
	};
	int r;

	if (geteuid() == 0 && (mkdtemp(base) == NULL || unshare(CLONE_NEWNS) < 0 ||
	                       mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0)) {
		perror("a mount namespace of our own");
		return 1;
	}
	r = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rmdir(base);
	return r;
}
