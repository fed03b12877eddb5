/* SPDX-License-Identifier: Apache-2.0
 *
 * gate - a page of memory in which a process shows a number and waits for another, without any system call
 *
 * For the init stage between the loading of a system call filter and execve(2): the filter may forbid, or put to an agent that
 * nobody has connected yet, every call there is. So the stage stores the number of its listener in a page that it shares with
 * the runtime process (its memory file was sent before), and spins; the runtime process fetches the listener (pidfd_getfd(2)),
 * hands it to the agent and opens the gate. That takes some ten microseconds and a context switch.
 */
#ifndef OCIRT_KERNEL_GATE_H
#define OCIRT_KERNEL_GATE_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"

struct gate_page;

struct gate {
	struct gate_page *page; /* NULL: none */
};

/* Gives the page back; the other side keeps its own view of it. */
void gate_free(struct gate *g);
#define auto_gate __attribute__((cleanup(gate_free)))

/* Makes a page; *fd is its memory file, to be sent. */
int gate_make(struct gate *g, int *fd, struct err *e) must_check;

/* Maps the page of a memory file that came over a socket. */
int gate_map(struct gate *g, int fd, struct err *e) must_check;

/* Shows a number of at least 0. */
void gate_show(struct gate *g, int number);

/* What is shown, -1: nothing yet. */
int gate_shown(const struct gate *g);

/* Lets the other side on. */
void gate_open(struct gate *g);

/*
 * Spins until the gate is open. false when that takes far longer than the other side needs (a minute, by a slow clock five): it was
 * killed.
 */
bool gate_wait(const struct gate *g);

#endif
