/* SPDX-License-Identifier: Apache-2.0
 *
 * mount_words - the option words of mounts and what each one does to a struct mount_op
 *
 * One table, read by plan/mounts for every mount and by `features` for its list. Usage: mount_word_take() for each
 * option in order, then mount_words_end(), which turns what was collected into the op's attributes.
 *
 * config.md#linux-mount-options, mount(8) "filesystem-independent mount options", mount(2), mount_setattr(2).
 */
#ifndef OCIRT_KERNEL_MOUNT_WORDS_H
#define OCIRT_KERNEL_MOUNT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/mount_op.h"

enum mount_word_what {
	MOUNT_WORD_SET, /* value: an MS_* flag */
	MOUNT_WORD_CLEAR,
	MOUNT_WORD_RSET, /* value: an MS_* flag, for the mount and all below it */
	MOUNT_WORD_RCLEAR,
	MOUNT_WORD_PROPAGATION, /* value: MS_SHARED ... [| MS_REC] */
	MOUNT_WORD_BIND,        /* value: MS_REC or 0 */
	MOUNT_WORD_REMOUNT,
	MOUNT_WORD_IDMAP, /* value: MS_REC or 0 */
	MOUNT_WORD_TMPCOPYUP,
	MOUNT_WORD_COPY_SYMLINK,
	MOUNT_WORD_SRC_NOFOLLOW,
	MOUNT_WORD_DST_NOFOLLOW,
	MOUNT_WORD_NOTHING, /* for mount(8) and fstab(5) only */
};

struct mount_word {
	char name[16];
	enum mount_word_what what;
	unsigned value; /* MS_* */
	bool hidden;    /* not a word of ours to announce: mount(8)'s own, or another runtime's */
};

/* All words, sorted by name; *n gets how many. */
const struct mount_word *mount_words(size_t *n);

/* The words of one mount so far; zeroed is none. */
struct mount_words {
	unsigned long set, clear; /* MS_*: the last word about a flag wins */
	unsigned long rset, rclear;
	bool flags; /* any word about a flag of this mount was there */
	bool bind, remount;
};

enum mount_word_result {
	MOUNT_WORD_TAKEN,
	MOUNT_WORD_UNKNOWN,  /* an option of the file system itself */
	MOUNT_WORD_TOO_MANY, /* more than MOUNT_PROPAGATION_MAX propagation words */
};

/* Takes one option into w and op. */
enum mount_word_result mount_word_take(struct mount_words *w, const char *option, struct mount_op *op) must_check;

/*
 * Fills op->flags and the attributes from what was collected; op->kind must be set. For a bind, words about flags make the whole
 * set of flags, as `mount --bind -o` does: a flag that no word names is dropped (attr_drop) unless it is locked; without any
 * such word the source's flags stay. Of noatime, relatime and strictatime at most one is left.
 */
void mount_words_end(const struct mount_words *w, struct mount_op *op);

/* Whether it is one of the words, not an option of the file system itself. */
bool mount_word_known(const char *option);

/* The known word closest to a mistyped one, NULL when none is near. */
const char *mount_word_nearest(const char *option);

#endif
