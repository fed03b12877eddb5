/* SPDX-License-Identifier: Apache-2.0
 *
 * mount_words - the option words of mounts and what each one does to a struct mount_op
 */
#include "kernel/mount_words.h"

#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "kernel/sys_mount.h"

/* Sorted by name (strcmp): found by bsearch, listed by `features` as it stands. */
static const struct mount_word words[] = {
	{ "_netdev", MOUNT_WORD_NOTHING, 0, true },
	{ "async", MOUNT_WORD_CLEAR, MS_SYNCHRONOUS, false },
	{ "atime", MOUNT_WORD_CLEAR, MS_NOATIME, false },
	{ "auto", MOUNT_WORD_NOTHING, 0, true },
	{ "bind", MOUNT_WORD_BIND, 0, false },
	{ "copy-symlink", MOUNT_WORD_COPY_SYMLINK, 0, true },
	{ "defaults", MOUNT_WORD_NOTHING, 0, false },
	{ "dest-nofollow", MOUNT_WORD_DST_NOFOLLOW, 0, true },
	{ "dev", MOUNT_WORD_CLEAR, MS_NODEV, false },
	{ "diratime", MOUNT_WORD_CLEAR, MS_NODIRATIME, false },
	{ "dirsync", MOUNT_WORD_SET, MS_DIRSYNC, false },
	{ "exec", MOUNT_WORD_CLEAR, MS_NOEXEC, false },
	{ "group", MOUNT_WORD_SET, MS_NOSUID | MS_NODEV, true },
	{ "idmap", MOUNT_WORD_IDMAP, 0, false },
	{ "iversion", MOUNT_WORD_SET, MS_I_VERSION, false },
	{ "lazytime", MOUNT_WORD_SET, MS_LAZYTIME, false },
	{ "loud", MOUNT_WORD_CLEAR, MS_SILENT, false },
	{ "mand", MOUNT_WORD_SET, MS_MANDLOCK, false },
	{ "noatime", MOUNT_WORD_SET, MS_NOATIME, false },
	{ "noauto", MOUNT_WORD_NOTHING, 0, true },
	{ "nodev", MOUNT_WORD_SET, MS_NODEV, false },
	{ "nodiratime", MOUNT_WORD_SET, MS_NODIRATIME, false },
	{ "noexec", MOUNT_WORD_SET, MS_NOEXEC, false },
	{ "nofail", MOUNT_WORD_NOTHING, 0, true },
	{ "nogroup", MOUNT_WORD_NOTHING, 0, true },
	{ "noiversion", MOUNT_WORD_CLEAR, MS_I_VERSION, false },
	{ "nolazytime", MOUNT_WORD_CLEAR, MS_LAZYTIME, false },
	{ "nomand", MOUNT_WORD_CLEAR, MS_MANDLOCK, false },
	{ "noowner", MOUNT_WORD_NOTHING, 0, true },
	{ "norelatime", MOUNT_WORD_CLEAR, MS_RELATIME, false },
	{ "nostrictatime", MOUNT_WORD_CLEAR, MS_STRICTATIME, false },
	{ "nosuid", MOUNT_WORD_SET, MS_NOSUID, false },
	{ "nosymfollow", MOUNT_WORD_SET, MS_NOSYMFOLLOW, false },
	{ "nouser", MOUNT_WORD_NOTHING, 0, true },
	{ "nousers", MOUNT_WORD_NOTHING, 0, true },
	{ "owner", MOUNT_WORD_SET, MS_NOSUID | MS_NODEV, true },
	{ "private", MOUNT_WORD_PROPAGATION, MS_PRIVATE, false },
	{ "ratime", MOUNT_WORD_RCLEAR, MS_NOATIME, false },
	{ "rbind", MOUNT_WORD_BIND, MS_REC, false },
	{ "rdev", MOUNT_WORD_RCLEAR, MS_NODEV, false },
	{ "rdiratime", MOUNT_WORD_RCLEAR, MS_NODIRATIME, false },
	{ "relatime", MOUNT_WORD_SET, MS_RELATIME, false },
	{ "remount", MOUNT_WORD_REMOUNT, 0, false },
	{ "rexec", MOUNT_WORD_RCLEAR, MS_NOEXEC, false },
	{ "ridmap", MOUNT_WORD_IDMAP, MS_REC, false },
	{ "rnoatime", MOUNT_WORD_RSET, MS_NOATIME, false },
	{ "rnodev", MOUNT_WORD_RSET, MS_NODEV, false },
	{ "rnodiratime", MOUNT_WORD_RSET, MS_NODIRATIME, false },
	{ "rnoexec", MOUNT_WORD_RSET, MS_NOEXEC, false },
	{ "rnorelatime", MOUNT_WORD_RCLEAR, MS_RELATIME, false },
	{ "rnostrictatime", MOUNT_WORD_RCLEAR, MS_STRICTATIME, false },
	{ "rnosuid", MOUNT_WORD_RSET, MS_NOSUID, false },
	{ "rnosymfollow", MOUNT_WORD_RSET, MS_NOSYMFOLLOW, false },
	{ "ro", MOUNT_WORD_SET, MS_RDONLY, false },
	{ "rprivate", MOUNT_WORD_PROPAGATION, MS_PRIVATE | MS_REC, false },
	{ "rrelatime", MOUNT_WORD_RSET, MS_RELATIME, false },
	{ "rro", MOUNT_WORD_RSET, MS_RDONLY, false },
	{ "rrw", MOUNT_WORD_RCLEAR, MS_RDONLY, false },
	{ "rshared", MOUNT_WORD_PROPAGATION, MS_SHARED | MS_REC, false },
	{ "rslave", MOUNT_WORD_PROPAGATION, MS_SLAVE | MS_REC, false },
	{ "rstrictatime", MOUNT_WORD_RSET, MS_STRICTATIME, false },
	{ "rsuid", MOUNT_WORD_RCLEAR, MS_NOSUID, false },
	{ "rsymfollow", MOUNT_WORD_RCLEAR, MS_NOSYMFOLLOW, false },
	{ "runbindable", MOUNT_WORD_PROPAGATION, MS_UNBINDABLE | MS_REC, false },
	{ "rw", MOUNT_WORD_CLEAR, MS_RDONLY, false },
	{ "shared", MOUNT_WORD_PROPAGATION, MS_SHARED, false },
	{ "silent", MOUNT_WORD_SET, MS_SILENT, false },
	{ "slave", MOUNT_WORD_PROPAGATION, MS_SLAVE, false },
	{ "src-nofollow", MOUNT_WORD_SRC_NOFOLLOW, 0, true },
	{ "strictatime", MOUNT_WORD_SET, MS_STRICTATIME, false },
	{ "suid", MOUNT_WORD_CLEAR, MS_NOSUID, false },
	{ "symfollow", MOUNT_WORD_CLEAR, MS_NOSYMFOLLOW, false },
	{ "sync", MOUNT_WORD_SET, MS_SYNCHRONOUS, false },
	{ "tmpcopyup", MOUNT_WORD_TMPCOPYUP, 0, false },
	{ "unbindable", MOUNT_WORD_PROPAGATION, MS_UNBINDABLE, false },
	{ "user", MOUNT_WORD_SET, MS_NOSUID | MS_NODEV | MS_NOEXEC, true },
	{ "users", MOUNT_WORD_SET, MS_NOSUID | MS_NODEV | MS_NOEXEC, true },
};

/* Flags of a mount rather than of its file system. */
static const struct {
	unsigned long ms;
	uint64_t attr;
} attrs[] = {
	{ MS_RDONLY, MOUNT_ATTR_RDONLY },
	{ MS_NOSUID, MOUNT_ATTR_NOSUID },
	{ MS_NODEV, MOUNT_ATTR_NODEV },
	{ MS_NOEXEC, MOUNT_ATTR_NOEXEC },
	{ MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW },
	{ MS_NODIRATIME, MOUNT_ATTR_NODIRATIME },
};

/* The kinds of access time, of which a mount has one. */
#define ATIME_KINDS (MS_NOATIME | MS_RELATIME | MS_STRICTATIME)

static int compare(const void *key, const void *row)
{
	return strcmp(key, ((const struct mount_word *)row)->name);
}

const struct mount_word *mount_words(size_t *n)
{
	*n = array_len(words);
	return words;
}

static const struct mount_word *find(const char *option)
{
	return bsearch(option, words, array_len(words), sizeof(words[0]), compare);
}

bool mount_word_known(const char *option)
{
	return find(option) != NULL;
}

const char *mount_word_nearest(const char *option)
{
	struct word_search s = { .typed = option };

	for (size_t i = 0; i < array_len(words); i++)
		word_offer(&s, words[i].name);
	return s.best;
}

/* Of the three kinds of access time the last word wins. */
static void set_flag(unsigned long *set, unsigned long *clear, unsigned long flag)
{
	if ((flag & ATIME_KINDS) != 0) {
		*set &= ~(unsigned long)ATIME_KINDS;
		*clear &= ~(unsigned long)ATIME_KINDS;
	}
	*set |= flag;
	*clear &= ~flag;
}

static void clear_flag(unsigned long *set, unsigned long *clear, unsigned long flag)
{
	*set &= ~flag;
	*clear |= flag;
}

static uint64_t attr_of(unsigned long flags)
{
	uint64_t attr = 0;

	for (size_t i = 0; i < array_len(attrs); i++)
		if ((flags & attrs[i].ms) != 0)
			attr |= attrs[i].attr;
	return attr;
}

static uint64_t atime_of(unsigned long flags)
{
	if ((flags & MS_STRICTATIME) != 0)
		return MOUNT_ATTR_STRICTATIME;
	return (flags & MS_NOATIME) != 0 ? MOUNT_ATTR_NOATIME : MOUNT_ATTR_RELATIME;
}

static enum mount_word_result take_propagation(unsigned long value, struct mount_op *op)
{
	if (op->n_propagation == MOUNT_PROPAGATION_MAX)
		return MOUNT_WORD_TOO_MANY;
	op->propagation[op->n_propagation++] = value;
	return MOUNT_WORD_TAKEN;
}

static enum mount_word_result take(const struct mount_word *word, struct mount_words *w, struct mount_op *op)
{
	switch (word->what) {
	case MOUNT_WORD_SET:
		set_flag(&w->set, &w->clear, word->value);
		w->flags = true;
		break;
	case MOUNT_WORD_CLEAR:
		clear_flag(&w->set, &w->clear, word->value);
		w->flags = true;
		break;
	case MOUNT_WORD_RSET: set_flag(&w->rset, &w->rclear, word->value); break;
	case MOUNT_WORD_RCLEAR: clear_flag(&w->rset, &w->rclear, word->value); break;
	case MOUNT_WORD_PROPAGATION: return take_propagation(word->value, op);
	case MOUNT_WORD_BIND:
		w->bind = true;
		op->recursive = op->recursive || word->value != 0;
		break;
	case MOUNT_WORD_REMOUNT: w->remount = true; break;
	case MOUNT_WORD_IDMAP:
		op->idmap.set = true;
		op->idmap.recursive = op->idmap.recursive || word->value != 0;
		break;
	case MOUNT_WORD_TMPCOPYUP: op->tmpcopyup = true; break;
	case MOUNT_WORD_COPY_SYMLINK: op->copy_symlink = true; break;
	case MOUNT_WORD_SRC_NOFOLLOW: op->src_nofollow = true; break;
	case MOUNT_WORD_DST_NOFOLLOW: op->dst_nofollow = true; break;
	case MOUNT_WORD_NOTHING: break;
	}
	return MOUNT_WORD_TAKEN;
}

enum mount_word_result mount_word_take(struct mount_words *w, const char *option, struct mount_op *op)
{
	const struct mount_word *word = find(option);

	if (word != NULL)
		return take(word, w, op);
	/* comments of fstab(5), for programs in user space; but mount(8) obeys its own: of those only what is done anyway */
	if (strncmp(option, "X-mount.", 8) == 0)
		return strncmp(option + 8, "mkdir", 5) == 0 ? MOUNT_WORD_TAKEN : MOUNT_WORD_UNKNOWN;
	if (strncmp(option, "x-", 2) == 0 || strncmp(option, "X-", 2) == 0 || strncmp(option, "comment=", 8) == 0)
		return MOUNT_WORD_TAKEN;
	return MOUNT_WORD_UNKNOWN;
}

/* Access time as the kernel resets it: naming any of its flags names them all; `norelatime` alone changes nothing. */
static void end_atime(unsigned long set, unsigned long clear, uint64_t *attr_set, uint64_t *attr_clr)
{
	if ((set & (ATIME_KINDS | MS_NODIRATIME)) != 0) {
		*attr_clr |= MOUNT_ATTR__ATIME | (MOUNT_ATTR_NODIRATIME & ~*attr_set);
		*attr_set |= atime_of(set);
	} else if ((clear & (MS_NOATIME | MS_STRICTATIME)) != 0) {
		*attr_clr |= MOUNT_ATTR__ATIME;
	}
}

/* The same for a mount and all below it: mount_setattr(2) leaves alone what is not named, nodiratime apart from the kinds. */
static void end_ratime(unsigned long set, unsigned long clear, uint64_t *attr_set, uint64_t *attr_clr)
{
	if ((set & ATIME_KINDS) != 0) {
		*attr_clr |= MOUNT_ATTR__ATIME;
		*attr_set |= atime_of(set);
	} else if ((clear & (MS_NOATIME | MS_STRICTATIME)) != 0) {
		*attr_clr |= MOUNT_ATTR__ATIME;
	}
}

void mount_words_end(const struct mount_words *w, struct mount_op *op)
{
	const uint64_t plain =
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW;

	op->flags |= w->set;
	op->attr_set |= attr_of(w->set);
	if (op->kind == MOUNT_NEW) {
		op->attr_set |= atime_of(w->set);
	} else {
		op->attr_clr |= attr_of(w->clear);
		end_atime(w->set, w->clear, &op->attr_set, &op->attr_clr);
	}
	if (op->kind == MOUNT_BIND && w->flags)
		op->attr_drop = plain & ~op->attr_set & ~op->attr_clr;
	op->rattr_set |= attr_of(w->rset);
	op->rattr_clr |= attr_of(w->rclear);
	end_ratime(w->rset, w->rclear, &op->rattr_set, &op->rattr_clr);
}
