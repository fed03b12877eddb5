/* SPDX-License-Identifier: Apache-2.0
 *
 * create - the parent's half of making a container: THE step table with its undo
 */
#ifndef OCIRT_LIFE_CREATE_H
#define OCIRT_LIFE_CREATE_H

#include "life/creation.h"

/*
 * Does everything up to the point where the process is recorded and waits for COMMIT or START. On failure all is undone. The
 * caller ends it with creation_end() in any case.
 */
int creation_run(struct creation *cr, const struct life_globals *g, const struct create_options *o, bool start_now,
                 const struct creation_maker *maker, struct err *e) must_check;

/* In the foreground: stays with the container until its end, then deletes it. */
int creation_stay(struct creation *cr, int *exit_code, struct err *e) must_check;

/* Closes and frees; takes nothing away. The result so far, or that the trace could not be written. */
int creation_end(struct creation *cr, int result, struct err *e) must_check;

/* Undoes a creation that ran to its end (run: START failed). */
void creation_undo(struct creation *cr);

#endif
