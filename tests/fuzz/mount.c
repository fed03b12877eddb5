/* SPDX-License-Identifier: Apache-2.0
 *
 * mount - option words of a mount: each is known or the file system's own, and what comes out is no contradiction
 *
 * The first byte says what kind of mount, words are the bytes between commas.
 */
#include <string.h>

#include "kernel/mount_words.h"
#include "kernel/sys_mount.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mount_op op = { .kind = size > 0 && (data[0] & 1) ? MOUNT_BIND : MOUNT_NEW };
	struct mount_words w = { 0 };
	char *text = malloc(size + 1), *p, *next;

	require(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	for (p = size > 0 ? text + 1 : text; p != NULL; p = next) {
		next = strchr(p, ',');
		if (next != NULL)
			*next++ = '\0';
		if (mount_word_take(&w, p, &op) == MOUNT_WORD_UNKNOWN)
			(void)mount_word_nearest(p);
	}
	mount_words_end(&w, &op);
	require((op.attr_set & op.attr_clr & ~(uint64_t)MOUNT_ATTR__ATIME) == 0);
	require(op.n_propagation <= MOUNT_PROPAGATION_MAX);
	free(text);
	return 0;
}
