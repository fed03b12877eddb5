/* SPDX-License-Identifier: Apache-2.0
 *
 * test_plan_mounts - what becomes of root, mounts, devices, masked and read-only paths, and what is refused
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/buf.h"
#include "kernel/sys_mount.h"
#include "plan/mounts.h"
#include "plan/plan.h"

static struct cg_layout hybrid = {
	.mode = CG_HYBRID,
	.n = 4,
	.hier = {
		{ .controllers = "memory", .mount = "/sys/fs/cgroup/memory", .self = "/user" },
		{ .controllers = "cpu,cpuacct", .mount = "/sys/fs/cgroup/cpu,cpuacct", .self = "/" },
		{ .controllers = "name=systemd", .mount = "/sys/fs/cgroup/systemd", .self = "/" },
		{ .controllers = "", .mount = "/sys/fs/cgroup/unified", .self = "/", .unified = true },
	},
};

static struct cg_layout unified = {
	.mode = CG_V2,
	.n = 1,
	.hier = { { .controllers = "", .mount = "/sys/fs/cgroup", .self = "/", .unified = true } },
};

static struct cg_place place = {
	.n = 2,
	.dir = {
		{ .controllers = "memory", .mount = "/sys/fs/cgroup/memory", .path = "/user/c1" },
		{ .controllers = "", .mount = "/sys/fs/cgroup/unified", .path = "/c1", .unified = true },
	},
};

struct made {
	struct arena a;
	struct intent intent;
	struct plan p;
	struct err e;
	int r;
};

/* top: members of config.json beside root; lin: members of linux beside namespaces. */
static void make(struct made *m, const char *top, const char *lin)
{
	struct oci_config *spec;
	struct json_error je;
	char text[8192];
	int n = snprintf(text, sizeof(text), "{\"ociVersion\":\"1.3.0\",%s%s\"linux\":{%s}}",
	                 strstr(top, "\"root\"") == NULL ? "\"root\":{\"path\":\"rootfs\"}," : "", top, lin);
	const struct json_text in = { .text = text, .len = (size_t)n };

	assert_true((size_t)n < sizeof(text));
	m->intent.bundle = "/bundle";
	m->intent.id = "c1";
	if (oci_config_read(&in, &m->a, &spec, &je) < 0)
		fail_msg("%s", je.text);
	m->p = (struct plan){ .spec = spec, .intent = &m->intent };
	err_clear(&m->e);
	m->r = plan_annotations(&m->p, &m->a, &m->e);
	if (m->r == 0)
		m->r = plan_namespaces(&m->p, &m->a, &m->e);
	if (m->r == 0)
		m->r = plan_mounts(&m->p, &m->a, &m->e);
	if (m->r == 0)
		m->r = plan_devices(&m->p, &m->a, &m->e);
}

#define MOUNT_NS "\"namespaces\":[{\"type\":\"mount\"}]"
#define ONE(mount) "\"mounts\":[" mount "],"

static void made(struct made *m, const char *top, const char *lin)
{
	make(m, top, lin);
	if (m->r < 0)
		fail_msg("%s: %s", m->e.pointer, m->e.text);
}

static const struct mount_op *one(struct made *m, const char *mount)
{
	char top[4096];

	snprintf(top, sizeof(top), "\"mounts\":[%s],", mount);
	made(m, top, MOUNT_NS);
	assert_int_equal(m->p.fs.n_mounts, 1);
	return &m->p.fs.mounts[0];
}

static void drop(struct made *m)
{
	arena_free(&m->a);
	*m = (struct made){ 0 };
}

static void test_root(void **state)
{
	struct made m = { 0 };

	(void)state;
	made(&m, "", MOUNT_NS);
	assert_string_equal(m.p.fs.root, "/bundle/rootfs");
	assert_false(m.p.fs.root_readonly || m.p.fs.bind_nodes || m.p.fs.no_pivot);
	assert_int_equal(m.p.fs.propagation, 0);
	drop(&m);
	made(&m, "\"root\":{\"path\":\"/x/../y/\",\"readonly\":true},", MOUNT_NS ",\"rootfsPropagation\":\"rslave\"");
	assert_string_equal(m.p.fs.root, "/y");
	assert_true(m.p.fs.root_readonly);
	assert_int_equal(m.p.fs.propagation, MS_SLAVE | MS_REC);
	drop(&m);
}

static void test_tmpfs(void **state)
{
	struct made m = { 0 };
	const struct mount_op *op =
		one(&m, "{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":"
	                "[\"nosuid\",\"strictatime\",\"mode=755\",\"size=65536k\"]}");

	(void)state;
	assert_int_equal(op->kind, MOUNT_NEW);
	assert_string_equal(op->fstype, "tmpfs");
	assert_string_equal(op->dst, "/dev");
	assert_int_equal(op->n_data, 2);
	assert_string_equal(op->data[0], "mode=755");
	assert_string_equal(op->data[1], "size=65536k");
	assert_int_equal(op->attr_set, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME);
	assert_string_equal(op->pointer, "/mounts/0");
	assert_false(op->late_ro);
	drop(&m);
	assert_true(one(&m, "{\"destination\":\"/t\",\"type\":\"tmpfs\",\"options\":[\"ro\"]}")->late_ro);
	drop(&m);
	assert_false(one(&m, "{\"destination\":\"/t\",\"type\":\"proc\",\"options\":[\"ro\"]}")->late_ro);
	drop(&m);
}

static void test_binds(void **state)
{
	struct made m = { 0 };
	const struct mount_op *op =
		one(&m, "{\"destination\":\"/a\",\"source\":\"rel/src\",\"options\":[\"rbind\",\"ro\"]}");

	(void)state;
	assert_int_equal(op->kind, MOUNT_BIND);
	assert_null(op->fstype);
	assert_string_equal(op->source, "/bundle/rel/src");
	assert_true(op->recursive);
	drop(&m);
	op = one(&m, "{\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"/s/../t\"}");
	assert_int_equal(op->kind, MOUNT_BIND);
	assert_string_equal(op->source, "/s/../t");
	drop(&m);
	/* options of a file system, as engines and test programs write them: nothing that a bind could honour */
	op = one(&m, "{\"destination\":\"/a\",\"source\":\"/s\",\"options\":[\"bind\",\"mode=755\",\"size=1k\"]}");
	assert_int_equal(op->n_data, 0);
	assert_int_equal(m.p.warnings.n, 2);
	drop(&m);
}

static void test_what_a_bind_shares_with_its_source_is_warned_about(void **state)
{
	static const struct {
		const char *options, *word; /* NULL: no warning */
	} rows[] = {
		{ "\"bind\",\"sync\"", "\"sync\"" },
		{ "\"rbind\",\"dirsync\"", "\"dirsync\"" },
		{ "\"bind\",\"mand\"", "\"mand\"" },
		{ "\"bind\",\"lazytime\"", "\"lazytime\"" },
		{ "\"bind\",\"iversion\"", "\"iversion\"" },
		{ "\"bind\",\"size=1k\"", "\"size=1k\"" },
		{ "\"remount\",\"bind\",\"sync\"", "\"sync\"" },
		{ "\"bind\",\"sync\",\"async\"", NULL },
		{ "\"bind\",\"ro\",\"noatime\",\"silent\"", NULL },
	};
	struct made m = { 0 };
	char mount[256];

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		(void)snprintf(mount, sizeof(mount), "{\"destination\":\"/a\",\"source\":\"/s\",\"options\":[%s]}",
		               rows[i].options);
		(void)one(&m, mount);
		assert_int_equal(m.p.warnings.n, rows[i].word != NULL);
		if (rows[i].word != NULL) {
			assert_string_equal(m.p.warnings.item[0].pointer, "/mounts/0");
			assert_non_null(strstr(m.p.warnings.item[0].text, rows[i].word));
		}
		drop(&m);
	}
}

static void test_an_entry_may_hold_several_options(void **state)
{
	static const struct {
		const char *entry, *data[4];
	} rows[] = {
		{ "size=1m,mode=755", { "size=1m", "mode=755" } },
		{ "size=1m,noswap,nosuid", { "size=1m", "noswap" } },
		{ ",,size=1m,", { "size=1m" } },
		{ "mpol=bind:0,2-3,size=1m", { "mpol=bind:0,2-3", "size=1m" } },
		{ "lowerdir=/a,b:/c,upperdir=/d,x,workdir=/w,volatile",
		  { "lowerdir=/a,b:/c", "upperdir=/d,x", "workdir=/w", "volatile" } },
		{ "lowerdir+=/a,b,lowerdir+=/c,datadir+=/d,x", { "lowerdir+=/a,b", "lowerdir+=/c", "datadir+=/d,x" } },
		{ "lowerdir+=/a\\\\,ro,lowerdir+=/b\\\\:\\\\,x=y,ro", { "lowerdir+=/a,ro", "lowerdir+=/b\\:,x=y" } },
		{ "lowerdir=/a,b+,c", { "lowerdir=/a,b+,c" } },
		{ "lowerdir=a,b:c,size=1m", { "lowerdir=a,b:c", "size=1m" } },
		{ "lowerdir=/a,a-word-that-is-longer-than-any-known-one",
		  { "lowerdir=/a,a-word-that-is-longer-than-any-known-one" } },
		{ "lowerdir=/a\\\\,x=y", { "lowerdir=/a\\,x=y" } },
		{ "context=u:r:t:s0:c1,c2,size=1m", { "context=u:r:t:s0:c1,c2", "size=1m" } },
		{ "size=1m,rootcontext=\\\"u:r:t:s0:c1,x=2\\\",mode=1",
		  { "size=1m", "rootcontext=u:r:t:s0:c1,x=2", "mode=1" } },
	};
	struct made m = { 0 };
	char mount[256];

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		const struct mount_op *op;
		size_t n = 0;

		(void)snprintf(mount, sizeof(mount),
		               "{\"destination\":\"/a\",\"type\":\"x\",\"options\":[\"%s\",\"ro\"]}", rows[i].entry);
		op = one(&m, mount);
		for (; n < array_len(rows[i].data) && rows[i].data[n] != NULL; n++)
			assert_string_equal(n < op->n_data ? op->data[n] : "none", rows[i].data[n]);
		assert_int_equal(op->n_data, n);
		assert_int_equal(op->attr_set & MOUNT_ATTR_RDONLY, MOUNT_ATTR_RDONLY);
		drop(&m);
	}
}

static void test_destinations(void **state)
{
	struct made m = { 0 };

	(void)state;
	assert_string_equal(one(&m, "{\"destination\":\"tmp/x\",\"type\":\"tmpfs\"}")->dst, "/tmp/x");
	drop(&m);
	assert_string_equal(one(&m, "{\"destination\":\"//tmp/./a/../x/\",\"type\":\"tmpfs\"}")->dst, "/tmp/x");
	drop(&m);
	assert_string_equal(one(&m, "{\"destination\":\"/bundle/rootfs/mnt\",\"type\":\"tmpfs\"}")->dst, "/mnt");
	drop(&m);
	assert_true(one(&m, "{\"destination\":\"/proc\",\"type\":\"proc\"}")->real_dir);
	drop(&m);
	assert_true(one(&m, "{\"destination\":\"/sys\",\"source\":\"/sys\",\"options\":[\"rbind\"]}")->real_dir);
	drop(&m);
	assert_false(one(&m, "{\"destination\":\"/proc/uptime\",\"source\":\"/x\",\"options\":[\"bind\"]}")->real_dir);
	drop(&m);
}

static void test_changes(void **state)
{
	struct made m = { 0 };
	const struct mount_op *op = one(&m, "{\"destination\":\"/a\",\"options\":[\"rshared\",\"slave\"]}");

	(void)state;
	assert_int_equal(op->kind, MOUNT_CHANGE);
	assert_false(op->reconfigure);
	assert_int_equal(op->n_propagation, 2);
	drop(&m);
	op = one(&m, "{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"remount\",\"size=1m\"]}");
	assert_int_equal(op->kind, MOUNT_CHANGE);
	assert_true(op->reconfigure);
	assert_int_equal(op->n_data, 1);
	drop(&m);
	op = one(&m, "{\"destination\":\"/a\",\"options\":[\"remount\",\"bind\",\"ro\"]}");
	assert_int_equal(op->kind, MOUNT_CHANGE);
	assert_false(op->reconfigure);
	assert_int_equal(op->attr_set, MOUNT_ATTR_RDONLY);
	assert_int_equal(op->attr_drop, 0);
	drop(&m);
}

static void test_idmaps(void **state)
{
	static const char userns[] = "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"}],"
				     "\"uidMappings\":[{\"containerID\":0,\"hostID\":100000,\"size\":65536}],"
				     "\"gidMappings\":[{\"containerID\":0,\"hostID\":200000,\"size\":65536}]";
	struct made m = { 0 };
	const struct mount_op *op =
		one(&m, "{\"destination\":\"/a\",\"source\":\"/s\",\"options\":[\"rbind\",\"ridmap\"],"
	                "\"uidMappings\":[{\"containerID\":1,\"hostID\":2,\"size\":3}],"
	                "\"gidMappings\":[{\"containerID\":4,\"hostID\":5,\"size\":6}]}");

	(void)state;
	assert_true(op->idmap.set && op->idmap.recursive);
	assert_int_equal(op->idmap.n_uids, 1);
	assert_int_equal(op->idmap.uids[0].inside, 1);
	assert_int_equal(op->idmap.gids[0].outside, 5);
	drop(&m);
	made(&m, ONE("{\"destination\":\"/a\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap\"]}"), userns);
	op = &m.p.fs.mounts[0];
	assert_true(op->idmap.set && !op->idmap.recursive);
	assert_int_equal(op->idmap.uids[0].outside, 100000);
	assert_int_equal(op->idmap.gids[0].outside, 200000);
	assert_true(m.p.fs.bind_nodes);
	drop(&m);
	made(&m,
	     ONE("{\"destination\":\"/a\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap=uids=0-1-10#20-30-40;gids=@5-6-7\"]}"),
	     userns);
	op = &m.p.fs.mounts[0];
	assert_int_equal(op->idmap.n_uids, 2);
	assert_int_equal(op->idmap.uids[1].outside, 30);
	assert_int_equal(op->idmap.gids[0].inside, 5);
	assert_int_equal(op->idmap.gids[0].outside, 200006);
	assert_int_equal(op->idmap.gids[0].count, 7);
	drop(&m);
	made(&m, ONE("{\"destination\":\"/a\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap\"]}"),
	     "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\",\"path\":\"/proc/7/ns/user\"}]");
	assert_string_equal(m.p.fs.mounts[0].idmap.userns, "/proc/7/ns/user");
	drop(&m);
}

static void test_cgroup_v2(void **state)
{
	struct made m = { .intent.facts.cgroups = &unified };
	const struct mount_op *op =
		one(&m, "{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\",\"source\":\"cgroup\","
	                "\"options\":[\"nosuid\",\"ro\"]}");

	(void)state;
	assert_string_equal(op->fstype, "cgroup2");
	assert_string_equal(op->else_bind, "/sys/fs/cgroup");
	assert_int_equal(op->attr_set, MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY);
	assert_false(op->late_ro);
	drop(&m);
}

static void test_a_leaf_needs_a_group_that_can_be_written(void **state)
{
	static const struct leaf_row {
		struct cg_layout *host;
		const char *namespaces, *option;
		enum err_kind kind; /* ERR_OTHER: taken */
	} rows[] = {
		{ &unified, "{\"type\":\"mount\"},{\"type\":\"cgroup\"}", "nosuid", ERR_OTHER },
		{ &unified, "{\"type\":\"mount\"},{\"type\":\"cgroup\"}", "ro", ERR_CONFIG },
		{ &unified, "{\"type\":\"mount\"}", "nosuid", ERR_CONFIG },
		{ &unified, "{\"type\":\"mount\"},{\"type\":\"cgroup\",\"path\":\"/x\"}", "nosuid", ERR_CONFIG },
		{ &hybrid, "{\"type\":\"mount\"},{\"type\":\"cgroup\"}", "nosuid", ERR_HOST },
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct made m = { .intent.facts.cgroups = rows[i].host, .intent.place = &place };
		char top[512], lin[256];

		snprintf(
			top, sizeof(top),
			"\"mounts\":[{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\",\"source\":\"cgroup\",\"options\":[\"%s\"]}],",
			rows[i].option);
		snprintf(lin, sizeof(lin), "\"namespaces\":[%s]", rows[i].namespaces);
		made(&m, top, lin);
		m.p.cgroup.place = &place;
		m.p.asked.leaf = "init";
		assert_int_equal(mounts_give_group(&m.p, &m.e), rows[i].kind == ERR_OTHER ? 0 : -1);
		assert_int_equal(m.e.kind, rows[i].kind);
		drop(&m);
	}
}

static void test_cgroup_v1_tree(void **state)
{
	struct made m = { .intent = { .facts.cgroups = &hybrid, .place = &place } };
	const struct plan_fs *fs = &m.p.fs;

	(void)state;
	made(&m,
	     ONE("{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\",\"options\":[\"nosuid\",\"relatime\",\"ro\"]}"),
	     MOUNT_NS);
	assert_int_equal(fs->n_mounts, 5);
	assert_string_equal(fs->mounts[0].fstype, "tmpfs");
	assert_true(fs->mounts[0].late_ro);
	assert_int_equal(fs->mounts[1].kind, MOUNT_BIND);
	assert_string_equal(fs->mounts[1].dst, "/sys/fs/cgroup/memory");
	assert_string_equal(fs->mounts[1].source, "/sys/fs/cgroup/memory/user/c1");
	assert_true((fs->mounts[1].attr_set & MOUNT_ATTR_RDONLY) != 0);
	assert_string_equal(fs->mounts[2].dst, "/sys/fs/cgroup/cpu,cpuacct");
	assert_string_equal(fs->mounts[4].source, "/sys/fs/cgroup/unified/c1");
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(fs->mounts[i].pointer, "/mounts/0");
	/* the default links, then those of joined controllers */
	assert_int_equal(fs->n_links, 6 + 2);
	assert_string_equal(fs->links[6].path, "/sys/fs/cgroup/cpu");
	assert_string_equal(fs->links[6].target, "cpu,cpuacct");
	assert_string_equal(fs->links[7].path, "/sys/fs/cgroup/cpuacct");
	drop(&m);
}

static void test_sysfs_of_a_shared_network(void **state)
{
	static const char map[] = "\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":9}],"
				  "\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":9}]";
	struct made m = { 0 };
	char lin[512];

	(void)state;
	snprintf(lin, sizeof(lin), "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"}],%s", map);
	made(&m, ONE("{\"destination\":\"/sys\",\"type\":\"sysfs\"}"), lin);
	assert_string_equal(m.p.fs.mounts[0].else_bind, "/sys");
	drop(&m);
	snprintf(lin, sizeof(lin),
	         "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"},{\"type\":\"network\"}],%s", map);
	made(&m, ONE("{\"destination\":\"/sys\",\"type\":\"sysfs\"}"), lin);
	assert_null(m.p.fs.mounts[0].else_bind);
	drop(&m);
}

/* What shows a namespace needs one that the container's user namespace owns. */
static void test_owners_of_what_is_shown(void **state)
{
	static const struct {
		const char *mount, *others, *says; /* says NULL: no complaint */
	} rows[] = {
		{ "{\"destination\":\"/q\",\"type\":\"mqueue\"}", "", "needs a new ipc namespace" },
		{ "{\"destination\":\"/q\",\"type\":\"mqueue\"}", ",{\"type\":\"ipc\"}", NULL },
		{ "{\"destination\":\"/q\",\"type\":\"mqueue\"}", ",{\"type\":\"ipc\",\"path\":\"/x\"}",
		  "needs a new ipc namespace" },
		{ "{\"destination\":\"/proc\",\"type\":\"proc\"}", ",{\"type\":\"pid\",\"path\":\"/x\"}",
		  "cannot show a pid namespace that is joined by path" },
		{ "{\"destination\":\"/proc\",\"type\":\"proc\"}", ",{\"type\":\"pid\"}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct made m = { 0 };
		char top[256], lin[512];

		snprintf(top, sizeof(top), "\"mounts\":[%s],", rows[i].mount);
		snprintf(lin, sizeof(lin),
		         "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"}%s],"
		         "\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":9}],"
		         "\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":9}]",
		         rows[i].others);
		make(&m, top, lin);
		assert_int_equal(m.r, rows[i].says == NULL ? 0 : -1);
		if (rows[i].says != NULL) {
			assert_string_equal(m.e.pointer, "/mounts/0");
			assert_non_null(strstr(m.e.text, rows[i].says));
		}
		drop(&m);
	}
}

static void test_a_remount_makes_writable_again(void **state)
{
	static const char ro[] = "{\"destination\":\"/t\",\"type\":\"tmpfs\",\"options\":[\"ro\"]},";
	static const struct {
		const char *options;
		bool late;
	} rows[] = {
		{ "\"remount\"", false },
		{ "\"remount\",\"ro\"", true },
		{ "\"remount\",\"bind\",\"rw\"", false },
		{ "\"remount\",\"bind\",\"nodev\"", true },
		{ "\"private\"", true },
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct made m = { 0 };
		char top[512];

		snprintf(top, sizeof(top), "\"mounts\":[%s{\"destination\":\"/t\",\"options\":[%s]}],", ro,
		         rows[i].options);
		made(&m, top, MOUNT_NS);
		assert_int_equal(m.p.fs.mounts[0].late_ro, rows[i].late);
		drop(&m);
	}
}

static void test_labels(void **state)
{
	struct made m = { .intent.facts.selinux = true };

	(void)state;
	made(&m, ONE("{\"destination\":\"/t\",\"type\":\"tmpfs\"},{\"destination\":\"/proc\",\"type\":\"proc\"}"),
	     MOUNT_NS ",\"mountLabel\":\"a:b:c:s0:c1,c2\"");
	assert_int_equal(m.p.fs.mounts[0].n_data, 1);
	assert_string_equal(m.p.fs.mounts[0].data[0], "context=a:b:c:s0:c1,c2");
	assert_int_equal(m.p.fs.mounts[1].n_data, 0);
	drop(&m);
	made(&m, ONE("{\"destination\":\"/t\",\"type\":\"tmpfs\"}"), MOUNT_NS ",\"mountLabel\":\"\"");
	assert_null(m.p.fs.mount_label);
	drop(&m);
	make(&m, ONE("{\"destination\":\"/t\",\"type\":\"tmpfs\"}"), MOUNT_NS ",\"mountLabel\":\"a:b:c:s0\"");
	assert_int_equal(m.r, -1);
	assert_int_equal(m.e.kind, ERR_HOST);
	assert_string_equal(m.e.pointer, "/linux/mountLabel");
	assert_non_null(strstr(m.e.text, "SELinux is not active on this host"));
	drop(&m);
}

/* The tmpfs that holds the hierarchies of cgroup v1, too. */
static void test_the_kind_of_a_label_is_the_annotation_s_for_each_new_file_system(void **state)
{
	struct made m = { .intent.facts = { .selinux = true, .cgroups = &hybrid } };

	(void)state;
	made(&m,
	     "\"annotations\":{\"run.oci.mount_context_type\":\"fscontext\"}," ONE(
		     "{\"destination\":\"/t\",\"type\":\"tmpfs\"},{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\"}"),
	     MOUNT_NS ",\"mountLabel\":\"a:b:c:s0\"");
	assert_string_equal(m.p.fs.mounts[0].data[0], "fscontext=a:b:c:s0");
	assert_string_equal(m.p.fs.mounts[1].fstype, "tmpfs");
	assert_string_equal(m.p.fs.mounts[1].data[1], "fscontext=a:b:c:s0");
	drop(&m);
}

static void test_paths(void **state)
{
	struct made m = { 0 };

	(void)state;
	made(&m, "", MOUNT_NS ",\"maskedPaths\":[\"/a\",\"/b/../a\",\"/a/\",\"/c\"],\"readonlyPaths\":[\"/proc/sys\"]");
	assert_int_equal(m.p.fs.n_masked, 2);
	assert_string_equal(m.p.fs.masked[1].path, "/c");
	assert_string_equal(m.p.fs.masked[1].pointer, "/linux/maskedPaths/3");
	assert_int_equal(m.p.fs.n_readonly, 1);
	drop(&m);
}

static const struct plan_node *node(const struct made *m, const char *path)
{
	for (size_t i = 0; i < m->p.fs.n_nodes; i++)
		if (strcmp(m->p.fs.nodes[i].path, path) == 0)
			return &m->p.fs.nodes[i];
	return NULL;
}

static void test_default_devices(void **state)
{
	struct made m = { 0 };

	(void)state;
	made(&m, "", MOUNT_NS);
	assert_int_equal(m.p.fs.n_nodes, 6);
	assert_int_equal(m.p.fs.n_links, 6);
	assert_int_equal(node(&m, "/dev/full")->minor, 7);
	assert_int_equal(node(&m, "/dev/full")->mode, S_IFCHR | 0666);
	assert_string_equal(m.p.fs.links[0].path, "/dev/ptmx");
	assert_false(m.p.fs.links[0].keep);
	drop(&m);
}

static void test_asked_devices(void **state)
{
	struct made m = { 0 };

	(void)state;
	made(&m, "",
	     MOUNT_NS
	     ",\"devices\":["
	     "{\"path\":\"/dev/fuse\",\"type\":\"c\",\"major\":10,\"minor\":229,\"fileMode\":8630,\"uid\":3,\"gid\":4},"
	     "{\"path\":\"/dev/b\",\"type\":\"b\",\"major\":8,\"minor\":0},"
	     "{\"path\":\"/dev/u\",\"type\":\"u\",\"major\":9,\"minor\":1},"
	     "{\"path\":\"/run/fifo\",\"type\":\"p\",\"fileMode\":384},"
	     "{\"path\":\"/dev/tty\",\"type\":\"c\",\"major\":5,\"minor\":0,\"fileMode\":432},"
	     "{\"path\":\"/dev/random\",\"type\":\"c\",\"major\":1,\"minor\":9},"
	     "{\"path\":\"/dev/ptmx\",\"type\":\"c\",\"major\":5,\"minor\":2},"
	     "{\"path\":\"/dev/b\",\"type\":\"b\",\"major\":8,\"minor\":0,\"uid\":9}]");
	assert_int_equal(m.p.fs.n_nodes, 6 + 4);
	assert_int_equal(node(&m, "/dev/fuse")->mode, S_IFCHR | 0666);
	assert_int_equal(node(&m, "/dev/fuse")->uid, 3);
	assert_int_equal(node(&m, "/dev/b")->mode, S_IFBLK | 0666);
	assert_int_equal(node(&m, "/dev/b")->uid, 9);
	assert_int_equal(node(&m, "/dev/u")->mode, S_IFCHR | 0666);
	assert_int_equal(node(&m, "/run/fifo")->mode, S_IFIFO | 0600);
	assert_int_equal(node(&m, "/dev/tty")->mode, S_IFCHR | 0660);
	assert_int_equal(node(&m, "/dev/random")->minor, 9);
	assert_null(node(&m, "/dev/ptmx"));
	drop(&m);
}

static void test_nothing_is_made_in_the_hosts_dev(void **state)
{
	struct made m = { 0 };

	(void)state;
	made(&m, ONE("{\"destination\":\"/dev\",\"source\":\"/dev\",\"options\":[\"rbind\"]}"),
	     MOUNT_NS ",\"devices\":[{\"path\":\"/dev/b\",\"type\":\"b\",\"major\":8,\"minor\":0},"
	              "{\"path\":\"/run/fifo\",\"type\":\"p\"}]");
	assert_int_equal(m.p.fs.n_nodes, 1);
	assert_string_equal(m.p.fs.nodes[0].path, "/run/fifo");
	assert_int_equal(m.p.fs.n_links, 0);
	drop(&m);
}

static void test_without_a_mount_namespace(void **state)
{
	struct made m = { 0 };

	(void)state;
	made(&m, "", "\"namespaces\":[{\"type\":\"pid\"}]");
	drop(&m);
	made(&m, ONE("{\"destination\":\"/t\",\"type\":\"tmpfs\"}"),
	     "\"namespaces\":[{\"type\":\"mount\",\"path\":\"/proc/7/ns/mnt\"}]");
	drop(&m);
	made(&m, ONE("{\"destination\":\"/t\",\"type\":\"tmpfs\"}"),
	     "\"maskedPaths\":[\"/a\"],\"rootfsPropagation\":\"slave\"");
	drop(&m);
}

/* What is refused: where the error points and what it says. */
static const struct {
	const char *top, *lin, *pointer, *text;
} refusals[] = {
	{ "\"root\":{\"path\":\"\"},", MOUNT_NS, "/root/path", "empty" },
	{ ONE("{\"destination\":\"\",\"type\":\"tmpfs\"}"), MOUNT_NS, "/mounts/0", "empty" },
	{ ONE("{\"destination\":\"/\",\"type\":\"tmpfs\"}"), MOUNT_NS, "/mounts/0", "root file system itself" },
	{ ONE("{\"destination\":\"/a/..\",\"type\":\"tmpfs\"}"), MOUNT_NS, "/mounts/0", "root file system itself" },
	{ ONE("{\"destination\":\".\",\"type\":\"tmpfs\"}"), MOUNT_NS, "/mounts/0", "root file system itself" },
	{ ONE("{\"destination\":\"/bundle/rootfs\",\"type\":\"tmpfs\"}"), MOUNT_NS, "/mounts/0",
	  "root file system itself" },
	{ ONE("{\"destination\":\"/t\"}"), MOUNT_NS, "/mounts/0", "no type" },
	{ ONE("{\"destination\":\"/t\",\"type\":\"none\",\"source\":\"/s\"}"), MOUNT_NS, "/mounts/0", "no type" },
	{ ONE("{\"destination\":\"/t\",\"options\":[\"bind\"]}"), MOUNT_NS, "/mounts/0", "without a source" },
	{ ONE("{\"destination\":\"/t\",\"source\":\"\",\"options\":[\"rbind\"]}"), MOUNT_NS, "/mounts/0",
	  "without a source" },
	{ ONE("{\"destination\":\"/t\",\"source\":\"/s\",\"options\":[\"bind\",\"nosiud\"]}"), MOUNT_NS, "/mounts/0",
	  "did you mean \"nosuid\"?" },
	{ ONE("{\"destination\":\"/t\",\"source\":\"/s\",\"options\":[\"bind\",\"grpquota\"]}"), MOUNT_NS, "/mounts/0",
	  "\"grpquota\" is unknown for a bind" },
	{ ONE("{\"destination\":\"/t\",\"source\":\"/s\",\"options\":[\"bind\",\"tmpcopyup\"]}"), MOUNT_NS, "/mounts/0",
	  "tmpcopyup" },
	{ ONE("{\"destination\":\"/t\",\"type\":\"proc\",\"options\":[\"tmpcopyup\"]}"), MOUNT_NS, "/mounts/0",
	  "tmpcopyup" },
	{ ONE("{\"destination\":\"/t\",\"type\":\"tmpfs\",\"options\":[\"copy-symlink\"]}"), MOUNT_NS, "/mounts/0",
	  "copy-symlink" },
	{ ONE("{\"destination\":\"/t\",\"options\":[\"private\",\"slave\",\"shared\",\"slave\",\"shared\"]}"), MOUNT_NS,
	  "/mounts/0", "propagation" },
	{ ONE("{\"destination\":\"/proc\",\"type\":\"tmpfs\"}"), MOUNT_NS, "/mounts/0", "not of type proc" },
	{ ONE("{\"destination\":\"/proc/sys\",\"source\":\"/s\",\"options\":[\"bind\"]}"), MOUNT_NS, "/mounts/0",
	  "inside /proc" },
	{ ONE("{\"destination\":\"/x/../proc/self\",\"type\":\"tmpfs\"}"), MOUNT_NS, "/mounts/0", "inside /proc" },
	{ ONE("{\"destination\":\"/t\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap\"]}"), MOUNT_NS, "/mounts/0",
	  "no user namespace" },
	{ ONE("{\"destination\":\"/t\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap=uids=1\"]}"), MOUNT_NS,
	  "/mounts/0", "idmap=uids=1" },
	{ ONE("{\"destination\":\"/t\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap=uids=0-4294967295-2;gids=0-0-1\"]}"),
	  MOUNT_NS, "/mounts/0", "gids=0-0-1: the mapping runs past the last id" },
	{ ONE("{\"destination\":\"/t\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap=gids=0-0-1;uids=0-0-5#3-9-9\"]}"),
	  MOUNT_NS, "/mounts/0", "its ids in the container overlap with those of row 0" },
	{ ONE("{\"destination\":\"/t\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap=gids=0-0-1;uids=0-0-0\"]}"),
	  MOUNT_NS, "/mounts/0", "a mapping of size 0" },
	{ ONE("{\"destination\":\"/t\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap=uids=;gids=0-0-1\"]}"), MOUNT_NS,
	  "/mounts/0", "cannot read its option" },
	{ ONE("{\"destination\":\"/t\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap=uids=0-0-1\"]}"), MOUNT_NS,
	  "/mounts/0", "idmap=" },
	{ ONE("{\"destination\":\"/t\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap=uids=0#0-1;gids=0-0-1\"]}"),
	  MOUNT_NS, "/mounts/0", "cannot read its option" },
	{ ONE("{\"destination\":\"/t\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap=uids=0000000000000000-0-1;gids=0-0-1\"]}"),
	  MOUNT_NS, "/mounts/0", "cannot read its option" },
	{ ONE("{\"destination\":\"/t\",\"source\":\"/s\",\"options\":[\"bind\"],"
	      "\"uidMappings\":[{\"containerID\":1,\"hostID\":2,\"size\":3}]}"),
	  MOUNT_NS, "/mounts/0", "uidMappings without gidMappings" },
	{ ONE("{\"destination\":\"/t\",\"source\":\"/s\",\"options\":[\"bind\"],"
	      "\"uidMappings\":[{\"containerID\":1,\"hostID\":2,\"size\":0}],"
	      "\"gidMappings\":[{\"containerID\":1,\"hostID\":2,\"size\":3}]}"),
	  MOUNT_NS, "/mounts/0/uidMappings/0", "size 0" },
	{ "", MOUNT_NS ",\"maskedPaths\":[\"/a\",\"proc/kcore\"]", "/linux/maskedPaths/1", "not an absolute path" },
	{ "", MOUNT_NS ",\"readonlyPaths\":[\"\"]", "/linux/readonlyPaths/0", "not an absolute path" },
	{ "", MOUNT_NS ",\"maskedPaths\":[\"/a/..\"]", "/linux/maskedPaths/0", "root file system itself" },
	{ "", MOUNT_NS ",\"devices\":[{\"path\":\"dev/x\",\"type\":\"p\"}]", "/linux/devices/0", "not absolute" },
	{ "", MOUNT_NS ",\"devices\":[{\"path\":\"/dev\",\"type\":\"p\"}]", "/linux/devices/0", "cannot be a device" },
	{ "", MOUNT_NS ",\"devices\":[{\"path\":\"/dev/x\",\"type\":\"c\",\"major\":1}]", "/linux/devices/0",
	  "no minor" },
	{ "", MOUNT_NS ",\"devices\":[{\"path\":\"/dev/x\",\"type\":\"c\",\"major\":4096,\"minor\":0}]",
	  "/linux/devices/0", "0 .. 4095" },
	{ "", MOUNT_NS ",\"devices\":[{\"path\":\"/dev/x\",\"type\":\"b\",\"major\":1,\"minor\":-1}]",
	  "/linux/devices/0", "0 .. 1048575" },
	{ "",
	  MOUNT_NS ",\"devices\":[{\"path\":\"/dev/x\",\"type\":\"b\",\"major\":1,\"minor\":1},"
	           "{\"path\":\"/dev/x\",\"type\":\"c\",\"major\":1,\"minor\":1}]",
	  "/linux/devices/1", "/linux/devices/0" },
	{ "", MOUNT_NS ",\"devices\":[{\"path\":\"/dev/ptmx\",\"type\":\"c\",\"major\":1,\"minor\":1}]",
	  "/linux/devices/0", "/dev/ptmx" },
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(refusals); i++) {
		struct made m = { 0 };

		make(&m, refusals[i].top, refusals[i].lin);
		if (m.r == 0)
			fail_msg("row %zu (%s) was let pass", i, refusals[i].text);
		assert_string_equal(m.e.pointer, refusals[i].pointer);
		if (strstr(m.e.text, refusals[i].text) == NULL)
			fail_msg("row %zu says \"%s\", not \"%s\"", i, m.e.text, refusals[i].text);
		assert_int_equal(m.e.kind, ERR_CONFIG);
		drop(&m);
	}
}

/* The path in place of %s. */
static void put_text(struct buf *to, const char *text, const char *path)
{
	const char *at = strstr(text, "%s");

	buf_put(to, text, at != NULL ? (size_t)(at - text) : strlen(text));
	if (at == NULL)
		return;
	buf_puts(to, path);
	buf_puts(to, at + 2);
}

static void test_paths_that_no_kernel_takes_are_refused(void **state)
{
	static const struct {
		const char *top, *lin, *pointer; /* %s is such a path */
	} rows[] = {
		{ "\"root\":{\"path\":\"%s\"},", MOUNT_NS, "/root/path" },
		{ ONE("{\"destination\":\"%s\",\"type\":\"tmpfs\"}"), MOUNT_NS, "/mounts/0" },
		{ "", MOUNT_NS ",\"maskedPaths\":[\"%s\"]", "/linux/maskedPaths/0" },
		{ "", MOUNT_NS ",\"devices\":[{\"path\":\"%s\",\"type\":\"p\"}]", "/linux/devices/0" },
	};
	char path[4097];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	for (size_t i = 0; i < sizeof(path) - 1; i += 100)
		path[i] = '/';
	for (size_t i = 0; i < array_len(rows); i++) {
		struct made m = { 0 };
		auto_buf struct buf top = { 0 }, lin = { 0 };

		put_text(&top, rows[i].top, path);
		put_text(&lin, rows[i].lin, path);
		make(&m, buf_text(&top), buf_text(&lin));
		assert_int_equal(m.r, -1);
		assert_string_equal(m.e.pointer, rows[i].pointer);
		assert_non_null(strstr(m.e.text, "longer than 4096 bytes"));
		drop(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_tmpfs),
		cmocka_unit_test(test_binds),
		cmocka_unit_test(test_what_a_bind_shares_with_its_source_is_warned_about),
		cmocka_unit_test(test_an_entry_may_hold_several_options),
		cmocka_unit_test(test_destinations),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_idmaps),
		cmocka_unit_test(test_cgroup_v2),
		cmocka_unit_test(test_a_leaf_needs_a_group_that_can_be_written),
		cmocka_unit_test(test_cgroup_v1_tree),
		cmocka_unit_test(test_sysfs_of_a_shared_network),
		cmocka_unit_test(test_owners_of_what_is_shown),
		cmocka_unit_test(test_a_remount_makes_writable_again),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_the_kind_of_a_label_is_the_annotation_s_for_each_new_file_system),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_default_devices),
		cmocka_unit_test(test_asked_devices),
		cmocka_unit_test(test_nothing_is_made_in_the_hosts_dev),
		cmocka_unit_test(test_without_a_mount_namespace),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_paths_that_no_kernel_takes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
