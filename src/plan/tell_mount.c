/* SPDX-License-Identifier: Apache-2.0
 *
 * tell_mount - a mount in words
 */
#include "plan/tell_mount.h"

#include "base/auto.h"
#include "kernel/mount_words.h"
#include "kernel/sys_mount.h"

static const struct {
	uint64_t attr;
	const char *set, *clear;
} attr_words[] = {
	{ MOUNT_ATTR_RDONLY, "ro", "rw" },
	{ MOUNT_ATTR_NOSUID, "nosuid", "suid" },
	{ MOUNT_ATTR_NODEV, "nodev", "dev" },
	{ MOUNT_ATTR_NOEXEC, "noexec", "exec" },
	{ MOUNT_ATTR_NODIRATIME, "nodiratime", "diratime" },
	{ MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow", "symfollow" },
};

static const char *const kinds[] = {
	[MOUNT_NEW] = "mount",
	[MOUNT_BIND] = "bind",
	[MOUNT_CHANGE] = "change",
};

/* ": one, two" */
struct words {
	struct buf *out;
	bool any;
};

static void word(struct words *w, const char *prefix, const char *text)
{
	buf_printf(w->out, "%s%s%s", w->any ? ", " : ": ", prefix, text);
	w->any = true;
}

/* The atime family is a number in some bits, not a bit each: of several at most one. */
static void put_atime(struct words *w, uint64_t set, const char *prefix)
{
	if ((set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_NOATIME)
		word(w, prefix, "noatime");
	if ((set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_STRICTATIME)
		word(w, prefix, "strictatime");
}

static void put_attrs(struct words *w, uint64_t set, uint64_t clear, const char *prefix)
{
	for (size_t i = 0; i < array_len(attr_words); i++) {
		if ((set & attr_words[i].attr) != 0)
			word(w, prefix, attr_words[i].set);
		if ((clear & ~set & attr_words[i].attr) != 0)
			word(w, prefix, attr_words[i].clear);
	}
	put_atime(w, set, prefix);
	if ((clear & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME && (set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_RELATIME)
		word(w, prefix, "relatime");
}

/* What only the superblock knows: sync, lazytime, ... */
static void put_super(struct words *w, unsigned long flags)
{
	const unsigned long shown = MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK | MS_I_VERSION | MS_LAZYTIME | MS_SILENT;
	size_t n;
	const struct mount_word *words = mount_words(&n);

	for (size_t i = 0; i < n; i++)
		if (words[i].what == MOUNT_WORD_SET && !words[i].hidden && (words[i].value & flags & shown) != 0)
			word(w, "", words[i].name);
}

void tell_propagation(struct buf *out, unsigned long propagation)
{
	size_t n;
	const struct mount_word *words = mount_words(&n);

	for (size_t i = 0; i < n; i++)
		if (words[i].what == MOUNT_WORD_PROPAGATION && words[i].value == propagation) {
			buf_puts(out, words[i].name);
			return;
		}
	buf_printf(out, "0x%lx", propagation);
}

static void put_options(struct words *w, const struct mount_op *op)
{
	const struct {
		bool on;
		const char *name;
	} flags[] = {
		{ op->late_ro, "ro at the end" },
		{ op->recursive, "with all below it" },
		{ op->reconfigure, "remount" },
		{ op->tmpcopyup, "tmpcopyup" },
		{ op->copy_symlink, "copy-symlink" },
		{ op->src_nofollow, "src-nofollow" },
		{ op->dst_nofollow, "dest-nofollow" },
		{ op->idmap.set && !op->idmap.recursive, "idmap" },
		{ op->idmap.set && op->idmap.recursive, "ridmap" },
	};

	put_attrs(w, op->attr_set, op->attr_clr, "");
	put_attrs(w, op->rattr_set, op->rattr_clr, "r");
	put_super(w, op->flags);
	for (size_t i = 0; i < array_len(flags); i++)
		if (flags[i].on)
			word(w, "", flags[i].name);
	for (size_t i = 0; i < op->n_propagation; i++) {
		word(w, "", "");
		tell_propagation(w->out, op->propagation[i]);
	}
	for (size_t i = 0; i < op->n_data; i++)
		word(w, "", op->data[i]);
}

void tell_mount(struct buf *out, const struct mount_op *op)
{
	struct words w = { .out = out };

	buf_puts(out, kinds[op->kind]);
	if (op->kind == MOUNT_NEW)
		buf_printf(out, " %s on", op->fstype);
	if (op->kind == MOUNT_BIND)
		buf_printf(out, " %s on", op->source);
	buf_printf(out, " %s", op->dst);
	put_options(&w, op);
	if (op->label != NULL)
		buf_printf(out, ", label %s", op->label);
	if (op->else_bind != NULL)
		buf_printf(out, "; where that is not allowed, bind %s", op->else_bind);
}
