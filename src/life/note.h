/* SPDX-License-Identifier: Apache-2.0
 *
 * note - the intent once more, beside the state file: what a broken or lost file must not lose
 *
 * An extended attribute of the state directory (xattr(7), trusted.*): no file more to make and to remove. Where it cannot be written,
 * by a user without privileges or on a file system that has none, the state file is all there is.
 */
#ifndef OCIRT_LIFE_NOTE_H
#define OCIRT_LIFE_NOTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"
#include "libocispec/arena.h"

/* Notes the intent's text; a failure costs nothing but the second copy. */
void note_write(int dir_fd, const char *text, size_t len);

/* Reads it, into the arena. 1, 0 when there is none, -1 with *e filled when the host cannot tell. */
int note_read(int dir_fd, struct arena *a, const char **text, size_t *len, struct err *e) must_check;

/* Whether one that is missing was never written: nothing of the container had been made then. */
bool note_is_kept(int dir_fd);

#endif
