/* SPDX-License-Identifier: Apache-2.0
 *
 * look - what a container's process is, seen from outside, as one text that can be compared
 */
#ifndef OCIRT_SWEEP_LOOK_H
#define OCIRT_SWEEP_LOOK_H

#include <sys/types.h>

enum { LOOK_TEXT_MAX = 1 << 16 };

/*
 * Ids, capabilities, filter, no_new_privs, signals, umask, limits, scores, arguments, environment, namespaces, what they are called, the
 * loopback device, root, current directory, descriptors, processors, mounts, /dev, groups and their settings: all that a fault must not have made weaker. Numbers that differ from run to run are left out. cgroups is a
 * NULL-terminated list of directories.
 */
void look_at_process(pid_t pid, char *const *cgroups, char text[LOOK_TEXT_MAX]);

/* The first line in which the two differ, for people; "" when none does. */
void look_difference(const char *was, const char *is, char *text, size_t room);

#endif
