/* SPDX-License-Identifier: Apache-2.0
 *
 * test_mount - every kind of mount, done for real in a mount namespace of our own; both ways of mounting
 */
#include "tests/mount_place.h"

#include <sys/statvfs.h>

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
	assert_int_equal(mount_op_apply(&op, &p->env, NULL, &p->e), -1);
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
	if (mount_op_apply(&op, &p->env, NULL, &p->e) < 0)
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

	assert_int_equal(mount("src", "src", "none", MS_BIND, NULL), 0);
	assert_int_equal(
		mount(NULL, "src", "none", MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOEXEC | MS_NOSUID | MS_NOATIME, NULL),
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

	assert_int_equal(mount("src", "src", "none", MS_BIND, NULL), 0);
	assert_int_equal(mount(NULL, "src", "none", MS_SHARED, NULL), 0);
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

static const off_t hole = 1 << 23;

/* A hole, three bytes, a hole, three bytes, a hole. */
static void put_sparse(const char *path)
{
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "one", 3, hole), 3);
	assert_int_equal(pwrite(fd, "two", 3, 2 * hole), 3);
	assert_int_equal(ftruncate(fd, 3 * hole), 0);
}

static void is_sparse(const char *path)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[3];
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 3 * hole);
	assert_true(st.st_blocks < 200);
	assert_int_equal(pread(fd, text, 3, hole), 3);
	assert_memory_equal(text, "one", 3);
	assert_int_equal(pread(fd, text, 3, 2 * hole), 3);
	assert_memory_equal(text, "two", 3);
	assert_int_equal(pread(fd, text, 3, 2 * hole + 3), 3);
	assert_memory_equal(text, "\0\0", 3);
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
	put_sparse("root/c/holes");
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
	is_sparse("root/c/holes"); /* it would not fit otherwise */
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
		assert_int_equal(mount_op_apply(&op, &p->env, NULL, &p->e), -1);
		assert_int_equal(p->e.kind, ERR_HOST);
		return;
	}
	if (mount_op_apply(&op, &p->env, NULL, &p->e) < 0)
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
	if (!p->env.old) {
		mounted(p, "/r", NULL, NULL, "remount,size=128k,rro,rnoexec");
		options_of(p, "/r", "+ro,+noexec");
	}
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

	if (mount_op_apply(&op, &p->env, &fd, &p->e) < 0)
		fail_msg("%s", p->e.text);
	options_of(p, "/l", "+rw,+nosuid");
	assert_int_equal(mkdirat(fd, "below", 0755), 0);
	if (mount_seal(fd, p->env.old, &p->e) < 0)
		fail_msg("%s", p->e.text);
	options_of(p, "/l", "+ro,+nosuid,+relatime");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return PLACE_MAIN(tests);
}
