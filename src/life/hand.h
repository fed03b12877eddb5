/* SPDX-License-Identifier: Apache-2.0
 *
 * hand - what a verb hands to its caller: the pid file; and what it takes from it: descriptors
 */
#ifndef OCIRT_LIFE_HAND_H
#define OCIRT_LIFE_HAND_H

#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

/* The pid in decimal, no newline; it appears whole or not at all. */
int write_pid_file(const char *path, pid_t pid, struct err *e) must_check;

/* Descriptors 3 .. 2+n must be open; all above become close-on-exec, 0 to 2 are made sure of. */
int check_preserved(uint32_t n, struct err *e) must_check;

#endif
