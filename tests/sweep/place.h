/* SPDX-License-Identifier: Apache-2.0
 *
 * place - where the sweep takes place, and what is left there
 *
 * A pid namespace whose first process is the sweep itself: whatever else lives in it is a leftover, and orphans are reaped. A mount
 * namespace with shared mounts, so that a mount that leaks out of a container is seen; /run is empty at first.
 */
#ifndef OCIRT_SWEEP_PLACE_H
#define OCIRT_SWEEP_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PLACE_TEXT_MAX = 4096 };

struct place {
	const char *root; /* state root */
	const char *work; /* a directory that is to stay empty; NULL: none */
	const char *id;
	char **cgroups; /* NULL-terminated: the directories of the container's groups, found while it ran */
	char *mounts;   /* mountinfo at the beginning */
	const char *bundle;
	char *files; /* all that the bundle has */
	int console; /* a listening socket that takes terminals; -1: none */
};

/* Goes on in the new namespaces as process 1; the process that called waits for its end and ends likewise. */
void place_enter(void);

/* Takes down what is there now. */
void place_note_mounts(struct place *p);
void place_note_files(struct place *p);
/* The same of control groups: finds all whose name has the id in it. */
void place_note_cgroups(struct place *p);
/* How many there are now, wherever they are. */
size_t place_count_cgroups(const struct place *p);

/* Says what is left, "" when nothing. Waits up to a moment for the processes to end. Reaps. */
void place_left(const struct place *p, char text[PLACE_TEXT_MAX]);

/* Processes of the runtime itself, but `except`, that do not end within a moment. */
void place_left_stages(pid_t except, char text[PLACE_TEXT_MAX]);

/* Listens at a path that has to be free. The terminals that arrive stay open until they are dropped. */
void place_listen(struct place *p, const char *path);
/* see place_listen */
void place_drop_terminals(const struct place *p);

/* Takes it away by force, so that the next point begins anew. */
void place_clean(const struct place *p);

/* Reads a small file whole; "" when it cannot be read. */
void place_read(const char *path, char *to, size_t room);

#endif
