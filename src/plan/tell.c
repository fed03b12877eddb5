/* SPDX-License-Identifier: Apache-2.0
 *
 * tell - a plan in words: one line for everything that would be done, in the order in which it would be
 */
#include "plan/tell.h"

#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "kernel/caps.h"
#include "kernel/ns.h"
#include "kernel/sys.h"
#include "plan/annotations.h"
#include "plan/pointer.h"
#include "plan/tell_mount.h"

/* What the functions below add lines to. */
struct teller {
	const struct plan *p;
	struct arena *a;
	struct plan_lines *out;
	const char *step;
	struct err *e;
	bool failed;
};

static void add(struct teller *t, const char *pointer, const struct buf *text)
{
	const char *copy = buf_text(text) != NULL ? arena_strndup(t->a, buf_text(text), text->len) : NULL;
	struct plan_line *line = arena_more(t->a, t->out->line, t->out->n, sizeof(*line));

	if (copy == NULL || line == NULL) {
		t->failed = true;
		return;
	}
	line[t->out->n] = (struct plan_line){ .step = t->step, .text = copy, .pointer = pointer };
	t->out->line = line;
	t->out->n++;
}

static void say(struct teller *t, const char *pointer, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void say(struct teller *t, const char *pointer, const char *fmt, ...)
{
	auto_buf struct buf text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	add(t, pointer, &text);
}

/* "PREFIX/N" in the arena. */
static const char *item(struct teller *t, const char *prefix, size_t i)
{
	const char *text = plan_string(t->a, t->e, "%s/%zu", prefix, i);

	t->failed |= text == NULL;
	return text;
}

/* --- control groups -------------------------------------------------------------------------------------------------- */

static void tell_groups(struct teller *t)
{
	const struct plan_cgroup *g = &t->p->cgroup;
	const char *asked =
		t->p->spec->linux_ != NULL && t->p->spec->linux_->cgroups_path != NULL ? "/linux/cgroupsPath" : NULL;

	for (size_t i = 0; g->place != NULL && i < g->place->n; i++)
		say(t, asked, "make %s%s (%s)", g->place->dir[i].mount, g->place->dir[i].path,
		    g->place->dir[i].unified ? "cgroup2" : g->place->dir[i].controllers);
	if (g->given != NULL)
		say(t, g->given, "give the control group to user %u", g->owner);
	for (size_t i = 0; i < g->settings.n_need; i++)
		say(t, NULL, "needs the controller %s", g->settings.need[i]);
	for (size_t i = 0; i < g->settings.n_writes; i++)
		say(t, g->settings.writes[i].pointer, "set %s to %s", g->settings.writes[i].file,
		    g->settings.writes[i].value);
}

static void put_number(struct buf *b, int64_t n)
{
	if (n < 0)
		buf_puts(b, "*");
	else
		buf_printf(b, "%lld", (long long)n);
}

/* device_rules.c puts one of ours first, then those of config.json, then our defaults. */
static const char *rule_pointer(struct teller *t, size_t i)
{
	const struct oci_linux *l = t->p->spec->linux_;
	size_t asked = l != NULL && l->resources != NULL ? l->resources->devices.n : 0;

	return i >= 1 && i <= asked ? item(t, "/linux/resources/devices", i - 1) : NULL;
}

static void tell_device_rules(struct teller *t)
{
	const struct cg_settings *s = &t->p->cgroup.settings;

	for (size_t i = 0; i < s->n_devices; i++) {
		const struct cg_device_rule *r = &s->devices[i];
		auto_buf struct buf text = { 0 };

		buf_printf(&text, "%s devices %c ", r->allow ? "allow" : "deny", r->type);
		put_number(&text, r->major);
		buf_puts(&text, ":");
		put_number(&text, r->minor);
		buf_printf(&text, " %s%s%s", r->r ? "r" : "", r->w ? "w" : "", r->m ? "m" : "");
		add(t, rule_pointer(t, i), &text);
	}
}

/* --- resctrl --------------------------------------------------------------------------------------------------------- */

static void tell_rdt(struct teller *t)
{
	static const char *const rules[] = {
		[RDT_MAKE] = "make", [RDT_MAKE_OR_COMPARE] = "make, or compare with,", [RDT_JOIN] = "join"
	};
	const struct rdt_group *g = t->p->rdt;

	if (g == NULL)
		return;
	say(t, "/linux/intelRdt", "%s the class of service %s", rules[g->rule], g->clos);
	for (size_t i = 0; i < g->n_compared; i++)
		say(t, g->compared[i][0] == 'M' ? "/linux/intelRdt/memBwSchema" : "/linux/intelRdt/l3CacheSchema",
		    "give it the schemata %s", g->compared[i]);
	for (size_t i = 0; i < g->n_schemata; i++)
		say(t, item(t, "/linux/intelRdt/schemata", i), "give it the schemata %s", g->schemata[i]);
	if (g->monitor != NULL)
		say(t, "/linux/intelRdt/enableMonitoring", "make the monitoring group %s", g->monitor);
}

/* --- namespaces ------------------------------------------------------------------------------------------------------ */

/* The pointer of the namespace of that kind in config.json. */
static const char *namespace_pointer(struct teller *t, const char *name)
{
	const struct oci_linux *l = t->p->spec->linux_;

	for (size_t i = 0; l != NULL && i < l->namespaces.n; i++)
		if (strcmp(json_word(&oci_ns_words, l->namespaces.items[i].type), name) == 0)
			return item(t, "/linux/namespaces", i);
	return NULL;
}

static void tell_map(struct teller *t, const struct plan_id_map *map, const char *what, const char *pointer)
{
	for (size_t i = 0; i < map->n; i++)
		say(t, item(t, pointer, i), "map %s %u of the container to %u, %u of them", what, map->rows[i].inside,
		    map->rows[i].outside, map->rows[i].count);
}

static void tell_offset(struct teller *t, const struct plan_time_offset *o, const char *clock, const char *pointer)
{
	if (o->set)
		say(t, pointer, "set the %s clock off by %lld s %u ns", clock, (long long)o->secs, o->nanosecs);
}

static void tell_namespaces(struct teller *t)
{
	const struct plan_namespaces *ns = &t->p->ns;
	const char *asked = t->p->asked.clocks != NULL ? "/annotations/run.oci.timens_offset" : NULL;

	for (size_t i = 0; i < ns->n_join; i++)
		say(t, ns->join[i].pointer, "join the %s namespace %s", ns->join[i].name, ns->join[i].path);
	for (size_t i = 0; i < NS_KINDS; i++)
		if ((ns->make & ns_kinds[i].flag) != 0)
			say(t, namespace_pointer(t, ns_kinds[i].name), "make a new %s namespace", ns_kinds[i].name);
	if ((ns->make & CLONE_NEWUSER) != 0) {
		tell_map(t, &ns->uid_map, "user", "/linux/uidMappings");
		tell_map(t, &ns->gid_map, "group", "/linux/gidMappings");
	}
	tell_offset(t, &ns->monotonic, "monotonic", asked != NULL ? asked : "/linux/timeOffsets/monotonic");
	tell_offset(t, &ns->boottime, "boottime", asked != NULL ? asked : "/linux/timeOffsets/boottime");
}

static void tell_network(struct teller *t)
{
	if (t->p->ns.lo_up)
		say(t, NULL, "bring up lo");
	for (size_t i = 0; i < t->p->n_netdevs; i++)
		say(t, t->p->netdevs[i].pointer, "move the network device %s here as %s", t->p->netdevs[i].name,
		    t->p->netdevs[i].new_name);
}

static void tell_names(struct teller *t)
{
	if (t->p->hostname != NULL)
		say(t, "/hostname", "set the hostname to %s", t->p->hostname);
	if (t->p->domainname != NULL)
		say(t, "/domainname", "set the domainname to %s", t->p->domainname);
}

/* --- file system ----------------------------------------------------------------------------------------------------- */

static void tell_rootfs(struct teller *t)
{
	if ((t->p->ns.make & CLONE_NEWNS) != 0)
		say(t, "/root/path", "bind %s on itself: the root", t->p->fs.root);
	else
		say(t, "/root/path", "open %s: the root", t->p->fs.root);
}

static void tell_mounts(struct teller *t)
{
	for (size_t i = 0; i < t->p->fs.n_mounts; i++) {
		auto_buf struct buf text = { 0 };

		tell_mount(&text, &t->p->fs.mounts[i]);
		add(t, t->p->fs.mounts[i].pointer, &text);
	}
}

static void tell_node(struct teller *t, const struct plan_node *d)
{
	auto_buf struct buf text = { 0 };

	buf_printf(&text, "make %s: ", d->path);
	if (S_ISFIFO(d->mode))
		buf_puts(&text, "fifo");
	else
		buf_printf(&text, "%c %u:%u", S_ISCHR(d->mode) ? 'c' : 'b', d->major, d->minor);
	buf_printf(&text, ", mode %04o, owner %u:%u", d->mode & 07777, d->uid, d->gid);
	add(t, d->pointer, &text);
}

static void tell_devices(struct teller *t)
{
	const struct plan_fs *fs = &t->p->fs;

	for (size_t i = 0; i < fs->n_nodes; i++) {
		const struct plan_node *d = &fs->nodes[i];

		if (fs->bind_nodes)
			say(t, d->pointer, "bind the host's %s", d->path);
		else
			tell_node(t, d);
	}
	for (size_t i = 0; i < fs->n_links; i++)
		say(t, NULL, "link %s to %s", fs->links[i].path, fs->links[i].target);
}

static void tell_terminal(struct teller *t)
{
	const struct plan_process *p = &t->p->process;

	if (t->p->has_process && p->terminal)
		say(t, "/process/terminal", "open a terminal in /dev/pts, also as /dev/console");
	if (t->p->has_process && p->terminal && p->rows + p->cols != 0)
		say(t, "/process/consoleSize", "give it %u rows and %u columns", p->rows, p->cols);
}

static void tell_protect(struct teller *t)
{
	const struct plan_fs *fs = &t->p->fs;

	for (size_t i = 0; i < fs->n_masked; i++)
		say(t, fs->masked[i].pointer, "mask %s", fs->masked[i].path);
	for (size_t i = 0; i < fs->n_readonly; i++)
		say(t, fs->readonly[i].pointer, "make %s read-only", fs->readonly[i].path);
	if (fs->root_readonly)
		say(t, "/root/readonly", "make the root read-only");
}

static void tell_pivot(struct teller *t)
{
	const struct oci_linux *l = t->p->spec->linux_;
	auto_buf struct buf text = { 0 };

	if ((t->p->ns.make & CLONE_NEWNS) == 0) {
		say(t, NULL, "chroot: the mount namespace is not the container's own");
		return;
	}
	say(t, NULL, t->p->fs.no_pivot ? "move the root to / and chroot" : "pivot_root");
	if (t->p->fs.propagation == 0)
		return;
	buf_puts(&text, "set the propagation of / to ");
	tell_propagation(&text, t->p->fs.propagation);
	add(t, l != NULL && l->rootfs_propagation != OCI_PROPAGATION_UNSET ? "/linux/rootfsPropagation" : NULL, &text);
}

/* --- process --------------------------------------------------------------------------------------------------------- */

static void tell_sysctls(struct teller *t)
{
	for (size_t i = 0; i < t->p->n_sysctls; i++)
		say(t, t->p->sysctls[i].pointer, "set %s to \"%s\"", t->p->sysctls[i].key, t->p->sysctls[i].value);
}

static void tell_limit(struct buf *b, rlim_t v)
{
	if (v == RLIM_INFINITY)
		buf_puts(b, "unlimited");
	else
		buf_printf(b, "%llu", (unsigned long long)v);
}

static void tell_rlimits(struct teller *t, const struct plan_process *p)
{
	for (size_t i = 0; i < p->n_rlimits; i++) {
		auto_buf struct buf text = { 0 };

		buf_printf(&text, "limit %s to ", p->rlimits[i].name);
		tell_limit(&text, p->rlimits[i].value.rlim_cur);
		buf_puts(&text, ", at most ");
		tell_limit(&text, p->rlimits[i].value.rlim_max);
		add(t, p->rlimits[i].pointer, &text);
	}
}

static void tell_memory_policy(struct teller *t)
{
	const struct oci_memory_policy *m = t->p->spec->linux_ != NULL ? t->p->spec->linux_->memory_policy : NULL;
	auto_buf struct buf text = { 0 };

	if (t->p->memory_policy == NULL || m == NULL)
		return;
	buf_printf(&text, "set the memory policy to %s", t->p->memory_policy->name);
	for (size_t i = 0; i < m->flags.n; i++)
		buf_printf(&text, " %s", json_word(&oci_mpol_flag_words, m->flags.items[i]));
	if (t->p->memory_policy->nodes != NULL)
		buf_printf(&text, ", nodes %s", m->nodes);
	add(t, "/linux/memoryPolicy", &text);
}

static void tell_early(struct teller *t)
{
	const struct plan_process *p = &t->p->process;

	if (!t->p->has_process)
		return;
	if (p->has_oom_score_adj)
		say(t, "/process/oomScoreAdj", "set oom_score_adj to %d", p->oom_score_adj);
	if (p->scheduler.set)
		say(t, "/process/scheduler", "schedule by %s, nice %d, priority %u", p->scheduler.name,
		    p->scheduler.nice, p->scheduler.priority);
	if (p->has_io_priority)
		say(t, "/process/ioPriority", "set the I/O priority to class %d, level %d", p->io_class,
		    p->io_priority);
	if (p->has_personality)
		say(t, "/linux/personality", "set the personality to 0x%lx", p->personality);
	tell_memory_policy(t);
	tell_rlimits(t, p);
}

static void tell_keyring(struct teller *t)
{
	if (t->p->has_process && t->p->process.keyring)
		say(t, NULL, "join a new session keyring");
}

static void tell_ids(struct teller *t, const struct plan_process *p)
{
	auto_buf struct buf text = { 0 };

	buf_printf(&text, "become user %u, group %u", p->uid, p->gid);
	for (size_t i = 0; i < p->n_groups; i++)
		buf_printf(&text, "%s%u", i == 0 ? ", additional groups " : " ", p->groups[i]);
	buf_printf(&text, ", umask %04o", p->umask);
	add(t, "/process/user", &text);
}

static void tell_caps(struct teller *t, const struct plan_caps *c)
{
	const struct {
		const char *name, *pointer;
		uint64_t set;
	} sets[] = {
		{ "bounding", "/process/capabilities/bounding", c->bounding },
		{ "permitted", "/process/capabilities/permitted", c->permitted },
		{ "effective", "/process/capabilities/effective", c->effective },
		{ "inheritable", "/process/capabilities/inheritable", c->inheritable },
		{ "ambient", "/process/capabilities/ambient", c->ambient },
	};
	char names[CAPS_TEXT_MAX];

	if (!c->set)
		say(t, NULL, "drop all capabilities");
	for (size_t i = 0; c->set && i < array_len(sets); i++)
		say(t, sets[i].set != 0 ? sets[i].pointer : "/process/capabilities", "set the %s capabilities to %s",
		    sets[i].name, sets[i].set != 0 ? caps_text(sets[i].set, names) : "none");
}

static void tell_seccomp(struct teller *t)
{
	const struct oci_seccomp *s = t->p->spec->linux_ != NULL ? t->p->spec->linux_->seccomp : NULL;

	if (t->p->seccomp != NULL && s != NULL)
		say(t, "/linux/seccomp", "filter system calls (rules: %zu, default: %s)", s->syscalls.n,
		    json_word(&oci_act_words, s->default_action));
}

/* What annotations ask for that no other line shows. */
static void tell_asked(struct teller *t)
{
	const struct plan_asked *asked = &t->p->asked;

	if (t->p->process.keep_groups)
		say(t, "/annotations/run.oci.keep_original_groups", "keep the supplementary groups of the caller");
	if (asked->hook_out != NULL)
		say(t, "/annotations/run.oci.hooks.stdout", "append the output of hooks to %s", asked->hook_out);
	if (asked->hook_err != NULL)
		say(t, "/annotations/run.oci.hooks.stderr", "append the errors of hooks to %s", asked->hook_err);
	if (asked->pidfd_receiver != NULL)
		say(t, "/annotations/run.oci.pidfd_receiver", "send a pidfd to %s", asked->pidfd_receiver);
	if (asked->subgroup != NULL)
		say(t, "/annotations/run.oci.systemd.subgroup", "go to the control group %s below", asked->subgroup);
	if (asked->delegate != NULL)
		say(t, "/annotations/run.oci.delegate-cgroup", "go to the control group %s below that and give it away",
		    asked->delegate);
	if (asked->leaf != NULL)
		say(t, "/annotations/" ANNOTATION_LEAF, "go to the control group %s below", asked->leaf);
	if (asked->landlock != NULL)
		say(t, "/annotations/" ANNOTATION_LANDLOCK, "confine the program by Landlock: %s", asked->landlock);
}

static void tell_identity(struct teller *t)
{
	const struct plan_process *p = &t->p->process;

	if (!t->p->has_process)
		return;
	say(t, "/process/cwd", "change to the directory %s", p->cwd);
	tell_ids(t, p);
	tell_caps(t, &p->caps);
	if (p->apparmor_profile != NULL)
		say(t, "/process/apparmorProfile", "take the AppArmor profile %s", p->apparmor_profile);
	if (p->selinux_label != NULL)
		say(t, "/process/selinuxLabel", "take the SELinux label %s", p->selinux_label);
	if (p->no_new_privs)
		say(t, "/process/noNewPrivileges", "give up new privileges");
	tell_seccomp(t);
	tell_asked(t);
}

/* --- hooks and the ends ---------------------------------------------------------------------------------------------- */

/* One word of a command, quoted where it is not plain. */
static void put_word(struct buf *b, const char *word)
{
	bool plain = *word != '\0' && strpbrk(word, " \t\n\"'\\$") == NULL;

	buf_puts(b, plain ? " " : " '");
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			buf_puts(b, "'\\''");
		else if (*word == '\n')
			buf_puts(b, "\\n");
		else
			buf_put(b, word, 1);
	}
	if (!plain)
		buf_puts(b, "'");
}

static void tell_hooks(struct teller *t, enum plan_hook_point point)
{
	const struct plan_hooks *h = &t->p->hooks[point];

	for (size_t i = 0; i < h->n; i++) {
		auto_buf struct buf text = { 0 };

		buf_printf(&text, "run %s", h->hook[i].path);
		for (size_t k = 1; h->hook[i].argv[k] != NULL; k++)
			put_word(&text, h->hook[i].argv[k]);
		if (h->hook[i].timeout_ms >= 0)
			buf_printf(&text, ", for at most %d s", h->hook[i].timeout_ms / 1000);
		add(t, h->hook[i].pointer, &text);
	}
}

static void tell_prestart(struct teller *t)
{
	tell_hooks(t, HOOK_PRESTART);
}

static void tell_create_runtime(struct teller *t)
{
	tell_hooks(t, HOOK_CREATE_RUNTIME);
}

static void tell_create_container(struct teller *t)
{
	tell_hooks(t, HOOK_CREATE_CONTAINER);
}

static void tell_start_container(struct teller *t)
{
	tell_hooks(t, HOOK_START_CONTAINER);
}

static void tell_poststart(struct teller *t)
{
	tell_hooks(t, HOOK_POSTSTART);
}

static void tell_poststop(struct teller *t)
{
	tell_hooks(t, HOOK_POSTSTOP);
}

static void tell_created(struct teller *t)
{
	say(t, NULL, "the container is created; the rest waits for start");
}

static void tell_execute(struct teller *t)
{
	auto_buf struct buf text = { 0 };

	if (!t->p->has_process)
		return;
	buf_puts(&text, "execute");
	for (size_t i = 0; i < t->p->process.n_argv; i++)
		put_word(&text, t->p->process.argv[i]);
	buf_printf(&text, " (%zu environment variables)", t->p->process.n_envp);
	add(t, "/process/args", &text);
}

static const struct {
	const char *step;
	void (*tell)(struct teller *t);
} parts[] = {
	/* in the order of life/create.c and init/steps.c */
	{ "groups", tell_groups },
	{ "groups", tell_device_rules },
	{ "resctrl", tell_rdt },
	{ "namespaces", tell_namespaces },
	{ "network", tell_network },
	{ "names", tell_names },
	{ "process", tell_early },
	{ "rootfs", tell_rootfs },
	{ "mounts", tell_mounts },
	{ "devices", tell_devices },
	{ "terminal", tell_terminal },
	{ "prestart", tell_prestart },
	{ "createRuntime", tell_create_runtime },
	{ "createContainer", tell_create_container },
	{ "protect", tell_protect },
	{ "rootfs", tell_pivot },
	{ "sysctl", tell_sysctls },
	{ "keyring", tell_keyring },
	{ "process", tell_identity },
	{ "created", tell_created },
	{ "startContainer", tell_start_container },
	{ "execute", tell_execute },
	{ "poststart", tell_poststart },
	{ "poststop", tell_poststop },
};

int plan_tell(const struct plan *p, struct arena *a, struct plan_lines *out, struct err *e)
{
	struct teller t = { .p = p, .a = a, .out = out, .e = e };

	*out = (struct plan_lines){ 0 };
	for (size_t i = 0; i < array_len(parts); i++) {
		t.step = parts[i].step;
		parts[i].tell(&t);
	}
	return t.failed ? err_memory(e) : 0;
}
