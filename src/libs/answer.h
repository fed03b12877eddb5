/* SPDX-License-Identifier: Apache-2.0
 *
 * answer - the verbs of ocirt-libs, by number
 */
#ifndef OCIRT_LIBS_ANSWER_H
#define OCIRT_LIBS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "libs/talk.h"

/* Does a verb; all of the reply but its head is put into reply. True: it failed, which the reply tells. */
bool libs_answer(struct libs_talk *t, uint32_t verb, const char *request, size_t len, struct buf *reply);

/* Gives back all that is kept from one verb to the next. */
void libs_talk_end(struct libs_talk *t);

#endif
