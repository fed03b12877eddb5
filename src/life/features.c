/* SPDX-License-Identifier: Apache-2.0
 *
 * features - what this build can do, out of the tables that do it
 *
 * features.md, features-linux.md: nothing here depends on the host but for the annotation that names its libseccomp. What is not
 * done yet says so.
 */
#include "life/verbs.h"

#include <string.h>

#include "base/buf.h"
#include "kernel/caps.h"
#include "kernel/mount_words.h"
#include "kernel/seccomp.h"
#include "libocispec/oci_config.h"

#ifdef HAVE_SECCOMP
#define BUILT_WITH_SECCOMP true
#else
#define BUILT_WITH_SECCOMP false
#endif

static const char *const hooks[] = { "prestart",       "createRuntime", "createContainer",
	                             "startContainer", "poststart",     "poststop" };

static const enum oci_ns namespaces[] = { OCI_NS_WORDS(JSON_ENUMERATOR) };
static const enum oci_act actions[] = { OCI_ACT_WORDS(JSON_ENUMERATOR) };
static const enum oci_cmp operators[] = { OCI_CMP_WORDS(JSON_ENUMERATOR) };
static const enum oci_arch archs[] = { OCI_ARCH_WORDS(JSON_ENUMERATOR) };
static const enum oci_filter_flag flags[] = { OCI_FILTER_FLAG_WORDS(JSON_ENUMERATOR) };

static const enum oci_mpol policies[] = { OCI_MPOL_WORDS(JSON_ENUMERATOR) };
static const enum oci_mpol_flag policy_flags[] = { OCI_MPOL_FLAG_WORDS(JSON_ENUMERATOR) };

/* Annotations of config.json that change what is done; one that ends in a dot is the beginning of names (features.md). */
static const char *const unsafe_annotations[] = { "org.criu.config", "org.ocirt.", "org.systemd.property.",
	                                          "run.oci." };

/* What there is beside the specification and runc's command line; ocirt-features(8) says what each is. */
static const char extensions[] =
	"cgroup-leaf,check,doctor,error-record,exec-limits,gc,hook-log,inspect,landlock,mounts,plan,top,trace";

static struct oci_features_cgroup cgroup(void)
{
	return (struct oci_features_cgroup){
		.v1 = { true, true },
		.v2 = { true, true },
		.systemd = { true, true },
		.systemd_user = { true, true },
		.rdma = { true, true },
	};
}

static struct oci_features_seccomp seccomp(void)
{
	if (!BUILT_WITH_SECCOMP)
		return (struct oci_features_seccomp){ .enabled = { true, false } };
	return (struct oci_features_seccomp){
		.enabled = { true, true },
		.actions = JSON_ALL(actions),
		.operators = JSON_ALL(operators),
		.archs = JSON_ALL(archs),
		.known_flags = JSON_ALL(flags),
		.supported_flags = JSON_ALL(flags),
	};
}

static bool capabilities(struct vec_str *to, struct arena *a)
{
	to->items = arena_alloc(a, CAPS_KNOWN * sizeof(*to->items));
	to->set = true;
	for (; to->items != NULL && to->n < CAPS_KNOWN; to->n++)
		to->items[to->n] = caps_name((unsigned int)to->n);
	return to->items != NULL;
}

static bool mount_options(struct vec_str *to, struct arena *a)
{
	size_t n;
	const struct mount_word *words = mount_words(&n);

	to->items = arena_alloc(a, n * sizeof(*to->items));
	to->set = true;
	for (size_t i = 0; to->items != NULL && i < n; i++)
		if (!words[i].hidden)
			to->items[to->n++] = words[i].name;
	return to->items != NULL;
}

static bool annotate(struct map_str *to, const char *key, const char *value)
{
	to->items[to->n++] = (struct key_value){ key, value };
	to->set = true;
	return value != NULL;
}

static const char *library_version(struct arena *a)
{
	auto_buf struct buf text = { 0 };
	unsigned int v[3];

	if (!seccomp_library_version(v))
		return "none";
	buf_printf(&text, "%u.%u.%u", v[0], v[1], v[2]);
	return buf_text(&text) != NULL ? arena_strndup(a, text.data, text.len) : NULL;
}

static bool annotations(struct map_str *to, const struct features_options *o, struct arena *a)
{
	enum { MOST = 6 };

	to->items = arena_alloc(a, MOST * sizeof(*to->items));
	if (to->items == NULL)
		return false;
	if (BUILT_WITH_SECCOMP && !annotate(to, "io.github.seccomp.libseccomp.version", library_version(a)))
		return false;
	return annotate(to, "org.ocirt.extensions", extensions) && annotate(to, "run.oci.ocirt.version", o->version) &&
	       annotate(to, "run.oci.ocirt.commit", o->commit) &&
	       annotate(to, "run.oci.ocirt.checkpoint.enabled", "true") &&
	       annotate(to, "org.opencontainers.runc.checkpoint.enabled", "true"); /* what engines look for */
}

/* The parts of the document that are objects, in one piece of memory. */
struct parts {
	struct oci_features_linux linux_part;
	struct oci_features_cgroup cgroup;
	struct oci_features_seccomp seccomp;
	struct oci_features_enabled yes, no;
	struct oci_features_intel_rdt rdt;
	struct oci_features_memory_policy memory_policy;
	struct oci_features_mount_extensions mounts;
};

int life_features(const struct features_options *o, struct arena *a, struct oci_features *out, struct err *e)
{
	struct parts *p = arena_alloc(a, sizeof(*p));

	if (p == NULL)
		return err_memory(e);
	p->yes.enabled = (struct opt_bool){ true, true };
	p->no.enabled = (struct opt_bool){ true, false };
	p->rdt = (struct oci_features_intel_rdt){ .enabled = { true, true },
		                                  .schemata = { true, true },
		                                  .monitoring = { true, true } };
	p->cgroup = cgroup();
	p->seccomp = seccomp();
	p->memory_policy =
		(struct oci_features_memory_policy){ .modes = JSON_ALL(policies), .flags = JSON_ALL(policy_flags) };
	p->mounts.idmap = &p->yes;
	p->linux_part = (struct oci_features_linux){
		.namespaces = JSON_ALL(namespaces),
		.cgroup = &p->cgroup,
		.seccomp = &p->seccomp,
		.apparmor = &p->yes,
		.selinux = &p->yes,
		.intel_rdt = &p->rdt,
		.memory_policy = &p->memory_policy,
		.mount_extensions = &p->mounts,
		.net_devices = &p->yes,
	};
	*out = (struct oci_features){
		.oci_version_min = OCI_VERSION_MIN,
		.oci_version_max = OCI_VERSION,
		.hooks = JSON_ALL(hooks),
		.potentially_unsafe_config_annotations = JSON_ALL(unsafe_annotations),
		.linux_ = &p->linux_part,
	};
	if (!capabilities(&p->linux_part.capabilities, a) || !mount_options(&out->mount_options, a) ||
	    !annotations(&out->annotations, o, a))
		return err_memory(e);
	return 0;
}
